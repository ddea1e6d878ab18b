// SPDX-License-Identifier: Apache-2.0
// Work orders inside a transaction: numbers, timelines, and the cached fold.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/ulid.h"
#include "src/orders/fold.h"
#include "src/store/order_row.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

// The next number of the day in Asia/Shanghai.
std::string NextNumber(Connection& c, Time now) {
  const std::string day = ShanghaiDate(now);
  return fmt::format("{}-{:05}", day, c.NextSerial("day_serial", "day", day));
}

std::string OpenFacts(const OrderPlan& plan) {
  nlohmann::ordered_json facts{{"topic", plan.topic}, {"urgency", ToWord(plan.urgency)}, {"channel", plan.channel}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) facts[key] = value;
  };
  add("type", plan.type);
  add("line", plan.line);
  add("split_from", plan.split_from);
  add("incident", plan.incident);
  return facts.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// Takes the event into the fold.
Result<void> Take(orders::Order* order, orders::Event* event, Time now) {
  if (event->id.empty()) event->id = NewUlid(now);
  if (event->at == Time{}) event->at = now;
  // A clock that jumped back does not put an event before the order's beginning.
  if (order->version > 0) event->at = std::max(event->at, order->opened_at);
  if (auto done = orders::Apply(order, *event, order->version == 0); !done) return done;
  ++order->version;
  return {};
}

constexpr std::string_view kInsertEvent =
    "INSERT INTO event (id, order_id, seq, act, actor, reason, data, at, once) "
    "VALUES (:i, :o, :s, :a, :w, :r, :d, :t, :u)";

// Of an order that is opened just now: nobody else knows it yet.
void InsertFirstEvent(Connection& c, const orders::Order& order, std::int64_t seq, const orders::Event& event) {
  static const std::string sql = std::string(kInsertEvent) + " ON CONFLICT DO NOTHING";
  c.Prepared(sql).Later(kEventRank, event.id, order.id, seq, ToWord(event.act), event.actor, event.reason, event.data,
                        ToMs(event.at), "");
}

void InsertEvent(Connection& c, const orders::Order& order, std::int64_t seq, const orders::Event& event,
                 const std::string& once) {
  c.Prepared(kInsertEvent)
      .Run(event.id, order.id, seq, ToWord(event.act), event.actor, event.reason, event.data, ToMs(event.at), once);
}

// A request is closed when all its orders are. A service that was rendered is confirmed, or disputed, by what the
// citizen says of its order, whoever heard it.
void FollowOrder(Connection& c, const orders::Order& order, const orders::Event& event) {
  if (order.request_id.empty()) return;
  const auto act = event.act;
  if (act == orders::Act::kClose) {
    c.Prepared(
         "UPDATE request SET state = 'closed' WHERE id = :r AND NOT EXISTS "
         "(SELECT 1 FROM work_order o WHERE o.request_id = request.id AND o.state <> 'closed')")
        .Run(order.request_id);
  } else if (act == orders::Act::kReopen) {
    c.Prepared("UPDATE request SET state = 'order' WHERE id = :r").Run(order.request_id);
  } else if (act == orders::Act::kCallBack && (order.solved >= 0 || order.satisfied >= 0)) {
    const bool good = order.solved != 0 && order.satisfied != 0;
    c.Prepared(
         "UPDATE service SET state = :s, confirmed_at = :t, confirmed_by = :b WHERE order_number = :o "
         "AND state = 'completed'")
        .Run(good ? "confirmed" : "disputed", ToMs(event.at), event.actor, order.number);
  }
}

orders::Matter MatterOf(const orders::Order& order) {
  return {RequestTypeFromWord(order.type), order.topic, order.urgency, orders::Profile::kNormal};
}

orders::Event Dispatch(const orders::Order& order, const HandOver& to, const std::string& actor, Time now) {
  return {"",
          orders::Act::kDispatch,
          actor,
          "",
          orders::HandOverFacts(to.lead, to.helpers, to.entry, to.timetable, MatterOf(order), now),
          now};
}

}  // namespace

Result<orders::Order> OpenOrder(Connection& c, const OrderPlan& plan, const HandOver& to, const std::string& actor,
                                Time now) {
  orders::Order order;
  order.id = NewUlid(now);
  order.number = NextNumber(c, now);
  order.request_id = plan.request_id;
  std::vector<orders::Event> events{{"", orders::Act::kOpen, actor, plan.reason, OpenFacts(plan), now}};
  if (auto taken = Take(&order, &events[0], now); !taken) return Fail(taken.error());
  if (!to.lead.empty()) {
    events.push_back(Dispatch(order, to, actor, now));
    if (auto taken = Take(&order, &events[1], now); !taken) return Fail(taken.error());
  }
  // The row first, whole: the events point to it.
  InsertOrderRow(c, order);
  for (std::size_t i = 0; i < events.size(); ++i) InsertFirstEvent(c, order, static_cast<std::int64_t>(i), events[i]);
  return order;
}

Result<std::string> OpenPlanned(Connection& c, const Decision& d, const std::string& request_id, Time now) {
  OrderPlan plan;
  plan.request_id = request_id;
  plan.line = d.message.line;
  plan.channel = d.message.channel;
  if (d.verdict) {
    plan.topic = d.verdict->topic;
    plan.urgency = d.verdict->urgency;
    if (d.verdict->type) plan.type = ToWord(*d.verdict->type);
  }
  const HandOver to{d.lead_unit, d.helper_units, d.catalogue_entry, d.timetable.get()};
  auto order = OpenOrder(c, plan, to, "system", now);
  if (!order) return Fail(order.error());
  return order->number;
}

Result<void> AppendEvent(Connection& c, orders::Order* order, orders::Event event, Time now, const std::string& once) {
  if (auto taken = Take(order, &event, now); !taken) return taken;
  InsertEvent(c, *order, order->version - 1, event, once);
  UpdateOrderRow(c, *order);
  FollowOrder(c, *order, event);
  return {};
}

Result<void> DispatchOrder(Connection& c, orders::Order* order, const HandOver& to, const std::string& actor,
                           Time now) {
  return AppendEvent(c, order, Dispatch(*order, to, actor, now), now);
}

Result<orders::Order> ReadOrder(Connection& c, std::string_view key, const std::string& value) {
  Query& q = c.Prepared(SelectOrder() + "WHERE " + std::string(key) + " = :v ORDER BY id LIMIT 1", kOrderColumns);
  if (!q.First(value))
    return MakeError(ErrorKind::kNotFound, "没有工单 " + value + " / there is no work order " + value);
  return OrderOf(q);
}

std::vector<orders::Event> ReadEvents(Connection& c, const std::string& order_id) {
  std::vector<orders::Event> events;
  Query& q =
      c.Prepared("SELECT id, act, actor, reason, data, at FROM event WHERE order_id = :o ORDER BY seq", "ttttti");
  for (bool row = q.First(order_id); row; row = q.Next()) {
    const orders::Act act = orders::ActFromWord(q.Text(1)).value_or(orders::Act::kNote);
    events.push_back({q.Text(0), act, q.Text(2), q.Text(3), q.Text(4), FromMs(q.Int(5))});
  }
  return events;
}

}  // namespace minsheng::store
