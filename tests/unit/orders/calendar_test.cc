// SPDX-License-Identifier: Apache-2.0
#include "src/orders/calendar.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "tests/unit/orders/deadline_fixture.h"

namespace minsheng::orders {
namespace {

using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<std::shared_ptr<const Calendar>> LoadOne(std::string content, std::string name = "2030.json") {
  return Calendar::Load({{std::move(name), std::move(content)}});
}

std::string ErrorsOf(const std::vector<CalendarFile>& files) {
  const auto loaded = Calendar::Load(files);
  if (loaded) return "";
  EXPECT_EQ(loaded.error().kind, ErrorKind::kInvalid);
  return loaded.error().what;
}

// One notice with the given list of days, each object on a line of its own from line 2 on.
std::string YearFile(const std::string& days_of, int year = 2030) {
  return R"({"year": )" + std::to_string(year) + R"(, "notices": [{"id": "n)" + std::to_string(year) +
         R"(", "known_from": ")" + std::to_string(year - 1) + R"(-11-01", "days": [)" + "\n" + days_of + "\n]}]}";
}

std::string ErrorsOf(const std::string& days_of) { return ErrorsOf({{"2030.json", YearFile(days_of)}}); }

TEST(Calendar, AcceptedOn13February2015FiveWorkingDaysEndOn26February) {
  const auto count = ShippedCalendar().AddWorkingDays(D("2015-02-13"), 5);
  ASSERT_TRUE(count) << count.error().what;
  EXPECT_EQ(DateText(count->last()), "2015-02-26");
  EXPECT_EQ(CountedDays(*count), "02-15 02-16 02-17 02-25 02-26");
  EXPECT_EQ(SumText(count->days, false), "2月15日(补班)、16日、17日｜春节放假18—24日｜25日、26日");
  EXPECT_EQ(SumText(count->days, true),
            "15 Feb (make-up), 16 Feb, 17 Feb | Spring Festival 18–24 Feb | 25 Feb, 26 Feb");
}

TEST(Calendar, AcceptedOn1September2015ThreeWorkingDaysEndOn7SeptemberButOn4SeptemberAsKnownBefore13May) {
  const auto now = ShippedCalendar().AddWorkingDays(D("2015-09-01"), 3);
  ASSERT_TRUE(now);
  EXPECT_EQ(CountedDays(*now), "09-02 09-06 09-07");
  EXPECT_EQ(SumText(now->days, false), "9月2日｜抗战胜利70周年纪念日放假3—5日｜6日(补班)、7日");
  const auto before = ShippedCalendar().AddWorkingDays(D("2015-09-01"), 3, D("2015-05-12"));
  ASSERT_TRUE(before);
  EXPECT_EQ(CountedDays(*before), "09-02 09-03 09-04");
  const auto on_the_day = ShippedCalendar().AddWorkingDays(D("2015-09-01"), 3, D("2015-05-13"));
  ASSERT_TRUE(on_the_day);
  EXPECT_EQ(DateText(on_the_day->last()), "2015-09-07");
}

TEST(Calendar, ALaterNoticeWinsFromTheDayOnWhichItWasKnown) {
  const Calendar& c = ShippedCalendar();
  EXPECT_TRUE(c.IsWorkingDay(D("2019-05-02"), D("2019-03-21")).value());
  EXPECT_FALSE(c.IsWorkingDay(D("2019-05-02"), D("2019-03-22")).value());
  EXPECT_FALSE(c.IsWorkingDay(D("2019-04-28"), D("2019-03-21")).value());
  EXPECT_TRUE(c.IsWorkingDay(D("2019-04-28"), D("2019-03-22")).value());
  // 1 February 2020 was a make-up day until the Spring Festival was made longer.
  EXPECT_EQ(c.DayOf(D("2020-02-01"), D("2020-01-26"))->kind, DayKind::kMakeUp);
  EXPECT_EQ(c.DayOf(D("2020-02-01"), D("2020-01-27"))->kind, DayKind::kHoliday);
  EXPECT_EQ(c.DayOf(D("2020-02-01"))->notice, "国办发明电〔2020〕1号");
}

