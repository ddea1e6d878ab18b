// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/drop_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace minsheng::phone {
namespace {

constexpr std::string_view kSidecarEnd = ".meta.json";
constexpr std::size_t kMaxSidecarBytes = 64 * 1024;
constexpr std::size_t kMaxFilesPerLook = 1000;  // the rest comes with the next look

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Fail FolderError(const std::string& what, const std::string& path) {
  return MakeError(ErrorKind::kUnavailable, what + " " + path + ": " + std::strerror(errno) +
                                                "; 投递目录不可用 (check that the folder exists and is writable)");
}

// At most max + 1 bytes, so that the caller sees that there are more. nullopt: gone, a link, or no regular file.
std::optional<std::string> ReadRegular(int folder, const std::string& name, std::size_t max) {
  const Fd file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat st {};
  if (!file.ok() || ::fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  std::string bytes;
  char buffer[64 * 1024];
  while (bytes.size() <= max) {
    const auto n = ::read(file.get(), buffer, std::min(sizeof buffer, max + 1 - bytes.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
  return bytes;
}

// Moves without replacing: "name", then "name.1", "name.2", …
bool MoveInto(int from, const std::string& name, int to, std::string* new_name) {
  for (int copy = 0; copy < 10'000; ++copy) {
    *new_name = copy == 0 ? name : name + "." + std::to_string(copy);
    if (::renameat2(from, name.c_str(), to, new_name->c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno == EINVAL) {  // a file system without RENAME_NOREPLACE
      struct stat st {};
      if (::fstatat(to, new_name->c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) continue;
      return ::renameat(from, name.c_str(), to, new_name->c_str()) == 0;
    }
    if (errno != EEXIST) return false;
  }
  return false;
}

bool WriteSmall(int folder, const std::string& name, const std::string& text) {
  const Fd file(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640));
  return file.ok() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

int OpenBelow(int folder, const char* name) {
  if (::mkdirat(folder, name, 0750) != 0 && errno != EEXIST) return -1;
  return ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

std::string Stem(const std::string& name) {
  const auto dot = name.find_last_of('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

}  // namespace

struct DropFolder::Listing {
  struct File {
    std::string name;
    Seen seen;
  };
  std::vector<File> files;                      // oldest first
  std::map<std::string, std::string> sidecars;  // what it belongs to -> its name
};

DropFolder::DropFolder(std::string path, Millis settle, std::size_t max_bytes, const Clock& clock)
    : path_(std::move(path)), settle_(settle), max_bytes_(max_bytes), clock_(clock) {}

Result<DropFolder::Listing> DropFolder::List() const {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path_.c_str()), &::closedir);
  if (!dir) return FolderError("cannot read the drop folder", path_);
  Listing listing;
  errno = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name.starts_with(".") || name.ends_with(".part") || name.ends_with(".tmp")) continue;
    struct stat st {};
    if (::fstatat(::dirfd(dir.get()), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) continue;
    if (name.ends_with(kSidecarEnd)) {
      listing.sidecars[name.substr(0, name.size() - kSidecarEnd.size())] = name;
    } else {
      listing.files.push_back(
          {name, Seen{.size = st.st_size, .changed_ns = st.st_mtim.tv_sec * 1'000'000'000LL + st.st_mtim.tv_nsec}});
    }
  }
  std::sort(listing.files.begin(), listing.files.end(), [](const auto& a, const auto& b) {
    return std::tie(a.seen.changed_ns, a.name) < std::tie(b.seen.changed_ns, b.name);
  });
  return listing;
}

bool DropFolder::Settled(const std::string& name, const Seen& now) {
  const auto [it, is_new] = seen_.try_emplace(name, now);
  Seen& before = it->second;
  if (is_new || before.size != now.size || before.changed_ns != now.changed_ns || clock_.Now() < before.since) {
    before = now;
    before.since = clock_.Now();
  }
  return clock_.Now() - before.since >= settle_;
}

Result<void> DropFolder::Handle(int folder, const std::string& name, const std::string& sidecar, bool from_done,
                                const std::function<Result<Fate>(const DroppedFile&)>& take) {
  const Fd done(OpenBelow(folder, "done"));
  const Fd parked(OpenBelow(folder, "parked"));
  if (!done.ok() || !parked.ok()) return FolderError("cannot make done/ and parked/ in", path_);
  const int source = from_done ? done.get() : folder;
  auto bytes = ReadRegular(source, name, max_bytes_);
  if (!bytes) return {};  // somebody took it away
  DroppedFile file{.name = name, .bytes = std::move(*bytes), .sidecar = std::nullopt, .again = from_done};
  if (!sidecar.empty()) file.sidecar = ReadRegular(folder, sidecar, kMaxSidecarBytes);
  if (file.bytes.size() > max_bytes_) {
    file.too_large = true;
    file.bytes.clear();
  }
  const auto fate = take(file);
  if (!fate) return Fail(fate.error());
  const int target = *fate ? parked.get() : done.get();
  std::string new_name = from_done ? sidecar : name;
  if (!from_done && !MoveInto(folder, name, target, &new_name)) return FolderError("cannot move a file of", path_);
  if (*fate && !WriteSmall(target, new_name + ".reason.txt", IsoUtc(clock_.Now()) + " " + **fate + "\n")) {
    return FolderError("cannot write a reason into parked/ of", path_);
  }
  std::string moved_sidecar;
  if (!sidecar.empty() && !MoveInto(folder, sidecar, target, &moved_sidecar) && errno != ENOENT) {
    return FolderError("cannot move a sidecar of", path_);
  }
  return {};
}

Result<void> DropFolder::Look(const std::function<Result<Fate>(const DroppedFile&)>& take) {
  auto listing = List();
  if (!listing) return Fail(listing.error());
  const Fd folder(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok()) return FolderError("cannot open the drop folder", path_);
  const auto eat_sidecar = [&](const std::string& name) {
    for (const auto& key : {name, Stem(name)}) {
      if (const auto it = listing->sidecars.find(key); it != listing->sidecars.end()) {
        std::string sidecar = it->second;
        listing->sidecars.erase(it);
        return sidecar;
      }
    }
    return std::string();
  };
  std::map<std::string, Seen> waiting;
  std::size_t taken = 0;
  for (const auto& file : listing->files) {
    const std::string sidecar = eat_sidecar(file.name);
    const bool settled = Settled(file.name, file.seen);
    if ((sidecar.empty() && !settled) || taken == kMaxFilesPerLook) {
      waiting[file.name] = seen_[file.name];
      continue;
    }
    ++taken;
    if (auto handled = Handle(folder.get(), file.name, sidecar, false, take); !handled) return handled;
  }
  seen_ = std::move(waiting);
  // Sidecars that came after their file had gone.
  const Fd done(OpenBelow(folder.get(), "done"));
  for (const auto& [name, sidecar] : listing->sidecars) {
    std::vector<std::string> candidates = {name};
    for (const char* extension : {".json", ".vtt", ".srt", ".txt"}) candidates.push_back(name + extension);
    for (const auto& candidate : candidates) {
      struct stat st {};
      if (!done.ok() || ::fstatat(done.get(), candidate.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (auto handled = Handle(folder.get(), candidate, sidecar, true, take); !handled) return handled;
      break;
    }
  }
  return {};
}

}  // namespace minsheng::phone
