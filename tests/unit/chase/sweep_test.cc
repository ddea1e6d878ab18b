// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "tests/unit/chase/chase_fixture.h"

namespace minsheng::chase {
namespace {

using SweepTest = ChaseTest;
using Done = std::map<std::string, int>;

TEST_F(SweepTest, AnOrderThatNobodyLooksAtIsWarnedRemindedAndSupervisedEachOnce) {
  const auto number = Open("m1");
  for (int hour = 0; hour < 24 * 20; ++hour) {
    SweepAll();
    clock_.Advance(hours{1});
  }
  const auto order = Get(number);
  EXPECT_EQ(Steps(order), (Done{{"warn sign", 1},
                                {"warn contact", 1},
                                {"warn yellow", 1},
                                {"warn red", 1},
                                {"remind 5d", 1},
                                {"remind 7d", 1},
                                {"supervise not-viewed", 1},
                                {"supervise overdue", 1}}));
  EXPECT_TRUE(order.supervised);
  EXPECT_EQ(order.reminders, 2);
  EXPECT_EQ(Notices("order.reminded").size(), 2U);
  EXPECT_EQ(Notices("order.supervised").size(), 2U);
  EXPECT_EQ(Notices("order.warned").size(), 4U);
  EXPECT_EQ(store_->Chase().Tasks(false, number, 10).value().size(), 2U);
  ExpectStateIsFold(order);
}

TEST_F(SweepTest, RemindersComeOnTheDayAndNotInQuietHours) {
  MoveTo("2015-08-10 22:00");
  const auto number = Open("m1");
  MoveTo("2015-08-16 07:59");
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).count("remind 5d"), 0U) << "due on the 15th at 22:00, waits for the morning";
  MoveTo("2015-08-16 08:00");
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).at("remind 5d"), 1);
}

TEST_F(SweepTest, OfRemindersThatFellDueWhileTheProgramStoodStillOnlyTheLastIsMade) {
  const auto number = Open("m1");
  MoveTo("2015-08-18 09:00");
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).count("remind 5d"), 0U);
  EXPECT_EQ(Steps(Get(number)).at("remind 7d"), 1);
}

TEST_F(SweepTest, AnEmergencyIsRemindedOfInTheNight) {
  MoveTo("2015-08-10 23:00");
  const auto ordinary = Open("m1");
  const auto emergency = Open("m2", Urgency::kEmergency);
  clock_.Advance(minutes{31});
  SweepAll();
  EXPECT_EQ(Get(emergency).reminders, 1) << "the later one alone: both were due";
  EXPECT_EQ(Steps(Get(emergency)).count("remind 30m"), 1U);
  EXPECT_EQ(Get(ordinary).reminders, 0);
}

TEST_F(SweepTest, WordsToAUnitAboutAWarningInTheNightLeaveInTheMorning) {
  const auto number = Open("m1");
  MoveTo("2015-08-12 00:00");  // due.sign was the end of the 11th
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).at("warn sign"), 1);
  const auto notices = Notices("order.warned");
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].next_at, T("2015-08-12 08:00"));
}

TEST_F(SweepTest, AnOrderThatWasLookedAtSignedOrAnsweredIsNotReminded) {
  const auto viewed = Open("m1"), answered = Open("m2");
  Do(viewed, Act::kView, "unit:lighting/li");
  Do(answered, Act::kContact, "unit:lighting");
  Answer(answered, "路灯已修好");
  MoveTo("2015-10-20 12:00");
  SweepAll();
  EXPECT_EQ(Get(viewed).reminders, 0);
  EXPECT_EQ(Steps(Get(viewed)).at("warn red"), 1);
  EXPECT_TRUE(Get(viewed).supervised) << "overdue all the same";
  EXPECT_EQ(Get(answered).reminders, 0);
  EXPECT_EQ(Steps(Get(answered)).count("warn red"), 0U);
}

