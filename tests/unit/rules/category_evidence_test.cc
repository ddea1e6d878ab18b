// SPDX-License-Identifier: Apache-2.0
// Evidence for a whole category, and the opening of a text, which counts more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/rules/rule_set.h"

namespace minsheng::rules {
namespace {

constexpr std::string_view kTree = R"({"categories": [
  {"id": "rural", "name": "三农", "general": "rural.other", "topics": [
    {"id": "rural.water", "name": "农村饮水"}, {"id": "rural.other", "name": "其他三农事项"}]},
  {"id": "urban", "name": "城市管理和建设", "topics": [{"id": "urban.water", "name": "城市供水"}]},
  {"id": "other", "name": "其他", "general": "other.general", "topics": [
    {"id": "other.general", "name": "其他事项"},
    {"id": "other.out-of-scope.courts", "name": "诉讼", "out_of_scope": true, "reply": "请向法院提出。"}]}]})";

constexpr std::string_view kRules = R"([
  {"id": "a.village", "name": "乡村用语", "when": "村民 | 村里", "topic": "rural", "weight": 2},
  {"id": "b.rural-water", "name": "农村饮水", "when": "自来水", "topic": "rural.water", "weight": 1},
  {"id": "c.urban-water", "name": "城市供水", "when": "自来水 ", "topic": "urban.water", "weight": 2},
  {"id": "d.court", "name": "法院", "when": "判决 & !调解", "topic": "other.out-of-scope.courts", "weight": 1},
  {"id": "e.office", "name": "部门", "when": "机关", "topic": "other", "weight": 1.5}])";

Compiled Build(std::string rules, std::string settings = "{}", std::string lexicon = "{}") {
  return RuleSet::Compile({{"categories.json", std::string(kTree)},
                           {"settings.json", std::move(settings)},
                           {"lexicon.json", std::move(lexicon)},
                           {"rules.json", std::move(rules)}});
}

Verdict JudgeWith(const Compiled& c, std::string_view text) {
  EXPECT_NE(c.set, nullptr);
  if (c.set == nullptr) return {};
  RuleSet::Scratch scratch;
  Input input;
  input.text = text;
  return c.set->Classify(input, scratch);
}

double SumOf(const Verdict& v, std::string_view topic) {
  for (const TopicSum& s : v.sums) {
    if (s.topic == topic) return s.sum;
  }
  return 0;
}

std::string FirstError(const Compiled& c) {
  for (const Problem& p : c.problems) {
    if (p.severity == Severity::kError) return p.code;
  }
  return "";
}

TEST(CategoryEvidenceTest, ItTipsTheBalanceBetweenTopicsOfTwoCategories) {
  const Compiled c = Build(std::string(kRules));
  EXPECT_EQ(JudgeWith(c, "自来水停了").topic, "urban.water");
  const Verdict v = JudgeWith(c, "村里的自来水停了");
  EXPECT_EQ(v.topic, "rural.water");
  EXPECT_DOUBLE_EQ(SumOf(v, "rural.water"), 3);
  EXPECT_DOUBLE_EQ(SumOf(v, "rural.other"), 0);
}

TEST(CategoryEvidenceTest, WithoutATopicOfItsOwnItGoesToTheGeneralTopic) {
  const Verdict v = JudgeWith(Build(std::string(kRules)), "我是村民，有件事");
  EXPECT_EQ(v.topic, "rural.other");
  EXPECT_DOUBLE_EQ(SumOf(v, "rural.other"), 2);
}

TEST(CategoryEvidenceTest, OutOfScopeTopicsTakeNoPartInIt) {
  const Verdict v = JudgeWith(Build(std::string(kRules)), "机关不管判决");
  EXPECT_DOUBLE_EQ(SumOf(v, "other.out-of-scope.courts"), 1);
  EXPECT_DOUBLE_EQ(SumOf(v, "other.general"), 1.5);
}

TEST(CategoryEvidenceTest, TheReasonNamesTheCategory) {
  const Verdict v = JudgeWith(Build(std::string(kRules)), "我是村民");
  ASSERT_EQ(v.reasons.size(), 1U);
  EXPECT_EQ(v.reasons[0].topic, "rural");
}

