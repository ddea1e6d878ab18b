// SPDX-License-Identifier: Apache-2.0
// What only PostgreSQL does: it is elsewhere, it goes away, and transactions meet.
#include "src/store/sql_store.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class ElsewhereTest : public PostgresqlTest {
 protected:
  testing::PostgresServer& Server() { return testing::Postgres(); }
  void EndSessions() {
    (void)Server().Sql("postgres",
                       "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname LIKE 't%'");
  }
  // A function that runs before each row of `table`, or when the transaction commits.
  void OnInsert(const std::string& table, const std::string& body, bool at_commit = false) {
    Sql("CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS '" + body + "'");
    Sql(at_commit ? "CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON " + table +
                        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trap()"
                  : "CREATE TRIGGER trap BEFORE INSERT ON " + table + " FOR EACH ROW EXECUTE FUNCTION trap()");
  }
};

TEST_F(ElsewhereTest, AServerThatWasRestartedMeanwhileIsNotNoticed) {
  CommitOne(Decide(Bucket::kOrder, "m1"));
  ASSERT_EQ(store_->ListOrders({})->size(), 1U);
  Server().Stop();
  Server().Start();
  EXPECT_EQ(store_->ListOrders({})->size(), 1U);
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m2")).order_number, "20150810-00002");
}

TEST_F(ElsewhereTest, WithoutItsServerEverythingIsUnavailableAndGoesOnWhenItIsBack) {
  CommitOne(Decide(Bucket::kOrder, "m1"));
  Server().Stop();
  const Decision waiting = Decide(Bucket::kOrder, "m2");
  for (int i = 0; i < 2; ++i) {
    const auto failed = store_->Commit({waiting});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable) << failed.error().what;
    EXPECT_NE(failed.error().what.find("cannot connect to the database postgresql://"), std::string::npos)
        << failed.error().what;
    EXPECT_EQ(store_->ListOrders({}).error().kind, ErrorKind::kUnavailable);
    EXPECT_EQ(store_->Probe().error().kind, ErrorKind::kUnavailable);
  }
  EXPECT_EQ(Store::Open(Url(), clock_).error().kind, ErrorKind::kUnavailable);
  Server().Start();
  EXPECT_TRUE(store_->Probe());
  EXPECT_EQ(CommitOne(waiting).order_number, "20150810-00002");
}

TEST_F(ElsewhereTest, AConnectionThatBreaksInsideATransactionLeavesNothingOfIt) {
  Decision breaking = Decide(Bucket::kOrder, "m2");
  bool broken = false;
  breaking.outbox = [&](Bucket, const std::string&, const std::string&) {
    if (!std::exchange(broken, true)) EndSessions();
    return std::vector<OutboxDraft>{Draft("reply")};
  };
  const auto failed = store_->Commit({Decide(Bucket::kOrder, "m1"), breaking});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable) << failed.error().what;
  EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM day_serial"), 0);
  EXPECT_EQ(CommitOne(breaking).order_number, "20150810-00001");
}

TEST_F(ElsewhereTest, AConnectionThatBreaksDuringTheCommitIsUnknownAndTheSameMessageTellsWhatHappened) {
  OnInsert("message", "BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END", /*at_commit=*/true);
  const Decision d = Decide(Bucket::kOrder, "m1");
  const auto failed = store_->Commit({d});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnknown) << failed.error().what;
  Sql("DROP TRIGGER trap ON message");
  EXPECT_EQ(CommitOne(d).order_number, "20150810-00001");
}

TEST_F(ElsewhereTest, ATransactionThatMeetsAnotherIsRunAgainAndLeavesOneTrace) {
  Sql("CREATE SEQUENCE tries");
  OnInsert(
      "message",
      "BEGIN IF nextval(''tries'') < 4 THEN RAISE EXCEPTION ''met'' USING ERRCODE = ''40P01''; END IF; RETURN NEW; "
      "END");
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m1")).order_number, "20150810-00001");
  EXPECT_EQ(Number("SELECT last_value FROM tries"), 4);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event"), 2);
}

