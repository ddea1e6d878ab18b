// SPDX-License-Identifier: Apache-2.0
// 昨天, 9月12日, 上周五, 三天前, 国庆期间.
#include "src/forms/days.h"

#include <algorithm>
#include <cmath>

namespace minsheng::forms {
namespace {

using orders::Date;
using std::chrono::days;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::year_month_day;

year_month_day Ymd(Date d) { return year_month_day{std::chrono::sys_days{d.time_since_epoch()}}; }
Date DateOf(year_month_day ymd) { return Date{std::chrono::sys_days{ymd}.time_since_epoch()}; }

struct RelativeWord {
  std::u32string_view word;
  int days;
  bool needs_part;  // 昨 in 昨晚: only before a part of the day
};
// Longer words first.
constexpr RelativeWord kRelative[] = {
    {U"大前天", -3, false}, {U"大后天", 3, false}, {U"今天", 0, false},  {U"今日", 0, false}, {U"昨天", -1, false},
    {U"昨日", -1, false},   {U"前天", -2, false},  {U"前日", -2, false}, {U"明天", 1, false}, {U"明日", 1, false},
    {U"后天", 2, false},    {U"今", 0, true},      {U"昨", -1, true},    {U"前", -2, true},   {U"明", 1, true},
};

int WeekdayOf(char32_t c) {
  constexpr std::u32string_view kHan = U"一二三四五六";
  if (c == U'日' || c == U'天' || c == U'7') return 7;
  if (c >= U'1' && c <= U'6') return static_cast<int>(c - U'0');
  const auto at = kHan.find(c);
  return at == std::u32string_view::npos || c == 0 ? 0 : static_cast<int>(at) + 1;
}

struct HolidayWord {
  std::u32string_view word;
  std::string_view name;  // in the Calendar
};
constexpr HolidayWord kHolidays[] = {{U"国庆", "国庆"}, {U"春节", "春节"},   {U"元旦", "元旦"}, {U"清明", "清明"},
                                     {U"五一", "劳动"}, {U"劳动节", "劳动"}, {U"端午", "端午"}, {U"中秋", "中秋"}};

class DayFinder {
 public:
  DayFinder(const Reading& r, const TimeContext& context)
      : r_(r), context_(context), today_(orders::ShanghaiDay(context.now)) {}

  std::optional<DayFind> At(std::size_t i) const {
    if (auto d = Relative(i)) return d;
    if (auto d = Numeric(i)) return d;
    if (auto d = MonthAndDay(i)) return d;
    if (auto d = DayOfMonth(i)) return d;
    if (auto d = Weekday(i)) return d;
    if (auto d = Ago(i)) return d;
    return Holiday(i);
  }

 private:
  std::optional<DayFind> Relative(std::size_t i) const {
    for (const auto& w : kRelative) {
      if (!r_.Is(i, w.word)) continue;
      const std::size_t end = i + w.word.size();
      if (w.needs_part) {
        // 前 is in many words (之前, 门前); 明 and 今 in names: only with one of these behind them.
        constexpr std::u32string_view kAfter = U"晚早晨夜";
        const char32_t next = r_.At(end);
        if (next == 0 || kAfter.find(next) == kAfter.npos) return std::nullopt;
        const char32_t before = i == 0 ? 0 : r_.At(i - 1);
        if (w.word == U"前" && (before == U'之' || before == U'以' || before == U'年' || before == U'天')) {
          return std::nullopt;
        }
      }
      return DayFind{OneDay(today_ + days(w.days)), end, w.needs_part};
    }
    return std::nullopt;
  }

  // 2015-08-09, 2015/8/9, 2015.8.9
  std::optional<DayFind> Numeric(std::size_t i) const {
    int parts[3] = {0, 0, 0};
    const char32_t before = i == 0 ? 0 : r_.At(i - 1);
    if (IsDigit(before) || before == U'-' || before == U'.' || before == U'/') return std::nullopt;
    std::size_t at = i;
    for (int p = 0; p < 3; ++p) {
      const std::size_t start = at;
      while (IsDigit(r_.At(at)) && at - start < 4) parts[p] = parts[p] * 10 + static_cast<int>(r_.At(at++) - U'0');
      if (at == start || IsDigit(r_.At(at)) || (p == 0 && at - start != 4)) return std::nullopt;
      if (p == 2) break;
      if (r_.At(at) != U'-' && r_.At(at) != U'/' && r_.At(at) != U'.') return std::nullopt;
      ++at;
    }
    return Exact(parts[0], parts[1], parts[2], at);
  }

