// SPDX-License-Identifier: Apache-2.0
// A password or key, and how the configuration names one without holding it.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "src/base/result.h"

namespace minsheng {

// A password or key. Never printed: there is no way to stream or format it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// Follows "env:NAME" or "file:/path". The error says in both languages what cannot be read or why
// it is refused (a file that everyone may read).
Result<Secret> ReadSecret(std::string_view reference);

}  // namespace minsheng
