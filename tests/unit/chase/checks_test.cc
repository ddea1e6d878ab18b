// SPDX-License-Identifier: Apache-2.0
#include "src/chase/checks.h"

#include "src/chase/steps.h"
#include "tests/unit/chase/chase_fixture.h"

namespace minsheng::chase {
namespace {

TEST(ChaseWords, WhatARequestIsAboutIsSharedByAnAnswerThatSpeaksOfItAndByNoOther) {
  const std::string_view asked = "您好，我要反映幸福小区门口的路灯坏了三盏，晚上看不见路";
  const auto good = SharedWords(asked, "您好，小区门口路灯已更换灯泡，感谢反映");
  EXPECT_GE(good.shared, 3);
  const auto bad = SharedWords(asked, "您好，您反映的问题已收悉，我单位高度重视，将尽快核实处理，感谢您的支持");
  EXPECT_GE(bad.asked, 6);
  EXPECT_EQ(bad.shared, 0);
}

TEST(ChaseWords, AnswersFromOneTemplateHaveOnePrint) {
  EXPECT_EQ(PrintOf("工单 20150810-00042：已处理，感谢！"), PrintOf("工单20150811-00007已处理。感谢"));
  EXPECT_NE(PrintOf("已修好路灯"), PrintOf("已修好路面"));
}

TEST(ChaseSteps, QuietHoursMayPassMidnightOrNotAndMayBeNone) {
  Options options;
  const auto after = [&](std::string_view t) { return AfterQuietHours(T(t), Urgency::kNormal, options); };
  EXPECT_EQ(after("2015-08-10 20:59"), T("2015-08-10 20:59"));
  EXPECT_EQ(after("2015-08-10 21:00"), T("2015-08-11 08:00"));
  EXPECT_EQ(after("2015-08-11 00:00"), T("2015-08-11 08:00"));
  EXPECT_EQ(after("2015-08-11 07:59"), T("2015-08-11 08:00"));
  EXPECT_EQ(after("2015-08-11 08:00"), T("2015-08-11 08:00"));
  EXPECT_EQ(AfterQuietHours(T("2015-08-10 23:00"), Urgency::kEmergency, options), T("2015-08-10 23:00"));
  options.quiet_from = minutes{12 * 60};
  options.quiet_to = minutes{14 * 60};
  EXPECT_EQ(after("2015-08-10 12:30"), T("2015-08-10 14:00"));
  EXPECT_EQ(after("2015-08-10 23:00"), T("2015-08-10 23:00"));
  options.quiet_to = options.quiet_from;
  EXPECT_EQ(after("2015-08-10 12:00"), T("2015-08-10 12:00"));
}

class ChecksTest : public ChaseTest {
 protected:
  std::map<std::string, int> After(const std::string& number) {
    SweepAll();
    return Steps(Get(number));
  }
  // Signed, contacted and answered with care.
  std::string Handled(const std::string& source, const std::string& answer) {
    const auto number = Open(source);
    Do(number, Act::kSign, "unit:lighting");
    clock_.Advance(minutes{30});
    Do(number, Act::kContact, "unit:lighting");
    Answer(number, answer);
    return number;
  }
  static constexpr std::string_view kGood = "幸福小区门口的路灯已换灯泡";
  static constexpr std::string_view kEmpty = "您反映的问题已收悉，将尽快核实处理";
};

TEST_F(ChecksTest, ACarefulAnswerIsNotFlagged) {
  const auto steps = After(Handled("m1", std::string(kGood)));
  EXPECT_TRUE(steps.empty()) << steps.begin()->first;
}

TEST_F(ChecksTest, AnAnswerWithoutContactWithinMinutesAboutNothingIsFlaggedAndSupervised) {
  const auto number = Open("m1");
  Do(number, Act::kSign, "unit:lighting");
  clock_.Advance(minutes{3});
  Answer(number, std::string(kEmpty));
  const auto steps = After(number);
  EXPECT_EQ(steps.at("flag no-contact"), 1);
  EXPECT_EQ(steps.at("flag off-topic"), 1);
  EXPECT_EQ(steps.at("flag hasty-answer"), 1);
  EXPECT_EQ(steps.at("supervise perfunctory"), 1);
  // The words of nobody stand on the timeline.
  for (const auto& event : Get(number).events) {
    EXPECT_EQ(event.data.find("路灯"), std::string::npos) << event.data;
    EXPECT_EQ(event.data.find("收悉"), std::string::npos) << event.data;
  }
  EXPECT_EQ(After(number), steps) << "once for an answer";
  ExpectStateIsFold(Get(number));
}

TEST_F(ChecksTest, OneSignAloneIsAFlagAndNoSupervision) {
  const auto steps = After(Handled("m1", std::string(kEmpty)));
  EXPECT_EQ(steps, (std::map<std::string, int>{{"flag off-topic", 1}}));
}

TEST_F(ChecksTest, AComplaintThatBecameAConsultationBeforeItsAnswerIsFlagged) {
  const auto number = Open("m1");
  auto order = Get(number);
  orders::Event correct{"01",
                        Act::kCorrect,
                        "li",
                        "",
                        R"({"from":"urban.lighting","to":"urban.lighting","type":"consultation"})",
                        order.events.back().at};
  orders::Event answer{"02", Act::kAnswer, "unit:lighting", "", "", order.events.back().at + hours{1}};
  order.events.push_back(correct);
  order.events.push_back(answer);
  order.type = "consultation";
  order.state = orders::State::kAnswered;
  auto found = Examine({order, "", {}, 0, {}}, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].flag, "retyped");
  EXPECT_NE(found[0].evidence.find("complaint"), std::string::npos);
  std::swap(order.events[order.events.size() - 1], order.events[order.events.size() - 2]);
  found = Examine({order, "", {}, 0, {}}, {});
  EXPECT_TRUE(found.empty()) << "corrected after the answer";
}

TEST_F(ChecksTest, ACloseWithinMinutesWithoutACallBackIsFlaggedAlsoWhenTheSweepComesLater) {
  const auto number = Handled("m1", std::string(kGood));
  Do(number, Act::kCheck, "li");
  Do(number, Act::kClose, "li", [](desk::ActRequest* want) { want->code = "solved"; });
  EXPECT_EQ(After(number), (std::map<std::string, int>{{"flag hasty-close", 1}}));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM work_order WHERE look_at = 9000000000000000000"), 1);
}

TEST_F(ChecksTest, TheSameWordsForManyOrdersAreATemplate) {
  std::string last;
  for (int i = 0; i < 11; ++i) {
    last = Handled("m" + std::to_string(i), "路灯第 " + std::to_string(i) + " 盏已修好");
    SweepAll();
    if (i == 9) {
      EXPECT_TRUE(Steps(Get(last)).empty());
    }
  }
  EXPECT_EQ(Steps(Get(last)), (std::map<std::string, int>{{"flag template", 1}}));
}

TEST_F(ChecksTest, ASecondAnswerLikeTheFirstIsFlagged) {
  const auto number = Handled("m1", std::string(kGood));
  Do(number, Act::kCheck, "li");
  Do(number, Act::kRedo, "li", [](desk::ActRequest* want) { want->reason = "again"; });
  Do(number, Act::kSign, "unit:lighting");
  clock_.Advance(minutes{40});
  Answer(number, std::string(kGood) + "。");
  EXPECT_EQ(After(number), (std::map<std::string, int>{{"flag same-answer", 1}}));
}

TEST_F(ChecksTest, ARefusalOfWhatTheUnitHadToKeepBeforeIsSupervised) {
  const auto refuse = [&](const std::string& number) {
    Do(number, Act::kReturn, "unit:lighting", [](desk::ActRequest* want) { want->code = "not-ours"; });
  };
  const auto first = Open("m1");
  refuse(first);
  EXPECT_TRUE(After(first).empty()) << "the first time it may well be right";
  Do(first, Act::kRefuse, "li");
  const auto second = Open("m2");
  refuse(second);
  const auto steps = After(second);
  EXPECT_EQ(steps.at("flag refused-before"), 1);
  EXPECT_EQ(steps.at("supervise refusal"), 1);
  EXPECT_NE(Get(second).events[Get(second).events.size() - 2].data.find(first), std::string::npos) << "the evidence";
}

TEST_F(ChecksTest, AFalseAlarmIsCountedAndNotRaisedAgain) {
  const auto number = Handled("m1", std::string(kEmpty));
  SweepAll();
  Do(number, Act::kFalseAlarm, "li", [](desk::ActRequest* want) { want->code = "off-topic"; });
  SweepAll();
  const auto counts = store_->Chase().FlagCounts(clock_.Now() - hours{24}).value();
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].flag, "off-topic");
  EXPECT_EQ(counts[0].flagged, 1);
  EXPECT_EQ(counts[0].false_alarms, 1);
}

TEST_F(ChecksTest, EachCheckCanBeTurnedOff) {
  const auto number = Open("m1");
  Do(number, Act::kSign, "unit:lighting");
  Answer(number, std::string(kEmpty));
  Options options;
  options.checks.no_contact = false;
  options.checks.least_shared_words = 0;
  options.checks.hasty_answer = Millis{0};
  SweepAll(options);
  EXPECT_TRUE(Steps(Get(number)).empty());
}

TEST_F(ChecksTest, EveryFlagIsExplainedInBothLanguages) {
  for (const auto& name : CheckNames()) {
    EXPECT_EQ(ExplainFlag(name.flag, "{}", false), name.zh);
    EXPECT_EQ(ExplainFlag(name.flag, R"({"minutes":3})", true), std::string(name.en) + " (minutes 3)");
  }
}

}  // namespace
}  // namespace minsheng::chase
