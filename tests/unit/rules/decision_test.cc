// SPDX-License-Identifier: Apache-2.0
// From matched rules to a verdict: sums, decisive rules, confidence, triage, effects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/rules/rule_set.h"

namespace minsheng::rules {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kDecisionCategories = R"({"categories": [
  {"id": "urban", "name": "城市管理和建设", "topics": [
    {"id": "urban.a", "name": "甲"}, {"id": "urban.b", "name": "乙"}]},
  {"id": "rural", "name": "三农", "topics": [{"id": "rural.a", "name": "丙"}]},
  {"id": "other", "name": "其他", "topics": [
    {"id": "other.a", "name": "丁"},
    {"id": "other.out-of-scope.court", "name": "涉法涉诉", "out_of_scope": true, "reply": "请向法院提出。"}]}]})";

// {id, condition, other keys as JSON text}
struct Given {
  std::string id;
  std::string when;
  std::string rest;
};

std::shared_ptr<const RuleSet> SetOf(const std::vector<Given>& rules, std::vector<SourceFile> more = {}) {
  std::string file = "[";
  for (const Given& r : rules) {
    file += file.size() > 1 ? "," : "";
    file += R"({"id": ")" + r.id + R"(", "name": "n", "when": )" + nlohmann::json(r.when).dump() + "," + r.rest + "}";
  }
  std::vector<SourceFile> files = {{"categories.json", std::string(kDecisionCategories)}, {"r.json", file + "]"}};
  files.insert(files.end(), more.begin(), more.end());
  const Compiled c = RuleSet::Compile(files);
  for (const Problem& p : c.problems) EXPECT_NE(p.severity, Severity::kError) << Format(p, "en");
  return c.set;
}

std::string Evidence(const std::string& topic, double weight) {
  return R"("topic": ")" + topic + R"(", "weight": )" + std::to_string(weight);
}

Verdict VerdictOf(const RuleSet& set, std::string_view text, std::optional<RequestType> stated = {}) {
  RuleSet::Scratch scratch;
  Input input;
  input.text = text;
  input.stated_type = stated;
  return set.Classify(input, scratch);
}

TEST(DecisionTest, EvidenceIsSummedAndTheHighestTopicWins) {
  const auto set = SetOf({{"1", "一", Evidence("urban.a", 2)},
                          {"2", "二", Evidence("rural.a", 3)},
                          {"3", "三", Evidence("urban.a", 2)},
                          {"4", "四", Evidence("rural.a", -3)}});
  const Verdict v = VerdictOf(*set, "一二三");
  EXPECT_EQ(v.topic, "urban.a");
  EXPECT_EQ(v.runner_up, "rural.a");
  EXPECT_THAT(v.sums, ElementsAre(TopicSum{"urban.a", 4}, TopicSum{"rural.a", 3}));
  EXPECT_EQ(VerdictOf(*set, "一二").topic, "rural.a");
  EXPECT_EQ(VerdictOf(*set, "一二四").topic, "urban.a");
  EXPECT_EQ(VerdictOf(*set, "四").category, "");
}

TEST(DecisionTest, EqualSumsAreDecidedByTheIdAndGoToTriage) {
  const auto set = SetOf({{"1", "一", Evidence("urban.a", 9)}, {"2", "二", Evidence("rural.a", 9)}});
  const Verdict v = VerdictOf(*set, "二一");
  EXPECT_EQ(v.topic, "rural.a");
  EXPECT_TRUE(v.triage);
}

TEST(DecisionTest, ADecisiveRuleWinsOutrightAndComesFirstAmongTheReasons) {
  const auto set =
      SetOf({{"1", "一", R"("topic": "rural.a", "decisive": true)"}, {"2", "二", Evidence("urban.a", 50)}});
  const Verdict v = VerdictOf(*set, "二一");
  EXPECT_EQ(v.topic, "rural.a");
  EXPECT_EQ(v.runner_up, "urban.a");
  EXPECT_EQ(v.confidence, 1);
  EXPECT_FALSE(v.triage);
  ASSERT_EQ(v.reasons.size(), 2U);
  EXPECT_EQ(v.reasons[0].rule, "1");
}

