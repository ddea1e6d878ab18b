// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include "src/base/blobs.h"
#include "src/base/crypto.h"
#include "src/store/forms.h"
#include "src/store/keeping.h"
#include "src/store/sealer.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWords = "我是张三丰，电话13812345678，幸福小区的路灯不亮";
constexpr std::string_view kSender = "openid-of-zhang";

class SealingTest : public StoreTest {
 protected:
  Decision Told(Bucket plan, const std::string& source_id) {
    Decision d = Decide(plan, source_id, std::string(kSender));
    d.message.text = kWords;
    d.message.contact = "13812345678";
    d.raw = "<xml>" + std::string(kWords) + "</xml>";
    d.outbox = [](Bucket, const std::string&, const std::string&) {
      OutboxDraft reply = Draft("reply", std::string(kSender));
      reply.payload = std::string(kWords);
      OutboxDraft dispatch = Draft("dispatch-webhook", "lighting");
      dispatch.payload = std::string(kWords);
      return std::vector<OutboxDraft>{reply, dispatch};
    };
    return d;
  }
  // Files of the data folder that hold these bytes; on PostgreSQL, whose files all tests share, also its tables.
  std::vector<std::string> FilesWith(std::string_view bytes) {
    EXPECT_TRUE(store_->Checkpoint());
    std::vector<std::string> found = OnSqlite() ? std::vector<std::string>() : TablesWith(bytes);
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string all((std::istreambuf_iterator<char>(in)), {});
      if (all.find(bytes) != std::string::npos) found.push_back(entry.path().filename().string());
    }
    return found;
  }
  std::vector<std::string> TablesWith(std::string_view bytes) {
    const auto found = OpenDatabase()->Read([&](Connection& c) -> Result<std::vector<std::string>> {
      std::vector<std::string> tables, with;
      Query& q = c.Prepared("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'", "t");
      for (bool row = q.First(); row; row = q.Next()) tables.push_back(q.Text(0));
      EXPECT_GT(tables.size(), 10U);
      for (const auto& table : tables) {
        Query& n = c.Prepared("SELECT COUNT(*) FROM \"" + table + "\" AS t WHERE strpos(t::text, :b) > 0", "i");
        if (n.First(bytes) && n.Int(0) > 0) with.push_back(table);
      }
      return with;
    });
    EXPECT_TRUE(found) << found.error().what;
    return found.value_or(std::vector<std::string>{});
  }
  std::string MasterFile() const { return (folder_ / "master.key").string(); }
  Result<std::unique_ptr<Store>> OpenWith(const std::string& key_file) {
    StoreOptions options;
    options.master_key = "file:" + key_file;
    return Store::Open(Url(), clock_, options);
  }
  // Turns rows into what an older version wrote.
  void MakeOld(const std::string& message_id, const Message& m, const std::string& raw) {
    Sql("UPDATE message SET sealed = 0, raw_form = 'text', raw_blob = '', message = '" + Encode(m) + "', raw = '" +
        raw + "', source_id = '" + m.source_id + "' WHERE id = '" + message_id + "'");
  }
};

TEST_F(SealingTest, NothingACitizenWroteStandsReadableInAnyFileAndEverythingIsReadAsItWas) {
  const Decision told = Told(Bucket::kOrder, "m1");
  const Outcome outcome = CommitOne(told);
  EXPECT_TRUE(FilesWith("张三丰").empty());
  EXPECT_TRUE(FilesWith("13812345678").empty());
  EXPECT_TRUE(FilesWith(kSender).empty());
  const auto request = store_->GetRequest(outcome.request_id).value();
  ASSERT_EQ(request.messages.size(), 1U);
  EXPECT_EQ(request.messages.front(), told.message);
  const auto due = store_->TakeDue(clock_.Now(), clock_.Now() + minutes(1), 10).value();
  ASSERT_EQ(due.size(), 2U);
  for (const auto& row : due) {
    EXPECT_EQ(row.draft.payload, kWords);
    EXPECT_EQ(row.draft.target, row.draft.kind == "reply" ? kSender : "lighting");
  }
  const auto history = store_->ReadHistory({}).value();
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(DecodeMessage(history.front().message).value(), told.message);
  const auto feed = store_->Incidents().Feed(0, 10, 10).value();
  ASSERT_EQ(feed.size(), 1U);
  EXPECT_EQ(feed.front().message->text, kWords);
}

