// SPDX-License-Identifier: Apache-2.0
#include "src/base/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace minsheng {
namespace {

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return fsync(fd) == 0;
}

}  // namespace

Result<void> ReplaceFile(const std::string& path, std::string_view bytes) {
  struct stat old {};
  const mode_t mode = stat(path.c_str(), &old) == 0 ? old.st_mode & 07777U : 0644U;
  std::string part = path + ".XXXXXX";
  const int fd = mkostemp(part.data(), O_CLOEXEC);
  if (fd < 0) return MakeError(ErrorKind::kUnavailable, path + ": " + std::strerror(errno));
  const bool written = WriteAll(fd, bytes) && fchmod(fd, mode) == 0;
  const bool closed = close(fd) == 0;
  if (!written || !closed || rename(part.c_str(), path.c_str()) != 0) {
    auto error = MakeError(ErrorKind::kUnavailable, path + ": " + std::strerror(errno));
    unlink(part.c_str());
    return error;
  }
  const auto folder = std::filesystem::path(path).parent_path();
  const int dir = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir >= 0) {
    fsync(dir);  // the rename is done; a folder that cannot sync only delays its durability
    close(dir);
  }
  return {};
}

}  // namespace minsheng
