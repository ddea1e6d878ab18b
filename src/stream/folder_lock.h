// SPDX-License-Identifier: Apache-2.0
// Proof that no redis-server works in a folder, and its life as seen by the one who watches it.
//
// Two servers that append to one file destroy it, so "I could not find out" must never read as
// "nobody is there". The proof is an flock on <folder>/redis.lock: the server inherits the locked
// descriptor, so the kernel holds the lock exactly as long as the server (or a child of it that
// rewrites the file) lives, whoever started it and whatever became of that one. No process id that
// is used again, no look into /proc and no answer in time is needed.
#pragma once
#include <string>

#include "src/base/result.h"

namespace minsheng::stream {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int fd() const { return fd_; }

 private:
  int fd_;
};

// The lock of the folder, for the server that is started next; FD_CLOEXEC is set. kConflict: a
// server holds the lock, or one listens on `socket`; kUnavailable: it cannot be told (no
// descriptor is free, the file cannot be opened). On either error nothing may be started.
Result<Descriptor> LockForServer(const std::string& folder, const std::string& socket);

// One server process. Not thread-safe.
class WatchedProcess {
 public:
  void SetChild(int pid);    // started by this process: judged by waitpid(2)
  void SetAdopted(int pid);  // another's child: judged by a pidfd, without one by kill(pid, 0)
  // False only when the process has certainly ended; a zombie has. True where it cannot be told.
  bool Lives();

 private:
  int pid_ = 0;  // 0: none, or it has ended
  Descriptor pidfd_;
};

}  // namespace minsheng::stream
