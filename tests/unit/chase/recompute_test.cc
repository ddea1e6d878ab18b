// SPDX-License-Identifier: Apache-2.0
#include "src/chase/recompute.h"

#include "src/chase/what_if.h"
#include "src/orders/recount.h"
#include "src/router/rules_holder.h"
#include "tests/unit/chase/chase_fixture.h"

namespace minsheng::chase {
namespace {

// The year 2015 with one holiday, and as it is after a notice of 20 August that gives 3 September off.
constexpr std::string_view kFirstNotice =
    R"({"id": "one", "title": "t", "issued": "2014-12-01", "known_from": "2014-12-01",
  "source": "s", "days": [{"name": "元旦", "name_en": "New Year", "off": ["2015-01-01"]}]})";
constexpr std::string_view kSecondNotice =
    R"({"id": "two", "title": "t", "issued": "2015-08-20", "known_from": "2015-08-20",
  "source": "s", "days": [{"name": "纪念日", "name_en": "Memorial", "off": ["2015-09-03"]}]})";

std::shared_ptr<const orders::Calendar> CalendarWith(bool second, bool next_year = false) {
  const auto year = [](int number, const std::string& notices) {
    return orders::CalendarFile{std::to_string(number) + ".json",
                                R"({"year": )" + std::to_string(number) + R"(, "notices": [)" + notices + "]}"};
  };
  std::vector<orders::CalendarFile> files = {
      year(2015, std::string(kFirstNotice) + (second ? ", " + std::string(kSecondNotice) : ""))};
  if (next_year) {
    files.push_back(year(2016, R"({"id": "three", "title": "t", "issued": "2015-12-31", "known_from": "2015-12-31",
      "source": "s", "days": [{"name": "元旦", "name_en": "New Year", "off": ["2016-01-01"]}]})"));
  }
  auto calendar = orders::Calendar::Load(files);
  EXPECT_TRUE(calendar) << calendar.error().what;
  return *calendar;
}

class RecomputeTest : public ChaseTest {
 protected:
  RecomputeTest() { Use(CalendarWith(false)); }
  void Use(std::shared_ptr<const orders::Calendar> calendar) { knowledge_ = KnowledgeOf(TableOf(std::move(calendar))); }
  RecomputeCount Run(bool apply, int stop_after = 1000) {
    told_.clear();
    uncounted_.clear();
    RecomputePlan plan;
    plan.apply = apply;
    plan.by = "li";
    plan.batch = 2;
    const auto done = Recompute(
        *store_, *knowledge_.timetable, plan,
        [&](const MovedOrder& moved) {
          if (static_cast<int>(told_.size()) == stop_after) return false;
          told_.push_back(moved.number);
          why_ = moved.why;
          return true;
        },
        [&](const std::string& number, const Error&) { uncounted_.push_back(number); });
    EXPECT_TRUE(done) << done.error().what;
    return done.value_or(RecomputeCount{});
  }
  std::vector<std::string> told_, uncounted_;
  Why why_ = Why::kLimits;
};

TEST_F(RecomputeTest, ANewNoticeMovesTheOpenOrdersThatItConcernsAndAMoveCutShortGoesOn) {
  MoveTo("2015-08-19 10:00");
  std::vector<std::string> numbers;
  for (int i = 0; i < 5; ++i) {
    const auto number = Open("m" + std::to_string(i));
    Do(number, Act::kSign, "unit:lighting");
    Do(number, Act::kContact, "unit:lighting");
    numbers.push_back(number);
  }
  // A limit of 12 working days reaches beyond 3 September.
  auto table = *knowledge_.timetable;
  std::string longer(kLimitsFile);
  longer.replace(longer.find("\"5wd\""), 5, "\"12wd\"");
  const auto limits = orders::Limits::Load(longer, {"urban.lighting", "urban.greening"}).value();
  table.limits = limits;
  knowledge_ = KnowledgeOf(table);
  const auto late = Open("late");
  const auto late2 = Open("late2"), late3 = Open("late3");
  ASSERT_EQ(Get(late).due.answer, T("2015-09-05"));  // the end of Friday the 4th
  auto amended = *knowledge_.timetable;
  amended.calendar = CalendarWith(true);
  knowledge_ = KnowledgeOf(amended);
  auto look = Run(false);
  EXPECT_EQ(look.moved, 3) << "the five others moved by limits alone, and stay as promised";
  EXPECT_EQ(why_, Why::kCalendar);
  EXPECT_EQ(look.applied, 0);
  EXPECT_EQ(Get(late).due.answer, T("2015-09-05"));
  EXPECT_EQ(Run(true, 1).applied, 1);
  EXPECT_EQ(Run(true).applied, 2);
  EXPECT_EQ(Run(true).moved, 0) << "each once";
  for (const auto& number : {late, late2, late3}) {
    const auto order = Get(number);
    EXPECT_EQ(order.due.answer, T("2015-09-08")) << "Friday became Monday";
    EXPECT_EQ(order.events.back().act, Act::kReckon);
    EXPECT_EQ(order.events.back().actor, "li");
    ExpectStateIsFold(order);
  }
}