TEST(Calendar, TheDaysBeforeNewYearBelongToTheNoticeOfTheNextYear) {
  const Calendar& c = ShippedCalendar();
  EXPECT_EQ(c.DayOf(D("2018-12-29"), D("2018-12-05"))->kind, DayKind::kWeekend);
  EXPECT_EQ(c.DayOf(D("2018-12-29"), D("2018-12-06"))->kind, DayKind::kMakeUp);
  EXPECT_EQ(c.DayOf(D("2018-12-31"))->kind, DayKind::kHoliday);
}

TEST(Calendar, AMissingYearIsAnErrorThatNamesItAndTheRemedy) {
  const auto later = ShippedCalendar().AddWorkingDays(D("2026-12-30"), 5);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(later.error().what, HasSubstr("工作日历没有 2027 年"));
  EXPECT_THAT(later.error().what, HasSubstr("write 2027.json after the State Council's notice"));
  EXPECT_THAT(later.error().what, HasSubstr("[deadlines] calendar"));
  EXPECT_FALSE(ShippedCalendar().IsWorkingDay(D("2014-12-31")));
  EXPECT_FALSE(ShippedCalendar().SubtractWorkingDays(D("2015-01-05"), 2));
}

TEST(Calendar, AYearWhoseNoticeWasNotKnownYetIsMissingToo) {
  const auto early = ShippedCalendar().AddWorkingDays(D("2015-12-30"), 3, D("2015-12-09"));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(early.error().what, HasSubstr("published on 2015-12-10"));
  EXPECT_TRUE(ShippedCalendar().AddWorkingDays(D("2015-12-30"), 3, D("2015-12-10")));
}

TEST(Calendar, NoWorkingDaysIsTheDayItselfAndBadNumbersAreRefused) {
  EXPECT_EQ(ShippedCalendar().AddWorkingDays(D("2015-02-14"), 0)->last(), D("2015-02-14"));
  EXPECT_EQ(ShippedCalendar().AddWorkingDays(D("2015-02-14"), -1).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ShippedCalendar().AddWorkingDays(D("2015-02-14"), 1001).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ShippedCalendar().SubtractWorkingDays(D("2015-02-14"), -1).error().kind, ErrorKind::kInvalid);
}

TEST(Calendar, EveryYearFrom2015To2026IsThereAndHasAPlausibleNumberOfWorkingDays) {
  EXPECT_EQ(ShippedCalendar().first_year(), 2015);
  EXPECT_EQ(ShippedCalendar().last_year(), 2026);
  for (int year = 2015; year <= 2026; ++year) {
    const auto all = ShippedCalendar().Year(year);
    ASSERT_TRUE(all) << all.error().what;
    EXPECT_EQ(all->size(), year % 4 == 0 ? 366U : 365U);
    // A year has 250 working days, 248 since 2025, give or take what weekends do.
    const auto working = std::count_if(all->begin(), all->end(), [](const Day& d) { return d.working(); });
    EXPECT_GE(working, 246) << year;
    EXPECT_LE(working, 252) << year;
  }
}

TEST(Calendar, EveryMakeUpDayIsAWeekendAndEveryAnnouncedDayNamesItsHolidayAndNotice) {
  for (int year = 2015; year <= 2026; ++year) {
    const auto all = ShippedCalendar().Year(year).value();
    for (const Day& day : all) {
      EXPECT_TRUE(day.kind != DayKind::kMakeUp || IsWeekend(day.date)) << DateText(day.date);
      EXPECT_EQ(day.name.empty(), day.notice.empty()) << DateText(day.date);
    }
  }
}

