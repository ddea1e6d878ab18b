// SPDX-License-Identifier: Apache-2.0
// While it lives, no file descriptor is free in this process: open(2) and its like fail with EMFILE.
#pragma once
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace minsheng::testing {

class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit low{std::min<rlim_t>(before_.rlim_cur, 256), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &low);
    taken_.reserve(256);
    Take();
  }
  ~NoDescriptors() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
    for (const int fd : taken_) ::close(fd);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

  // Takes also those that were given back since. True if none was free or could be had afterwards.
  bool Take() {
    for (int fd = ::dup(2); fd >= 0; fd = ::dup(2)) taken_.push_back(fd);
    return errno == EMFILE;
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace minsheng::testing
