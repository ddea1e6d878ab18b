// SPDX-License-Identifier: Apache-2.0
// Days and times that people name, resolved against the moment in which they wrote: 昨晚, 上周五下午三点, 9月12日,
// 三天前, 国庆期间. Pure, thread-safe; knows no clock. What is vague (前几天, 两三天前) is not found: it is asked.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/forms/reading.h"
#include "src/orders/calendar.h"

namespace minsheng::forms {

// Whether a day without a year, or a weekday alone, lies behind us (what happened) or before us (what is planned).
enum class Tense { kPast, kFuture };

// A day, some days, a month, a moment or part of a day; local time in Asia/Shanghai.
struct When {
  orders::Date first{};
  orders::Date last{};                     // the same as first unless it spans days
  bool month_only = false;                 // the month of `first`
  std::optional<std::chrono::minutes> at;  // since midnight of `first`
  std::optional<std::chrono::minutes> to;  // end of a part of the day, 24:00 at most; with `at` only
  bool operator==(const When&) const = default;
};

// The written form, which is how values are kept: "2015-08", "2015-08-09", "2015-08-09 20:30",
// "2015-08-09 18:00/24:00", "2015-10-01/2015-10-07".
std::string WhenText(const When& w);
// Reads the written form; kInvalid for anything else.
Result<When> ParseWhen(std::string_view text);

struct FoundWhen {
  When when;
  std::size_t begin = 0;  // characters of the Reading, half-open
  std::size_t end = 0;
};

struct TimeContext {
  Time now{};  // when the words were written
  Tense tense = Tense::kPast;
  const orders::Calendar* calendar = nullptr;  // for holidays; null: 国庆 and the like are not understood
};

// All that are found, in the order of the text, not overlapping. `answer`: the text answers the question when, so that
// 八点 alone is a time of today.
std::vector<FoundWhen> FindWhen(const Reading& r, const TimeContext& context, bool answer = false);

}  // namespace minsheng::forms
