// SPDX-License-Identifier: Apache-2.0
// What persons change about incidents, and the rebuild that repeats it.
#include <algorithm>

#include "src/base/ulid.h"
#include "src/store/sql_incidents.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

Result<IncidentRow> OpenIncident(Connection& c, const std::string& id) {
  auto row = IncidentIn(c, id);
  if (!row || row->state == "open") return row;
  if (row->state == "merged") {
    return MakeError(ErrorKind::kConflict, "事件 " + id + " 已并入 " + row->merged_into + " / incident " + id +
                                               " was merged into " + row->merged_into);
  }
  return MakeError(ErrorKind::kConflict, "事件 " + id + " 已关闭 / incident " + id + " is closed");
}

// Requests, callers and times as its requests now say.
void Recount(Connection& c, IncidentRow row) {
  Query& q = c.Prepared(
      "SELECT COUNT(*), COUNT(DISTINCT caller), COALESCE(MIN(at), 0), COALESCE(MAX(at), 0) FROM incident_request "
      "WHERE incident_id = :i AND incident_id <> ''",
      "iiii");
  if (!q.First(row.id)) return;
  row.requests = q.Int(0);
  row.callers = q.Int(1);
  if (row.requests > 0) {
    row.first_at = FromMs(q.Int(2));
    row.last_at = FromMs(q.Int(3));
  }
  WriteIncident(c, row);
}

Result<void> Merge(Connection& c, const IncidentAct& act) {
  auto from = OpenIncident(c, act.incident_id);
  if (!from) return Fail(from.error());
  auto into = OpenIncident(c, act.target);
  if (!into) return Fail(into.error());
  if (from->id == into->id) {
    return MakeError(ErrorKind::kInvalid, "不能并入自身 / an incident cannot be merged into itself");
  }
  c.Prepared("UPDATE incident_request SET incident_id = :t WHERE incident_id = :f AND incident_id <> ''")
      .Run(into->id, from->id);
  from->state = "merged";
  from->merged_into = into->id;
  into->surge = into->surge || from->surge;
  into->alarm = std::max(into->alarm, from->alarm);
  WriteIncident(c, *from);
  Recount(c, *into);
  return {};
}

Result<void> Split(Connection& c, const IncidentAct& act) {
  auto from = OpenIncident(c, act.incident_id);
  if (!from) return Fail(from.error());
  for (const auto& request : act.requests) {
    // They are a matter of their own from now on, under a number that no request has.
    const auto changed =
        c.Prepared(
             "UPDATE incident_request SET matter = :m, incident_id = :n WHERE request_id = :r AND incident_id = :i")
            .Run(-act.number, act.target, request, act.incident_id);
    if (changed == 0 && !c.error()) {
      return MakeError(ErrorKind::kInvalid,
                       "诉求 " + request + " 不在这个事件里 / request " + request + " is not in this incident");
    }
  }
  IncidentRow made = *from;
  made.id = act.target;
  made.surge = false;
  made.alarm = 0;
  made.words.clear();
  Query& topic = c.Prepared("SELECT r.topic FROM request r WHERE r.id = :r", "t");
  if (topic.First(act.requests.front())) made.topic = topic.Text(0);
  made.subject = made.topic;
  Recount(c, made);
  Recount(c, *from);
  Query& left = c.Prepared("SELECT COUNT(*) FROM incident_request WHERE incident_id = :i AND incident_id <> ''", "i");
  if (left.First(from->id) && left.Int(0) == 0) {
    return MakeError(ErrorKind::kInvalid,
                     "至少要留下一件诉求；要全部移走请用 merge / at least one request must stay; to move all, merge");
  }
  return {};
}

void BumpActs(Connection& c) { c.Prepared("UPDATE incident_cursor SET acts = acts + 1 WHERE id = 1").Run(); }

IncidentAct ActFrom(const Query& q) {
  return {q.Int(0), q.Text(1), q.Text(2), q.Text(3), FromJsonList(q.Text(4)), q.Text(5), q.Text(6), FromMs(q.Int(7))};
}
constexpr std::string_view kActRow =
    "SELECT number, act, incident_id, target, requests, actor, reason, at FROM incident_act ";
