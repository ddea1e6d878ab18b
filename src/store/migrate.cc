// SPDX-License-Identifier: Apache-2.0
#include "src/store/migrate.h"

#include <fmt/format.h>

namespace minsheng::store {
namespace {

struct Migration {
  int number;
  const char* name;
  const char* up;
  const char* down;
};

constexpr Migration kMigrations[] = {
#include "store_schema.inc"
};

constexpr bool NumberedWithoutGaps() {
  int expected = 1;
  for (const Migration& m : kMigrations) {
    if (m.number != expected++) return false;
  }
  return true;
}
static_assert(NumberedWithoutGaps(), "migrations are numbered 1, 2, 3, ...");

// Drivers run one statement at a time. Comments go, statements end with a semicolon.
void RunScript(Connection& c, std::string_view script) {
  std::string statement;
  bool comment = false;
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (script.substr(i, 2) == "--") comment = true;
    if (script[i] == '\n') comment = false;
    if (comment) continue;
    if (script[i] != ';') {
      statement += script[i];
      continue;
    }
    c.Define(statement);
    statement.clear();
  }
}

int ReadVersion(Connection& c) {
  c.Define("CREATE TABLE IF NOT EXISTS schema_version (id BIGINT PRIMARY KEY, version BIGINT NOT NULL)");
  c.Once("INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT (id) DO NOTHING");
  Query& q = c.Prepared("SELECT version FROM schema_version WHERE id = 1", "i");
  const int version = q.First() ? static_cast<int>(q.Int(0)) : 0;
  q.Next();  // to the end: tables cannot be dropped under a statement that stands on a row
  return version;
}

}  // namespace

int LatestSchema() { return static_cast<int>(std::size(kMigrations)); }

Result<int> SchemaVersion(Database& database) {
  return database.Write([](Connection& c) -> Result<int> { return ReadVersion(c); });
}

Result<void> Migrate(Database& database, int to) {
  if (to == kLatestSchema) to = LatestSchema();
  if (to < 0 || to > LatestSchema()) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("没有版本 {} 的库结构 / there is no schema {}; 0 to {}", to, to, LatestSchema()));
  }
  return database.Write([to](Connection& c) -> Result<void> {
    const int version = ReadVersion(c);
    if (version > LatestSchema()) {
      return MakeError(
          ErrorKind::kConflict,
          fmt::format("数据库结构版本 {} 比本程序（{}）新，请升级程序 / the database has schema {}, newer than this "
                      "program's {}: install the newer program, or migrate down with it first",
                      version, LatestSchema(), version, LatestSchema()));
    }
    for (int i = version; i < to; ++i) RunScript(c, kMigrations[i].up);
    for (int i = version; i > to; --i) RunScript(c, kMigrations[i - 1].down);
    c.Prepared("UPDATE schema_version SET version = :v WHERE id = 1").Run(to);
    return {};
  });
}

}  // namespace minsheng::store
