// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <set>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class PeopleTest : public StoreTest {
 protected:
  Result<orders::Order> Do(const std::string& number, orders::Act act) {
    orders::Event event;
    event.act = act;
    event.actor = "li";
    return store_->Act(number, event);
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
}

TEST_F(PeopleTest, TheStoredStateAlwaysEqualsTheFoldOfTheEvents) {
  std::mt19937 random(12345);
  std::vector<Outcome> opened;
  for (int i = 0; i < 20; ++i) opened.push_back(CommitOne(Decide(Bucket::kOrder, "m" + std::to_string(i))));
  std::set<orders::State> seen;
  int allowed = 0;
  for (int i = 0; i < 600; ++i) {
    clock_.Advance(seconds(1));
    const Outcome& o = opened[random() % opened.size()];
    const int pick = static_cast<int>(random() % 12);
    if (pick == 10) {
      Decision more = Decide(Bucket::kNoted, "more " + std::to_string(i));
      more.attach_request = o.request_id;
      EXPECT_EQ(CommitOne(more).bucket, Bucket::kAttached);
    } else if (pick == 11) {
      const auto corrected = store_->Correct(To(o.request_id, "urban.greening", random() % 2 ? "greening" : ""));
      EXPECT_TRUE(corrected || corrected.error().kind == ErrorKind::kConflict);
    } else {
      const auto act = static_cast<orders::Act>(pick);
      // Closing ends the game, so it is made rare.
      if (act == orders::Act::kClose && random() % 5 != 0) continue;
      allowed += Do(o.order_number, act).has_value() ? 1 : 0;
    }
    const auto order = store_->GetOrder(o.order_number).value();
    ExpectStateIsFold(order);
    seen.insert(order.state);
  }
  EXPECT_GT(allowed, 100);
  EXPECT_EQ(seen.size(), 5U);  // all but accepted, which these orders have left at once
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
