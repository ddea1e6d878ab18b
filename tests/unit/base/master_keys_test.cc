// SPDX-License-Identifier: Apache-2.0
#include "src/base/master_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/base/crypto.h"

namespace minsheng {
namespace {

namespace fs = std::filesystem;

class MasterKeysTest : public ::testing::Test {
 protected:
  MasterKeysTest() {
    std::string pattern = (fs::temp_directory_path() / "minsheng keys XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path_ = (folder_ / "master.key").string();
  }
  ~MasterKeysTest() override { fs::remove_all(folder_); }
  fs::path folder_;
  std::string path_;
};

TEST_F(MasterKeysTest, AFileIsMadeOnceForItsOwnerAlone) {
  ASSERT_TRUE(MasterKeys::Create(path_));
  struct stat st {};
  ASSERT_EQ(stat(path_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777U, 0600U);
  const auto first = MasterKeys::Open("file:" + path_).value()->Ring()->Current().id;
  EXPECT_EQ(MasterKeys::Create(path_).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(MasterKeys::Open("file:" + path_).value()->Ring()->Current().id, first);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "nothing is left beside it";
}

TEST_F(MasterKeysTest, ANewKeyGoesInFrontAndIsSeenByWhoReadTheFileBefore) {
  ASSERT_TRUE(MasterKeys::Create(path_));
  const auto running = MasterKeys::Open("file:" + path_).value();
  const auto old = running->Ring()->Current();
  const auto other = MasterKeys::Open("file:" + path_).value();
  const auto added = other->Add();
  ASSERT_TRUE(added) << added.error().what;
  EXPECT_EQ(running->Ring()->Current().id, *added);
  ASSERT_NE(running->Ring()->Find(old.id), nullptr);
  EXPECT_EQ(running->Ring()->Find(old.id)->bytes, old.bytes);
  ASSERT_TRUE(other->KeepOnlyCurrent());
  EXPECT_EQ(running->Ring()->Find(old.id), nullptr);
  EXPECT_EQ(running->Ring()->Current().id, *added);
}

TEST_F(MasterKeysTest, AVariableHoldsKeysInHexOrBase64AndCannotBeRewritten) {
  const std::string one(32, 'a');
  const std::string two(32, 'b');
  setenv("MINSHENG_TEST_MASTER", (crypto::Hex(one) + "," + crypto::Base64Encode(two)).c_str(), 1);
  const auto keys = MasterKeys::Open("env:MINSHENG_TEST_MASTER");
  ASSERT_TRUE(keys) << keys.error().what;
  EXPECT_EQ((*keys)->Ring()->keys.at(0).bytes, one);
  EXPECT_EQ((*keys)->Ring()->keys.at(1).bytes, two);
  EXPECT_EQ((*keys)->Add().error().kind, ErrorKind::kInvalid);
}

TEST_F(MasterKeysTest, WhatIsNoKeyIsRefusedAndNeverRepeated) {
  for (const std::string text : {"", "# nothing\n", "not base64!", "c2hvcnQ="}) {
    std::ofstream(path_, std::ios::trunc) << text;
    fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write);
    const auto keys = MasterKeys::Open("file:" + path_);
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(keys.error().what.find("c2hvcnQ="), std::string::npos);
  }
  fs::permissions(path_, fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(MasterKeys::Open("file:" + path_).error().kind, ErrorKind::kDenied);
}

}  // namespace
}  // namespace minsheng
