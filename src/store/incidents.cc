// SPDX-License-Identifier: Apache-2.0
// The order of commits, and how the grouping of requests moves along it.
#include "src/store/incidents.h"

#include "src/model/whole.h"
#include "src/store/sql_incidents.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kIncidentRow =
    "SELECT id, surge, state, merged_into, subject, topic, place, first_at, last_at, requests, callers, alarm, words "
    "FROM incident ";
constexpr std::string_view kIncidentColumns =
    "tittttti"
    "iiiit";

IncidentRow IncidentFrom(const Query& q) {
  IncidentRow row;
  row.id = q.Text(0);
  row.surge = q.Int(1) != 0;
  row.state = q.Text(2);
  row.merged_into = q.Text(3);
  row.subject = q.Text(4);
  row.topic = q.Text(5);
  row.place = q.Text(6);
  row.first_at = FromMs(q.Int(7));
  row.last_at = FromMs(q.Int(8));
  row.requests = q.Int(9);
  row.callers = q.Int(10);
  row.alarm = static_cast<int>(q.Int(11));
  row.words = FromJsonList(q.Text(12));
  return row;
}

std::vector<std::string> SplitBlanks(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

constexpr std::string_view kFeedRow =
    "SELECT f.seq, f.request_id, f.at, f.caller, f.places, f.matter, f.incident_id, r.verdict, r.topic";

FeedRow FeedFrom(const Query& q) {
  FeedRow row;
  row.seq = q.Int(0);
  row.request_id = q.Text(1);
  row.at = FromMs(q.Int(2));
  row.caller = q.Text(3);
  row.places = SplitBlanks(q.Text(4));
  row.matter = q.Int(5);
  row.incident_id = q.Text(6);
  row.topic = q.Text(8);
  if (const auto verdict = q.Text(7).empty() ? Result<Verdict>(Verdict{}) : DecodeVerdict(q.Text(7)); verdict) {
    row.tags = verdict->tags;
    if (row.places.empty() && verdict->place) row.places.push_back(verdict->place->id);
  }
  return row;
}

IncidentAlarm AlarmFrom(const Query& q) {
  return {q.Text(0),
          static_cast<int>(q.Int(1)),
          FromMs(q.Int(2)),
          static_cast<int>(q.Int(3)),
          static_cast<double>(q.Int(4)) / 1000,
          q.Int(5) != 0};
}
constexpr std::string_view kAlarmRow =
    "SELECT incident_id, level, at, callers, expected_milli, announced FROM incident_alarm ";

void WriteStep(Connection& c, const IncidentStep& step) {
  for (const auto& [from, to] : step.moved) {
    c.Prepared("UPDATE incident_request SET incident_id = :t WHERE incident_id = :f AND incident_id <> ''")
        .Run(to, from);
  }
  for (const auto& link : step.links) {
    c.Prepared("UPDATE incident_request SET matter = :m, incident_id = :i WHERE seq = :s")
        .Run(link.matter, link.incident_id, link.seq);
  }
  for (const auto& row : step.incidents) WriteIncident(c, row);
  for (const auto& rate : step.rates) {
    if (rate.callers == 0) {
      c.Prepared("DELETE FROM incident_rate WHERE subject = :s AND hour = :h").Run(rate.subject, rate.hour);
      continue;
    }
    c.Prepared(
         "INSERT INTO incident_rate (subject, hour, callers) VALUES (:s, :h, :c) "
         "ON CONFLICT (subject, hour) DO UPDATE SET callers = excluded.callers")
        .Run(rate.subject, rate.hour, rate.callers);
  }
  for (const auto& alarm : step.alarms) {
    c.Prepared(
         "INSERT INTO incident_alarm (incident_id, level, at, callers, expected_milli) VALUES (:i, :l, :a, :c, :e) "
         "ON CONFLICT DO NOTHING")
        .Run(alarm.incident_id, alarm.level, ToMs(alarm.at), alarm.callers,
             static_cast<std::int64_t>(alarm.expected * 1000));
  }
}

}  // namespace