// Properties over random days; the shipped years leave room at both ends.
class CalendarProperties : public ::testing::Test {
 protected:
  Date RandomDay() {
    std::uniform_int_distribution<int> offset(0, 365 * 10);
    return D("2015-06-01") + days{offset(random_)};
  }
  int Random(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  std::mt19937 random_{20150213};
};

TEST_F(CalendarProperties, CountingOneByOneEqualsTheJump) {
  for (int i = 0; i < 300; ++i) {
    const Date from = RandomDay();
    const int n = Random(0, 40);
    Date one_by_one = from;
    for (int k = 0; k < n; ++k) one_by_one = ShippedCalendar().AddWorkingDays(one_by_one, 1)->last();
    const auto jump = ShippedCalendar().AddWorkingDays(from, n).value();
    EXPECT_EQ(jump.last(), one_by_one) << DateText(from) << " + " << n;
    const auto counted = std::count_if(jump.days.begin(), jump.days.end(), [](const Day& d) { return d.working(); });
    EXPECT_EQ(counted, n);
    EXPECT_TRUE(n == 0 || jump.days.back().working());
  }
}

TEST_F(CalendarProperties, AddingAAndThenBIsAddingAPlusB) {
  for (int i = 0; i < 300; ++i) {
    const Date from = RandomDay();
    const int a = Random(0, 30), b = Random(0, 30);
    const Date middle = ShippedCalendar().AddWorkingDays(from, a)->last();
    EXPECT_EQ(ShippedCalendar().AddWorkingDays(middle, b)->last(),
              ShippedCalendar().AddWorkingDays(from, a + b)->last())
        << DateText(from) << " + " << a << " + " << b;
  }
}

TEST_F(CalendarProperties, ALaterStartAndMoreDaysNeverEndEarlier) {
  for (int i = 0; i < 300; ++i) {
    const Date from = RandomDay();
    const int n = Random(1, 30);
    const Date end = ShippedCalendar().AddWorkingDays(from, n)->last();
    EXPECT_GE(ShippedCalendar().AddWorkingDays(from + days{1}, n)->last(), end) << DateText(from);
    EXPECT_GT(ShippedCalendar().AddWorkingDays(from, n + 1)->last(), end) << DateText(from);
  }
}

TEST_F(CalendarProperties, SubtractingUndoesAddingFromAWorkingDay) {
  for (int i = 0; i < 300; ++i) {
    const Date start = ShippedCalendar().AddWorkingDays(RandomDay(), 1)->last();  // a working day
    const int n = Random(0, 30);
    const Date end = ShippedCalendar().AddWorkingDays(start, n)->last();
    EXPECT_EQ(ShippedCalendar().SubtractWorkingDays(end, n).value(), start) << DateText(start) << " " << n;
  }
}

TEST(CalendarSum, NamesMonthAndYearWhereTheyChangeAndHolidaysByTheirWholeLength) {
  const auto sum = [](std::string_view from, int n, bool english = false) {
    return SumText(ShippedCalendar().AddWorkingDays(D(from), n)->days, english);
  };
  EXPECT_EQ(sum("2015-12-30", 3), "12月31日｜元旦放假2016年1月1日｜4日、5日");
  EXPECT_EQ(sum("2018-12-28", 2), "12月29日(补班)｜元旦放假30日—2019年1月1日｜2日");
  EXPECT_EQ(sum("2015-06-18", 2), "6月19日｜端午节放假20—22日｜23日");  // a Sunday between two days off
  EXPECT_EQ(sum("2017-01-25", 3), "1月26日｜春节放假27日—2月2日｜3日、4日(补班)");
  EXPECT_EQ(sum("2015-08-10", 5), "8月11日、12日、13日、14日、17日");  // a plain weekend goes without saying
  EXPECT_EQ(sum("2017-01-25", 2, true), "26 Jan | Spring Festival 27 Jan–2 Feb | 3 Feb");
}

TEST(CalendarFiles, AllProblemsAreListedWithFileAndLine) {
  const auto errors = ErrorsOf(
      R"({"name": "春节", "name_en": "Spring Festival", "off": ["2030-02-02/2030-02-08"], "work": ["2030-02-08"]},
{"name": "清明节", "name_en": "Tomb-Sweeping Day", "off": ["2030-04-31", "2030-04-05"]},
{"name": "劳动节", "name_en": "Labour Day", "work": ["2030-05-02"], "colour": "red"},
{"name": "端午节", "off": ["2030-06-05"]})");
  EXPECT_THAT(errors, HasSubstr("2030.json:2: 2030-02-08 在同一份通知里出现两次 / 2030-02-08 is in this notice twice"));
  EXPECT_THAT(errors, HasSubstr("2030.json:3: “2030-04-31”不是日期"));
  EXPECT_THAT(errors, HasSubstr("2030.json:4: 未知的键 colour"));
  EXPECT_THAT(errors,
              HasSubstr("2030.json:4: 2030-05-02（周四）本来就上班 / 2030-05-02 (Thu) is a working day already"));
  EXPECT_THAT(errors, HasSubstr("2030.json:5: 缺少 name_en / name_en is missing"));
}

TEST(CalendarFiles, AWeekendMarkedAsWorkedTwiceIsAProblem) {
  EXPECT_THAT(ErrorsOf(R"({"name": "春节", "name_en": "S", "work": ["2030-02-09", "2030-02-09"]})"),
              HasSubstr("twice"));
  const std::string two = R"({"year": 2030, "notices": [
{"id": "a", "known_from": "2029-11-01", "days": [{"name": "春节", "name_en": "S", "work": ["2030-02-09"]}]},
{"id": "b", "known_from": "2030-01-05", "days": [{"name": "春节", "name_en": "S", "work": ["2030-02-09"]}]}]})";
  EXPECT_THAT(ErrorsOf({{"2030.json", two}}), HasSubstr("2030.json:3: 2030-02-09（周六）本来就上班"));
}

