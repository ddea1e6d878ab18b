// SPDX-License-Identifier: Apache-2.0
// Services that were asked for and rendered: no personal data, so that they can be counted for ever.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/store/sql_forms.h"
#include "src/store/sql_store.h"

namespace minsheng::store {

Result<ServiceRow> SqlForms::Service(const std::string& order_number) {
  return database_.Read([&](Connection& c) -> Result<ServiceRow> {
    Query& q = c.Prepared(
        "SELECT order_number, request_id, topic, service, provider, state, created_at, appointed_at, completed_at, "
        "confirmed_at, completed_by, confirmed_by, subsidy_fen, self_fen, signed_for FROM service WHERE order_number = "
        ":o",
        "tttttt"
        "iiii"
        "tt"
        "iii");
    if (!q.First(order_number)) {
      return MakeError(
          ErrorKind::kNotFound,
          fmt::format("工单 {} 不是按服务登记的 / order {} is not one about a service", order_number, order_number));
    }
    ServiceRow row;
    row.order_number = q.Text(0);
    row.request_id = q.Text(1);
    row.topic = q.Text(2);
    row.service = q.Text(3);
    row.provider = q.Text(4);
    row.state = q.Text(5);
    row.created_at = FromMs(q.Int(6));
    row.appointed_at = FromMs(q.Int(7));
    row.completed_at = FromMs(q.Int(8));
    row.confirmed_at = FromMs(q.Int(9));
    row.completed_by = q.Text(10);
    row.confirmed_by = q.Text(11);
    row.subsidy_fen = q.Int(12);
    row.self_fen = q.Int(13);
    row.signed_for = q.Int(14) == 1;
    return row;
  });
}

Result<void> SqlForms::PutService(const ServiceRow& row, const std::string& expected, const std::string& by,
                                  const std::string& note) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto changed =
        c.Prepared(
             "UPDATE service SET service = :s, provider = :p, state = :t, appointed_at = :a, completed_at = :c, "
             "confirmed_at = :f, completed_by = :cb, confirmed_by = :fb, subsidy_fen = :sf, self_fen = :se, "
             "signed_for = :sg WHERE order_number = :o AND state = :e")
            .Run(row.service, row.provider, row.state, ToMs(row.appointed_at), ToMs(row.completed_at),
                 ToMs(row.confirmed_at), row.completed_by, row.confirmed_by, row.subsidy_fen, row.self_fen,
                 row.signed_for ? 1 : 0, row.order_number, expected);
    if (c.error()) return {};
    if (changed == 0) {
      return MakeError(
          ErrorKind::kConflict,
          fmt::format("工单 {} 的服务已有变化，请重新查看 / the service of order {} has changed: look again",
                      row.order_number, row.order_number));
    }
    auto order = ReadOrder(c, "number", row.order_number);
    if (!order) return Fail(order.error());
    orders::Event event{"", orders::Act::kNote, by, note, "", now};
    event.data = nlohmann::json{{"service", row.service}, {"state", row.state}, {"provider", row.provider}}.dump();
    return AppendEvent(c, &*order, event, now);
  });
}

Result<std::vector<ServiceCount>> SqlForms::CountServices(Time from, Time to) {
  return database_.Read([&](Connection& c) -> Result<std::vector<ServiceCount>> {
    std::vector<ServiceCount> counts;
    Query& q = c.Prepared(
        "SELECT topic, service, provider, COUNT(*), "
        "COUNT(CASE WHEN state IN ('completed', 'confirmed', 'disputed') THEN 1 END), "
        "COUNT(CASE WHEN state = 'confirmed' THEN 1 END), COUNT(CASE WHEN state = 'disputed' THEN 1 END), "
        "CAST(SUM(subsidy_fen) AS BIGINT), CAST(SUM(self_fen) AS BIGINT) FROM service "
        "WHERE created_at >= :f AND created_at < :t GROUP BY topic, service, provider ORDER BY topic, service, "
        "provider",
        "ttt"
        "iiiiii");
    for (bool row = q.First(ToMs(from), ToMs(to)); row; row = q.Next()) {
      counts.push_back({q.Text(0), q.Text(1), q.Text(2), q.Int(3), q.Int(4), q.Int(5), q.Int(6), q.Int(7), q.Int(8)});
    }
    return counts;
  });
}

}  // namespace minsheng::store
