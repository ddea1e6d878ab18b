// SPDX-License-Identifier: Apache-2.0
#include "src/rules/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "src/rules/mining.h"
#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kSuggestTree = R"({"categories": [{"id": "urban", "name": "城市管理和建设", "topics": [
  {"id": "urban.sanitation", "name": "环卫"}, {"id": "urban.parking", "name": "停车"}, {"id": "urban.roads", "name": "道路"},
  {"id": "urban.power", "name": "供电"}]}, {"id": "social", "name": "社保", "topics": [{"id": "social.pay", "name": "工资"}]}]})";
constexpr std::string_view kPlaceNames = R"([{"id": "xin", "name": "新丰镇"}])";
constexpr std::string_view kBase = R"([
  {"id": "pay", "name": "工资", "when": "工资", "topic": "social.pay", "weight": 8},
  {"id": "road", "name": "道路", "when": "道路", "topic": "urban.roads", "weight": 8},
  {"id": "power", "name": "报装", "when": "报装", "topic": "urban.power", "weight": 8}])";

StopWords Stop() {
  std::ifstream in(std::string(MINSHENG_SOURCE_DIR) + "/config/stop-words.json");
  const std::string json(std::istreambuf_iterator<char>(in), {});
  const auto stop = ReadStopWords(json);
  EXPECT_TRUE(stop) << stop.error().what;
  return stop.value_or(StopWords{});
}

struct Desk {
  std::vector<SourceFile> files = {{"categories.json", std::string(kSuggestTree)},
                                   {"places.json", std::string(kPlaceNames)},
                                   {"rules.json", std::string(kBase)}};
  std::vector<HistoryCase> cases;

  void Add(std::string text, std::string label = "", std::string citizen = "") {
    HistoryCase c;
    c.id = "r" + std::to_string(cases.size());
    c.text = std::move(text);
    c.label = std::move(label);
    c.citizen = std::move(citizen);
    cases.push_back(std::move(c));
  }
  Suggestions Run(int threads = 1, int min_support = 3) const {
    const auto compiled = RuleSet::Compile(files);
    EXPECT_NE(compiled.set, nullptr);
    SuggestOptions options;
    options.threads = threads;
    options.min_support = min_support;
    return Suggest(files, *compiled.set, cases, Stop(), options);
  }
};

Desk Lockers() {
  Desk d;
  d.Add("门口的取餐柜脏得很，电话13812345678", "urban.sanitation");
  d.Add("取餐柜底下都是油", "urban.sanitation");
  d.Add("王二麻的取餐柜臭", "urban.sanitation");
  d.Add("楼下那个取餐柜剩饭放了三天", "urban.sanitation");
  d.Add("取餐柜老板欠我工资");
  for (int i = 0; i < 8; ++i) d.Add("道路坑洼第" + std::to_string(i));
  return d;
}

TEST(SuggestTest, AWordCommonInTheCorrectedAndRareElsewhereBecomesARuleWithItsReplay) {
  const Suggestions found = Lockers().Run();
  EXPECT_EQ(found.requests, 13);
  EXPECT_EQ(found.labelled, 4);
  EXPECT_EQ(found.misjudged, 4);  // nothing matched: triage
  ASSERT_EQ(found.items.size(), 1U);
  const Suggestion& s = found.items[0];
  EXPECT_EQ(s.when, "取餐柜");
  EXPECT_EQ(s.topic, "urban.sanitation");
  EXPECT_EQ(s.id, "urban.sanitation.suggested-1");
  EXPECT_EQ(s.weight, 2);  // with less evidence than min_evidence they would stay in triage
  EXPECT_EQ(s.support, 4);
  EXPECT_EQ(s.citizens, 4);
  EXPECT_EQ(s.agreeing, 0);
  EXPECT_EQ(s.against, 1);
  EXPECT_EQ(s.unknown, 0);
  EXPECT_EQ(s.wins, 4);
  EXPECT_EQ(s.losses, 0);
  EXPECT_EQ(s.moved, 0);  // 8 points for the wages still decide
  ASSERT_EQ(s.counter_examples.size(), 1U);
  EXPECT_EQ(s.counter_examples[0].id, "r4");
  EXPECT_EQ(s.counter_examples[0].topic, "social.pay");
  EXPECT_FALSE(s.counter_examples[0].by_person);
}

