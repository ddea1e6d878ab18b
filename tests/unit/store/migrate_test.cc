// SPDX-License-Identifier: Apache-2.0
#include "src/store/migrate.h"

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

using MigrateTest = StoreTest;

constexpr const char* kTables = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name <> 'schema_version'";

TEST_F(MigrateTest, DownRemovesEverythingAndUpMakesItAgain) {
  CommitOne(Decide(Bucket::kOrder, "m1"));
  const auto tables = Number(kTables);
  EXPECT_GT(tables, 10);
  store_.reset();
  auto database = OpenDatabase();
  EXPECT_EQ(SchemaVersion(*database).value(), LatestSchema());
  for (int to = LatestSchema() - 1; to >= 0; --to) {
    const auto down = Migrate(*database, to);
    ASSERT_TRUE(down) << down.error().what;
    EXPECT_EQ(SchemaVersion(*database).value(), to);
  }
  EXPECT_EQ(Number(kTables), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND tbl_name <> 'schema_version'"), 0);
  for (int to = 1; to <= LatestSchema(); ++to) ASSERT_TRUE(Migrate(*database, to));
  EXPECT_EQ(Number(kTables), tables);
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
  EXPECT_EQ(Number(kTables), 1);
}

// For a parent that comes after its child SQLite reads the whole table of the children, so each
// message would cost more than the one before.
TEST_F(MigrateTest, NoForeignKeyLetsAChildComeBeforeItsParent) {
  EXPECT_EQ(Number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND sql LIKE '%DEFERR%'"), 0);
  EXPECT_GT(Number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND sql LIKE '%REFERENCES%'"), 5);
}

}  // namespace
}  // namespace minsheng::store
