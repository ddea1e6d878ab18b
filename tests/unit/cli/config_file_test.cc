// SPDX-License-Identifier: Apache-2.0
// config/minsheng.toml is the manual of the configuration: it must load, and hold every key that the
// reader knows, with the reader's default.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "src/base/embedded.h"
#include "src/cli/app_config.h"

namespace minsheng::cli {
namespace {

constexpr std::string_view kFile = "config/minsheng.toml";

// Examples stand behind a "#" without a blank: "#key = value", "#[[channel]]". They come alive, and
// every secret that they name gets a value.
std::string WithExamples(std::string_view file) {
  std::istringstream in{std::string(file)};
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const bool example = line.size() > 1 && line[0] == '#' && (line[1] == '[' || (line[1] >= 'a' && line[1] <= 'z'));
    out += (example ? line.substr(1) : line) + "\n";
    const auto env = line.find("= \"env:");
    if (env == std::string::npos) continue;
    const auto name = line.substr(env + 7, line.rfind('"') - env - 7);
    const bool aes = name.find("AES_KEY") != std::string::npos;
    setenv(name.c_str(), aes ? std::string(43, 'A').c_str() : "an-invented-secret-123", 1);
  }
  return out;
}

std::string TemporaryFile(const std::string& content) {
  const auto path = testing::TempDir() + "minsheng-" + std::to_string(getpid()) + ".toml";
  std::ofstream(path) << content;
  return path;
}

struct Section {
  std::string header;
  std::map<std::string, std::string> keys;
};

// Sections in order. A commented "# key = ..." of the description is a key as well.
std::vector<Section> Sections(const std::string& toml) {
  std::vector<Section> sections{{}};
  std::istringstream in(toml);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] == '[') sections.push_back({line, {}});
    const auto begin = line.starts_with("# ") ? std::size_t{2} : std::size_t{0};
    const auto end = line.find(" = ", begin);
    if (end == std::string::npos) continue;
    const auto key = line.substr(begin, end - begin);
    if (key.empty() || key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) continue;
    if (begin == 2 && line.find("\"env:NAME\"") == std::string::npos) continue;
    sections.back().keys.emplace(key, line.substr(end + 3));
  }
  return sections;
}

TEST(ConfigFile, LoadsAsItStandsWithoutAnyAccount) {
  const auto path = TemporaryFile(std::string(EmbeddedContent(kFile)));
  const auto config = LoadConfig(path, false, "", "en");
  std::filesystem::remove(path);
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_TRUE(config->accounts.empty());
}

TEST(ConfigFile, HoldsEveryKeyThatTheReaderKnowsWithItsDefault) {
  const auto text = WithExamples(EmbeddedContent(kFile));
  const auto path = TemporaryFile(text);
  const auto config = LoadConfig(path, false, "", "en");
  std::filesystem::remove(path);
  ASSERT_TRUE(config) << config.error().what;
  std::vector<std::string> types;
  for (const auto& account : config->accounts) types.push_back(account.channel);
  std::vector<std::string> known;
  for (const auto& type : AllChannelTypes()) known.emplace_back(type.name);
  EXPECT_THAT(types, testing::UnorderedElementsAreArray(known)) << "one example of every channel";

  const auto described = Sections(config->described);
  const auto written = Sections(text);
  ASSERT_EQ(described.size(), written.size());
  std::size_t keys = 0;
  for (std::size_t i = 0; i < described.size(); ++i) {
    ASSERT_EQ(described[i].header, written[i].header);
    for (const auto& [key, value] : described[i].keys) {
      ++keys;
      const auto at = written[i].keys.find(key);
      ASSERT_NE(at, written[i].keys.end()) << kFile << " lacks " << key << " in " << described[i].header;
      const bool channel = described[i].header == "[[channel]]";
      const bool example =
          value.find("env:NAME") != std::string::npos || (channel && (value == "\"\"" || value == "[]"));
      EXPECT_TRUE(example || at->second == value) << kFile << ": " << key << " = " << at->second << " but " << value;
    }
    EXPECT_EQ(described[i].keys.size(), written[i].keys.size()) << kFile << ": " << described[i].header;
  }
  EXPECT_GT(keys, 70U);
}

}  // namespace
}  // namespace minsheng::cli
