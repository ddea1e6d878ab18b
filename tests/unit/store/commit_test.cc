// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

using CommitTest = StoreTest;

TEST_F(CommitTest, AnOrderIsOpenedAndDispatchedWithItsOutboxInOneTransaction) {
  Decision d = Decide(Bucket::kOrder, "m1");
  d.outbox = [](Bucket bucket, const std::string& request_id, const std::string& number) {
    EXPECT_EQ(bucket, Bucket::kOrder);
    EXPECT_FALSE(request_id.empty());
    OutboxDraft draft;
    draft.kind = "dispatch-webhook";
    draft.target = "lighting";
    draft.payload = number;
    return std::vector<OutboxDraft>{draft, draft};
  };
  const Message sent = d.message;
  const Outcome outcome = CommitOne(std::move(d));
  EXPECT_FALSE(outcome.duplicate);
  EXPECT_EQ(outcome.bucket, Bucket::kOrder);
  EXPECT_EQ(outcome.order_number, "20150810-00001");
  ASSERT_EQ(outcome.outbox_ids.size(), 2U);

  const auto order = store_->GetOrder(outcome.order_number).value();
  EXPECT_EQ(order.state, orders::State::kDispatched);
  EXPECT_EQ(order.topic, "urban.lighting");
  EXPECT_EQ(order.urgency, Urgency::kUrgent);
  EXPECT_EQ(order.lead_unit, "lighting");
  EXPECT_EQ(order.helper_units, std::vector<std::string>{"town"});
  EXPECT_EQ(order.catalogue_entry, "urban@*");
  ASSERT_EQ(order.events.size(), 2U);
  EXPECT_EQ(order.events[0].act, orders::Act::kOpen);
  EXPECT_EQ(order.events[1].act, orders::Act::kDispatch);
  EXPECT_EQ(order.events[1].data, R"({"unit":"lighting","helpers":["town"],"entry":"urban@*"})");

  const auto request = store_->GetRequest(outcome.request_id).value();
  EXPECT_EQ(request.state, "order");
  EXPECT_EQ(request.order_number, outcome.order_number);
  ASSERT_EQ(request.messages.size(), 1U);
  EXPECT_EQ(request.messages[0], sent);
  ASSERT_TRUE(request.verdict);
  EXPECT_EQ(request.verdict->topic, "urban.lighting");

  const auto rows = store_->ListOutbox("pending", 10).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].draft.payload, "20150810-00001");
  EXPECT_EQ(rows[0].request_id, outcome.request_id);
}

TEST_F(CommitTest, WithoutALeadUnitTheOrderStaysAccepted) {
  Decision d = Decide(Bucket::kOrder, "m1");
  d.lead_unit.clear();
  const auto order = store_->GetOrder(CommitOne(std::move(d)).order_number).value();
  EXPECT_EQ(order.state, orders::State::kAccepted);
  EXPECT_EQ(order.events.size(), 1U);
}

