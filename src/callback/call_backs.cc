// SPDX-License-Identifier: Apache-2.0
#include "src/callback/call_backs.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/crypto.h"
#include "src/base/log.h"
#include "src/base/metrics.h"
#include "src/router/call_back_word.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::callback {
namespace {

using orders::Act;
using orders::Order;
using orders::State;
using store::CallBack;

constexpr std::string_view kSystem = "system";
constexpr std::size_t kTokenBytes = 16;
constexpr std::size_t kMostWords = 500;  // characters of a citizen's reasons
constexpr Millis kBeforeWindowEnds{3'600'000};
constexpr Millis kRest{60'000};
constexpr std::int64_t kDayMs = 24 * 3'600'000;

bool Open(State s) { return s == State::kChecked || s == State::kCalledBack; }
bool AlreadyDone(const Error& e) { return e.kind == ErrorKind::kConflict; }
std::string Once(std::string_view step, Time checked_at) { return fmt::format("{}-{}", step, ToMs(checked_at)); }

std::string Filled(std::string words, std::string_view mark, std::string_view value) {
  if (const auto at = words.find(mark); at != std::string::npos) words.replace(at, mark.size(), value);
  return words;
}

// The words of the last answer that went to the citizen.
std::string LastPublicText(store::Store& store, const std::string& number) {
  const auto texts = store.OrderTexts(number);
  if (!texts) return {};
  for (auto t = texts->rbegin(); t != texts->rend(); ++t) {
    if (t->kind == "public") return t->text;
  }
  return {};
}

bool Unhappy(const Order& order) { return order.solved == 0 || order.satisfied == 0; }

bool WasRedoneByItself(const Order& order) {
  return std::any_of(order.events.begin(), order.events.end(),
                     [](const auto& e) { return e.act == Act::kRedo && e.actor == kSystem; });
}

}  // namespace

int CallBacks::Sweep() {
  if (!options_.on) return 0;
  auto& rows = desk_.store().CallBacks();
  const Time now = desk_.clock().Now();
  std::erase_if(resting_, [&](const auto& one) { return one.second <= now; });
  // What rests takes no place from the others.
  const int limit = kPerSweep + static_cast<int>(resting_.size());
  int done = 0;
  const auto step = [&](const std::string& number, auto act) {
    if (resting_.contains(number)) return;
    ++done;
    const Result<void> result = act();
    if (result) return;
    log::Warn("call-back-failed", {{"order", number}, {"error", result.error().what}});
    resting_[number] = now + kRest;
  };
  if (const auto waiting = rows.Waiting(limit)) {
    for (const auto& number : *waiting) step(number, [&] { return Begin(number); });
  }
  if (const auto due = rows.Due(now, limit)) {
    for (const auto& row : *due) step(row.order_number, [&] { return Step(row); });
  }
  return done;
}

Result<void> CallBacks::Begin(const std::string& order_number) {
  const auto order = desk_.store().GetOrder(order_number);
  if (!order) return Fail(order.error());
  if (!Open(order->state)) return {};
  const auto request = desk_.store().GetRequest(order->request_id);
  if (!request) return Fail(request.error());
  const Time now = desk_.clock().Now();
  const auto reach = ReachOf(*request, options_, now);
  CallBack row;
  row.order_number = order_number;
  row.request_id = order->request_id;
  row.checked_at = order->checked_at;
  row.way = reach.way;
  row.next_at = AfterQuiet(options_.quiet, std::max(order->checked_at, order->called_back_at) + options_.after);
  if (reach.way == "chat") {
    row.conversation = request->conversation_id;
    // A chat that closes before is asked while it is open.
    if (const Time last = reach.until - kBeforeWindowEnds; reach.until != Time{} && row.next_at > last) {
      const bool wait = now < last && AfterQuiet(options_.quiet, last) == last;
      row.next_at = wait ? last : AfterQuiet(options_.quiet, now);
    }
  }
  const auto begun = desk_.store().CallBacks().Begin(row);
  return begun ? Result<void>{} : Fail(begun.error());
}

// What the clock does with one row.
Result<void> CallBacks::Step(const CallBack& row) {
  const auto end = [&]() -> Result<void> {
    const auto ended = EndRow(row);
    return ended ? Result<void>{} : Fail(ended.error());
  };
  if (!row.current || !Open(row.order_state)) return end();
  if (row.order_state == State::kCalledBack || row.state == "said") {
    auto order = desk_.store().GetOrder(row.order_number);
    if (!order) return Fail(order.error());
    if (order->state == State::kChecked) {
      desk::ActRequest said;
      said.act = Act::kCallBack;
      said.by = "citizen";
      said.once = Once("call-back", row.checked_at);
      said.solved = row.solved;
      said.satisfied = row.satisfied;
      said.way = "chat";
      order = desk_.Do(row.order_number, said);
      // Another process was quicker: go on from what it did.
      if (!order && AlreadyDone(order.error())) order = desk_.store().GetOrder(row.order_number);
      if (!order) return Fail(order.error());
    }
    if (const auto followed = FollowUp(*order, Once("", row.checked_at)); !followed) return Fail(followed.error());
    return end();
  }
  if (row.state == "asked") {
    const auto closed =
        CloseAs(row.order_number, "unreachable", "回访未获答复", Once("call-back-close", row.checked_at));
    if (!closed && !AlreadyDone(closed.error())) return Fail(closed.error());
    return end();
  }
  return Ask(row);
}

Result<void> CallBacks::Ask(const CallBack& row) {
  const Time now = desk_.clock().Now();
  const auto request = desk_.store().GetRequest(row.request_id);
  if (!request) return Fail(request.error());
  // What was true when it began may not be any more: a chat closes.
  const auto reach = ReachOf(*request, options_, now);
  if (reach.way == "none") {
    const auto closed =
        CloseAs(row.order_number, "unreachable", "没有可回访的联系方式", Once("call-back-close", row.checked_at));
    if (!closed && !AlreadyDone(closed.error())) return Fail(closed.error());
    const auto ended = EndRow(row);
    return ended ? Result<void>{} : Fail(ended.error());
  }
  if (reach.way == "phone") {
    auto to = row;
    to.way = "phone";
    to.conversation.clear();
    const auto moved = desk_.store().CallBacks().Advance(row, to);
    return moved ? Result<void>{} : Fail(moved.error());
  }
  const auto asked = SendQuestion(row, reach, *request);
  return asked ? Result<void>{} : Fail(asked.error());
}

// The question, the note on the timeline and the row in one transaction: sent once, whoever tries.
Result<bool> CallBacks::SendQuestion(const CallBack& row, const Reach& reach, const store::RequestRow& request) {
  const Time now = desk_.clock().Now();
  auto to = row;
  to.way = reach.way;
  to.state = "asked";
  to.asked_at = now;
  to.next_at = now + options_.answer_limit;
  std::string words;
  if (reach.way == "chat") {
    to.conversation = request.conversation_id;
    words = Filled(options_.question, "{number}", row.order_number);
  } else {
    to.conversation.clear();
    const auto token = crypto::Hex(crypto::RandomBytes(kTokenBytes));
    to.token_hash = crypto::Sha256Hex(token);
    words =
        Filled(Filled(options_.letter, "{number}", row.order_number), "{link}", options_.public_url + "/t/" + token);
    words = Filled(words, "{days}", std::to_string(std::max<std::int64_t>(1, options_.answer_limit.count() / kDayMs)));
  }
  store::ActPlan plan;
  plan.event = {"", Act::kNote, std::string(kSystem), reach.way == "chat" ? "已在聊天中询问是否满意" : "已发出评价链接",
                "", now};
  plan.once = Once("call-back-ask", row.checked_at);
  plan.outbox = [&](const Order&) {
    auto draft = router::ReplyDraft(*reach.message, request.id, {words, "", 0}, desk_.options().policy);
    draft.not_before = now;
    draft.prefer_passive_until = {};
    return std::vector<store::OutboxDraft>{draft};
  };
  auto asked = desk_.store().CallBacks().Advance(row, to, plan);
  if (asked && *asked) metrics::Count("minsheng_call_backs_total", {{"way", reach.way}, {"step", "asked"}});
  return asked;
}

// What a citizen's word leads to. `mark` ends the names of the steps.
Result<Order> CallBacks::FollowUp(const Order& order, const std::string& mark) {
  if (order.state != State::kCalledBack) return order;
  metrics::Count("minsheng_call_backs_total", {{"way", "all"}, {"step", Unhappy(order) ? "unhappy" : "content"}});
  if (!Unhappy(order)) {
    const bool asked_only = order.type == ToWord(RequestType::kConsultation);
    auto closed = CloseAs(order.number, order.solved == 1 && !asked_only ? "solved" : "explained", "回访后办结",
                          "call-back-close" + mark);
    return closed || !AlreadyDone(closed.error()) ? closed : desk_.store().GetOrder(order.number);
  }
  desk::ActRequest supervise;
  supervise.act = Act::kSupervise;
  supervise.by = kSystem;
  supervise.code = "unhappy";
  supervise.reason = order.solved == 0 ? "回访：诉求人说没有解决" : "回访：诉求人不满意";
  supervise.once = "supervise-unhappy" + mark;
  auto now = desk_.Do(order.number, supervise);
  if (!now && !AlreadyDone(now.error())) return now;
  // The second time, and where no unit had it, a person decides what can still be done.
  if (WasRedoneByItself(order) || order.lead_unit.empty()) return desk_.store().GetOrder(order.number);
  desk::ActRequest redo;
  redo.act = Act::kRedo;
  redo.by = kSystem;
  redo.unit = order.lead_unit;
  redo.helpers = order.helper_units;
  redo.reason = supervise.reason + "，请重新办理";
  redo.once = "redo-unhappy";
  now = desk_.Do(order.number, redo);
  return now || !AlreadyDone(now.error()) ? now : desk_.store().GetOrder(order.number);
}

Result<Order> CallBacks::CloseAs(const std::string& number, const std::string& reason, const std::string& words,
                                 const std::string& once) {
  desk::ActRequest close;
  close.act = Act::kClose;
  close.by = kSystem;
  close.code = reason;
  close.reason = words;
  close.once = once;
  return desk_.Do(number, close);
}

Result<bool> CallBacks::EndRow(const CallBack& row) {
  auto to = row;
  to.state = "over";
  return desk_.store().CallBacks().Advance(row, to);
}

Result<CallTask> CallBacks::Take(const std::string& number, const std::string& by) {
  auto& log = desk_.store().CallBacks();
  const Time now = desk_.clock().Now();
  std::optional<CallBack> row;
  if (!number.empty()) {
    auto found = log.Of(number);
    if (!found) return Fail(found.error());
    row = std::move(*found);
  } else {
    const auto rows = log.List({by, "phone", false, kPerSweep});
    if (!rows) return Fail(rows.error());
    for (const auto& one : *rows) {
      if (one.next_at > now || one.order_state != State::kChecked || !one.current) continue;
      row = one;
      break;
    }
  }
  if (!row) return MakeError(ErrorKind::kNotFound, "现在没有要打的回访电话 / no call is due now");
  if (row->way != "phone" || row->state == "over") {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("工单 {} 不需要打电话回访（{}，{}） / order {} is not to be "
                                 "telephoned ({}, {})",
                                 row->order_number, row->way, row->state, row->order_number, row->way, row->state));
  }
  if (!row->holder.empty() && row->holder != by) {
    return MakeError(ErrorKind::kConflict, fmt::format("工单 {} 由 {} 回访 / order {} is called by {}",
                                                       row->order_number, row->holder, row->order_number, row->holder));
  }
  const auto request = desk_.store().GetRequest(row->request_id);
  if (!request) return Fail(request.error());
  auto to = *row;
  to.holder = by;
  store::ActPlan plan;
  plan.event = {"", Act::kNote, by, "领取回访任务，查看联系电话", "", now};
  const auto taken = log.Advance(*row, to, plan);
  if (!taken) return Fail(taken.error());
  if (!*taken) return MakeError(ErrorKind::kConflict, "刚被别人领取 / somebody else has just taken it");
  to.turn += 1;
  return CallTask{to, ReachOf(*request, options_, now).number, LastPublicText(desk_.store(), row->order_number)};
}

