// SPDX-License-Identifier: Apache-2.0
// Learning a lexicon: invented texts about three made-up matters.
#include "src/rules/learn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/rules/learn_score.h"
#include "src/rules/linear.h"

namespace minsheng::rules {
namespace {

std::vector<SourceFile> LearnFiles() {
  return {{"categories.json", R"({"categories": [
            {"id": "urban", "name": "城", "general": "urban.other", "topics": [
              {"id": "urban.lamp", "name": "灯"}, {"id": "urban.other", "name": "其他"}]},
            {"id": "rural", "name": "乡", "general": "rural.other", "topics": [{"id": "rural.other", "name": "其他"}]},
            {"id": "bare", "name": "无", "topics": [{"id": "bare.one", "name": "一"}]}]})"},
          {"settings.json", R"({"threshold": 0.5, "min_evidence": 1})"},
          {"rules.json", R"([{"id": "lamp", "name": "灯", "when": "路灯", "topic": "urban.lamp", "weight": 4,
                              "examples": {"yes": ["路灯不亮"]}}])"},
          {"golden/a.json", R"([{"id": "g", "text": "路灯不亮", "topic": "urban.lamp"}])"}};
}

// 小区 and 电梯 tell urban, 水稻 and 灌溉 rural; the rest is noise that both share.
std::vector<LabelledText> LearnTexts() {
  const std::vector<std::string> urban = {"小区", "电梯", "小区电梯"};
  const std::vector<std::string> rural = {"水稻", "灌溉", "水稻灌溉"};
  const std::vector<std::string> noise = {"，天气热。", "，路很远。", "，心里急。", "，谢谢啦。"};
  std::vector<LabelledText> out;
  for (int i = 0; i < 24; ++i) {
    const auto at = static_cast<std::size_t>(i);
    out.push_back({"u" + std::to_string(i), urban[at % 3] + noise[at % 4], {"urban"}, false, {}});
    out.push_back({"r" + std::to_string(i), rural[at % 3] + noise[at % 4], {"rural"}, false, {}});
  }
  return out;
}

Lexicon LearnFrom(const std::vector<LabelledText>& texts, const LearnOptions& options = {}) {
  const auto lessons = Prepare(LearnFiles(), texts, options);
  EXPECT_TRUE(lessons) << lessons.error().what;
  if (!lessons) return {};
  const auto lexicon = LearnLexicon(*lessons, options);
  EXPECT_TRUE(lexicon) << lexicon.error().what;
  return lexicon ? *lexicon : Lexicon{};
}

TEST(LinearTest, TwoSidesArePulledApartAlikeAndOneSideTeachesNothing) {
  const std::vector<LinearRow> rows = {{{{0, 1}}, true}, {{{1, 1}}, false}};
  const LinearModel m = TrainLogistic(rows, 2, 1, 1);
  EXPECT_GT(m.weights[0], 0.1);
  EXPECT_NEAR(m.weights[0], -m.weights[1], 1e-3);
  EXPECT_NEAR(m.bias, 0, 1e-3);
  const LinearModel turned =
      TrainLogistic({rows[1], rows[0]}, 2, 1, 1);  // the first class seen does not decide the sign
  EXPECT_NEAR(turned.weights[0], m.weights[0], 1e-3);
  const LinearModel none = TrainLogistic({rows[0]}, 2, 1, 1);
  EXPECT_EQ(none.weights, (std::vector<double>{0, 0}));
  EXPECT_EQ(TrainLogistic({}, 1, 1, 1).bias, 0);
}

TEST(LinearTest, AWeightIsTheOneThatMinimisesTheLoss) {
  // One feature that is always 1 and no part in the bias' way: with w = b by symmetry, 2 positive and 1 negative
  // row and cost C the minimum of w^2 + C (2 ln(1+e^-2w) + ln(1+e^2w)) has w = C (2/(1+e^2w) - 1/(1+e^-2w)).
  const LinearModel m = TrainLogistic({{{{0, 1}}, true}, {{{0, 1}}, true}, {{{0, 1}}, false}}, 1, 1, 1);
  const double w = m.weights[0];
  EXPECT_NEAR(w, 2 / (1 + std::exp(2 * w)) - 1 / (1 + std::exp(-2 * w)), 1e-3);
  EXPECT_NEAR(m.bias, w, 1e-3);
}