TEST_F(CommitTest, ASecondDeliveryIsHarmlessAndAnsweredLikeTheFirst) {
  Decision d = Decide(Bucket::kOrder, "m1");
  int calls = 0;
  d.outbox = [&](Bucket, const std::string&, const std::string&) {
    ++calls;
    return std::vector<OutboxDraft>{Draft("reply")};
  };
  const Outcome first = CommitOne(d);
  const Outcome again = CommitOne(d);
  Decision other_id = d;
  other_id.message.id = NewUlid(clock_.Now());
  const Outcome same_identity = CommitOne(other_id);
  for (const Outcome& o : {again, same_identity}) {
    EXPECT_TRUE(o.duplicate);
    EXPECT_EQ(o.message_id, first.message_id);
    EXPECT_EQ(o.bucket, first.bucket);
    EXPECT_EQ(o.request_id, first.request_id);
    EXPECT_EQ(o.order_number, first.order_number);
    EXPECT_EQ(o.outbox_ids, first.outbox_ids);
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM citizen"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM request"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM outbox"), 1);
  EXPECT_EQ(Number("SELECT last FROM day_serial"), 1);
}

TEST_F(CommitTest, ADuplicateWithinOneBatchIsSeen) {
  const Decision d = Decide(Bucket::kTriage, "m1");
  const auto outcomes = store_->Commit({d, d}).value();
  EXPECT_FALSE(outcomes[0].duplicate);
  EXPECT_TRUE(outcomes[1].duplicate);
  EXPECT_EQ(outcomes[1].request_id, outcomes[0].request_id);
}

TEST_F(CommitTest, OneBadDecisionUndoesTheWholeBatchAndIsNamed) {
  const Decision good = Decide(Bucket::kOrder, "good");
  Decision bad = Decide(Bucket::kOrder, "bad");
  bad.message.id = good.message.id;  // another message under the same id
  const auto result = store_->Commit({good, bad});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kConflict);
  EXPECT_NE(result.error().what.find("decision 1"), std::string::npos) << result.error().what;
  for (const char* table : {"message", "request", "work_order", "event", "citizen", "conversation", "day_serial"}) {
    EXPECT_EQ(Number("SELECT COUNT(*) FROM " + std::string(table)), 0) << table;
  }
  EXPECT_EQ(CommitOne(good).order_number, "20150810-00001");
}

TEST_F(CommitTest, AFailingStatementUndoesTheWholeBatch) {
  Forbid("outbox");
  Decision with_outbox = Decide(Bucket::kOrder, "m2");
  with_outbox.outbox = [](Bucket, const std::string&, const std::string&) {
    return std::vector<OutboxDraft>{Draft("reply")};
  };
  const auto result = store_->Commit({Decide(Bucket::kOrder, "m1"), with_outbox, Decide(Bucket::kOrder, "m3")});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM work_order"), 0);
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m4")).order_number, "20150810-00001");
}

TEST_F(CommitTest, AMessageWithoutIdentityIsRefused) {
  Decision d = Decide(Bucket::kTriage, "");
  const auto result = store_->Commit({d});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
}

TEST_F(CommitTest, AFollowUpAttachesToTheNewestOpenRequestOfItsConversation) {
  const Outcome old = CommitOne(Decide(Bucket::kTriage, "m0"));
  clock_.Advance(minutes(10));
  const Outcome first = CommitOne(Decide(Bucket::kOrder, "m1"));
  clock_.Advance(minutes(5));
  Decision more = Decide(Bucket::kTriage, "m2");
  more.attach_since = clock_.Now() - minutes(30);
  Bucket told = Bucket::kParked;
  std::string told_number;
  more.outbox = [&](Bucket b, const std::string&, const std::string& number) {
    told = b;
    told_number = number;
    return std::vector<OutboxDraft>();
  };
  const Outcome attached = CommitOne(more);
  EXPECT_EQ(attached.bucket, Bucket::kAttached);
  EXPECT_EQ(attached.request_id, first.request_id);
  EXPECT_NE(attached.request_id, old.request_id);
  EXPECT_EQ(attached.order_number, first.order_number);
  EXPECT_EQ(told, Bucket::kAttached);
  EXPECT_EQ(told_number, first.order_number);
  const auto order = store_->GetOrder(first.order_number).value();
  ASSERT_EQ(order.events.size(), 3U);
  EXPECT_EQ(order.events[2].act, orders::Act::kAttach);
  EXPECT_EQ(store_->GetRequest(first.request_id).value().messages.size(), 2U);
}

