// SPDX-License-Identifier: Apache-2.0
// The grouping behind the store: exactly once, the same after every restart, one for all processes.
#include "src/incidents/follower.h"

#include <atomic>
#include <thread>

#include "tests/unit/incidents/incidents_fixture.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::incidents {
namespace {

using store::Bucket;
using surge::Call;
using surge::kDay;
using surge::Maker;

class FollowerTest : public store::StoreTest {
 protected:
  // Commits these calls as the worker would, in one batch each.
  void Commit(const std::vector<Call>& calls) {
    rules::RuleSet::Scratch scratch;
    std::vector<store::Decision> decisions;
    for (const auto& call : calls) {
      auto d = Decide(Bucket::kTriage, "source " + std::to_string(++sources_), call.caller);
      d.message.text = call.text;
      d.message.received_at = call.at;
      d.message.anonymous = anonymous_;
      d.verdict = ShippedRules().Classify(rules::InputOf(d.message), scratch);
      if (d.verdict->place) d.places = ShippedRules().PlaceChain(d.verdict->place->id);
      decisions.push_back(std::move(d));
    }
    const auto done = store_->Commit(decisions);
    ASSERT_TRUE(done) << done.error().what;
  }
  Follower MakeFollower(const std::string& holder = "one") {
    return Follower(store_->Incidents(), Shipped(), holder, clock_);
  }
  static void ToEnd(Follower& follower) {
    for (;;) {
      const auto done = follower.Step();
      ASSERT_TRUE(done) << done.error().what;
      if (*done == 0) return;
    }
  }
  // Everything that the grouping wrote, as text.
  std::string Dump() {
    std::string out;
    const auto read = [&](const std::string& sql, const std::string& columns) {
      const auto done = OpenDatabase()->Read([&](store::Connection& c) -> Result<void> {
        auto& q = c.Prepared(sql, columns);
        for (bool row = q.First(); row; row = q.Next()) {
          for (std::size_t i = 0; i < columns.size(); ++i)
            out += (columns[i] == 't' ? q.Text(static_cast<int>(i)) : std::to_string(q.Int(static_cast<int>(i)))) + "|";
          out += "\n";
        }
        return {};
      });
      ASSERT_TRUE(done);
    };
    read("SELECT seq, matter, incident_id FROM incident_request ORDER BY seq", "iit");
    read(
        "SELECT id, surge, state, merged_into, subject, topic, first_at, last_at, requests, callers, alarm, words "
        "FROM incident ORDER BY id",
        "tittttiiiiit");
    read("SELECT subject, hour, callers FROM incident_rate ORDER BY subject, hour", "tii");
    read("SELECT incident_id, level, at, callers, expected_milli FROM incident_alarm ORDER BY incident_id, level",
         "tiiii");
    return out;
  }
  static std::vector<Call> SmallNight() {
    Maker maker(3);
    auto calls = maker.OrdinaryDay(kDay, 120);
    calls = Maker::Together(std::move(calls), maker.WaterMain(kDay + hours(9), 20));
    return Maker::Together(std::move(calls), maker.TyphoonNight(kDay + hours(22), 80));
  }