TEST_F(SealingTest, AParkedMessageWithoutASenderIsSealedTooAndItsBytesComeBackExactly) {
  Decision d = Decide(Bucket::kParked, "m1", "");
  d.raw = std::string("\xFF\0 raw bytes of somebody", 24);
  d.message.text = kWords;
  const Outcome outcome = CommitOne(d);
  EXPECT_TRUE(FilesWith("raw bytes of somebody").empty());
  EXPECT_EQ(store_->GetParked(outcome.message_id)->raw, d.raw);
  EXPECT_EQ(DecodeMessage(store_->ListParked(false, 10)->front().message)->text, kWords);
}

TEST_F(SealingTest, TheBodyOfAPassiveAnswerIsSealed) {
  const Outcome outcome = CommitOne(Told(Bucket::kOrder, "m1"));
  const auto tokens =
      store_->TakePassive({{outcome.outbox_ids.front(), std::string(kWords)}}, clock_.Now(), clock_.Now() + minutes(1));
  ASSERT_FALSE(tokens->front().empty());
  EXPECT_TRUE(FilesWith("张三丰").empty());
  EXPECT_EQ(store_->RepliesOf({outcome.message_id})->front().front().wire_body, kWords);
}

TEST_F(SealingTest, ASendersOwnIdInsideAnIdentityIsNotStoredAndARepeatIsStillKnown) {
  Decision d = Told(Bucket::kNoted, std::string(kSender) + "|1439200000|subscribe");
  CommitOne(d);
  EXPECT_TRUE(FilesWith(kSender).empty());
  d.message.id = NewUlid(clock_.Now());
  EXPECT_TRUE(CommitOne(d).duplicate);
}

TEST_F(SealingTest, AnErrorOfAPlatformThatNamesANumberIsKeptMasked) {
  CommitOne(Told(Bucket::kOrder, "m1"));
  const auto due = store_->TakeDue(clock_.Now(), clock_.Now() + minutes(1), 10).value();
  ASSERT_TRUE(store_->Finish(due.front().id, due.front().claim_token, OutboxState::kFailed,
                             "no such user 13812345678 <zhang.sanfeng@example.com>", "", {}));
  EXPECT_TRUE(FilesWith("13812345678").empty());
  EXPECT_TRUE(FilesWith("zhang.sanfeng").empty());
}

TEST_F(SealingTest, ATextThatWasMovedToAnotherRowDoesNotOpenAndHidesNoOther) {
  const Outcome one = CommitOne(Told(Bucket::kOrder, "m1"));
  const Outcome two = CommitOne(Told(Bucket::kOrder, "m2"));
  ASSERT_NE(one.request_id, two.request_id);
  Sql("UPDATE message SET message = (SELECT o.message FROM message o WHERE o.id = '" + two.message_id +
      "') WHERE id = '" + one.message_id + "'");
  EXPECT_TRUE(store_->GetRequest(one.request_id)->messages.empty());
  EXPECT_EQ(store_->GetRequest(two.request_id)->messages.front().text, kWords);
  EXPECT_EQ(store_->ReadHistory({})->size(), 2U);
}

TEST_F(SealingTest, ACopyOfTheDatabaseWithoutTheMasterKeyIsRefusedInWordsAndNoNewKeyIsMade) {
  CommitOne(Told(Bucket::kOrder, "m1"));
  store_.reset();
  fs::rename(MasterFile(), folder_ / "away");
  const auto missing = OpenWith(MasterFile());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kDenied);
  EXPECT_NE(missing.error().what.find("is missing"), std::string::npos) << missing.error().what;
  EXPECT_FALSE(fs::exists(MasterFile()));
  const std::string other = (folder_ / "other.key").string();
  ASSERT_TRUE(MasterKeys::Create(other));
  const auto wrong = OpenWith(other);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::kDenied);
  EXPECT_NE(wrong.error().what.find("not the master key of this database"), std::string::npos) << wrong.error().what;
  EXPECT_TRUE(OpenWith((folder_ / "away").string()));
}

TEST_F(SealingTest, TheKeyOfTheLookUpHashIsWrappedAndAnOlderOneKept) {
  CommitOne(Told(Bucket::kOrder, "m1"));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM secret WHERE value NOT LIKE '________.%'"), 0);
  store_.reset();
  Sql("DELETE FROM secret WHERE name <> 'master-check'");
  Sql("INSERT INTO secret (name, value) VALUES ('sender-hash', '00ff')");
  store_ = OpenStore();
  EXPECT_EQ(Number("SELECT COUNT(*) FROM secret WHERE value NOT LIKE '________.%'"), 0);
  CommitOne(Told(Bucket::kOrder, "m2"));
  EXPECT_EQ(
      Number("SELECT COUNT(*) FROM citizen WHERE sender_hash = '" + HashOfSender("00ff", "wechat", kSender) + "'"), 1);
}

