// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

using RecordsTest = StoreTest;

std::int64_t Sum(const std::vector<BalanceRow>& rows, const std::string& bucket = "") {
  std::int64_t sum = 0;
  for (const BalanceRow& row : rows) {
    for (const auto& [word, n] : row.buckets) sum += bucket.empty() || word == bucket ? n : 0;
  }
  return sum;
}

TEST_F(RecordsTest, AParkedMessageIsKeptWithItsBytesAndItsReason) {
  Decision d = Decide(Bucket::kParked, "m1");
  const Outcome outcome = CommitOne(d);
  EXPECT_EQ(outcome.bucket, Bucket::kParked);
  EXPECT_EQ(outcome.request_id, "");
  const auto listed = store_->ListParked(false, 10).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].reason, "not well formed");
  EXPECT_EQ(listed[0].deliveries, 5);
  EXPECT_EQ(listed[0].raw, "");
  EXPECT_EQ(store_->GetParked(outcome.message_id).value().raw, d.raw);
  EXPECT_EQ(store_->GetParked("01NO").error().kind, ErrorKind::kNotFound);
}

TEST_F(RecordsTest, AParkedMessageIsResolvedOnce) {
  const std::string id = CommitOne(Decide(Bucket::kParked, "m1")).message_id;
  EXPECT_EQ(store_->ResolveParked(id, "forgotten").error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(store_->ResolveParked(id, "dropped"));
  EXPECT_EQ(store_->ResolveParked(id, "retried").error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_->ResolveParked("01NO", "retried").error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(store_->ListParked(false, 10).value().empty());
  EXPECT_EQ(store_->ListParked(true, 10).value().at(0).resolution, "dropped");
}

TEST_F(RecordsTest, TheRetryOfAParkedMessageIsCommittedUnderItsNewIdAndTheOldOneStaysParked) {
  const Decision parked = Decide(Bucket::kParked, "m1");
  CommitOne(parked);
  EXPECT_TRUE(CommitOne(parked).duplicate);  // the same stream entry once more is no retry

  Decision retry = Decide(Bucket::kOrder, "m1");
  const Outcome outcome = CommitOne(retry);
  EXPECT_FALSE(outcome.duplicate);
  EXPECT_EQ(outcome.bucket, Bucket::kOrder);
  ASSERT_TRUE(store_->ResolveParked(parked.message.id, "retried"));
  EXPECT_TRUE(CommitOne(retry).duplicate);
  const Outcome old_again = CommitOne(parked);
  EXPECT_TRUE(old_again.duplicate);
  EXPECT_EQ(old_again.bucket, Bucket::kParked);

  const auto rows = store_->Balance(clock_.Now(), clock_.Now() + hours(1), nullptr).value();
  EXPECT_EQ(Sum(rows, "parked"), 1);
  EXPECT_EQ(Sum(rows, "order"), 1);
}

TEST_F(RecordsTest, ARetryThatFailsAgainIsParkedAgain) {
  CommitOne(Decide(Bucket::kParked, "m1"));
  EXPECT_FALSE(CommitOne(Decide(Bucket::kParked, "m1")).duplicate);
  EXPECT_EQ(store_->ListParked(false, 10).value().size(), 2U);
}

TEST_F(RecordsTest, NotedMessagesHaveNoRequest) {
  const Outcome outcome = CommitOne(Decide(Bucket::kNoted, "m1", ""));
  EXPECT_EQ(outcome.bucket, Bucket::kNoted);
  EXPECT_EQ(outcome.request_id, "");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM request"), 0);
  // Whose texts they are nobody knows, but they lie under a key.
  EXPECT_EQ(Number("SELECT COUNT(*) FROM citizen"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM conversation"), 0);
}

TEST_F(RecordsTest, EveryMessageIsInExactlyOneBucketOfItsHour) {
  const Time start = clock_.Now();
  std::map<Bucket, int> planned;
  int n = 0;
  for (const Bucket b : {Bucket::kOrder, Bucket::kAnswered, Bucket::kNoted, Bucket::kTriage, Bucket::kParked}) {
    for (int i = 0; i <= static_cast<int>(b); ++i) {
      CommitOne(Decide(b, "m" + std::to_string(n), "s" + std::to_string(n)));
      ++planned[b];
      ++n;
    }
  }
  Decision more = Decide(Bucket::kNoted, "more", "s0");
  more.attach_since = start;
  EXPECT_EQ(CommitOne(more).bucket, Bucket::kAttached);
  ++planned[Bucket::kAttached];
  const std::int64_t hour = ToMs(start) / 3'600'000;
  ASSERT_TRUE(store_->AddRefused("wechat", hour, "denied", 2));
  ASSERT_TRUE(store_->AddRefused("wechat", hour, "denied", 3));
  ASSERT_TRUE(store_->AddRefused("wechat", hour, "full", 1));

  const auto rows = store_->Balance(start, start + Millis{1}, nullptr).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].channel, "wechat");
  EXPECT_EQ(rows[0].hour, hour);
  for (const auto& [bucket, count] : planned) {
    EXPECT_EQ(rows[0].buckets.at(std::string(ToWord(bucket))), count) << ToWord(bucket);
  }
  EXPECT_EQ(rows[0].buckets.at("refused"), 6);
  EXPECT_EQ(Sum(rows), n + 1 + 6);
}

TEST_F(RecordsTest, OfTheWaitingTheBalanceLeavesThoseThatItDoesNotCountItself) {
  const auto committed = Decide(Bucket::kTriage, "m1");
  CommitOne(committed);
  std::vector<std::string> waiting{committed.message.id, "still-waiting"};
  const auto rows = store_->Balance(clock_.Now(), clock_.Now() + hours(1), &waiting).value();
  EXPECT_EQ(Sum(rows), 1);
  EXPECT_EQ(waiting, std::vector<std::string>{"still-waiting"});
}

TEST_F(RecordsTest, TheBalanceIsKeptPerChannelAndHourOfReceipt) {
  const Time start = clock_.Now();
  CommitOne(Decide(Bucket::kTriage, "m1"));
  Decision mail = Decide(Bucket::kTriage, "m2");
  mail.message.channel = "email";
  CommitOne(mail);
  Decision late = Decide(Bucket::kTriage, "m3");
  clock_.Advance(hours(5));  // it waited; its hour is that of its receipt
  CommitOne(late);
  CommitOne(Decide(Bucket::kTriage, "m4"));
  EXPECT_EQ(Sum(store_->Balance(start, start + hours(1), nullptr).value()), 3);
  EXPECT_EQ(store_->Balance(start, start + hours(1), nullptr).value().size(), 2U);
  EXPECT_EQ(Sum(store_->Balance(start, start + hours(6), nullptr).value()), 4);
  EXPECT_TRUE(store_->Balance(start - hours(3), start - hours(2), nullptr).value().empty());
}

TEST_F(RecordsTest, ChannelStateIsWrittenOnlyOverWhatWasExpected) {
  using Expected = std::optional<std::optional<std::string>>;
  const Expected anything = std::nullopt, absent = Expected(std::optional<std::string>());
  EXPECT_FALSE(store_->GetState("wechat/main", "token").value());
  EXPECT_TRUE(store_->PutState("wechat/main", "token", absent, "a").value());
  EXPECT_FALSE(store_->PutState("wechat/main", "token", absent, "b").value());
  EXPECT_FALSE(store_->PutState("wechat/main", "token", Expected("x"), "b").value());
  EXPECT_EQ(store_->GetState("wechat/main", "token").value(), "a");
  EXPECT_TRUE(store_->PutState("wechat/main", "token", Expected("a"), "b").value());
  EXPECT_TRUE(store_->PutState("wechat/main", "token", anything, "").value());
  EXPECT_EQ(store_->GetState("wechat/main", "token").value(), "");
  EXPECT_FALSE(store_->GetState("wechat/tourism", "token").value());
}

TEST_F(RecordsTest, EveryBucketWordIsReadBackAsItself) {
  for (int i = 0; i <= static_cast<int>(Bucket::kParked); ++i) {
    EXPECT_EQ(BucketFromWord(ToWord(static_cast<Bucket>(i))), static_cast<Bucket>(i));
  }
  EXPECT_FALSE(BucketFromWord("refused"));
  EXPECT_EQ(ToWord(OutboxState::kUnknown), "unknown");
}

}  // namespace
}  // namespace minsheng::store
