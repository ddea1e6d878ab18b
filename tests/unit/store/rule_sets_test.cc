// SPDX-License-Identifier: Apache-2.0
#include "src/store/rule_sets.h"

#include <atomic>
#include <thread>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class RuleSetsTest : public StoreTest {
 protected:
  static RuleSetRow Row(const std::string& content, const std::string& author, std::int64_t base = 0) {
    RuleSetRow row;
    row.base = base;
    row.hash = "hash of " + content;
    row.author = author;
    row.note = "why";
    row.files = R"([{"path":"a.json","content":")" + content + "\"}]";
    return row;
  }
  std::int64_t Add(const std::string& content, const std::string& author, std::int64_t base = 1) {
    const auto added = store_->AddRuleSet(Row(content, author, base));
    EXPECT_TRUE(added) << added.error().what;
    return added ? added->version : 0;
  }
  void Seed() { ASSERT_TRUE(store_->SeedRuleSet(Row("first", "system")).value()); }
  Result<void> Activate(std::int64_t version, const std::string& by, std::int64_t expected) {
    return store_->ActivateRuleSet(version, {by, "looked at it", expected}, store_->PinsStamp().value());
  }
  std::string State(std::int64_t version) { return store_->GetRuleSet(version)->state; }
  std::int64_t Active() { return store_->RuleSetsInForce()->active; }
  PinnedCase Pin(const std::string& request) {
    PinnedCase pin;
    pin.request_id = request;
    pin.text = "路灯不亮";
    pin.category = "urban";
    pin.topic = "urban.lighting";
    pin.urgency = Urgency::kUrgent;
    pin.stated_type = RequestType::kReport;
    pin.hour = 23;
    pin.author = "li";
    pin.note = "判错过";
    return pin;
  }
};

TEST_F(RuleSetsTest, VersionsAreNumberedAndOnlyAnEmptyStoreIsSeeded) {
  EXPECT_EQ(store_->RuleSetsInForce().value(), (InForce{0, 0}));
  EXPECT_FALSE(store_->ActiveRuleSet().value());
  Seed();
  EXPECT_FALSE(store_->SeedRuleSet(Row("other", "system")).value());
  EXPECT_EQ(Add("second", "li"), 2);
  EXPECT_EQ(store_->RuleSetsInForce().value(), (InForce{1, 0}));
  const auto active = store_->ActiveRuleSet().value();
  ASSERT_TRUE(active);
  EXPECT_EQ(active->hash, "hash of first");
  EXPECT_EQ(active->files, Row("first", "system").files);
  EXPECT_EQ(active->created_at, clock_.Now());
  EXPECT_EQ(store_->GetRuleSet(2)->state, "draft");
  EXPECT_EQ(store_->GetRuleSet(2)->base, 1);
  EXPECT_EQ(store_->GetRuleSet(3).error().kind, ErrorKind::kNotFound);
  const auto rows = store_->ListRuleSets(10).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].version, 2);
  EXPECT_EQ(rows[0].files, "");
}

TEST_F(RuleSetsTest, TheSameContentIsNotStoredTwiceUnlessItWasDiscarded) {
  Seed();
  EXPECT_EQ(Add("second", "li"), 2);
  const auto again = store_->AddRuleSet(Row("second", "wang", 1));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->version, 2);
  EXPECT_FALSE(again->fresh);
  EXPECT_EQ(store_->ListRuleSets(10)->size(), 2U);
  ASSERT_TRUE(store_->DiscardRuleSet(2, "li", "not good"));
  EXPECT_EQ(Add("second", "wang"), 3);
}

