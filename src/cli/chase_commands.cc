// SPDX-License-Identifier: Apache-2.0
// minsheng tasks|supervise|emergency: telephone reminders, orders under supervision, the limits of an emergency.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/chase/checks.h"
#include "src/cli/cli.h"
#include "src/orders/civil.h"
#include "src/orders/codes.h"

namespace minsheng::cli {
namespace {

using ChaseJson = nlohmann::ordered_json;

std::string NameOfUnit(const router::Knowledge& knowledge, const std::string& id) {
  const auto* const unit = knowledge.catalogue->FindUnit(id);
  return unit == nullptr ? id : unit->name;
}

std::string CodeName(const Context& context, std::span<const orders::Code> codes, std::string_view word) {
  const auto* const code = orders::FindCode(codes, word);
  return std::string(code == nullptr ? word : context.Say(code->zh, code->en));
}

std::string_view StateName(const Context& context, orders::State state) {
  return context.language == "en" ? orders::ToWord(state) : orders::ToChinese(state);
}

bool SaysWho(const Context& context) {
  if (!context.user.empty()) return true;
  PrintErr(context.Say("请用 --as 说明是谁", "say by --as who acts"));
  return false;
}

nlohmann::json FactsOfEvent(const orders::Event& event) {
  auto facts = nlohmann::json::parse(event.data, nullptr, /*allow_exceptions=*/false);
  return facts.is_object() ? facts : nlohmann::json::object();
}

// Causes of the supervision that the order is under, the newest last.
std::string Causes(const Context& context, const orders::Order& order) {
  std::string out;
  for (const auto& event : order.events) {
    if (event.act == orders::Act::kRelieve) out.clear();
    if (event.act != orders::Act::kSupervise) continue;
    const auto cause = CodeName(context, orders::SuperviseCauses(), FactsOfEvent(event).value("cause", ""));
    if (out.find(cause) == std::string::npos) out += (out.empty() ? "" : "、") + cause;
  }
  return out;
}

// One line of what chasing did; empty for other events.
std::string ChaseLine(const Context& context, const orders::Event& event) {
  const bool english = context.language == "en";
  const auto facts = FactsOfEvent(event);
  switch (event.act) {
    case orders::Act::kWarn:
    case orders::Act::kRemind:
      return facts.value("step", "");
    case orders::Act::kSupervise:
      return CodeName(context, orders::SuperviseCauses(), facts.value("cause", ""));
    case orders::Act::kFlag:
      return chase::ExplainFlag(facts.value("flag", ""), facts.value("evidence", nlohmann::json::object()).dump(),
                                english);
    case orders::Act::kFalseAlarm:
      return chase::ExplainFlag(facts.value("flag", ""), "", english);
    case orders::Act::kRelieve:
    case orders::Act::kReckon:
      return std::string(event.actor);
    default:
      return {};
  }
}

bool IsChasing(orders::Act act) {
  using orders::Act;
  return act == Act::kWarn || act == Act::kRemind || act == Act::kSupervise || act == Act::kRelieve ||
         act == Act::kFlag || act == Act::kFalseAlarm || act == Act::kReckon;
}

ChaseJson TaskJson(const store::PhoneTask& t) {
  ChaseJson j{{"id", t.id},     {"order", t.number},        {"unit", t.unit},
              {"step", t.step}, {"state", ToWord(t.state)}, {"opened_at", IsoUtc(t.opened_at)}};
  if (t.done_at != Time{}) j.update({{"done_at", IsoUtc(t.done_at)}, {"done_by", t.done_by}, {"outcome", t.outcome}});
  return j;
}

std::string TaskLine(const Context& context, const router::Knowledge& knowledge, const store::PhoneTask& t) {
  auto line =
      fmt::format("{}  {}  {}  {}  {} {}  {}", t.id, ShanghaiText(t.opened_at), t.number, NameOfUnit(knowledge, t.unit),
                  context.Say("催办", "reminder"), t.step, StateName(context, t.state));
  if (t.done_at != Time{})
    line += fmt::format("  {} {}", CodeName(context, orders::PhoneOutcomes(), t.outcome), OnOneLine(t.done_by));
  return line;
}

ChaseJson EmergencyJson(const store::EmergencyRow& e, Time now) {
  ChaseJson j{{"id", e.id},
              {"starts_at", IsoUtc(e.starts_at)},
              {"why", e.why},
              {"started_by", e.started_by},
              {"in_force", e.InForceAt(now)}};
  if (e.ends_at != Time{}) j["ends_at"] = IsoUtc(e.ends_at);
  if (e.ended_at != Time{}) j.update({{"ended_at", IsoUtc(e.ended_at)}, {"ended_by", e.ended_by}});
  return j;
}

void PrintEmergency(const Context& context, const store::EmergencyRow& e) {
  const Time now = SystemClock().Now();
  if (context.json) return PrintJson(EmergencyJson(e, now));
  const auto until = e.ended_at != Time{}  ? ShanghaiText(e.ended_at)
                     : e.ends_at != Time{} ? ShanghaiText(e.ends_at)
                                           : std::string(context.Say("另行通知", "further notice"));
  Print(fmt::format("{} — {}  {}  {}{}  {}", ShanghaiText(e.starts_at), until, OnOneLine(e.why),
                    OnOneLine(e.started_by), e.ended_by.empty() ? "" : " → " + OnOneLine(e.ended_by),
                    e.InForceAt(now) ? context.Say("生效中", "in force") : ""));
}

}  // namespace

int TasksList(const Context& context, bool all, const std::string& number, int limit) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto tasks = opened->store->Chase().Tasks(all, number, limit);
  if (!tasks) return Report(context, tasks.error());
  for (const auto& task : *tasks) {
    if (context.json) {
      PrintJson(TaskJson(task));
    } else {
      Print(TaskLine(context, *knowledge, task));
    }
  }
  if (tasks->empty() && !context.json) Print(context.Say("没有待办的电话催办", "no telephone reminders to make"));
  return kOk;
}