TEST(DecisionTest, TwoDecisiveTopicsCompeteBySumAndGoToTriageWhenClose) {
  const auto set = SetOf({{"1", "一", R"("topic": "rural.a", "weight": 3, "decisive": true)"},
                          {"2", "二", R"("topic": "urban.a", "weight": 3.1, "decisive": true)"}});
  const Verdict v = VerdictOf(*set, "一二");
  EXPECT_EQ(v.topic, "urban.a");
  EXPECT_TRUE(v.triage);
}

TEST(DecisionTest, ARivalOfTheSameCategoryCostsLessConfidence) {
  const auto set = SetOf(
      {{"1", "一", Evidence("urban.a", 4)}, {"2", "二", Evidence("urban.b", 3)}, {"3", "三", Evidence("rural.a", 3)}});
  const double alone = VerdictOf(*set, "一").confidence;
  const double same = VerdictOf(*set, "一二").confidence;
  const double other = VerdictOf(*set, "一三").confidence;
  EXPECT_GT(alone, same);
  EXPECT_GT(same, other);
  EXPECT_FALSE(VerdictOf(*set, "一二").triage);
  EXPECT_TRUE(VerdictOf(*set, "一三").triage);
}

TEST(DecisionTest, TooLittleEvidenceGoesToTriageWhateverTheConfidence) {
  const auto set = SetOf({{"1", "一", Evidence("urban.a", 1.5)}}, {{"settings.json", R"({"threshold": 0.1})"}});
  const Verdict v = VerdictOf(*set, "一");
  EXPECT_EQ(v.topic, "urban.a");
  EXPECT_GT(v.confidence, 0.1);
  EXPECT_TRUE(v.triage);
}

TEST(DecisionTest, AnOutOfScopeTopicAnswersOnlyWhenItIsCertain) {
  const auto set =
      SetOf({{"1", "法院", Evidence("other.out-of-scope.court", 4)}, {"2", "二", Evidence("other.a", 3.5)}});
  EXPECT_EQ(VerdictOf(*set, "法院").reply, "请向法院提出。");
  const Verdict v = VerdictOf(*set, "法院二");
  EXPECT_TRUE(v.triage);
  EXPECT_EQ(v.reply, "");
}

TEST(DecisionTest, TheReplyOfTheStrongestRuleThatFitsTheTopicIsGiven) {
  const auto set = SetOf({{"1", "一", Evidence("urban.a", 4)},
                          {"2", "二", Evidence("rural.a", 1) + R"(, "reply": "丙")"},
                          {"3", "三", R"("reply": "弱")"},
                          {"4", "四", Evidence("urban.a", 4) + R"(, "reply": "强")"}});
  EXPECT_EQ(VerdictOf(*set, "一二").reply, "");
  EXPECT_EQ(VerdictOf(*set, "一二三").reply, "弱");
  EXPECT_EQ(VerdictOf(*set, "一三四").reply, "强");
}

TEST(DecisionTest, TheStatedTypeGoesBeforeThatOfTheStrongestRule) {
  const auto set = SetOf({{"1", "一", R"("type": "help")"},
                          {"2", "二二", R"("type": "complaint")"},
                          {"3", "三", Evidence("urban.a", 2) + R"(, "type": "report")"}});
  EXPECT_EQ(VerdictOf(*set, "一").type, RequestType::kHelp);
  EXPECT_EQ(VerdictOf(*set, "一二二").type, RequestType::kComplaint);  // more of the text
  EXPECT_EQ(VerdictOf(*set, "一二二三").type, RequestType::kReport);
  EXPECT_EQ(VerdictOf(*set, "一二二三", RequestType::kPraise).type, RequestType::kPraise);
}

TEST(DecisionTest, UrgencyIsTheHighestAndTagsAreSortedWithoutRepetition) {
  const auto set = SetOf({{"1", "一", R"("urgency": "emergency", "tags": ["z", "b"])"},
                          {"2", "二", R"("urgency": "urgent", "tags": ["b", "a"])"}});
  const Verdict v = VerdictOf(*set, "一二");
  EXPECT_EQ(v.urgency, Urgency::kEmergency);
  EXPECT_THAT(v.tags, ElementsAre("a", "b", "z"));
  EXPECT_EQ(v.reasons[0].effect, "urgency=emergency tag=z tag=b");
}

