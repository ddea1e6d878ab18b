// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "src/store/sql_store.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class FaultsTest : public StoreTest {
 protected:
  // Replaces the store by one whose writer session the test can spoil.
  void Expose() {
    store_.reset();
    auto database = OpenDatabase();
    database_ = database.get();
    auto secrets = OpenSecrets(*database, MasterKey());
    ASSERT_TRUE(secrets) << secrets.error().what;
    store_ = std::make_unique<SqlStore>(std::move(database), std::move(*secrets), clock_);
  }
  void BeImpatient() { OnWriter(OnSqlite() ? "PRAGMA busy_timeout = 1" : "SET lock_timeout = 5"); }
  void OnWriter(const std::string& statement) {
    const auto done = database_->Write([&](Connection& c) -> Result<void> {
      c.Once(statement);
      return {};
    });
    ASSERT_TRUE(done) << done.error().what;
  }
  Decision Big(const std::string& source_id) {
    Decision d = Decide(Bucket::kOrder, source_id);
    d.raw = std::string(200'000, 'x');
    return d;
  }
  void ExpectUnavailable(const Decision& d) {
    const auto result = store_->Commit({d});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::kUnavailable) << result.error().what;
    EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), 0);
    EXPECT_EQ(Number("SELECT COUNT(*) FROM day_serial"), 0);
  }

  Database* database_ = nullptr;
};

using SqliteFaultsTest = SqliteTest;

TEST_F(FaultsTest, AFullDatabaseIsUnavailableAndTakesTheSameMessageLater) {
  Expose();
  if (!OnSqlite()) {
    Forbid("message", "", "53100");  // disk_full
    ExpectUnavailable(Big("m1"));
    EXPECT_TRUE(store_->ListOrders({}).value().empty());
    AllowAgain("message");
    EXPECT_EQ(CommitOne(Big("m1")).order_number, "20150810-00001");
    return;
  }
  OnWriter("PRAGMA max_page_count = 1");  // SQLite raises it to the present size
  const Decision d = Big("m1");
  ExpectUnavailable(d);
  ExpectUnavailable(d);
  EXPECT_TRUE(store_->ListOrders({}).value().empty());  // reading goes on
  OnWriter("PRAGMA max_page_count = 1073741823");
  EXPECT_EQ(CommitOne(d).order_number, "20150810-00001");
}

TEST_F(FaultsTest, AReadOnlyDatabaseIsUnavailableAndTheProbeSaysSo) {
  Expose();
  ASSERT_TRUE(store_->Probe());
  OnWriter(OnSqlite() ? "PRAGMA query_only = ON" : "SET default_transaction_read_only = on");
  ExpectUnavailable(Decide(Bucket::kOrder, "m1"));
  EXPECT_EQ(store_->Probe().error().kind, ErrorKind::kUnavailable);
  store_ = OpenStore();
  ASSERT_TRUE(store_->Probe());
}

TEST_F(FaultsTest, ALockedDatabaseIsUnavailable) {
  Expose();
  BeImpatient();
  auto other = OpenDatabase();
  const auto held = other->Write([&](Connection&) -> Result<void> {
    ExpectUnavailable(Decide(Bucket::kOrder, "m1"));
    return {};
  });
  ASSERT_TRUE(held);
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m1")).bucket, Bucket::kOrder);
}

TEST_F(FaultsTest, AProcessKilledInsideATransactionLeavesNothingOfItAndEverythingBeforeIt) {
  store_.reset();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::Open(Url(), clock_, {"", "", MasterKey()});
    if (!store || !(*store)->Commit({Decide(Bucket::kOrder, "m1"), Decide(Bucket::kOrder, "m2")})) _exit(1);
    Decision last = Decide(Bucket::kOrder, "m4");
    last.outbox = [](Bucket, const std::string&, const std::string&) {
      kill(getpid(), SIGKILL);
      return std::vector<OutboxDraft>();
    };
    (void)(*store)->Commit({Decide(Bucket::kOrder, "m3"), last});
    _exit(2);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  store_ = OpenStore();
  EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), 2);
  // Both processes counted their ids up from the same state: step over what the child has used.
  for (int i = 0; i < 100; ++i) (void)NewUlid(clock_.Now());
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m3")).order_number, "20150810-00003");
}

