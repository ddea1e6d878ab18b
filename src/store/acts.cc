// SPDX-License-Identifier: Apache-2.0
// Acts on work orders, each with all that belongs to it in one transaction.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/ulid.h"
#include "src/orders/lifecycle.h"
#include "src/store/order_row.h"
#include "src/store/sealer.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

using orders::Act;
using orders::Event;
using orders::Order;

// The order, which nobody else changes until the transaction ends.
Result<Order> LockOrder(Connection& c, const std::string& number) {
  c.Prepared("UPDATE work_order SET events = events WHERE number = :n").Run(number);
  return ReadOrder(c, "number", number);
}

// "somebody has worked on it since": who did what.
Result<void> CheckVersion(Connection& c, const Order& order, const std::optional<std::int64_t>& expected) {
  if (!expected || *expected == order.version) return {};
  std::string since;
  const auto events = ReadEvents(c, order.id);
  for (std::size_t i = static_cast<std::size_t>(std::max<std::int64_t>(0, *expected)); i < events.size(); ++i) {
    fmt::format_to(std::back_inserter(since), "\n  {}  {} {}  {}", ShanghaiText(events[i].at),
                   orders::ToChinese(events[i].act), orders::ToWord(events[i].act), events[i].actor);
  }
  return MakeError(
      ErrorKind::kConflict,
      fmt::format("工单 {} 已被他人改动，请看过后再办 / work order {} was changed meanwhile, look at it again:{}",
                  order.number, order.number, since));
}

Result<void> CheckOnce(Connection& c, const Order& order, const std::string& once) {
  if (once.empty()) return {};
  Query& q = c.Prepared("SELECT actor FROM event WHERE order_id = :o AND once = :u", "t");
  if (!q.First(order.id, once)) return {};
  return MakeError(ErrorKind::kConflict, fmt::format("工单 {} 的“{}”已做过 / {} was done to work order {} already",
                                                     order.number, once, once, order.number));
}

std::string CitizenOf(Connection& c, const std::string& request_id) {
  Query& q = c.Prepared("SELECT citizen_id FROM request WHERE id = :r", "t");
  return !request_id.empty() && q.First(request_id) ? q.Text(0) : std::string();
}

void KeepTexts(Connection& c, const Order& order, const Event& event, const std::vector<ActText>& texts,
               const std::string& citizen_id, Time now) {
  for (const auto& text : texts) {
    const std::string id = NewUlid(now);
    // A parent of an incident is nobody's: its words name no person and stay readable, like a stub.
    const bool sealed = !citizen_id.empty();
    c.Prepared(
         "INSERT INTO order_text (id, order_id, event_id, citizen_id, sealed, kind, text, actor, at) "
         "VALUES (:i, :o, :e, NULLIF(:z, ''), :s, :k, :t, :w, :a)")
        .Run(id, order.id, event.id, citizen_id, sealed ? kSealed : kErased, text.kind,
             sealed ? SealText(c, citizen_id, {"order_text", id, "text"}, text.text) : text.text, event.actor,
             ToMs(event.at));
  }
}

// The other end of a merge or its undoing: an event on the parent.
Result<void> TellParent(Connection& c, const Order& before, const Order& order, const Event& event, Time now) {
  if (event.act != Act::kMerge && event.act != Act::kUnmerge) return {};
  const bool merge = event.act == Act::kMerge;
  const auto number = merge ? order.parent : before.parent;
  auto parent = LockOrder(c, number);
  if (!parent) return Fail(parent.error());
  if (merge) {
    Query& children = c.Prepared("SELECT number FROM work_order WHERE parent = :p LIMIT 1", "t");
    const bool has_children = children.First(order.number);
    if (number == order.number || has_children || !parent->parent.empty()) {
      return MakeError(
          ErrorKind::kConflict,
          fmt::format("{} 不能并入 {}：主单不能是子单，子单不能有子单 / {} cannot be merged under {}: a parent has "
                      "no parent, a child no children",
                      order.number, number, order.number, number));
    }
  }
  Event told{"", merge ? Act::kAdopt : Act::kRelease, event.actor, event.reason, "", now};
  told.data = nlohmann::json{{"child", order.number}}.dump();
  return AppendEvent(c, &*parent, std::move(told), now);
}

}  // namespace