TEST(CalendarFiles, OverlappingHolidaysAndNoticesOfOneDayAreProblems) {
  EXPECT_THAT(ErrorsOf(R"({"name": "a", "name_en": "a", "off": ["2030-02-02/2030-02-08"]},
{"name": "b", "name_en": "b", "off": ["2030-02-08/2030-02-09"]})"),
              HasSubstr("2030.json:3: 2030-02-08"));
  const std::string two = R"({"year": 2030, "notices": [
{"id": "a", "known_from": "2029-11-01", "days": [{"name": "春节", "name_en": "S", "off": ["2030-02-04"]}]},
{"id": "b", "known_from": "2029-11-01", "days": [{"name": "春节", "name_en": "S", "off": ["2030-02-04"]}]}]})";
  EXPECT_THAT(ErrorsOf({{"2030.json", two}}), HasSubstr("2030.json:3: 同一天得知的另一份通知也提到 2030-02-04"));
}

TEST(CalendarFiles, AYearMissingBetweenOthersAYearTwiceAndAWrongNameAreProblems) {
  const std::string holiday = R"({"name": "元旦", "name_en": "N", "off": ["2030-01-01"]})";
  const std::string later = R"({"name": "元旦", "name_en": "N", "off": ["2032-01-01"]})";
  EXPECT_THAT(ErrorsOf({{"2030.json", YearFile(holiday)}, {"2032.json", YearFile(later, 2032)}}),
              HasSubstr("2031.json: 缺少 2031 年"));
  EXPECT_THAT(ErrorsOf({{"2030.json", YearFile(holiday)}, {"2030.json", YearFile(holiday)}}),
              HasSubstr("another file has 2030 too"));
  EXPECT_THAT(ErrorsOf({{"2031.json", YearFile(holiday)}}), HasSubstr("the file of 2030 must be called 2030.json"));
  EXPECT_THAT(ErrorsOf(std::vector<CalendarFile>{}), HasSubstr("there is no file of any year"));
}

