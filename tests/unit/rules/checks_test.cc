// SPDX-License-Identifier: Apache-2.0
// The static checks: what is found, where it points, and what is left in peace.
#include "src/rules/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace minsheng::rules {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kCheckCategories =
    R"({"categories": [{"id": "u", "name": "城", "topics": [{"id": "u.a", "name": "甲事"}, {"id": "u.b", "name": "乙事"}]}]})";

// A rule for topic u.a without examples.
Json CheckRule(const std::string& id, const std::string& when) {
  return {{"id", id}, {"name", id}, {"when", when}, {"topic", "u.a"}, {"weight", 3}};
}

std::vector<Problem> ProblemsOfRules(const std::vector<Json>& rules,
                                     const std::string& lists = R"({"wood": ["树", "石楠"]})") {
  return RuleSet::Compile({{"categories.json", std::string(kCheckCategories)},
                           {"lists.json", lists},
                           {"places.json", R"([{"id": "p", "name": "大区"}])"},
                           {"rules.json", Json(rules).dump()}})
      .problems;
}

// "rule code" of every problem that these tests are about.
std::vector<std::string> Found(const std::vector<Problem>& problems) {
  std::vector<std::string> out;
  for (const Problem& p : problems) {
    if (p.code == "no-example" || p.code == "unused-list" || p.code == "topic-without-rule") continue;
    out.push_back(p.rule + " " + p.code);
  }
  return out;
}

std::vector<std::string> FoundIn(const std::string& when) { return Found(ProblemsOfRules({CheckRule("x", when)})); }

std::string TextOf(const std::vector<Problem>& problems, const std::string& code) {
  for (const Problem& p : problems) {
    if (p.code == code) return Format(p, "en");
  }
  return "";
}

TEST(ChecksTest, AConditionThatExcludesItselfNamesTheTwoPartsAtTheirPlace) {
  const auto problems = ProblemsOfRules({CheckRule("x", "树 & (路灯不亮 | 红路灯) & !路灯")});
  EXPECT_THAT(Found(problems), ElementsAre("x never-true"));
  EXPECT_THAT(TextOf(problems, "never-true"), HasSubstr("rules.json:1:"));
  EXPECT_THAT(TextOf(problems, "never-true"), HasSubstr("'(路灯不亮 | 红路灯)' and '!路灯' exclude each other"));
  EXPECT_THAT(FoundIn("(树 & 灯 | 树 & 水) & !(灯 | 水)"), ElementsAre("x never-true"));
  EXPECT_THAT(FoundIn("路灯不亮 & length<4"), ElementsAre("x never-true"));
  EXPECT_THAT(FoundIn("树 & channel:phone & channel:wechat"), ElementsAre("x never-true"));
  EXPECT_THAT(FoundIn("(树 ~5 灯) & !树"), ElementsAre("x never-true"));
}

TEST(ChecksTest, AConditionThatHoldsForEveryMessageIsAnError) {
  EXPECT_THAT(FoundIn("树 | !树"), ::testing::Contains("x always-true"));
  EXPECT_THAT(FoundIn("hour:6-17 | hour:18-5"), ::testing::Contains("x always-true"));
  EXPECT_THAT(FoundIn("树 | !(树 & 灯)"), ::testing::Contains("x always-true"));
}

TEST(ChecksTest, ADeadAlternativeIsAWarningAndTheRestGoesOnWorking) {
  const auto problems = ProblemsOfRules({CheckRule("x", "树 | (灯 & !灯)")});
  EXPECT_THAT(Found(problems), ElementsAre("x dead-part"));
  EXPECT_THAT(TextOf(problems, "dead-part"), HasSubstr("'(灯 & !灯)' can never hold"));
}

TEST(ChecksTest, PartsThatChangeNothingAreNamedOnce) {
  EXPECT_THAT(FoundIn("路灯 | 路灯不亮"), ElementsAre("x redundant"));
  EXPECT_THAT(FoundIn("路灯不亮 | 路灯 | 樹 | 树"), ElementsAre("x redundant", "x redundant"));
  EXPECT_THAT(FoundIn("石楠 | 大石楠树 | @wood"), ElementsAre("x redundant", "x redundant"));
  EXPECT_THAT(FoundIn("灯 & (树 | 水) & (树 | 水 | 火)"), ElementsAre("x redundant"));
  EXPECT_THAT(FoundIn("树 ~5 灯 | 树 ~9 灯"), ElementsAre("x redundant"));
  EXPECT_THAT(FoundIn("路灯不亮 & 路灯"), ElementsAre("x redundant"));
}

