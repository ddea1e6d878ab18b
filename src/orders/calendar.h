// SPDX-License-Identifier: Apache-2.0
// Calendar (工作日历): which days are working days in China, and since when that was known.
//
// The State Council announces days off and working weekends once a year and sometimes amends them.
// Every announcement (Notice) is kept with the day from which it was known, so that a deadline can be
// counted as it was, or should have been, counted on any day. Data: config/calendar/YEAR.json.
// Immutable after loading; thread-safe. Knows no clock.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/orders/civil.h"

namespace minsheng::orders {

enum class DayKind {
  kWorkday,  // Monday to Friday, nothing announced
  kWeekend,  // Saturday or Sunday, nothing announced
  kHoliday,  // a day off by a notice, weekend days within a holiday included
  kMakeUp,   // a weekend that is worked by a notice
};
std::string_view ToWord(DayKind kind);  // "workday", "weekend", "holiday", "make-up"

struct Day {
  Date date{};
  DayKind kind = DayKind::kWorkday;
  std::string name;     // 春节: the holiday, or the one that a make-up day pays for; else empty
  std::string name_en;  // "Spring Festival"
  std::string notice;   // id of the notice that says so; else empty

  bool working() const { return kind == DayKind::kWorkday || kind == DayKind::kMakeUp; }
};

struct Notice {
  std::string id;     // 国办发明电〔2014〕28号
  std::string title;  // 国务院办公厅关于2015年部分节假日安排的通知
  Date known_from{};  // first day on which everybody could know it
  std::string source;
  std::string note;
  int year = 0;  // of the file
};

// How a number of working days was counted: every day after `from` up to the last one counted,
// those that count and those that do not.
struct Count {
  Date from{};
  int working_days = 0;
  std::vector<Day> days;

  Date last() const { return days.empty() ? from : days.back().date; }
};

// "2月15日(补班)、16日、17日｜春节放假18—24日｜25日、26日": the days that count, and the holidays between
// them. Plain weekends are left out. English: "15 Feb (make-up), 16 Feb | Spring Festival 18–24 Feb | ...".
std::string SumText(const std::vector<Day>& days, bool english);

struct CalendarFile {
  std::string name;  // "2015.json"
  std::string content;
};

class Calendar {
 public:
  static constexpr int kMostWorkingDays = 1000;
  // As known on this day: everything that the files hold.
  static constexpr Date kEverything = Date::max();

  // Reads one file per year. kInvalid with every problem, one a line, with file and line: not JSON,
  // unknown keys, bad dates, a day given twice or both off and worked in one notice or by two notices
  // of the same day, a weekday "worked" that nobody had off, a weekend announced as worked twice, two
  // files of one year, a year missing between others.
  static Result<std::shared_ptr<const Calendar>> Load(const std::vector<CalendarFile>& files);

  // What the day is by the notices known on `known_on` (the end of that day). A later notice wins
  // over an earlier one. kNotFound, with year and remedy, when the year has no file or its first
  // notice was not known yet: a working day is never guessed.
  Result<Day> DayOf(Date date, Date known_on = kEverything) const;
  Result<bool> IsWorkingDay(Date date, Date known_on = kEverything) const;

  // The n-th working day after `from`, counting from the next day (Civil Code art. 201; in 2015 General
  // Principles of Civil Law art. 154). n = 0 is `from` itself, worked or not.
  // kInvalid unless 0 <= n <= kMostWorkingDays; kNotFound as DayOf.
  Result<Count> AddWorkingDays(Date from, int n, Date known_on = kEverything) const;
  // The n-th working day before `from`; errors as above.
  Result<Date> SubtractWorkingDays(Date from, int n, Date known_on = kEverything) const;

  // All days of a year, in order; errors as DayOf.
  Result<std::vector<Day>> Year(int year, Date known_on = kEverything) const;

  int first_year() const;
  int last_year() const;
  const std::vector<Notice>& notices() const;  // by known_from

  ~Calendar();
  struct Impl;  // of calendar.cc and calendar_files.cc

 private:
  explicit Calendar(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace minsheng::orders
