// SPDX-License-Identifier: Apache-2.0
// The parts of the grouping by themselves: shingles, places, likeness, growth, families.
#include <gmock/gmock.h>

#include "src/base/ulid.h"
#include "tests/unit/incidents/incidents_fixture.h"

namespace minsheng::incidents {
namespace {

Nearness NearnessOfTexts(const char* a, const char* b) {
  return NearnessOf({}, FeaturesOf(a, "").anchors, {}, FeaturesOf(b, "").anchors, 2);
}

TEST(FeaturesTest, MixingIsReversible) {
  for (const std::uint32_t x : {0U, 1U, 0x6c346c34U, 0x12345678U, 0xffffffffU}) EXPECT_EQ(Unmix(Mix(x)), x);
}

TEST(FeaturesTest, AShingleCanBeReadAgainAndNumbersOfPeopleAreNone) {
  const auto f = FeaturesOf("停水，我的电话１３８１２３４５６７８", "");
  std::vector<std::string> texts;
  for (const auto s : f.sketch) texts.push_back(ShingleText(s));
  EXPECT_THAT(texts, ::testing::UnorderedElementsAre("停水", "我的", "的电", "电话"));
}

TEST(FeaturesTest, TraditionalFormsAndWidthDoNotMatter) {
  EXPECT_EQ(FeaturesOf("小區停電ＡＢＣ", "").sketch, FeaturesOf("小区停电abc", "").sketch);
}

TEST(FeaturesTest, OfACallTheOperatorsWordsAreLeftOut) {
  Message m;
  m.text = "您好请讲\n家里停水了\n";
  Turn agent, citizen;
  agent.role = Role::kAgent;
  agent.end = 13;
  citizen.role = Role::kCitizen;
  citizen.begin = 13;
  citizen.end = static_cast<std::uint32_t>(m.text.size());
  m.turns = {agent, citizen};
  EXPECT_EQ(CitizenWords(m).find("您好"), std::string::npos);
  EXPECT_NE(CitizenWords(m).find("停水"), std::string::npos);
}

TEST(NearnessTest, NamesInTheWordsTellPlacesApartWithoutAGazetteer) {
  EXPECT_EQ(NearnessOfTexts("红星村的路灯坏了", "我们红星村路灯不亮"), Nearness::kSamePlace);
  EXPECT_EQ(NearnessOfTexts("红星村的路灯坏了", "东风村的路灯坏了"), Nearness::kElsewhere);
  EXPECT_EQ(NearnessOfTexts("红星村的路灯坏了", "我们村的路灯坏了"), Nearness::kUnknown);
  EXPECT_EQ(NearnessOfTexts("健康路的路灯坏了", "翠湖花园停水"), Nearness::kUnknown);
  EXPECT_EQ(NearnessOfTexts("小区路灯坏了", "花园路口的路面"), Nearness::kUnknown);
}

TEST(NearnessTest, TheGazetteersUpperLevelsSayNothing) {
  const std::vector<std::string> district{"district", "city"};
  const std::vector<std::string> town_a{"a", "district", "city"}, town_b{"b", "district", "city"};
  const std::vector<std::string> road{"road", "a", "district", "city"};
  EXPECT_EQ(NearnessOf(district, {}, district, {}, 2), Nearness::kUnknown);
  EXPECT_EQ(NearnessOf(town_a, {}, district, {}, 2), Nearness::kUnknown);
  EXPECT_EQ(NearnessOf(town_a, {}, town_b, {}, 2), Nearness::kElsewhere);
  EXPECT_EQ(NearnessOf(town_a, {}, road, {}, 2), Nearness::kSameTown);
  EXPECT_EQ(NearnessOf(road, {}, road, {}, 2), Nearness::kSamePlace);
}

TEST(LikenessTest, WhatEverybodySaysWeighsLittle) {
  Commonness common;
  const auto polite = FeaturesOf("希望有关部门尽快处理", "");
  for (int i = 0; i < 500; ++i) common.Add(polite.sketch, 1);
  const auto a = FeaturesOf("路灯不亮，希望有关部门尽快处理", "");
  const auto b = FeaturesOf("井盖丢失，希望有关部门尽快处理", "");
  EXPECT_LT(Likeness(a, b, common), 10);
  EXPECT_GT(Likeness(a, b, Commonness()), 50);
  EXPECT_EQ(Likeness(a, a, common), 100);
  EXPECT_EQ(Likeness(a, FeaturesOf("", ""), common), 0);
}

TEST(GrowthTest, ThePoissonTailIsExactFarOut) {
  EXPECT_DOUBLE_EQ(PoissonTail(0, 3), 1);
  EXPECT_NEAR(PoissonTail(1, 1), 0.6321205588, 1e-9);
  EXPECT_NEAR(PoissonTail(5, 0.5) / 1.7211562995e-4, 1, 1e-6);
  EXPECT_NEAR(PoissonTail(20, 1) / 1.5867e-19, 1, 1e-3);
}

TEST(GrowthTest, UsualIsTheSameHourOfPastDaysWithoutTheHighestDay) {
  History history(14);
  EXPECT_DOUBLE_EQ(history.Expected("water", 1000, 2), 2);
  for (int d = 1; d <= 10; ++d) {
    history.Set("", 1000 - 24 * d, 50);
    history.Set("water", 1000 - 24 * d, d == 4 ? 300 : 6);
  }
  EXPECT_DOUBLE_EQ(history.Expected("water", 1000, 2), 2);
  EXPECT_DOUBLE_EQ(history.Expected("never heard", 1000, 2), 0.2);
  // Another time of the day.
  EXPECT_DOUBLE_EQ(history.Expected("water", 1006, 2), 0.2);
}

TEST(GrowthTest, HistoryForgetsItsOldestHours) {
  History history(3);
  for (int h = 0; h < 1000; ++h) history.Add("water", h);
  EXPECT_EQ(history.size(), 5U * 24);
  const auto changes = history.TakeChanges();
  EXPECT_EQ(changes.front().callers, 0);
  EXPECT_EQ(changes.back().callers, 1);
}

TEST(FamilyTest, IsANameWithTagsAndTopics) {
  const auto family = ParseFamily("台风: #flood  urban.drainage #outage");
  ASSERT_TRUE(family);
  EXPECT_EQ(family->name, "台风");
  EXPECT_THAT(family->tags, ::testing::ElementsAre("flood", "outage"));
  EXPECT_THAT(family->topics, ::testing::ElementsAre("urban.drainage"));
  for (const char* bad : {"", "no colon #flood", ": #flood", "name:", "name:  "}) EXPECT_FALSE(ParseFamily(bad)) << bad;
}

TEST(IncidentIdTest, IsAUlidOfTheRequestAndTheSameEachTime) {
  const auto at = FromMs(1'439'218'800'000);
  EXPECT_TRUE(IsUlid(IncidentId(at, "request", "matter")));
  EXPECT_EQ(IncidentId(at, "request", "matter"), IncidentId(at, "request", "matter"));
  EXPECT_NE(IncidentId(at, "request", "matter"), IncidentId(at, "request", "surge|x"));
  EXPECT_TRUE(IsUlid(IncidentId(FromMs(-5), "request", "matter")));
}

TEST(ShippedFamiliesTest, NameTopicsThatExist) {
  for (const auto& family : Shipped().families) {
    for (const auto& topic : family.topics) EXPECT_NE(ShippedRules().FindTopic(topic), nullptr) << topic;
  }
}

}  // namespace
}  // namespace minsheng::incidents
