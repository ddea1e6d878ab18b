// SPDX-License-Identifier: Apache-2.0
#include "src/rules/rule_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace minsheng::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kCategories = R"({"categories": [
  {"id": "urban", "name": "城市管理和建设", "topics": [
    {"id": "urban.greening", "name": "园林绿化"},
    {"id": "urban.lighting", "name": "路灯照明"},
    {"id": "urban.noise", "name": "噪声扰民"}]},
  {"id": "rural", "name": "三农", "topics": [{"id": "rural.water", "name": "农村饮水"}]},
  {"id": "other", "name": "其他", "topics": [
    {"id": "other.police", "name": "公安"},
    {"id": "other.out-of-scope.court", "name": "涉法涉诉", "out_of_scope": true, "reply": "请向法院提出。"}]}]})";

constexpr std::string_view kPlaces = R"j([
  {"id": "binhai", "name": "滨海区", "kind": "district"},
  {"id": "binhai.xin", "name": "新河镇", "aliases": ["新河"], "parent": "binhai", "kind": "town"},
  {"id": "binhai.xin.liu", "name": "柳树村", "parent": "binhai.xin", "kind": "village"},
  {"id": "binhai.dong", "name": "东港街道", "aliases": ["东港"], "parent": "binhai", "kind": "street"},
  {"id": "binhai.dong.liu", "name": "柳树村", "parent": "binhai.dong", "kind": "village"}])j";

std::vector<SourceFile> Files(std::string rules, std::vector<SourceFile> more = {}) {
  std::vector<SourceFile> files = {{"categories.json", std::string(kCategories)},
                                   {"lists.json", R"({"plants": ["树", "石楠", "绿化带", "灌木"]})"},
                                   {"places.json", std::string(kPlaces)},
                                   {"urban/rules.json", std::move(rules)}};
  files.insert(files.end(), more.begin(), more.end());
  return files;
}

std::string Errors(const Compiled& c, std::string_view language = "en") {
  std::string out;
  for (const Problem& p : c.problems) {
    if (p.severity == Severity::kError) out += Format(p, language) + "\n";
  }
  return out;
}

std::vector<std::string> Codes(const Compiled& c, Severity severity = Severity::kError) {
  std::vector<std::string> codes;
  for (const Problem& p : c.problems) {
    if (p.severity == severity) codes.push_back(p.code);
  }
  return codes;
}

std::shared_ptr<const RuleSet> MustCompile(const std::string& rules, std::vector<SourceFile> more = {}) {
  const Compiled c = RuleSet::Compile(Files(rules, std::move(more)), 7);
  EXPECT_NE(c.set, nullptr) << Errors(c);
  return c.set;
}

Verdict Judge(const RuleSet& set, std::string_view text) {
  RuleSet::Scratch scratch;
  Input input;
  input.text = text;
  return set.Classify(input, scratch);
}

// One rule with this condition, and topic urban.greening.
std::string RuleWith(const std::string& when, const std::string& rest = R"("topic": "urban.greening", "weight": 3)") {
  return R"([{"id": "r", "name": "r", "when": )" + nlohmann::json(when).dump() + ", " + rest + "}]";
}

bool RuleMatches(const std::string& when, std::string_view text) {
  const auto set = MustCompile(RuleWith(when));
  return set != nullptr && !Judge(*set, text).reasons.empty();
}

const std::string kGreening = R"j([
  {"id": "urban.greening.sightline", "name": "绿化遮挡视线",
   "when": "(树 | 石楠 | 绿化带 | 灌木) ~20 (遮挡 | 挡住 | 视线 | 看不见)",
   "topic": "urban.greening", "weight": 3,
   "examples": {"yes": ["拐弯处的石楠挡住了视线"], "no": ["树立新风"]}},
  {"id": "urban.lighting.out", "name": "路灯不亮", "when": "路灯 & (不亮 | 坏)", "topic": "urban.lighting", "weight": 3,
   "type": "complaint", "examples": {"yes": ["村口路灯不亮"], "no": ["路灯真漂亮"]}},
  {"id": "alert.flooded", "name": "房屋进水", "when": "(家 | 房 | 屋) ~8 (进水 | 被淹)", "urgency": "emergency",
   "tags": ["flood"], "examples": {"yes": ["我家房子进水了"], "no": ["想问问进水口的水表怎么换"]}}])j";

