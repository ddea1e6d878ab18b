// SPDX-License-Identifier: Apache-2.0
// Versions of the RuleSet: reading, and the acts of people on them.
#include "src/store/rule_sets.h"

#include <fmt/format.h>

#include <set>

#include "src/store/sql_store.h"
#include "src/text/fold.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kRuleSetHead = "SELECT version, base, hash, state, author, note, created_at";
constexpr std::string_view kRuleSetHeadColumns =
    "iittt"
    "ti";
constexpr std::string_view kRuleSetColumns =
    "iittt"
    "tit";

RuleSetRow HeadOf(const Query& q) {
  RuleSetRow row;
  row.version = q.Int(0);
  row.base = q.Int(1);
  row.hash = q.Text(2);
  row.state = q.Text(3);
  row.author = q.Text(4);
  row.note = q.Text(5);
  row.created_at = FromMs(q.Int(6));
  return row;
}

std::string RowSql(std::string_view where) { return fmt::format("{}, files FROM rule_set {}", kRuleSetHead, where); }

std::optional<RuleSetRow> FindRuleSet(Connection& c, std::int64_t version) {
  Query& q = c.Prepared(std::string(kRuleSetHead) + " FROM rule_set WHERE version = :v", kRuleSetHeadColumns);
  if (!q.First(version)) return std::nullopt;
  return HeadOf(q);
}

Fail NoRuleSet(std::int64_t version) {
  return MakeError(ErrorKind::kNotFound,
                   fmt::format("没有第 {} 版规则 / there is no version {} of the rules", version, version));
}

std::int64_t NewestVersion(Connection& c) {
  Query& q = c.Prepared("SELECT COALESCE(MAX(version), 0) FROM rule_set", "i");
  return q.First() ? q.Int(0) : 0;
}

std::int64_t VersionIn(Connection& c, std::string_view state) {
  Query& q = c.Prepared("SELECT version FROM rule_set WHERE state = :s", "i");
  return q.First(state) ? q.Int(0) : 0;
}

void SetRuleSetState(Connection& c, std::int64_t version, std::string_view state) {
  c.Prepared("UPDATE rule_set SET state = :s WHERE version = :v").Run(state, version);
}

void KeepAct(Connection& c, const RuleSetAct& act, Time now) {
  c.Prepared(
       "INSERT INTO rule_set_act (seq, version, act, from_version, actor, note, at) "
       "SELECT COALESCE(MAX(seq), 0) + 1, :v, :a, :f, :w, :n, :t FROM rule_set_act")
      .Run(act.version, act.act, act.from_version, act.actor, act.note, ToMs(now));
}

void InsertRuleSet(Connection& c, const RuleSetRow& row, std::int64_t version, std::string_view state, Time now) {
  const Time made = row.created_at == Time{} ? now : row.created_at;
  c.Prepared(
       "INSERT INTO rule_set (version, base, hash, state, author, note, files, created_at) "
       "VALUES (:v, :b, :h, :s, :a, :n, :f, :t)")
      .Run(version, row.base, row.hash, state, row.author, row.note, row.files, ToMs(made));
  KeepAct(c, {0, version, state == "active" ? "seed" : "import", 0, row.author, row.note, {}}, now);
}

bool WasActive(Connection& c, std::int64_t version) {
  Query& q = c.Prepared(
      "SELECT seq FROM rule_set_act WHERE version = :v AND act IN ('seed', 'activate', 'rollback') LIMIT 1", "i");
  return q.First(version);
}

// What is active, below it what was before: activations push, rollbacks pop.
std::vector<std::int64_t> ActiveStack(Connection& c) {
  std::vector<std::int64_t> stack;
  Query& q = c.Prepared(
      "SELECT version, act FROM rule_set_act WHERE act IN ('seed', 'activate', 'rollback') ORDER BY seq", "it");
  for (bool row = q.First(); row; row = q.Next()) {
    if (q.Text(1) != "rollback") {
      stack.push_back(q.Int(0));
      continue;
    }
    if (!stack.empty()) stack.pop_back();
    if (stack.empty() || stack.back() != q.Int(0)) stack.push_back(q.Int(0));
  }
  return stack;
}

// When somebody wrote behind our back what is active, the last version that we activated is the way back.
std::int64_t TargetOf(Connection& c) {
  const auto stack = ActiveStack(c);
  if (stack.empty()) return 0;
  if (stack.back() != VersionIn(c, "active")) return stack.back();
  return stack.size() < 2 ? 0 : stack[stack.size() - 2];
}

// "Li ", "li" and "ｌｉ" are one person.
std::string Person(const std::string& name) { return text::FoldToUtf8(name); }

Result<void> Named(const std::string& by) {
  if (!Person(by).empty()) return {};
  return MakeError(ErrorKind::kInvalid, "须写明操作人 / it must be said who acts");
}

