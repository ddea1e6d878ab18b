// SPDX-License-Identifier: Apache-2.0
#include "src/rules/reason_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace minsheng::rules {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::shared_ptr<const RuleSet> ReasonRules() {
  const Compiled c = RuleSet::Compile({{"categories.json", R"({"categories": [
          {"id": "urban", "name": "城市管理", "topics": [{"id": "urban.greening", "name": "园林绿化"},
              {"id": "urban.drainage", "name": "排水"}, {"id": "urban.traffic", "name": "交通设施"}]},
          {"id": "tourism", "name": "旅游", "topics": [{"id": "tourism.lodging", "name": "住宿"}]},
          {"id": "other", "name": "其他", "topics": [
              {"id": "other.courts", "name": "诉讼", "out_of_scope": true, "reply": "请向法院提出。"}]}]})"},
                                       {"r.json", R"([
        {"id": "g", "name": "绿化遮挡视线", "when": "树 ~20 挡住", "topic": "urban.greening", "weight": 6},
        {"id": "t", "name": "红绿灯", "when": "红绿灯", "topic": "urban.traffic", "weight": 2},
        {"id": "l", "name": "住宿", "when": "宾馆", "topic": "tourism.lodging", "weight": 6},
        {"id": "w", "name": "弱", "when": "井盖", "topic": "urban.drainage", "weight": 1},
        {"id": "f", "name": "房屋进水", "when": "家 ~8 进水", "topic": "urban.drainage", "weight": 6},
        {"id": "e", "name": "房屋进水", "when": "(家 | 屋) ~8 进水", "urgency": "emergency", "tags": ["flood"]},
        {"id": "c", "name": "法院", "when": "法院", "topic": "other.courts", "decisive": true},
        {"id": "h", "name": "上班时间", "when": "几点上班", "reply": "九点到十七点。"}])"}});
  for (const Problem& p : c.problems) EXPECT_NE(p.severity, Severity::kError) << Format(p, "en");
  return c.set;
}

std::string LineOf(const std::string& text, std::string_view language = "zh") {
  const auto set = ReasonRules();
  RuleSet::Scratch scratch;
  Input input;
  input.text = text;
  return OneLine(set->Classify(input, scratch), text, *set, language);
}

TEST(ReasonLine, NamesTheTopicTheWordsAsTheyStandAndTheRuleAndTheRunnerUp) {
  EXPECT_EQ(LineOf("路边的樹太高，挡住红绿灯"),
            "城市管理 › 园林绿化，把握 89%：“樹…挡住”（绿化遮挡视线）；其次：交通设施");
  EXPECT_EQ(LineOf("路边的樹太高，挡住红绿灯", "en"),
            "urban.greening, 89% sure: \"樹…挡住\" (绿化遮挡视线); next: urban.traffic");
}

TEST(ReasonLine, ANameSharedByTwoRulesStandsOnceBesideWhatBothDid) {
  EXPECT_EQ(LineOf("我家厨房进水了"), "城市管理 › 排水，把握 91%：“家…进水”（房屋进水）；特急、标签 flood");
}

TEST(ReasonLine, SaysWhyARequestGoesToTriage) {
  EXPECT_EQ(LineOf("树挡住了宾馆"),
            "旅游 › 住宿，把握 48%：“宾馆”（住宿）；待研判：与“城市管理 › 园林绿化”难分（6.0 比 6.0 分）");
  EXPECT_THAT(LineOf("井盖"), HasSubstr("；待研判：证据不够（1.0 分"));
  EXPECT_EQ(LineOf("你好"), "没有规则命中；待研判");
  EXPECT_EQ(LineOf("你好", "en"), "no rule matched; to triage");
  EXPECT_THAT(LineOf("屋里进水"), HasSubstr("没有规则指向哪个事项；特急、标签 flood：“屋…进水”（房屋进水）；待研判"));
  EXPECT_THAT(LineOf("树挡住了宾馆", "en"), HasSubstr("to triage: close to urban.greening (6.0 against 6.0 points)"));
}

TEST(ReasonLine, SaysWhatWasDecisiveAndWhatAnswered) {
  EXPECT_EQ(LineOf("法院判错了"), "其他 › 诉讼，决定性规则认定：“法院”（法院）；当场答复：该事项的标准答复");
  EXPECT_THAT(LineOf("你们几点上班"), HasSubstr("当场答复：规则“上班时间”"));
  EXPECT_THAT(LineOf("法院判错了", "en"), HasSubstr("decided by a decisive rule"));
}

TEST(ReasonLine, IsOneLineWhateverTheTextHolds) {
  const std::string line = LineOf("树\n把灯\r\n挡\n住了");
  EXPECT_EQ(line.find_first_of("\r\n\t"), std::string::npos) << line;
  EXPECT_THAT(line, HasSubstr("“树…挡 住”"));
}

std::string TreeOf(const std::string& text, std::string_view language, bool all) {
  const auto set = ReasonRules();
  RuleSet::Scratch scratch;
  Input input;
  input.text = text;
  return set->ExplainText(input, scratch, language, all);
}

TEST(ExplainText, ShowsWhichWordsHeldWhereAndHowFarApart) {
  const std::string tree = TreeOf("路边的樹太高，挡住红绿灯", "zh", false);
  EXPECT_THAT(tree, HasSubstr("✓ g 绿化遮挡视线  urban.greening +6.00\n"
                              "    ✓ 树 ~20 挡住  相距 3 字（最多 20）"));
  EXPECT_THAT(tree, HasSubstr("✓ 树  “樹”（第 4 字，即“树”）"));
  EXPECT_THAT(tree, HasSubstr("✓ 挡住  “挡住”（第 8 字）"));
  EXPECT_THAT(TreeOf("树挡住", "en", false), HasSubstr("0 characters apart (at most 20)"));
}

TEST(ExplainText, NamesRulesThatMissByOneClauseAndWhatIsMissing) {
  const std::string text = "树" + std::string(63, 'x') + "挡住，法院";
  EXPECT_THAT(TreeOf(text, "zh", false), HasSubstr("另有 1 条规则只差一处没有命中（--all 列出）"));
  const std::string all = TreeOf(text, "zh", true);
  EXPECT_THAT(all, HasSubstr("✗ g 绿化遮挡视线"));
  EXPECT_THAT(all, HasSubstr("✗ 树 ~20 挡住  最近相距 63 字，超过 20"));
  EXPECT_THAT(TreeOf("树很高", "zh", true), HasSubstr("✗ 挡住  没有出现"));
  EXPECT_THAT(all, Not(HasSubstr("✗ l 住宿"))) << "no word of it occurs";
}

TEST(ExplainText, DistancesAndTermsAreInTheJsonToo) {
  const auto set = ReasonRules();
  RuleSet::Scratch scratch;
  Input input;
  input.text = "樹挡住";
  const auto j = nlohmann::json::parse(set->Explain(input, scratch));
  const auto& near = j["rules"][0]["condition"];
  EXPECT_EQ(near["distances"][0]["found"], 0);
  EXPECT_EQ(near["distances"][0]["allowed"], 20);
  EXPECT_EQ(near["clauses"][0]["words"][0]["text"], "樹");
  EXPECT_EQ(near["clauses"][0]["words"][0]["term"], "树");
}

}  // namespace
}  // namespace minsheng::rules
