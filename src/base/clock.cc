// SPDX-License-Identifier: Apache-2.0
#include "src/base/clock.h"

#include <fmt/format.h>

namespace minsheng {
namespace {

class RealClock final : public Clock {
 public:
  Time Now() const override { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }
  Millis Monotonic() const override {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

// China has had one offset without summer time since 1992; every time we handle is later.
constexpr std::chrono::hours kShanghaiOffset{8};

struct Civil {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<Millis> time;
};

Civil Split(Time t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  return {std::chrono::year_month_day{day}, std::chrono::hh_mm_ss<Millis>{t - day}};
}

}  // namespace

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

std::string ShanghaiText(Time t) {
  const auto c = Split(t + kShanghaiOffset);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(c.date.year()),
                     static_cast<unsigned>(c.date.month()), static_cast<unsigned>(c.date.day()), c.time.hours().count(),
                     c.time.minutes().count(), c.time.seconds().count());
}

std::string IsoUtc(Time t) {
  const auto c = Split(t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(c.date.year()),
                     static_cast<unsigned>(c.date.month()), static_cast<unsigned>(c.date.day()), c.time.hours().count(),
                     c.time.minutes().count(), c.time.seconds().count(), c.time.subseconds().count());
}

int ShanghaiHour(Time t) { return static_cast<int>(Split(t + kShanghaiOffset).time.hours().count()); }

std::string ShanghaiDate(Time t) {
  const auto c = Split(t + kShanghaiOffset);
  return fmt::format("{:04}{:02}{:02}", static_cast<int>(c.date.year()), static_cast<unsigned>(c.date.month()),
                     static_cast<unsigned>(c.date.day()));
}

}  // namespace minsheng
