// SPDX-License-Identifier: Apache-2.0
#include "src/router/dispatcher.h"

#include "tests/unit/store/store_fixture.h"

namespace minsheng::router {
namespace {

using store::OutboxState;

// One committed message with one outbox row of the wanted kind; the sender answers as told.
class DispatcherTest : public store::StoreTest {
 protected:
  std::string CommitRow(const std::string& kind) {
    store::Decision d;
    d.message.id = NewUlid(clock_.Now());
    d.message.channel = "wechat";
    d.message.account = "main";
    d.message.source_id = d.message.id;
    d.message.sender = "citizen";
    d.message.received_at = clock_.Now();
    d.plan = store::Bucket::kOrder;
    d.lead_unit = "unit";
    d.verdict = Verdict{};
    d.verdict->topic = "urban.greening";
    d.outbox = [&](store::Bucket, const std::string&, const std::string&) {
      store::OutboxDraft draft;
      draft.kind = kind;
      draft.target = "unit";
      draft.payload = "{}";
      draft.not_before = clock_.Now();
      return std::vector<store::OutboxDraft>{draft};
    };
    const auto outcome = store_->Commit({d});
    EXPECT_TRUE(outcome) << outcome.error().what;
    order_ = outcome->front().order_number;
    return outcome->front().outbox_ids.front();
  }
  Dispatcher Make(const std::string& kind) {
    return Dispatcher(*store_,
                      {{kind,
                        [this](const store::OutboxRow& row) -> Result<Receipt> {
                          ids_.push_back(row.id);
                          return answer_;
                        }}},
                      clock_);
  }
  store::OutboxRow Row(const std::string& id) {
    const auto rows = store_->ListOutbox("", 100).value();
    for (const auto& row : rows) {
      if (row.id == id) return row;
    }
    ADD_FAILURE() << "no row " << id;
    return {};
  }

  Result<Receipt> answer_ = Receipt{"p-1", false};
  std::vector<std::string> ids_;
  std::string order_;
};

TEST_F(DispatcherTest, WhatWasTakenIsSentAndStandsOnTheOrdersTimeline) {
  const auto id = CommitRow("dispatch-webhook");
  EXPECT_EQ(Make("dispatch-webhook").RunOnce(), 1);
  EXPECT_EQ(Row(id).state, OutboxState::kSent);
  const auto order = store_->GetOrder(order_);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->events.back().act, orders::Act::kDeliver);
}

TEST_F(DispatcherTest, WhatNobodyTookIsTriedAgainLaterAndLaterUnderTheSameId) {
  const auto id = CommitRow("dispatch-webhook");
  auto dispatcher = Make("dispatch-webhook");
  answer_ = MakeError(ErrorKind::kUnavailable, "no connection");
  EXPECT_EQ(dispatcher.RunOnce(), 1);
  EXPECT_EQ(dispatcher.RunOnce(), 0) << "not before its time";
  clock_.Advance(BackOff(1));
  EXPECT_EQ(dispatcher.RunOnce(), 1);
  EXPECT_EQ(Row(id).next_at, clock_.Now() + BackOff(2));
  answer_ = Receipt{};
  clock_.Advance(BackOff(2));
  EXPECT_EQ(dispatcher.RunOnce(), 1);
  EXPECT_EQ(Row(id).state, OutboxState::kSent);
  EXPECT_EQ(ids_, std::vector<std::string>(3, id));
}

TEST_F(DispatcherTest, AReplyWithAnUnknownOutcomeIsNeverRepeatedButADispatchIs) {
  const auto reply = CommitRow("reply");
  const auto dispatch = CommitRow("dispatch-webhook");
  answer_ = MakeError(ErrorKind::kUnknown, "no answer");
  Make("reply").RunOnce();
  EXPECT_EQ(Row(reply).state, OutboxState::kUnknown);
  clock_.Advance(Millis{24LL * 3600 * 1000});
  ids_.clear();
  Make("dispatch-webhook").RunOnce();
  EXPECT_EQ(ids_, std::vector<std::string>(ids_.size(), dispatch)) << "the reply is left alone";
}

TEST_F(DispatcherTest, ANoIsTheEndAndAKindWithoutSenderFails) {
  const auto refused = CommitRow("dispatch-mail");
  answer_ = MakeError(ErrorKind::kRejected, "unit answered 410");
  Make("dispatch-mail").RunOnce();
  EXPECT_EQ(Row(refused).state, OutboxState::kFailed);
  EXPECT_EQ(Row(refused).last_error, "unit answered 410");
  EXPECT_NE(store_->GetOrder(order_)->events.back().reason.find("not delivered"), std::string::npos);
  const auto strange = CommitRow("carrier-pigeon");
  Make("dispatch-mail").RunOnce();
  EXPECT_EQ(Row(strange).state, OutboxState::kFailed);
}

TEST_F(DispatcherTest, AUnitThatHangsHoldsUpNobodyElse) {
  for (int i = 0; i < 3; ++i) CommitRow("dispatch-webhook");
  const auto now = clock_.Now();
  const auto first = store_->TakeDue(now, now + Millis{1'000}, 10);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 1U) << "one at a time to one unit";
  EXPECT_TRUE(store_->TakeDue(now, now + Millis{1'000}, 10)->empty());
  const auto reply = CommitRow("reply");
  const auto next = store_->TakeDue(now, now + Millis{1'000}, 10);
  ASSERT_EQ(next->size(), 1U);
  EXPECT_EQ(next->front().id, reply);
}

TEST_F(DispatcherTest, APersonMaySendAFailedRowAgainAndNoOther) {
  const auto id = CommitRow("dispatch-mail");
  EXPECT_EQ(store_->RetryOutbox(id, clock_.Now()).error().kind, ErrorKind::kConflict);
  answer_ = MakeError(ErrorKind::kRejected, "no");
  Make("dispatch-mail").RunOnce();
  answer_ = Receipt{};
  EXPECT_TRUE(store_->RetryOutbox(id, clock_.Now()));
  Make("dispatch-mail").RunOnce();
  EXPECT_EQ(Row(id).state, OutboxState::kSent);
  EXPECT_EQ(store_->RetryOutbox("nonsense", clock_.Now()).error().kind, ErrorKind::kNotFound);
}

TEST(BackOff, DoublesFromTwoSecondsToOneHour) {
  EXPECT_EQ(BackOff(1), Millis{2'000});
  EXPECT_EQ(BackOff(2), Millis{4'000});
  EXPECT_EQ(BackOff(20), Millis{3'600'000});
  EXPECT_EQ(BackOff(1'000), Millis{3'600'000});
}

}  // namespace
}  // namespace minsheng::router
