// SPDX-License-Identifier: Apache-2.0
#include "src/forms/times.h"

#include "tests/unit/forms/forms_fixture.h"

namespace minsheng::forms {
namespace {

// What is found first, in the written form; "" for nothing.
std::string FirstOf(std::string_view words, Tense tense, const orders::Calendar* calendar, bool answer = false) {
  const Reading r(words);
  const auto found = FindWhen(r, {Evening(), tense, calendar}, answer);
  return found.empty() ? "" : WhenText(found.front().when);
}

struct WhenCase {
  const char* words;
  const char* past;
  const char* future;
};

TEST(FormsTimes, DaysThatPeopleNameAreResolvedAgainstTheMomentOfWriting) {
  const auto calendar = ShippedCalendar();
  // 2015-08-10 was a Monday.
  const WhenCase cases[] = {
      {"昨晚开始停水", "2015-08-09 18:00/24:00", "2015-08-09 18:00/24:00"},
      {"昨天晚上八点半停的", "2015-08-09 20:30", "2015-08-09 20:30"},
      {"前天下午3点15分", "2015-08-08 15:15", "2015-08-08 15:15"},
      {"大前天就坏了", "2015-08-07", "2015-08-07"},
      {"今天凌晨两点还在施工", "2015-08-10 02:00", "2015-08-10 02:00"},
      {"今早没水", "2015-08-10 06:00/09:00", "2015-08-10 06:00/09:00"},
      {"昨晚12点", "2015-08-10 00:00", "2015-08-10 00:00"},
      {"明天上午九点来", "2015-08-11 09:00", "2015-08-11 09:00"},
      {"后天中午", "2015-08-12 11:00/14:00", "2015-08-12 11:00/14:00"},
      {"上周五报过", "2015-08-07", "2015-08-07"},
      {"上上周三", "2015-07-29", "2015-07-29"},
      {"下周二下午", "2015-08-18 12:00/18:00", "2015-08-18 12:00/18:00"},
      {"星期三来的", "2015-08-05", "2015-08-12"},
      {"这周末", "2015-08-15/2015-08-16", "2015-08-15/2015-08-16"},
      {"9月12日", "2014-09-12", "2015-09-12"},
      {"12月30号", "2014-12-30", "2015-12-30"},
      {"2015年8月6日14:30", "2015-08-06 14:30", "2015-08-06 14:30"},
      {"二〇一五年八月六日", "2015-08-06", "2015-08-06"},
      {"2015-08-06 7:05", "2015-08-06 07:05", "2015-08-06 07:05"},
      {"2015.8.6", "2015-08-06", "2015-08-06"},
      {"去年12月开始", "2014-12", "2014-12"},
      {"上个月15号", "2015-07-15", "2015-07-15"},
      {"8号晚上", "2015-08-08 18:00/24:00", "2015-09-08 18:00/24:00"},
      {"三天前", "2015-08-07", "2015-08-07"},
      {"两个星期以前", "2015-07-27", "2015-07-27"},
      {"三个月前", "2015-05", "2015-05"},
      {"停水两天了", "2015-08-08", ""},
      {"半小时前", "2015-08-10 19:30", "2015-08-10 19:30"},
      {"刚才爆了", "2015-08-10 20:00", ""},
      {"国庆期间", "", "2015-10-01/2015-10-07"},
      {"今年春节", "2015-02-18/2015-02-24", "2015-02-18/2015-02-24"},
      // Not days.
      {"前几天", "", ""},
      {"两三天前", "", ""},
      {"每周三", "", ""},
      {"周一到周五", "", ""},
      {"周末总是吵", "", ""},
      {"人民路10号的垃圾", "", ""},
      {"3号楼没水", "", ""},
      {"国庆路", "", ""},
      {"门前的树", "", ""},
      {"2月30日", "", ""},
      {"13月1日", "", ""},
      {"八点", "", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(FirstOf(c.words, Tense::kPast, calendar.get()), c.past) << c.words;
    EXPECT_EQ(FirstOf(c.words, Tense::kFuture, calendar.get()), c.future) << c.words;
  }
}

TEST(FormsTimes, AnAnswerMayBeATimeAlone) {
  EXPECT_EQ(FirstOf("早上八点", Tense::kPast, nullptr, true), "2015-08-10 08:00");
  EXPECT_EQ(FirstOf("18:30", Tense::kFuture, nullptr, true), "2015-08-10 18:30");
  EXPECT_EQ(FirstOf("早上八点", Tense::kPast, nullptr, false), "");
}

TEST(FormsTimes, WhatIsWrittenIsReadBackTheSame) {
  for (const std::string text :
       {"2015-08", "2015-08-09", "2015-08-09 20:30", "2015-08-09 18:00/24:00", "2015-10-01/2015-10-07"}) {
    const auto when = ParseWhen(text);
    ASSERT_TRUE(when) << text;
    EXPECT_EQ(WhenText(*when), text);
  }
  for (const std::string text :
       {"", "2015", "2015-13", "2015-02-30", "2015-08-09T20:30", "2015-08-09 24:00", "2015-08-09 25:00",
        "2015-08-09 18:00/17:00", "2015-10-07/2015-10-01", "2015-08-09x", "2015-08-09 ", "2015-08-09/"}) {
    EXPECT_FALSE(ParseWhen(text)) << text;
  }
}

}  // namespace
}  // namespace minsheng::forms
