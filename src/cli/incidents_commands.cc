// SPDX-License-Identifier: Apache-2.0
// minsheng incidents: what happened to many at once, and a person's changes of it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

// A subject is a topic, or a family, which is its own name.
std::string SubjectName(const rules::RuleSet& rules, const store::IncidentRow& row) {
  return TopicName(rules, row.surge && !row.subject.empty() ? row.subject : row.topic);
}

std::string StateName(const Context& context, const store::IncidentRow& row, Time open_since) {
  if (row.state == "closed") return std::string(context.Say("已关闭", "closed"));
  if (row.state == "merged") return std::string(context.Say("已合并", "merged"));
  return std::string(row.last_at >= open_since ? context.Say("进行中", "open") : context.Say("已平息", "quiet"));
}

std::string Joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

Json IncidentJson(const store::IncidentRow& row, Time open_since) {
  const std::string state = row.state == "open" && row.last_at < open_since ? "quiet" : row.state;
  Json j{{"id", row.id},
         {"kind", row.surge ? "surge" : "matter"},
         {"state", state},
         {"subject", row.subject},
         {"topic", row.topic},
         {"place", row.place},
         {"first_at", IsoUtc(row.first_at)},
         {"last_at", IsoUtc(row.last_at)},
         {"requests", row.requests},
         {"callers", row.callers},
         {"alarm", row.alarm},
         {"words", row.words}};
  if (!row.merged_into.empty()) j["merged_into"] = row.merged_into;
  return j;
}

void PrintIncident(const Context& context, const rules::RuleSet& rules, const store::IncidentRow& row,
                   Time open_since) {
  Print(fmt::format("{}  {}  {} – {}  {} {}  {} {}{}  {}{}", row.id, StateName(context, row, open_since),
                    ShanghaiText(row.first_at), ShanghaiText(row.last_at), row.callers, context.Say("人", "callers"),
                    row.requests, context.Say("件", "requests"),
                    row.alarm == 0 ? "" : fmt::format("  {}{}", context.Say("告警", "alarm "), row.alarm),
                    SubjectName(rules, row), row.words.empty() ? "" : "：" + Joined(row.words)));
}

Json ActJson(const store::IncidentAct& act) {
  return {{"number", act.number},     {"act", act.act},     {"incident", act.incident_id}, {"target", act.target},
          {"requests", act.requests}, {"actor", act.actor}, {"reason", act.reason},        {"at", IsoUtc(act.at)}};
}

// What is shown of one of its requests; a confidential one keeps its words to itself.
Result<Json> MemberJson(store::Store& store, const store::FeedRow& member) {
  const auto request = store.GetRequest(member.request_id);
  if (!request) return Fail(request.error());
  Json j{{"request", member.request_id},
         {"at", IsoUtc(member.at)},
         {"order", request->order_number},
         {"topic", member.topic},
         {"place", member.places.empty() ? "" : member.places.front()},
         {"matter", member.matter},
         {"channel", ""},
         {"text", ""}};
  if (request->whole.id.empty()) return j;
  const auto& m = request->whole;
  j["channel"] = m.channel;
  j["text"] = m.confidential ? std::string("（保密 confidential）") : text::Redact(m.text);
  return j;
}

struct Shown {
  store::IncidentRow row;
  std::vector<store::IncidentHour> hours;
  std::vector<std::pair<std::string, std::int64_t>> topics;
  std::vector<store::IncidentAlarm> alarms;
  std::vector<store::IncidentAct> acts;
  std::vector<Json> members;
};

Result<Shown> ReadShown(store::Store& store, const std::string& id, int limit) {
  auto& log = store.Incidents();
  Shown s;
  auto row = log.Get(id);
  if (!row) return Fail(row.error());
  s.row = std::move(*row);
  auto hours = log.Hours(id);
  if (!hours) return Fail(hours.error());
  s.hours = std::move(*hours);
  auto topics = log.Topics(id);
  if (!topics) return Fail(topics.error());
  s.topics = std::move(*topics);
  auto alarms = log.Alarms(id);
  if (!alarms) return Fail(alarms.error());
  s.alarms = std::move(*alarms);
  auto acts = log.Acts(id);
  if (!acts) return Fail(acts.error());
  s.acts = std::move(*acts);
  const auto members = log.Members(id, limit);
  if (!members) return Fail(members.error());
  for (const auto& member : *members) {
    auto j = MemberJson(store, member);
    if (!j) return Fail(j.error());
    s.members.push_back(std::move(*j));
  }
  return s;
}

