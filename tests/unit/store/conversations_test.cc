// SPDX-License-Identifier: Apache-2.0
#include "src/store/conversations.h"

#include <gmock/gmock.h>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConversationsTest : public StoreTest {
 protected:
  static constexpr Millis kQuiet{60'000};

  Outcome Say(const std::string& text, const std::string& sender = "citizen-1", Millis quiet = kQuiet) {
    Decision d = Decide(Bucket::kTriage, "s" + std::to_string(++serial_), sender);
    d.message.text = text;
    d.hold = HoldPlan{quiet, Millis{300'000}, false, clock_.Now() - hours(24)};
    return CommitOne(std::move(d));
  }
  std::vector<HeldRequest> Due() { return store_->Talks().Due(clock_.Now(), 100).value(); }
  Settlement Judged(const HeldRequest& held, Bucket plan) {
    Settlement s;
    s.request_id = held.request_id;
    s.version = held.version;
    s.decision = Decide(plan, "unused");
    s.decision.plan = plan;
    return s;
  }
  void Act(const std::string& number, orders::Act act, const std::string& actor, const std::string& facts = "") {
    ActPlan plan;
    plan.event.act = act;
    plan.event.actor = actor;
    plan.event.data = facts;
    const auto done = store_->Act(number, plan);
    ASSERT_TRUE(done) << done.error().what;
  }
  Correction CorrectionOf(const std::string& request_id, const std::string& topic) {
    Correction correction;
    correction.request_id = request_id;
    correction.topic = topic;
    correction.by = "wang";
    return correction;
  }
  std::map<std::string, std::int64_t> Balance() {
    std::map<std::string, std::int64_t> sum;
    const auto rows = store_->Balance(Time{}, clock_.Now() + hours(48), nullptr).value();
    for (const auto& row : rows)
      for (const auto& [bucket, n] : row.buckets) sum[bucket] += n;
    return sum;
  }
  int serial_ = 0;
};

TEST_F(ConversationsTest, WhatWaitsIsCountedInABucketOfItsOwnUntilItEnds) {
  const auto first = Say("路灯");
  Say("坏了");
  Say("树", "citizen-2");
  EXPECT_EQ(Balance(), (std::map<std::string, std::int64_t>{{"settling", 3}}));
  EXPECT_EQ(store_->ListRequests("settling", "", 10)->size(), 2U);
  clock_.Advance(kQuiet);
  const auto due = Due();
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].request_id, first.request_id);
  EXPECT_EQ(due[0].messages.size(), 2U);
  const auto outcomes =
      store_->Talks().Settle({Judged(due[0], Bucket::kOrder), Judged(due[1], Bucket::kNoted)}).value();
  ASSERT_TRUE(outcomes[0] && outcomes[1]);
  EXPECT_FALSE(outcomes[0]->order_number.empty());
  EXPECT_EQ(Balance(), (std::map<std::string, std::int64_t>{{"order", 1}, {"attached", 1}, {"noted", 1}}));
  EXPECT_TRUE(Due().empty());
  ExpectStateIsFold(*store_->GetOrder(outcomes[0]->order_number));
}

TEST_F(ConversationsTest, ASecondDeliveryOfAPieceIsHarmless) {
  Decision d = Decide(Bucket::kTriage, "same");
  d.hold = HoldPlan{kQuiet, Millis{300'000}, false, std::nullopt};
  CommitOne(d);
  d.message.id = NewUlid(clock_.Now());
  const auto again = CommitOne(d);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.bucket, Bucket::kSettling);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), 1);
  EXPECT_EQ(Number("SELECT version FROM settling"), 1);
}

