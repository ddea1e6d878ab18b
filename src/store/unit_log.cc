// SPDX-License-Identifier: Apache-2.0
#include "src/store/unit_log.h"

#include "src/store/sql_store.h"
#include "src/store/sql_unit_log.h"

namespace minsheng::store {

Result<std::optional<orders::Event>> SqlUnitLog::EventOnce(const std::string& order_number, const std::string& once) {
  return database_.Read([&](Connection& c) -> Result<std::optional<orders::Event>> {
    Query& q = c.Prepared(
        "SELECT e.id, e.act, e.actor, e.reason, e.data, e.at FROM event e JOIN work_order w ON w.id = e.order_id "
        "WHERE w.number = :n AND e.once = :o AND e.once <> ''",
        "ttttti");
    if (!q.First(order_number, once)) return std::optional<orders::Event>();
    orders::Event event;
    event.id = q.Text(0);
    event.act = orders::ActFromWord(q.Text(1)).value_or(orders::Act::kNote);
    event.actor = q.Text(2);
    event.reason = q.Text(3);
    event.data = q.Text(4);
    event.at = FromMs(q.Int(5));
    return std::optional(event);
  });
}

Result<std::vector<OrderWay>> SqlUnitLog::Ways(Time from, Time to, const std::string& cursor, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<OrderWay>> {
    Query& q = c.Prepared(
        "SELECT id, number, COALESCE(request_id, ''), topic FROM work_order WHERE opened_at >= :f AND opened_at < :t "
        "AND "
        "number > :n AND hops > 0 ORDER BY number LIMIT :m",
        "tttt");
    std::vector<OrderWay> ways;
    std::vector<std::string> ids;
    for (bool row = q.First(ToMs(from), ToMs(to), cursor, ClampLimit(limit)); row; row = q.Next()) {
      ids.push_back(q.Text(0));
      OrderWay way;
      way.number = q.Text(1);
      way.request_id = q.Text(2);
      way.topic = q.Text(3);
      ways.push_back(std::move(way));
    }
    for (std::size_t i = 0; i < ways.size(); ++i) {
      auto& way = ways[i];
      for (auto& event : ReadEvents(c, ids[i])) {
        using orders::Act;
        for (const auto act : {Act::kOpen, Act::kDispatch, Act::kReturn, Act::kRefuse, Act::kObject, Act::kRule,
                               Act::kRedo, Act::kCorrect}) {
          if (event.act != act) continue;
          way.events.push_back(std::move(event));
          break;
        }
      }
      if (way.request_id.empty()) continue;
      auto request = ReadRequest(c, way.request_id);
      if (!request) continue;
      way.verdict = std::move(request->verdict);
      way.corrected_topic = request->corrected_topic;
    }
    return ways;
  });
}

}  // namespace minsheng::store
