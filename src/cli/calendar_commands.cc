// SPDX-License-Identifier: Apache-2.0
// minsheng calendar show|count
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "src/cli/cli.h"

namespace minsheng::cli {
namespace {

using DayJson = nlohmann::ordered_json;

bool English(const Context& context) { return context.language == "en"; }

// "补班（春节）", "weekend".
std::string KindText(const Context& context, const orders::Day& day) {
  std::string_view word;
  switch (day.kind) {
    case orders::DayKind::kWorkday:
      word = context.Say("工作日", "working day");
      break;
    case orders::DayKind::kWeekend:
      word = context.Say("周末", "weekend");
      break;
    case orders::DayKind::kHoliday:
      word = context.Say("放假", "day off");
      break;
    case orders::DayKind::kMakeUp:
      word = context.Say("补班", "make-up day");
      break;
  }
  if (day.name.empty()) return std::string(word);
  return English(context) ? fmt::format("{} ({})", word, day.name_en) : fmt::format("{}（{}）", word, day.name);
}

std::string DateAndWeekday(const Context& context, orders::Date date) {
  return fmt::format("{} {}", orders::DateText(date), orders::WeekdayName(date, English(context)));
}

DayJson JsonOf(const orders::Day& day) {
  DayJson j{{"date", orders::DateText(day.date)}, {"working", day.working()}, {"kind", orders::ToWord(day.kind)}};
  if (!day.name.empty()) j.update({{"name", day.name}, {"name_en", day.name_en}, {"notice", day.notice}});
  return j;
}

struct LoadedCalendar {
  std::shared_ptr<const orders::Calendar> calendar;
  orders::Date known_on = orders::Calendar::kEverything;
};

// kOk, or the exit code of what was reported.
int Load(const Context& context, const std::string& known_on, LoadedCalendar* out) {
  const auto date = orders::ParseDate(known_on);
  if (!known_on.empty() && !date) {
    PrintErr(
        fmt::format("--as-known-on {}: {}", known_on, context.Say("应写作 2015-05-12", "must be like 2015-05-12")));
    return kUsage;
  }
  if (date) out->known_on = *date;
  const auto config = LoadConfig(context.config_path, context.demo, context.data, context.language, Scope::kStore);
  if (!config) return ReportStart(context, config.error());
  auto calendar = LoadCalendar(*config);
  if (!calendar) return ReportStart(context, calendar.error());
  out->calendar = std::move(*calendar);
  return kOk;
}

void PrintYear(const Context& context, const std::vector<orders::Day>& days) {
  for (std::size_t i = 0; i < days.size(); ++i) {
    if (days[i].notice.empty()) continue;
    std::size_t last = i;  // of days in a row by one notice, of one kind and name
    while (last + 1 < days.size() && days[last + 1].kind == days[i].kind && days[last + 1].name == days[i].name &&
           days[last + 1].notice == days[i].notice) {
      ++last;
    }
    const auto end = last == i ? std::string() : " — " + DateAndWeekday(context, days[last].date);
    Print(fmt::format("  {}{}  {}  {}", DateAndWeekday(context, days[i].date), end, KindText(context, days[i]),
                      days[i].notice));
    i = last;
  }
}

}  // namespace

int CalendarShow(const Context& context, int year, const std::string& known_on) {
  LoadedCalendar loaded;
  if (const int code = Load(context, known_on, &loaded); code != kOk) return code;
  const auto days = loaded.calendar->Year(year, loaded.known_on);
  if (!days) return Report(context, days.error());
  std::set<std::string> said;
  for (const auto& day : *days) said.insert(day.notice);
  const auto working = std::count_if(days->begin(), days->end(), [](const orders::Day& d) { return d.working(); });
  DayJson j{{"year", year}, {"working_days", working}, {"notices", DayJson::array()}, {"days", DayJson::array()}};
  if (!context.json) {
    Print(context.language == "en" ? fmt::format("{}: {} working days of {}", year, working, days->size())
                                   : fmt::format("{} 年：{} 天中有 {} 个工作日", year, days->size(), working));
  }
  for (const auto& n : loaded.calendar->notices()) {
    if (!said.contains(n.id)) continue;
    j["notices"].push_back({{"id", n.id},
                            {"title", n.title},
                            {"known_from", orders::DateText(n.known_from)},
                            {"source", n.source},
                            {"note", n.note}});
    if (!context.json) {
      Print(fmt::format("{}  {} {}  {}", n.id, orders::DateText(n.known_from), context.Say("公布", "published"),
                        n.title));
    }
  }
  if (!context.json) {
    PrintYear(context, *days);
    return kOk;
  }
  for (const auto& day : *days) j["days"].push_back(JsonOf(day));
  PrintJson(j);
  return kOk;
}

int CalendarCount(const Context& context, const std::string& from, int working_days, const std::string& known_on) {
  const auto start = orders::ParseDate(from);
  if (!start) {
    PrintErr(fmt::format("--from {}: {}", from, context.Say("应写作 2015-02-13", "must be like 2015-02-13")));
    return kUsage;
  }
  LoadedCalendar loaded;
  if (const int code = Load(context, known_on, &loaded); code != kOk) return code;
  const auto count = loaded.calendar->AddWorkingDays(*start, working_days, loaded.known_on);
  if (!count) return Report(context, count.error());
  const auto sum = orders::SumText(count->days, English(context));
  if (context.json) {
    DayJson j{{"from", from},
              {"working_days", working_days},
              {"last", orders::DateText(count->last())},
              {"sum", sum},
              {"days", DayJson::array()}};
    for (const auto& day : count->days) j["days"].push_back(JsonOf(day));
    PrintJson(j);
    return kOk;
  }
  Print(fmt::format("{} + {} {} = {}", DateAndWeekday(context, *start), working_days,
                    context.Say("个工作日", "working days"), DateAndWeekday(context, count->last())));
  if (!sum.empty()) Print(sum);
  int number = 0;
  for (const auto& day : count->days) {
    Print(fmt::format("  {:>3}  {}  {}", day.working() ? std::to_string(++number) : "-",
                      DateAndWeekday(context, day.date), KindText(context, day)));
  }
  return kOk;
}

}  // namespace minsheng::cli