void FeedRequest(Connection& c, const std::string& request_id, Time at, const std::string& caller,
                 const std::vector<std::string>& places) {
  std::string joined;
  for (const auto& place : places) joined += (joined.empty() ? "" : " ") + place;
  c.Prepared(
       "INSERT INTO incident_request (seq, request_id, at, caller, places) VALUES (:s, :r, :a, :c, :p) "
       "ON CONFLICT DO NOTHING")
      .Later(kFeedRank, c.NextSerial("incident_serial", "id", "1"), request_id, ToMs(at), caller, joined);
}

IncidentCursor CursorIn(Connection& c) {
  IncidentCursor out;
  Query& q = c.Prepared(
      "SELECT s.last, k.cursor, k.acts, k.holder, k.lease_until, "
      "COALESCE((SELECT a.after_seq FROM incident_act a WHERE a.done = 0 ORDER BY a.number LIMIT 1), -1) "
      "FROM incident_cursor k JOIN incident_serial s ON s.id = 1 WHERE k.id = 1",
      "iiitii");
  if (!q.First()) return out;
  out.last = q.Int(0);
  out.cursor = q.Int(1);
  out.acts = q.Int(2);
  out.holder = q.Text(3);
  out.lease_until = FromMs(q.Int(4));
  if (q.Int(5) >= 0) out.stop_at = q.Int(5);
  return out;
}

Result<IncidentRow> IncidentIn(Connection& c, const std::string& id) {
  Query& q = c.Prepared(std::string(kIncidentRow) + "WHERE id = :i", kIncidentColumns);
  if (!q.First(id)) return MakeError(ErrorKind::kNotFound, "没有群体事件 " + id + " / there is no incident " + id);
  return IncidentFrom(q);
}

void WriteIncident(Connection& c, const IncidentRow& r) {
  c.Prepared(
       "INSERT INTO incident (id, surge, state, merged_into, subject, topic, place, first_at, last_at, requests, "
       "callers, alarm, words) VALUES (:i, :u, :s, :m, :j, :t, :p, :f, :l, :r, :c, :a, :w) "
       "ON CONFLICT (id) DO UPDATE SET surge = excluded.surge, state = excluded.state, "
       "merged_into = excluded.merged_into, subject = excluded.subject, topic = excluded.topic, "
       "place = excluded.place, first_at = excluded.first_at, last_at = excluded.last_at, "
       "requests = excluded.requests, callers = excluded.callers, alarm = excluded.alarm, words = excluded.words")
      .Run(r.id, r.surge ? 1 : 0, r.state, r.merged_into, r.subject, r.topic, r.place, ToMs(r.first_at),
           ToMs(r.last_at), r.requests, r.callers, r.alarm, JsonList(r.words));
}

Result<IncidentCursor> SqlIncidents::ReadCursor() {
  return database_.Read([](Connection& c) -> Result<IncidentCursor> { return CursorIn(c); });
}

Result<std::vector<FeedRow>> SqlIncidents::Feed(std::int64_t after, std::int64_t upto, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<FeedRow>> {
    Query& q = c.Prepared(std::string(kFeedRow) +
                              ", COALESCE(m.message, ''), COALESCE(m.id, ''), COALESCE(m.sealed, 0), r.citizen_id, "
                              "(SELECT COUNT(*) FROM message p WHERE p.request_id = f.request_id AND p.judged = 1) "
                              "FROM incident_request f JOIN request r ON r.id = f.request_id LEFT JOIN message m "
                              "ON m.id = (SELECT MIN(o.id) FROM message o WHERE o.request_id = f.request_id) "
                              "WHERE f.seq > :a AND f.seq <= :u ORDER BY f.seq LIMIT :l",
                          "ititt"
                          "itttt"
                          "titi");
    std::vector<FeedRow> rows;
    std::vector<std::size_t> in_pieces;
    for (bool row = q.First(after, upto, limit); row; row = q.Next()) {
      rows.push_back(FeedFrom(q));
      if (q.Int(13) > 1) in_pieces.push_back(rows.size() - 1);
      const auto text = OpenText(c, q.Text(12), {"message", q.Text(10), "message"}, q.Text(9), q.Int(11));
      if (auto message = DecodeMessage(text)) rows.back().message = std::move(*message);
    }
    for (const auto i : in_pieces) rows[i].message = WholeOf(ReadMessages(c, rows[i].request_id, /*judged=*/true));
    return rows;
  });
}

