// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <set>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class PeopleTest : public StoreTest {
 protected:
  Result<orders::Order> Do(const std::string& number, orders::Act act, const std::string& data = "",
                           const std::string& actor = "li") {
    return store_->Act(number, orders::Event{"", act, actor, "", data, {}});
  }
  static Correction To(const std::string& request_id, const std::string& topic, const std::string& unit) {
    Correction k;
    k.request_id = request_id;
    k.topic = topic;
    k.by = "li";
    k.note = "属于园林";
    k.lead_unit = unit;
    k.catalogue_entry = topic + "@*";
    return k;
  }
};

TEST_F(PeopleTest, ACorrectionInTriageOpensTheOrderAndMovesItsMessages) {
  const Outcome triage = CommitOne(Decide(Bucket::kTriage, "m1"));
  Correction k = To(triage.request_id, "urban.greening", "greening");
  k.outbox = [](const std::string& number) {
    OutboxDraft draft = Draft("dispatch-mail");
    draft.payload = number;
    return std::vector<OutboxDraft>{draft};
  };
  const auto request = store_->Correct(k).value();
  EXPECT_EQ(request.state, "order");
  EXPECT_EQ(request.corrected_topic, "urban.greening");
  EXPECT_EQ(request.corrected_by, "li");
  EXPECT_EQ(request.corrected_note, "属于园林");
  EXPECT_EQ(request.verdict->topic, "urban.lighting");  // what the rules said stays
  const auto order = store_->GetOrder(request.order_number).value();
  EXPECT_EQ(order.state, orders::State::kDispatched);
  EXPECT_EQ(order.topic, "urban.greening");
  EXPECT_EQ(order.lead_unit, "greening");
  EXPECT_EQ(order.events.front().actor, "li");
  ExpectStateIsFold(order);
  EXPECT_EQ(store_->OutcomeOf(triage.message_id).value()->bucket, Bucket::kOrder);
  EXPECT_EQ(store_->ListOutbox("pending", 5).value().at(0).draft.payload, order.number);
}

TEST_F(PeopleTest, ACorrectionOfAnOrderChangesTheTopicAndDispatchesAgain) {
  const Outcome opened = CommitOne(Decide(Bucket::kOrder, "m1"));
  ASSERT_TRUE(store_->Correct(To(opened.request_id, "urban.greening", "greening")));
  const auto order = store_->GetOrder(opened.order_number).value();
  EXPECT_EQ(order.topic, "urban.greening");
  EXPECT_EQ(order.lead_unit, "greening");
  ASSERT_EQ(order.events.size(), 4U);
  EXPECT_EQ(order.events[2].act, orders::Act::kCorrect);
  EXPECT_EQ(order.events[2].data, R"({"from":"urban.lighting","to":"urban.greening"})");
  EXPECT_EQ(order.events[3].act, orders::Act::kDispatch);
  ASSERT_TRUE(store_->Correct(To(opened.request_id, "urban.lighting", "")));
  EXPECT_EQ(store_->GetOrder(opened.order_number).value().events.size(), 5U);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM correction"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM correction WHERE topic_before = 'urban.greening'"), 1);
}