TEST_F(RecomputeTest, AnExtensionIsCountedAgainToo) {
  MoveTo("2015-08-19 10:00");
  const auto number = Open("m1");
  Do(number, Act::kSign, "unit:lighting");
  Do(number, Act::kExtend, "li", [](desk::ActRequest* want) { want->period = "5wd"; });
  const auto recounted = orders::Recount(Get(number), *knowledge_.timetable).value();
  ASSERT_TRUE(recounted);
  EXPECT_EQ(recounted->reckoned.due, Get(number).due);
  EXPECT_EQ(recounted->Of(orders::Step::kAnswer).days.size(), 7U) << "27 August to 2 September, weekend included";
}

TEST_F(RecomputeTest, AnOrderBeyondTheLastYearIsListedAndCountedWhenTheYearArrives) {
  MoveTo("2015-12-30 10:00");
  const auto number = Open("m1");
  EXPECT_EQ(Get(number).due, orders::DueTimes{});
  SweepAll();
  EXPECT_EQ(Run(true).uncounted, 1);
  EXPECT_EQ(uncounted_, std::vector<std::string>{number});
  Use(CalendarWith(true, true));
  clock_.Advance(hours{25});
  SweepAll();
  EXPECT_EQ(Get(number).due.answer, T("2016-01-08")) << "31 December, 4, 5, 6, 7 January";
  EXPECT_EQ(Run(false).moved, 0);
  ExpectStateIsFold(Get(number));
}

TEST_F(RecomputeTest, AnEmergencyIsSwitchedByALeaderAndItsOrdersKeepItsLimits) {
  auto& chase = store_->Chase();
  store::EmergencyRow row;
  row.why = "台风";
  row.started_by = "li";
  EXPECT_EQ(chase.BeginEmergency(row).error().kind, ErrorKind::kDenied);
  row.started_by = "leader:zhou";
  router::RulesHolder holder(
      knowledge_, [](const rules::RuleSet&) -> Result<router::Guide> { return router::Guide{}; }, clock_);
  static_cast<void>(holder.Refresh(*store_));
  EXPECT_EQ(holder.Current().timetable->profile, orders::Profile::kNormal);
  ASSERT_TRUE(chase.BeginEmergency(row));
  EXPECT_EQ(chase.BeginEmergency(row).error().kind, ErrorKind::kConflict);
  static_cast<void>(holder.Refresh(*store_));
  ASSERT_EQ(holder.Current().timetable->profile, orders::Profile::kEmergency);
  knowledge_.timetable = holder.Current().timetable;
  const auto number = Open("m1");
  const auto due = Get(number).due;
  EXPECT_EQ(Get(number).limit, "storm");
  clock_.Advance(hours{2});
  ASSERT_TRUE(chase.EndEmergency("supervisor:wang"));
  EXPECT_EQ(chase.EndEmergency("supervisor:wang").error().kind, ErrorKind::kNotFound);
  static_cast<void>(holder.Refresh(*store_));
  EXPECT_EQ(holder.Current().timetable->profile, orders::Profile::kNormal);
  knowledge_.timetable = holder.Current().timetable;
  EXPECT_EQ(Run(false).moved, 0);
  EXPECT_EQ(Get(number).due, due);
  Do(number, Act::kSign, "unit:lighting");
  Do(number, Act::kExtend, "li", [](desk::ActRequest* want) { want->period = "10wd"; });
  const auto record = chase.Emergencies().value().at(0);
  EXPECT_EQ(record.why, "台风");
  EXPECT_EQ(record.ended_by, "supervisor:wang");
}

TEST_F(RecomputeTest, AnEmergencyWithAnEndIsOverByItself) {
  store::EmergencyRow row;
  row.why = "洪水";
  row.started_by = "supervisor:wang";
  row.starts_at = clock_.Now() + hours{1};
  row.ends_at = clock_.Now() + hours{3};
  ASSERT_TRUE(store_->Chase().BeginEmergency(row));
  const auto at = [&](int hour) { return store_->Chase().ProfileAt(clock_.Now() + hours{hour}).value(); };
  EXPECT_EQ(at(0), orders::Profile::kNormal);
  EXPECT_EQ(at(1), orders::Profile::kEmergency);
  EXPECT_EQ(at(2), orders::Profile::kEmergency);
  EXPECT_EQ(at(3), orders::Profile::kNormal);
}

TEST_F(RecomputeTest, ShorterLimitsAreTriedOnPastOrders) {
  const auto quick = Open("m1"), slow = Open("m2");
  MoveTo("2015-08-11 10:00");
  Answer(quick, "路灯修好了");
  MoveTo("2015-08-14 10:00");
  Answer(slow, "路灯修好了");
  std::string shorter(kLimitsFile);
  shorter.replace(shorter.find("\"5wd\""), 5, "\"2wd\"");
  auto table = *knowledge_.timetable;
  table.limits = orders::Limits::Load(shorter, {"urban.lighting", "urban.greening"}).value();
  const auto tried = TryLimits(*store_, table, T("2015-08-10"), T("2015-08-11"), clock_.Now()).value();
  EXPECT_EQ(tried.all.orders, 2);
  EXPECT_EQ(tried.all.late, 0);
  EXPECT_EQ(tried.all.would_be, 1);
  EXPECT_EQ(tried.all.newly, 1);
  EXPECT_EQ((tried.by.at({"lighting", "complaint"}).would_be), 1);
  EXPECT_EQ(TryLimits(*store_, table, T("2015-08-11"), T("2015-08-12"), clock_.Now()).value().all.orders, 0);
}

}  // namespace
}  // namespace minsheng::chase
