// SPDX-License-Identifier: Apache-2.0
// Days and times as people in China write them. Asia/Shanghai has been UTC+8 without summer time
// since 15 September 1991, and no order is older: a fixed offset says all that a time zone database
// would, so none is needed. Pure, thread-safe.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/clock.h"

namespace minsheng::orders {

using Date = std::chrono::local_days;  // one day in Asia/Shanghai

Date ShanghaiDay(Time t);    // the day that holds `t`; midnight belongs to the day that begins
Time StartOf(Date day);      // 00:00 of the day
Date FirstOfYear(int year);  // 1 January
int YearOf(Date day);
bool IsWeekend(Date day);  // Saturday or Sunday

// "2015-02-26"; nothing when it is no date of 1900..2999.
std::optional<Date> ParseDate(std::string_view text);
// A date, or a date with a time: "2015-02-13 16:30", "2015-02-13T16:30:05", both in Asia/Shanghai,
// or with "Z" or "+08:00" behind the time. A date alone is its 00:00.
std::optional<Time> ParseTime(std::string_view text);
// "08:30" -> minutes since midnight, 00:00..24:00.
std::optional<std::chrono::minutes> ParseTimeOfDay(std::string_view text);

std::string DateText(Date day);                        // "2015-02-26"
std::string_view WeekdayName(Date day, bool english);  // 周四, Thu
// An end: "2015-02-26 17:30"; midnight is the end of the day before: "2015-02-26 24:00".
std::string EndText(Time t);

}  // namespace minsheng::orders