TEST_F(CommitTest, AFollowUpAfterItsTimeOrOfAnotherCitizenOpensItsOwnRequest) {
  const Outcome first = CommitOne(Decide(Bucket::kOrder, "m1"));
  Decision stranger = Decide(Bucket::kTriage, "m2", "citizen-2");
  stranger.attach_since = clock_.Now() - minutes(30);
  EXPECT_EQ(CommitOne(stranger).bucket, Bucket::kTriage);
  Decision other_account = Decide(Bucket::kTriage, "m3");
  other_account.message.account = "tourism";
  other_account.attach_since = clock_.Now() - minutes(30);
  EXPECT_EQ(CommitOne(other_account).bucket, Bucket::kTriage);
  clock_.Advance(minutes(31));
  Decision late = Decide(Bucket::kOrder, "m4");
  late.attach_since = clock_.Now() - minutes(30);
  const Outcome own = CommitOne(late);
  EXPECT_EQ(own.bucket, Bucket::kOrder);
  EXPECT_NE(own.request_id, first.request_id);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM citizen"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM conversation"), 3);
}

TEST_F(CommitTest, MessagesWithoutASenderAreNeverTakenForOneCitizen) {
  Decision first = Decide(Bucket::kOrder, "m1", "");
  CommitOne(first);
  Decision second = Decide(Bucket::kOrder, "m2", "");
  second.attach_since = Time{};
  EXPECT_EQ(CommitOne(second).bucket, Bucket::kOrder);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM conversation"), 2);
}

TEST_F(CommitTest, AThreadKeyAttachesWithinItsAccountOnly) {
  Decision call = Decide(Bucket::kOrder, "call-1/rev-1");
  call.thread_key = "call:1";
  const Outcome first = CommitOne(call);
  clock_.Advance(hours(72));
  Decision revision = Decide(Bucket::kOrder, "call-1/rev-2", "another caller");
  revision.thread_key = "call:1";
  EXPECT_EQ(CommitOne(revision).request_id, first.request_id);
  Decision elsewhere = Decide(Bucket::kOrder, "call-1/rev-3");
  elsewhere.thread_key = "call:1";
  elsewhere.message.account = "tourism";
  EXPECT_EQ(CommitOne(elsewhere).bucket, Bucket::kOrder);
}

TEST_F(CommitTest, AnExplicitRequestWinsOverThreadAndConversation) {
  const Outcome wanted = CommitOne(Decide(Bucket::kTriage, "m1"));
  Decision newer = Decide(Bucket::kTriage, "m2");
  newer.thread_key = "t";
  const Outcome other = CommitOne(newer);
  Decision d = Decide(Bucket::kOrder, "m3");
  d.attach_request = wanted.request_id;
  d.thread_key = "t";
  d.attach_since = Time{};
  EXPECT_EQ(CommitOne(d).request_id, wanted.request_id);
  d.message = NewMessage("m4");
  d.attach_request = "01NOSUCHREQUEST";
  EXPECT_EQ(CommitOne(d).request_id, other.request_id);
}

TEST_F(CommitTest, WhatNeedsWorkIsNotBuriedInAClosedOrAnsweredRequest) {
  Decision question = Decide(Bucket::kAnswered, "m1");
  question.thread_key = "t";
  const Outcome answered = CommitOne(question);
  EXPECT_EQ(store_->GetRequest(answered.request_id).value().state, "answered");

  Decision thanks = Decide(Bucket::kNoted, "m2");
  thanks.thread_key = "t";
  EXPECT_EQ(CommitOne(thanks).request_id, answered.request_id);

  Decision complaint = Decide(Bucket::kOrder, "m3");
  complaint.thread_key = "t";
  const Outcome opened = CommitOne(complaint);
  EXPECT_EQ(opened.bucket, Bucket::kOrder);
  EXPECT_NE(opened.request_id, answered.request_id);

  for (const orders::Act act : {orders::Act::kAnswer, orders::Act::kClose}) {
    orders::Event event;
    event.act = act;
    event.actor = "li";
    ASSERT_TRUE(store_->Act(opened.order_number, event));
  }
  EXPECT_EQ(store_->GetRequest(opened.request_id).value().state, "closed");
  Decision again = Decide(Bucket::kTriage, "m4");
  again.attach_request = opened.request_id;
  EXPECT_EQ(CommitOne(again).bucket, Bucket::kTriage);
}