TEST(RuleSetTest, TheVerdictNamesTopicConfidenceAndTheWordsInTheOriginalText) {
  const auto set = MustCompile(kGreening);
  const std::string text = "您好，路口的石 楠擋住\n了視線，請處理";
  const Verdict v = Judge(*set, text);
  EXPECT_EQ(v.rule_set, 7);
  EXPECT_EQ(v.category, "urban");
  EXPECT_EQ(v.topic, "urban.greening");
  EXPECT_FALSE(v.triage);
  EXPECT_GT(v.confidence, 0.6);
  ASSERT_EQ(v.reasons.size(), 1U);
  EXPECT_EQ(v.reasons[0].rule, "urban.greening.sightline");
  std::vector<std::string> words;
  for (const Span& s : v.reasons[0].spans) words.push_back(text.substr(s.begin, s.end - s.begin));
  EXPECT_THAT(words, ElementsAre("石 楠", "擋住"));
}

TEST(RuleSetTest, NothingMatchedGoesToTriageWithoutACategory) {
  const Verdict v = Judge(*MustCompile(kGreening), "今天天气很好");
  EXPECT_EQ(v.category, "");
  EXPECT_TRUE(v.triage);
  EXPECT_EQ(v.confidence, 0);
  EXPECT_TRUE(v.reasons.empty());
}

TEST(RuleSetTest, EffectsOfSeveralRulesAddUp) {
  const Verdict v = Judge(*MustCompile(kGreening), "路灯坏了，我家里也进水了");
  EXPECT_EQ(v.topic, "urban.lighting");
  EXPECT_EQ(v.urgency, Urgency::kEmergency);
  EXPECT_EQ(v.type, RequestType::kComplaint);
  EXPECT_THAT(v.tags, ElementsAre("flood"));
}

TEST(RuleSetTest, AFailingExampleIsAnErrorThatSaysWhereAndWhy) {
  Compiled c = RuleSet::Compile(Files(R"j([
    {"id": "a", "name": "a", "when": "树", "topic": "urban.greening", "weight": 2,
     "examples": {"yes": ["路灯"],
                  "no": ["树立新风"]}}])j"));
  EXPECT_EQ(c.set, nullptr);
  std::erase_if(c.problems, [](const Problem& p) { return p.severity != Severity::kError; });
  ASSERT_EQ(c.problems.size(), 2U) << Errors(c);
  EXPECT_EQ(Format(c.problems[0], "en"),
            "urban/rules.json:3:27: error[example-fails] a: example '路灯' should match this rule but does not");
  EXPECT_EQ(Format(c.problems[1], "zh"),
            "urban/rules.json:4:26: 错误[example-fails] a: 反例“树立新风”命中了这条规则（树）");
}

TEST(RuleSetTest, AFolderWithoutAnyRuleIsAnErrorAndNoRuleSet) {
  for (const auto& files : {std::vector<SourceFile>{}, Files("[]")}) {
    const Compiled c = RuleSet::Compile(files);
    EXPECT_EQ(c.set, nullptr);
    EXPECT_EQ(Codes(c), std::vector<std::string>{"no-rules"}) << Errors(c);
  }
}

TEST(RuleSetTest, ARuleIdWithABlankIsAnError) {
  for (const std::string id : {"urban greening", " a", "a\\t", "a　b"}) {
    const Compiled c = RuleSet::Compile(Files(R"([{"id": ")" + id + R"(", "name": "a", "when": "树",
        "topic": "urban.greening", "weight": 2, "examples": {"yes": ["树"]}}])"));
    EXPECT_EQ(c.set, nullptr) << id;
    EXPECT_EQ(Codes(c), std::vector<std::string>{"bad-id"}) << Errors(c);
  }
}

