// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include "src/base/blobs.h"
#include "src/store/conversations.h"
#include "src/store/forms.h"
#include "src/store/keeping.h"
#include "src/store/search.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "李逍遥";
constexpr std::string_view kNumber = "13987654321";
constexpr std::string_view kOpenId = "openid-of-li-xiaoyao";

class ErasureTest : public StoreTest {
 protected:
  Outcome Tell(const std::string& source_id, std::string_view sender = kOpenId, Bucket plan = Bucket::kAnswered) {
    Decision d = Decide(plan, source_id, std::string(sender));
    d.message.text = "我是" + std::string(kName) + "，电话" + std::string(kNumber) + "，余杭镇客栈门口的石板路塌了";
    d.message.contact = kNumber;
    d.message.attachments.push_back({"a.jpg", "image/jpeg", 5, blobs().Put(sender, source_id + "的照片").value(), ""});
    d.raw = d.message.text;
    d.raw_blob = blobs().Put(sender, std::string(100, 'x') + d.message.text).value();
    d.verdict.emplace();
    d.verdict->topic = "urban.roads";
    d.verdict->rule_set = 1;
    d.outbox = [text = d.message.text, sender = std::string(sender)](Bucket, const std::string&, const std::string&) {
      OutboxDraft reply = Draft("reply", sender);
      reply.payload = text;
      return std::vector<OutboxDraft>{reply};
    };
    return CommitOne(d);
  }
  Blobs blobs() { return {(folder_ / "blobs").string(), store_->Keep().BlobSecret()}; }
  std::string CitizenOf(std::string_view address) {
    Whose whose;
    whose.address = address;
    const auto found = store_->Keep().FindPerson(whose);
    EXPECT_TRUE(found) << found.error().what;
    return found && found->citizens.size() == 1 ? found->citizens.front() : "";
  }
  int BlobFiles() {
    int n = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "blobs")) n += entry.is_regular_file() ? 1 : 0;
    return n;
  }
  // All files of the database and the data folder. On PostgreSQL without the server's log, which is promised nothing.
  std::vector<std::string> FilesWith(std::string_view bytes) {
    std::vector<fs::path> roots = {folder_};
    if (!OnSqlite()) roots.push_back(fs::path(Url().substr(Url().find("?host=") + 6)) / "data" / "base");
    std::vector<std::string> found;
    for (const auto& root : roots) {
      EXPECT_TRUE(fs::exists(root)) << root;
      for (const auto& entry : fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied)) {
        std::error_code gone;
        if (!entry.is_regular_file(gone)) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string all((std::istreambuf_iterator<char>(in)), {});
        if (all.find(bytes) != std::string::npos) found.push_back(entry.path().string());
      }
    }
    return found;
  }
};

TEST_F(ErasureTest, WhatWaitsForFurtherWordsIsOpenAndEndsWithTheErasure) {
  Decision d = Decide(Bucket::kTriage, "m1", std::string(kOpenId));
  d.message.text = kName;
  d.hold = HoldPlan{Millis{60'000}, Millis{300'000}, false, std::nullopt};
  const Outcome waits = CommitOne(d);
  ASSERT_EQ(waits.bucket, Bucket::kSettling);
  const std::string citizen = store_->Keep().FindPerson({"", "", waits.request_id})->citizens.at(0);
  EXPECT_EQ(store_->Keep().Erase({citizen}, "wang", "市民要求", false).error().kind, ErrorKind::kConflict);
  const auto erased = store_->Keep().Erase({citizen}, "wang", "市民要求", true);
  ASSERT_TRUE(erased) << erased.error().what;
  clock_.Advance(hours(1));
  EXPECT_TRUE(store_->Talks().Due(clock_.Now(), 10)->empty());
  EXPECT_EQ(store_->GetRequest(waits.request_id)->state, "noted");
  EXPECT_EQ(store_->OutcomeOf(waits.message_id)->value().bucket, Bucket::kNoted);
}