// Who had a hand in what is new: the version's author, and the authors of the drafts below it.
std::set<std::string> WritersOf(Connection& c, const RuleSetRow& row) {
  std::set<std::string> writers{Person(row.author)};
  Query& same = c.Prepared("SELECT author FROM rule_set WHERE hash = :h", "t");
  for (bool more = same.First(row.hash); more; more = same.Next()) writers.insert(Person(same.Text(0)));
  for (std::int64_t base = row.base; base > 0;) {
    const auto below = FindRuleSet(c, base);
    if (!below || WasActive(c, base)) break;
    writers.insert(Person(below->author));
    base = below->base < base ? below->base : 0;
  }
  return writers;
}

// Who made `version` active, for the words of a conflict.
std::string WhoActivated(Connection& c, std::int64_t version) {
  Query& q = c.Prepared(
      "SELECT actor, act FROM rule_set_act WHERE version = :v AND act IN ('seed', 'activate', 'rollback') "
      "ORDER BY seq DESC LIMIT 1",
      "tt");
  return q.First(version) ? fmt::format("{} ({})", q.Text(0), q.Text(1)) : "?";
}

Result<void> ExpectActive(Connection& c, std::int64_t expected) {
  const std::int64_t active = VersionIn(c, "active");
  if (active == expected) return {};
  const auto who = WhoActivated(c, active);
  return MakeError(
      ErrorKind::kConflict,
      fmt::format("现行规则已不是第 {} 版：{} 启用了第 {} 版。请重新核对后再来 / version {} is no longer the "
                  "active one: {} made version {} active. Look again, then repeat",
                  expected, who, active, expected, who, active));
}

Result<void> Switch(Connection& c, std::int64_t to, std::string_view act, const RuleSetActor& actor, Time now) {
  const std::int64_t from = VersionIn(c, "active");
  if (from != 0) SetRuleSetState(c, from, "retired");
  SetRuleSetState(c, to, "active");
  KeepAct(c, {0, to, std::string(act), from, actor.by, actor.note, {}}, now);
  return {};
}

}  // namespace

Result<std::optional<RuleSetRow>> SqlStore::ActiveRuleSet() {
  return database_->Read([&](Connection& c) -> Result<std::optional<RuleSetRow>> {
    Query& q = c.Prepared(RowSql("WHERE state = 'active'"), kRuleSetColumns);
    if (!q.First()) return std::optional<RuleSetRow>();
    auto row = HeadOf(q);
    row.files = q.Text(7);
    return std::optional<RuleSetRow>(std::move(row));
  });
}

Result<InForce> SqlStore::RuleSetsInForce() {
  return database_->Read([&](Connection& c) -> Result<InForce> {
    return InForce{VersionIn(c, "active"), VersionIn(c, "shadow")};
  });
}

Result<RuleSetRow> SqlStore::GetRuleSet(std::int64_t version) {
  return database_->Read([&](Connection& c) -> Result<RuleSetRow> {
    Query& q = c.Prepared(RowSql("WHERE version = :v"), kRuleSetColumns);
    if (!q.First(version)) return NoRuleSet(version);
    auto row = HeadOf(q);
    row.files = q.Text(7);
    return row;
  });
}

Result<std::vector<RuleSetRow>> SqlStore::ListRuleSets(int limit) {
  return database_->Read([&](Connection& c) -> Result<std::vector<RuleSetRow>> {
    std::vector<RuleSetRow> rows;
    Query& q =
        c.Prepared(std::string(kRuleSetHead) + " FROM rule_set ORDER BY version DESC LIMIT :l", kRuleSetHeadColumns);
    for (bool row = q.First(ClampLimit(limit)); row; row = q.Next()) rows.push_back(HeadOf(q));
    return rows;
  });
}

Result<std::vector<RuleSetAct>> SqlStore::RuleSetActs(std::int64_t version) {
  return database_->Read([&](Connection& c) -> Result<std::vector<RuleSetAct>> {
    std::vector<RuleSetAct> acts;
    Query& q = c.Prepared(
        "SELECT seq, version, act, from_version, actor, note, at FROM rule_set_act "
        "WHERE version = :v OR from_version = :f OR :w = 0 ORDER BY seq",
        "iitit"
        "ti");
    for (bool row = q.First(version, version, version); row; row = q.Next()) {
      acts.push_back({q.Int(0), q.Int(1), q.Text(2), q.Int(3), q.Text(4), q.Text(5), FromMs(q.Int(6))});
    }
    return acts;
  });
}

Result<std::int64_t> SqlStore::RollbackTarget() {
  return database_->Read([&](Connection& c) -> Result<std::int64_t> { return TargetOf(c); });
}

Result<bool> SqlStore::SeedRuleSet(const RuleSetRow& row) {
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<bool> {
    if (NewestVersion(c) > 0) return false;
    InsertRuleSet(c, row, 1, "active", now);
    return true;
  });
}

