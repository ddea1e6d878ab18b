// SPDX-License-Identifier: Apache-2.0
#include "src/orders/calendar.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/orders/calendar_impl.h"
#include "src/orders/config_json.h"

namespace minsheng::orders {
namespace {

using std::chrono::days;

Fail MissingYear(int year, const Calendar::Impl& impl) {
  return MakeError(
      ErrorKind::kNotFound,
      fmt::format("工作日历没有 {} 年（现有 {}—{}）：请按国务院办公厅的放假通知写 {}.json，放进 [deadlines] calendar "
                  "所指的目录 / the Calendar has no year {} (it has {} to {}): write {}.json after the State Council's "
                  "notice and put it into the folder that [deadlines] calendar names",
                  year, impl.years.begin()->first, impl.years.rbegin()->first, year, year, impl.years.begin()->first,
                  impl.years.rbegin()->first, year));
}

Fail YearNotKnownYet(int year, Date known_from, Date known_on) {
  return MakeError(
      ErrorKind::kNotFound,
      fmt::format("{} 年的放假通知到 {} 才公布，{} 还不知道 / the calendar of {} was published on {} and "
                  "not known on {}",
                  year, DateText(known_from), DateText(known_on), year, DateText(known_from), DateText(known_on)));
}

Result<void> CheckNumber(int n) {
  if (n >= 0 && n <= Calendar::kMostWorkingDays) return {};
  return MakeError(ErrorKind::kInvalid,
                   fmt::format("工作日数应在 0 到 {} 之间 / the number of working days must be 0 to {}",
                               Calendar::kMostWorkingDays, Calendar::kMostWorkingDays));
}

// The writer of SumText: says month and year only where they change.
class SumWriter {
 public:
  explicit SumWriter(bool english) : english_(english) {}

  void Counted(const Day& day) {
    const bool first = !in_counted_;
    Separate(true);
    if (!first) out_ += english_ ? ", " : "、";
    out_ += DateOf(day.date);
    if (day.kind == DayKind::kMakeUp) out_ += english_ ? " (make-up)" : "(补班)";
  }

  void Holiday(const Day& first, Date last) {
    Separate(false);
    const bool one = first.date == last;
    if (english_) {
      out_ += first.name_en + " " + (one ? DateOf(last) : EnglishRange(first.date, last));
      return;
    }
    out_ += first.name + "放假";
    const std::string begin = DateOf(first.date);
    const std::string end = one ? begin : DateOf(last);
    constexpr std::size_t kDayMark = std::string_view("日").size();
    const bool bare = !one && end.find("月") == std::string::npos;  // 18—24日, but 9月30日—10月2日
    out_ += one ? begin : (bare ? begin.substr(0, begin.size() - kDayMark) : begin) + "—" + end;
  }

  std::string Take() { return std::move(out_); }

 private:
  void Separate(bool counted) {
    if (!out_.empty() && (!counted || !in_counted_)) out_ += english_ ? " | " : "｜";
    in_counted_ = counted;
  }

  std::string DateOf(Date date) {
    static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::year_month_day d{date};
    const int year = static_cast<int>(d.year());
    const auto month = static_cast<unsigned>(d.month());
    const auto day = static_cast<unsigned>(d.day());
    const bool new_year = year_ != 0 && year != year_;
    const bool new_month = year != year_ || month != month_;
    year_ = year;
    month_ = month;
    if (english_) return fmt::format("{} {}{}", day, kMonths[month - 1], new_year ? fmt::format(" {}", year) : "");
    return (new_year ? fmt::format("{}年", year) : "") + (new_month ? fmt::format("{}月", month) : "") +
           fmt::format("{}日", day);
  }

  std::string EnglishRange(Date first, Date last) {
    const bool same_month = std::chrono::year_month_day{first}.month() == std::chrono::year_month_day{last}.month();
    const auto day = static_cast<unsigned>(std::chrono::year_month_day{first}.day());
    const std::string begin = same_month ? fmt::format("{}", day) : DateOf(first);
    return begin + "–" + DateOf(last);
  }