TEST_F(RuleSetsTest, ADraftNeedsAnAuthorAndABaseThatExists) {
  Seed();
  EXPECT_EQ(store_->AddRuleSet(Row("x", " ", 1)).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(store_->AddRuleSet(Row("x", "li", 7)).error().kind, ErrorKind::kNotFound);
}

TEST_F(RuleSetsTest, NobodyActivatesWhatTheyWroteWhateverTheSpellingOfTheirName) {
  Seed();
  Add("second", "Li");
  for (const char* name : {"Li", "li", " LI ", "ｌｉ"}) {
    const auto done = Activate(2, name, 1);
    ASSERT_FALSE(done) << name;
    EXPECT_EQ(done.error().kind, ErrorKind::kDenied) << name;
    EXPECT_NE(done.error().what.find("second person"), std::string::npos) << done.error().what;
  }
  EXPECT_EQ(Activate(2, "", 1).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Active(), 1);
  EXPECT_TRUE(Activate(2, "wang", 1));
  EXPECT_EQ(Active(), 2);
  EXPECT_EQ(State(1), "retired");
}

TEST_F(RuleSetsTest, WhoWroteADraftBelowCountsAsAuthorToo) {
  Seed();
  Add("second", "li");
  Add("third", "wang", 2);  // wang goes on from li's draft, which nobody has approved
  EXPECT_EQ(Activate(3, "li", 1).error().kind, ErrorKind::kDenied);
  EXPECT_EQ(Activate(3, "wang", 1).error().kind, ErrorKind::kDenied);
  EXPECT_TRUE(Activate(3, "zhao", 1));
  // What was approved once is no longer only its author's.
  Add("fourth", "wang", 3);
  EXPECT_TRUE(Activate(4, "li", 3)) << "li's draft was approved with version 3";
}

TEST_F(RuleSetsTest, WhoWroteTheSameContentThatWasDiscardedCountsAsAuthor) {
  Seed();
  Add("second", "li");
  ASSERT_TRUE(store_->DiscardRuleSet(2, "li", ""));
  Add("second", "wang");
  EXPECT_EQ(Activate(3, "li", 1).error().kind, ErrorKind::kDenied);
}

TEST_F(RuleSetsTest, OfTwoWhoActAtOnceTheSecondLearnsWhatChanged) {
  Seed();
  Add("second", "li");
  Add("third", "li");
  EXPECT_TRUE(Activate(2, "wang", 1));
  const auto late = Activate(3, "zhao", 1);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kConflict);
  EXPECT_NE(late.error().what.find("wang (activate) made version 2 active"), std::string::npos) << late.error().what;
  EXPECT_EQ(Active(), 2);
  EXPECT_EQ(Activate(2, "zhao", 2).error().kind, ErrorKind::kConflict) << "it is active already";
}

TEST_F(RuleSetsTest, OfManyWhoActAtTheSameMomentExactlyOneWins) {
  Seed();
  constexpr int kPeople = 8;
  for (int i = 0; i < kPeople; ++i) Add("draft " + std::to_string(i), "li");
  std::atomic<int> won{0};
  std::atomic<int> conflicts{0};
  std::vector<std::thread> people;
  for (int i = 0; i < kPeople; ++i) {
    people.emplace_back([&, i] {
      const auto done = Activate(2 + i, "wang", 1);
      if (done) ++won;
      if (!done && done.error().kind == ErrorKind::kConflict) ++conflicts;
    });
  }
  for (auto& p : people) p.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(conflicts, kPeople - 1);
  EXPECT_EQ(Number("SELECT count(*) FROM rule_set WHERE state = 'active'"), 1);
}

TEST_F(RuleSetsTest, RollbackGoesOneStepBackEachTimeUntilThereIsNoWay) {
  Seed();
  EXPECT_EQ(store_->RollbackTarget().value(), 0);
  EXPECT_EQ(store_->RollBackRuleSet(0, {"wang", "", 1}).error().kind, ErrorKind::kConflict);
  Add("second", "li");
  Add("third", "li");
  ASSERT_TRUE(Activate(2, "wang", 1));
  ASSERT_TRUE(Activate(3, "wang", 2));
  EXPECT_EQ(store_->RollbackTarget().value(), 2);
  EXPECT_EQ(store_->RollBackRuleSet(2, {"wang", "", 2}).error().kind, ErrorKind::kConflict) << "3 is active";
  EXPECT_EQ(store_->RollBackRuleSet(1, {"wang", "", 3}).error().kind, ErrorKind::kConflict) << "that is two steps";
  ASSERT_TRUE(store_->RollBackRuleSet(2, {"li", "urgent", 3}));
  EXPECT_EQ(Active(), 2);
  EXPECT_EQ(State(3), "retired");
  EXPECT_EQ(store_->RollbackTarget().value(), 1) << "not to 3 again";
  ASSERT_TRUE(store_->RollBackRuleSet(1, {"li", "", 2}));
  EXPECT_EQ(store_->RollbackTarget().value(), 0);
  // A version that was active may be activated again, and the way back is the newer one.
  ASSERT_TRUE(Activate(3, "wang", 1));
  EXPECT_EQ(store_->RollbackTarget().value(), 1);
}