Result<Order> CallBacks::Done(const std::string& number, const CallReport& report) {
  auto& log = desk_.store().CallBacks();
  const Time now = desk_.clock().Now();
  const auto row = log.Of(number);
  if (!row && row.error().kind != ErrorKind::kNotFound) return Fail(row.error());
  desk::ActRequest act;
  act.by = report.by;
  act.way = "phone";
  if (report.reached) {
    act.act = Act::kCallBack;
    act.solved = report.solved;
    act.satisfied = report.satisfied;
    act.public_text = report.words;
    auto order = desk_.Do(number, act);
    if (!order) return order;
    order = FollowUp(*order, Once("", order->checked_at));
    if (order && row) (void)EndRow(*row);  // else the clock ends it
    return order;
  }
  act.act = Act::kRing;
  act.internal_text = report.words;
  if (row && row->state != "over") act.once = fmt::format("ring-{}-{}", ToMs(row->checked_at), row->tries + 1);
  auto order = desk_.Do(number, act);
  if (!order || !row || row->state == "over") return order;
  auto to = *row;
  to.tries += 1;
  to.holder.clear();
  to.next_at = AfterQuiet(options_.quiet, now + options_.between);
  if (const auto moved = log.Advance(*row, to); !moved) return Fail(moved.error());
  if (to.tries < options_.tries) return order;
  return CloseAs(number, "unreachable", fmt::format("回访 {} 次无人接听", to.tries),
                 Once("call-back-close", row->checked_at));
}

