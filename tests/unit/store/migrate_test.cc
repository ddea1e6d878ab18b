// SPDX-License-Identifier: Apache-2.0
#include "src/store/migrate.h"

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class MigrateTest : public StoreTest {
 protected:
  std::int64_t Tables() {
    return Number(OnSqlite() ? "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name <> 'schema_version'"
                             : "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> "
                               "'schema_version'");
  }
  std::int64_t Indexes() {
    return Number(OnSqlite()
                      ? "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND tbl_name <> 'schema_version'"
                      : "SELECT COUNT(*) FROM pg_indexes WHERE schemaname = 'public' AND tablename <> "
                        "'schema_version'");
  }
};

TEST_F(MigrateTest, DownRemovesEverythingAndUpMakesItAgain) {
  CommitOne(Decide(Bucket::kOrder, "m1"));
  const auto tables = Tables();
  EXPECT_GT(tables, 10);
  store_.reset();
  auto database = OpenDatabase();
  EXPECT_EQ(SchemaVersion(*database).value(), LatestSchema());
  for (int to = LatestSchema() - 1; to >= 0; --to) {
    const auto down = Migrate(*database, to);
    ASSERT_TRUE(down) << down.error().what;
    EXPECT_EQ(SchemaVersion(*database).value(), to);
  }
  EXPECT_EQ(Tables(), 0);
  EXPECT_EQ(Indexes(), 0);
  for (int to = 1; to <= LatestSchema(); ++to) ASSERT_TRUE(Migrate(*database, to));
  EXPECT_EQ(Tables(), tables);
  database.reset();
  store_ = OpenStore();
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m1")).order_number, "20150810-00001");
}

TEST_F(MigrateTest, OpeningAgainChangesNothing) {
  const Outcome first = CommitOne(Decide(Bucket::kOrder, "m1"));
  store_.reset();
  store_ = OpenStore();
  EXPECT_TRUE(store_->GetOrder(first.order_number));
}

TEST_F(MigrateTest, ADatabaseNewerThanTheProgramIsRefusedInWords) {
  Sql("UPDATE schema_version SET version = 99");
  store_.reset();
  const auto opened = Store::Open(Url(), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kConflict);
  EXPECT_NE(opened.error().what.find("schema 99, newer than this program's"), std::string::npos) << opened.error().what;
}

TEST_F(MigrateTest, TextComparesByteByByteOnBothDatabases) {
  // In the order of a dictionary, which many databases of PostgreSQL are made for, a comes before B.
  for (const char* key : {"a", "B", "C"}) ASSERT_TRUE(store_->PutState("s", key, std::nullopt, key));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM channel_state WHERE key < 'a'"), 2);
  if (OnSqlite()) return;
  EXPECT_EQ(
      Number("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text' "
             "AND COALESCE(collation_name, '') <> 'C'"),
      0);
  EXPECT_GT(Number("SELECT COUNT(*) FROM information_schema.columns WHERE collation_name = 'C'"), 50);
}

TEST_F(MigrateTest, ASchemaThatDoesNotExistIsInvalid) {
  auto database = OpenDatabase();
  EXPECT_EQ(Migrate(*database, LatestSchema() + 1).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Migrate(*database, -2).error().kind, ErrorKind::kInvalid);
}

TEST_F(MigrateTest, AMigrationThatFailsHalfwayLeavesTheDatabaseAsItWas) {
  store_.reset();
  auto database = OpenDatabase();
  ASSERT_TRUE(Migrate(*database, 0));
  Sql("CREATE TABLE work_order (in_the_way BIGINT)");
  EXPECT_FALSE(Migrate(*database));
  EXPECT_EQ(SchemaVersion(*database).value(), 0);
  EXPECT_EQ(Tables(), 1);
}

// For a parent that comes after its child SQLite reads the whole table of the children, so each
// message would cost more than the one before.
TEST_F(MigrateTest, NoForeignKeyLetsAChildComeBeforeItsParent) {
  if (OnSqlite()) {
    EXPECT_EQ(Number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND sql LIKE '%DEFERR%'"), 0);
    EXPECT_GT(Number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND sql LIKE '%REFERENCES%'"), 5);
  } else {
    EXPECT_EQ(Number("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable"), 0);
    EXPECT_GT(Number("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"), 5);
  }
}

}  // namespace
}  // namespace minsheng::store
