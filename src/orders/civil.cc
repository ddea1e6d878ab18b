// SPDX-License-Identifier: Apache-2.0
#include "src/orders/civil.h"

#include <fmt/format.h>

namespace minsheng::orders {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::year_month_day;

constexpr std::chrono::hours kOffset{8};

// `text` against a pattern in which 0 stands for any digit and anything else for itself.
bool Looks(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool good = pattern[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == pattern[i];
    if (!good) return false;
  }
  return true;
}

int Digits(std::string_view text) {
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

Date ShanghaiDay(Time t) { return Date{std::chrono::floor<days>(t.time_since_epoch() + kOffset)}; }
Time StartOf(Date day) { return Time{day.time_since_epoch() - kOffset}; }
Date FirstOfYear(int year) { return Date{std::chrono::local_days{std::chrono::year{year} / std::chrono::January / 1}}; }
int YearOf(Date day) { return static_cast<int>(year_month_day{day}.year()); }
bool IsWeekend(Date day) {
  const std::chrono::weekday w{day};
  return w == std::chrono::Saturday || w == std::chrono::Sunday;
}

std::optional<Date> ParseDate(std::string_view text) {
  if (!Looks(text, "0000-00-00")) return std::nullopt;
  const year_month_day date{std::chrono::year{Digits(text.substr(0, 4))},
                            std::chrono::month{static_cast<unsigned>(Digits(text.substr(5, 2)))},
                            std::chrono::day{static_cast<unsigned>(Digits(text.substr(8, 2)))}};
  const int year = static_cast<int>(date.year());
  if (!date.ok() || year < 1900 || year > 2999) return std::nullopt;
  return Date{std::chrono::local_days{date}};
}

std::optional<minutes> ParseTimeOfDay(std::string_view text) {
  if (!Looks(text, "00:00")) return std::nullopt;
  const int hour = Digits(text.substr(0, 2));
  const int minute = Digits(text.substr(3, 2));
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return minutes{hour * 60 + minute};
}

std::optional<Time> ParseTime(std::string_view text) {
  const auto day = ParseDate(text.substr(0, 10));
  if (!day) return std::nullopt;
  if (text.size() == 10) return StartOf(*day);
  if (text[10] != ' ' && text[10] != 'T') return std::nullopt;
  std::string_view rest = text.substr(11);
  std::chrono::seconds shift{0};
  if (rest.ends_with("Z")) {
    shift = kOffset;
    rest.remove_suffix(1);
  } else if (rest.ends_with("+08:00")) {
    rest.remove_suffix(6);
  }
  const auto time = ParseTimeOfDay(rest.substr(0, 5));
  if (!time) return std::nullopt;
  std::chrono::seconds seconds{0};
  if (rest.size() != 5) {
    if (!Looks(rest.substr(5), ":00") || Digits(rest.substr(6)) > 59) return std::nullopt;
    seconds = std::chrono::seconds{Digits(rest.substr(6))};
  }
  return StartOf(*day) + *time + seconds + shift;
}

std::string DateText(Date day) {
  const year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string_view WeekdayName(Date day, bool english) {
  static constexpr std::string_view kChinese[] = {"周日", "周一", "周二", "周三", "周四", "周五", "周六"};
  static constexpr std::string_view kEnglish[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const unsigned index = std::chrono::weekday{day}.c_encoding();
  return english ? kEnglish[index] : kChinese[index];
}

std::string EndText(Time t) {
  const Date day = ShanghaiDay(t);
  if (t == StartOf(day)) return DateText(day - days{1}) + " 24:00";
  return ShanghaiText(t).substr(0, 16);
}

}  // namespace minsheng::orders