TEST(CalendarFiles, WhatIsNoCalendarIsRefusedWithoutACrash) {
  for (const char* bad : {"", "[]", "{", "{}", "null", R"({"year": "2030", "notices": []})",
                          R"({"year": 2030.5, "notices": [1]})", R"({"year": 2030, "notices": [{}]})",
                          R"({"year": 2030, "notices": [{"id": "x", "known_from": "yesterday", "days": [3]}]})",
                          R"({"year": 2030, "notices": [{"id": "x", "known_from": "2029-01-01", "days": [3]}]})"}) {
    const auto loaded = LoadOne(bad);
    ASSERT_FALSE(loaded) << bad;
    EXPECT_THAT(loaded.error().what, HasSubstr("2030.json:1: ")) << bad;
  }
  EXPECT_THAT(ErrorsOf(R"({"name": "a", "name_en": "a", "off": ["2030-02-08/2030-02-02"]})"),
              HasSubstr("ends before it begins"));
  EXPECT_THAT(ErrorsOf(R"({"name": "a", "name_en": "a", "off": ["2032-02-08"]})"),
              HasSubstr("does not belong to 2030"));
  EXPECT_THAT(ErrorsOf(R"({"name": "a", "name_en": "a"})"), HasSubstr("neither off nor work"));
}

TEST(CalendarFiles, EveryPrefixAndManyChangesOfAFileAreReadOrRefusedWithAPlace) {
  const std::string good = YearFile(
      R"({"name": "春节", "name_en": "Spring Festival", "off": ["2030-02-02/2030-02-08"], "work": ["2030-02-09"]})");
  ASSERT_TRUE(LoadOne(good));
  const auto check = [](const std::string& content) {
    const auto loaded = LoadOne(content);
    EXPECT_TRUE(loaded || loaded.error().what.find("2030.json:") != std::string::npos) << content;
  };
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(LoadOne(good.substr(0, size))) << size;
  }
  std::mt19937 random{42};
  for (int i = 0; i < 3000; ++i) {
    std::string changed = good;
    for (int k = 0; k < 3; ++k) changed[random() % changed.size()] = "0123456789-/\"[]{},:x\xE6"[random() % 22];
    check(changed);
  }
}

TEST(CalendarFiles, ANoticeMayCallADayOffToWorkAgain) {
  const auto c = LoadOne(R"({"year": 2030, "notices": [
{"id": "a", "known_from": "2029-11-01", "days": [{"name": "劳动节", "name_en": "L", "off": ["2030-05-01/2030-05-03"]}]},
{"id": "b", "known_from": "2030-04-01", "days": [{"name": "劳动节", "name_en": "L", "work": ["2030-05-03"]}]}]})");
  ASSERT_TRUE(c) << c.error().what;
  EXPECT_EQ((*c)->DayOf(D("2030-05-03"), D("2030-03-31"))->kind, DayKind::kHoliday);
  EXPECT_EQ((*c)->DayOf(D("2030-05-03"))->kind, DayKind::kWorkday);
}

TEST(Civil, DaysAndTimesAreThoseOfShanghaiWhateverTheSpelling) {
  EXPECT_EQ(T("2015-02-13 00:30"), T("2015-02-12T16:30Z"));
  EXPECT_EQ(T("2015-02-13T00:30:05+08:00"), T("2015-02-13 00:30:05"));
  EXPECT_EQ(ShanghaiDay(T("2015-02-12T16:00Z")), D("2015-02-13"));
  EXPECT_EQ(ShanghaiDay(T("2015-02-12T15:59:59Z")), D("2015-02-12"));
  EXPECT_EQ(EndText(T("2015-02-27 00:00")), "2015-02-26 24:00");
  EXPECT_EQ(EndText(T("2015-02-26 17:30")), "2015-02-26 17:30");
  for (const char* bad : {"2015-02-30", "2015-2-3", "20150203", "2015-02-03 25:00", "2015-02-03 10:60",
                          "2015-02-03x10:00", "2015-02-03 10:00:61", "2015-02-03 10:00 ", "", "1899-01-01"}) {
    EXPECT_FALSE(ParseTime(bad)) << bad;
  }
}

}  // namespace
}  // namespace minsheng::orders