TEST_F(SweepTest, AnotherUnitIsWarnedAnew) {
  const auto number = Open("m1");
  MoveTo("2015-09-20 12:00");
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).at("warn red"), 1);
  Do(number, Act::kDispatch, "li", [](desk::ActRequest* want) { want->unit = "greening"; });
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).at("warn red"), 1);
  MoveTo("2015-10-30 12:00");
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).at("warn red"), 2);
  EXPECT_EQ(Steps(Get(number)).at("supervise overdue"), 2);
}

TEST_F(SweepTest, AnExtendedOrderIsWarnedBeforeItsNewEnd) {
  const auto number = Open("m1");
  Do(number, Act::kSign, "unit:lighting");
  MoveTo("2015-08-17 12:00");  // yellow: a working day before the 17th, 24:00
  SweepAll();
  ASSERT_EQ(Steps(Get(number)).at("warn yellow"), 1);
  Do(number, Act::kExtend, "li", [](desk::ActRequest* want) { want->period = "3wd"; });
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).at("warn yellow"), 1);
  MoveTo("2015-08-20 12:00");
  SweepAll();
  EXPECT_EQ(Steps(Get(number)).at("warn yellow"), 2);
}

// A year of orders; two processes sweep in turns and are killed at any time; the clock jumps back now and then.
TEST_F(SweepTest, InAYearOfRestartsNoStepIsDoneTwiceAndNoneIsLost) {
  std::mt19937 random(20150810);
  std::vector<std::string> numbers;
  auto other = OpenStore();
  Time end = clock_.Now() + hours{24 * 365};
  for (int step = 0; clock_.Now() < end; ++step) {
    if (numbers.size() < 24 && step % 60 == 0) numbers.push_back(Open("m" + std::to_string(step)));
    if (random() % 40 == 0) store_ = OpenStore();
    if (random() % 40 == 0) other = OpenStore();
    auto& store = random() % 2 == 0 ? *store_ : *other;
    auto desk = DeskOn(store);
    Options options;
    options.acts = 1 + static_cast<int>(random() % 3);  // as if cut short anywhere
    Sweep sweep(desk, options);
    ASSERT_TRUE(sweep.Step(clock_.Now()));
    clock_.Advance(random() % 50 == 0 ? -hours{30} : hours{5});
  }
  SweepAll();
  for (const auto& number : numbers) {
    const auto order = Get(number);
    EXPECT_EQ(Steps(order), (Done{{"warn sign", 1},
                                  {"warn contact", 1},
                                  {"warn yellow", 1},
                                  {"warn red", 1},
                                  {"remind 5d", 1},
                                  {"remind 7d", 1},
                                  {"supervise not-viewed", 1},
                                  {"supervise overdue", 1}}))
        << number;
    ExpectStateIsFold(order);
  }
  EXPECT_EQ(store_->Chase().Tasks(false, "", 1000).value().size(), 2 * numbers.size());
}

TEST_F(SweepTest, AReminderAndItsTelephoneTaskAreOneThing) {
  const auto number = Open("m1");
  MoveTo("2015-08-18 09:00");
  Forbid("phone_task");
  auto desk = DeskOn(*store_);
  Sweep sweep(desk, {});
  for (int i = 0; i < 3; ++i) static_cast<void>(sweep.Step(clock_.Now()));
  EXPECT_EQ(Get(number).reminders, 0);
  AllowAgain("phone_task");
  clock_.Advance(hours{1});
  SweepAll();
  EXPECT_EQ(Get(number).reminders, 1);
  EXPECT_EQ(store_->Chase().Tasks(false, number, 10).value().size(), 1U);
}

