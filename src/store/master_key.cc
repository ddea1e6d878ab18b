// SPDX-License-Identifier: Apache-2.0
// Rotation of the master key: texts stay as they are, only the keys above them are wrapped anew.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "src/store/sql_keeping.h"
#include "src/store/texts.h"

namespace minsheng::store {
namespace {

// A wrapped key begins with the id of its master key: those before and behind the current one's.
constexpr std::string_view kUnderOld = "data_key <> '' AND (data_key < :a OR data_key >= :b)";

struct KeyRange {
  explicit KeyRange(const Connection& c) : from(c.sealer->CurrentId() + "."), to(c.sealer->CurrentId() + "/") {}
  std::string from, to;  // '/' follows '.'
};

std::int64_t CountOf(Connection& c, const std::string& sql) {
  Query& q = c.Prepared(sql, "i");
  return q.First() ? q.Int(0) : 0;
}

std::int64_t UnderOldKeys(Connection& c) {
  const KeyRange current(c);
  Query& q = c.Prepared("SELECT COUNT(*) FROM citizen WHERE " + std::string(kUnderOld), "i");
  return (q.First(current.from, current.to) ? q.Int(0) : 0) + SecretsUnderOldKeys(c);
}

}  // namespace

Result<KeyStatus> SqlKeeping::Keys() {
  return database_.Read([&](Connection& c) -> Result<KeyStatus> {
    KeyStatus status;
    status.current = c.sealer->CurrentId();
    status.under_old = UnderOldKeys(c);
    status.clear_rows = CountOf(c, "SELECT COUNT(*) FROM message WHERE sealed = 0") +
                        CountOf(c, "SELECT COUNT(*) FROM outbox WHERE sealed = 0 AND citizen_id IS NOT NULL");
    for (const auto& t : kTextTables) {
      status.clear_rows += CountOf(c, fmt::format("SELECT COUNT(*) FROM {} WHERE sealed = 0", t.table));
    }
    return status;
  });
}

std::string SqlKeeping::SealForBackup(const std::string& line) const {
  return database_.sealer()->Wrap({"backup", "", "line"}, line);
}

Result<std::string> SqlKeeping::OpenFromBackup(const std::string& sealed) const {
  return database_.sealer()->Unwrap({"backup", "", "line"}, sealed);
}

Result<std::string> SqlKeeping::AddMasterKey() { return database_.sealer()->keys().Add(); }

Result<SweepStep> SqlKeeping::Rewrap(int limit) {
  return database_.Write([&](Connection& c) -> Result<SweepStep> {
    RewrapSecrets(c);
    const KeyRange current(c);
    std::vector<std::pair<std::string, std::string>> rows;
    Query& q = c.Prepared(
        "SELECT id, data_key FROM citizen WHERE " + std::string(kUnderOld) + " ORDER BY data_key LIMIT :l", "tt");
    for (bool row = q.First(current.from, current.to, limit); row; row = q.Next()) {
      rows.emplace_back(q.Text(0), q.Text(1));
    }
    SweepStep step;
    for (const auto& [id, wrapped] : rows) {
      const Place place{"citizen", id, "data_key"};
      const auto key = c.sealer->Unwrap(place, wrapped);
      if (!key) return MakeError(key.error().kind, fmt::format("citizen {}: {}", id, key.error().what));
      // Unless it was erased, or wrapped by somebody else, meanwhile.
      step.done += c.Prepared("UPDATE citizen SET data_key = :k WHERE id = :i AND data_key = :o")
                       .Run(c.sealer->Wrap(place, *key), id, wrapped);
    }
    step.more = static_cast<int>(rows.size()) == limit;
    return step;
  });
}

Result<void> SqlKeeping::DropOldMasterKeys() {
  // In a transaction that writes: nobody can be wrapping by an old key at this moment.
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto left = UnderOldKeys(c);
    if (c.error()) return Fail(*c.error());
    if (left > 0) {
      return MakeError(ErrorKind::kConflict,
                       fmt::format("还有 {} 个密钥由旧主密钥加密，请先运行 minsheng keys rotate / {} keys are still "
                                   "wrapped by an old master key: run minsheng keys rotate first",
                                   left, left));
    }
    return c.sealer->keys().KeepOnlyCurrent();
  });
}

}  // namespace minsheng::store