  int sources_ = 0;
  bool anonymous_ = false;
};

TEST_F(FollowerTest, RequestsAreNumberedInTheOrderOfTheirCommits) {
  Commit(SmallNight());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_request"), 220);
  EXPECT_EQ(Number("SELECT MAX(seq) FROM incident_request"), 220);
  EXPECT_EQ(Number("SELECT last FROM incident_serial"), 220);
}

TEST_F(FollowerTest, TheSameRequestsGiveTheSameGroupsHoweverOftenTheFollowerIsStartedAnew) {
  const auto calls = SmallNight();
  Commit(calls);
  auto one = MakeFollower();
  ToEnd(one);
  const auto whole = Dump();
  ASSERT_TRUE(store_->Incidents().Rebuild());
  Sql("DELETE FROM incident_alarm");
  // Each batch by another one, as if the process had been killed after every step.
  for (int i = 0;; ++i) {
    auto next = MakeFollower();
    const auto done = next.Step();
    ASSERT_TRUE(done) << done.error().what;
    if (*done == 0) break;
    ASSERT_LT(i, 50);
  }
  EXPECT_EQ(Dump(), whole);
}

TEST_F(FollowerTest, TheGroupsAreTheSameWhetherRequestsComeOneByOneOrAllAtOnce) {
  const auto calls = SmallNight();
  auto one = MakeFollower();
  for (const auto& call : calls) {
    Commit({call});
    ToEnd(one);
  }
  const auto live = Dump();
  ASSERT_TRUE(store_->Incidents().Rebuild());
  Sql("DELETE FROM incident_alarm");
  auto two = MakeFollower();
  ToEnd(two);
  EXPECT_EQ(Dump(), live);
}

TEST_F(FollowerTest, TwoProcessesMakeOneGroupingBetweenThem) {
  const auto calls = SmallNight();
  Commit(calls);
  auto alone = MakeFollower();
  ToEnd(alone);
  const auto whole = Dump();
  ASSERT_TRUE(store_->Incidents().Rebuild());
  Sql("DELETE FROM incident_alarm");
  clock_.Advance(Follower::kLease + Millis{1});
  // Under one name, so that no lease keeps one of them away.
  auto other_store = OpenStore();
  const auto work = [](Follower& follower, store::Store& store) {
    for (int i = 0; i < 10'000; ++i) {
      (void)follower.Step();
      const auto at = store.Incidents().ReadCursor();
      if (at && at->cursor >= at->last) return;
    }
  };
  auto one = MakeFollower("same holder");
  Follower two(other_store->Incidents(), Shipped(), "same holder", clock_);
  std::thread first([&] { work(one, *store_); });
  std::thread second([&] { work(two, *other_store); });
  first.join();
  second.join();
  EXPECT_EQ(Dump(), whole);
}

TEST_F(FollowerTest, AnotherProcessWaitsForTheLeaseAndTakesOverWhenItRunsOut) {
  Commit(SmallNight());
  auto one = MakeFollower("one");
  auto two = MakeFollower("two");
  ASSERT_GT(one.Step().value(), 0);
  EXPECT_EQ(two.Step().value(), 0);
  clock_.Advance(Follower::kLease + Millis{1});
  EXPECT_GT(two.Step().value(), 0);
  // The first sees that the store moved without it, and goes on from there once it may.
  EXPECT_EQ(one.Step().value(), 0);
  clock_.Advance(Follower::kLease + Millis{1});
  ToEnd(one);
  EXPECT_EQ(Number("SELECT cursor FROM incident_cursor"), 220);
}

TEST_F(FollowerTest, ALeaseFromAClockThatJumpedHoldsNobodyUp) {
  Commit(SmallNight());
  Sql("UPDATE incident_cursor SET holder = 'gone', lease_until = 99999999999999");
  auto one = MakeFollower("one");
  EXPECT_GT(one.Step().value(), 0);
}

TEST_F(FollowerTest, ACitizenWhoCallsAgainIsOneCallerAndAnonymousOnesCountEach) {
  Commit(
      {{kDay, "翠湖花园停水了，一滴水都没有", "wang"}, {kDay + minutes(5), "翠湖花园还是停水，一滴水都没有", "wang"}});
  anonymous_ = true;
  Commit({{kDay + minutes(6), "翠湖花园停水了，没有水", "li"}, {kDay + minutes(7), "翠湖花园停水了，没有水用", "li"}});
  auto one = MakeFollower();
  ToEnd(one);
  const auto rows = store_->Incidents().List(Time{}, 1, 10).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].requests, 4);
  EXPECT_EQ(rows[0].callers, 3);
}