Result<std::vector<IncidentRow>> SqlIncidents::IncidentsOf(std::int64_t after, std::int64_t upto) {
  return database_.Read([&](Connection& c) -> Result<std::vector<IncidentRow>> {
    Query& q = c.Prepared(std::string(kIncidentRow) +
                              "WHERE id IN (SELECT f.incident_id FROM incident_request f WHERE f.seq > :a AND "
                              "f.seq <= :u AND f.incident_id <> '') ORDER BY id",
                          kIncidentColumns);
    std::vector<IncidentRow> rows;
    for (bool row = q.First(after, upto); row; row = q.Next()) rows.push_back(IncidentFrom(q));
    return rows;
  });
}

Result<std::vector<IncidentRate>> SqlIncidents::Rates() {
  return database_.Read([](Connection& c) -> Result<std::vector<IncidentRate>> {
    Query& q = c.Prepared("SELECT subject, hour, callers FROM incident_rate ORDER BY subject, hour", "tii");
    std::vector<IncidentRate> rows;
    for (bool row = q.First(); row; row = q.Next()) {
      rows.push_back({q.Text(0), q.Int(1), static_cast<int>(q.Int(2))});
    }
    return rows;
  });
}

Result<bool> SqlIncidents::Advance(const IncidentCursor& from, std::int64_t to, const IncidentStep& step,
                                   const std::string& holder, Time lease_until) {
  return database_.WriteBeside([&](Connection& c) -> Result<bool> {
    const auto moved = c.Prepared(
                            "UPDATE incident_cursor SET cursor = :t, holder = :h, lease_until = :u "
                            "WHERE id = 1 AND cursor = :c AND acts = :a")
                           .Run(to, holder, ToMs(lease_until), from.cursor, from.acts);
    if (moved == 0) return false;
    WriteStep(c, step);
    return true;
  });
}

Result<std::vector<IncidentAlarm>> SqlIncidents::Unannounced() {
  return database_.Read([](Connection& c) -> Result<std::vector<IncidentAlarm>> {
    Query& q = c.Prepared(std::string(kAlarmRow) + "WHERE announced = 0 ORDER BY at, incident_id, level", "tiiiii");
    std::vector<IncidentAlarm> rows;
    for (bool row = q.First(); row; row = q.Next()) rows.push_back(AlarmFrom(q));
    return rows;
  });
}

Result<void> SqlIncidents::Announced(const std::string& incident_id, int level) {
  return database_.Write([&](Connection& c) -> Result<void> {
    c.Prepared("UPDATE incident_alarm SET announced = 1 WHERE incident_id = :i AND level = :l").Run(incident_id, level);
    return {};
  });
}

Result<std::vector<IncidentRow>> SqlIncidents::List(Time since, int min_callers, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<IncidentRow>> {
    std::string sql(kIncidentRow);
    sql += since == Time{} ? "WHERE state <> 'merged' AND last_at >= :s " : "WHERE state = 'open' AND last_at >= :s ";
    sql += "AND callers >= :c ORDER BY last_at DESC, id DESC LIMIT :l";
    Query& q = c.Prepared(sql, kIncidentColumns);
    std::vector<IncidentRow> rows;
    for (bool row = q.First(ToMs(since), min_callers, ClampLimit(limit)); row; row = q.Next())
      rows.push_back(IncidentFrom(q));
    return rows;
  });
}