  static std::optional<DayFind> Exact(int y, int m, int d, std::size_t end) {
    const year_month_day ymd{std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                             std::chrono::day(static_cast<unsigned>(d))};
    if (m < 1 || d < 1 || !ymd.ok() || y < 1900 || y > 2999) return std::nullopt;
    return DayFind{OneDay(DateOf(ymd)), end};
  }

  // 去年, 2014年: the year, and where it ends; nothing when no year is named.
  std::optional<int> YearAt(std::size_t i, std::size_t* end) const {
    const int this_year = orders::YearOf(today_);
    constexpr std::pair<std::u32string_view, int> kYears[] = {{U"今年", 0}, {U"去年", -1}, {U"前年", -2}, {U"明年", 1}};
    for (const auto& [word, add] : kYears) {
      if (!r_.Is(i, word)) continue;
      *end = i + word.size();
      return this_year + add;
    }
    // Years are said digit by digit: 二零一五年.
    constexpr std::u32string_view kDigits = U"零一二三四五六七八九";
    int year = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const char32_t c = r_.At(i + k);
      const auto han = c == U'〇' ? 0 : kDigits.find(c);
      if (!IsDigit(c) && (c == 0 || han == kDigits.npos)) return std::nullopt;
      year = year * 10 + (IsDigit(c) ? static_cast<int>(c - U'0') : static_cast<int>(han));
    }
    if (r_.At(i + 4) != U'年' || year < 1900 || year > 2999) return std::nullopt;
    *end = i + 5;
    return year;
  }

  // 9月12日, 去年12月, 上个月, 上个月5号
  std::optional<DayFind> MonthAndDay(std::size_t i) const {
    std::size_t at = i;
    const auto year = YearAt(i, &at);
    year_month_day month{};
    const auto relative = RelativeMonth(at, &at);
    if (relative) {
      month = *relative;
    } else {
      const auto m = WholeAt(r_, at, 1, 12, &at);
      if (!m || r_.At(at) != U'月') return std::nullopt;
      ++at;
      month = MonthOf(year, *m);
    }
    std::size_t end = at;
    const auto d = WholeAt(r_, at, 1, 31, &end);
    if (d && (r_.At(end) == U'日' || r_.At(end) == U'号')) {
      auto exact =
          Exact(static_cast<int>(month.year()), static_cast<int>(static_cast<unsigned>(month.month())), *d, end + 1);
      if (!exact || year || relative) return exact;
      // Without a year it is the nearest one on the wanted side: in January, 12月30日 was last year.
      return InTense(*exact);
    }
    if (r_.At(at) == U'份') ++at;
    When w = OneDay(DateOf(month.year() / month.month() / 1));
    w.month_only = true;
    return DayFind{w, at};
  }

  year_month_day MonthOf(std::optional<int> year, int m) const {
    const auto today = Ymd(today_);
    int y = year.value_or(static_cast<int>(today.year()));
    const int this_month = static_cast<int>(static_cast<unsigned>(today.month()));
    if (!year && context_.tense == Tense::kPast && m > this_month) --y;
    if (!year && context_.tense == Tense::kFuture && m < this_month) ++y;
    return std::chrono::year(y) / std::chrono::month(static_cast<unsigned>(m)) / 1;
  }

  std::optional<year_month_day> RelativeMonth(std::size_t i, std::size_t* end) const {
    constexpr std::pair<std::u32string_view, int> kMonths[] = {{U"上个月", -1}, {U"这个月", 0}, {U"下个月", 1},
                                                               {U"本月", 0},    {U"上月", -1},  {U"下月", 1}};
    for (const auto& [word, add] : kMonths) {
      if (!r_.Is(i, word)) continue;
      *end = i + word.size();
      const auto today = Ymd(today_);
      return (today.year() / today.month() / 1) + months(add);
    }
    return std::nullopt;
  }