TEST_F(RuleSetsTest, WhenSomebodyWroteBehindTheStoreTheWayBackIsWhatWasActivatedLast) {
  Seed();
  Add("second", "li");
  ASSERT_TRUE(Activate(2, "wang", 1));
  Add("third", "li");
  Sql("UPDATE rule_set SET state = 'retired' WHERE version = 2");
  Sql("UPDATE rule_set SET state = 'active' WHERE version = 3");
  EXPECT_EQ(store_->RollbackTarget().value(), 2);
  ASSERT_TRUE(store_->RollBackRuleSet(2, {"wang", "", 3}));
  EXPECT_EQ(Active(), 2);
  EXPECT_EQ(store_->RollbackTarget().value(), 1);
}

TEST_F(RuleSetsTest, EveryActLeavesOneLineWithWhoWhatWhenAndWhy) {
  Seed();
  Add("second", "li");
  ASSERT_TRUE(store_->MarkChecked(2, "li", ""));
  EXPECT_EQ(State(2), "checked");
  ASSERT_TRUE(store_->SetShadow(2, "li", "try it"));
  EXPECT_EQ(State(2), "shadow");
  ASSERT_TRUE(Activate(2, "wang", 1));
  clock_.Advance(minutes(3));
  ASSERT_TRUE(store_->RollBackRuleSet(1, {"wang", "too many", 2}));
  std::string acts;
  const auto of_two = store_->RuleSetActs(2).value();
  for (const auto& a : of_two) acts += a.act + " " + a.actor + ";";
  EXPECT_EQ(acts, "import li;check li;shadow li;activate wang;rollback wang;");
  const auto all = store_->RuleSetActs(0).value();
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all.front().act, "seed");
  EXPECT_EQ(all.back().act, "rollback");
  EXPECT_EQ(all.back().version, 1);
  EXPECT_EQ(all.back().from_version, 2);
  EXPECT_EQ(all.back().note, "too many");
  EXPECT_EQ(all.back().at, clock_.Now());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].seq, static_cast<std::int64_t>(i) + 1);
}