TEST_F(ErasureTest, AfterAnErasureNothingOfThePersonIsInAnyByteOfAnyFileAndTheCountsStay) {
  const Outcome first = Tell("m1");
  const Outcome second = Tell("m2");
  const Outcome other = Tell("m3", "openid-of-somebody-else");
  FieldFact fact;
  fact.key = "name";
  fact.value = kName;
  fact.source = "person";
  ASSERT_TRUE(store_->Forms().Fill(first.request_id, {fact}, "", "operator"));
  PinnedCase pin;
  pin.request_id = first.request_id;
  pin.text = std::string(kName) + "家门口的石板路塌了";
  pin.topic = "urban.roads";
  pin.author = "editor";
  ASSERT_TRUE(store_->AddPin(pin));
  ASSERT_TRUE(store_->PutState("wechat/main", "quota:" + std::string(kOpenId), std::nullopt, "5"));
  while (store_->Search().Sweep().value() > 0) {
  }
  ASSERT_TRUE(store_->Checkpoint());
  if (OnSqlite()) {
    EXPECT_FALSE(FilesWith(kName).empty()) << "the masked case is readable, so the test sees what is readable";
  }
  EXPECT_EQ(BlobFiles(), 5) << "one sender's same bytes are one file";
  const auto before = store_->Balance({}, FromMs(INT64_MAX / 2), nullptr)->size();

  const auto citizen = CitizenOf(kOpenId);
  ASSERT_FALSE(citizen.empty());
  const auto erased = store_->Keep().Erase({citizen}, "officer", "本人要求，电话" + std::string(kNumber), false);
  ASSERT_TRUE(erased) << erased.error().what;
  EXPECT_EQ(erased->message_ids, (std::set<std::string>{first.message_id, second.message_id}));
  EXPECT_EQ(store_->Keep().DeleteFiles(blobs(), 100)->done, 3);
  // The other one told the same words; then nobody is left who did.
  EXPECT_FALSE(store_->GetRequest(other.request_id)->messages.front().text.empty());
  ASSERT_TRUE(store_->Keep().Erase({CitizenOf("openid-of-somebody-else")}, "officer", "test", false));
  EXPECT_EQ(store_->Keep().DeleteFiles(blobs(), 100)->done, 2);
  EXPECT_EQ(BlobFiles(), 0);
  const auto scrubbed = store_->Keep().Scrub();
  ASSERT_TRUE(scrubbed) << scrubbed.error().what;
  for (const auto bytes : {kName, kNumber, kOpenId, std::string_view("余杭镇客栈"), std::string_view("的照片")}) {
    const auto files = FilesWith(bytes);
    EXPECT_TRUE(files.empty()) << bytes << " is in " << (files.empty() ? "" : files.front());
  }
  EXPECT_EQ(store_->Balance({}, FromMs(INT64_MAX / 2), nullptr)->size(), before);
  const auto request = store_->GetRequest(first.request_id).value();
  EXPECT_EQ(request.verdict->topic, "urban.roads");
  ASSERT_EQ(request.messages.size(), 1U);
  EXPECT_EQ(request.messages.front().text, "");
  EXPECT_FALSE(request.messages.front().Fact("erased").empty());
  EXPECT_TRUE(store_->ReadHistory({})->empty());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM pinned_case WHERE text <> '' OR retired_at = 0"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM channel_state"), 0);
}

TEST_F(ErasureTest, ARepeatOfAnErasedMessageIsStillARepeatAndWhoWritesAgainIsSomebodyNew) {
  Tell("m1");
  const auto citizen = CitizenOf(kOpenId);
  ASSERT_TRUE(store_->Keep().Erase({citizen}, "officer", "test", false));
  EXPECT_TRUE(Tell("m1").duplicate);
  EXPECT_EQ(CitizenOf(kOpenId), "");
  EXPECT_FALSE(Tell("m2").duplicate);
  EXPECT_NE(CitizenOf(kOpenId), citizen);
}