TEST_F(ElsewhereTest, ATransactionThatMeetsAnotherForEverEndsAsUnavailable) {
  OnInsert("message", "BEGIN RAISE EXCEPTION ''met'' USING ERRCODE = ''40001''; END");
  EXPECT_EQ(store_->Commit({Decide(Bucket::kOrder, "m1")}).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM work_order"), 0);
}

TEST_F(ElsewhereTest, ACommitIsOnTheDiskAlsoWhenTheDatabaseWasSetOtherwise) {
  const auto name = Server().Sql(Url().substr(Url().find("@/") + 2, Url().find('?') - Url().find("@/") - 2),
                                 "SELECT current_database()");
  (void)Server().Sql("postgres", "ALTER DATABASE " + name + " SET synchronous_commit = off");
  auto database = OpenDatabase();
  const auto setting = [&](Connection& c) -> Result<std::string> {
    Query& q = c.Prepared("SELECT current_setting('synchronous_commit')", "t");
    return q.First() ? q.Text(0) : "";
  };
  EXPECT_EQ(database->Write(setting).value(), "on");
  (void)Server().Sql("postgres", "ALTER DATABASE " + name + " SET synchronous_commit = remote_apply");
  database = OpenDatabase();
  EXPECT_EQ(database->Write(setting).value(), "remote_apply") << "what asks for more stays";
}

TEST_F(ElsewhereTest, WhoOnlyReadsCannotWrite) {
  auto database = OpenDatabase();
  const auto wrote = database->Read([](Connection& c) -> Result<void> {
    c.Once("DELETE FROM message");
    return {};
  });
  ASSERT_FALSE(wrote);
}

TEST_F(ElsewhereTest, APasswordInTheAddressIsRefusedAndNotRepeated) {
  for (const char* url : {"postgresql://minsheng:open-sesame@localhost/x", "postgresql:///x?password=open-sesame",
                          "dbname=x password=open-sesame", "postgresql://u:open-sesame@[bad"}) {
    const auto opened = Store::Open(url, clock_);
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid) << url;
    EXPECT_EQ(opened.error().what.find("open-sesame"), std::string::npos) << opened.error().what;
    EXPECT_FALSE(Store::CheckUrl(url));
  }
  EXPECT_TRUE(Store::CheckUrl("postgresql://minsheng@db.example:5432/minsheng"));
  EXPECT_TRUE(Store::CheckUrl("host=/run/postgresql dbname=minsheng"));
  EXPECT_TRUE(Store::CheckUrl("sqlite:/var/lib/minsheng/minsheng.db"));
  EXPECT_FALSE(Store::CheckUrl("mysql:/x"));
}

TEST_F(ElsewhereTest, ADatabaseThatIsNotThereIsDeniedInWords) {
  const auto opened = Store::Open(Server().Url("nowhere"), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kDenied);
  EXPECT_NE(opened.error().what.find("database \"nowhere\" does not exist"), std::string::npos) << opened.error().what;
}

TEST_F(ElsewhereTest, ADatabaseOfAnotherEncodingIsRefusedWithTheRemedy) {
  (void)Server().Sql("postgres", "CREATE DATABASE latin ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
  const auto opened = Store::Open(Server().Url("latin"), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(opened.error().what.find("createdb -E UTF8"), std::string::npos) << opened.error().what;
  Server().DropDatabase(Server().Url("latin"));
}

TEST_F(ElsewhereTest, ThePasswordAndOddCharactersReachTheServerWhole) {
  (void)Server().Sql("postgres", "CREATE DATABASE \"odd  name '&%\" TEMPLATE template0");
  const auto socket = Url().substr(Url().find("?host=") + 6);
  const auto opened = Store::Open("user=minsheng dbname='odd  name \\'&%' host=" + socket, clock_,
                                  {"any word  &=% here", "", MasterKey()});
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_TRUE((*opened)->Probe());
}

TEST_F(ElsewhereTest, BytesThatTheDatabaseCannotHoldDoNotStopAMessage) {
  Decision d = Decide(Bucket::kOrder, std::string("id\0with\xff", 8), std::string("sen\0der\xfe", 8));
  d.raw = std::string("raw\0\xff", 5);
  const auto first = CommitOne(d);
  EXPECT_EQ(first.order_number, "20150810-00001");
  EXPECT_TRUE(CommitOne(d).duplicate);
  d.plan = Bucket::kParked;
  d.message.id = NewUlid(clock_.Now());
  d.message.source_id += "2";
  CommitOne(d);
  EXPECT_EQ(store_->GetParked(d.message.id)->raw, d.raw);
}

TEST_F(ElsewhereTest, NeitherErrorsNorTheServersLogRepeatWhatACitizenWrote) {
  OnInsert("request", "BEGIN RAISE EXCEPTION ''%'', NEW.account USING ERRCODE = ''22023''; END");
  Decision d = Decide(Bucket::kOrder, "m1", "13800000000");
  d.message.account = "secret words";
  const auto failed = store_->Commit({d});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what.find("secret words"), std::string::npos) << failed.error().what;
  Sql("DROP TRIGGER trap ON request");
  CommitOne(d);
  // The same identity under an id that is taken, a row that refers to nothing: keys are named, not their values.
  Sql("CREATE UNIQUE INDEX once ON message (committed_at)");
  const auto twice = store_->Commit({Decide(Bucket::kOrder, "m2", "13900000000")});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(twice.error().what.find("13900000000"), std::string::npos) << twice.error().what;
  EXPECT_EQ(Server().Log().find("13900000000"), std::string::npos);
  EXPECT_EQ(Server().Log().find("13800000000"), std::string::npos);
  EXPECT_EQ(Server().Log().find("路灯"), std::string::npos);
}

}  // namespace
}  // namespace minsheng::store