  // Of a day and month without a year, the one of the wanted side.
  std::optional<DayFind> InTense(DayFind find) const {
    const auto ymd = Ymd(find.when.first);
    int y = static_cast<int>(ymd.year());
    if (context_.tense == Tense::kPast && find.when.first > today_) --y;
    if (context_.tense == Tense::kFuture && find.when.first < today_) ++y;
    return Exact(y, static_cast<int>(static_cast<unsigned>(ymd.month())),
                 static_cast<int>(static_cast<unsigned>(ymd.day())), find.end);
  }

  // 10号 alone, where it is no house number.
  std::optional<DayFind> DayOfMonth(std::size_t i) const {
    std::size_t end = i;
    const auto d = WholeAt(r_, i, 1, 31, &end);
    if (!d || (r_.At(end) != U'号' && r_.At(end) != U'日')) return std::nullopt;
    const char32_t before = i == 0 ? 0 : r_.At(i - 1);
    const char32_t after = r_.At(end + 1);
    constexpr std::u32string_view kNot = U"路街道巷弄村组园区苑第楼幢栋座线门室院、-月";
    constexpr std::u32string_view kBehind = U"早上下中晚凌夜傍开起就到去来的,。;!?、那当";
    if (before != 0 && (kNot.find(before) != kNot.npos || IsLatin(before))) return std::nullopt;
    if (after != 0 && kBehind.find(after) == kBehind.npos) return std::nullopt;
    const auto today = Ymd(today_);
    auto month = today.year() / today.month() / 1;
    const auto day = static_cast<unsigned>(*d);
    if (context_.tense == Tense::kPast && day > static_cast<unsigned>(today.day())) month = month - months(1);
    if (context_.tense == Tense::kFuture && day < static_cast<unsigned>(today.day())) month = month + months(1);
    return Exact(static_cast<int>(month.year()), static_cast<int>(static_cast<unsigned>(month.month())), *d, end + 1);
  }

  // 上周五, 这周末, 星期三
  std::optional<DayFind> Weekday(std::size_t i) const {
    std::size_t at = i;
    int weeks = 0;
    bool named = true;
    constexpr std::pair<std::u32string_view, int> kWeeks[] = {
        {U"上上个", -2}, {U"上上", -2}, {U"上个", -1}, {U"上", -1},  {U"这个", 0},
        {U"这", 0},      {U"本", 0},    {U"下下", 2},  {U"下个", 1}, {U"下", 1},
    };
    const auto* const week =
        std::find_if(std::begin(kWeeks), std::end(kWeeks), [&](const auto& w) { return r_.Is(i, w.first); });
    if (week == std::end(kWeeks)) {
      named = false;
    } else {
      weeks = week->second;
      at += week->first.size();
    }
    if (r_.Is(at, U"周")) {
      at += 1;
    } else if (r_.Is(at, U"星期") || r_.Is(at, U"礼拜")) {
      at += 2;
    } else {
      return std::nullopt;
    }
    const Date monday =
        today_ - days((std::chrono::weekday{std::chrono::sys_days{today_.time_since_epoch()}}.iso_encoding() - 1));
    if (r_.At(at) == U'末') {
      if (!named) return std::nullopt;  // 周末 alone is a habit
      const Date saturday = monday + days(7 * weeks + 5);
      return DayFind{{saturday, saturday + days(1), false, std::nullopt, std::nullopt}, at + 1};
    }
    const int weekday = WeekdayOf(r_.At(at));
    if (weekday == 0) return std::nullopt;
    // 周一到周五, 每周三, 周五六: habits, not a day.
    const char32_t before = i == 0 ? 0 : r_.At(i - 1);
    const char32_t after = r_.At(at + 1);
    if (before == U'每' || before == U'到' || before == U'至' || before == U'-') return std::nullopt;
    if (after == U'到' || after == U'至' || after == U'-' || (!named && WeekdayOf(after) > 0)) return std::nullopt;
    Date day = monday + days(7 * weeks + weekday - 1);
    if (!named && context_.tense == Tense::kPast && day > today_) day -= days(7);
    if (!named && context_.tense == Tense::kFuture && day < today_) day += days(7);
    return DayFind{OneDay(day), at + 1};
  }