TEST_F(RuleSetsTest, OneVersionAtMostIsInShadowAndItGoesBackToWhatItWas) {
  Seed();
  Add("second", "li");
  Add("third", "li");
  EXPECT_EQ(store_->SetShadow(1, "li", "").error().kind, ErrorKind::kConflict) << "it is active";
  EXPECT_EQ(store_->SetShadow(9, "li", "").error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(store_->SetShadow(2, "li", ""));
  ASSERT_TRUE(store_->SetShadow(3, "li", ""));
  EXPECT_EQ(State(2), "checked");
  EXPECT_EQ(store_->RuleSetsInForce().value(), (InForce{1, 3}));
  EXPECT_EQ(store_->DiscardRuleSet(3, "li", "").error().kind, ErrorKind::kConflict) << "take it out of shadow first";
  ASSERT_TRUE(Activate(2, "wang", 1));
  ASSERT_TRUE(store_->SetShadow(1, "li", "compare with the old one"));
  ASSERT_TRUE(store_->SetShadow(0, "li", ""));
  EXPECT_EQ(State(1), "retired");
  EXPECT_EQ(store_->RuleSetsInForce().value(), (InForce{2, 0}));
}

TEST_F(RuleSetsTest, OnlyADraftThatWasNeverInForceCanBeDiscarded) {
  Seed();
  Add("second", "li");
  ASSERT_TRUE(Activate(2, "wang", 1));
  EXPECT_EQ(store_->DiscardRuleSet(1, "li", "").error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_->DiscardRuleSet(2, "li", "").error().kind, ErrorKind::kConflict);
  Add("third", "li");
  ASSERT_TRUE(store_->DiscardRuleSet(3, "li", ""));
  EXPECT_EQ(Activate(3, "wang", 2).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_->GetRuleSet(3)->files, Row("third", "li").files) << "it stays readable";
}

TEST_F(RuleSetsTest, AnActivationThatFailsHalfwayLeavesTheOldVersionActive) {
  Seed();
  Add("second", "li");
  Forbid("rule_set_act", "NEW.act = 'activate'");
  EXPECT_FALSE(Activate(2, "wang", 1));
  EXPECT_EQ(store_->RuleSetsInForce().value(), (InForce{1, 0}));
  EXPECT_EQ(State(2), "draft");
}

TEST_F(RuleSetsTest, ACaseThatIsPinnedAfterTheExaminationStopsTheActivation) {
  Seed();
  Add("second", "li");
  const auto seen = store_->PinsStamp().value();
  ASSERT_TRUE(store_->AddPin(Pin("r1")));
  EXPECT_EQ(store_->ActivateRuleSet(2, {"wang", "ok", 1}, seen).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(Activate(2, "wang", 1));
}

TEST_F(RuleSetsTest, APinIsKeptAsItIsAndOnceAtATimeForARequest) {
  EXPECT_EQ(store_->AddPin(Pin("r1")).value(), 1);
  const auto twice = store_->AddPin(Pin("r1"));
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, ErrorKind::kConflict);
  EXPECT_NE(twice.error().what.find("case 1, by li"), std::string::npos) << twice.error().what;
  const auto pins = store_->ListPins(false).value();
  ASSERT_EQ(pins.size(), 1U);
  EXPECT_EQ(pins[0].topic, "urban.lighting");
  EXPECT_EQ(pins[0].urgency, Urgency::kUrgent);
  EXPECT_EQ(pins[0].stated_type, RequestType::kReport);
  EXPECT_EQ(pins[0].hour, 23);
  EXPECT_EQ(pins[0].note, "判错过");
  EXPECT_EQ(pins[0].created_at, clock_.Now());
  EXPECT_EQ(store_->RetirePin(1, "wang", "").error().kind, ErrorKind::kInvalid) << "a reason is needed";
  EXPECT_EQ(store_->RetirePin(2, "wang", "x").error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(store_->RetirePin(1, "wang", "topic is gone"));
  EXPECT_EQ(store_->RetirePin(1, "wang", "again").error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(store_->ListPins(false)->empty());
  ASSERT_EQ(store_->ListPins(true)->size(), 1U);
  EXPECT_EQ(store_->ListPins(true)->front().retired_note, "topic is gone");
  EXPECT_EQ(store_->AddPin(Pin("r1")).value(), 2) << "a request whose case was retired may be pinned anew";
}

// --- shadow ---------------------------------------------------------------------------------

class ShadowTest : public RuleSetsTest {
 protected:
  Decision Judged(const std::string& source_id, const std::string& topic, Urgency urgency = Urgency::kUrgent) {
    Decision d = Decide(Bucket::kOrder, source_id, "sender of " + source_id);
    d.shadow = ShadowVerdict{2, topic, urgency, false, 0.75};
    d.verdict->triage = false;
    d.verdict->confidence = 0.9;
    return d;
  }
};

TEST_F(ShadowTest, DifferencesAreCountedByKindWithTheirNewestExamplesAndAgreementOnlyCounted) {
  std::vector<std::string> requests;
  for (int i = 0; i < kShadowExamples + 5; ++i) {
    clock_.Advance(seconds(1));
    requests.push_back(CommitOne(Judged("m" + std::to_string(i), "urban.roads")).request_id);
  }
  CommitOne(Judged("same", "urban.lighting"));
  CommitOne(Judged("calm", "urban.lighting", Urgency::kNormal));
  const auto reports = store_->ShadowReports(2).value();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].active, 1);
  EXPECT_EQ(reports[0].compared, kShadowExamples + 7);
  EXPECT_EQ(reports[0].differed, kShadowExamples + 6);
  ASSERT_EQ(reports[0].pairs.size(), 2U);
  const auto& pair = reports[0].pairs[0];
  EXPECT_EQ(pair.n, kShadowExamples + 5);
  EXPECT_EQ(pair.from, (ShadowSide{"urban.lighting", Urgency::kUrgent, false}));
  EXPECT_EQ(pair.to, (ShadowSide{"urban.roads", Urgency::kUrgent, false}));
  ASSERT_EQ(pair.examples.size(), static_cast<std::size_t>(kShadowExamples));
  EXPECT_EQ(pair.examples.front().request_id, requests.back());
  EXPECT_DOUBLE_EQ(pair.examples.front().from_confidence, 0.9);
  EXPECT_DOUBLE_EQ(pair.examples.front().to_confidence, 0.75);
  EXPECT_EQ(reports[0].pairs[1].to.urgency, Urgency::kNormal);
}

TEST_F(ShadowTest, ASecondDeliveryIsNotComparedTwiceAndAFailedBatchNotAtAll) {
  const auto d = Judged("m1", "urban.roads");
  CommitOne(d);
  CommitOne(d);
  EXPECT_EQ(store_->ShadowReports(2)->front().compared, 1);
  auto broken = Judged("m2", "urban.roads");
  broken.message.source_id = "";
  EXPECT_FALSE(store_->Commit({Judged("m3", "urban.roads"), broken}));
  EXPECT_EQ(store_->ShadowReports(2)->front().compared, 1);
}

TEST_F(ShadowTest, StartingAVersionInShadowForgetsItsEarlierCounts) {
  Seed();
  Add("second", "li");
  ASSERT_TRUE(store_->SetShadow(2, "li", ""));
  CommitOne(Judged("m1", "urban.roads"));
  ASSERT_TRUE(store_->SetShadow(0, "li", ""));
  EXPECT_EQ(store_->ShadowReports(2)->size(), 1U) << "the report outlives the run";
  ASSERT_TRUE(store_->SetShadow(2, "li", ""));
  EXPECT_TRUE(store_->ShadowReports(2)->empty());
  EXPECT_EQ(Number("SELECT count(*) FROM shadow_example"), 0);
}

TEST_F(ShadowTest, TheShadowChangesNothingOfWhatIsStored) {
  const auto with = CommitOne(Judged("m1", "urban.roads"));
  const auto request = store_->GetRequest(with.request_id).value();
  EXPECT_EQ(request.verdict->topic, "urban.lighting");
  EXPECT_EQ(store_->GetOrder(with.order_number)->topic, "urban.lighting");
}

// --- the migration --------------------------------------------------------------------------

TEST_F(RuleSetsTest, ADatabaseOfTheFirstSchemaGetsItsHistoryAndGoesBackWithItsVersions) {
  Seed();
  Add("second", "li");
  store_.reset();
  auto database = OpenDatabase();
  ASSERT_TRUE(Migrate(*database, 1));
  EXPECT_EQ(Number("SELECT count(*) FROM rule_set WHERE state = 'active' AND version = 1"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM rule_set WHERE state = 'draft' AND version = 2"), 1);
  database.reset();
  store_ = OpenStore();
  const auto acts = store_->RuleSetActs(0).value();
  ASSERT_EQ(acts.size(), 2U);
  EXPECT_EQ(acts[0].act, "seed");
  EXPECT_EQ(acts[1].actor, "li");
  EXPECT_TRUE(Activate(2, "wang", 1));
  EXPECT_EQ(store_->RollbackTarget().value(), 1);
}

}  // namespace
}  // namespace minsheng::store