Result<std::int64_t> SqlIncidents::CountOpen(Time since, int min_callers) {
  return database_.Read([&](Connection& c) -> Result<std::int64_t> {
    Query& q =
        c.Prepared("SELECT COUNT(*) FROM incident WHERE state = 'open' AND last_at >= :s AND callers >= :c", "i");
    return q.First(ToMs(since), min_callers) ? q.Int(0) : 0;
  });
}

Result<IncidentRow> SqlIncidents::Get(const std::string& id) {
  return database_.Read([&](Connection& c) -> Result<IncidentRow> { return IncidentIn(c, id); });
}

Result<std::vector<FeedRow>> SqlIncidents::Members(const std::string& id, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<FeedRow>> {
    Query& q = c.Prepared(std::string(kFeedRow) +
                              " FROM incident_request f JOIN request r ON r.id = f.request_id "
                              "WHERE f.incident_id = :i AND f.incident_id <> '' ORDER BY f.seq DESC LIMIT :l",
                          "ititt"
                          "ittt");
    std::vector<FeedRow> rows;
    for (bool row = q.First(id, ClampLimit(limit)); row; row = q.Next()) rows.push_back(FeedFrom(q));
    return rows;
  });
}

Result<std::vector<IncidentHour>> SqlIncidents::Hours(const std::string& id) {
  return database_.Read([&](Connection& c) -> Result<std::vector<IncidentHour>> {
    Query& q = c.Prepared(
        "SELECT at / 3600000, COUNT(*), COUNT(DISTINCT caller) FROM incident_request WHERE incident_id = :i AND "
        "incident_id <> '' GROUP BY at / 3600000 ORDER BY 1",
        "iii");
    std::vector<IncidentHour> rows;
    for (bool row = q.First(id); row; row = q.Next()) {
      rows.push_back({FromMs(q.Int(0) * 3'600'000), q.Int(1), q.Int(2)});
    }
    return rows;
  });
}

Result<std::vector<std::pair<std::string, std::int64_t>>> SqlIncidents::Topics(const std::string& id) {
  return database_.Read([&](Connection& c) -> Result<std::vector<std::pair<std::string, std::int64_t>>> {
    Query& q = c.Prepared(
        "SELECT r.topic, COUNT(*) FROM incident_request f JOIN request r ON r.id = f.request_id "
        "WHERE f.incident_id = :i AND f.incident_id <> '' GROUP BY r.topic ORDER BY 2 DESC, 1",
        "ti");
    std::vector<std::pair<std::string, std::int64_t>> rows;
    for (bool row = q.First(id); row; row = q.Next()) rows.emplace_back(q.Text(0), q.Int(1));
    return rows;
  });
}

Result<std::vector<IncidentAlarm>> SqlIncidents::Alarms(const std::string& id) {
  return database_.Read([&](Connection& c) -> Result<std::vector<IncidentAlarm>> {
    Query& q = c.Prepared(std::string(kAlarmRow) + "WHERE incident_id = :i ORDER BY level", "tiiiii");
    std::vector<IncidentAlarm> rows;
    for (bool row = q.First(id); row; row = q.Next()) rows.push_back(AlarmFrom(q));
    return rows;
  });
}

Result<std::optional<IncidentRow>> SqlIncidents::IncidentOf(const std::string& request_id) {
  return database_.Read([&](Connection& c) -> Result<std::optional<IncidentRow>> {
    Query& q = c.Prepared(
        std::string(kIncidentRow) + "WHERE id = (SELECT f.incident_id FROM incident_request f WHERE f.request_id = :r)",
        kIncidentColumns);
    if (!q.First(request_id)) return std::optional<IncidentRow>();
    return std::optional<IncidentRow>(IncidentFrom(q));
  });
}

}  // namespace minsheng::store