TEST(ChecksTest, LongerWordsInsideNearAreLeftInPeace) {
  EXPECT_THAT(FoundIn("(路灯 | 路灯杆子上) ~5 坏"), IsEmpty());
  EXPECT_THAT(FoundIn("(路灯 | 樹 | 树) ~5 坏"), ElementsAre("x redundant"));
  EXPECT_THAT(FoundIn("(etc | etcd) & 坏"), IsEmpty()) << "etc is not found in etcd";
}

TEST(ChecksTest, AWordOnBothSidesOfNearIsAWarningAndALongerOneANote) {
  const auto same = ProblemsOfRules({CheckRule("x", "(媒体 | 曝光) ~9 (曝光 | 报道)")});
  EXPECT_THAT(Found(same), ElementsAre("x near-itself"));
  EXPECT_THAT(TextOf(same, "near-itself"), HasSubstr("warning[near-itself] x: '曝光' alone"));
  EXPECT_THAT(TextOf(ProblemsOfRules({CheckRule("x", "(晒粮 | 粮食) ~9 晒")}), "near-itself"), HasSubstr("note["));
}

TEST(ChecksTest, ADistanceThatAShortTextCannotExceedIsReported) {
  EXPECT_THAT(FoundIn("length<10 & 树 ~20 灯"), ElementsAre("x near-distance"));
  EXPECT_THAT(FoundIn("length<10 & 树 ~2 灯"), IsEmpty());
}

TEST(ChecksTest, WhatCannotBeDecidedIsANoteUntilAnExampleProvesIt) {
  Json rule = CheckRule("x", "/路宽[0-9]+米/");
  EXPECT_THAT(Found(ProblemsOfRules({rule})), ElementsAre("x undecided"));
  rule["examples"] = {{"yes", {"路宽12米"}}};
  EXPECT_THAT(Found(ProblemsOfRules({rule})), IsEmpty());
}

TEST(ChecksTest, RulesThatMatchTheSameTextsAreFoundHoweverTheyAreWritten) {
  EXPECT_THAT(Found(ProblemsOfRules({CheckRule("a", "树 & (灯 | 水)"), CheckRule("b", "树 & 灯 | 水 & 树")})),
              ElementsAre("b same-condition"));
  EXPECT_THAT(
      TextOf(ProblemsOfRules({CheckRule("a", "(灯 | 水) ~5 树"), CheckRule("b", "树 ~5 (水 | 灯)")}), "same-condition"),
      HasSubstr("error["));
  EXPECT_THAT(
      TextOf(ProblemsOfRules({CheckRule("a", "@wood ~5 灯"), CheckRule("b", "灯 ~5 (石楠 | 树)")}), "same-condition"),
      HasSubstr("warning["));
}

TEST(ChecksTest, ARuleWhosePointsAnotherAlwaysTakesAwayAddsNothing) {
  Json minus = CheckRule("b", "路灯");
  minus["weight"] = -3;
  EXPECT_THAT(Found(ProblemsOfRules({CheckRule("a", "路灯不亮 & 树"), minus})), ElementsAre("a cancelled-rule"));
  minus["weight"] = -2;
  EXPECT_THAT(Found(ProblemsOfRules({CheckRule("a", "路灯不亮 & 树"), minus})), IsEmpty());
  minus["weight"] = -3;
  minus["when"] = "路灯 & !树";
  EXPECT_THAT(Found(ProblemsOfRules({CheckRule("a", "路灯不亮"), minus})), IsEmpty());
}

TEST(ChecksTest, ARuleThatAnotherMakesUselessIsAWarningAndOneThatAddsUpANote) {
  Json special = {{"id", "a"}, {"name", "a"}, {"when", "路灯不亮"}, {"tags", {"light"}}};
  Json general = {{"id", "b"}, {"name", "b"}, {"when", "路灯 | 树"}, {"tags", {"light", "street"}}};
  EXPECT_THAT(Found(ProblemsOfRules({special, general})), ElementsAre("a shadowed"));
  special["tags"] = {"dark"};
  EXPECT_THAT(Found(ProblemsOfRules({special, general})), IsEmpty());
  const auto adds = ProblemsOfRules({CheckRule("a", "路灯不亮"), CheckRule("b", "路灯")});
  EXPECT_THAT(TextOf(adds, "adds-up"), HasSubstr("note[adds-up] a"));
}

