// SPDX-License-Identifier: Apache-2.0
// What base keeps: secrets to itself, blobs whole, personal data out of the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/base/blobs.h"
#include "src/base/crypto.h"
#include "src/base/log.h"
#include "src/base/secret.h"

namespace minsheng {
namespace {

namespace fs = std::filesystem;

// A folder of its own that goes away with the test.
class Folder {
 public:
  explicit Folder(const std::string& name) : path_(testing::TempDir() + name + "-" + std::to_string(getpid())) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

TEST(SecretTest, AFileThatEverybodyMayReadIsRefused) {
  const Folder folder("secret");
  const auto path = folder / "token";
  std::ofstream(path) << "s3cret\n";
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  const auto open = ReadSecret("file:" + path);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().kind, ErrorKind::kDenied);
  EXPECT_THAT(open.error().what,
              testing::AllOf(testing::HasSubstr("chmod 600"), testing::Not(testing::HasSubstr("s3"))));
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  const auto closed = ReadSecret("file:" + path);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->Reveal(), "s3cret") << "the line end is no part of it";
}

TEST(SecretTest, WhatIsNotThereOrNoReferenceIsAnErrorThatSaysSo) {
  EXPECT_EQ(ReadSecret("env:MINSHENG_TEST_NOT_SET").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ReadSecret("file:/nowhere/at/all").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ReadSecret("just a password").error().kind, ErrorKind::kInvalid);
}

TEST(BlobsTest, AreNamedByTheirContentAndDamageIsNoticed) {
  const Folder folder("blobs");
  const Blobs blobs(folder / "b", "secret");
  const std::string bytes("a\0b\xFF", 4);
  const auto name = blobs.Put("wechat|someone", bytes);
  ASSERT_TRUE(name) << name.error().what;
  EXPECT_EQ(blobs.Put("wechat|someone", bytes).value(), *name) << "twice is harmless";
  EXPECT_EQ(blobs.Get(*name).value(), bytes);
  EXPECT_EQ(blobs.Get(crypto::Sha256Hex("another")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(blobs.Get("../../etc/passwd").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(blobs.Get(*name + "0").error().kind, ErrorKind::kInvalid);
  const auto file = blobs.PathOf(Blobs::NameOf(*name));
  ASSERT_TRUE(fs::exists(file)) << file;
  std::ifstream in(file, std::ios::binary);
  const std::string stored((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(crypto::Sha256Hex(stored), Blobs::NameOf(*name));
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  std::ofstream(file) << "changed";
  EXPECT_EQ(blobs.Get(*name).error().kind, ErrorKind::kInternal);
}

TEST(BlobsTest, AreSealedUnderAKeyThatOnlyTheReferenceHoldsAndTwoOwnersShareNoFile) {
  const Folder folder("sealed blobs");
  const Blobs blobs(folder / "b", "secret");
  const std::string words = "幸福小区三号楼的住户名单";
  const auto one = blobs.Put("wechat|one", words).value();
  const auto two = blobs.Put("wechat|two", words).value();
  EXPECT_NE(Blobs::NameOf(one), Blobs::NameOf(two));
  EXPECT_NE(Blobs(folder / "c", "another installation").Put("wechat|one", words).value(), one);
  for (const auto& entry : fs::recursive_directory_iterator(folder / "b")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string stored((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(stored.find(words), std::string::npos) << entry.path();
  }
  EXPECT_EQ(blobs.Get(Blobs::NameOf(one) + "." + std::string(64, '0')).error().kind, ErrorKind::kInternal);
  ASSERT_TRUE(blobs.Delete(one));
  EXPECT_EQ(blobs.Get(one).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(blobs.Delete(one)) << "gone already";
  EXPECT_EQ(blobs.Get(two).value(), words);
}

TEST(BlobsTest, AReadableFileOfAnOlderVersionIsStillRead) {
  const Folder folder("old blobs");
  const Blobs blobs(folder / "b", "secret");
  const auto name = crypto::Sha256Hex("old");
  fs::create_directories(fs::path(blobs.PathOf(name)).parent_path());
  std::ofstream(blobs.PathOf(name)) << "old";
  EXPECT_EQ(blobs.Get(name).value(), "old");
  EXPECT_FALSE(Blobs::IsSealed(name));
}

TEST(LogTest, EachEventIsOneJsonLineAndLongNumbersAreMasked) {
  testing::internal::CaptureStderr();
  log::Warn("something-failed",
            {{"error", "no answer for 13912345678\nand 320982199001011234"}, {"order", "20261124-00001"}, {"n", 3}});
  const std::string out = testing::internal::GetCapturedStderr();
  ASSERT_EQ(std::count(out.begin(), out.end(), '\n'), 1) << out;
  const auto line = nlohmann::json::parse(out);
  EXPECT_EQ(line["event"], "something-failed");
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["error"], "no answer for 139******78\nand 320*************34");
  EXPECT_EQ(line["order"], "20261124-00001");
  EXPECT_EQ(line["n"], 3);
}

}  // namespace
}  // namespace minsheng
