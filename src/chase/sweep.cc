// SPDX-License-Identifier: Apache-2.0
#include "src/chase/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "src/base/log.h"
#include "src/base/metrics.h"
#include "src/chase/checks.h"
#include "src/chase/steps.h"
#include "src/orders/lifecycle.h"
#include "src/orders/recount.h"

namespace minsheng::chase {
namespace {

using orders::Act;
using orders::Order;

// No look lies further ahead: what a changed configuration or Calendar moves is found within a day.
constexpr std::chrono::hours kLongest{24};
constexpr std::chrono::minutes kRetry{5};

// What the citizen asked, in words.
Result<std::string> AskedIn(store::Store& store, const router::Knowledge& knowledge, const Order& order) {
  std::string asked;
  if (!order.request_id.empty()) {
    const auto request = store.GetRequest(order.request_id);
    if (!request) return Fail(request.error());
    for (const auto& message : request->messages) asked += message.text + "\n";
  }
  if (asked.empty() || !knowledge.rules) return asked;
  if (const auto* const topic = knowledge.rules->FindTopic(order.topic)) asked += topic->name;
  return asked;
}

Result<Case> CaseOf(store::Store& store, const router::Knowledge& knowledge, const Order& order, Time since) {
  Case c{order, {}, {}, 0, {}};
  auto asked = AskedIn(store, knowledge, order);
  if (!asked) return Fail(asked.error());
  c.asked = std::move(*asked);
  const auto texts = store.OrderTexts(order.number);
  if (!texts) return Fail(texts.error());
  for (const auto& text : *texts) {
    if (text.kind == "public") c.answers.push_back(text.text);
  }
  if (!c.answers.empty() && !order.lead_unit.empty()) {
    const auto same =
        store.Chase().CountSameAnswers(order.lead_unit, PrintOf(c.answers.back()), order.id, order.answered_at, since);
    if (!same) return Fail(same.error());
    c.same_answers = *same;
  }
  if (order.returns > 0) {
    auto kept = store.Chase().HadToKeep(order.lead_unit, order.topic, order.number, since);
    if (!kept) return Fail(kept.error());
    c.had_to_keep = std::move(*kept);
  }
  return c;
}

// Something that the checks are about has come in.
bool IsToCheck(const Order& order) {
  const bool returned = order.state == orders::State::kReturned || order.state == orders::State::kObjected;
  return returned || (order.answered_at != Time{} && !order.direct && order.state != orders::State::kMerged);
}

}  // namespace

// Whether something was done; a step that somebody else did meanwhile, or that the order no longer allows, is none.
Result<bool> Sweep::Do(const std::string& number, desk::ActRequest want, Round* round) {
  want.by = "system";
  const auto done = desk_.Do(number, want);
  if (done) {
    ++round->acts;
    metrics::Count("minsheng_chase_total", {{"act", ToWord(want.act)}, {"step", want.code}});
    return true;
  }
  if (done.error().kind == ErrorKind::kConflict) {
    // Most likely another process did it, and the order has moved on. If not, it is tried again.
    ++round->failed;
    return false;
  }
  if (done.error().kind == ErrorKind::kUnavailable || done.error().kind == ErrorKind::kUnknown)
    return Fail(done.error());
  ++round->failed;
  log::Warn("chase-step-failed", {{"order", number}, {"step", want.once}, {"error", done.error().what}});
  return false;
}

Result<bool> Sweep::Chase(const Order& order, Time now, Round* round, Time* next) {
  const auto table = desk_.Current().timetable;
  if (!table) return false;
  auto steps = StepsOf(order, options_, {*table->calendar, table->limits->day_rules()}, now);
  const auto due = std::partition_point(steps.begin(), steps.end(), [&](const chase::Step& s) { return s.at <= now; });
  if (due != steps.end()) *next = std::min(*next, due->at);
  if (due == steps.begin()) return false;
  const auto done = desk_.store().Chase().StepsDone(order.id);
  if (!done) return Fail(done.error());
  bool acted = false;
  for (auto step = steps.begin(); step != due; ++step) {
    if (std::find(done->begin(), done->end(), step->once) != done->end()) continue;
    desk::ActRequest want;
    want.act = step->act;
    want.code = step->code;
    want.once = step->once;
    want.reason = step->reason;
    want.phone = step->act == Act::kRemind;
    want.tell_from = AfterQuietHours(now, order.urgency, options_);
    auto did = Do(order.number, std::move(want), round);
    if (!did) return did;
    acted = acted || *did;
  }
  return acted;
}

Result<bool> Sweep::Check(const Order& order, Round* round) {
  ++round->examined;
  const auto whole = desk_.store().GetOrder(order.number);
  if (!whole) return Fail(whole.error());
  const Time since = std::max(order.answered_at, order.handed_at) - options_.checks.history;
  auto c = CaseOf(desk_.store(), desk_.Current(), *whole, since);
  if (!c) return Fail(c.error());
  const auto findings = Examine(*c, options_.checks);
  if (findings.empty()) return false;
  const auto done = desk_.store().Chase().StepsDone(order.id);
  if (!done) return Fail(done.error());
  std::set<std::string> known(done->begin(), done->end());
  bool acted = false;
  const auto act = [&](desk::ActRequest want) -> Result<bool> {
    if (known.contains(want.once)) return false;
    return Do(order.number, std::move(want), round);
  };
  int of_answer = 0, of_return = 0;
  for (const auto& finding : findings) {
    ++(finding.refusal ? of_return : of_answer);
    desk::ActRequest want;
    want.act = Act::kFlag;
    want.code = finding.flag;
    want.once = finding.once;
    want.facts = R"({"evidence":)" + finding.evidence + "}";
    auto did = act(std::move(want));
    if (!did) return did;
    acted = acted || *did;
  }
  const bool refusal = of_return > 0;
  if (!refusal && (options_.checks.supervise_from == 0 || of_answer < options_.checks.supervise_from)) return acted;
  if (!orders::Next(order.state, Act::kSupervise)) return acted;
  desk::ActRequest want;
  want.act = Act::kSupervise;
  want.code = refusal ? "refusal" : "perfunctory";
  want.once =
      fmt::format("supervise:{}/{}", want.code, findings.front().once.substr(findings.front().once.find('/') + 1));
  want.reason = refusal ? "同类事项曾被裁定归该单位 / the unit had to keep such matters before"
                        : fmt::format("{} 处迹象 / {} signs", of_answer, of_answer);
  want.tell_from = AfterQuietHours(desk_.clock().Now(), order.urgency, options_);
  auto did = act(std::move(want));
  if (!did) return did;
  return acted || *did;
}

// The year that was missing has come.
Result<bool> Sweep::CountLate(const Order& order, const orders::Timetable& table, Round* round) {
  const auto whole = desk_.store().GetOrder(order.number);
  if (!whole) return Fail(whole.error());
  if (!orders::IsUncounted(*whole)) return false;
  const auto counted = orders::Recount(*whole, table);
  if (!counted || !*counted) return false;  // still missing: the readiness page says so
  store::ActPlan plan;
  plan.event = {"",
                Act::kReckon,
                "system",
                "工作日历已补 / the Calendar has the year now",
                orders::DueFacts((*counted)->reckoned, ""),
                desk_.clock().Now()};
  plan.once = fmt::format("reckon/{}/{}", ToMs(whole->handed_at), ToMs((*counted)->reckoned.due.answer));
  plan.expected = whole->version;
  const auto done = desk_.store().Act(order.number, plan);
  if (!done && done.error().kind != ErrorKind::kConflict) return Fail(done.error());
  if (done) ++round->acts;
  return done.has_value();
}

Result<bool> Sweep::LookAt(const store::LookRow& row, Time now, Round* round, Time* next) {
  const auto& order = row.order;
  *next = order.closed_at != Time{} ? store::kNoLook : now + kLongest;
  bool acted = false;
  const auto table = desk_.Current().timetable;
  if (table && order.closed_at == Time{} && order.handed_at != Time{} && order.due == orders::DueTimes{}) {
    const auto counted = CountLate(order, *table, round);
    if (!counted) return counted;
    acted = *counted;
  }
  if (!acted) {
    const auto chased = Chase(order, now, round, next);
    if (!chased) return chased;
    acted = *chased;
  }
  if (row.fresh && IsToCheck(order)) {
    const auto checked = Check(order, round);
    if (!checked) return checked;
    acted = acted || *checked;
  }
  return acted;
}

Result<Round> Sweep::Step(Time now) {
  Round round;
  const auto rows = desk_.store().Chase().ToLookAt(now, options_.looks);
  if (!rows) return Fail(rows.error());
  std::vector<store::Looked> looked;
  looked.reserve(rows->size());
  std::optional<Error> failed;
  for (const auto& row : *rows) {
    if (round.acts + round.failed + round.examined >= options_.acts) break;
    const int failures = round.failed;
    Time next{};
    const auto acted = LookAt(row, now, &round, &next);
    if (!acted && (acted.error().kind == ErrorKind::kUnavailable || acted.error().kind == ErrorKind::kUnknown)) {
      failed = acted.error();
      break;
    }
    if (!acted) {
      ++round.failed;
      log::Warn("chase-step-failed", {{"order", row.order.number}, {"step", "look"}, {"error", acted.error().what}});
    }
    ++round.looked;
    // What was done is an event, and the order waits for its next look by itself. One that fails holds up nobody.
    if (round.failed > failures) next = std::min(next, now + kRetry);
    if (!acted || !*acted) looked.push_back({row.order.id, row.order.version, next});
  }
  if (const auto kept = desk_.store().Chase().SetLooked(looked); !kept) return Fail(kept.error());
  if (failed) return Fail(*failed);
  return round;
}

std::string MissingYear(const orders::Calendar& calendar, Time now) {
  const auto today = orders::ShanghaiDay(now);
  const int year = orders::YearOf(today);
  constexpr std::chrono::days kDecember{31};
  const bool december = today >= orders::FirstOfYear(year + 1) - kDecember;
  const int missing = calendar.last_year() < year ? year : december && calendar.last_year() == year ? year + 1 : 0;
  if (missing == 0) return {};
  return fmt::format(
      "没有 {} 年的工作日历，到期日在该年的工单算不出期限：把 {}.json 放进 [deadlines] calendar 的目录 / the Calendar "
      "has "
      "no year {}: put {}.json into the folder of [deadlines] calendar",
      missing, missing, missing, missing);
}

}  // namespace minsheng::chase