TEST_F(CommitTest, APlanToAttachWithoutATargetBecomesTriage) {
  EXPECT_EQ(CommitOne(Decide(Bucket::kAttached, "m1")).bucket, Bucket::kTriage);
}

TEST_F(CommitTest, NumbersCountTheDaysOfShanghai) {
  clock_.Advance(hours(15) - (clock_.Now().time_since_epoch() % hours(24)) + minutes(59));  // 23:59 there
  const std::string day = ShanghaiDate(clock_.Now());
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m1")).order_number, day + "-00001");
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m2")).order_number, day + "-00002");
  clock_.Advance(minutes(1));
  const std::string next = ShanghaiDate(clock_.Now());
  EXPECT_NE(next, day);
  EXPECT_EQ(CommitOne(Decide(Bucket::kOrder, "m3")).order_number, next + "-00001");
}

TEST_F(CommitTest, ABatchOfFiveHundredIsOneTransaction) {
  const auto frames_before = Number("SELECT COUNT(*) FROM message");
  std::vector<Decision> batch;
  for (int i = 0; i < 500; ++i)
    batch.push_back(Decide(Bucket::kOrder, std::to_string(i), "s" + std::to_string(i % 50)));
  // Inside the last decision nothing of the batch is visible from outside: one transaction.
  std::int64_t seen = -1;
  batch.back().outbox = [&](Bucket, const std::string&, const std::string&) {
    seen = Number("SELECT COUNT(*) FROM message");
    return std::vector<OutboxDraft>();
  };
  const auto outcomes = store_->Commit(batch).value();
  EXPECT_EQ(frames_before, 0);
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), 500);
  EXPECT_EQ(outcomes.back().order_number, "20150810-00500");
}

TEST_F(CommitTest, TwoStoresOnOneFileShareTheNumbersAndSeeEachOther) {
  auto second = OpenStore();
  constexpr int kEach = 40;
  const auto run = [&](Store& store, const std::string& name) {
    for (int i = 0; i < kEach; ++i) {
      ASSERT_TRUE(store.Commit({Decide(Bucket::kOrder, name + std::to_string(i), name)}));
    }
  };
  std::thread other([&] { run(*second, "b"); });
  run(*store_, "a");
  other.join();
  EXPECT_EQ(Number("SELECT COUNT(DISTINCT number) FROM work_order"), 2 * kEach);
  EXPECT_EQ(Number("SELECT last FROM day_serial"), 2 * kEach);
  EXPECT_EQ(second->ListOrders({"", "", "", "", 1000}).value().size(), 2U * kEach);
}

TEST_F(CommitTest, TheSenderIsFoundAgainAfterARestart) {
  const Outcome first = CommitOne(Decide(Bucket::kOrder, "m1"));
  store_.reset();
  store_ = OpenStore();
  Decision more = Decide(Bucket::kTriage, "m2");
  more.attach_since = Time{};
  EXPECT_EQ(CommitOne(more).request_id, first.request_id);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM citizen WHERE sender_hash LIKE '%citizen-1%'"), 0);
}

TEST_F(CommitTest, WhatTextsHoldComesBackByteForByte) {
  Decision d = Decide(Bucket::kParked, "m1");
  d.raw = std::string("\x00\xff\x01'; DROP TABLE message; --", 28);
  d.message.text = "引号 ' 分号 ; 冒号 :a 表情 😀";
  const Message sent = d.message;
  CommitOne(d);
  const auto parked = store_->GetParked(sent.id).value();
  EXPECT_EQ(parked.raw, d.raw);
  EXPECT_EQ(DecodeMessage(parked.message).value(), sent);
}

}  // namespace
}  // namespace minsheng::store