TEST_F(ConversationsTest, ARepliesOfTheVerdictAreNotSentForAPiece) {
  Decision d = Decide(Bucket::kOrder, "1");
  d.hold = HoldPlan{kQuiet, Millis{300'000}, false, std::nullopt};
  d.outbox = [](Bucket, const std::string&, const std::string&) { return std::vector<OutboxDraft>{Draft("reply")}; };
  EXPECT_TRUE(CommitOne(d).outbox_ids.empty());
  const auto request = store_->ListRequests("", "", 10)->front();
  EXPECT_FALSE(request.verdict) << "judged as a whole, later";
}

TEST_F(ConversationsTest, OnlyWhoSawTheLastStateEndsIt) {
  Say("路灯");
  clock_.Advance(kQuiet);
  const auto seen = Due().front();
  Say("坏了");
  EXPECT_FALSE(store_->Talks().Settle({Judged(seen, Bucket::kOrder)})->front());
  EXPECT_FALSE(*store_->Talks().Postpone(seen.request_id, seen.version, clock_.Now()));
  clock_.Advance(kQuiet);
  const auto now = Due().front();
  EXPECT_TRUE(*store_->Talks().Postpone(now.request_id, now.version, clock_.Now() + minutes(1)));
  EXPECT_TRUE(Due().empty());
}

TEST_F(ConversationsTest, APersonEndsTheWaitingNow) {
  const auto said = Say("路灯");
  EXPECT_TRUE(Due().empty());
  ASSERT_TRUE(store_->Talks().Release(said.request_id, clock_.Now()));
  EXPECT_EQ(Due().size(), 1U);
  EXPECT_EQ(store_->Talks().Release("nothing", clock_.Now()).error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(store_->Talks().Settle({Judged(Due().front(), Bucket::kTriage)}));
  EXPECT_EQ(store_->Talks().Release(said.request_id, clock_.Now()).error().kind, ErrorKind::kConflict);
}

TEST_F(ConversationsTest, SpamIsNotedAndKeepsItsVerdictButAnOrderIsNotSpam) {
  const auto waits = Say("加微信");
  ASSERT_TRUE(store_->Talks().MarkSpam(waits.request_id, "wang", "广告"));
  EXPECT_TRUE(Due().empty());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM settling"), 0);
  const auto triage = CommitOne(Decide(Bucket::kTriage, "t", "citizen-2"));
  ASSERT_TRUE(store_->Talks().MarkSpam(triage.request_id, "wang", ""));
  const auto request = store_->GetRequest(triage.request_id).value();
  EXPECT_EQ(request.state, "noted");
  EXPECT_TRUE(request.verdict);
  EXPECT_EQ(request.corrected_by, "wang");
  EXPECT_EQ(Balance(), (std::map<std::string, std::int64_t>{{"noted", 2}}));
  const auto order = CommitOne(Decide(Bucket::kOrder, "o", "citizen-3"));
  EXPECT_EQ(store_->Talks().MarkSpam(order.request_id, "wang", "").error().kind, ErrorKind::kConflict);
}

TEST_F(ConversationsTest, APersonAttachesAMessageToAnOrder) {
  const auto order = CommitOne(Decide(Bucket::kOrder, "o"));
  const auto triage = CommitOne(Decide(Bucket::kTriage, "t", "citizen-2"));
  const auto attached = store_->Talks().AttachMessage(triage.message_id, order.order_number, "wang", {});
  ASSERT_TRUE(attached) << attached.error().what;
  EXPECT_EQ(attached->events.back().act, orders::Act::kAttach);
  EXPECT_EQ(attached->events.back().actor, "wang");
  EXPECT_THAT(attached->events.back().data, HasSubstr(triage.message_id));
  EXPECT_EQ(store_->ListRequests("triage", "", 10)->size(), 0U);
  EXPECT_EQ(Balance(), (std::map<std::string, std::int64_t>{{"order", 1}, {"attached", 1}}));
  EXPECT_EQ(store_->GetRequest(order.request_id)->whole.text, "幸福小区门口的路灯不亮")
      << "the verdict is about the first";
  EXPECT_EQ(store_->Talks().AttachMessage(triage.message_id, order.order_number, "wang", {}).error().kind,
            ErrorKind::kConflict);
  EXPECT_EQ(store_->Talks().AttachMessage(order.message_id, order.order_number, "wang", {}).error().kind,
            ErrorKind::kConflict);
  EXPECT_EQ(store_->Talks().AttachMessage("nothing", order.order_number, "wang", {}).error().kind,
            ErrorKind::kNotFound);
}

TEST_F(ConversationsTest, ACorrectionOpensTheOrderOfWhatWasOnlyNoted) {
  Decision noted = Decide(Bucket::kNoted, "n");
  noted.verdict.emplace();
  noted.verdict->rule_set = 1;
  const auto alone = CommitOne(noted);
  ASSERT_FALSE(alone.request_id.empty()) << "what a rule set aside can be found again";
  EXPECT_EQ(store_->ListRequests("noted", "", 10)->size(), 1U);
  const auto corrected = store_->Correct(CorrectionOf(alone.request_id, "urban.lighting"));
  ASSERT_TRUE(corrected) << corrected.error().what;
  EXPECT_EQ(corrected->state, "order");
  EXPECT_EQ(store_->GetOrder(corrected->order_number)->topic, "urban.lighting");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_request"), 1) << "now it is grouped with others";
  EXPECT_EQ(Balance(), (std::map<std::string, std::int64_t>{{"order", 1}}));
}

TEST_F(ConversationsTest, ACorrectionOpensTheOrderOfWhatStillWaits) {
  const auto first = Say("灯");
  Say("黑");
  const auto corrected = store_->Correct(CorrectionOf(first.request_id, "urban.lighting"));
  ASSERT_TRUE(corrected) << corrected.error().what;
  EXPECT_FALSE(corrected->order_number.empty());
  EXPECT_EQ(corrected->whole.text, "灯\n黑");
  EXPECT_EQ(Balance(), (std::map<std::string, std::int64_t>{{"order", 1}, {"attached", 1}}));
  clock_.Advance(kQuiet);
  EXPECT_TRUE(Due().empty());
}

TEST_F(ConversationsTest, APieceThatIsTakenOutLeavesTheOthersWaiting) {
  const auto order = CommitOne(Decide(Bucket::kOrder, "o", "citizen-2"));
  const auto first = Say("路灯");
  Say("坏了");
  ASSERT_TRUE(store_->Talks().AttachMessage(first.message_id, order.order_number, "wang", {}));
  clock_.Advance(kQuiet);
  ASSERT_EQ(Due().size(), 1U);
  EXPECT_EQ(Due().front().messages.size(), 1U);
}

TEST_F(ConversationsTest, HistoryAndGroupingReadTheWholeOfThePieces) {
  Say("路灯");
  Say("坏了");
  EXPECT_TRUE(store_->ReadHistory({})->empty()) << "what waits was not judged";
  clock_.Advance(kQuiet);
  ASSERT_TRUE(store_->Talks().Settle({Judged(Due().front(), Bucket::kOrder)}));
  const auto rows = store_->ReadHistory({}).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(DecodeMessage(rows[0].message)->text, "路灯\n坏了");
  const auto feed = store_->Incidents().Feed(0, 10, 10).value();
  ASSERT_EQ(feed.size(), 1U);
  EXPECT_EQ(feed[0].message->text, "路灯\n坏了");
}

TEST_F(ConversationsTest, AThreadThatNamesAnOrderByItsNumberFindsItOnTheSameAccountOnly) {
  const auto order = CommitOne(Decide(Bucket::kOrder, "o"));
  Decision d = Decide(Bucket::kTriage, "t", "citizen-2");
  d.attach_order = order.order_number;
  EXPECT_EQ(CommitOne(d).order_number, order.order_number);
  Decision elsewhere = Decide(Bucket::kTriage, "u", "citizen-2");
  elsewhere.attach_order = order.order_number;
  elsewhere.message.account = "other";
  EXPECT_EQ(CommitOne(elsewhere).bucket, Bucket::kTriage);
}

// --- corrected transcripts ------------------------------------------------------------------------

class RevisionTest : public ConversationsTest {
 protected:
  Decision Call(const std::string& revision, Bucket plan, const std::string& topic, Urgency urgency,
                const std::string& unit) {
    Decision d = Decide(plan, "call-1-" + revision, "13800000000");
    d.message.channel = "phone";
    d.message.kind = Kind::kCall;
    d.message.text = "转写 " + revision;
    d.message.facts["call_id"] = "call-1";
    d.thread_key = "call:call-1";
    d.hold = HoldPlan{};
    d.verdict->topic = topic;
    d.verdict->urgency = urgency;
    d.lead_unit = unit;
    d.outbox = [unit](Bucket bucket, const std::string&, const std::string&) {
      std::vector<OutboxDraft> drafts;
      if (bucket == Bucket::kOrder) drafts = {Draft("dispatch-webhook", unit), Draft("reply")};
      return drafts;
    };
    return d;
  }
  std::vector<std::string> Acts(const std::string& number) {
    std::vector<std::string> acts;
    const auto order = store_->GetOrder(number).value();
    for (const auto& e : order.events) acts.push_back(std::string(orders::ToWord(e.act)));
    return acts;
  }
};

TEST_F(RevisionTest, TheSameVerdictRepeatsNothing) {
  const auto first = CommitOne(Call("a", Bucket::kOrder, "urban.lighting", Urgency::kNormal, "lighting"));
  const auto second = CommitOne(Call("b", Bucket::kOrder, "urban.lighting", Urgency::kNormal, "lighting"));
  EXPECT_EQ(second.bucket, Bucket::kAttached);
  EXPECT_EQ(second.order_number, first.order_number);
  EXPECT_TRUE(second.outbox_ids.empty());
  EXPECT_THAT(Acts(first.order_number), ElementsAre("open", "dispatch", "attach"));
  EXPECT_EQ(store_->GetRequest(first.request_id)->whole.text, "转写 b") << "what is shown is what was judged";
}

TEST_F(RevisionTest, AnotherTopicIsCorrectedAndGoesToTheOtherUnitWhileNobodyHasSigned) {
  const auto first = CommitOne(Call("a", Bucket::kOrder, "urban.lighting", Urgency::kNormal, "lighting"));
  const auto second = CommitOne(Call("b", Bucket::kOrder, "urban.water", Urgency::kUrgent, "water"));
  EXPECT_THAT(Acts(first.order_number), ElementsAre("open", "dispatch", "attach", "correct", "dispatch"));
  const auto order = store_->GetOrder(first.order_number).value();
  EXPECT_EQ(order.topic, "urban.water");
  EXPECT_EQ(order.urgency, Urgency::kUrgent);
  EXPECT_EQ(order.lead_unit, "water");
  ASSERT_EQ(second.outbox_ids.size(), 1U);
  EXPECT_EQ(store_->ListOutbox("", 10)->size(), 3U) << "no second receipt";
  EXPECT_EQ(store_->GetRequest(first.request_id)->verdict->topic, "urban.water");
  ExpectStateIsFold(order);
  // The same correction again changes nothing more.
  EXPECT_TRUE(CommitOne(Call("c", Bucket::kOrder, "urban.water", Urgency::kUrgent, "water")).outbox_ids.empty());
}

TEST_F(RevisionTest, AfterAUnitHasSignedAPersonIsToldButAnAlarmIsRaised) {
  const auto first = CommitOne(Call("a", Bucket::kOrder, "urban.lighting", Urgency::kNormal, "lighting"));
  Act(first.order_number, orders::Act::kSign, "unit:lighting");
  CommitOne(Call("b", Bucket::kOrder, "urban.water", Urgency::kNormal, "water"));
  EXPECT_THAT(Acts(first.order_number), ElementsAre("open", "dispatch", "sign", "attach", "note"));
  auto order = store_->GetOrder(first.order_number).value();
  EXPECT_EQ(order.lead_unit, "lighting");
  EXPECT_EQ(order.topic, "urban.lighting");
  EXPECT_THAT(order.events.back().data, HasSubstr("water"));
  CommitOne(Call("c", Bucket::kOrder, "urban.lighting", Urgency::kEmergency, "lighting"));
  order = store_->GetOrder(first.order_number).value();
  EXPECT_EQ(order.urgency, Urgency::kEmergency);
  EXPECT_EQ(order.state, orders::State::kSigned);
  EXPECT_EQ(store_->ListOutbox("", 10)->size(), 2U) << "nothing was sent again";
}

TEST_F(RevisionTest, WhatWasUnclearOpensItsOrderOnce) {
  const auto first = CommitOne(Call("a", Bucket::kTriage, "", Urgency::kNormal, ""));
  const auto second = CommitOne(Call("b", Bucket::kOrder, "urban.water", Urgency::kNormal, "water"));
  EXPECT_EQ(second.request_id, first.request_id);
  ASSERT_FALSE(second.order_number.empty());
  EXPECT_EQ(store_->OutcomeOf(first.message_id)->value().bucket, Bucket::kOrder);
  EXPECT_EQ(store_->GetOrder(second.order_number)->lead_unit, "water");
  CommitOne(Call("c", Bucket::kOrder, "urban.water", Urgency::kNormal, "water"));
  EXPECT_EQ(store_->ListOrders({})->size(), 1U);
}

TEST_F(RevisionTest, APersonsTopicStands) {
  const auto first = CommitOne(Call("a", Bucket::kOrder, "urban.lighting", Urgency::kNormal, "lighting"));
  ASSERT_TRUE(store_->Correct(CorrectionOf(first.request_id, "urban.parking")));
  CommitOne(Call("b", Bucket::kOrder, "urban.water", Urgency::kNormal, "water"));
  EXPECT_EQ(store_->GetOrder(first.order_number)->topic, "urban.parking");
  EXPECT_EQ(store_->GetOrder(first.order_number)->lead_unit, "lighting");
}

TEST_F(RevisionTest, ACorrectionThatComesWhileTheCallWaitsIsJudgedWithIt) {
  CommitOne(Decide(Bucket::kOrder, "earlier", "13800000000"));
  Decision open = Decide(Bucket::kOrder, "earlier-call", "13800000000");
  open.message.channel = "phone";
  CommitOne(open);
  auto first = Call("a", Bucket::kTriage, "", Urgency::kNormal, "");
  first.hold->follow_since = clock_.Now() - hours(24);
  const auto held = CommitOne(first);
  EXPECT_EQ(held.bucket, Bucket::kSettling);
  const auto second = CommitOne(Call("b", Bucket::kTriage, "", Urgency::kNormal, ""));
  EXPECT_EQ(second.request_id, held.request_id);
  ASSERT_EQ(Due().size(), 1U);
  EXPECT_EQ(Due().front().messages.size(), 2U);
}

}  // namespace
}  // namespace minsheng::store