TEST(RuleSetTest, AllProblemsOfAllFilesAreListedAtOnceWithTheirPlace) {
  const Compiled c = RuleSet::Compile(Files(R"j([
    {"id": "a", "name": "a", "when": "树 绿", "topic": "urban.greeening", "weight": 2},
    {"id": "b", "name": "b", "when": "@plant", "wieght": 2, "topic": "urban.noise", "weight": 0},
    {"id": "c", "name": "c", "when": "!树"}])j",
                                            {{"broken.json", "[{\"id\": \"x\",]"}}));
  EXPECT_EQ(c.set, nullptr);
  EXPECT_EQ(Errors(c),
            "broken.json:1:13: error[json] a key in quotation marks is expected here\n"
            "urban/rules.json:2:41: error[missing-operator] a: there must be | & or ~N between two terms; put one "
            "term with a blank in quotation marks\n"
            "urban/rules.json:2:54: error[unknown-topic] a: there is no topic 'urban.greeening', did you mean "
            "'urban.greening'?\n"
            "urban/rules.json:3:39: error[unknown-list] b: there is no list 'plant', did you mean 'plants'?\n"
            "urban/rules.json:3:48: error[unknown-key] b: unknown key 'wieght', did you mean 'weight'?\n"
            "urban/rules.json:3:95: error[bad-weight] b: a weight of 0 has no effect\n"
            "urban/rules.json:4:5: error[no-effect] c: this rule has no effect: give it a topic, type, urgency, tags "
            "or reply\n"
            "urban/rules.json:4:38: error[always-true] c: the condition holds for nearly every message because it "
            "only excludes; add a term or field that must be there\n");
}

TEST(RuleSetTest, ARuleThatLooksAtNoWordIsAllowedWithAWarning) {
  const Compiled c = RuleSet::Compile(Files(RuleWith("channel:email & !树")));
  EXPECT_NE(c.set, nullptr);
  EXPECT_THAT(Codes(c, Severity::kWarning), ::testing::Contains("every-message"));
}

TEST(RuleSetTest, LatinTermsMatchWholeRunsOnly) {
  EXPECT_TRUE(RuleMatches("ETC", "小区门口ＥＴＣ坏了"));
  EXPECT_FALSE(RuleMatches("ETC", "fetch"));
  EXPECT_TRUE(RuleMatches("120", "打120没人接"));
  EXPECT_FALSE(RuleMatches("120", "电话13120456789"));
  EXPECT_TRUE(RuleMatches("\"wi fi\"", "Wi \n Fi 连不上"));
}

TEST(RuleSetTest, NearCountsCharactersBetweenEndAndStartInEitherOrder) {
  EXPECT_TRUE(RuleMatches("树 ~3 挡", "树一二三挡"));
  EXPECT_FALSE(RuleMatches("树 ~3 挡", "树一二三四挡"));
  EXPECT_TRUE(RuleMatches("树 ~3 挡", "挡一二三树"));
  EXPECT_TRUE(RuleMatches("树 ~0 树木", "树木"));
  EXPECT_TRUE(RuleMatches("树 ~3 挡", "树一二😀挡"));
  EXPECT_FALSE(RuleMatches("树 ~3 挡", "树一二三😀挡"));
}

TEST(RuleSetTest, AChainNeedsOneMiddleNearBothEnds) {
  EXPECT_TRUE(RuleMatches("甲 ~1 乙 ~1 丙", "甲一乙一丙"));
  EXPECT_FALSE(RuleMatches("甲 ~1 乙 ~1 丙", "甲一乙一二三四乙一丙"));
}

TEST(RuleSetTest, FieldsLookAtWhatStandsAroundTheText) {
  const auto set =
      MustCompile(RuleWith("hour:22-6 & channel:wechat,phone & type:complaint & place:binhai.xin & length<10 & 吵"));
  RuleSet::Scratch scratch;
  Input input;
  input.text = "柳树村太吵了";
  input.place_hint = "滨海区新河镇";
  input.channel = "wechat";
  input.stated_type = RequestType::kComplaint;
  input.hour = 23;
  // The village alone is ambiguous: both streets have one; what they share is the district.
  EXPECT_TRUE(set->Classify(input, scratch).reasons.size() == 1U);
  input.hour = 7;
  EXPECT_TRUE(set->Classify(input, scratch).reasons.empty());
  input.hour = 6;
  input.channel = "email";
  EXPECT_TRUE(set->Classify(input, scratch).reasons.empty());
}

}  // namespace
}  // namespace minsheng::rules
