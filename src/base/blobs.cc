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

// One key seals one content, so the nonce need not vary.
constexpr std::string_view kNonce("\0\0\0\0\0\0\0\0\0\0\0\0", 12);
constexpr std::string_view kPurpose = "minsheng blob 1";

bool IsDigest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<std::string> Blobs::Put(std::string_view owner, std::string_view bytes) const {
  const auto content = crypto::Sha256(bytes);
  const auto key = crypto::HmacSha256(secret_, std::string(kPurpose) + content + std::string(owner));
  const auto sealed = crypto::AesGcmSeal(key, kNonce, kPurpose, bytes);
  const auto name = crypto::Sha256Hex(sealed);
  const auto reference = name + "." + crypto::Hex(key);
  const auto path = PathOf(name);
  const auto folder = path.substr(0, path.rfind('/'));
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return reference;
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made) return MakeError(ErrorKind::kUnavailable, folder + ": " + made.message());
  const auto part = path + "." + crypto::Hex(crypto::RandomBytes(6)) + ".part";
  if (!WriteAndSync(part, sealed) || rename(part.c_str(), path.c_str()) != 0 || !SyncFolder(folder) ||
      !SyncFolder(folder_)) {
    auto error = BlobError(path);
    unlink(part.c_str());
    return error;
  }
  return reference;
}

Result<std::string> Blobs::Get(const std::string& reference) const {
  const auto name = NameOf(reference);
  const auto key = IsSealed(reference) ? crypto::FromHex(reference.substr(65)) : std::string();
  if (!IsDigest(name) || !key || (IsSealed(reference) && (reference[64] != '.' || key->size() != 32))) {
    return MakeError(ErrorKind::kInvalid, "no blob name");
  }
  std::ifstream in(PathOf(name), std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, "no blob " + name);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (crypto::Sha256Hex(bytes) != name) return MakeError(ErrorKind::kInternal, "blob " + name + " is damaged");
  if (!IsSealed(reference)) return bytes;
  auto opened = crypto::AesGcmOpen(*key, kNonce, kPurpose, bytes);
  if (!opened) return MakeError(ErrorKind::kInternal, "blob " + name + " does not open with this key");
  return std::move(*opened);
}

Result<void> Blobs::Delete(const std::string& reference) const {
  const auto name = NameOf(reference);
  if (!IsDigest(name)) return MakeError(ErrorKind::kInvalid, "no blob name");
  const auto path = PathOf(name);
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return BlobError(path);
  }
  if (!SyncFolder(path.substr(0, path.rfind('/')))) return BlobError(path);
  return {};
}

}  // namespace minsheng