TEST_F(SweepTest, BetweenItsLooksAnOrderCostsNothing) {
  for (int i = 0; i < 40; ++i) {
    const auto number = Open("m" + std::to_string(i));
    if (i % 2 == 0) continue;
    Do(number, Act::kDispatch, "li", [](desk::ActRequest* want) { want->unit = "greening"; });
    Do(number, Act::kContact, "unit:greening");
    clock_.Advance(minutes{30});
    Do(number, Act::kAnswer, "unit:greening",
       [&](desk::ActRequest* want) { want->public_text = "路灯坏了的 " + std::to_string(i) + " 处已换"; });
    Do(number, Act::kCheck, "li");
    clock_.Advance(minutes{30});
    Do(number, Act::kClose, "li", [](desk::ActRequest* want) { want->code = "solved"; });
  }
  SweepAll();
  auto desk = DeskOn(*store_);
  Sweep sweep(desk, {});
  EXPECT_EQ(sweep.Step(clock_.Now()).value().looked, 0);
  clock_.Advance(hours{25});
  int looked = 0;
  for (int round = 0; round < 20; ++round) looked += sweep.Step(clock_.Now()).value().looked;
  EXPECT_LE(looked, 40) << "the twenty open ones, each once, and again after its warning; no closed one";
  EXPECT_GE(looked, 20);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM work_order WHERE look_at < 9000000000000000000"), 20);
}

TEST_F(SweepTest, ARoundIsBounded) {
  for (int i = 0; i < 30; ++i) Open("m" + std::to_string(i));
  MoveTo("2015-08-12 09:00");
  auto desk = DeskOn(*store_);
  Options options;
  options.acts = 7;
  Sweep sweep(desk, options);
  const auto round = sweep.Step(clock_.Now()).value();
  EXPECT_GE(round.acts, 7);
  EXPECT_LE(round.acts, 7 + 7) << "an order is finished once it is begun";
}

TEST_F(SweepTest, ALookThatAWrongClockPutFarAheadIsMadeNow) {
  const auto number = Open("m1");
  SweepAll();
  Sql("UPDATE work_order SET look_at = " + std::to_string(ToMs(clock_.Now() + hours{24 * 3650})));
  MoveTo("2015-08-18 09:00");
  SweepAll();
  EXPECT_EQ(Get(number).reminders, 1);
}

TEST_F(SweepTest, ATaskIsFinishedOnceAndStandsOnTheTimeline) {
  const auto number = Open("m1");
  MoveTo("2015-08-18 09:00");
  SweepAll();
  const auto task = store_->Chase().Tasks(false, "", 10).value().at(0);
  EXPECT_EQ(task.number, number);
  EXPECT_EQ(task.unit, "lighting");
  EXPECT_EQ(store_->Chase().FinishTask(task.id, "shouted", "li").error().kind, ErrorKind::kInvalid);
  const auto done = store_->Chase().FinishTask(task.id, "promised", "li").value();
  EXPECT_EQ(done.done_by, "li");
  EXPECT_EQ(store_->Chase().FinishTask(task.id, "reached", "wang").error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(store_->Chase().Tasks(false, "", 10).value().empty());
  EXPECT_EQ(store_->Chase().Tasks(true, number, 10).value().at(0).outcome, "promised");
  const auto order = Get(number);
  EXPECT_EQ(order.events.back().act, Act::kNote);
  ExpectStateIsFold(order);
}

TEST_F(SweepTest, TheNextYearIsMissedFromDecemberOn) {
  const auto calendar = orders::Calendar::Load(orders::ShippedCalendarFiles()).value();
  const int last = calendar->last_year();
  const auto at = [&](const std::string& day) { return T(std::to_string(last) + "-" + day); };
  EXPECT_EQ(MissingYear(*calendar, at("11-30 23:59")), "");
  EXPECT_NE(MissingYear(*calendar, at("12-01 00:00")).find(std::to_string(last + 1)), std::string::npos);
  EXPECT_NE(MissingYear(*calendar, T(std::to_string(last + 1) + "-03-01")).find(std::to_string(last + 1)),
            std::string::npos);
}

}  // namespace
}  // namespace minsheng::chase
