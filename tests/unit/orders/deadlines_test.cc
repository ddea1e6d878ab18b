// SPDX-License-Identifier: Apache-2.0
#include "src/orders/deadlines.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/unit/orders/deadline_fixture.h"

namespace minsheng::orders {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

DayRules OfficeRules(bool closing) {
  DayRules rules;
  rules.ends_at_closing = closing;
  rules.hours = {{*ParseTimeOfDay("08:30"), *ParseTimeOfDay("12:00")},
                 {*ParseTimeOfDay("14:00"), *ParseTimeOfDay("17:30")}};
  return rules;
}
const DayRules kMidnight = OfficeRules(false);
const DayRules kClosing = OfficeRules(true);

Warning Before(std::string_view period) { return {ParsePeriod(period).value(), false}; }
Warning After(std::string_view period) { return {ParsePeriod(period).value(), true}; }

Limit MakeLimit(std::string_view within, Warning yellow = {}, Warning red = {}) {
  Limit limit;
  limit.within = ParsePeriod(within).value();
  limit.yellow = yellow;
  limit.red = red;
  return limit;
}

Deadline Due(std::string_view opened, const Limit& limit, const DayRules& rules = kMidnight,
             Date known_on = Calendar::kEverything) {
  return ComputeDeadline(T(opened), limit, {ShippedCalendar(), rules, known_on}).value();
}

std::string DueText(std::string_view opened, std::string_view within, const DayRules& rules = kMidnight) {
  return EndText(Due(opened, MakeLimit(within), rules).due);
}

TEST(Deadlines, WorkingDaysCountFromTheNextDayAndEndAt24OrAtClosing) {
  EXPECT_EQ(DueText("2015-02-13 16:30", "5wd"), "2015-02-26 24:00");
  EXPECT_EQ(DueText("2015-02-13 16:30", "5wd", kClosing), "2015-02-26 17:30");
  EXPECT_EQ(DueText("2015-09-01 09:00", "3wd"), "2015-09-07 24:00");
  // The first and the last minute of a day give the same deadline, the next minute another.
  EXPECT_EQ(DueText("2015-02-13 00:00", "5wd"), "2015-02-26 24:00");
  EXPECT_EQ(DueText("2015-02-13 23:59", "5wd"), "2015-02-26 24:00");
  EXPECT_EQ(DueText("2015-02-14 00:00", "5wd"), "2015-02-26 24:00");  // a Saturday: the same days count
  EXPECT_EQ(DueText("2015-02-15 00:00", "5wd"), "2015-02-27 24:00");
}

TEST(Deadlines, HoursRunAroundTheClockAndNeedNoCalendar) {
  EXPECT_EQ(DueText("2015-08-10 22:03", "2h"), "2015-08-11 00:03");
  EXPECT_EQ(DueText("2015-02-18 01:00", "24h"), "2015-02-19 01:00");
  EXPECT_EQ(DueText("2015-08-10 22:03", "15m"), "2015-08-10 22:18");
  EXPECT_EQ(DueText("2030-08-10 22:03", "2h"), "2030-08-11 00:03");  // no Calendar of 2030
}

TEST(Deadlines, WorkingHoursRunOnlyWhileOfficesWork) {
  EXPECT_EQ(DueText("2015-02-13 16:30", "4wh"), "2015-02-15 11:30");  // Friday evening to the make-up Sunday
  EXPECT_EQ(DueText("2015-02-13 11:00", "2wh"), "2015-02-13 15:00");  // over lunch
  EXPECT_EQ(DueText("2015-02-13 12:30", "1wh"), "2015-02-13 15:00");  // from within lunch
  EXPECT_EQ(DueText("2015-02-17 17:30", "1wh"), "2015-02-25 09:30");  // from closing time, over the Spring Festival
  EXPECT_EQ(DueText("2015-02-13 08:30", "7wh"), "2015-02-13 17:30");  // a whole day ends at its closing
  EXPECT_EQ(DueText("2015-02-13 03:00", "1wh"), "2015-02-13 09:30");
  const auto d = Due("2015-02-13 16:30", MakeLimit("4wh"));
  EXPECT_EQ(Explain(d, false),
            "2015-02-13 16:30 起4个工作小时：2月13日 16:30—17:30、2月15日(补班) 08:30—11:30；到 2015-02-15 11:30");
}

TEST(Deadlines, CalendarDaysThatEndOnADayOffMoveToTheNextWorkingDay) {
  EXPECT_EQ(DueText("2015-02-10 10:00", "3d"), "2015-02-13 24:00");
  EXPECT_EQ(DueText("2015-02-12 10:00", "7d"), "2015-02-25 24:00");  // the 19th is in the Spring Festival
  EXPECT_EQ(DueText("2015-02-11 10:00", "4d"), "2015-02-15 24:00");  // a Sunday that is worked
  EXPECT_EQ(DueText("2015-03-05 10:00", "2d"), "2015-03-09 24:00");
  DayRules unmoved = kMidnight;
  unmoved.days_off_move_the_end = false;
  EXPECT_EQ(DueText("2015-02-12 10:00", "7d", unmoved), "2015-02-19 24:00");
  EXPECT_THAT(Explain(Due("2015-02-12 10:00", MakeLimit("7d")), false),
              HasSubstr("2015-02-19 是休息日，顺延：春节放假2月19—24日｜25日"));
}

TEST(Deadlines, TheExplanationIsTheCountedSumInBothLanguages) {
  const auto d = Due("2015-02-13 16:30", MakeLimit("5wd"));
  EXPECT_EQ(Explain(d, false),
            "2015-02-13 16:30 起5个工作日，从次日起：2月15日(补班)、16日、17日｜春节放假18—24日｜25日、26日；到 "
            "2015-02-26 24:00");
  EXPECT_EQ(Explain(d, true),
            "5 working days from the next day: 15 Feb (make-up), 16 Feb, 17 Feb | Spring Festival 18–24 Feb | 25 Feb, "
            "26 Feb, counted from 2015-02-13 16:30; until 2015-02-26 24:00");
  EXPECT_EQ(Explain(Due("2015-08-10 22:03", MakeLimit("2h")), false),
            "2015-08-10 22:03 起2小时，昼夜连续计算；到 2015-08-11 00:03");
}

TEST(Deadlines, WarningsAreCountedBackFromTheEndInTheirOwnUnit) {
  const auto long_one = Due("2015-02-13 16:30", MakeLimit("5wd", Before("3wd"), After("1wd")));
  EXPECT_EQ(EndText(long_one.yellow), "2015-02-16 24:00");  // back over the 25th, 17th and 16th
  EXPECT_EQ(EndText(long_one.red), "2015-02-27 24:00");
  const auto closing = Due("2015-02-13 16:30", MakeLimit("5wd", Before("1wd")), kClosing);
  EXPECT_EQ(EndText(closing.yellow), "2015-02-25 17:30");
  EXPECT_EQ(closing.red, closing.due);
  const auto hours = Due("2015-08-10 22:03", MakeLimit("2h", Before("30m")));
  EXPECT_EQ(EndText(hours.yellow), "2015-08-10 23:33");
  const auto office = Due("2015-02-13 16:30", MakeLimit("1wd", Before("2wh"), After("1wh")));
  EXPECT_EQ(EndText(office.due), "2015-02-15 24:00");
  EXPECT_EQ(EndText(office.yellow), "2015-02-15 15:30");  // two hours of work are left
  EXPECT_EQ(EndText(office.red), "2015-02-16 09:30");
}

TEST(Deadlines, AWarningNeverComesBeforeTheOrderNorAfterTheRedOne) {
  const auto short_limit = Due("2015-02-13 16:30", MakeLimit("2h", Before("1wd"), Before("1h")));
  EXPECT_EQ(short_limit.yellow, short_limit.opened_at);
  const auto crossed = Due("2015-02-13 16:30", MakeLimit("3wd", Before("1h"), Before("1wd")));
  EXPECT_EQ(crossed.yellow, crossed.red);
}

TEST(Deadlines, AtTheEndItIsLateAndBeforeItIsNot) {
  const auto d = Due("2015-02-13 16:30", MakeLimit("5wd"));
  EXPECT_FALSE(d.LateAt(d.due - Millis{1}));
  EXPECT_TRUE(d.LateAt(d.due));
}

TEST(Deadlines, TheSameOrderCountedAsKnownOnDifferentDays) {
  const auto limit = MakeLimit("3wd");
  EXPECT_EQ(EndText(Due("2015-09-01 09:00", limit, kMidnight, D("2015-05-12")).due), "2015-09-04 24:00");
  EXPECT_EQ(EndText(Due("2015-09-01 09:00", limit, kMidnight, D("2015-09-01")).due), "2015-09-07 24:00");
}

TEST(Deadlines, AYearThatTheCalendarLacksIsAnErrorForDaysOnly) {
  const Counting counting{ShippedCalendar(), kMidnight};
  const auto by_days = ComputeDeadline(T("2026-12-30 10:00"), MakeLimit("5wd"), counting);
  ASSERT_FALSE(by_days);
  EXPECT_EQ(by_days.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(by_days.error().what, HasSubstr("2027.json"));
  EXPECT_FALSE(ComputeDeadline(T("2026-12-31 17:00"), MakeLimit("4wh"), counting));
  EXPECT_TRUE(ComputeDeadline(T("2026-12-31 23:00"), MakeLimit("2h"), counting));
}

TEST(Extensions, CountingGoesOnFromTheOldEnd) {
  auto limit = MakeLimit("5wd", Before("1wd"));
  limit.extension = *ParsePeriod("7wd");
  limit.extensions = 2;
  const Counting counting{ShippedCalendar(), kMidnight};
  const auto first = Due("2015-02-13 16:30", limit);
  const auto second = ExtendDeadline(first, limit, *ParsePeriod("2wd"), 0, counting);
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(EndText(second->due), "2015-02-28 24:00");  // 27 February and the make-up Saturday
  EXPECT_EQ(EndText(second->yellow), "2015-02-27 24:00");
  EXPECT_EQ(Explain(*second, false),
            "2015-02-26 24:00 起延长2个工作日，从次日起：2月27日、28日(补班)；到 2015-02-28 24:00");
  const auto third = ExtendDeadline(*second, limit, *ParsePeriod("1wd"), 1, counting);
  ASSERT_TRUE(third);
  EXPECT_EQ(EndText(third->due), "2015-03-02 24:00");
  // 5 + 2 + 1 is 8 from the beginning.
  EXPECT_EQ(third->due, Due("2015-02-13 16:30", MakeLimit("8wd")).due);
}

TEST(Extensions, AnEndByTheHourKeepsItsHour) {
  auto limit = MakeLimit("24h");
  limit.extension = *ParsePeriod("3wd");
  limit.extensions = 1;
  const auto extended =
      ExtendDeadline(Due("2015-02-12 10:15", limit), limit, *ParsePeriod("2wd"), 0, {ShippedCalendar(), kMidnight});
  ASSERT_TRUE(extended);
  EXPECT_EQ(EndText(extended->due), "2015-02-16 10:15");
}

TEST(Extensions, MoreThanTheLimitAllowsIsDenied) {
  auto limit = MakeLimit("5wd");
  const Counting counting{ShippedCalendar(), kMidnight};
  const auto d = Due("2015-02-13 16:30", limit);
  const auto kind = [&](std::string_view by, int made) {
    return ExtendDeadline(d, limit, *ParsePeriod(by), made, counting).error().kind;
  };
  EXPECT_EQ(kind("1wd", 0), ErrorKind::kDenied);  // none at all
  limit.extension = *ParsePeriod("5wd");
  limit.extensions = 1;
  EXPECT_TRUE(ExtendDeadline(d, limit, *ParsePeriod("5wd"), 0, counting));
  EXPECT_EQ(kind("5wd", 1), ErrorKind::kDenied);
  EXPECT_EQ(kind("6wd", 0), ErrorKind::kDenied);
  EXPECT_EQ(kind("1h", 0), ErrorKind::kDenied);
  EXPECT_EQ(kind("0wd", 0), ErrorKind::kDenied);
}

TEST(Recompute, ListsExactlyTheDeadlinesThatANewNoticeMoves) {
  const auto limit = MakeLimit("3wd");
  const auto promise = [&](std::string order, std::string_view opened) {
    Promise p;
    p.order = std::move(order);
    p.opened_at = T(opened);
    p.limit = limit;
    p.due = Due(opened, limit, kMidnight, D("2015-05-12")).due;
    return p;
  };
  const std::vector<Promise> promises{promise("20150828-00001", "2015-08-28 10:00"),
                                      promise("20150901-00001", "2015-09-01 10:00"),
                                      promise("20150907-00001", "2015-09-07 10:00")};
  const auto same = Recompute(promises, {ShippedCalendar(), kMidnight, D("2015-05-12")});
  ASSERT_TRUE(same);
  EXPECT_THAT(*same, SizeIs(0));
  const auto moved = Recompute(promises, {ShippedCalendar(), kMidnight, D("2015-05-13")});
  ASSERT_TRUE(moved);
  ASSERT_THAT(*moved, SizeIs(1));
  EXPECT_EQ(moved->front().order, "20150901-00001");
  EXPECT_EQ(EndText(moved->front().old_due), "2015-09-04 24:00");
  EXPECT_EQ(EndText(moved->front().now.due), "2015-09-07 24:00");
}

TEST(Recompute, ExtensionsAreCountedAgainAndAFailureNamesItsOrder) {
  Promise p;
  p.order = "20150827-00007";
  p.opened_at = T("2015-08-27 10:00");
  p.limit = MakeLimit("3wd");
  p.limit.extension = *ParsePeriod("2wd");
  p.limit.extensions = 1;
  p.extensions = {*ParsePeriod("2wd")};
  p.due = T("2015-09-04 00:00");  // 28, 31 August, 1 September, then 2, 3
  const Counting before{ShippedCalendar(), kMidnight, D("2015-05-12")};
  EXPECT_THAT(Recompute({p}, before).value(), SizeIs(0));
  const auto moved = Recompute({p}, {ShippedCalendar(), kMidnight});
  ASSERT_THAT(moved.value(), SizeIs(1));
  EXPECT_EQ(EndText(moved->front().now.due), "2015-09-06 24:00");
  p.opened_at = T("2026-12-31 10:00");
  const auto failed = Recompute({p}, {ShippedCalendar(), kMidnight});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().what, HasSubstr("20150827-00007: "));
}

// For any opening time and limit: in order, monotone, and the same however long the way is cut.
TEST(DeadlineProperties, HoldForRandomTimesAndLimits) {
  std::mt19937 random{20150901};
  const auto pick = [&](int least, int most) { return std::uniform_int_distribution<int>(least, most)(random); };
  for (int i = 0; i < 400; ++i) {
    const Time opened = T("2015-06-01") + std::chrono::minutes{pick(0, 10 * 365 * 24 * 60)};
    const DayRules& rules = pick(0, 1) == 0 ? kMidnight : kClosing;
    const Counting counting{ShippedCalendar(), rules};
    const auto unit = static_cast<PeriodUnit>(pick(0, 4));
    Limit limit;
    limit.within = {pick(1, 30), unit};
    limit.yellow = {{pick(0, 3), static_cast<PeriodUnit>(pick(0, 4))}, pick(0, 3) == 0};
    limit.red = {{pick(0, 3), static_cast<PeriodUnit>(pick(0, 4))}, pick(0, 1) == 0};
    const auto d = ComputeDeadline(opened, limit, counting).value();
    EXPECT_GT(d.due, opened) << Explain(d, true);
    EXPECT_LE(opened, d.yellow);
    EXPECT_LE(d.yellow, d.red);
    const auto later = ComputeDeadline(opened + std::chrono::minutes{pick(1, 3000)}, limit, counting).value();
    EXPECT_GE(later.due, d.due) << Explain(d, true) << "\n" << Explain(later, true);
    ++limit.within.amount;
    EXPECT_GE(ComputeDeadline(opened, limit, counting)->due, d.due);
    if (unit == PeriodUnit::kWorkingHours) {  // what is counted is what was promised
      Millis sum{0};
      for (const Worked& w : d.worked) sum += w.end - w.begin;
      EXPECT_EQ(sum, Millis{std::chrono::hours{limit.within.amount - 1}});
    }
  }
}

}  // namespace
}  // namespace minsheng::orders