TEST(SuggestTest, TheSuggestedFileCompilesBesideTheRulesAndDoesWhatWasForetold) {
  Desk d = Lockers();
  const Suggestions found = d.Run();
  d.files.push_back({"suggested.json", RuleFileOf(found.items)});
  const auto with = RuleSet::Compile(d.files);
  ASSERT_NE(with.set, nullptr);
  RuleSet::Scratch scratch;
  int right = 0;
  for (const auto& c : d.cases) {
    if (c.label.empty()) continue;
    right += StandingOf(JudgementOf(with.set->Classify(c.AsInput(), scratch)), c.label) == Standing::kRight ? 1 : 0;
  }
  EXPECT_EQ(right, found.items[0].wins);
  EXPECT_THAT(d.Run().items, IsEmpty());  // nothing is left to explain
}

TEST(SuggestTest, OneCitizenWhoWritesOftenIsNotFour) {
  Desk d = Lockers();
  for (auto& c : d.cases) c.citizen = c.label.empty() ? c.id : "the same";
  EXPECT_THAT(d.Run().items, IsEmpty());
}

TEST(SuggestTest, TwoWordsThatAreCommonElsewhereBecomeARuleWhereTheyStandNearEachOther) {
  Desk d;
  for (const char* text : {"充电桩又被占用", "充电桩被占用", "充电桩车位被人占用", "充电桩老是占用", "充电桩天天占用"})
    d.Add(text, "urban.parking");
  for (int i = 0; i < 6; ++i) d.Add("充电桩报装要几天" + std::to_string(i));
  for (int i = 0; i < 6; ++i) d.Add("道路被占用" + std::to_string(i));
  const Suggestions found = d.Run();
  ASSERT_EQ(found.items.size(), 1U);
  EXPECT_THAT(found.items[0].when, ::testing::AnyOf("充电桩 ~5 占用", "占用 ~5 充电桩"));
  EXPECT_EQ(found.items[0].support, 5);
  EXPECT_EQ(found.items[0].against, 0);
  EXPECT_EQ(found.items[0].wins, 5);
  ASSERT_EQ(found.items[0].no.size(), 1U);  // one of the words alone
}

TEST(SuggestTest, NothingThatFewerCitizensWroteStandsInAnExample) {
  Desk d = Lockers();
  for (int i = 0; i < 3; ++i) d.Add("小区取餐柜没人打扫" + std::to_string(i), "urban.sanitation");
  d.Add("小区取餐柜张三丰没人打扫", "urban.sanitation");
  const Suggestions found = d.Run();
  ASSERT_FALSE(found.items.empty());
  std::string all = RuleFileOf(found.items);
  EXPECT_THAT(found.items[0].yes, Not(IsEmpty()));
  for (const char* secret : {"王二麻", "二麻", "张三丰", "三丰", "1381", "5678"})
    EXPECT_THAT(all, Not(HasSubstr(secret)));
  EXPECT_THAT(all, HasSubstr("小区取餐柜没人打扫"));  // four citizens wrote it
}

TEST(SuggestTest, ARuleThatWouldBreakAGoldenCaseIsNotSuggested) {
  Desk d = Lockers();
  d.files.push_back({"golden/g.json", R"([{"id": "g", "text": "取餐柜", "triage": true}])"});
  EXPECT_THAT(d.Run().items, IsEmpty());
}

