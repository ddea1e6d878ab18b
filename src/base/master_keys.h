// SPDX-License-Identifier: Apache-2.0
// The master keys: what citizens' data keys are wrapped by. They lie outside the database: in a file of their own
// (made at first start, mode 0600) or in a variable of the environment. The first one is used for wrapping, the others
// only open what was wrapped before a rotation.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

namespace minsheng {

struct MasterKey {
  std::string id;     // 8 hex digits, from the key itself; may be shown
  std::string bytes;  // 32; never shown
};

struct KeyRing {
  std::vector<MasterKey> keys;  // the current one first; at least one
  const MasterKey& Current() const { return keys.front(); }
  const MasterKey* Find(std::string_view id) const;  // nullptr: not here
};

// Thread-safe.
class MasterKeys {
 public:
  // `source`: "file:/path" or "env:NAME". kNotFound when there is nothing, kDenied when others may read the file,
  // kInvalid when it holds no keys: one per line (in a variable: separated by commas), 32 bytes in base64 or hex.
  static Result<std::unique_ptr<MasterKeys>> Open(const std::string& source);
  // Writes a new key to a new file. Durable when it answers. kConflict when the file is there already.
  static Result<void> Create(const std::string& path);

  // As the source is now: a file that was replaced meanwhile is read again. What cannot be read then keeps the ring
  // as it was.
  std::shared_ptr<const KeyRing> Ring();
  // Puts a new key in front, in the file. kInvalid for a source that is not a file.
  Result<std::string> Add();
  // Takes every key but the first out of the file.
  Result<void> KeepOnlyCurrent();
  const std::string& source() const { return source_; }

 private:
  explicit MasterKeys(std::string source) : source_(std::move(source)) {}
  std::string Path() const;  // empty: not a file
  Result<void> Rewrite(const std::vector<MasterKey>& keys);

  const std::string source_;
  std::mutex mutex_;
  std::shared_ptr<const KeyRing> ring_;
  std::string seen_;  // size, time and inode of the file that was read
};

}  // namespace minsheng