TEST_F(FollowerTest, APersonsChangesHoldAlsoThroughARebuild) {
  Commit({{kDay, "翠湖花园停水了，一滴水都没有", "a"},
          {kDay + minutes(5), "翠湖花园停水，一滴水也没有", "b"},
          {kDay + minutes(9), "翠湖花园停水了，没有水用", "c"}});
  auto one = MakeFollower();
  ToEnd(one);
  auto& log = store_->Incidents();
  const auto first = log.List(Time{}, 1, 10).value().at(0);
  const auto members = log.Members(first.id, 10).value();
  ASSERT_EQ(members.size(), 3U);
  const auto split = log.Act({0, "split", first.id, "", {members[0].request_id}, "wang", "另一处水管", clock_.Now()});
  ASSERT_TRUE(split) << split.error().what;
  EXPECT_EQ(log.Get(first.id)->requests, 2);
  EXPECT_EQ(log.Get(split->target)->requests, 1);
  ASSERT_TRUE(log.Act({0, "close", first.id, "", {}, "wang", "已修好", clock_.Now()}));
  // Nothing joins what is closed.
  Commit({{kDay + minutes(20), "翠湖花园停水，一滴水也没有", "d"}});
  ToEnd(one);
  EXPECT_EQ(log.Get(first.id)->requests, 2);
  const auto before = Dump();
  ASSERT_TRUE(log.Rebuild());
  auto two = MakeFollower();
  ToEnd(two);
  EXPECT_EQ(Dump(), before);
  EXPECT_EQ(log.Acts(first.id)->size(), 2U);
}

TEST_F(FollowerTest, ActsThatMakeNoSenseChangeNothing) {
  Commit({{kDay, "翠湖花园停水了，一滴水都没有", "a"}, {kDay + minutes(5), "翠湖花园停水，一滴水也没有", "b"}});
  auto one = MakeFollower();
  ToEnd(one);
  auto& log = store_->Incidents();
  const auto id = log.List(Time{}, 1, 10).value().at(0).id;
  const auto members = log.Members(id, 10).value();
  const auto before = Dump();
  const auto kind = [&](store::IncidentAct act) {
    act.actor = "wang";
    const auto done = log.Act(act);
    return done ? std::string("done") : std::string(Label(done.error().kind));
  };
  EXPECT_EQ(kind({0, "merge", id, id, {}, "", "", {}}), "invalid");
  EXPECT_EQ(kind({0, "merge", id, "nothing", {}, "", "", {}}), "not-found");
  EXPECT_EQ(kind({0, "split", id, "", {"nothing"}, "", "", {}}), "invalid");
  EXPECT_EQ(kind({0, "split", id, "", {members[0].request_id, members[1].request_id}, "", "", {}}), "invalid");
  EXPECT_EQ(kind({0, "burn", id, "", {}, "", "", {}}), "invalid");
  EXPECT_EQ(Dump(), before);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_act"), 0);
}

TEST_F(FollowerTest, AnAlarmIsToldOnceAndAgainOnlyIfNobodyNotedThatItWas) {
  Maker maker(5);
  Commit(maker.TyphoonNight(clock_.Now(), 60));
  auto one = MakeFollower();
  ToEnd(one);
  const auto alarms = Number("SELECT COUNT(*) FROM incident_alarm");
  EXPECT_GT(alarms, 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_alarm WHERE announced = 1"), alarms);
  Sql("UPDATE incident_alarm SET announced = 0");
  auto two = MakeFollower();
  EXPECT_EQ(two.Step().value(), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_alarm WHERE announced = 1"), alarms);
}

TEST_F(FollowerTest, RequestsFromBeforeTheMigrationAreGroupedToo) {
  Commit(SmallNight());
  {
    auto database = OpenDatabase();
    ASSERT_TRUE(store::Migrate(*database, 2));
    ASSERT_TRUE(store::Migrate(*database));
  }
  auto one = MakeFollower();
  ToEnd(one);
  EXPECT_EQ(Number("SELECT cursor FROM incident_cursor"), 220);
  EXPECT_GT(Number("SELECT COUNT(*) FROM incident"), 0);
}

}  // namespace
}  // namespace minsheng::incidents
