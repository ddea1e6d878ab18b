// SPDX-License-Identifier: Apache-2.0
// Deadlines (期限): when a step of an order is due, when it turns yellow and red, and how that was counted.
//
// Formulas (docs/deadlines.md; Civil Code art. 201 and 203; in 2015 General Principles of Civil Law art. 154):
//   minutes, hours   due = start + n, around the clock; needs no Calendar
//   working hours    the first moment at which n hours of the working hours of working days have passed
//   calendar days    the n-th day after the start's day; if that is a day off (and the file says so), the
//                    next working day
//   working days     the n-th working day after the start's day
// A day ends at 24:00 or at closing time. Ends are exclusive: at `due` it is late.
// Pure, thread-safe. Knows no clock.
#pragma once
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/orders/calendar.h"
#include "src/orders/limits.h"

namespace minsheng::orders {

// By what is counted. Lives shorter than what it refers to.
struct Counting {
  const Calendar& calendar;
  const DayRules& rules;
  Date known_on = Calendar::kEverything;  // the Calendar as known on this day
};

// A stretch of working hours that counted.
struct Worked {
  Day day;
  Time begin{};
  Time end{};
};

struct Deadline {
  Time due{};
  Time yellow{};  // opened_at <= yellow <= red
  Time red{};
  Time opened_at{};
  Period counted;       // the limit, or the last extension
  Time counted_from{};  // opened_at, or for an extension the due time before it
  // How it was counted. Working days: every day from the one after counted_from up to the last.
  // Calendar days: the days after the n-th one if that is a day off. Else empty.
  std::vector<Day> days;
  std::vector<Worked> worked;  // working hours only

  bool LateAt(Time t) const { return t >= due; }
};

// The deadline of an order opened at `opened_at`. kNotFound when the Calendar lacks a year that it
// has to count over.
Result<Deadline> ComputeDeadline(Time opened_at, const Limit& limit, const Counting& counting);

// The deadline after one more extension: counting goes on from the old due time, a day limit from its
// last day. `made` = extensions made before. kDenied when the limit allows no further or no so long
// extension, or in another unit; kNotFound as above.
Result<Deadline> ExtendDeadline(const Deadline& old, const Limit& limit, const Period& by, int made,
                                const Counting& counting);

// One line for people: "5个工作日，从次日起：2月15日(补班)、16日、17日｜春节放假18—24日｜25日、26日；到 2015-02-26
// 24:00".
std::string Explain(const Deadline& deadline, bool english);

// A deadline that was promised to somebody.
struct Promise {
  std::string order;
  Step step = Step::kAnswer;
  Time opened_at{};
  Limit limit;
  std::vector<Period> extensions;  // in the order in which they were made
  Time due{};                      // as promised
};

struct Moved {
  std::string order;
  Step step = Step::kAnswer;
  Time old_due{};
  Deadline now;
};

// Counts all promises again, for instance after a new notice, and returns those that are due at
// another time now, in their order. The first that cannot be counted is the error; its order is named.
Result<std::vector<Moved>> Recompute(const std::vector<Promise>& promises, const Counting& counting);

}  // namespace minsheng::orders
