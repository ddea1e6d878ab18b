// SPDX-License-Identifier: Apache-2.0
// minsheng calendar recompute, limits try: due times counted anew, and what other limits would have meant.
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/chase/recompute.h"
#include "src/chase/what_if.h"
#include "src/cli/cli.h"
#include "src/orders/roles.h"

namespace minsheng::cli {
namespace {

using RecountJson = nlohmann::ordered_json;

constexpr std::pair<orders::Step, Time orders::DueTimes::*> kDueOf[] = {
    {orders::Step::kSign, &orders::DueTimes::sign},
    {orders::Step::kContact, &orders::DueTimes::contact},
    {orders::Step::kAnswer, &orders::DueTimes::answer},
    {orders::Step::kReturn, &orders::DueTimes::give_back},
};

std::string_view WhyText(const Context& context, chase::Why why) {
  return why == chase::Why::kCalendar    ? context.Say("放假安排有变", "the Calendar changed")
         : why == chase::Why::kUncounted ? context.Say("原先算不出", "could not be counted before")
                                         : context.Say("时限规定有变", "the limits changed");
}
std::string_view WhyWord(chase::Why why) {
  return why == chase::Why::kCalendar ? "calendar" : why == chase::Why::kUncounted ? "uncounted" : "limits";
}

void PrintMoved(const Context& context, const chase::MovedOrder& moved) {
  const bool english = context.language == "en";
  RecountJson j{
      {"number", moved.number}, {"unit", moved.unit}, {"why", WhyWord(moved.why)}, {"steps", RecountJson::array()}};
  if (!context.json) Print(fmt::format("{}  {}  {}", moved.number, moved.unit, WhyText(context, moved.why)));
  for (const auto& [step, due] : kDueOf) {
    const Time old_due = moved.old_due.*due, new_due = moved.now.reckoned.due.*due;
    if (old_due == new_due) continue;
    const auto sum = Explain(moved.now.Of(step), english);
    j["steps"].push_back({{"step", ToWord(step)},
                          {"old", old_due == Time{} ? "" : IsoUtc(old_due)},
                          {"new", IsoUtc(new_due)},
                          {"sum", sum}});
    if (!context.json) {
      Print(fmt::format("  {}  {} → {}", Name(step, english), old_due == Time{} ? "-" : orders::EndText(old_due),
                        orders::EndText(new_due)));
      Print("    " + sum);
    }
  }
  if (context.json) PrintJson(j);
}

Result<std::string> ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, path + ": 读不到文件 / cannot read the file");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

RecountJson LateJson(const chase::Late& late) {
  return {{"orders", late.orders},
          {"late", late.late},
          {"would_be_late", late.would_be},
          {"newly_late", late.newly},
          {"uncountable", late.uncountable}};
}

std::string LateText(const Context& context, const chase::Late& late) {
  auto line = fmt::format("{} {}  {} {}  {} {}  {} {}", context.Say("工单", "orders"), late.orders,
                          context.Say("原超期", "late"), late.late, context.Say("将超期", "would be late"),
                          late.would_be, context.Say("其中新增", "of them newly"), late.newly);
  if (late.uncountable > 0) line += fmt::format("  {} {}", context.Say("算不出", "uncountable"), late.uncountable);
  return line;
}

}  // namespace

int CalendarRecompute(const Context& context, bool apply, bool limits_too) {
  if (apply && context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁", "say by --as who acts"));
    return kUsage;
  }
  if (const auto actor = orders::ParseActor(apply ? context.user : "system"); !actor)
    return Report(context, actor.error());
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  chase::RecomputePlan plan;
  plan.apply = apply;
  plan.limits_too = limits_too;
  plan.by = context.user;
  const auto done = chase::Recompute(
      *opened->store, *knowledge->timetable, plan,
      [&](const chase::MovedOrder& moved) {
        PrintMoved(context, moved);
        return true;
      },
      [&](const std::string& number, const Error& why) {
        if (context.json) {
          PrintJson({{"number", number}, {"why", "uncounted"}, {"error", why.what}});
        } else {
          Print(fmt::format("{}  {}", number, why.what));
        }
      });
  if (!done) return Report(context, done.error());
  if (!context.json) {
    Print(fmt::format("{} {}  {} {}  {} {}  {} {}", context.Say("未结工单", "open orders"), done->open,
                      context.Say("时限变动", "moved"), done->moved, context.Say("已改", "changed"), done->applied,
                      context.Say("仍算不出", "still uncounted"), done->uncounted));
    if (done->moved > 0 && !apply)
      Print(context.Say("加 --apply --as 姓名 写入", "add --apply --as NAME to change them"));
  }
  return done->uncounted > 0 ? kFindings : kOk;
}

int LimitsTry(const Context& context, const std::string& path, const std::string& from, const std::string& to) {
  const auto first = orders::ParseDate(from), last = orders::ParseDate(to);
  if (!first || !last) {
    PrintErr(fmt::format("{}: {}", first ? "--to " + to : "--from " + from,
                         context.Say("日期应写作 2015-02-13", "a date must be like 2015-02-13")));
    return kUsage;
  }
  const auto json = ReadAll(path);
  if (!json) return ReportStart(context, json.error());
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  std::vector<std::string> topics;
  for (const auto& topic : knowledge->rules->topics()) topics.push_back(topic.id);
  auto limits = orders::Limits::Load(*json, topics);
  if (!limits) return ReportStart(context, limits.error());
  const orders::Timetable other{std::move(*limits), knowledge->timetable->calendar, orders::Profile::kNormal};
  const auto tried = chase::TryLimits(*opened->store, other, orders::StartOf(*first),
                                      orders::StartOf(*last + std::chrono::days{1}), SystemClock().Now());
  if (!tried) return Report(context, tried.error());
  if (context.json) PrintJson({{"all", LateJson(tried->all)}});
  for (const auto& [key, late] : tried->by) {
    const auto& [unit, type] = key;
    if (context.json) {
      RecountJson j{{"unit", unit}, {"type", type}};
      j.update(LateJson(late));
      PrintJson(j);
      continue;
    }
    const auto* const known = knowledge->catalogue->FindUnit(unit);
    const auto known_type = RequestTypeFromWord(type);
    const auto type_name = known_type ? (context.language == "en" ? ToWord(*known_type) : ToChinese(*known_type))
                                      : context.Say("未定", "unknown");
    Print(fmt::format("{}  {}  {}", known == nullptr ? unit : known->name, type_name, LateText(context, late)));
  }
  if (!context.json) Print(fmt::format("{}  {}", context.Say("合计", "all"), LateText(context, tried->all)));
  return kOk;
}

}  // namespace minsheng::cli
