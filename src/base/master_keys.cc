// SPDX-License-Identifier: Apache-2.0
#include "src/base/master_keys.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "src/base/crypto.h"
#include "src/base/log.h"
#include "src/base/replace_file.h"
#include "src/base/secret.h"

namespace minsheng {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::string_view kFileSource = "file:";
constexpr std::string_view kHeader =
    "# 民声主密钥：没有它，市民的文字谁也读不出。请另存一份，不要和备份放在一起。\n"
    "# Minsheng's master key. Without it nobody can read what citizens wrote. Keep a copy, apart from the backups.\n"
    "# The first key is the one in use; further ones open what is not rewrapped yet.\n";

MasterKey KeyOf(std::string bytes) {
  return {crypto::Hex(crypto::HmacSha256(bytes, "minsheng master key id")).substr(0, 8), std::move(bytes)};
}

Result<KeyRing> Parse(std::string_view text, const std::string& source) {
  KeyRing ring;
  while (!text.empty()) {
    // A comment goes to the end of its line, commas and all.
    const bool comment = text.front() == '#';
    const auto end = std::min(text.find_first_of(comment ? "\n" : "\n,"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (line.empty() || comment) continue;
    auto bytes = line.size() == 2 * kKeyBytes ? crypto::FromHex(line) : crypto::Base64Decode(line);
    if (!bytes || bytes->size() != kKeyBytes) {
      return MakeError(ErrorKind::kInvalid,
                       fmt::format("{}：主密钥应为 32 字节的 base64 或十六进制，每行一个 / a master key is 32 bytes in "
                                   "base64 or hex, one per line",
                                   source));
    }
    ring.keys.push_back(KeyOf(std::move(*bytes)));
  }
  if (ring.keys.empty()) {
    return MakeError(ErrorKind::kInvalid, fmt::format("{}：没有主密钥 / holds no master key", source));
  }
  return ring;
}

std::string StampOf(const std::string& path) {
  struct stat st {};
  if (path.empty() || stat(path.c_str(), &st) != 0) return {};
  return fmt::format("{}:{}:{}:{}", st.st_ino, st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

std::string TextOf(const std::vector<MasterKey>& keys) {
  std::string text(kHeader);
  for (const auto& key : keys) text += crypto::Base64Encode(key.bytes) + "\n";
  return text;
}

Result<void> SyncFolderOf(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool ok = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  if (ok) return {};
  return MakeError(ErrorKind::kUnavailable, folder.string() + ": " + std::strerror(errno));
}

}  // namespace

const MasterKey* KeyRing::Find(std::string_view id) const {
  const auto it = std::find_if(keys.begin(), keys.end(), [&](const MasterKey& key) { return key.id == id; });
  return it == keys.end() ? nullptr : &*it;
}

std::string MasterKeys::Path() const {
  return source_.starts_with(kFileSource) ? source_.substr(kFileSource.size()) : std::string();
}

Result<std::unique_ptr<MasterKeys>> MasterKeys::Open(const std::string& source) {
  std::unique_ptr<MasterKeys> keys(new MasterKeys(source));
  keys->seen_ = StampOf(keys->Path());
  const auto text = ReadSecret(source);
  if (!text) return Fail(text.error());
  auto ring = Parse(text->Reveal(), source);
  if (!ring) return Fail(ring.error());
  keys->ring_ = std::make_shared<const KeyRing>(std::move(*ring));
  return keys;
}

Result<void> MasterKeys::Create(const std::string& path) {
  // Made whole beside it and linked: there is never half a key, and never a second one.
  const std::string part = path + "." + crypto::Hex(crypto::RandomBytes(6)) + ".part";
  const int fd = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return MakeError(ErrorKind::kUnavailable, path + ": " + std::strerror(errno));
  close(fd);
  if (auto written = ReplaceFile(part, TextOf({KeyOf(crypto::RandomBytes(kKeyBytes))})); !written) {
    unlink(part.c_str());
    return written;
  }
  const int linked = link(part.c_str(), path.c_str());
  const int why = errno;
  unlink(part.c_str());
  if (linked == 0) return SyncFolderOf(path);
  return MakeError(why == EEXIST ? ErrorKind::kConflict : ErrorKind::kUnavailable, path + ": " + std::strerror(why));
}

std::shared_ptr<const KeyRing> MasterKeys::Ring() {
  const std::lock_guard lock(mutex_);
  const auto path = Path();
  if (path.empty()) return ring_;
  const auto stamp = StampOf(path);
  if (stamp.empty() || stamp == seen_) return ring_;
  seen_ = stamp;
  const auto text = ReadSecret(source_);
  auto ring = text ? Parse(text->Reveal(), source_) : Result<KeyRing>(Fail(text.error()));
  if (!ring) {
    log::Error("master-key-unreadable", {{"error", ring.error().what}});
    return ring_;
  }
  ring_ = std::make_shared<const KeyRing>(std::move(*ring));
  return ring_;
}

Result<void> MasterKeys::Rewrite(const std::vector<MasterKey>& keys) {
  const auto path = Path();
  if (path.empty()) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("{} 不是文件：请自己换（新,旧），重启后再运行一次 / {} is not a file: put the new key "
                                 "in front of the old one (\"new,old\"), restart, and run this again",
                                 source_, source_));
  }
  return ReplaceFile(path, TextOf(keys));
}

Result<std::string> MasterKeys::Add() {
  auto keys = Ring()->keys;
  keys.insert(keys.begin(), KeyOf(crypto::RandomBytes(kKeyBytes)));
  if (auto written = Rewrite(keys); !written) return Fail(written.error());
  return Ring()->Current().id;
}

Result<void> MasterKeys::KeepOnlyCurrent() {
  const auto keys = Ring()->keys;
  if (keys.size() == 1) return {};
  auto written = Rewrite({keys.front()});
  if (written) (void)Ring();
  return written;
}

}  // namespace minsheng
