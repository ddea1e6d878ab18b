// SPDX-License-Identifier: Apache-2.0
#include "channels/push_door.h"

#include <algorithm>

#include "src/base/crypto.h"

namespace minsheng::push {

std::string Signature(std::vector<std::string> parts) {
  std::sort(parts.begin(), parts.end());
  std::string joined;
  for (const auto& part : parts) joined += part;
  return crypto::Sha1Hex(joined);
}

Result<std::string> Required(const http::Request& request, std::string_view key) {
  auto value = request.Query(key);
  if (!value || value->empty()) {
    return MakeError(ErrorKind::kInvalid, "query parameter \"" + std::string(key) + "\" is missing or repeated");
  }
  return *std::move(value);
}

Result<std::string> AtMostOnce(const http::Request& request, std::string_view key) {
  const auto times =
      std::count_if(request.query.begin(), request.query.end(), [&](const auto& pair) { return pair.first == key; });
  if (times == 0) return std::string();
  return Required(request, key);
}

std::optional<std::int64_t> ParseCount(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

Result<void> CheckFresh(std::string_view timestamp, Millis unit, Time now, Millis window) {
  const auto count = ParseCount(timestamp);
  // Longer numbers cannot be a time and would overflow below.
  if (!count || timestamp.size() > 15)
    return MakeError(ErrorKind::kInvalid, "query parameter \"timestamp\" is no time");
  const std::int64_t away = ToMs(now) - *count * unit.count();
  if (away > window.count() || away < -window.count()) {
    return MakeError(ErrorKind::kDenied, "timestamp is " + std::to_string(away / 1000) +
                                             " s away from our clock; check this machine's time or signature_window");
  }
  return {};
}

std::string UnreadableId(std::string_view body) { return "x-" + crypto::Sha256Hex(body).substr(0, 32); }

}  // namespace minsheng::push