TEST(LearnTermsTest, PiecesAreRunsOfOneToFourChineseCharactersOfTheFoldedText) {
  std::vector<std::string> found;
  for (const Piece p : PiecesOf("路燈，A壞\n了", 100)) found.push_back(ToText(p));
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<std::string>{"了", "坏", "坏了", "灯", "路", "路灯"}));
  EXPECT_TRUE(PiecesOf("ABC 123 。", 100).empty());
  EXPECT_EQ(PiecesOf("路灯坏", 2).size(), 3U);  // beyond the limit nothing is looked at
}

TEST(LearnTermsTest, ChiSquareIsThatOfTheTableByHand) {
  // 10 with both, 5 with the piece only, 10 with the label only, 25 with neither: 50 (10*25-5*10)^2 / (15*35*20*30).
  EXPECT_NEAR(ChiSquare(10, 15, 20, 50), 50.0 * 200 * 200 / (15.0 * 35 * 20 * 30), 1e-9);
  EXPECT_EQ(ChiSquare(0, 0, 20, 50), 0);
}

TEST(LearnTermsTest, FragmentsGrammarAndTitledNamesAreNoTerms) {
  std::vector<std::vector<Piece>> texts;
  std::vector<std::uint32_t> labels;
  for (std::uint32_t i = 0; i < 40; ++i) {
    texts.push_back(PiecesOf(i % 2 == 0 ? "教育局，钱局长，路的灯" : "天气，晴空", 100));
    labels.push_back(i % 2);
  }
  std::vector<std::string> found;
  for (const Piece p : ChoosePieces(texts, labels, 2, {})) found.push_back(ToText(p));
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<std::string>{"天气", "教育局", "晴空"}));
}

TEST(LearnTermsTest, AShorterPieceIsInALongerOneOnlyAsAWhole) {
  const auto piece = [](std::string_view text) {
    Piece best = 0;
    for (const Piece p : PiecesOf(text, 10)) best = LengthOf(p) > LengthOf(best) ? p : best;
    return best;
  };
  EXPECT_TRUE(Covers(piece("社区医院"), piece("区医")));
  EXPECT_TRUE(Covers(piece("社区医院"), piece("社区医院")));
  EXPECT_FALSE(Covers(piece("社区医院"), piece("社院")));
  EXPECT_FALSE(Covers(piece("医院"), piece("社区医院")));
}

TEST(LearnTest, TheWordsThatTellLabelsApartAreLearnedAndSharedOnesAreNot) {
  const Lexicon lexicon = LearnFrom(LearnTexts());
  ASSERT_EQ(lexicon.count("urban"), 1U);
  const auto& urban = lexicon.at("urban");
  ASSERT_EQ(urban.count("电梯"), 1U);
  EXPECT_GT(urban.at("电梯"), 0);
  ASSERT_EQ(urban.count("灌溉"), 1U);
  EXPECT_LT(urban.at("灌溉"), 0);
  EXPECT_EQ(urban.count("天气"), 0U);
}

TEST(LearnTest, TheSameTextsInAnyOrderGiveTheSameBytes) {
  std::vector<LabelledText> texts = LearnTexts();
  const std::string first = ToFile(LearnFrom(texts));
  std::reverse(texts.begin(), texts.end());
  EXPECT_EQ(ToFile(LearnFrom(texts)), first);
  EXPECT_GT(first.size(), 50U);
}

TEST(LearnTest, WeakTermsAreLeftOutAndAtMostSoManyAreKept) {
  LearnOptions few;
  few.terms = 1;
  for (const auto& [label, terms] : LearnFrom(LearnTexts(), few)) EXPECT_EQ(terms.size(), 1U) << label;
  LearnOptions strict;
  strict.least = 50;
  EXPECT_TRUE(LearnFrom(LearnTexts(), strict).empty());
}