TEST(CategoryEvidenceTest, TheLexiconMayNameACategoryAndShowsItsWords) {
  const Verdict v = JudgeWith(Build(std::string(kRules), "{}", R"({"rural": {"田埂": 1.5, "村口": 0.25}})"),
                              "村口自来水管埋在田埂边");
  EXPECT_EQ(v.topic, "rural.water");
  EXPECT_DOUBLE_EQ(SumOf(v, "rural.water"), 2.75);
  bool shown = false;
  for (const Reason& r : v.reasons) shown = shown || (r.rule == "lexicon" && r.clause == "田埂 +1.50，村口 +0.25");
  EXPECT_TRUE(shown);
}

TEST(CategoryEvidenceTest, ACategoryWithoutAGeneralTopicCannotGetEvidence) {
  EXPECT_EQ(FirstError(Build(R"([{"id": "x", "name": "x", "when": "小区", "topic": "urban", "weight": 1}])")),
            "no-general-topic");
  EXPECT_EQ(FirstError(Build("[]", "{}", R"({"urban": {"小区": 1}})")), "unknown-topic");
}

TEST(CategoryEvidenceTest, ADecisiveRuleMustNameATopic) {
  EXPECT_EQ(FirstError(Build(R"([{"id": "x", "name": "x", "when": "村里", "topic": "rural", "decisive": true}])")),
            "decisive-category");
}

TEST(CategoryEvidenceTest, TheGeneralTopicMustBelongToTheCategory) {
  const Compiled c = RuleSet::Compile({{"categories.json",
                                        R"({"categories": [{"id": "rural", "name": "三农", "general": "rural.gone",
                                            "topics": [{"id": "rural.water", "name": "农村饮水"}]}]})"}});
  EXPECT_EQ(FirstError(c), "unknown-topic");
}

constexpr std::string_view kOpening = R"({"opening": {"chars": 6, "factor": 3}})";

TEST(OpeningTest, EvidenceInTheFirstCharactersCountsMore) {
  const Compiled c = Build(std::string(kRules), std::string(kOpening));
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "自来水停了好几天没人来修"), "urban.water"), 6);
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "好几天没人来修的自来水"), "urban.water"), 2);
}

TEST(OpeningTest, AWordThatEndsBehindTheOpeningDoesNotCountAsPartOfIt) {
  const Compiled c = Build(std::string(kRules), std::string(kOpening));
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "一二三自来水"), "urban.water"), 6);
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "一二三四自来水"), "urban.water"), 2);
}

TEST(OpeningTest, AllPartsOfAConditionMustStandInIt) {
  const Compiled c = Build(R"([{"id": "n", "name": "n", "when": "村 ~9 水", "topic": "rural.water", "weight": 1},
                               {"id": "r", "name": "r", "when": "/停水(了|啦)/", "topic": "urban.water", "weight": 1}])",
                           std::string(kOpening));
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "村里水没了好几天"), "rural.water"), 3);
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "村里好几天没有水"), "rural.water"), 1);
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "又停水了，怎么办"), "urban.water"), 3);
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "怎么办啊，又停水了"), "urban.water"), 1);
}

TEST(OpeningTest, ARuleThatTheWholeTextForbidsCountsNowhere) {
  const Verdict v = JudgeWith(Build(std::string(kRules), std::string(kOpening)), "判决不服，请帮忙调解");
  EXPECT_TRUE(v.reasons.empty());
}

TEST(OpeningTest, LexiconTermsAndTheirReasonsFollowIt) {
  const Compiled c = Build("[]", std::string(kOpening), R"({"urban.water": {"水表": 0.5}})");
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(c, "水表坏了"), "urban.water"), 1.5);
  const Verdict v = JudgeWith(c, "家里门口有个水表");
  EXPECT_DOUBLE_EQ(SumOf(v, "urban.water"), 0.5);
  ASSERT_EQ(v.reasons.size(), 1U);
  EXPECT_DOUBLE_EQ(v.reasons[0].weight, 0.5);
}

TEST(OpeningTest, WithoutTheSettingNothingCountsMore) {
  EXPECT_DOUBLE_EQ(SumOf(JudgeWith(Build(std::string(kRules)), "自来水"), "urban.water"), 2);
}

}  // namespace
}  // namespace minsheng::rules
