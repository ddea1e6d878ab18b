// SPDX-License-Identifier: Apache-2.0
// The past, page by page, for replay and suggest. Reads only.
#include <algorithm>
#include <chrono>

#include "src/base/ulid.h"
#include "src/model/whole.h"
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
        "z.data_key, (SELECT COUNT(*) FROM message p WHERE p.request_id = r.id AND p.judged = 1) FROM request r JOIN "
        "message m ON m.id = (SELECT MIN(o.id) FROM message o "
        "WHERE o.request_id = r.id AND o.judged = 1) JOIN citizen z ON z.id = r.citizen_id "
        "WHERE r.state NOT IN ('settling', 'asked', 'noted') AND m.sealed < 2 AND r.id >= :l AND r.created_at >= :f "
        "AND r.created_at < :t ";
    sql += range.before.empty() ? "AND :b = '' " : "AND r.id < :b ";
    sql += "ORDER BY r.id DESC LIMIT :n";
    std::vector<HistoryRow> rows;
    std::vector<std::size_t> in_pieces;
    Query& q = c.Prepared(sql, "tttttttitti");
    const int limit = std::clamp(range.limit, 1, kMaxHistoryPage);
    for (bool row = q.First(UlidFloor(low), ToMs(range.from), ToMs(range.to), range.before, limit); row;
         row = q.Next()) {
      if (q.Int(10) > 1) in_pieces.push_back(rows.size());
      KnowKey(c, q.Text(8), q.Text(9));
      rows.push_back({q.Text(0), q.Text(1), q.Text(2), q.Text(3), q.Text(4),
                      OpenText(c, q.Text(8), {"message", q.Text(6), "message"}, q.Text(5), q.Int(7))});
    }
    for (const auto i : in_pieces) rows[i].message = Encode(WholeOf(ReadMessages(c, rows[i].id, /*judged=*/true)));
    return rows;
  });
}

}  // namespace minsheng::store
