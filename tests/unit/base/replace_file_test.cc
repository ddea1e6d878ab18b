// SPDX-License-Identifier: Apache-2.0
#include "src/base/replace_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace minsheng {
namespace {

namespace fs = std::filesystem;

class ReplaceFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "replace-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = (folder_ / "lexicon.json").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string Content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(ReplaceFileTest, TheNewContentStandsThereAndNothingBesideIt) {
  ASSERT_TRUE(ReplaceFile(path_, "old"));
  fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(ReplaceFile(path_, "new"));
  EXPECT_EQ(Content(path_), "new");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(ReplaceFileTest, AProcessKilledWhileItWritesLeavesTheOldContent) {
  ASSERT_TRUE(ReplaceFile(path_, "old"));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {  // the kernel ends it by SIGXFSZ in the middle of the file
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_DFL);
    (void)ReplaceFile(path_, std::string(100000, 'x'));
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGXFSZ);
  EXPECT_EQ(Content(path_), "old");
}

TEST_F(ReplaceFileTest, AWriteThatFailsLeavesTheOldContentAndNothingBesideIt) {
  ASSERT_TRUE(ReplaceFile(path_, "old"));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);
    _exit(ReplaceFile(path_, std::string(100000, 'x')) ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(Content(path_), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
  EXPECT_FALSE(ReplaceFile((folder_ / "nowhere" / "x").string(), "x"));
}

}  // namespace
}  // namespace minsheng