Result<AddedRuleSet> SqlStore::AddRuleSet(const RuleSetRow& row) {
  if (auto named = Named(row.author); !named) return Fail(named.error());
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<AddedRuleSet> {
    Query& same = c.Prepared(
        "SELECT version FROM rule_set WHERE hash = :h AND state <> 'discarded' ORDER BY version LIMIT 1", "i");
    if (same.First(row.hash)) return AddedRuleSet{same.Int(0), false};
    if (row.base != 0 && !FindRuleSet(c, row.base)) return NoRuleSet(row.base);
    const std::int64_t version = NewestVersion(c) + 1;
    InsertRuleSet(c, row, version, "draft", now);
    return AddedRuleSet{version, true};
  });
}

Result<void> SqlStore::MarkChecked(std::int64_t version, const std::string& by, const std::string& note) {
  if (auto named = Named(by); !named) return named;
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<void> {
    const auto row = FindRuleSet(c, version);
    if (!row) return NoRuleSet(version);
    if (row->state != "draft") return {};
    SetRuleSetState(c, version, "checked");
    KeepAct(c, {0, version, "check", 0, by, note, {}}, now);
    return {};
  });
}

Result<void> SqlStore::SetShadow(std::int64_t version, const std::string& by, const std::string& note) {
  if (auto named = Named(by); !named) return named;
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<void> {
    const std::int64_t old = VersionIn(c, "shadow");
    if (old == version) return {};
    if (version != 0) {
      const auto row = FindRuleSet(c, version);
      if (!row) return NoRuleSet(version);
      if (row->state == "active" || row->state == "discarded") {
        return MakeError(ErrorKind::kConflict,
                         fmt::format("第 {} 版是 {}，不能影子试运行 / version {} is {}: it cannot run in shadow",
                                     version, row->state, version, row->state));
      }
    }
    if (old != 0) {
      SetRuleSetState(c, old, WasActive(c, old) ? "retired" : "checked");
      KeepAct(c, {0, old, "shadow-off", 0, by, note, {}}, now);
    }
    if (version == 0) return {};
    for (const char* table : {"shadow_run", "shadow_pair", "shadow_example"}) {
      c.Prepared(fmt::format("DELETE FROM {} WHERE shadow = :v", table)).Run(version);
    }
    SetRuleSetState(c, version, "shadow");
    KeepAct(c, {0, version, "shadow", 0, by, note, {}}, now);
    return {};
  });
}

Result<void> SqlStore::ActivateRuleSet(std::int64_t version, const RuleSetActor& actor, std::int64_t pins_seen) {
  if (auto named = Named(actor.by); !named) return named;
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<void> {
    const auto row = FindRuleSet(c, version);
    if (!row) return NoRuleSet(version);
    if (row->state == "active" || row->state == "discarded") {
      return MakeError(ErrorKind::kConflict,
                       fmt::format("第 {} 版{} / version {} is {}", version,
                                   row->state == "active" ? "已是现行规则" : "已作废", version, row->state));
    }
    if (WritersOf(c, *row).contains(Person(actor.by))) {
      return MakeError(
          ErrorKind::kDenied,
          fmt::format(
              "{} 参与编写了第 {} 版（或它所依据的草稿），须由另一人启用 / {} wrote version {} or a draft that it "
              "is made from: a second person has to activate it",
              actor.by, version, actor.by, version));
    }
    if (auto same = ExpectActive(c, actor.expected_active); !same) return same;
    if (PinsStampOf(c) != pins_seen) {
      return MakeError(ErrorKind::kConflict,
                       "检查之后固定案例有变动，请再来一次 / pinned cases changed after the examination: repeat");
    }
    return Switch(c, version, "activate", actor, now);
  });
}

Result<void> SqlStore::RollBackRuleSet(std::int64_t target, const RuleSetActor& actor) {
  if (auto named = Named(actor.by); !named) return named;
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<void> {
    if (auto same = ExpectActive(c, actor.expected_active); !same) return same;
    const std::int64_t now_target = TargetOf(c);
    if (now_target == 0) {
      return MakeError(ErrorKind::kConflict,
                       "之前没有启用过别的版本，无处可退 / no other version was active before: there is no way back");
    }
    if (now_target != target) {
      return MakeError(
          ErrorKind::kConflict,
          fmt::format("退回的目标已变为第 {} 版 / the way back now leads to version {}", now_target, now_target));
    }
    return Switch(c, target, "rollback", actor, now);
  });
}

Result<void> SqlStore::DiscardRuleSet(std::int64_t version, const std::string& by, const std::string& note) {
  if (auto named = Named(by); !named) return named;
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<void> {
    const auto row = FindRuleSet(c, version);
    if (!row) return NoRuleSet(version);
    if (row->state != "draft" && row->state != "checked") {
      return MakeError(ErrorKind::kConflict,
                       fmt::format("第 {} 版是 {}，只有草稿可以作废 / version {} is {}: only drafts can be discarded",
                                   version, row->state, version, row->state));
    }
    SetRuleSetState(c, version, "discarded");
    KeepAct(c, {0, version, "discard", 0, by, note, {}}, now);
    return {};
  });
}

}  // namespace minsheng::store
