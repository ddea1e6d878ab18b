// SPDX-License-Identifier: Apache-2.0
// The folder that a recording system writes transcripts into.
//
// A file is complete when it has its final name: dot files, *.part and *.tmp are not looked at, nor is anything
// but regular files (no links are followed, no sub-folders entered). Beside it may lie a sidecar
// "<name>.meta.json" or "<name without extension>.meta.json".
//
// Waiting rule: a file with its sidecar is taken at once. A file without one is taken when neither its size nor its
// time of change has moved for `settle` by the Clock since it was first seen; what a sidecar would have said is then
// empty. A sidecar that comes later still is used: the file is read again from done/ and gives a new revision of
// the call. If that goes wrong, the sidecar alone is parked.
//
// After the hand-over is durable the file and its sidecar move to done/, or to parked/ with a
// "<name>.reason.txt" beside it. A name that is taken there gets a number. Crash safe: a file that was handed over
// but not moved is handed over again, and is the same Message.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::phone {

struct DroppedFile {
  std::string name;                    // without folder
  std::string bytes;                   // empty when too_large
  std::optional<std::string> sidecar;  // its bytes
  bool too_large = false;
  bool again = false;  // taken before; its sidecar came afterwards
};

// Where a file goes. nullopt: done/. Text: parked/, with this reason.
using Fate = std::optional<std::string>;

class DropFolder {
 public:
  DropFolder(std::string path, Millis settle, std::size_t max_bytes, const Clock& clock);

  // Looks once. `take` is called for each complete file, oldest first, and must have made it durable when it returns
  // a value; an error stops the look, and the file stays. Errors of the folder itself are kUnavailable, with its
  // path. Not for two threads at once.
  Result<void> Look(const std::function<Result<Fate>(const DroppedFile&)>& take);

 private:
  struct Seen {
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    Time since{};
  };
  struct Listing;

  Result<Listing> List() const;
  bool Settled(const std::string& name, const Seen& now);
  Result<void> Handle(int folder, const std::string& name, const std::string& sidecar, bool from_done,
                      const std::function<Result<Fate>(const DroppedFile&)>& take);

  std::string path_;
  Millis settle_;
  std::size_t max_bytes_;
  const Clock& clock_;
  std::map<std::string, Seen> seen_;
};

}  // namespace minsheng::phone