constexpr std::string_view kActColumns =
    "ittttt"
    "ti";

}  // namespace

Result<void> DoAct(Connection& c, const IncidentAct& act) {
  if (act.act == "merge") return Merge(c, act);
  if (act.act == "split") return Split(c, act);
  auto row = OpenIncident(c, act.incident_id);
  if (!row) return Fail(row.error());
  row->state = "closed";
  WriteIncident(c, *row);
  return {};
}

Result<IncidentAct> SqlIncidents::Act(IncidentAct act) {
  if (act.act != "close" && act.act != "merge" && act.act != "split") {
    return MakeError(ErrorKind::kInvalid, "no such act: " + act.act);
  }
  if (act.act == "split" && act.requests.empty()) {
    return MakeError(ErrorKind::kInvalid, "没有指明诉求 / no requests are named");
  }
  if (act.act == "split") act.target = NewUlid(act.at);
  return database_.Write([&](Connection& c) -> Result<IncidentAct> {
    Query& next = c.Prepared("SELECT COALESCE(MAX(number), 0) + 1 FROM incident_act", "i");
    act.number = next.First() ? next.Int(0) : 1;
    const auto at = CursorIn(c);
    if (at.stop_at != INT64_MAX) {
      return MakeError(ErrorKind::kUnavailable,
                       "正在重建分组，请稍后再试 / the groups are being rebuilt: try again later");
    }
    if (const auto done = DoAct(c, act); !done) return Fail(done.error());
    c.Prepared(
         "INSERT INTO incident_act (number, act, incident_id, target, requests, actor, reason, at, after_seq, done) "
         "VALUES (:n, :c, :i, :t, :q, :w, :r, :a, :s, 1)")
        .Run(act.number, act.act, act.incident_id, act.target, JsonList(act.requests), act.actor, act.reason,
             ToMs(act.at), at.cursor);
    BumpActs(c);
    return act;
  });
}

Result<void> SqlIncidents::Rebuild() {
  return database_.Write([](Connection& c) -> Result<void> {
    c.Prepared("UPDATE incident_request SET matter = 0, incident_id = ''").Run();
    c.Prepared("DELETE FROM incident").Run();
    c.Prepared("DELETE FROM incident_rate").Run();
    c.Prepared("UPDATE incident_act SET done = 0").Run();
    c.Prepared("UPDATE incident_cursor SET cursor = 0, acts = acts + 1 WHERE id = 1").Run();
    return {};
  });
}

Result<bool> SqlIncidents::Repeat(const IncidentCursor& from) {
  bool found = false;
  const auto next = [&](Connection& c, IncidentAct* act) {
    const auto now = CursorIn(c);
    if (now.cursor != from.cursor || now.acts != from.acts || now.stop_at > now.cursor) return false;
    Query& q = c.Prepared(std::string(kActRow) + "WHERE done = 0 ORDER BY number LIMIT 1", kActColumns);
    if (!q.First()) return false;
    *act = ActFrom(q);
    return true;
  };
  const auto repeat = [&](bool with_effect) {
    return database_.Write([&](Connection& c) -> Result<bool> {
      IncidentAct act;
      found = next(c, &act);
      if (!found) return false;
      if (with_effect) {
        if (const auto done = DoAct(c, act); !done) return Fail(done.error());
      }
      c.Prepared("UPDATE incident_act SET done = 1 WHERE number = :n").Run(act.number);
      BumpActs(c);
      return true;
    });
  };
  auto done = repeat(true);
  // With other parameters its incident may not exist any more: then there is nothing to change.
  if (!done && !IsRetryable(done.error().kind) && done.error().kind != ErrorKind::kUnknown) done = repeat(false);
  return done;
}

Result<std::vector<IncidentAct>> SqlIncidents::Acts(const std::string& id) {
  return database_.Read([&](Connection& c) -> Result<std::vector<IncidentAct>> {
    Query& q = c.Prepared(std::string(kActRow) + "WHERE incident_id = :i OR target = :t ORDER BY number", kActColumns);
    std::vector<IncidentAct> rows;
    for (bool row = q.First(id, id); row; row = q.Next()) rows.push_back(ActFrom(q));
    return rows;
  });
}

}  // namespace minsheng::store