Result<Order> ActIn(Connection& c, const std::string& number, const ActPlan& plan, Time now) {
  auto order = LockOrder(c, number);
  if (!order) return order;
  if (auto ok = CheckVersion(c, *order, plan.expected); !ok) return Fail(ok.error());
  if (auto ok = CheckOnce(c, *order, plan.once); !ok) return Fail(ok.error());
  const auto citizen = CitizenOf(c, order->request_id);
  std::vector<Event> events{plan.event};
  events.insert(events.end(), plan.more.begin(), plan.more.end());
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto& event = events[i];
    if (event.id.empty()) event.id = NewUlid(now);
    if (event.at == Time{}) event.at = now;
    if (auto ok = orders::MayAdd(*order, event); !ok) return Fail(ok.error());
    const Order before = *order;
    if (auto ok = AppendEvent(c, &*order, event, now, i == 0 ? plan.once : ""); !ok) return Fail(ok.error());
    if (auto ok = TellParent(c, before, *order, event, now); !ok) return Fail(ok.error());
  }
  KeepTexts(c, *order, events.front(), plan.texts, citizen, now);
  if (!plan.phone_step.empty()) OpenPhoneTask(c, *order, plan.phone_step, now);
  order->events = ReadEvents(c, order->id);
  if (plan.outbox && !c.error()) AddOutbox(c, plan.outbox(*order), citizen, "", order->request_id, order->number, now);
  return order;
}

Result<Order> SqlStore::Act(const std::string& number, const ActPlan& plan) {
  const auto is_correction = [](const Event& e) { return e.act == Act::kCorrect; };
  if (is_correction(plan.event) || std::any_of(plan.more.begin(), plan.more.end(), is_correction)) {
    return MakeError(ErrorKind::kInvalid,
                     "更正须带新的事项 / a correction goes through Correct: it carries the new topic");
  }
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) { return ActIn(c, number, plan, now); });
}

Result<Order> SqlStore::OpenExtra(const ExtraOrder& extra) {
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<Order> {
    OrderPlan plan;
    plan.topic = extra.topic;
    plan.type = extra.type;
    plan.urgency = extra.urgency;
    plan.line = extra.line;
    plan.channel = extra.channel;
    plan.split_from = extra.split_from;
    plan.incident = extra.incident;
    plan.reason = extra.reason;
    std::optional<Order> from;
    if (!extra.split_from.empty()) {
      auto locked = LockOrder(c, extra.split_from);
      if (!locked) return locked;
      plan.request_id = locked->request_id;
      from = std::move(*locked);
    }
    if (!extra.incident.empty()) {
      Query& q = c.Prepared("SELECT number FROM work_order WHERE incident = :i AND state <> 'closed' LIMIT 1", "t");
      if (q.First(extra.incident)) {
        return MakeError(ErrorKind::kConflict,
                         fmt::format("该事件已有主单 {} / the incident has the work order {}", q.Text(0), q.Text(0)));
      }
    }
    const HandOver to{extra.lead_unit, extra.helper_units, extra.catalogue_entry, extra.timetable.get()};
    auto order = OpenOrder(c, plan, to, extra.by, now);
    if (!order) return order;
    if (from) {
      Event split{"", Act::kSplit, extra.by, extra.reason, nlohmann::json{{"order", order->number}}.dump(), now};
      if (auto ok = orders::MayAdd(*from, split); !ok) return Fail(ok.error());
      if (auto ok = AppendEvent(c, &*from, std::move(split), now); !ok) return Fail(ok.error());
    }
    order->events = ReadEvents(c, order->id);
    if (extra.outbox && !c.error())
      AddOutbox(c, extra.outbox(*order), CitizenOf(c, order->request_id), "", order->request_id, order->number, now);
    return order;
  });
}

Result<std::vector<OrderText>> SqlStore::OrderTexts(const std::string& number) {
  return database_->Read([&](Connection& c) -> Result<std::vector<OrderText>> {
    Query& q = c.Prepared(
        "SELECT t.id, t.event_id, t.kind, t.text, t.actor, t.at, COALESCE(t.citizen_id, ''), t.sealed FROM order_text "
        "t "
        "JOIN work_order w ON w.id = t.order_id WHERE w.number = :n ORDER BY t.id",
        "tttt"
        "titi");
    std::vector<OrderText> texts;
    for (bool row = q.First(number); row; row = q.Next()) {
      const auto text = OpenText(c, q.Text(6), {"order_text", q.Text(0), "text"}, q.Text(3), q.Int(7));
      texts.push_back({q.Text(0), q.Text(1), q.Text(2), text, q.Text(4), FromMs(q.Int(5))});
    }
    return texts;
  });
}

}  // namespace minsheng::store
