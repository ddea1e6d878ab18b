// SPDX-License-Identifier: Apache-2.0
// Work orders inside a transaction: numbers, events, and the cached state.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/ulid.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

// The next number of the day in Asia/Shanghai.
std::string NextNumber(Connection& c, Time now) {
  const std::string day = ShanghaiDate(now);
  return fmt::format("{}-{:05}", day, c.NextSerial("day_serial", "day", day));
}

std::string DispatchFacts(const std::string& lead, const std::vector<std::string>& helpers, const std::string& entry) {
  const nlohmann::json facts{{"unit", lead}, {"helpers", helpers}, {"entry", entry}};
  return facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void InsertEvent(Connection& c, const orders::Order& order, const orders::Event& event) {
  Query& seq = c.Prepared("SELECT events FROM work_order WHERE id = :i", "i");
  const std::int64_t next = seq.First(order.id) ? seq.Int(0) : 0;
  c.Prepared(
       "INSERT INTO event (id, order_id, seq, act, actor, reason, data, at) "
       "VALUES (:i, :o, :s, :a, :w, :r, :d, :t)")
      .Run(event.id, order.id, next, ToWord(event.act), event.actor, event.reason, event.data, ToMs(event.at));
  c.Prepared("UPDATE work_order SET state = :s, events = :n WHERE id = :i")
      .Run(ToWord(order.state), next + 1, order.id);
}

}  // namespace

Result<orders::Order> OpenOrder(Connection& c, const OrderPlan& plan, const std::string& actor, Time now) {
  orders::Order order;
  order.id = NewUlid(now);
  order.number = NextNumber(c, now);
  order.request_id = plan.request_id;
  order.topic = plan.topic;
  order.urgency = plan.urgency;
  order.catalogue_entry = plan.catalogue_entry;
  order.channel = plan.channel;
  order.opened_at = now;
  order.state = orders::Next(std::nullopt, orders::Act::kOpen).value();
  c.Prepared(
       "INSERT INTO work_order (id, number, request_id, topic, urgency, state, lead_unit, helper_units, "
       "catalogue_entry, channel, events, opened_at) VALUES (:i, :n, :r, :t, :u, :s, '', '[]', :e, :c, 0, :o)")
      .Run(order.id, order.number, order.request_id, order.topic, ToWord(order.urgency), ToWord(order.state),
           order.catalogue_entry, order.channel, ToMs(now));
  InsertEvent(c, order, {NewUlid(now), orders::Act::kOpen, actor, "", "", now});
  return order;
}

Result<void> AppendEvent(Connection& c, orders::Order* order, orders::Event event, Time now) {
  const auto next = orders::Next(order->state, event.act);
  if (!next) return Fail(next.error());
  if (event.id.empty()) event.id = NewUlid(now);
  if (event.at == Time{}) event.at = now;
  order->state = *next;
  InsertEvent(c, *order, event);
  if (event.act == orders::Act::kClose) {
    c.Prepared("UPDATE request SET state = 'closed' WHERE id = :r").Run(order->request_id);
  }
  return {};
}

Result<void> DispatchOrder(Connection& c, orders::Order* order, const std::string& lead,
                           const std::vector<std::string>& helpers, const std::string& entry, const std::string& actor,
                           Time now) {
  const orders::Event event{"", orders::Act::kDispatch, actor, "", DispatchFacts(lead, helpers, entry), now};
  if (auto added = AppendEvent(c, order, event, now); !added) return Fail(added.error());
  order->lead_unit = lead;
  order->helper_units = helpers;
  order->catalogue_entry = entry;
  c.Prepared("UPDATE work_order SET lead_unit = :l, helper_units = :h, catalogue_entry = :e WHERE id = :i")
      .Run(lead, JsonList(helpers), entry, order->id);
  return {};
}

}  // namespace minsheng::store
