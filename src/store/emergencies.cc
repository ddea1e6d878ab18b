// SPDX-License-Identifier: Apache-2.0
// When the limits of an emergency hold, and who said so.
#include <fmt/format.h>

#include "src/base/ulid.h"
#include "src/orders/roles.h"
#include "src/store/sql_chase.h"

namespace minsheng::store {
namespace {

Result<void> MaySwitch(const std::string& by) {
  const auto actor = orders::ParseActor(by);
  if (!actor) return Fail(actor.error());
  if (actor->role == orders::Role::kLeader || actor->role == orders::Role::kSupervisor) return {};
  return MakeError(
      ErrorKind::kDenied,
      "应急时期由领导或督办切换，如 --as leader:姓名 / a leader or a supervisor switches the emergency, as "
      "--as leader:NAME");
}

std::vector<EmergencyRow> ReadEmergencies(Connection& c) {
  std::vector<EmergencyRow> out;
  Query& q = c.Prepared(
      "SELECT id, starts_at, ends_at, why, started_by, ended_at, ended_by FROM emergency ORDER BY id DESC", "tiittit");
  for (bool row = q.First(); row; row = q.Next()) {
    out.push_back({q.Text(0), FromMs(q.Int(1)), FromMs(q.Int(2)), q.Text(3), q.Text(4), FromMs(q.Int(5)), q.Text(6)});
  }
  return out;
}

// Where it really ends; the farthest time for one without an end.
Time EndOf(const EmergencyRow& row) {
  Time end = row.ends_at == Time{} ? Time::max() : row.ends_at;
  if (row.ended_at != Time{}) end = std::min(end, std::max(row.ended_at, row.starts_at));
  return end;
}

bool Overlap(const EmergencyRow& a, const EmergencyRow& b) { return a.starts_at < EndOf(b) && b.starts_at < EndOf(a); }

}  // namespace

Result<EmergencyRow> SqlChase::BeginEmergency(EmergencyRow row) {
  if (auto ok = MaySwitch(row.started_by); !ok) return Fail(ok.error());
  const Time now = clock_.Now();
  if (row.starts_at == Time{}) row.starts_at = now;
  if (row.why.empty()) return MakeError(ErrorKind::kInvalid, "请写明原因 / say why");
  if (row.ends_at != Time{} && (row.ends_at <= row.starts_at || row.ends_at <= now)) {
    return MakeError(ErrorKind::kInvalid,
                     "结束时间应在开始时间和现在之后 / it must end after it begins, and after now");
  }
  row.id = NewUlid(now);
  row.ended_at = Time{};
  row.ended_by.clear();
  return database_.Write([&](Connection& c) -> Result<EmergencyRow> {
    for (const auto& other : ReadEmergencies(c)) {
      if (!Overlap(row, other)) continue;
      return MakeError(ErrorKind::kConflict,
                       fmt::format("那时已是应急时期（{} 起，{}）/ there is an emergency then already, from {}",
                                   ShanghaiText(other.starts_at), other.why, ShanghaiText(other.starts_at)));
    }
    c.Prepared("INSERT INTO emergency (id, starts_at, ends_at, why, started_by) VALUES (:i, :s, :e, :w, :b)")
        .Run(row.id, ToMs(row.starts_at), ToMs(row.ends_at), row.why, row.started_by);
    return row;
  });
}

Result<EmergencyRow> SqlChase::EndEmergency(const std::string& by) {
  if (auto ok = MaySwitch(by); !ok) return Fail(ok.error());
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<EmergencyRow> {
    std::optional<EmergencyRow> open;  // the earliest that is not over
    for (const auto& row : ReadEmergencies(c)) {
      if (EndOf(row) > now && (!open || row.starts_at < open->starts_at)) open = row;
    }
    if (!open) return MakeError(ErrorKind::kNotFound, "现在没有应急时期 / there is no emergency to end");
    c.Prepared("UPDATE emergency SET ended_at = :a, ended_by = :b WHERE id = :i").Run(ToMs(now), by, open->id);
    open->ended_at = now;
    open->ended_by = by;
    return *open;
  });
}

Result<std::vector<EmergencyRow>> SqlChase::Emergencies() {
  return database_.Read([&](Connection& c) -> Result<std::vector<EmergencyRow>> { return ReadEmergencies(c); });
}

Result<orders::Profile> SqlChase::ProfileAt(Time t) {
  return database_.Read([&](Connection& c) -> Result<orders::Profile> {
    Query& q = c.Prepared(
        "SELECT id FROM emergency WHERE starts_at <= :a AND (ends_at = 0 OR ends_at > :b) AND (ended_at = 0 OR "
        "ended_at > :c) LIMIT 1",
        "t");
    return q.First(ToMs(t), ToMs(t), ToMs(t)) ? orders::Profile::kEmergency : orders::Profile::kNormal;
  });
}

}  // namespace minsheng::store
