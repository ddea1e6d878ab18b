// SPDX-License-Identifier: Apache-2.0
#include "src/callback/options.h"

#include <array>

namespace minsheng::callback {
namespace {

constexpr int kMinutesOfDay = 24 * 60;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kShanghaiMs = 8 * 60 * kMinuteMs;

// "08:30" -> 510; -1: no time of day.
int MinutesOf(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  std::array<int, 4> digits{};
  for (const auto& [at, place] : {std::pair{0, 0}, {1, 1}, {3, 2}, {4, 3}}) {
    const char c = text[static_cast<std::size_t>(at)];
    if (c < '0' || c > '9') return -1;
    digits[static_cast<std::size_t>(place)] = c - '0';
  }
  const int hour = digits[0] * 10 + digits[1];
  const int minute = digits[2] * 10 + digits[3];
  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

}  // namespace

Result<QuietHours> ParseQuietHours(std::string_view text) {
  if (text.empty()) return QuietHours{0, 0};
  const auto dash = text.find('-');
  const int from = dash == std::string_view::npos ? -1 : MinutesOf(text.substr(0, dash));
  const int to = dash == std::string_view::npos ? -1 : MinutesOf(text.substr(dash + 1));
  if (from >= 0 && to >= 0) return QuietHours{from, to};
  return MakeError(ErrorKind::kInvalid, "应写作 \"21:00-08:00\"，空为不限 / write \"21:00-08:00\", empty for none");
}

Time AfterQuiet(const QuietHours& quiet, Time t) {
  if (quiet.from == quiet.to) return t;
  const std::int64_t local = ToMs(t) + kShanghaiMs;
  const std::int64_t day_ms = kMinutesOfDay * kMinuteMs;
  const std::int64_t midnight = local / day_ms * day_ms;
  const std::int64_t minute = (local - midnight) / kMinuteMs;
  const bool over_midnight = quiet.from > quiet.to;
  const bool inside =
      over_midnight ? minute >= quiet.from || minute < quiet.to : minute >= quiet.from && minute < quiet.to;
  if (!inside) return t;
  const std::int64_t end = midnight + quiet.to * kMinuteMs + (minute >= quiet.to ? day_ms : 0);
  return FromMs(end - kShanghaiMs);
}

}  // namespace minsheng::callback