TEST(ChecksTest, DecisiveRulesThatContradictEachOtherAreWarnedOfByExamplesAndNotedOtherwise) {
  Json a = {{"id", "a"}, {"name", "a"}, {"when", "法院"}, {"topic", "u.a"}, {"decisive", true}};
  Json b = {{"id", "b"}, {"name", "b"}, {"when", "判决"}, {"topic", "u.b"}, {"decisive", true}};
  EXPECT_THAT(TextOf(ProblemsOfRules({a, b}), "decisive-conflict"), HasSubstr("note[decisive-conflict] a"));
  b["examples"] = {{"yes", {"法院的判决"}}};
  EXPECT_THAT(TextOf(ProblemsOfRules({a, b}), "decisive-conflict"), HasSubstr("warning[decisive-conflict] b"));
  b["examples"] = {{"yes", {"判决书"}}};
  b["when"] = "判决 & !法院";
  EXPECT_THAT(Found(ProblemsOfRules({a, b})), IsEmpty()) << "they exclude each other";
}

TEST(ChecksTest, ListsMayIncludeListsButNotThemselves) {
  const std::string lists = R"({"all": ["@wood", "花", "@wood"], "wood": ["树", "石楠"]})";
  Json rule = CheckRule("x", "@all & 坏");
  rule["examples"] = {{"yes", {"石楠坏了", "花坏了"}}, {"no", {"草坏了"}}};
  EXPECT_THAT(Found(ProblemsOfRules({rule}, lists)), IsEmpty());
  EXPECT_THAT(Found(ProblemsOfRules({rule}, R"({"all": ["花", "@all"]})")), ::testing::Contains(" list-circle"));
  const auto round = ProblemsOfRules({rule}, R"({"all": ["花", "@b"], "b": ["石楠", "@c"], "c": ["草", "@all"]})");
  EXPECT_THAT(TextOf(round, "list-circle"), HasSubstr("lists.json:1:"));
  EXPECT_THAT(TextOf(ProblemsOfRules({rule}, R"({"all": ["花", "石楠", "@wod"], "wood": ["树"]})"), "unknown-list"),
              HasSubstr("did you mean 'wood'?"));
}

TEST(ChecksTest, ATopicNobodySpeaksForIsReported) {
  const auto problems = ProblemsOfRules({CheckRule("x", "树")});
  EXPECT_THAT(TextOf(problems, "topic-without-rule"), HasSubstr("categories.json:1:"));
  EXPECT_THAT(TextOf(problems, "topic-without-rule"), HasSubstr("'u.b'"));
}

// Two Chinese characters that depend on `n`.
std::string WordOf(unsigned n) {
  std::string out;
  for (const unsigned c : {0x4E00 + n % 5000, 0x4E00 + n / 5000 * 97 + n % 89}) {
    out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
            static_cast<char>(0x80 | (c & 0x3F))};
  }
  return out;
}

TEST(ChecksTest, TheWorkGrowsWithTheRulesNotWithTheirPairs) {
  Json rules = Json::array();
  constexpr unsigned kManyRules = 10'000;
  for (unsigned i = 0; i < kManyRules; ++i) {
    const std::string id = "r" + std::to_string(10'000 + i);
    rules.push_back(CheckRule(id, "(" + WordOf(i) + " | " + WordOf(i + 1) + ") ~9 坏 & !" + WordOf(i * 7 + 3)));
  }
  for (unsigned i = 0; i < 100; ++i) {  // and some that hold for much of what the others hold for
    rules.push_back(CheckRule("general" + std::to_string(i), "坏 & !" + WordOf(i)));
  }
  const std::vector<SourceFile> files = {{"categories.json", std::string(kCheckCategories)},
                                         {"rules.json", rules.dump()}};
  Reporter reporter(files);
  Compilation c;
  c.sources = ReadSources(files, &reporter);
  Logic logic(c.sources);
  const std::vector<RuleLogic> found = CheckConditions(&c.sources, &logic, true, &reporter);
  EXPECT_LT(logic.tables(), kManyRules * 9) << "a few for each rule and its parts";
  const std::size_t before = logic.tables();
  c.program = BuildProgram(c.sources, &reporter);
  CheckPairs(c, found, &logic, &reporter);
  EXPECT_LT(logic.tables() - before, (kManyRules + 100) * (kMaxCompanions + 2)) << "of 100 million pairs";
}

}  // namespace
}  // namespace minsheng::rules
