// SPDX-License-Identifier: Apache-2.0
#include "src/store/call_backs.h"

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class CallBackLogTest : public StoreTest {
 protected:
  // An order whose answer was checked.
  std::string CheckedOrder(const std::string& source_id) {
    const auto outcome = CommitOne(Decide(Bucket::kOrder, source_id));
    for (const auto act : {orders::Act::kAnswer, orders::Act::kCheck}) {
      clock_.Advance(minutes(1));
      orders::Event event{"", act, "li", "", "", clock_.Now()};
      const auto done = store_->Act(outcome.order_number, event);
      EXPECT_TRUE(done) << done.error().what;
    }
    return outcome.order_number;
  }
  CallBack Begun(const std::string& number, const std::string& way = "chat") {
    const auto order = store_->GetOrder(number).value();
    const auto request = store_->GetRequest(order.request_id).value();
    CallBack row;
    row.order_number = number;
    row.request_id = order.request_id;
    row.checked_at = order.checked_at;
    row.way = way;
    row.next_at = clock_.Now();
    if (way == "chat") row.conversation = request.conversation_id;
    EXPECT_TRUE(store_->CallBacks().Begin(row).value());
    return store_->CallBacks().Of(number).value();
  }
  Decision Word(const std::string& source_id, int solved, int satisfied) {
    Decision d = Decide(Bucket::kTriage, source_id);
    d.call_back = CallBackWord{
        solved, satisfied, [](const std::string&) { return std::vector<OutboxDraft>{Draft("reply", "citizen-1")}; }};
    return d;
  }
};

TEST_F(CallBackLogTest, EachCheckBeginsOneCallBackAndOneOnly) {
  const auto number = CheckedOrder("m1");
  EXPECT_EQ(store_->CallBacks().Waiting(10).value(), std::vector{number});
  const auto row = Begun(number);
  EXPECT_FALSE(store_->CallBacks().Begin(row).value());
  EXPECT_TRUE(store_->CallBacks().Waiting(10).value().empty());
  // Redone and checked again: another one.
  for (const auto act : {orders::Act::kRedo, orders::Act::kAnswer, orders::Act::kCheck}) {
    clock_.Advance(minutes(1));
    ASSERT_TRUE(store_->Act(number, orders::Event{"", act, "li", "", "", clock_.Now()}));
  }
  EXPECT_EQ(store_->CallBacks().Waiting(10).value(), std::vector{number});
  EXPECT_FALSE(store_->CallBacks().Of(number)->current);
}

TEST_F(CallBackLogTest, OfTwoWhoMoveARowOnOneWinsAndOnlyItsActHappens) {
  const auto number = CheckedOrder("m1");
  const auto seen = Begun(number);
  auto to = seen;
  to.state = "asked";
  ActPlan plan;
  plan.event = {"", orders::Act::kNote, "system", "asked", "", clock_.Now()};
  const auto before = store_->GetOrder(number)->version;
  EXPECT_TRUE(store_->CallBacks().Advance(seen, to, plan).value());
  EXPECT_FALSE(OpenStore()->CallBacks().Advance(seen, to, plan).value());
  EXPECT_EQ(store_->GetOrder(number)->version, before + 1);
  ExpectStateIsFold(*store_->GetOrder(number));
}

TEST_F(CallBackLogTest, AnActThatIsNotAllowedLeavesTheRowAsItWas) {
  const auto number = CheckedOrder("m1");
  const auto seen = Begun(number);
  auto to = seen;
  to.state = "asked";
  ActPlan plan;
  plan.event = {"", orders::Act::kSign, "li", "", "", clock_.Now()};
  EXPECT_FALSE(store_->CallBacks().Advance(seen, to, plan));
  EXPECT_EQ(store_->CallBacks().Of(number)->state, "due");
}

TEST_F(CallBackLogTest, AWordInTheConversationAnswersTheOpenQuestionOnce) {
  const auto number = CheckedOrder("m1");
  const auto row = Begun(number);
  // Nobody has asked yet: the word is a message like any other.
  EXPECT_EQ(CommitOne(Word("w0", 1, 1)).bucket, Bucket::kTriage);
  auto asked = row;
  asked.state = "asked";
  ASSERT_TRUE(store_->CallBacks().Advance(row, asked).value());
  // Of another citizen.
  Decision other = Word("w1", 1, 1);
  other.message.sender = "citizen-2";
  EXPECT_EQ(CommitOne(other).bucket, Bucket::kTriage);
  const auto said = CommitOne(Word("w2", 0, -1));
  EXPECT_EQ(said.bucket, Bucket::kAttached);
  EXPECT_EQ(said.order_number, number);
  EXPECT_EQ(said.outbox_ids.size(), 1U);
  const auto now = store_->CallBacks().Of(number).value();
  EXPECT_EQ(now.state, "said");
  EXPECT_EQ(now.solved, 0);
  EXPECT_EQ(now.satisfied, -1);
  EXPECT_EQ(store_->CallBacks().Due(clock_.Now(), 10)->size(), 1U);
  EXPECT_EQ(CommitOne(Word("w3", 1, 1)).bucket, Bucket::kTriage);
  EXPECT_EQ(store_->CallBacks().Of(number)->solved, 0);
}

TEST_F(CallBackLogTest, InOneConversationOneQuestionIsOutAtATime) {
  const auto first = CheckedOrder("m1");
  const auto second = CheckedOrder("m2");
  const auto row = Begun(first);
  Begun(second);
  EXPECT_EQ(store_->CallBacks().Due(clock_.Now(), 10)->size(), 2U);
  auto asked = row;
  asked.state = "asked";
  asked.next_at = clock_.Now() + hours(1);
  ASSERT_TRUE(store_->CallBacks().Advance(row, asked).value());
  EXPECT_TRUE(store_->CallBacks().Due(clock_.Now(), 10)->empty());
  clock_.Advance(hours(2));
  EXPECT_EQ(store_->CallBacks().Due(clock_.Now(), 10)->front().order_number, first);
}

TEST_F(CallBackLogTest, CallsAreForPeopleAndTheClockSeesThemOnlyWhenTheOrderHasGoneOn) {
  const auto number = CheckedOrder("m1");
  Begun(number, "phone");
  EXPECT_TRUE(store_->CallBacks().Due(clock_.Now() + hours(100), 10)->empty());
  EXPECT_EQ(store_->CallBacks().List({"li", "phone", false, 10})->size(), 1U);
  EXPECT_TRUE(store_->CallBacks().List({"", "chat", false, 10})->empty());
  ASSERT_TRUE(
      store_->Act(number, orders::Event{"", orders::Act::kClose, "li", "", R"({"reason":"solved"})", clock_.Now()}));
  EXPECT_EQ(store_->CallBacks().Due(clock_.Now(), 10)->size(), 1U);
}

TEST_F(CallBackLogTest, ATokenIsFoundByItsDigestAndNoRowHasAnEmptyOne) {
  const auto number = CheckedOrder("m1");
  const auto row = Begun(number, "link");
  EXPECT_EQ(store_->CallBacks().ByToken("").error().kind, ErrorKind::kNotFound);
  auto asked = row;
  asked.state = "asked";
  asked.token_hash = std::string(64, 'a');
  ASSERT_TRUE(store_->CallBacks().Advance(row, asked).value());
  EXPECT_EQ(store_->CallBacks().ByToken(std::string(64, 'a'))->order_number, number);
  EXPECT_EQ(store_->CallBacks().ByToken(std::string(64, 'b')).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace minsheng::store
