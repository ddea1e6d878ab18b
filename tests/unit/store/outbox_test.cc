// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <thread>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class OutboxTest : public StoreTest {
 protected:
  std::vector<OutboxRow> Take(int max = 10) {
    return store_->TakeDue(clock_.Now(), clock_.Now() + seconds(30), max).value();
  }
  std::string TakePassive(const std::string& id, const std::string& body) {
    return store_->TakePassive({{id, body}}, clock_.Now(), clock_.Now() + seconds(5)).value().at(0);
  }
  OutboxRow Row(const std::string& id) {
    const auto rows = store_->ListOutbox("", 1000).value();
    for (const OutboxRow& row : rows) {
      if (row.id == id) return row;
    }
    ADD_FAILURE() << "no row " << id;
    return {};
  }
};

TEST_F(OutboxTest, ARowIsTakenWhenItIsDueAndByOneTakerOnly) {
  OutboxDraft later = Draft("reply");
  later.not_before = clock_.Now() + seconds(10);
  const std::string id = CommitWithDraft(later, "m1");
  EXPECT_TRUE(Take().empty());
  EXPECT_EQ(store_->NextDue().value(), later.not_before);
  clock_.Advance(seconds(10));
  const auto taken = Take();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].id, id);
  EXPECT_EQ(taken[0].state, OutboxState::kSending);
  EXPECT_EQ(taken[0].attempts, 1);
  EXPECT_EQ(taken[0].draft.payload, later.payload);
  EXPECT_TRUE(Take().empty());
}

TEST_F(OutboxTest, TwoTakersNeverGetTheSameRow) {
  constexpr int kRows = 60;
  for (int i = 0; i < kRows; ++i)
    CommitWithDraft(Draft("dispatch-mail", "unit" + std::to_string(i)), "m" + std::to_string(i));
  auto second = OpenStore();
  const auto drain = [&](Store& store, std::multiset<std::string>* ids) {
    for (;;) {
      const auto rows = store.TakeDue(clock_.Now(), clock_.Now() + seconds(30), 3).value();
      if (rows.empty()) return;
      for (const OutboxRow& row : rows) ids->insert(row.id);
    }
  };
  std::multiset<std::string> a, b;
  std::thread other([&] { drain(*second, &b); });
  drain(*store_, &a);
  other.join();
  a.merge(b);
  EXPECT_EQ(a.size(), std::size_t{kRows});
  EXPECT_EQ(std::set<std::string>(a.begin(), a.end()).size(), std::size_t{kRows});
}

TEST_F(OutboxTest, TheOldestDueRowsGoFirst) {
  OutboxDraft late = Draft("reply", "late"), early = Draft("reply", "early");
  late.not_before = clock_.Now() + seconds(5);
  early.not_before = clock_.Now() + seconds(2);
  CommitWithDraft(late, "m1");
  CommitWithDraft(early, "m2");
  clock_.Advance(seconds(9));
  EXPECT_EQ(Take(1).at(0).draft.target, "early");
  EXPECT_EQ(Take(1).at(0).draft.target, "late");
}

TEST_F(OutboxTest, AnOldTakerCannotFinishWhatAnotherOneHasTakenOver) {
  const std::string id = CommitWithDraft(Draft("dispatch-webhook"), "m1");
  const std::string old_token = Take().at(0).claim_token;
  clock_.Advance(seconds(31));
  const OutboxRow again = Take().at(0);
  EXPECT_EQ(again.id, id);
  EXPECT_EQ(again.attempts, 2);
  EXPECT_NE(again.claim_token, old_token);
  EXPECT_FALSE(store_->Finish(id, old_token, OutboxState::kFailed, "late", "", {}).value());
  EXPECT_EQ(Row(id).state, OutboxState::kSending);
  EXPECT_TRUE(store_->Finish(id, again.claim_token, OutboxState::kSent, "", "p-7", {}).value());
  EXPECT_EQ(Row(id).state, OutboxState::kSent);
  EXPECT_EQ(Row(id).platform_id, "p-7");
  EXPECT_EQ(Row(id).finished_at, clock_.Now());
  EXPECT_FALSE(store_->Finish(id, again.claim_token, OutboxState::kFailed, "", "", {}).value());
  EXPECT_FALSE(store_->Finish(id, "", OutboxState::kFailed, "", "", {}).value());
}

TEST_F(OutboxTest, AReplyWhoseClaimRanOutIsUnknownAndNeverSentAgainByItself) {
  const std::string id = CommitWithDraft(Draft("reply"), "m1");
  const std::string token = Take().at(0).claim_token;
  EXPECT_EQ(store_->NextDue().value(), clock_.Now() + seconds(30));
  clock_.Advance(seconds(30));
  EXPECT_TRUE(Take().empty());
  EXPECT_EQ(Row(id).state, OutboxState::kUnknown);
  EXPECT_FALSE(store_->NextDue().value());
  // Its taker may still tell what happened, but not ask for another try.
  EXPECT_FALSE(store_->Finish(id, token, OutboxState::kPending, "", "", clock_.Now()).value());
  EXPECT_TRUE(store_->Finish(id, token, OutboxState::kSent, "", "p-1", {}).value());
  EXPECT_EQ(Row(id).state, OutboxState::kSent);
}