TEST(SuggestTest, ChanceAloneSuggestsNothing) {
  // Every word is as common among the corrected as elsewhere.
  Desk d;
  const std::vector<std::string> words = {"窗帘", "石榴", "鹦鹉", "脚踏车", "煤炉", "鱼塘"};
  for (std::size_t i = 0; i < 60; ++i) {
    const auto text = words[i % words.size()] + "和" + words[i / 7 % words.size()];
    d.Add(i % 5 == 0 ? text : text + "道路", i % 5 == 0 ? "urban.parking" : "");
  }
  EXPECT_THAT(d.Run().items, IsEmpty());
}

TEST(SuggestTest, TheSameCasesGiveTheSameSuggestionsOnAnyNumberOfThreads) {
  Desk d = Lockers();
  for (const char* text : {"充电桩又被占用", "充电桩被占用", "充电桩车位被人占用", "充电桩老是占用"})
    d.Add(text, "urban.parking");
  const auto one = d.Run(1);
  EXPECT_EQ(one.items.size(), 2U);
  EXPECT_EQ(one.items, d.Run(2).items);
  EXPECT_EQ(one.items, d.Run(5).items);
}

TEST(SuggestTest, ItEndsEmptyHandedWhenItsCallerSaysSo) {
  const Desk d = Lockers();
  const auto compiled = RuleSet::Compile(d.files);
  SuggestOptions options;
  options.go_on = [] { return false; };
  EXPECT_THAT(Suggest(d.files, *compiled.set, d.cases, Stop(), options).items, IsEmpty());
}

TEST(TermsTest, PersonalNumbersPlacesAndWhatIsNoChineseCharacterAreCutOut) {
  const TermTexts terms({"新丰镇"});
  const auto text = terms.Of("我在新丰镇，电话 13812345678，ETC坏了");
  std::u16string shown;
  for (const char16_t u : text) shown += u == 0 ? u'-' : u;
  EXPECT_EQ(text::ToUtf8(shown), "我在----电话---------------坏了");
}

TEST(TermsTest, APieceOfALongerWordIsNoWord) {
  TermCounts counts;
  for (int i = 0; i < 4; ++i) counts.Add(text::FoldToUnits("取餐柜"), std::to_string(i));
  counts.Add(text::FoldToUnits("道闸"), "4");
  counts.Add(text::FoldToUnits("道闸坏"), "5");
  counts.Keep(2);
  const auto all_cohere = [](std::u16string_view) { return true; };
  EXPECT_THAT(WordsOf(counts, Stop(), all_cohere), ElementsAre(u"取餐柜", u"道闸"));
  EXPECT_EQ(counts.CitizensOf(u"取餐柜"), 4U);
  EXPECT_EQ(counts.CitizensOf(u"道闸坏"), 0U);  // one citizen's only
}

TEST(TermsTest, StopWordsSayWhatIsNoTermAndABrokenListIsAnError) {
  const StopWords stop = Stop();
  for (const char16_t* word : {u"希望", u"的取餐柜", u"取餐柜的", u"尊敬的", u"王局长"})
    EXPECT_FALSE(stop.Allows(word)) << text::ToUtf8(word);
  EXPECT_TRUE(stop.Allows(u"取餐柜"));
  EXPECT_EQ(ReadStopWords(R"({"words": [3]})").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ReadStopWords("{").error().kind, ErrorKind::kInvalid);
}

TEST(MiningTest, IsWrittenInTheRuleLanguage) {
  EXPECT_EQ((MinedCondition{{u"取餐柜", u"餐盒"}, {}}).When(), "取餐柜 | 餐盒");
  EXPECT_EQ((MinedCondition{{u"取餐柜", u"餐盒"}, {u"打扫"}, 8}).When(), "(取餐柜 | 餐盒) ~8 打扫");
  EXPECT_EQ((MinedCondition{{u"取餐柜"}, {u"打扫", u"臭味"}}).When(), "取餐柜 & (打扫 | 臭味)");
}

}  // namespace
}  // namespace minsheng::rules