TEST(LearnTest, WhatTheRulesKnowAlreadyIsWorthLessThanWhatTheyDoNot) {
  std::vector<LabelledText> texts = LearnTexts();
  for (LabelledText& t : texts) {
    if (t.labels.front() == "urban" && t.text.find("电梯") != std::string::npos) t.text += "路灯";
  }
  EXPECT_LT(LearnFrom(texts).at("urban")["电梯"], LearnFrom(LearnTexts()).at("urban")["电梯"]);
}

TEST(LearnTest, TheFileIsReadableDataThatARuleSetTakes) {
  const Lexicon lexicon = LearnFrom(LearnTexts());
  const std::string file = ToFile(lexicon);
  const auto json = nlohmann::json::parse(file);
  EXPECT_EQ(json.size(), lexicon.size());
  EXPECT_EQ(static_cast<std::size_t>(std::count(file.begin(), file.end(), '\n')),
            2 + 2 * lexicon.size() + lexicon.at("urban").size() + lexicon.at("rural").size());
  const auto compiled = RuleSet::Compile(WithLexicon(LearnFiles(), lexicon));
  ASSERT_TRUE(compiled.set);
  RuleSet::Scratch scratch;
  Input input;
  input.text = "电梯";
  const Verdict v = compiled.set->Classify(input, scratch);
  EXPECT_EQ(v.category, "urban");
  ASSERT_EQ(v.reasons.size(), 1U);
  EXPECT_EQ(v.reasons[0].rule, "lexicon");
  EXPECT_NE(v.reasons[0].clause.find("电梯 +"), std::string::npos);
}

TEST(LearnTest, AnUncertainLabelIsSettledByTheRulesOrLeftOut) {
  std::vector<LabelledText> texts = LearnTexts();
  texts.push_back({"a", "路灯", {"rural"}, true, {}});           // the rules are sure of another: left out
  texts.push_back({"b", "路灯", {"rural", "urban"}, true, {}});  // sure of one of them: that
  texts.push_back({"c", "晴空", {"rural", "urban"}, true, {}});  // sure of nothing, two to choose from: left out
  texts.push_back({"d", "晴空", {"rural"}, true, {}});           // sure of nothing, one label: that
  LearnOptions options;
  options.sure = 0.5;
  const auto lessons = Prepare(LearnFiles(), texts, options);
  ASSERT_TRUE(lessons);
  EXPECT_EQ(lessons->left_out, 2U);
  std::map<std::string, std::string> label;
  for (const Lesson& l : lessons->items) label[texts[l.text].id] = lessons->labels[l.label];
  EXPECT_EQ(label["b"], "urban");
  EXPECT_EQ(label["d"], "rural");
  EXPECT_EQ(label.count("a") + label.count("c"), 0U);
}

TEST(LearnTest, ATopicCountsAsItsCategoryUnlessTopicsAreWanted) {
  std::vector<LabelledText> texts = LearnTexts();
  for (LabelledText& t : texts) {
    if (t.labels.front() == "urban") t.labels = {"urban.lamp"};
  }
  EXPECT_EQ(LearnFrom(texts).count("urban"), 1U);
  LearnOptions topics;
  topics.by_topic = true;
  EXPECT_EQ(LearnFrom(texts, topics).count("urban.lamp"), 1U);
}

TEST(LearnTest, NothingOneClassAndUnknownLabelsAreErrorsThatNameTheRemedy) {
  const LearnOptions options;
  EXPECT_FALSE(Prepare(LearnFiles(), {}, options));
  std::vector<LabelledText> texts = LearnTexts();
  texts[3].labels = {"urbn"};
  const auto unknown = Prepare(LearnFiles(), texts, options);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().what.find("urbn"), std::string::npos);
  texts[3].labels = {"bare"};  // has no general topic that could take the evidence
  EXPECT_FALSE(Prepare(LearnFiles(), texts, options));
  std::vector<LabelledText> one;
  for (const LabelledText& t : LearnTexts()) {
    if (t.labels.front() == "urban") one.push_back(t);
  }
  const auto lessons = Prepare(LearnFiles(), one, options);
  ASSERT_TRUE(lessons);
  const auto lexicon = LearnLexicon(*lessons, options);
  ASSERT_FALSE(lexicon);
  EXPECT_EQ(lexicon.error().kind, ErrorKind::kInvalid);
}