TEST_F(ErasureTest, WhileAnOrderIsOpenItIsRefusedAndSaysWhichUnlessForced) {
  const Outcome order = Tell("m1", kOpenId, Bucket::kOrder);
  const auto citizen = CitizenOf(kOpenId);
  const auto refused = store_->Keep().Erase({citizen}, "officer", "test", false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_NE(refused.error().what.find(order.order_number), std::string::npos) << refused.error().what;
  EXPECT_FALSE(store_->GetRequest(order.request_id)->messages.front().text.empty());
  EXPECT_TRUE(store_->Keep().Erase({citizen}, "officer", "court order", true));
  EXPECT_TRUE(store_->GetRequest(order.request_id)->messages.front().text.empty());
  EXPECT_TRUE(store_->TakeDue(clock_.Now(), clock_.Now() + minutes(1), 10)->empty()) << "nothing is sent to nobody";
}

TEST_F(ErasureTest, APersonIsFoundByTheNumberTheyLeftHoweverItIsWritten) {
  const Outcome told = Tell("m1");
  const auto citizen = CitizenOf(kOpenId);
  EXPECT_EQ(CitizenOf(kNumber), citizen);
  EXPECT_EQ(CitizenOf("+86 139-8765-4321"), citizen);
  Whose whose;
  whose.request_id = told.request_id;
  EXPECT_EQ(store_->Keep().FindPerson(whose)->citizens.front(), citizen);
  EXPECT_EQ(store_->Keep().FindPerson({}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(CitizenOf("13900000000"), "");
}

TEST_F(ErasureTest, WithoutAReasonOrANameNothingIsErasedAndTheJournalHoldsNobody) {
  Tell("m1");
  const auto citizen = CitizenOf(kOpenId);
  EXPECT_EQ(store_->Keep().Erase({citizen}, "officer", "", false).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(store_->Keep().Erase({citizen}, "", "why", false).error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(store_->Keep().Erase({citizen}, "officer", "请删除 13987654321", false));
  const auto journal = store_->Keep().Erasures().value();
  ASSERT_EQ(journal.size(), 1U);
  EXPECT_EQ(journal.front().reason.find(kNumber), std::string::npos);
  EXPECT_EQ(journal.front().person.find(kOpenId), std::string::npos);
}

TEST_F(ErasureTest, AnErasureIsRepeatedOnACopyThatWasMadeBeforeItAndSparesWhatCameLater) {
  if (!OnSqlite()) GTEST_SKIP() << "copies a file";
  const Outcome told = Tell("m1");
  ASSERT_TRUE(store_->Checkpoint());
  fs::copy_file(folder_ / "minsheng.db", folder_ / "old.db");
  const auto citizen = CitizenOf(kOpenId);
  ASSERT_TRUE(store_->Keep().Erase({citizen}, "officer", "test", false));
  const auto journal = store_->Keep().Erasures().value();
  auto copy = Store::Open("sqlite:" + (folder_ / "old.db").string(), clock_, {"", "", MasterKey()});
  ASSERT_TRUE(copy) << copy.error().what;
  EXPECT_FALSE((*copy)->GetRequest(told.request_id)->messages.front().text.empty());
  EXPECT_EQ((*copy)->Keep().EraseAgain(journal).value(), 1);
  EXPECT_TRUE((*copy)->GetRequest(told.request_id)->messages.front().text.empty());
  EXPECT_EQ((*copy)->Keep().EraseAgain(journal).value(), 0) << "may be repeated";
  clock_.Advance(hours(1));
  const Outcome later = Tell("m2");
  EXPECT_EQ(store_->Keep().EraseAgain(journal).value(), 0);
  EXPECT_FALSE(store_->GetRequest(later.request_id)->messages.front().text.empty());
}

}  // namespace
}  // namespace minsheng::store
