// SPDX-License-Identifier: Apache-2.0
// Days that people name, at one place of a text. Used by times.cc only. Pure.
#pragma once
#include <optional>

#include "src/forms/times.h"

namespace minsheng::forms {

struct DayFind {
  When when;
  std::size_t end = 0;      // character behind it
  bool needs_part = false;  // 昨, 前: a day only with a part of the day behind it
};

// The day, days or month that are named by the words that begin at `at`.
std::optional<DayFind> DayAt(const Reading& r, const TimeContext& context, std::size_t at);

// A whole number of this range at `at`; `*end` becomes the character behind it.
std::optional<int> WholeAt(const Reading& r, std::size_t at, int least, int most, std::size_t* end);

When OneDay(orders::Date day);

}  // namespace minsheng::forms
