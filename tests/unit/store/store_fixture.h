// SPDX-License-Identifier: Apache-2.0
// A store on a database of its own, and decisions about invented messages. Every test runs on SQLite and on PostgreSQL
// (tests/support/databases.h); what is about one of them alone derives from SqliteTest or PostgresqlTest.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "src/base/ulid.h"
#include "src/orders/fold.h"
#include "src/store/migrate.h"
#include "src/store/store.h"
#include "tests/support/databases.h"

namespace minsheng::store {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    // The blank shows that paths need no care.
    std::string pattern = (std::filesystem::temp_directory_path() / "minsheng store XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    test_database_.emplace(folder_, &MakeTables);
    store_ = OpenStore();
  }
  ~StoreTest() override {
    store_.reset();
    test_database_.reset();
    std::filesystem::remove_all(folder_);
  }

  static void MakeTables(const std::string& url) {
    const auto database = Database::Open(url, 1);
    const auto made = database ? Migrate(**database) : Result<void>(Fail(database.error()));
    if (!made) throw std::runtime_error(made.error().what);
  }
  std::string Url() const { return test_database_->url(); }
  bool OnSqlite() const { return test_database_->kind() == testing::Kind::kSqlite; }
  std::string MasterKey() const { return "file:" + (folder_ / "master.key").string(); }
  std::unique_ptr<Store> OpenStore(StoreOptions options = {}) {
    if (options.master_key.empty()) options.master_key = MasterKey();
    auto store = Store::Open(Url(), clock_, options);
    EXPECT_TRUE(store) << store.error().what;
    return store ? std::move(*store) : nullptr;
  }
  // Sessions of the test's own on the same database, for looking behind the store.
  std::unique_ptr<Database> OpenDatabase() {
    auto database = Database::Open(Url(), 1);
    EXPECT_TRUE(database) << database.error().what;
    return database ? std::move(*database) : nullptr;
  }
  void Sql(const std::string& statement) {
    const auto done = OpenDatabase()->Write([&](Connection& c) -> Result<void> {
      c.Once(statement);
      return {};
    });
    ASSERT_TRUE(done) << done.error().what;
  }
  // From now on writing a row into `table` fails; `when` may speak of the row as NEW. sqlstate: PostgreSQL's; SQLite
  // knows no other than that of a constraint.
  void Forbid(const std::string& table, const std::string& when = "", const std::string& sqlstate = "23514") {
    const std::string condition = when.empty() ? "" : "WHEN (" + when + ") ";
    if (OnSqlite()) {
      Sql("CREATE TRIGGER forbidden BEFORE INSERT ON " + table + " " + condition +
          "BEGIN SELECT RAISE(ABORT, 'forbidden'); END");
      return;
    }
    Sql("CREATE FUNCTION forbidden() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''forbidden'' USING "
        "ERRCODE = ''" +
        sqlstate + "''; END'");
    Sql("CREATE TRIGGER forbidden BEFORE INSERT ON " + table + " FOR EACH ROW " + condition +
        "EXECUTE FUNCTION forbidden()");
  }
  void AllowAgain(const std::string& table) {
    Sql(OnSqlite() ? "DROP TRIGGER forbidden" : "DROP TRIGGER forbidden ON " + table);
  }
  std::int64_t Number(const std::string& sql) {
    auto database = OpenDatabase();
    return database
        ->Read([&](Connection& c) -> Result<std::int64_t> {
          Query& q = c.Prepared(sql, "i");
          return q.First() ? q.Int(0) : -1;
        })
        .value();
  }

  Message NewMessage(const std::string& source_id, const std::string& sender = "citizen-1") {
    Message m;
    m.id = NewUlid(clock_.Now());
    m.channel = "wechat";
    m.account = "main";
    m.source_id = source_id;
    m.sender = sender;
    m.text = "幸福小区门口的路灯不亮";
    m.received_at = clock_.Now();
    return m;
  }
  Decision Decide(Bucket plan, const std::string& source_id, const std::string& sender = "citizen-1") {
    Decision d;
    d.message = NewMessage(source_id, sender);
    d.raw = "<xml>" + source_id + "</xml>";
    d.plan = plan;
    if (plan == Bucket::kOrder || plan == Bucket::kTriage) {
      d.verdict.emplace();
      d.verdict->rule_set = 1;
      d.verdict->category = "urban";
      d.verdict->topic = "urban.lighting";
      d.verdict->urgency = Urgency::kUrgent;
    }
    if (plan == Bucket::kOrder) {
      d.lead_unit = "lighting";
      d.helper_units = {"town"};
      d.catalogue_entry = "urban@*";
    }
    if (plan == Bucket::kParked) {
      d.park_reason = "not well formed";
      d.park_deliveries = 5;
    }
    return d;
  }
  Outcome CommitOne(Decision d) {
    auto outcomes = store_->Commit({std::move(d)});
    EXPECT_TRUE(outcomes) << outcomes.error().what;
    return outcomes && outcomes->size() == 1 ? outcomes->front() : Outcome{};
  }
  // One row of this kind, due now.
  static OutboxDraft Draft(const std::string& kind, const std::string& target = "someone") {
    OutboxDraft draft;
    draft.kind = kind;
    draft.target = target;
    draft.payload = R"({"text":"已收到"})";
    return draft;
  }
  std::string CommitWithDraft(const OutboxDraft& draft, const std::string& source_id) {
    Decision d = Decide(Bucket::kOrder, source_id, "sender of " + source_id);
    d.outbox = [draft](Bucket, const std::string&, const std::string&) { return std::vector<OutboxDraft>{draft}; };
    const Outcome outcome = CommitOne(std::move(d));
    return outcome.outbox_ids.empty() ? "" : outcome.outbox_ids.front();
  }
  void ExpectStateIsFold(const orders::Order& order) {
    const auto folded = orders::Fold(order.events);
    ASSERT_TRUE(folded) << folded.error().what;
    EXPECT_TRUE(*folded == static_cast<const orders::Life&>(order)) << order.number;
    EXPECT_EQ(static_cast<std::int64_t>(order.events.size()), order.version);
  }

  ManualClock clock_;
  std::filesystem::path folder_;
  std::optional<testing::TestDatabase> test_database_;
  std::unique_ptr<Store> store_;
};

class SqliteTest : public StoreTest {
 protected:
  void SetUp() override {
    if (!OnSqlite()) GTEST_SKIP() << "about SQLite alone";
  }
};
class PostgresqlTest : public StoreTest {
 protected:
  void SetUp() override {
    if (OnSqlite()) GTEST_SKIP() << "about PostgreSQL alone";
  }
};

}  // namespace minsheng::store
