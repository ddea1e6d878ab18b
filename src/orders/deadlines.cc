// SPDX-License-Identifier: Apache-2.0
#include "src/orders/deadlines.h"

#include <fmt/format.h>

#include <algorithm>

namespace minsheng::orders {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

Millis Length(const Period& period) {
  return period.unit == PeriodUnit::kMinutes ? Millis{minutes{period.amount}} : Millis{hours{period.amount}};
}

bool IsOfDays(PeriodUnit unit) { return unit == PeriodUnit::kDays || unit == PeriodUnit::kWorkingDays; }

// The day that an end belongs to: 24:00 is the end of the day before.
Date DayOfEnd(Time end) { return ShanghaiDay(end - Millis{1}); }

// Where on its day an end lies, so that it can be moved to another day. The end of a day stays the end of
// a day, also where closing time changes with the season.
Time MoveTo(Date day, Time end, const DayRules& rules) {
  const Date old = DayOfEnd(end);
  const Millis offset = end - StartOf(old);
  return StartOf(day) + (offset == rules.EndOf(old) ? Millis{rules.EndOf(day)} : offset);
}

// Forward through working hours from `from`.
Result<std::vector<Worked>> WorkForward(Time from, Millis left, const Counting& c) {
  std::vector<Worked> out;
  for (Date date = ShanghaiDay(from);; date += days{1}) {
    const auto day = c.calendar.DayOf(date, c.known_on);
    if (!day) return Fail(day.error());
    if (!day->working()) continue;
    for (const WorkingTime& time : c.rules.HoursOf(date)) {
      const Time begin = std::max(from, StartOf(date) + time.begin);
      const Time end = std::min(StartOf(date) + time.end, begin + left);
      if (end <= begin) continue;
      out.push_back({*day, begin, end});
      left -= end - begin;
      if (left <= Millis{0}) return out;
    }
  }
}

// The moment with `left` of working hours between it and `until`.
Result<Time> WorkBackward(Time until, Millis left, const Counting& c) {
  for (Date date = DayOfEnd(until);; date -= days{1}) {
    const auto working = c.calendar.IsWorkingDay(date, c.known_on);
    if (!working) return Fail(working.error());
    if (!*working) continue;
    const auto& times = c.rules.HoursOf(date);
    for (auto time = times.rbegin(); time != times.rend(); ++time) {
      const Time end = std::min(until, StartOf(date) + time->end);
      const Time begin = std::max(StartOf(date) + time->begin, end - left);
      if (end <= begin) continue;
      left -= end - begin;
      if (left <= Millis{0}) return begin;
    }
  }
}

// Calendar days: the n-th day, moved on to a working day; `through` gets the days it was moved over.
Result<Date> CalendarDay(Date from, int n, const Counting& c, std::vector<Day>* through) {
  Date last = from + days{n};
  if (!c.rules.days_off_move_the_end) return last;
  for (;; last += days{1}) {
    auto day = c.calendar.DayOf(last, c.known_on);
    if (!day) return Fail(day.error());
    const bool working = day->working();
    if (!working || !through->empty()) through->push_back(std::move(*day));
    if (working) return last;
  }
}

// Fills due, days and worked. `start` is the day that day limits are counted from, `from` the moment.
Result<void> CountOn(Deadline* d, Time from, Date start, const Period& period, const Counting& c) {
  d->counted = period;
  d->counted_from = from;
  switch (period.unit) {
    case PeriodUnit::kMinutes:
    case PeriodUnit::kHours:
      d->due = from + Length(period);
      return {};
    case PeriodUnit::kWorkingHours: {
      auto worked = WorkForward(from, Length(period), c);
      if (!worked) return Fail(worked.error());
      d->worked = std::move(*worked);
      d->due = d->worked.back().end;
      return {};
    }
    case PeriodUnit::kDays: {
      const auto last = CalendarDay(start, period.amount, c, &d->days);
      if (!last) return Fail(last.error());
      d->due = StartOf(*last) + c.rules.EndOf(*last);
      return {};
    }
    case PeriodUnit::kWorkingDays: {
      auto count = c.calendar.AddWorkingDays(start, period.amount, c.known_on);
      if (!count) return Fail(count.error());
      d->due = StartOf(count->last()) + c.rules.EndOf(count->last());
      d->days = std::move(count->days);
      return {};
    }
  }
  return MakeError(ErrorKind::kInternal, "unknown unit");
}

Result<Time> WarningTime(Time due, const Warning& warning, const Counting& c) {
  const Period& period = warning.period;
  if (period.amount == 0) return due;
  const Date day = DayOfEnd(due);
  switch (period.unit) {
    case PeriodUnit::kMinutes:
    case PeriodUnit::kHours:
      return warning.after ? due + Length(period) : due - Length(period);
    case PeriodUnit::kWorkingHours: {
      if (!warning.after) return WorkBackward(due, Length(period), c);
      const auto worked = WorkForward(due, Length(period), c);
      if (!worked) return Fail(worked.error());
      return worked->back().end;
    }
    case PeriodUnit::kDays:
      return MoveTo(warning.after ? day + days{period.amount} : day - days{period.amount}, due, c.rules);
    case PeriodUnit::kWorkingDays: {
      if (!warning.after) {
        const auto before = c.calendar.SubtractWorkingDays(day, period.amount, c.known_on);
        if (!before) return Fail(before.error());
        return MoveTo(*before, due, c.rules);
      }
      const auto after = c.calendar.AddWorkingDays(day, period.amount, c.known_on);
      if (!after) return Fail(after.error());
      return MoveTo(after->last(), due, c.rules);
    }
  }
  return MakeError(ErrorKind::kInternal, "unknown unit");
}

// A short limit may put a warning before its own beginning, and different units may cross: neither shows.
Result<Deadline> WithWarnings(Deadline d, const Limit& limit, const Counting& c) {
  const auto yellow = WarningTime(d.due, limit.yellow, c);
  if (!yellow) return Fail(yellow.error());
  const auto red = WarningTime(d.due, limit.red, c);
  if (!red) return Fail(red.error());
  d.red = std::max(*red, d.opened_at);
  d.yellow = std::clamp(*yellow, d.opened_at, d.red);
  return d;
}

std::string TimeOfDayText(Time t) { return ShanghaiText(t).substr(11, 5); }

std::string WorkedText(const std::vector<Worked>& worked, bool english) {
  std::string out;
  Date day{};
  for (const Worked& w : worked) {
    if (!out.empty()) out += english ? ", " : "、";
    if (w.day.date != day) {
      Day bare = w.day;
      if (bare.kind != DayKind::kMakeUp) bare.kind = DayKind::kWorkday;
      out += SumText({bare}, english) + " ";
    }
    day = w.day.date;
    out += TimeOfDayText(w.begin) + (english ? "–" : "—") + EndText(w.end).substr(11);
  }
  return out;
}

// What stands behind the period: "从次日起：…" or nothing.
std::string SumOf(const Deadline& d, bool english) {
  switch (d.counted.unit) {
    case PeriodUnit::kMinutes:
    case PeriodUnit::kHours:
      return english ? " around the clock" : "，昼夜连续计算";
    case PeriodUnit::kWorkingHours:
      return (english ? ": " : "：") + WorkedText(d.worked, english);
    case PeriodUnit::kDays:
      if (d.days.empty()) return english ? " from the next day" : "，从次日起";
      return english ? fmt::format(" from the next day; {} is a day off: {}", DateText(d.days.front().date),
                                   SumText(d.days, true))
                     : fmt::format("，从次日起；{} 是休息日，顺延：{}", DateText(d.days.front().date),
                                   SumText(d.days, false));
    case PeriodUnit::kWorkingDays:
      return (english ? " from the next day: " : "，从次日起：") + SumText(d.days, english);
  }
  return {};
}

}  // namespace

