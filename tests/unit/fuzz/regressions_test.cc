// SPDX-License-Identifier: Apache-2.0
// Everything that fuzzing ever found, and the corpus it starts from, in every build and without clang.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "src/text/utf8.h"
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {
namespace {

std::vector<std::filesystem::path> FilesIn(const std::string& folder, std::string_view target) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path path =
      std::string(MINSHENG_SOURCE_DIR "/tests/fuzz/") + folder + "/" + std::string(target);
  if (!std::filesystem::is_directory(path)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string BytesOf(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Fuzz, EveryInputOfTheCorpusAndEveryFindingKeepsThePromises) {
  for (const Target& target : Targets()) {
    EXPECT_FALSE(FilesIn("corpus", target.name).empty()) << target.name << " has nothing to start from";
    for (const std::string folder : {"corpus", "regressions"}) {
      for (const auto& file : FilesIn(folder, target.name)) {
        try {
          target.run(BytesOf(file));
        } catch (const Broken& broken) {
          ADD_FAILURE() << file << ": " << broken.what();
        }
      }
    }
  }
}

TEST(Fuzz, EveryTargetTakesNothingAndEverySingleByte) {
  for (const Target& target : Targets()) {
    EXPECT_NO_THROW(target.run("")) << target.name;
    for (int byte = 0; byte < 256; ++byte) {
      const std::string one(1, static_cast<char>(byte));
      EXPECT_NO_THROW(target.run(one)) << target.name << " " << byte;
    }
  }
}

// All planes with assigned characters; the rest folds to itself.
TEST(Fuzz, EveryCharacterOfUnicodeFoldsAsIcuAndOpenCcSay) {
  int checked = 0;
  for (char32_t c = 0; c < 0xE1000; ++c) {
    if (c == 0xD800) c = 0xE000;
    if (c == 0x40000) c = 0xE0000;
    std::string one;
    text::AppendUtf8(c, &one);
    ASSERT_NO_THROW(Fold(one)) << "U+" << std::hex << static_cast<unsigned>(c);
    ++checked;
  }
  EXPECT_EQ(checked, 0x40000 - 0x800 + 0x1000);
}

}  // namespace
}  // namespace minsheng::fuzz
