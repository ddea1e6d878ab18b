// SPDX-License-Identifier: Apache-2.0
// Words and texts of limits.h.
#include <fmt/format.h>

#include <charconv>

#include "src/orders/limits.h"

namespace minsheng::orders {
namespace {

constexpr int kMostOfUnit = 1000;

struct UnitWords {
  PeriodUnit unit;
  std::string_view word, zh, one, many;
};
constexpr UnitWords kUnits[] = {
    {PeriodUnit::kMinutes, "m", "分钟", "minute", "minutes"},
    {PeriodUnit::kHours, "h", "小时", "hour", "hours"},
    {PeriodUnit::kWorkingHours, "wh", "个工作小时", "working hour", "working hours"},
    {PeriodUnit::kDays, "d", "天", "day", "days"},
    {PeriodUnit::kWorkingDays, "wd", "个工作日", "working day", "working days"},
};

const UnitWords& WordsOf(PeriodUnit unit) { return kUnits[static_cast<std::size_t>(unit)]; }

}  // namespace

std::optional<Period> ParsePeriod(std::string_view text) {
  Period period;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), period.amount);
  if (failed != std::errc() || period.amount < 0 || period.amount > kMostOfUnit) return std::nullopt;
  const std::string_view word = text.substr(static_cast<std::size_t>(rest - text.data()));
  for (const UnitWords& unit : kUnits) {
    if (unit.word != word) continue;
    period.unit = unit.unit;
    return period;
  }
  return std::nullopt;
}

std::string ToText(const Period& period) { return fmt::format("{}{}", period.amount, WordsOf(period.unit).word); }

std::string Name(const Period& period, bool english) {
  const UnitWords& words = WordsOf(period.unit);
  if (!english) return fmt::format("{}{}", period.amount, words.zh);
  return fmt::format("{} {}", period.amount, period.amount == 1 ? words.one : words.many);
}

std::string ToText(const Warning& warning) {
  if (warning.period.amount == 0) return "due";
  return ToText(warning.period) + (warning.after ? " after" : "");
}

std::string Name(const Warning& warning, bool english) {
  if (warning.period.amount == 0) return english ? "when due" : "到期时";
  const std::string length = Name(warning.period, english);
  if (english) return length + (warning.after ? " after" : " before");
  return warning.after ? "超过" + length : "提前" + length;
}

std::string_view ToWord(Step step) {
  constexpr std::string_view kWords[] = {"sign", "contact", "answer", "return"};
  return kWords[static_cast<std::size_t>(step)];
}

std::string_view Name(Step step, bool english) {
  constexpr std::string_view kChinese[] = {"签收", "首次联系", "办结答复", "退单"};
  constexpr std::string_view kEnglish[] = {"sign", "first contact", "answer", "return"};
  return (english ? kEnglish : kChinese)[static_cast<std::size_t>(step)];
}

std::string_view ToWord(Profile profile) { return profile == Profile::kNormal ? "normal" : "emergency"; }

std::optional<Profile> ProfileFromWord(std::string_view word) {
  if (word == "normal") return Profile::kNormal;
  if (word == "emergency") return Profile::kEmergency;
  return std::nullopt;
}

const std::vector<WorkingTime>& DayRules::HoursOf(Date day) const {
  const std::chrono::year_month_day date{day};
  const std::chrono::month_day at{date.month(), date.day()};
  for (const Season& season : seasons) {
    const bool inside =
        season.first <= season.last ? season.first <= at && at <= season.last : season.first <= at || at <= season.last;
    if (inside) return season.hours;
  }
  return hours;
}

std::chrono::minutes DayRules::EndOf(Date day) const {
  return ends_at_closing ? HoursOf(day).back().end : std::chrono::hours{24};
}

}  // namespace minsheng::orders