  bool english_;
  bool in_counted_ = false;
  int year_ = 0;
  unsigned month_ = 0;
  std::string out_;
};

}  // namespace

std::string_view ToWord(DayKind kind) {
  switch (kind) {
    case DayKind::kWorkday:
      return "workday";
    case DayKind::kWeekend:
      return "weekend";
    case DayKind::kHoliday:
      return "holiday";
    case DayKind::kMakeUp:
      return "make-up";
  }
  return "";
}

std::string SumText(const std::vector<Day>& all, bool english) {
  SumWriter writer(english);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].working()) writer.Counted(all[i]);
    if (all[i].kind != DayKind::kHoliday) continue;
    // A holiday reaches over weekends inside it, to its last day by that name.
    std::size_t last = i;
    for (std::size_t j = i + 1; j < all.size() && !all[j].working(); ++j) {
      if (all[j].kind == DayKind::kHoliday && all[j].name != all[i].name) break;
      if (all[j].kind == DayKind::kHoliday) last = j;
    }
    writer.Holiday(all[i], all[last].date);
    i = last;
  }
  return writer.Take();
}

Calendar::Calendar(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Calendar::~Calendar() = default;

Result<std::shared_ptr<const Calendar>> Calendar::Load(const std::vector<CalendarFile>& files) {
  std::vector<std::string> problems;
  auto impl = ReadCalendarFiles(files, &problems);
  if (auto good = AsResult(problems); !good) return Fail(good.error());
  return std::shared_ptr<const Calendar>(new Calendar(std::move(impl)));
}

Result<Day> Calendar::DayOf(Date date, Date known_on) const {
  const int year = YearOf(date);
  const auto known = impl_->years.find(year);
  if (known == impl_->years.end()) return MissingYear(year, *impl_);
  if (known->second > known_on) return YearNotKnownYet(year, known->second, known_on);
  Day day;
  day.date = date;
  day.kind = IsWeekend(date) ? DayKind::kWeekend : DayKind::kWorkday;
  const auto at = impl_->announced.find(date);
  if (at == impl_->announced.end()) return day;
  for (const Announced& said : at->second) {  // the last one known then holds
    if (said.known_from > known_on) break;
    day.kind = !said.working ? DayKind::kHoliday : IsWeekend(date) ? DayKind::kMakeUp : DayKind::kWorkday;
    day.name = said.name;
    day.name_en = said.name_en;
    day.notice = said.notice;
  }
  return day;
}

Result<bool> Calendar::IsWorkingDay(Date date, Date known_on) const {
  const auto day = DayOf(date, known_on);
  if (!day) return Fail(day.error());
  return day->working();
}

Result<Count> Calendar::AddWorkingDays(Date from, int n, Date known_on) const {
  if (auto good = CheckNumber(n); !good) return Fail(good.error());
  Count count;
  count.from = from;
  count.working_days = n;
  for (Date date = from + days{1}; n > 0; date += days{1}) {
    auto day = DayOf(date, known_on);
    if (!day) return Fail(day.error());
    if (day->working()) --n;
    count.days.push_back(std::move(*day));
  }
  return count;
}

Result<Date> Calendar::SubtractWorkingDays(Date from, int n, Date known_on) const {
  if (auto good = CheckNumber(n); !good) return Fail(good.error());
  Date date = from;
  while (n > 0) {
    date -= days{1};
    const auto working = IsWorkingDay(date, known_on);
    if (!working) return Fail(working.error());
    if (*working) --n;
  }
  return date;
}

Result<std::vector<Day>> Calendar::Year(int year, Date known_on) const {
  std::vector<Day> out;
  for (Date date = FirstOfYear(year); YearOf(date) == year; date += days{1}) {
    auto day = DayOf(date, known_on);
    if (!day) return Fail(day.error());
    out.push_back(std::move(*day));
  }
  return out;
}

int Calendar::first_year() const { return impl_->years.begin()->first; }
int Calendar::last_year() const { return impl_->years.rbegin()->first; }
const std::vector<Notice>& Calendar::notices() const { return impl_->notices; }

}  // namespace minsheng::orders