TEST_F(OutboxTest, ANewStartEndsTheClaimsOfADeadProcessAtOnce) {
  const std::string reply = CommitWithDraft(Draft("reply"), "m1");
  const std::string dispatch = CommitWithDraft(Draft("dispatch-webhook"), "m2");
  ASSERT_EQ(Take().size(), 2U);
  ASSERT_TRUE(store_->ReleaseClaims(clock_.Now()));
  EXPECT_EQ(Row(reply).state, OutboxState::kUnknown);
  const auto again = Take();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].id, dispatch);
}

TEST_F(OutboxTest, ATemporaryFailureComesBackAtTheTimeGiven) {
  const std::string id = CommitWithDraft(Draft("reply"), "m1");
  const std::string token = Take().at(0).claim_token;
  const Time next = clock_.Now() + seconds(60);
  EXPECT_TRUE(store_->Finish(id, token, OutboxState::kPending, "refused the connection", "", next).value());
  EXPECT_EQ(Row(id).last_error, "refused the connection");
  EXPECT_EQ(store_->NextDue().value(), next);
  EXPECT_TRUE(Take().empty());
  clock_.Advance(seconds(60));
  EXPECT_EQ(Take().at(0).attempts, 2);
}

TEST_F(OutboxTest, AnOpenRequestTakesItsReplyBeforeTheSenderMay) {
  OutboxDraft draft = Draft("reply");
  draft.prefer_passive_until = clock_.Now() + seconds(3);
  Decision d = Decide(Bucket::kAnswered, "m1");
  d.outbox = [&](Bucket, const std::string&, const std::string&) { return std::vector<OutboxDraft>{draft}; };
  const Outcome outcome = CommitOne(d);
  const std::string id = outcome.outbox_ids.at(0);
  EXPECT_TRUE(Take().empty());
  const auto token = TakePassive(id, "<xml>已收到</xml>");
  ASSERT_FALSE(token.empty());
  EXPECT_EQ(TakePassive(id, "<xml>别的</xml>"), "");
  clock_.Advance(seconds(4));
  EXPECT_TRUE(Take().empty());
  ASSERT_TRUE(store_->Finish(id, token, OutboxState::kSent, "", "", {}).value());
  // The platform asks again: the same body.
  const auto replies = store_->RepliesOf({outcome.message_id}).value().at(0);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].wire_body, "<xml>已收到</xml>");
}

TEST_F(OutboxTest, WhenNoOpenRequestCameTheSenderTakesTheReply) {
  OutboxDraft draft = Draft("reply");
  draft.prefer_passive_until = clock_.Now() + seconds(3);
  const std::string id = CommitWithDraft(draft, "m1");
  clock_.Advance(seconds(3));
  EXPECT_EQ(Take().at(0).id, id);
  EXPECT_EQ(TakePassive(id, "x"), "");
}

TEST_F(OutboxTest, OnlyRepliesRideOnAnOpenRequestAndNeverBeforeTheirTime) {
  const std::string dispatch = CommitWithDraft(Draft("dispatch-mail"), "m1");
  OutboxDraft later = Draft("reply");
  later.not_before = clock_.Now() + seconds(10);
  const std::string reply = CommitWithDraft(later, "m2");
  EXPECT_EQ(TakePassive(dispatch, "x"), "");
  EXPECT_EQ(TakePassive(reply, "x"), "");
  EXPECT_EQ(TakePassive("01NOSUCHROW", "x"), "");
}

TEST_F(OutboxTest, RowsAreListedByState) {
  CommitWithDraft(Draft("reply"), "m1");
  const std::string second = CommitWithDraft(Draft("reply"), "m2");
  const std::string token = Take(1).at(0).claim_token;
  EXPECT_EQ(store_->ListOutbox("pending", 10).value().size(), 1U);
  EXPECT_EQ(store_->ListOutbox("sending", 10).value().at(0).claim_token, token);
  EXPECT_EQ(store_->ListOutbox("", 10).value().size(), 2U);
  EXPECT_EQ(store_->ListOutbox("", 1).value().at(0).id, second);
  EXPECT_TRUE(store_->ListOutbox("failed", 10).value().empty());
  EXPECT_EQ(store_->ListOutbox("' OR 1=1", 10).error().kind, ErrorKind::kInvalid);
}

using OutboxOnSqliteTest = SqliteTest;

TEST_F(OutboxOnSqliteTest, LookingForDueRowsDoesNotTouchWhatWasSentOrIsNotDueYet) {
  const auto plan = [&](const std::string& sql) -> std::string {
    return OpenDatabase()
        ->Read([&](Connection& c) -> Result<std::string> {
          std::string lines;
          Query& q = c.Prepared("EXPLAIN QUERY PLAN " + sql, "iiit");
          for (bool row = q.First(); row; row = q.Next()) lines += q.Text(3) + "\n";
          return lines;
        })
        .value();
  };
  EXPECT_EQ(
      plan("SELECT id, payload FROM outbox WHERE state = 'pending' AND next_at <= 5 ORDER BY next_at, id LIMIT 9"),
      "SEARCH outbox USING INDEX outbox_due (next_at<?)\n");
  EXPECT_EQ(plan("UPDATE outbox SET state = 'unknown' WHERE state = 'sending' AND claimed_until <= 5"),
            "SEARCH outbox USING INDEX outbox_claimed (claimed_until<?)\n");
}

}  // namespace
}  // namespace minsheng::store