int TasksDone(const Context& context, const std::string& id, const std::string& outcome) {
  if (!SaysWho(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto task = opened->store->Chase().FinishTask(id, outcome, context.user);
  if (!task) return Report(context, task.error());
  if (context.json) {
    PrintJson(TaskJson(*task));
  } else {
    Print(TaskLine(context, *knowledge, *task));
  }
  return kOk;
}

int SuperviseList(const Context& context, const std::string& cursor, int limit) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto rows = opened->store->Chase().Supervised(cursor, limit);
  if (!rows) return Report(context, rows.error());
  for (const auto& row : *rows) {
    const auto order = opened->store->GetOrder(row.number);
    if (!order) return Report(context, order.error());
    const auto causes = Causes(context, *order);
    if (context.json) {
      PrintJson({{"id", order->id},
                 {"number", order->number},
                 {"state", ToWord(order->state)},
                 {"unit", order->lead_unit},
                 {"causes", causes},
                 {"late", order->late}});
    } else {
      Print(fmt::format("{}  {}  {}  {}  {}", order->number, StateName(context, order->state),
                        NameOfUnit(*knowledge, order->lead_unit), TopicName(*knowledge->rules, order->topic), causes));
    }
  }
  if (rows->empty() && !context.json) Print(context.Say("没有督办中的工单", "no order is under supervision"));
  return kOk;
}

int SuperviseShow(const Context& context, const std::string& number) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto order = opened->store->GetOrder(number);
  if (!order) return Report(context, order.error());
  const auto tasks = opened->store->Chase().Tasks(true, number, 100);
  if (!tasks) return Report(context, tasks.error());
  ChaseJson j{{"number", number},
              {"supervised", order->supervised},
              {"steps", ChaseJson::array()},
              {"tasks", ChaseJson::array()}};
  if (!context.json) {
    Print(fmt::format("{} {}  {}  {}  {}", context.Say("工单", "order"), number, StateName(context, order->state),
                      NameOfUnit(*knowledge, order->lead_unit),
                      order->supervised
                          ? std::string(context.Say("督办中：", "under supervision: ")) + Causes(context, *order)
                          : std::string(context.Say("不在督办", "not under supervision"))));
  }
  for (const auto& event : order->events) {
    if (!IsChasing(event.act)) continue;
    const auto line = ChaseLine(context, event);
    j["steps"].push_back({{"at", IsoUtc(event.at)},
                          {"act", ToWord(event.act)},
                          {"by", event.actor},
                          {"what", line},
                          {"reason", event.reason},
                          {"facts", FactsOfEvent(event)}});
    if (!context.json) {
      Print(fmt::format("  {}  {}  {}{}", ShanghaiText(event.at),
                        context.language == "en" ? orders::ToWord(event.act) : orders::ToChinese(event.act), line,
                        event.reason.empty() ? "" : "  " + OnOneLine(event.reason)));
    }
  }
  for (const auto& task : *tasks) {
    j["tasks"].push_back(TaskJson(task));
    if (!context.json) Print("  " + TaskLine(context, *knowledge, task));
  }
  if (context.json) PrintJson(j);
  return kOk;
}

int SuperviseChecks(const Context& context, int days) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto counts = opened->store->Chase().FlagCounts(SystemClock().Now() - std::chrono::hours{24} * days);
  if (!counts) return Report(context, counts.error());
  for (const auto& name : chase::CheckNames()) {
    store::FlagCount count{std::string(name.flag)};
    for (const auto& known : *counts) {
      if (known.flag == name.flag) count = known;
    }
    if (context.json) {
      PrintJson({{"flag", count.flag}, {"flagged", count.flagged}, {"false_alarms", count.false_alarms}});
    } else {
      Print(fmt::format("{:<15} {:>6}  {} {:>6}  {}", count.flag, count.flagged, context.Say("误报", "false alarms"),
                        count.false_alarms, context.Say(name.zh, name.en)));
    }
  }
  return kOk;
}

int EmergencyOn(const Context& context, const EmergencyArgs& args) {
  if (!SaysWho(context)) return kUsage;
  store::EmergencyRow row;
  row.why = args.why;
  row.started_by = context.user;
  for (const auto& [text, to] : {std::pair{&args.from, &row.starts_at}, {&args.until, &row.ends_at}}) {
    if (text->empty()) continue;
    const auto time = orders::ParseTime(*text);
    if (!time) {
      PrintErr(fmt::format("{}: {}", *text,
                           context.Say("时间应写作 \"2015-08-10 16:30\"", "a time must be like \"2015-08-10 16:30\"")));
      return kUsage;
    }
    *to = *time;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto begun = opened->store->Chase().BeginEmergency(std::move(row));
  if (!begun) return Report(context, begun.error());
  PrintEmergency(context, *begun);
  return kOk;
}

int EmergencyOff(const Context& context) {
  if (!SaysWho(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto ended = opened->store->Chase().EndEmergency(context.user);
  if (!ended) return Report(context, ended.error());
  PrintEmergency(context, *ended);
  return kOk;
}

int EmergencyList(const Context& context) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto rows = opened->store->Chase().Emergencies();
  if (!rows) return Report(context, rows.error());
  for (const auto& row : *rows) PrintEmergency(context, row);
  if (rows->empty() && !context.json) Print(context.Say("没有应急时期的记录", "no emergency on record"));
  return kOk;
}

}  // namespace minsheng::cli
