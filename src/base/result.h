// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error. The only way an expected failure travels.
//
// Error::kind decides everything that code does next (retry, HTTP status, metric label);
// Error::what is for people and logs and is never compared. It never holds personal data.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace minsheng {

enum class ErrorKind {
  kInvalid,   // the input is wrong; the same input will fail again
  kTooLarge,  // the input is beyond a configured limit
  kNotFound,
  kDenied,       // bad signature, bad token, not allowed
  kConflict,     // somebody else changed it first
  kUnavailable,  // the other side is down or slow and did NOT take it; try again later
  kRejected,     // the other side understood and said no; do not try again
  kUnknown,      // sent, but no answer came: it may or may not have been taken
  kInternal,     // our bug or our broken environment
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string what;
};

// Not a plain alias: tl::expected 1.0 is not [[nodiscard]], and that is half of the point.
template <class T>
struct [[nodiscard]] Result : tl::expected<T, Error> {
  using tl::expected<T, Error>::expected;
};

using Fail = tl::unexpected<Error>;

// `return MakeError(ErrorKind::kInvalid, "why");` in any function that returns a Result.
inline Fail MakeError(ErrorKind kind, std::string what) { return Fail(Error{kind, std::move(what)}); }

// Only kUnavailable may be tried again by itself.
constexpr bool IsRetryable(ErrorKind kind) { return kind == ErrorKind::kUnavailable; }

// The one table from kind to HTTP status; for kUnknown it is 504.
int HttpStatus(ErrorKind kind);

// Stable lower-case label for metrics, logs and JSON ("invalid", "too-large", ...).
std::string_view Label(ErrorKind kind);

}  // namespace minsheng