Result<Deadline> ComputeDeadline(Time opened_at, const Limit& limit, const Counting& counting) {
  Deadline d;
  d.opened_at = opened_at;
  if (auto good = CountOn(&d, opened_at, ShanghaiDay(opened_at), limit.within, counting); !good) {
    return Fail(good.error());
  }
  return WithWarnings(std::move(d), limit, counting);
}

Result<Deadline> ExtendDeadline(const Deadline& old, const Limit& limit, const Period& by, int made,
                                const Counting& counting) {
  if (made >= limit.extensions || limit.extension.amount == 0) {
    return MakeError(
        ErrorKind::kDenied,
        fmt::format("这个时限最多延长 {} 次，已经 {} 次 / this limit may be extended {} times, and was {} times",
                    limit.extensions, made, limit.extensions, made));
  }
  if (by.unit != limit.extension.unit || by.amount < 1 || by.amount > limit.extension.amount) {
    return MakeError(ErrorKind::kDenied, fmt::format("一次最多延长{} / one extension is at most {}",
                                                     Name(limit.extension, false), Name(limit.extension, true)));
  }
  Deadline d;
  d.opened_at = old.opened_at;
  if (auto good = CountOn(&d, old.due, DayOfEnd(old.due), by, counting); !good) return Fail(good.error());
  // An end by the hour that is extended by days stays at its hour.
  if (IsOfDays(by.unit)) d.due = MoveTo(DayOfEnd(d.due), old.due, counting.rules);
  return WithWarnings(std::move(d), limit, counting);
}

std::string Explain(const Deadline& d, bool english) {
  const bool extended = d.counted_from != d.opened_at;
  const std::string from = extended ? EndText(d.counted_from) : ShanghaiText(d.counted_from).substr(0, 16);
  if (english) {
    return fmt::format("{}{}{}, counted from {}; until {}", extended ? "extended by " : "", Name(d.counted, true),
                       SumOf(d, true), from, EndText(d.due));
  }
  return fmt::format("{} {}{}{}；到 {}", from, extended ? "起延长" : "起", Name(d.counted, false), SumOf(d, false),
                     EndText(d.due));
}

Result<std::vector<Moved>> Recompute(const std::vector<Promise>& promises, const Counting& counting) {
  std::vector<Moved> moved;
  for (const Promise& p : promises) {
    const auto named = [&](const Error& e) { return MakeError(e.kind, p.order + ": " + e.what); };
    auto now = ComputeDeadline(p.opened_at, p.limit, counting);
    for (std::size_t made = 0; now && made < p.extensions.size(); ++made) {
      now = ExtendDeadline(*now, p.limit, p.extensions[made], static_cast<int>(made), counting);
    }
    if (!now) return named(now.error());
    if (now->due != p.due) moved.push_back({p.order, p.step, p.due, std::move(*now)});
  }
  return moved;
}

}  // namespace minsheng::orders
