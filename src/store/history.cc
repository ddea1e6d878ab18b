// SPDX-License-Identifier: Apache-2.0
// The past, page by page, for replay and suggest. Reads only.
#include <algorithm>
#include <chrono>

#include "src/base/ulid.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr int kMaxHistoryPage = 10'000;
// An id is made when the Request is committed, never before the message arrived but for clocks of
// several hosts that differ.
constexpr Millis kClocksDiffer = std::chrono::hours(24);

}  // namespace

Result<std::vector<HistoryRow>> SqlStore::ReadHistory(const HistoryRange& range) {
  const Time low = range.from - std::min<Millis>(kClocksDiffer, range.from.time_since_epoch());
  return database_->Read([&](Connection& c) -> Result<std::vector<HistoryRow>> {
    std::string sql =
        "SELECT r.id, r.conversation_id, r.state, r.verdict, r.corrected_topic, m.message, m.id, m.sealed, z.id, "
        "z.data_key FROM request r JOIN message m ON m.id = (SELECT MIN(o.id) FROM message o "
        "WHERE o.request_id = r.id AND o.bucket <> 'attached') JOIN citizen z ON z.id = r.citizen_id "
        "WHERE m.sealed < 2 AND r.id >= :l AND r.created_at >= :f AND r.created_at < :t ";
    sql += range.before.empty() ? "AND :b = '' " : "AND r.id < :b ";
    sql += "ORDER BY r.id DESC LIMIT :n";
    std::vector<HistoryRow> rows;
    Query& q = c.Prepared(sql, "tttttttitt");
    const int limit = std::clamp(range.limit, 1, kMaxHistoryPage);
    for (bool row = q.First(UlidFloor(low), ToMs(range.from), ToMs(range.to), range.before, limit); row;
         row = q.Next()) {
      KnowKey(c, q.Text(8), q.Text(9));
      rows.push_back({q.Text(0), q.Text(1), q.Text(2), q.Text(3), q.Text(4),
                      OpenText(c, q.Text(8), {"message", q.Text(6), "message"}, q.Text(5), q.Int(7))});
    }
    return rows;
  });
}

}  // namespace minsheng::store