TEST_F(SealingTest, RowsOfAnOlderVersionAreSealedAFewAtATimeWithTheirFilesAndReadAlikeAllTheWhile) {
  const Blobs blobs((folder_ / "blobs").string(), store_->Keep().BlobSecret());
  const auto old_file = crypto::Sha256Hex("picture of somebody");
  fs::create_directories(fs::path(blobs.PathOf(old_file)).parent_path());
  std::ofstream(blobs.PathOf(old_file)) << "picture of somebody";
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 5; ++i) {
    Decision d = Told(Bucket::kOrder, "m" + std::to_string(i));
    d.message.attachments.push_back({"a.jpg", "image/jpeg", 19, old_file, ""});
    outcomes.push_back(CommitOne(d));
    MakeOld(outcomes.back().message_id, d.message, d.raw);
  }
  Sql("UPDATE conversation SET sealed = 0, sender = '" + std::string(kSender) + "'");
  FieldFact name;
  name.key = "name";
  name.value = "张三丰";
  name.source = "person";
  const auto filled = store_->Forms().Fill(outcomes.front().request_id, {name}, "", "operator");
  ASSERT_TRUE(filled) << filled.error().what;
  EXPECT_EQ(Number("SELECT COUNT(*) FROM request_field WHERE sealed = 1 AND value <> '张三丰'"), 1);
  Sql("UPDATE request_field SET sealed = 0, value = '张三丰'");
  EXPECT_FALSE(FilesWith("张三丰").empty()) << "the test sees what is readable";
  int steps = 0;
  for (SweepStep step{0, true}; step.more; ++steps) {
    for (const auto& o : outcomes) EXPECT_EQ(store_->GetRequest(o.request_id)->messages.front().text, kWords);
    step = store_->Keep().SealOld(blobs, 2).value();
    EXPECT_LE(step.done, 8);
    ASSERT_LT(steps, 10);
  }
  EXPECT_GE(steps, 3);
  EXPECT_EQ(store_->Keep().Keys()->clear_rows, 0);
  EXPECT_EQ(store_->Forms().Facts(outcomes.front().request_id, true)->front().value, "张三丰");
  for (const auto& o : outcomes) {
    const auto message = store_->GetRequest(o.request_id)->messages.front();
    EXPECT_EQ(message.text, kWords);
    EXPECT_TRUE(Blobs::IsSealed(message.attachments.front().blob));
    EXPECT_EQ(blobs.Get(message.attachments.front().blob).value(), "picture of somebody");
  }
  EXPECT_EQ(store_->Keep().DeleteFiles(blobs, 10)->done, 0) << "an entry of the stream may still name it";
  clock_.Advance(hours(49));
  EXPECT_EQ(store_->Keep().DeleteFiles(blobs, 10)->done, 1);
  EXPECT_TRUE(FilesWith("张三丰").empty());
  EXPECT_TRUE(FilesWith("picture of somebody").empty());
  EXPECT_TRUE(FilesWith(kSender).empty());
}

TEST_F(SealingTest, AfterARotationTheOldMasterKeyOpensNothingAndNothingIsLost) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 7; ++i) {
    Decision d = Told(Bucket::kOrder, "m" + std::to_string(i));
    d.message.sender = "citizen " + std::to_string(i);
    outcomes.push_back(CommitOne(d));
  }
  fs::copy_file(MasterFile(), folder_ / "old.key");
  const auto running = OpenStore();  // another process, which goes on with its work
  const auto old = store_->Keep().Keys()->current;
  const auto added = store_->Keep().AddMasterKey();
  ASSERT_TRUE(added) << added.error().what;
  EXPECT_NE(*added, old);
  EXPECT_EQ(store_->Keep().Keys()->under_old, 7 + 3);
  EXPECT_EQ(store_->Keep().DropOldMasterKeys().error().kind, ErrorKind::kConflict);
  for (SweepStep step{0, true}; step.more;) {
    step = store_->Keep().Rewrap(3).value();
    for (const auto& o : outcomes) EXPECT_EQ(running->GetRequest(o.request_id)->messages.front().text, kWords);
  }
  EXPECT_EQ(store_->Keep().Keys()->under_old, 0);
  ASSERT_TRUE(store_->Keep().DropOldMasterKeys());
  for (const auto& o : outcomes) EXPECT_EQ(running->GetRequest(o.request_id)->messages.front().text, kWords);
  store_.reset();
  EXPECT_EQ(OpenWith((folder_ / "old.key").string()).error().kind, ErrorKind::kDenied);
  store_ = OpenStore();
  for (const auto& o : outcomes) EXPECT_EQ(store_->GetRequest(o.request_id)->messages.front().text, kWords);
}

}  // namespace
}  // namespace minsheng::store