TEST(DecisionTest, TheLexiconAddsEvidenceAndShowsItsTerms) {
  const auto set = SetOf({{"1", "一", Evidence("urban.a", 1)}},
                         {{"lexicon.json", R"({"urban.a": {"路灯": 1.5, "树": -0.5}, "rural.a": {"路灯": 0.25}})"}});
  const Verdict v = VerdictOf(*set, "一路灯树路灯");
  EXPECT_THAT(v.sums, ElementsAre(TopicSum{"urban.a", 2}, TopicSum{"rural.a", 0.25}));
  ASSERT_EQ(v.reasons.size(), 3U);
  EXPECT_EQ(v.reasons[1].rule, "lexicon");
  EXPECT_EQ(v.reasons[1].topic, "urban.a");
  EXPECT_EQ(v.reasons[1].clause, "路灯 +1.50，树 -0.50");
  EXPECT_THAT(v.reasons[1].spans, ElementsAre(Span{3, 9}, Span{9, 12}, Span{12, 18}));
}

TEST(DecisionTest, TheSameInputGivesTheSameBytesWhateverWasReadBefore) {
  const std::vector<Given> rules = {{"1", "一", Evidence("urban.a", 0.1)},
                                    {"2", "二", Evidence("urban.a", 0.2)},
                                    {"3", "三", Evidence("urban.a", 0.3)}};
  const auto set = SetOf(rules);
  const auto again = SetOf({rules[2], rules[0], rules[1]});
  RuleSet::Scratch scratch;
  Input input;
  input.text = "三一二";
  const std::string first = Encode(set->Classify(input, scratch));
  input.text = "二二二别的一";
  set->Classify(input, scratch);
  input.text = "三一二";
  EXPECT_EQ(Encode(set->Classify(input, scratch)), first);
  EXPECT_EQ(Encode(again->Classify(input, scratch)), first);  // the same scratch serves another set
  EXPECT_EQ(Encode(set->Classify(input, scratch)), first);
}

TEST(DecisionTest, ExplainShowsTheClausesThatHeldAndThoseThatFailed) {
  const auto set = SetOf({{"1", "一 & (二 | 三)", Evidence("urban.a", 3)}, {"2", "一 & !二", Evidence("rural.a", 3)}});
  RuleSet::Scratch scratch;
  Input input;
  input.text = "一，貳，二";
  const nlohmann::json j = nlohmann::json::parse(set->Explain(input, scratch));
  ASSERT_EQ(j["rules"].size(), 2U);
  EXPECT_EQ(j["rules"][0]["matched"], true);
  const nlohmann::json& tree = j["rules"][0]["condition"];
  EXPECT_EQ(tree["op"], "and");
  EXPECT_EQ(tree["clauses"][1]["text"], "(二 | 三)");
  EXPECT_EQ(tree["clauses"][1]["clauses"][0]["words"][0]["text"], "二");
  EXPECT_EQ(tree["clauses"][1]["clauses"][1]["held"], false);
  EXPECT_EQ(j["rules"][1]["matched"], false);
  EXPECT_EQ(j["rules"][1]["condition"]["clauses"][1]["held"], false);
  EXPECT_EQ(j["verdict"]["topic"], "urban.a");
}

TEST(DecisionTest, AGoldenCaseThatGetsAnotherVerdictIsAnError) {
  const std::string golden = R"([{"id": "g1", "text": "一", "topic": "urban.a", "tags": ["x"]},
                                {"id": "g2", "text": "一", "category": "rural"}])";
  Compiled c = RuleSet::Compile({{"categories.json", std::string(kDecisionCategories)},
                                 {"golden/a.json", golden},
                                 {"r.json", R"([{"id": "r", "name": "n", "when": "一", "topic": "urban.a",
                                          "weight": 3, "tags": ["x"], "examples": {"yes": ["一"]}}])"}});
  EXPECT_EQ(c.set, nullptr);
  std::erase_if(c.problems, [](const Problem& p) { return p.severity != Severity::kError; });
  ASSERT_EQ(c.problems.size(), 1U);
  EXPECT_EQ(
      Format(c.problems[0], "en"),
      "golden/a.json:2:33: error[golden-fails] g2: the case got another verdict: category rural → urban (rules r)");
}

}  // namespace
}  // namespace minsheng::rules
