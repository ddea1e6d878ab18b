// SPDX-License-Identifier: Apache-2.0
// Files, sealed, named by the SHA-256 of what lies on disk: <folder>/aa/<64 hex digits>. Thread-safe, also over
// processes: writing the same content for the same owner twice is harmless.
//
// A reference is "<name>.<key>": the file's name and the key that opens this one file (64 hex digits each). Whoever has
// the reference can read; it is kept in texts that are sealed themselves. A reference without a key (from older
// versions) names a file that lies there readable.
#pragma once
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace minsheng {

class Blobs {
 public:
  // `secret`: of this installation; without it nobody can guess a key from a file's content.
  Blobs(std::string folder, std::string secret) : folder_(std::move(folder)), secret_(std::move(secret)) {}

  // Durable when it answers: file and folder are synced. Returns the reference: the same for the same owner and
  // content. `owner`: whose it is; two owners share no file. kUnavailable: disk full.
  Result<std::string> Put(std::string_view owner, std::string_view bytes) const;
  // kNotFound for an unknown name, kInvalid for what is no reference, kInternal if the content
  // no longer has its name, or is not under this key.
  Result<std::string> Get(const std::string& reference) const;
  // Durable. What is not there is gone already. By reference or by name.
  Result<void> Delete(const std::string& reference) const;
  static std::string NameOf(const std::string& reference) { return reference.substr(0, 64); }
  static bool IsSealed(const std::string& reference) { return reference.size() > 64; }
  std::string PathOf(const std::string& name) const { return folder_ + "/" + name.substr(0, 2) + "/" + name; }

 private:
  std::string folder_;
  std::string secret_;
};

}  // namespace minsheng
