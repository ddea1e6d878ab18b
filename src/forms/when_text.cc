// SPDX-License-Identifier: Apache-2.0
// The written form of days and times.
#include <fmt/format.h>

#include "src/forms/times.h"

namespace minsheng::forms {
namespace {

using std::chrono::minutes;

std::string ClockText(minutes m) { return fmt::format("{:02}:{:02}", m.count() / 60, m.count() % 60); }

std::optional<orders::Date> MonthStart(std::string_view text) {
  return text.size() == 7 ? orders::ParseDate(std::string(text) + "-01") : std::nullopt;
}

}  // namespace

std::string WhenText(const When& w) {
  std::string text = orders::DateText(w.first);
  if (w.month_only) return text.substr(0, 7);
  if (w.last != w.first) return text + "/" + orders::DateText(w.last);
  if (w.at) text += " " + ClockText(*w.at);
  if (w.at && w.to) text += "/" + ClockText(*w.to);
  return text;
}

Result<When> ParseWhen(std::string_view text) {
  const auto bad = [&] { return MakeError(ErrorKind::kInvalid, "不是日期或时间 / no date or time"); };
  When w;
  if (const auto month = MonthStart(text)) {
    w.first = w.last = *month;
    w.month_only = true;
    return w;
  }
  const auto first = orders::ParseDate(text.substr(0, 10));
  if (!first) return bad();
  w.first = w.last = *first;
  if (text.size() == 10) return w;
  std::string_view rest = text.substr(10);
  if (rest.front() == '/') {
    const auto last = orders::ParseDate(rest.substr(1));
    if (!last || *last < *first) return bad();
    w.last = *last;
    return w;
  }
  rest.remove_prefix(1);
  const auto slash = rest.find('/');
  w.at = orders::ParseTimeOfDay(rest.substr(0, slash));
  if (text[10] != ' ' || !w.at) return bad();
  if (slash == rest.npos) return *w.at < minutes(1440) ? Result<When>(w) : bad();
  w.to = orders::ParseTimeOfDay(rest.substr(slash + 1));
  if (!w.to || *w.to <= *w.at) return bad();
  return w;
}

}  // namespace minsheng::forms
