// SPDX-License-Identifier: Apache-2.0
// Letters to the head of the district: reading, and the row that comes with a request.
#include "src/store/letters.h"

#include <fmt/format.h>

#include "src/base/ulid.h"
#include "src/store/sql_letters.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kLetterRow =
    "SELECT l.number, l.request_id, COALESCE(o.number, ''), r.topic, l.state, l.consent, l.reply_number, l.drafted_by, "
    "l.approved_by, l.received_at, l.read_at, l.approved_at, l.published_at, l.withdrawn_at FROM letter l "
    "JOIN request r ON r.id = l.request_id LEFT JOIN work_order o ON o.request_id = l.request_id ";
constexpr std::string_view kLetterColumns =
    "ttttttt"
    "tt"
    "iiiii";

LetterRow LetterOf(const Query& q) {
  LetterRow row;
  row.number = q.Text(0);
  row.request_id = q.Text(1);
  row.order_number = q.Text(2);
  row.topic = q.Text(3);
  row.state = q.Text(4);
  row.consent = q.Text(5);
  row.reply_number = q.Text(6);
  row.drafted_by = q.Text(7);
  row.approved_by = q.Text(8);
  row.received_at = FromMs(q.Int(9));
  row.read_at = FromMs(q.Int(10));
  row.answered_at = FromMs(q.Int(11));
  row.published_at = FromMs(q.Int(12));
  row.withdrawn_at = FromMs(q.Int(13));
  row.published = row.published_at != Time{} && row.withdrawn_at == Time{};
  return row;
}

std::vector<LetterEvent> LetterEvents(Connection& c, const std::string& number) {
  std::vector<LetterEvent> events;
  Query& q = c.Prepared("SELECT act, actor, note, at FROM letter_event WHERE letter = :l ORDER BY at, id", "ttti");
  for (bool row = q.First(number); row; row = q.Next()) {
    events.push_back({q.Text(0), q.Text(1), q.Text(2), FromMs(q.Int(3))});
  }
  return events;
}

}  // namespace

void OpenLetter(Connection& c, const std::string& request_id, const std::string& citizen_id, Time received, Time now) {
  const std::string year = ShanghaiDate(received).substr(0, 4);
  const std::string serial = "letter:" + year;
  c.Prepared(
       "INSERT INTO day_serial (day, last) VALUES (:d, 1) ON CONFLICT (day) DO UPDATE SET last = day_serial.last + 1")
      .Run(serial);
  Query& q = c.Prepared("SELECT last FROM day_serial WHERE day = :d", "i");
  if (!q.First(serial)) return;
  const std::string number = fmt::format("XZ-{}-{:05}", year, q.Int(0));
  c.Prepared(
       "INSERT INTO letter (number, request_id, citizen_id, state, consent, received_at) "
       "VALUES (:n, :r, :z, 'received', 'asked', :t)")
      .Run(number, request_id, citizen_id, ToMs(received));
  c.Prepared(
       "INSERT INTO letter_event (id, letter, act, actor, note, at) VALUES (:i, :l, 'received', 'system', '', :t)")
      .Run(NewUlid(now), number, ToMs(now));
}

Result<LetterRow> LetterWhere(Connection& c, std::string_view where, const std::string& value) {
  // Of several orders of its request (a matter that was split) the first.
  Query& q =
      c.Prepared(std::string(kLetterRow) + std::string(where) + " ORDER BY l.number, o.number LIMIT 1", kLetterColumns);
  if (!q.First(value)) {
    return MakeError(ErrorKind::kNotFound, fmt::format("没有来信 {} / there is no letter {}", value, value));
  }
  return LetterOf(q);
}

std::vector<LetterText> LetterTexts(Connection& c, const std::string& number, bool all) {
  std::vector<LetterText> texts;
  Query& q = c.Prepared(std::string("SELECT kind, text, actor, at, current, id, citizen_id, sealed FROM letter_text "
                                    "WHERE letter = :l ") +
                            (all ? "" : "AND current = 1 ") + "ORDER BY at, id",
                        "tttiitti");
  for (bool row = q.First(number); row; row = q.Next()) {
    const auto text = OpenText(c, q.Text(6), {"letter_text", q.Text(5), "text"}, q.Text(1), q.Int(7));
    texts.push_back({q.Text(0), text, q.Text(2), FromMs(q.Int(3)), q.Int(4) == 1});
  }
  return texts;
}

Result<std::vector<LetterRow>> SqlLetters::List(const LetterFilter& filter) {
  return database_.Read([&](Connection& c) -> Result<std::vector<LetterRow>> {
    std::string sql(kLetterRow);
    sql += filter.state.empty() ? "WHERE :s = '' " : "WHERE l.state = :s ";
    if (filter.published) sql += "AND l.published_at > 0 AND l.withdrawn_at = 0 ";
    sql += "AND NOT EXISTS (SELECT 1 FROM work_order e WHERE e.request_id = l.request_id AND e.number < o.number) ";
    sql += "ORDER BY l.number DESC LIMIT :l";
    std::vector<LetterRow> rows;
    Query& q = c.Prepared(sql, kLetterColumns);
    for (bool row = q.First(filter.state, ClampLimit(filter.limit)); row; row = q.Next()) rows.push_back(LetterOf(q));
    if (!filter.published) return rows;
    for (auto& row : rows) {
      for (auto& text : LetterTexts(c, row.number, false)) {
        if (text.kind.starts_with("published-")) row.texts.push_back(std::move(text));
      }
    }
    return rows;
  });
}

Result<LetterRow> SqlLetters::Get(const std::string& key) {
  return database_.Read([&](Connection& c) -> Result<LetterRow> {
    auto row = LetterWhere(c, "WHERE l.number = :n", key);
    if (!row) row = LetterWhere(c, "WHERE l.request_id = :n", key);
    if (!row) row = LetterWhere(c, "WHERE o.number = :n", key);
    if (!row) return row;
    row->texts = LetterTexts(c, row->number, false);
    row->events = LetterEvents(c, row->number);
    return row;
  });
}

Result<std::vector<LetterText>> SqlLetters::History(const std::string& number) {
  return database_.Read([&](Connection& c) -> Result<std::vector<LetterText>> { return LetterTexts(c, number, true); });
}

}  // namespace minsheng::store
