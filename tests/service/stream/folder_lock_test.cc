// SPDX-License-Identifier: Apache-2.0
#include "src/stream/folder_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/stream/leases.h"
#include "src/stream/process.h"
#include "tests/service/stream/stream_fixture.h"
#include "tests/support/no_descriptors.h"

namespace minsheng::stream {
namespace {

class FolderLockTest : public StreamTest {
 protected:
  std::string Socket() const { return server_->url().substr(5); }
};

// Redis writes its socket over its command line ("redis-server unixsocket:/...").
int ServersOn(const std::string& folder) {
  int found = 0;
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(process.path() / "cmdline");
    std::ostringstream line;
    line << file.rdbuf();
    const auto text = line.str();
    if (text.find("redis-server") != std::string::npos && text.find(folder) != std::string::npos) ++found;
  }
  return found;
}

// Four processes at once; `folder` must have no server yet.
void StartTogether(const std::string& folder) {
  std::array<int, 2> pids{};
  ASSERT_EQ(::pipe(pids.data()), 0);
  std::vector<pid_t> parents;
  for (int i = 0; i < 4; ++i) {
    parents.push_back(::fork());
    if (parents.back() != 0) continue;
    auto redis = PrivateRedis::Start(folder, SystemClock());
    if (!redis) std::fprintf(stderr, "%s\n", redis.error().what.c_str());
    const int pid = redis ? (*redis)->pid() : 0;
    ::_exit(::write(pids[1], &pid, sizeof pid) < 0 ? 2 : 0);  // no destructor runs: as if killed
  }
  int first = 0;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    int pid = 0;
    ASSERT_EQ(::read(pids[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
    if (i == 0) first = pid;
    EXPECT_GT(pid, 0);
    EXPECT_EQ(pid, first);
  }
  for (const auto parent : parents) ::waitpid(parent, nullptr, 0);
  for (const int end : pids) ::close(end);
  const auto adopted = PrivateRedis::Start(folder, SystemClock());
  ASSERT_TRUE(adopted) << adopted.error().what;
  EXPECT_EQ(ServersOn((*adopted)->url().substr(5)), 1);
  EXPECT_EQ((*adopted)->pid(), first);
}

// So for a whole second: some twenty looks of the one who watches the server.
template <class Condition>
bool Stays(Condition condition) {
  const auto start = SystemClock().Monotonic();
  while (SystemClock().Monotonic() - start < Millis{1'000}) {
    if (!condition()) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_F(FolderLockTest, WithoutAFreeDescriptorTheLivingServerIsKeptAndNoSecondOneIsStarted) {
  AppendMany(*MustOpen(), 0, 20, "zhang");
  const int first = server_->pid();
  ASSERT_EQ(ServersOn(folder_.path()), 1);
  {
    testing::NoDescriptors none;
    EXPECT_TRUE(Stays([&] { return none.Take() && server_->pid() == first && server_->restarts() == 0; }));
    EXPECT_FALSE(PrivateRedis::Start(folder_.path(), SystemClock())) << "who cannot look may not start one";
  }
  EXPECT_EQ(ServersOn(folder_.path()), 1);
  EXPECT_EQ(MustOpen()->ReadStats()->waiting, 20);
  const auto again = PrivateRedis::Start(folder_.path(), SystemClock());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ((*again)->pid(), first);
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return server_->pid() != first && server_->pid() == (*again)->pid(); }))
      << "both watch it, one starts the next, the other adopts it";
  EXPECT_EQ(ServersOn(folder_.path()), 1);
  EXPECT_EQ(MustOpen()->ReadStats()->waiting, 20);
}

TEST_F(FolderLockTest, AServerThatDiedWhileNoDescriptorWasFreeIsStartedOnceOneIs) {
  const int first = server_->pid();
  {
    testing::NoDescriptors none;
    ASSERT_EQ(::kill(first, SIGKILL), 0);
    EXPECT_TRUE(Stays([&] { return none.Take() && server_->restarts() == 0; }));
  }
  ASSERT_TRUE(Eventually([&] { return server_->restarts() == 1 && server_->pid() != first; }));
  ASSERT_TRUE(Eventually([&] { return Redis::Open(DefaultOptions(), SystemClock()).has_value(); }));
  EXPECT_EQ(ServersOn(folder_.path()), 1);
}

TEST_F(FolderLockTest, ProcessesThatStartAtTheSameMomentShareOneServer) {
  server_.reset();  // its thread; a fork takes locks of other threads along
  testing::TempFolder folder;
  StartTogether(folder.path());
}

// It may be reading it at this moment: half a configuration has no socket, but a TCP port.
TEST_F(FolderLockTest, OnlyWhoHoldsTheLockWritesTheConfigurationOfTheServer) {
  const auto path = folder_.path() + "/redis.conf";
  std::ofstream(path, std::ios::app) << "# still here\n";
  const auto adopted = PrivateRedis::Start(folder_.path(), SystemClock());
  ASSERT_TRUE(adopted) << adopted.error().what;
  EXPECT_NE(ReadWholeFile(path).find("# still here"), std::string::npos);
}

TEST_F(FolderLockTest, ProcessesThatStartAtTheSameMomentInAFolderWithALongNameShareOneServer) {
  server_.reset();
  testing::TempFolder folder;
  StartTogether(folder.path() + "/" + std::string(120, 'x'));
}

TEST_F(FolderLockTest, AServerThatHangsWithoutSocketAndPidFileStillHoldsItsFolder) {
  server_.reset();
  server_ = std::move(*PrivateRedis::Start(folder_.path(), SystemClock()));
  const auto socket = Socket();
  ASSERT_EQ(::kill(server_->pid(), SIGSTOP), 0);
  std::filesystem::remove(socket);
  std::filesystem::remove(folder_.path() + "/redis.pid");
  const auto lock = LockForServer(folder_.path(), socket);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::kConflict);
  ASSERT_EQ(::kill(server_->pid(), SIGCONT), 0);
  server_.reset();
  EXPECT_TRUE(LockForServer(folder_.path(), socket)) << "the lock goes with the server";
}

TEST_F(FolderLockTest, AListenerThatHoldsNoLockCountsToo) {
  testing::TempFolder folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder.path() + "/redis.sock";
  path.copy(address.sun_path, path.size());
  const Descriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(LockForServer(folder.path(), path)) << "a socket nobody listens on is a leftover";
  ASSERT_EQ(::listen(listener.fd(), 1), 0);
  const auto lock = LockForServer(folder.path(), path);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::kConflict);
}

TEST_F(FolderLockTest, WithoutAFreeDescriptorNothingIsProven) {
  testing::TempFolder folder;
  const auto token = MakeReaderToken("a");
  const int own = ::getpid();
  const testing::NoDescriptors none;
  const auto lock = LockForServer(folder.path(), folder.path() + "/redis.sock");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(ProcessStart(own), std::nullopt);
  EXPECT_TRUE(ProcessLives(own));
  EXPECT_FALSE(IsDeadHere(token)) << "a living reader must keep its partitions";
}

TEST_F(FolderLockTest, AnAdoptedProcessIsDeadOnlyWhenItHasEnded) {
  for (const bool descriptors : {true, false}) {
    WatchedProcess adopted;
    const pid_t child = ::fork();
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
    {
      std::optional<testing::NoDescriptors> none;
      if (!descriptors) none.emplace();  // no pidfd then
      adopted.SetAdopted(child);
      EXPECT_TRUE(adopted.Lives());
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_FALSE(adopted.Lives());
  }
}

}  // namespace
}  // namespace minsheng::stream