void PrintShown(const Context& context, const rules::RuleSet& rules, const Shown& s, Time open_since) {
  PrintIncident(context, rules, s.row, open_since);
  if (!s.row.place.empty()) Print(fmt::format("  {}{}", context.Say("地点：", "place: "), s.row.place));
  if (!s.row.merged_into.empty())
    Print(fmt::format("  {}{}", context.Say("已并入：", "merged into: "), s.row.merged_into));
  for (const auto& alarm : s.alarms) {
    Print(fmt::format("  {} {}  {}  {} {}，{} {:.1f}", context.Say("告警", "alarm"), alarm.level,
                      ShanghaiText(alarm.at), context.Say("一小时内来电人数", "callers within the hour"), alarm.callers,
                      context.Say("平常", "usual"), alarm.expected));
  }
  Print(context.Say("  每小时增长：", "  growth by hour:"));
  for (const auto& hour : s.hours) {
    Print(fmt::format("    {}  {:>4} {} {:>4} {}", ShanghaiText(hour.hour).substr(0, 16), hour.callers,
                      context.Say("人", "callers"), hour.requests, context.Say("件", "requests")));
  }
  Print(context.Say("  事项：", "  topics:"));
  for (const auto& [topic, n] : s.topics) {
    Print(fmt::format("    {:>4}  {}", n,
                      topic.empty() ? std::string(context.Say("待研判", "in triage")) : TopicName(rules, topic)));
  }
  for (const auto& act : s.acts) {
    Print(fmt::format("  {}  {}  {} {}  {}", ShanghaiText(act.at), act.act, act.incident_id,
                      act.target.empty() ? "" : "→ " + act.target, OnOneLine(act.actor + "：" + act.reason)));
  }
  Print(context.Say("  诉求（新的在前）：", "  requests, newest first:"));
  for (const auto& j : s.members) {
    Print(fmt::format("    {}  {}  {}  {}", j["request"].get<std::string>(), j["order"].get<std::string>(),
                      j["place"].get<std::string>(), text::Truncate(OnOneLine(j["text"].get<std::string>()), 100)));
  }
}

}  // namespace

int IncidentsList(const Context& context, bool open, int min_callers, int limit) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto since = SystemClock().Now() - opened->config.incidents.window;
  const auto rows = opened->store->Incidents().List(open ? since : Time{}, min_callers, limit);
  if (!rows) return Report(context, rows.error());
  for (const auto& row : *rows) {
    if (context.json) {
      PrintJson(IncidentJson(row, since));
    } else {
      PrintIncident(context, *knowledge->rules, row, since);
    }
  }
  if (rows->empty() && !context.json) Print(context.Say("没有群体事件", "no incidents"));
  return kOk;
}

int IncidentsShow(const Context& context, const std::string& id, int limit) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto shown = ReadShown(*opened->store, id, limit);
  if (!shown) return Report(context, shown.error());
  const auto since = SystemClock().Now() - opened->config.incidents.window;
  if (!context.json) {
    PrintShown(context, *knowledge->rules, *shown, since);
    return kOk;
  }
  auto j = IncidentJson(shown->row, since);
  for (const auto& hour : shown->hours) {
    j["hours"].push_back({{"hour", IsoUtc(hour.hour)}, {"requests", hour.requests}, {"callers", hour.callers}});
  }
  for (const auto& [topic, n] : shown->topics) j["topics"].push_back({{"topic", topic}, {"requests", n}});
  for (const auto& a : shown->alarms) {
    j["alarms"].push_back({{"level", a.level}, {"at", IsoUtc(a.at)}, {"callers", a.callers}, {"expected", a.expected}});
  }
  for (const auto& act : shown->acts) j["acts"].push_back(ActJson(act));
  j["members"] = shown->members;
  PrintJson(j);
  return kOk;
}

int IncidentsAct(const Context& context, store::IncidentAct act) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁作的更改", "say by --as who changes it"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  act.actor = context.user;
  act.at = SystemClock().Now();
  const auto done = opened->store->Incidents().Act(std::move(act));
  if (!done) return Report(context, done.error());
  if (context.json) {
    PrintJson(ActJson(*done));
  } else {
    Print(fmt::format("{} {} {}", done->act, done->incident_id, done->target.empty() ? "" : "→ " + done->target));
  }
  return kOk;
}

int IncidentsRebuild(const Context& context) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁要求重建", "say by --as who asks for it"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (const auto done = opened->store->Incidents().Rebuild(); !done) return Report(context, done.error());
  Print(context.Say("分组已清空，运行中的 minsheng serve 会按入库顺序重建，人工更改照样保留",
                    "the groups are forgotten; the running minsheng serve makes them anew, persons' changes included"));
  return kOk;
}

}  // namespace minsheng::cli
