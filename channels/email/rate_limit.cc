// SPDX-License-Identifier: Apache-2.0
#include "channels/email/rate_limit.h"

#include <fmt/format.h>

#include <sstream>
#include <string>

#include "src/base/crypto.h"
#include "src/base/log.h"

namespace minsheng::email {
namespace {

struct Window {
  std::int64_t start = 0;  // ms
  int count = 0;
};

std::string RateKey(std::string_view what, std::string_view who) {
  return fmt::format("rate-{}-{}", what, crypto::Sha256Hex(who).substr(0, 16));
}

// The stored window, or an empty one when it has passed.
Window Current(const std::optional<std::string>& stored, std::int64_t now, Millis length) {
  Window w;
  if (stored) std::istringstream(*stored) >> w.start >> w.count;
  if (now < w.start || now - w.start >= length.count()) w = {now, 0};
  return w;
}

}  // namespace

Result<void> RateLimit::Check(std::string_view what, std::string_view who, Millis window, int most) const {
  auto stored = state_.Get(RateKey(what, who));
  if (!stored) return Fail(stored.error());
  if (Current(*stored, ToMs(clock_.Now()), window).count < most) return {};
  return MakeError(ErrorKind::kRejected,
                   fmt::format("{} automatic mails in {} minutes already ({})", most, window.count() / 60'000, what));
}

void RateLimit::Count(std::string_view what, std::string_view who, Millis window) const {
  const auto key = RateKey(what, who);
  for (int attempt = 0; attempt < 5; ++attempt) {
    auto stored = state_.Get(key);
    if (!stored) break;
    const auto w = Current(*stored, ToMs(clock_.Now()), window);
    auto put = state_.CompareAndPut(key, *stored, fmt::format("{} {}", w.start, w.count + 1));
    if (put && *put) return;
    if (!put) break;
  }
  log::Warn("mail-rate-not-counted", {{"what", what}});
}

}  // namespace minsheng::email