TEST_F(FaultsTest, ACallbackThatThrowsUndoesItsBatchAndTheStoreWorksOn) {
  Decision d = Decide(Bucket::kOrder, "m1");
  d.outbox = [](Bucket, const std::string&, const std::string&) -> std::vector<OutboxDraft> {
    throw std::runtime_error("broken template");
  };
  EXPECT_THROW((void)store_->Commit({d}), std::runtime_error);
  d.outbox = nullptr;
  EXPECT_EQ(CommitOne(d).order_number, "20150810-00001");
}

TEST_F(SqliteFaultsTest, AFileThatIsNoDatabaseIsInternalAndAWrongUrlIsInvalid) {
  std::ofstream(folder_ / "text.db") << std::string(5000, 'x');
  const auto text = Store::Open("sqlite:" + (folder_ / "text.db").string(), clock_);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::kInternal) << text.error().what;
  for (const char* url : {"", "sqlite:", "mysql:/x", "sqlite::memory:", "sqlite:/a\"b"}) {
    const auto opened = Store::Open(url, clock_);
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid) << url;
  }
  const auto nowhere = Store::Open("sqlite:" + (folder_ / "no" / "such" / "x.db").string(), clock_);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(nowhere.error().what.find("no/such/x.db"), std::string::npos) << nowhere.error().what;
}

TEST_F(FaultsTest, ErrorsNeverRepeatWhatACitizenWrote) {
  const Decision good = Decide(Bucket::kOrder, "good", "13800000000");
  Decision bad = Decide(Bucket::kOrder, "bad", "13800000000");
  Forbid("request");
  const auto result = store_->Commit({good, bad});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what.find("13800000000"), std::string::npos) << result.error().what;
  EXPECT_EQ(result.error().what.find("路灯"), std::string::npos) << result.error().what;
}

TEST_F(SqliteFaultsTest, ACheckpointEmptiesTheWriteAheadLog) {
  for (int i = 0; i < 5; ++i) CommitOne(Decide(Bucket::kOrder, std::to_string(i)));
  const auto wal = folder_ / "minsheng.db-wal";
  EXPECT_GT(std::filesystem::file_size(wal), 0U);
  ASSERT_TRUE(store_->ListRequests("", "", 5));  // a reader that is done does not hold it up
  const auto done = store_->Checkpoint();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(std::filesystem::file_size(wal), 0U);
}

TEST_F(SqliteFaultsTest, ALongWriteAheadLogIsCopiedBackBesideTheWriterAndBeginsAnew) {
  const auto file = folder_ / "minsheng.db";
  const auto log = folder_ / "minsheng.db-wal";
  for (int i = 0; i < 120; ++i) {  // 24 MB
    Decision big = Decide(Bucket::kOrder, std::to_string(i));
    big.raw = std::string(200'000, 'x');
    CommitOne(std::move(big));
  }
  // Nobody asks for a checkpoint here.
  const auto end = std::chrono::steady_clock::now() + seconds(60);
  int more = 0;
  while (std::filesystem::file_size(file) < 16'000'000 && std::chrono::steady_clock::now() < end) {
    CommitOne(Decide(Bucket::kNoted, "more " + std::to_string(more++)));
  }
  EXPECT_GE(std::filesystem::file_size(file), 16'000'000U);
  EXPECT_LT(std::filesystem::file_size(log), 64'000'000U);
}

TEST_F(SqliteFaultsTest, TheSessionsKeepTheirPromisesToTheDisk) {
  auto database = OpenDatabase();
  const auto pragma = [&](Connection& c, const std::string& name) -> Result<std::int64_t> {
    Query& q = c.Prepared("PRAGMA " + name, "i");
    return q.First() ? q.Int(0) : -1;
  };
  const auto of_writer = [&](const std::string& name) {
    return database->Write([&](Connection& c) { return pragma(c, name); }).value();
  };
  EXPECT_EQ(of_writer("synchronous"), 2);  // FULL
  EXPECT_EQ(of_writer("foreign_keys"), 1);
  EXPECT_EQ(of_writer("busy_timeout"), 5000);
  EXPECT_GT(of_writer("journal_size_limit"), 0);
  EXPECT_EQ(database->Read([&](Connection& c) { return pragma(c, "query_only"); }).value(), 1);
}

}  // namespace
}  // namespace minsheng::store
