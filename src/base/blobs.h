// SPDX-License-Identifier: Apache-2.0
// Files named by the SHA-256 of their content: <folder>/aa/<64 hex digits>. Thread-safe, also over
// processes: writing the same content twice is harmless.
#pragma once
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace minsheng {

class Blobs {
 public:
  explicit Blobs(std::string folder) : folder_(std::move(folder)) {}

  // Durable when it answers: file and folder are synced. Returns the name. kUnavailable: disk full.
  Result<std::string> Put(std::string_view bytes) const;
  // kNotFound for an unknown name, kInvalid for one that is no digest, kInternal if the content
  // no longer has its name.
  Result<std::string> Get(const std::string& name) const;

 private:
  std::string folder_;
};

}  // namespace minsheng