  // 三天前, 两个星期前, 停水两天了
  std::optional<DayFind> Ago(std::size_t i) const {
    std::size_t at = i;
    double amount = 0;
    if (r_.Is(i, U"半个月")) {
      amount = 0.5;
      at = i + 1;
    } else {
      const auto n = NumberAt(r_, i);
      if (!n || n->value < 1 || n->value > 1000 || n->value != std::floor(n->value)) return std::nullopt;
      amount = n->value;
      at = n->end;
    }
    struct Unit {
      std::u32string_view word;
      int day_count;  // 0: months
      int month_count;
    };
    constexpr Unit kUnits[] = {{U"个星期", 7, 0}, {U"个礼拜", 7, 0}, {U"星期", 7, 0}, {U"个月", 0, 1},
                               {U"周", 7, 0},     {U"天", 1, 0},     {U"日", 1, 0},   {U"年", 0, 12}};
    const auto* const unit =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const auto& u) { return r_.Is(at, u.word); });
    if (unit == std::end(kUnits)) return std::nullopt;
    at += unit->word.size();
    if (r_.Is(at, U"之前") || r_.Is(at, U"以前")) {
      at += 2;
    } else if (r_.Is(at, U"前")) {
      at += 1;
    } else if (r_.Is(at, U"了") && context_.tense == Tense::kPast && unit->month_count != 12) {
      at += 1;
    } else {
      return std::nullopt;
    }
    if (amount == 0.5) return DayFind{OneDay(today_ - days(15)), at};
    if (unit->day_count > 0) return DayFind{OneDay(today_ - days(static_cast<int>(amount) * unit->day_count)), at};
    // Months ago is a month, not a day.
    const auto today = Ymd(today_);
    const auto month = (today.year() / today.month() / 1) - months(static_cast<int>(amount) * unit->month_count);
    if (static_cast<int>(month.year()) < 1900) return std::nullopt;
    When w = OneDay(DateOf(month));
    w.month_only = true;
    return DayFind{w, at};
  }

  // 国庆期间, 去年春节: all days off of that name.
  std::optional<DayFind> Holiday(std::size_t i) const {
    if (context_.calendar == nullptr) return std::nullopt;
    std::size_t at = i;
    const auto year = YearAt(i, &at);
    for (const auto& h : kHolidays) {
      if (!r_.Is(at, h.word)) continue;
      std::size_t end = at + h.word.size();
      bool marked = year.has_value();
      for (const std::u32string_view more : {U"节", U"小长假", U"长假", U"假期", U"放假", U"期间"}) {
        if (!r_.Is(end, more)) continue;
        end += more.size();
        marked = true;
      }
      if (!marked) return std::nullopt;  // 国庆 may be a name, 五一 a road
      const char32_t after = r_.At(end);
      if (after == U'前' || after == U'后' || after == U'路') return std::nullopt;
      const int this_year = orders::YearOf(today_);
      for (const int y : {year.value_or(this_year), this_year + (context_.tense == Tense::kPast ? -1 : 1)}) {
        auto span = HolidayOf(y, h.name);
        const bool fits =
            span && (year || (context_.tense == Tense::kPast ? span->first <= today_ : span->last >= today_));
        if (fits) return DayFind{*span, end};
        if (year) break;
      }
      return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<When> HolidayOf(int year, std::string_view name) const {
    const auto all = context_.calendar->Year(year);
    if (!all) return std::nullopt;
    std::optional<When> span;
    for (const auto& day : *all) {
      if (day.kind != orders::DayKind::kHoliday || day.name.find(name) == std::string::npos) continue;
      if (!span) span = OneDay(day.date);
      if (day.date - span->last > days(1)) break;
      span->last = day.date;
    }
    return span;
  }

  const Reading& r_;
  const TimeContext& context_;
  const Date today_;
};

}  // namespace

std::optional<DayFind> DayAt(const Reading& r, const TimeContext& context, std::size_t at) {
  return DayFinder(r, context).At(at);
}

std::optional<int> WholeAt(const Reading& r, std::size_t at, int least, int most, std::size_t* end) {
  const auto n = NumberAt(r, at);
  if (!n || n->value < least || n->value > most || n->value != std::floor(n->value)) return std::nullopt;
  *end = n->end;
  return static_cast<int>(n->value);
}

When OneDay(orders::Date day) { return {day, day, false, std::nullopt, std::nullopt}; }

}  // namespace minsheng::forms
