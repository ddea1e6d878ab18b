// SPDX-License-Identifier: Apache-2.0
// The shipped Calendar, and short ways to write days.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/base/embedded.h"
#include "src/orders/calendar.h"

namespace minsheng::orders {

inline std::vector<CalendarFile> ShippedCalendarFiles() {
  constexpr std::string_view kFolder = "config/calendar/";
  std::vector<CalendarFile> files;
  for (const auto& file : EmbeddedFiles()) {
    if (!file.path.starts_with(kFolder)) continue;
    files.push_back({std::string(file.path.substr(kFolder.size())), std::string(file.content)});
  }
  return files;
}

inline const Calendar& ShippedCalendar() {
  static const auto calendar = Calendar::Load(ShippedCalendarFiles()).value();
  return *calendar;
}

inline Date D(std::string_view text) { return ParseDate(text).value(); }
inline Time T(std::string_view text) { return ParseTime(text).value(); }

// "2015-02-15 2015-02-16": the days of a Count that count.
inline std::string CountedDays(const Count& count) {
  std::string out;
  for (const Day& day : count.days) {
    if (day.working()) out += (out.empty() ? "" : " ") + DateText(day.date).substr(5);
  }
  return out;
}

}  // namespace minsheng::orders
