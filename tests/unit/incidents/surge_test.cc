// SPDX-License-Identifier: Apache-2.0
// The night for which this was made, hidden in an ordinary day.
#include "tests/unit/incidents/incidents_fixture.h"

namespace minsheng::incidents {
namespace {

using surge::Call;
using surge::kDay;
using surge::Maker;
using surge::Truth;

// Two quiet weeks, then a day of 470 calls in which a water main bursts at nine in the morning, and a
// typhoon comes at ten in the evening.
struct Night {
  std::vector<Call> calls;
  std::size_t first_of_night = 0;
};
Night MakeNight(std::uint32_t seed, int days_before) {
  Maker maker(seed);
  Night night;
  for (int d = days_before; d > 0; --d)
    night.calls = Maker::Together(std::move(night.calls), maker.OrdinaryDay(kDay - d * hours(24), 200));
  auto day = maker.OrdinaryDay(kDay, 300);
  day = Maker::Together(std::move(day), maker.OrdinaryDay(kDay + hours(24), 170));
  day = Maker::Together(std::move(day), maker.WaterMain(kDay + hours(9), 30));
  day = Maker::Together(std::move(day), maker.TyphoonNight(kDay + hours(22), 400));
  night.calls = Maker::Together(std::move(night.calls), day);
  return night;
}

class NightTest : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(NightTest, ATyphoonNightIsOneIncidentOfFourHundredCallersAndABurstMainAnother) {
  const auto night = MakeNight(GetParam(), 14);
  const auto kept = Group(night.calls);
  const auto typhoon = kept.FitOf(night.calls, Truth::kTyphoon);
  EXPECT_GE(typhoon.recall, 0.93);
  EXPECT_GE(typhoon.precision, 0.95);
  EXPECT_NEAR(static_cast<double>(kept.incidents.at(typhoon.id).callers), 400, 20);
  EXPECT_EQ(kept.incidents.at(typhoon.id).alarm, 3);
  EXPECT_EQ(kept.incidents.at(typhoon.id).subject, "台风暴雨");
  const auto main = kept.FitOf(night.calls, Truth::kWaterMain);
  EXPECT_NE(main.id, typhoon.id);
  EXPECT_GE(main.recall, 0.66);
  EXPECT_GE(main.precision, 0.75);
  // For docs/incidents.md, with --gtest_output=xml.
  RecordProperty("typhoon_recall", std::to_string(typhoon.recall));
  RecordProperty("typhoon_precision", std::to_string(typhoon.precision));
  RecordProperty("main_recall", std::to_string(main.recall));
  RecordProperty("main_precision", std::to_string(main.precision));
}

TEST_P(NightTest, TheAlarmIsRaisedWithinTheFirstThirtyCallsOfTheStorm) {
  const auto night = MakeNight(GetParam(), 14);
  const auto kept = Group(night.calls);
  const auto id = kept.FitOf(night.calls, Truth::kTyphoon).id;
  const auto raised = std::find_if(kept.alarms.begin(), kept.alarms.end(),
                                   [&](const store::IncidentAlarm& a) { return a.incident_id == id; });
  ASSERT_NE(raised, kept.alarms.end());
  const auto before = std::count_if(night.calls.begin(), night.calls.end(), [&](const Call& call) {
    return call.truth == Truth::kTyphoon && call.at <= raised->at;
  });
  EXPECT_LE(before, 30);
  RecordProperty("calls_before_alarm", static_cast<int>(before));
}

TEST_P(NightTest, EveryLevelOfAnAlarmIsRaisedOnceAndOnlyRises) {
  const auto kept = Group(MakeNight(GetParam(), 3).calls);
  std::map<std::string, int> last;
  for (const auto& alarm : kept.alarms) {
    EXPECT_GT(alarm.level, last[alarm.incident_id]);
    last[alarm.incident_id] = alarm.level;
  }
  EXPECT_FALSE(last.empty());
}

TEST_P(NightTest, ThirtyOrdinaryDaysRaiseNoAlarm) {
  Maker maker(GetParam());
  std::vector<Call> calls;
  for (int d = 0; d < 30; ++d) calls = Maker::Together(std::move(calls), maker.OrdinaryDay(kDay + d * hours(24), 250));
  EXPECT_TRUE(Group(calls).alarms.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, NightTest, ::testing::Values(1U, 7U, 42U, 1234U, 20150810U));

TEST(SurgeTest, StreetLampsOfTenVillagesOnOneDayAreTenMatters) {
  std::vector<Call> calls;
  int n = 0;
  for (const char* village :
       {"红星村", "东风村", "跃进村", "前进村", "联丰村", "新胜村", "永兴村", "光明村", "胜利村", "丰收村"}) {
    calls.push_back({kDay + hours(9) + minutes(25 * n), std::string(village) + "的路灯坏了，晚上黑漆漆的",
                     "caller " + std::to_string(n), "", Truth::kOrdinary});
    ++n;
  }
  const auto kept = Group(calls);
  for (const auto& [seq, link] : kept.links) EXPECT_EQ(link.incident_id, "") << seq;
}

TEST(SurgeTest, OneAngryCallerIsOneCallerAndRaisesNoAlarm) {
  std::vector<Call> calls;
  for (int i = 0; i < 60; ++i)
    calls.push_back({kDay + minutes(i), "翠湖花园停水了，一滴水都没有", "the same", "", Truth::kWaterMain});
  const auto kept = Group(calls);
  ASSERT_EQ(kept.incidents.size(), 1U);
  EXPECT_EQ(kept.incidents.begin()->second.requests, 60);
  EXPECT_EQ(kept.incidents.begin()->second.callers, 1);
  EXPECT_TRUE(kept.alarms.empty());
}

}  // namespace
}  // namespace minsheng::incidents
