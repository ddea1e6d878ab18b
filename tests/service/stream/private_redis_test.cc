// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "src/stream/process.h"
#include "tests/service/stream/stream_fixture.h"

namespace minsheng::stream {
namespace {

class PrivateRedisLifeTest : public StreamTest {};

TEST_F(PrivateRedisLifeTest, ItListensOnAPrivateSocketOnlyAndEndsWithItsOwner) {
  EXPECT_EQ(server_->url(), "unix:" + folder_.path() + "/redis.sock");
  struct stat socket {};
  ASSERT_EQ(::stat((folder_.path() + "/redis.sock").c_str(), &socket), 0);
  EXPECT_EQ(socket.st_mode & 0777, 0700U);
  EXPECT_EQ(::getsid(server_->pid()), server_->pid()) << "Ctrl-C in the terminal must not reach it";
  const int pid = server_->pid();
  EXPECT_TRUE(ProcessLives(pid));
  server_.reset();
  EXPECT_FALSE(ProcessLives(pid));
}

TEST_F(PrivateRedisLifeTest, AfterAnOrderlyEndEverythingIsThereAgain) {
  AppendMany(*MustOpen(), 0, 20, "zhang");
  server_.reset();
  server_ = std::move(*PrivateRedis::Start(folder_.path(), SystemClock()));
  EXPECT_EQ(MustOpen()->ReadStats()->waiting, 20);
}

TEST_F(PrivateRedisLifeTest, ItIsStartedAgainWhenItDies) {
  const int first = server_->pid();
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return server_->restarts() == 1 && server_->pid() != first; }));
  ASSERT_TRUE(Eventually([&] { return Redis::Open(DefaultOptions(), SystemClock()).has_value(); }));
}

TEST_F(PrivateRedisLifeTest, OneThatOutlivedItsParentIsAdoptedSupervisedAndStopped) {
  server_.reset();  // its thread; a fork takes locks of other threads along
  testing::TempFolder folder;
  int pids[2];
  ASSERT_EQ(::pipe(pids), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    auto redis = PrivateRedis::Start(folder.path(), SystemClock());
    const int pid = redis ? (*redis)->pid() : 0;
    if (::write(pids[1], &pid, sizeof pid) < 0) ::_exit(2);
    ::_exit(0);  // no destructor runs: as if killed
  }
  ::waitpid(parent, nullptr, 0);
  int orphan = 0;
  ASSERT_EQ(::read(pids[0], &orphan, sizeof orphan), static_cast<ssize_t>(sizeof orphan));
  ::close(pids[0]);
  ::close(pids[1]);
  ASSERT_TRUE(orphan > 0 && ProcessLives(orphan));
  auto adopted = PrivateRedis::Start(folder.path(), SystemClock());
  ASSERT_TRUE(adopted) << adopted.error().what;
  EXPECT_EQ((*adopted)->pid(), orphan);
  ASSERT_EQ(::kill(orphan, SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return (*adopted)->restarts() == 1 && (*adopted)->pid() != orphan; }));
  const int second = (*adopted)->pid();
  adopted->reset();
  EXPECT_FALSE(ProcessLives(second));
}

TEST_F(PrivateRedisLifeTest, AnOldPidFileOfSomebodyElseIsNoObstacle) {
  testing::TempFolder folder;
  std::ofstream(folder.path() + "/redis.pid") << ::getpid();
  auto redis = PrivateRedis::Start(folder.path(), SystemClock());
  ASSERT_TRUE(redis) << redis.error().what;
  EXPECT_NE((*redis)->pid(), ::getpid());
}

TEST_F(PrivateRedisLifeTest, AFolderTooLongForASocketGetsAShortOneElsewhereThatGoesAwayAgain) {
  testing::TempFolder folder;
  const std::string deep = folder.path() + "/" + std::string(120, 'd') + "/with \"quotes\" and 空格";
  std::string socket;
  {
    auto redis = PrivateRedis::Start(deep, SystemClock());
    ASSERT_TRUE(redis) << redis.error().what;
    socket = (*redis)->url().substr(5);
    EXPECT_LE(socket.size(), 107U);
    EXPECT_EQ(PrivateRedis::UrlIn(deep), (*redis)->url());
    auto options = DefaultOptions();
    options.url = (*redis)->url();
    EXPECT_TRUE(Redis::Open(options, SystemClock()));
  }
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(socket).parent_path()));
}

TEST_F(PrivateRedisLifeTest, OtherProcessesFindTheServerOfAFolderThatIsNamedRelatively) {
  testing::TempFolder folder;
  auto redis = PrivateRedis::Start(folder.path(), SystemClock());
  ASSERT_TRUE(redis) << redis.error().what;
  const auto relative = std::filesystem::relative(folder.path()).string();
  ASSERT_NE(relative.front(), '/');
  EXPECT_EQ(PrivateRedis::UrlIn(relative), (*redis)->url());
  auto options = DefaultOptions();
  options.url = PrivateRedis::UrlIn(relative);
  EXPECT_TRUE(Redis::Open(options, SystemClock()));
}

TEST_F(PrivateRedisLifeTest, AFolderThatCannotBeMadeIsAClearError) {
  const auto redis = PrivateRedis::Start("/proc/nowhere", SystemClock());
  ASSERT_FALSE(redis);
  EXPECT_NE(redis.error().what.find("/proc/nowhere"), std::string::npos);
}

// A file system of 4 MiB for the Redis.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=4m") == 0; }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return folder_.path(); }

 private:
  testing::TempFolder folder_;
  bool mounted_ = false;
};

TEST_F(PrivateRedisLifeTest, OnAFullDiskAppendsFailNothingAcknowledgedIsLostAndItRecovers) {
  SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  auto started = PrivateRedis::Start(disk.path(), SystemClock());
  ASSERT_TRUE(started) << started.error().what;
  auto options = DefaultOptions();
  options.url = (*started)->url();
  auto redis = MustOpen(options);
  auto appender = redis->MakeAppender();
  std::set<std::string> acked;
  bool refused = false;
  for (int i = 0; i < 1'000 && !refused; ++i) {
    auto item = MakeItem(std::to_string(i), "zhang");
    item.raw = std::string(16'000, 'x');
    const auto r = appender->AppendAndWait(item);
    if (r) {
      acked.insert(r->id);
    } else {
      refused = true;
      EXPECT_TRUE(r.error().kind == ErrorKind::kUnavailable || r.error().kind == ErrorKind::kUnknown);
    }
  }
  ASSERT_TRUE(refused);
  ASSERT_GT(acked.size(), 50U);
  EXPECT_TRUE(Eventually([&] { return !appender->Ready(); }));
  ASSERT_EQ(::mount("tmpfs", disk.path().c_str(), "tmpfs", MS_REMOUNT, "size=16m"), 0);
  ASSERT_TRUE(Eventually([&] { return appender->AppendAndWait(MakeItem("after", "zhang")).has_value(); }));
  std::multiset<std::string> stored;
  const auto waiting = redis->ReadWaiting(10'000);
  ASSERT_TRUE(waiting) << waiting.error().what;
  for (const auto& w : *waiting) stored.insert(w.id);
  for (const auto& id : acked) EXPECT_EQ(stored.count(id), 1U) << id;
  EXPECT_EQ(stored.count("id-after"), 1U);
}

}  // namespace
}  // namespace minsheng::stream