Result<LinkView> CallBacks::Look(const std::string& token) {
  const auto row = desk_.store().CallBacks().ByToken(crypto::Sha256Hex(token));
  if (!row) return Fail(row.error());
  const auto knowledge = desk_.Current();
  LinkView view;
  view.order_number = row->order_number;
  const auto* const topic = knowledge.rules ? knowledge.rules->FindTopic(row->topic) : nullptr;
  view.topic = topic == nullptr ? row->topic : topic->name;
  view.open = row->state == "asked" && row->current && row->order_state == State::kChecked &&
              desk_.clock().Now() < row->next_at;
  if (view.open) view.answer = text::Redact(LastPublicText(desk_.store(), row->order_number));
  return view;
}

Result<void> CallBacks::Answer(const std::string& token, int choice, const std::string& words) {
  const auto opinion = router::OpinionOfChoice(choice);
  if (!opinion) return MakeError(ErrorKind::kInvalid, "请选择一项 / please choose one");
  const auto row = desk_.store().CallBacks().ByToken(crypto::Sha256Hex(token));
  if (!row) return Fail(row.error());
  const bool open = row->state == "asked" && row->current && row->order_state == State::kChecked &&
                    desk_.clock().Now() < row->next_at;
  if (!open) return MakeError(ErrorKind::kConflict, "已经评价过，或已过期 / answered already, or too late");
  desk::ActRequest said;
  said.act = Act::kCallBack;
  said.by = "citizen";
  said.once = Once("call-back", row->checked_at);
  said.solved = opinion->solved;
  said.satisfied = opinion->satisfied;
  said.way = "link";
  said.public_text = text::Truncate(text::Repair(words), kMostWords);
  const auto order = desk_.Do(row->order_number, said);
  if (!order) return Fail(order.error());
  if (const auto followed = FollowUp(*order, Once("", row->checked_at)); followed) (void)EndRow(*row);
  return {};  // what could not follow at once, the clock makes up for
}

}  // namespace minsheng::callback
