// SPDX-License-Identifier: Apache-2.0
#include "src/base/blobs.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "src/base/crypto.h"

namespace minsheng {
namespace {

Fail BlobError(const std::string& path) {
  return MakeError(ErrorKind::kUnavailable, path + ": " + std::strerror(errno));
}

bool WriteAndSync(const std::string& path, std::string_view bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool ok = true;
  while (ok && !bytes.empty()) {
    const auto n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    ok = n > 0;
    if (ok) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  ok = ok && fsync(fd) == 0;
  return close(fd) == 0 && ok;
}

bool SyncFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool ok = fsync(fd) == 0;
  close(fd);
  return ok;
}

}  // namespace

Result<std::string> Blobs::Put(std::string_view bytes) const {
  const auto name = crypto::Sha256Hex(bytes);
  const auto folder = folder_ + "/" + name.substr(0, 2);
  const auto path = folder + "/" + name;
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return name;
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made) return MakeError(ErrorKind::kUnavailable, folder + ": " + made.message());
  const auto part = path + "." + crypto::Hex(crypto::RandomBytes(6)) + ".part";
  if (!WriteAndSync(part, bytes) || rename(part.c_str(), path.c_str()) != 0 || !SyncFolder(folder) ||
      !SyncFolder(folder_)) {
    auto error = BlobError(path);
    unlink(part.c_str());
    return error;
  }
  return name;
}

Result<std::string> Blobs::Get(const std::string& name) const {
  if (name.size() != 64 || name.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return MakeError(ErrorKind::kInvalid, "no blob name");
  }
  std::ifstream in(folder_ + "/" + name.substr(0, 2) + "/" + name, std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, "no blob " + name);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (crypto::Sha256Hex(bytes) != name) return MakeError(ErrorKind::kInternal, "blob " + name + " is damaged");
  return bytes;
}

}  // namespace minsheng
