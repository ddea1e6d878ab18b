// SPDX-License-Identifier: Apache-2.0
// Several stores on one database, as several processes have them.
#include <atomic>
#include <set>
#include <thread>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class TogetherTest : public StoreTest {
 protected:
  static constexpr int kStores = 4;

  void SetUp() override {
    for (int i = 0; i < kStores; ++i) stores_.push_back(OpenStore({"", "process " + std::to_string(i)}));
  }
  void TearDown() override { stores_.clear(); }

  // Runs `body(store, index)` in a thread for each store, all at once.
  template <class Body>
  void AllAtOnce(Body body) {
    std::atomic<int> waiting{kStores};
    std::vector<std::thread> threads;
    for (int i = 0; i < kStores; ++i) {
      threads.emplace_back([&, i] {
        --waiting;
        while (waiting > 0) std::this_thread::yield();
        body(*stores_[i], i);
      });
    }
    for (auto& t : threads) t.join();
  }
  std::vector<Decision> BatchOf(int process, int batch, int size) {
    std::vector<Decision> decisions;
    for (int i = 0; i < size; ++i) {
      const auto source = std::to_string(process) + "/" + std::to_string(batch) + "/" + std::to_string(i);
      const std::lock_guard lock(mutex_);
      // Every third message of a sender attaches to what the sender opened before.
      decisions.push_back(Decide(Bucket::kOrder, source, "sender " + std::to_string(process) + std::to_string(i % 3)));
      if (i % 3 == 2) decisions.back().attach_since = clock_.Now() - hours(1);
    }
    return decisions;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Store>> stores_;
};

TEST_F(TogetherTest, NumbersSerialsAndEventsHaveNoGapAndNoDoubleWhenSeveralProcessesCommit) {
  constexpr int kBatches = 6, kSize = 9;
  AllAtOnce([&](Store& store, int process) {
    for (int batch = 0; batch < kBatches; ++batch) {
      const auto done = store.Commit(BatchOf(process, batch, kSize));
      EXPECT_TRUE(done) << done.error().what;
    }
  });
  EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), kStores * kBatches * kSize);
  const auto orders = Number("SELECT COUNT(*) FROM work_order");
  EXPECT_GT(orders, kStores * kBatches);
  EXPECT_EQ(Number("SELECT COUNT(DISTINCT number) FROM work_order"), orders);
  EXPECT_EQ(Number("SELECT last FROM day_serial"), orders);
  EXPECT_EQ(Number("SELECT MAX(CAST(substr(number, 10) AS BIGINT)) FROM work_order"), orders);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_request"), Number("SELECT MAX(seq) FROM incident_request"));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_request"), Number("SELECT last FROM incident_serial"));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM citizen"), kStores * 3);
  // Events are numbered from 0 in each order.
  EXPECT_EQ(Number("SELECT COUNT(*) FROM work_order o WHERE o.events <> (SELECT COUNT(*) FROM event e WHERE "
                   "e.order_id = o.id) OR o.events <> (SELECT MAX(e.seq) + 1 FROM event e WHERE e.order_id = o.id)"),
            0);
  const auto listed = store_->ListOrders({}).value();
  for (const auto& order : listed) ExpectStateIsFold(store_->GetOrder(order.number).value());
}

TEST_F(TogetherTest, TheSameMessagesFromSeveralProcessesAreCommittedOnce) {
  std::vector<Decision> same;
  for (int i = 0; i < 20; ++i) same.push_back(Decide(Bucket::kOrder, std::to_string(i), "one and the same"));
  std::atomic<int> fresh{0};
  AllAtOnce([&](Store& store, int) {
    const auto done = store.Commit(same);
    ASSERT_TRUE(done) << done.error().what;
    for (const auto& outcome : *done) fresh += outcome.duplicate ? 0 : 1;
  });
  EXPECT_EQ(fresh, 20);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM message"), 20);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM work_order"), 20);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM citizen"), 1);
}

TEST_F(TogetherTest, ActsOfPeopleAndFollowUpsOnOneOrderLeaveItsEventsInOneRow) {
  const auto number = CommitOne(Decide(Bucket::kOrder, "first")).order_number;
  AllAtOnce([&](Store& store, int process) {
    for (int i = 0; i < 8; ++i) {
      if (process % 2 == 0) {
        orders::Event event;
        event.act = orders::Act::kNote;
        event.actor = "li";
        event.reason = "looked";
        const auto done = store.Act(number, event);
        EXPECT_TRUE(done) << done.error().what;
        continue;
      }
      std::vector<Decision> follow_up;
      {
        const std::lock_guard lock(mutex_);
        follow_up.push_back(Decide(Bucket::kOrder, std::to_string(process) + "." + std::to_string(i)));
      }
      follow_up[0].attach_since = clock_.Now() - hours(1);
      const auto done = store.Commit(follow_up);
      EXPECT_TRUE(done) << done.error().what;
    }
  });
  const auto order = store_->GetOrder(number).value();
  EXPECT_EQ(order.events.size(), 2U + 4U * 8U);
  EXPECT_EQ(Number("SELECT MAX(seq) FROM event"), static_cast<std::int64_t>(order.events.size()) - 1);
  ExpectStateIsFold(order);
}