TEST(LearnTest, ATextOfTenMegabytesIsLookedAtOnlyInItsBeginning) {
  std::vector<LabelledText> texts = LearnTexts();
  std::string big = "小区电梯，";
  for (int i = 0; i < 700000; ++i) big += "田地鱼塘，";
  ASSERT_GT(big.size(), 10000000U);
  EXPECT_LE(PiecesOf(big, LearnOptions{}.max_chars).size(), 30U);
  texts.push_back({"big", std::move(big), {"urban"}, false, {}});
  EXPECT_FALSE(LearnFrom(texts).empty());
}

TEST(LearnScoreTest, FiguresAreThoseCountedByHand) {
  const auto outcome = [](std::string label, std::string found, bool accepted, bool triage) {
    Outcome o;
    o.category = std::move(label), o.found = std::move(found), o.accepted = accepted, o.triage = triage;
    return o;
  };
  const Score s = ScoreOf({outcome("urban", "urban", true, false), outcome("urban", "rural", false, false),
                           outcome("rural", "rural", true, true), outcome("rural", "urban", true, false),
                           outcome("rural", "", false, true)});
  EXPECT_EQ(s.texts, 5U);
  EXPECT_EQ(s.strict, 2U);
  EXPECT_EQ(s.accepted, 3U);
  EXPECT_EQ(s.triage, 2U);
  EXPECT_EQ(s.decided_accepted, 2U);
  EXPECT_DOUBLE_EQ(s.classes.at("urban").F1(), 2.0 * 1 / (2 + 2));  // 1 hit, 2 found, 2 gold
  EXPECT_DOUBLE_EQ(s.classes.at("rural").F1(), 2.0 * 1 / (2 + 3));  // 1 hit, 2 found, 3 gold
  EXPECT_DOUBLE_EQ(s.MacroF1(), (0.5 + 0.4) / 2);
  EXPECT_EQ(ScoreOf({}).MacroF1(), 0);
}

TEST(LearnScoreTest, EveryTextIsJudgedOnceByALexiconThatHasNotSeenIt) {
  std::vector<LabelledText> texts = LearnTexts();
  // A word that occurs in one fold only cannot be known when that fold is judged.
  int alone = 0;
  for (LabelledText& t : texts) {
    t.text = t.labels.front() == "urban" ? "小区" : "水稻";
    if (FoldOf(t.id, 4) == 0 && t.labels.front() == "urban") t.text = "红砖墙", ++alone;
  }
  ASSERT_GT(alone, 0);
  LearnOptions options;
  options.pieces.min_texts = 2;
  options.least_label = 3;
  const auto lessons = Prepare(LearnFiles(), texts, options);
  ASSERT_TRUE(lessons);
  const auto v = CrossValidate(LearnFiles(), texts, *lessons, options, 4);
  ASSERT_TRUE(v) << v.error().what;
  EXPECT_EQ(v->rules.size(), texts.size());
  EXPECT_EQ(v->lexicon.size(), texts.size());
  const auto unfound = std::count_if(v->lexicon.begin(), v->lexicon.end(),
                                     [](const Outcome& o) { return o.category == "urban" && o.found != "urban"; });
  EXPECT_EQ(unfound, alone);
  EXPECT_EQ(ScoreOf(v->rules).strict, 0U);
  EXPECT_EQ(ScoreOf(v->lexicon).strict, texts.size() - static_cast<std::size_t>(alone));
}

TEST(LearnScoreTest, FoldsHangOnTheIdAlone) {
  // First four bytes of SHA-256("abc"), ba7816bf, modulo 5.
  EXPECT_EQ(FoldOf("abc", 5), static_cast<int>(0xba7816bfU % 5));
  std::vector<int> sizes(5, 0);
  for (int i = 0; i < 1000; ++i) ++sizes[static_cast<std::size_t>(FoldOf("id" + std::to_string(i), 5))];
  for (const int n : sizes) EXPECT_GT(n, 150);
}

}  // namespace
}  // namespace minsheng::rules