TEST_F(PeopleTest, AClosedRequestIsNotCorrected) {
  const Outcome opened = CommitOne(Decide(Bucket::kOrder, "m1"));
  ASSERT_TRUE(Do(opened.order_number, orders::Act::kAnswer));
  ASSERT_TRUE(Do(opened.order_number, orders::Act::kClose));
  const auto result = store_->Correct(To(opened.request_id, "urban.greening", "greening"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM correction"), 0);
}

TEST_F(PeopleTest, ACorrectionOfWhatWasAnsweredAtOnceIsKeptWithoutAnOrder) {
  const Outcome answered = CommitOne(Decide(Bucket::kAnswered, "m1"));
  const auto request = store_->Correct(To(answered.request_id, "urban.greening", "greening")).value();
  EXPECT_EQ(request.corrected_topic, "urban.greening");
  EXPECT_EQ(request.state, "answered");
  EXPECT_EQ(request.order_number, "");
}

TEST_F(PeopleTest, WhatDoesNotExistIsNotFound) {
  EXPECT_EQ(store_->Correct(To("01NO", "urban", "")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(Do("20150810-00009", orders::Act::kNote).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(store_->GetRequest("01NO").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(store_->GetOrder("x").error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(store_->OutcomeOf("x").value());
}

TEST_F(PeopleTest, AnActThatTheTableForbidsChangesNothing) {
  const Outcome opened = CommitOne(Decide(Bucket::kOrder, "m1"));
  EXPECT_EQ(Do(opened.order_number, orders::Act::kClose).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Do(opened.order_number, orders::Act::kCorrect).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(store_->GetOrder(opened.order_number).value().events.size(), 2U);
}

TEST_F(PeopleTest, ADispatchByAPersonNamesTheNewUnit) {
  const Outcome opened = CommitOne(Decide(Bucket::kOrder, "m1"));
  orders::Event event;
  event.act = orders::Act::kDispatch;
  event.actor = "li";
  event.data = R"({"unit": "roads", "helpers": ["lighting"], "entry": "by hand"})";
  const auto order = store_->Act(opened.order_number, event).value();
  EXPECT_EQ(order.lead_unit, "roads");
  EXPECT_EQ(order.helper_units, std::vector<std::string>{"lighting"});
  EXPECT_EQ(store_->ListOrders({"", "roads", "", "", 10}).value().size(), 1U);
  event.data = "roads";
  EXPECT_EQ(store_->Act(opened.order_number, event).error().kind, ErrorKind::kInvalid);
  event.data = R"({"helpers": ["lighting"]})";
  EXPECT_EQ(store_->Act(opened.order_number, event).error().kind, ErrorKind::kInvalid);
}

// Facts and an actor with which the act is allowed, whatever the order.
std::pair<std::string, std::string> AllowedWith(orders::Act act, const orders::Order& order, std::uint32_t pick) {
  using orders::Act;
  const std::string unit = pick % 2 ? "roads" : "greening";
  switch (act) {
    case Act::kDispatch:
    case Act::kRule:
    case Act::kRedo:
    case Act::kAddHelper:
      return {R"({"unit":")" + unit + R"(","helpers":["town"],"entry":"e","limit":"l","due":{"answer":)" +
                  std::to_string(pick % 3'000'000) + "}}",
              "supervisor:wang"};
    case Act::kObject:
    case Act::kReturn:
      return {R"({"code":"not-ours"})", "unit:" + order.lead_unit};
    case Act::kAskTime:
      return {R"({"by":"3wd"})", "unit:" + order.lead_unit};
    case Act::kExtend:
    case Act::kReckon:
      return {R"({"by":"3wd","due":{"answer":9,"yellow":8,"red":9,"sign":1,"contact":2,"return":3}})", "li"};
    case Act::kCallBack:
      return {pick % 2 ? R"({"solved":1,"satisfied":0})" : R"({"solved":-1,"satisfied":1})", "citizen"};
    case Act::kWarn:
    case Act::kRemind:
      return {R"({"step":"5d"})", "system"};
    case Act::kSupervise:
      return {R"({"cause":"overdue"})", "leader:sun"};
    case Act::kFlag:
      return {R"({"flag":"perfunctory"})", "system"};
    case Act::kAttach:
      return {R"({"message":"m"})", "system"};
    case Act::kClose:
      return {R"({"reason":"solved"})", "li"};
    case Act::kDeliver:
      return {"", "system"};
    case Act::kView:
      return {"", "unit:" + order.lead_unit};
    default:
      return {"", "supervisor:wang"};
  }
}

TEST_F(PeopleTest, TheStoredStateAlwaysEqualsTheFoldOfTheEvents) {
  std::mt19937 random(12345);
  std::vector<Outcome> opened;
  for (int i = 0; i < 20; ++i) opened.push_back(CommitOne(Decide(Bucket::kOrder, "m" + std::to_string(i))));
  std::set<orders::State> seen;
  std::set<orders::Act> done;
  for (int i = 0; i < 2500; ++i) {
    clock_.Advance(seconds(1));
    const Outcome& o = opened[random() % opened.size()];
    const auto before = store_->GetOrder(o.order_number).value();
    const auto act = static_cast<orders::Act>(random() % orders::kActs);
    if (act == orders::Act::kMerge || act == orders::Act::kUnmerge) {
      // The parent is an order that is neither merged nor a child itself, when the store says so.
      const auto parent = opened[random() % opened.size()].order_number;
      if (random() % 4 == 0 || act == orders::Act::kUnmerge)
        if (Do(o.order_number, act, R"({"parent":")" + parent + R"("})")) done.insert(act);
    } else if (act == orders::Act::kCorrect) {
      if (store_->Correct(To(o.request_id, "urban.greening", random() % 2 ? "greening" : ""))) done.insert(act);
    } else if (act == orders::Act::kAttach) {
      Decision more = Decide(Bucket::kNoted, "more " + std::to_string(i));
      more.attach_request = o.request_id;
      EXPECT_EQ(CommitOne(more).bucket, Bucket::kAttached);
    } else if (act != orders::Act::kAdopt && act != orders::Act::kRelease && act != orders::Act::kSplit) {
      const auto [data, actor] = AllowedWith(act, before, random());
      if (const auto after = Do(o.order_number, act, data, actor)) {
        done.insert(act);
      } else {
        EXPECT_EQ(after.error().kind, ErrorKind::kConflict) << ToWord(act) << ": " << after.error().what;
      }
    }
    const auto order = store_->GetOrder(o.order_number).value();
    ExpectStateIsFold(order);
    seen.insert(order.state);
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(orders::kStates));
  EXPECT_GT(done.size(), 30U) << "of " << orders::kActs << " acts";
}

TEST_F(PeopleTest, AStepHappensOnceWhoeverTriesIt) {
  const Outcome opened = CommitOne(Decide(Bucket::kOrder, "m1"));
  ActPlan plan{.event = {"", orders::Act::kRemind, "system", "", R"({"step":"view-5d"})", {}}, .once = "view-5d"};
  ASSERT_TRUE(store_->Act(opened.order_number, plan));
  EXPECT_EQ(store_->Act(opened.order_number, plan).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(OpenStore()->Act(opened.order_number, plan).error().kind, ErrorKind::kConflict);
  plan.once = "view-7d";
  EXPECT_EQ(store_->Act(opened.order_number, plan).value().reminders, 2);
}

TEST_F(PeopleTest, OfTwoWhoEditAtOnceTheSecondIsToldWhatChanged) {
  const Outcome opened = CommitOne(Decide(Bucket::kOrder, "m1"));
  const auto looked = store_->GetOrder(opened.order_number).value();
  ActPlan sign{.event = {"", orders::Act::kSign, "unit:lighting/wu", "", "", {}}, .expected = looked.version};
  ASSERT_TRUE(store_->Act(opened.order_number, sign));
  ActPlan note{.event = {"", orders::Act::kNote, "li", "", "", {}}, .expected = looked.version};
  const auto second = store_->Act(opened.order_number, note);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_NE(second.error().what.find("签收 sign  unit:lighting/wu"), std::string::npos) << second.error().what;
  EXPECT_EQ(store_->GetOrder(opened.order_number).value().version, looked.version + 1);
}

TEST_F(PeopleTest, MergingTellsTheParentAndUndoingItToo) {
  const auto parent = CommitOne(Decide(Bucket::kOrder, "m1")).order_number;
  const auto child = CommitOne(Decide(Bucket::kOrder, "m2", "citizen-2")).order_number;
  const auto third = CommitOne(Decide(Bucket::kOrder, "m3", "citizen-3")).order_number;
  const auto under = [](const std::string& number) { return R"({"parent":")" + number + R"("})"; };
  ASSERT_TRUE(Do(child, orders::Act::kMerge, under(parent)));
  EXPECT_EQ(store_->GetOrder(parent).value().events.back().data, R"({"child":")" + child + R"("})");
  EXPECT_EQ(store_->GetOrder(parent).value().events.back().act, orders::Act::kAdopt);
  EXPECT_EQ(Do(third, orders::Act::kMerge, under(child)).error().kind, ErrorKind::kConflict) << "a child takes none";
  EXPECT_EQ(Do(parent, orders::Act::kMerge, under(third)).error().kind, ErrorKind::kConflict) << "a parent has none";
  EXPECT_EQ(Do(third, orders::Act::kMerge, under(third)).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Do(third, orders::Act::kMerge, under("20990101-00001")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(store_->GetOrder(third).value().state, orders::State::kDispatched) << "nothing half done";
  ASSERT_TRUE(Do(child, orders::Act::kUnmerge));
  EXPECT_EQ(store_->GetOrder(child).value().state, orders::State::kDispatched);
  EXPECT_EQ(store_->GetOrder(parent).value().events.back().act, orders::Act::kRelease);
}

TEST_F(PeopleTest, AMatterIsSplitIntoTwoOrdersOfOneRequestWhichClosesWithTheLast) {
  const Outcome opened = CommitOne(Decide(Bucket::kOrder, "m1"));
  ExtraOrder extra;
  extra.split_from = opened.order_number;
  extra.topic = "urban.roads";
  extra.channel = "wechat";
  extra.lead_unit = "roads";
  extra.by = "li";
  const auto second = store_->OpenExtra(extra).value();
  EXPECT_EQ(second.request_id, opened.request_id);
  EXPECT_EQ(second.state, orders::State::kDispatched);
  EXPECT_EQ(store_->GetOrder(opened.order_number).value().events.back().act, orders::Act::kSplit);
  EXPECT_EQ(store_->GetRequest(opened.request_id).value().order_number, opened.order_number);
  for (const auto& number : {opened.order_number, second.number}) {
    EXPECT_NE(store_->GetRequest(opened.request_id).value().state, "closed");
    ASSERT_TRUE(Do(number, orders::Act::kAnswer));
    ASSERT_TRUE(Do(number, orders::Act::kClose));
  }
  EXPECT_EQ(store_->GetRequest(opened.request_id).value().state, "closed");
  ASSERT_TRUE(Do(second.number, orders::Act::kReopen));
  EXPECT_EQ(store_->GetRequest(opened.request_id).value().state, "order");
}

TEST_F(PeopleTest, AnIncidentHasOneOpenOrder) {
  ExtraOrder extra;
  extra.incident = "I1";
  extra.topic = "urban.water";
  extra.channel = "wechat";
  extra.by = "system";
  const auto parent = store_->OpenExtra(extra).value();
  EXPECT_EQ(parent.request_id, "");
  EXPECT_EQ(parent.incident, "I1");
  EXPECT_EQ(parent.state, orders::State::kAccepted);
  ExpectStateIsFold(store_->GetOrder(parent.number).value());
  EXPECT_NE(store_->OpenExtra(extra).error().what.find(parent.number), std::string::npos);
}

TEST_F(PeopleTest, WordsOfAnActAreKeptUnderTheCitizenAndNotInTheEvent) {
  const Outcome opened = CommitOne(Decide(Bucket::kOrder, "m1"));
  ActPlan plan{.event = {"", orders::Act::kAnswer, "unit:lighting", "", "", {}}};
  plan.texts = {{"public", "路灯已修好"}, {"internal", "灯泡老化"}};
  ASSERT_TRUE(store_->Act(opened.order_number, plan));
  const auto texts = store_->OrderTexts(opened.order_number).value();
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0].text, "路灯已修好");
  EXPECT_EQ(texts[1].kind, "internal");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM order_text t JOIN citizen c ON c.id = t.citizen_id"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM event WHERE data LIKE '%路灯%' OR reason LIKE '%路灯%'"), 0);
}

TEST_F(PeopleTest, ListsGoOnBehindTheirCursor) {
  for (int i = 0; i < 5; ++i) {
    Decision d = Decide(i % 2 ? Bucket::kTriage : Bucket::kOrder, "m" + std::to_string(i));
    CommitOne(d);
  }
  const auto first = store_->ListOrders({"", "", "", "", 2}).value();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].number, "20150810-00003");
  const auto rest = store_->ListOrders({"", "", "", first[1].number, 2}).value();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].number, "20150810-00001");

  const auto triage = store_->ListRequests("triage", "", 1).value();
  ASSERT_EQ(triage.size(), 1U);
  EXPECT_EQ(store_->ListRequests("triage", triage[0].id, 10).value().size(), 1U);
  EXPECT_EQ(store_->ListRequests("", "", 10).value().size(), 5U);
}

TEST_F(PeopleTest, OrdersAreFilteredByStateUnitAndTopicOrItsCategory) {
  const Outcome a = CommitOne(Decide(Bucket::kOrder, "m1"));
  Decision other = Decide(Bucket::kOrder, "m2");
  other.verdict->topic = "urbanism.else";
  other.lead_unit = "desk";
  CommitOne(other);
  const auto count = [&](const std::string& state, const std::string& unit, const std::string& topic) {
    return store_->ListOrders({state, unit, topic, "", 10}).value().size();
  };
  EXPECT_EQ(count("dispatched", "", ""), 2U);
  EXPECT_EQ(count("closed", "", ""), 0U);
  EXPECT_EQ(count("", "lighting", ""), 1U);
  EXPECT_EQ(count("", "", "urban"), 1U);
  EXPECT_EQ(count("", "", "urban.lighting"), 1U);
  EXPECT_EQ(count("dispatched", "desk", "urban"), 0U);
}

}  // namespace
}  // namespace minsheng::store