TEST_F(TogetherTest, EachOutboxRowHasOneTakerAndEachUnitOneAtATime) {
  constexpr int kReplies = 12, kDispatches = 12, kUnits = 3;
  for (int i = 0; i < kReplies; ++i) CommitWithDraft(Draft("reply"), "r" + std::to_string(i));
  for (int i = 0; i < kDispatches; ++i) {
    CommitWithDraft(Draft("dispatch-webhook", "unit " + std::to_string(i % kUnits)), "d" + std::to_string(i));
  }
  std::map<std::string, int> taken;
  std::map<std::string, int> in_hand;
  const Time now = clock_.Now();
  AllAtOnce([&](Store& store, int) {
    for (;;) {
      const auto rows = store.TakeDue(now, now + minutes(2), 2);
      ASSERT_TRUE(rows) << rows.error().what;
      if (rows->empty() && store.ListOutbox("pending", 100)->empty()) return;
      for (const auto& row : *rows) {
        const std::lock_guard lock(mutex_);
        ++taken[row.id];
        if (row.draft.kind != "reply") {
          EXPECT_EQ(++in_hand[row.draft.target], 1) << row.draft.target;
        }
      }
      for (const auto& row : *rows) {
        {
          const std::lock_guard lock(mutex_);
          if (row.draft.kind != "reply") --in_hand[row.draft.target];
        }
        EXPECT_TRUE(store.Finish(row.id, row.claim_token, OutboxState::kSent, "", "", now).value());
      }
    }
  });
  EXPECT_EQ(taken.size(), static_cast<std::size_t>(kReplies + kDispatches));
  for (const auto& [id, times] : taken) EXPECT_EQ(times, 1) << id;
}

TEST_F(TogetherTest, AStartReleasesWhatItsOwnFolderHadClaimedAndNothingOfALivingProcess) {
  const auto mine = CommitWithDraft(Draft("reply"), "m1");
  const auto dispatch = CommitWithDraft(Draft("dispatch-mail", "unit a"), "m2");
  const Time now = clock_.Now();
  ASSERT_EQ(stores_[0]->TakeDue(now, now + minutes(2), 10)->size(), 2U);
  const auto theirs = CommitWithDraft(Draft("reply"), "m3");
  const auto living = stores_[1]->TakeDue(now, now + minutes(2), 10).value();
  ASSERT_EQ(living.size(), 1U);
  stores_[0] = OpenStore({"", "process 0"});  // died and came back
  ASSERT_TRUE(stores_[0]->ReleaseClaims(now));
  std::map<std::string, OutboxState> states;
  const auto listed = store_->ListOutbox("", 10).value();
  for (const auto& row : listed) states[row.id] = row.state;
  EXPECT_EQ(states[mine], OutboxState::kUnknown) << "it may have reached the citizen";
  EXPECT_EQ(states[dispatch], OutboxState::kPending);
  EXPECT_EQ(states[theirs], OutboxState::kSending);
  EXPECT_TRUE(stores_[1]->Finish(theirs, living[0].claim_token, OutboxState::kSent, "", "", now).value());
}

TEST_F(TogetherTest, AnEmptyDatabaseIsMadeByOneOfThoseThatOpenItAtOnce) {
  stores_.clear();
  store_.reset();
  auto database = OpenDatabase();
  ASSERT_TRUE(Migrate(*database, 0));
  std::vector<std::thread> threads;
  std::atomic<int> opened{0};
  for (int i = 0; i < kStores; ++i) {
    threads.emplace_back([&] {
      const auto store = Store::Open(Url(), clock_, {"", "", MasterKey()});
      EXPECT_TRUE(store) << store.error().what;
      opened += store ? 1 : 0;
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(opened, kStores);
  EXPECT_EQ(SchemaVersion(*database).value(), LatestSchema());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM secret WHERE name = 'sender-hash'"), 1);
}

TEST_F(TogetherTest, CountsOfSeveralProcessesAddUp) {
  AllAtOnce([&](Store& store, int) {
    for (int i = 0; i < 10; ++i) {
      const auto added = store.AddRefused("wechat", 7, "bad-signature", 2);
      EXPECT_TRUE(added) << added.error().what;
      EXPECT_TRUE(store.Probe());
    }
  });
  EXPECT_EQ(Number("SELECT n FROM refused"), kStores * 20);
}

}  // namespace
}  // namespace minsheng::store
