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
  const Blobs blobs(folder / "b");
  const std::string bytes("a\0b\xFF", 4);
  const auto name = blobs.Put(bytes);
  ASSERT_TRUE(name) << name.error().what;
  EXPECT_EQ(*name, crypto::Sha256Hex(bytes));
  EXPECT_EQ(blobs.Put(bytes).value(), *name) << "twice is harmless";
  EXPECT_EQ(blobs.Get(*name).value(), bytes);
  EXPECT_EQ(blobs.Get(crypto::Sha256Hex("another")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(blobs.Get("../../etc/passwd").error().kind, ErrorKind::kInvalid);
  const auto file = (folder / "b") + "/" + name->substr(0, 2) + "/" + *name;
  ASSERT_TRUE(fs::exists(file)) << file;
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  std::ofstream(file) << "changed";
  EXPECT_EQ(blobs.Get(*name).error().kind, ErrorKind::kInternal);
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
