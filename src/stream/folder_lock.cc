// SPDX-License-Identifier: Apache-2.0
#include "src/stream/folder_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace minsheng::stream {
namespace {

Fail CannotTell(const std::string& path) {
  return MakeError(ErrorKind::kUnavailable,
                   "cannot tell whether a redis-server works here: " + path + ": " + std::strerror(errno));
}

// The kernel's word, which does not depend on a server that is busy.
Result<void> ProveNobodyListens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return MakeError(ErrorKind::kInvalid, "too long for a socket: " + path);
  path.copy(address.sun_path, path.size());
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.fd() < 0) return CannotTell(path);
  if (::connect(probe.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN)
    return MakeError(ErrorKind::kConflict, "a server listens on " + path);
  if (errno == ECONNREFUSED || errno == ENOENT) return {};
  return CannotTell(path);
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Descriptor> LockForServer(const std::string& folder, const std::string& socket) {
  const std::string path = folder + "/redis.lock";
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.fd() < 0) return CannotTell(path);
  if (::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return CannotTell(path);
    return MakeError(ErrorKind::kConflict, "a redis-server holds " + path);
  }
  // A server of which the lock knows nothing was started by hand or by an older program.
  if (const auto silent = ProveNobodyListens(socket); !silent) return Fail(silent.error());
  return lock;
}

void WatchedProcess::SetChild(int pid) {
  pid_ = pid;
  pidfd_ = Descriptor();
}

void WatchedProcess::SetAdopted(int pid) {
  pid_ = pid;
  pidfd_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));  // glibc 2.36 has no C++ name for it
}

bool WatchedProcess::Lives() {
  if (pid_ <= 0) return false;
  const pid_t reaped = ::waitpid(pid_, nullptr, WNOHANG);
  bool ended = reaped == pid_;
  if (reaped < 0 && errno == ECHILD) {
    if (pidfd_.fd() >= 0) {
      pollfd end{pidfd_.fd(), POLLIN, 0};
      ended = ::poll(&end, 1, 0) == 1 && (end.revents & POLLIN) != 0;
    } else {
      ended = ::kill(pid_, 0) != 0 && errno == ESRCH;
    }
  }
  if (ended) pid_ = 0;  // the id may be another's from now on
  return !ended;
}

}  // namespace minsheng::stream
