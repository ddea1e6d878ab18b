// SPDX-License-Identifier: Apache-2.0
#include "src/rules/calibrate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "src/rules/rule_set.h"

namespace minsheng::rules {
namespace {

TEST(ConfidenceTest, IsTheLogisticOfMarginAndEvidence) {
  Settings s;
  s.bias = -1, s.margin = 2, s.evidence = 0.5, s.evidence_cap = 6, s.within_category = 0.25, s.topic_power = 4;
  const Certainty c = CertaintyOf(s, {10, 5, 0});
  EXPECT_NEAR(c.category, 1 / (1 + std::exp(-(-1 + 2 * 0.5 + 0.5 * std::log(7.0)))), 1e-4);
  EXPECT_EQ(c.topic, c.category);
  EXPECT_EQ(CertaintyOf(s, {0, 5, 0}).category, 0);
  EXPECT_DOUBLE_EQ(FiguresOf(s, {10, 1, 8}).margin, 0.8);  // the kin counts a quarter: 2 against 1
}

TEST(ConfidenceTest, ATopicThatTiesWithItsKinHasHalfTheChance) {
  Settings s;
  s.topic_power = 4;
  const Certainty tie = CertaintyOf(s, {10, 0, 10});
  EXPECT_NEAR(tie.topic, tie.category / 2, 1e-4);
  const Certainty ahead = CertaintyOf(s, {10, 0, 5});
  EXPECT_NEAR(ahead.topic, ahead.category / (1 + std::pow(0.5, 4)), 1e-4);
  EXPECT_GT(ahead.topic, tie.topic);
  s.topic_power = 0;
  const Certainty off = CertaintyOf(s, {10, 0, 10});
  EXPECT_EQ(off.topic, off.category);
}

TEST(ConfidenceTest, ATieWithinACategoryGoesToTriageWithBothTopicsShown) {
  const std::vector<SourceFile> files = {
      {"categories.json", R"({"categories": [{"id": "u", "name": "城", "topics": [
        {"id": "u.a", "name": "甲"}, {"id": "u.b", "name": "乙"}]}]})"},
      {"settings.json", R"({"threshold": 0.5, "topic_threshold": 0.5, "min_evidence": 1})"},
      {"rules.json",
       R"([{"id": "a", "name": "甲", "when": "路灯", "topic": "u.a", "weight": 5, "examples": {"yes": ["路灯"]}},
                         {"id": "b", "name": "乙", "when": "井盖", "topic": "u.b", "weight": 5, "examples": {"yes": ["井盖"]}}])"}};
  const auto compiled = RuleSet::Compile(files);
  ASSERT_TRUE(compiled.set);
  RuleSet::Scratch scratch;
  Input both;
  both.text = "路灯和井盖";
  const Verdict tie = compiled.set->Classify(both, scratch);
  EXPECT_GT(tie.confidence, 0.5);
  EXPECT_LT(tie.topic_confidence, 0.5);
  EXPECT_TRUE(tie.triage);
  EXPECT_EQ(tie.topic + tie.runner_up, "u.au.b");
  Input one;
  one.text = "路灯";
  EXPECT_FALSE(compiled.set->Classify(one, scratch).triage);
}

// 200 verdicts whose truth is a known logistic curve, in exact shares.
std::vector<CalibrationCase> KnownCases() {
  std::vector<CalibrationCase> cases;
  for (const double margin : {0.1, 0.5, 0.9}) {
    const int right = static_cast<int>(std::lround(100 / (1 + std::exp(-(-1 + 3 * margin)))));
    for (int i = 0; i < 100; ++i) cases.push_back({{margin, 1.0}, i < right});
  }
  return cases;
}

TEST(CalibrateTest, TheFitSaysWhatHappened) {
  const auto fit = FitCalibration(KnownCases());
  ASSERT_TRUE(fit);
  for (const double margin : {0.1, 0.5, 0.9}) {
    EXPECT_NEAR(fit->Confidence({margin, 1.0}), 1 / (1 + std::exp(-(-1 + 3 * margin))), 0.02) << margin;
  }
  const auto again = FitCalibration(KnownCases());
  EXPECT_EQ(again->bias, fit->bias);
}

TEST(CalibrateTest, MoreMarginNeverMakesLessSure) {
  std::vector<CalibrationCase> cases = KnownCases();
  for (CalibrationCase& c : cases) c.right = !c.right;
  const auto fit = FitCalibration(cases);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->margin, 0);
}

TEST(CalibrateTest, TooFewCasesOrOnlyRightOnesAreRefused) {
  EXPECT_FALSE(FitCalibration({}));
  std::vector<CalibrationCase> all_right(100, {{0.5, 1}, true});
  EXPECT_FALSE(FitCalibration(all_right));
}

TEST(CalibrateTest, ReliabilityIsCountedByHand) {
  const auto rows = Reliability({0.55, 0.58, 0.96, 0.96, 1.0}, {true, false, true, true, true});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].cases, 2U);
  EXPECT_EQ(rows[0].right, 1U);
  EXPECT_NEAR(rows[0].promised, 0.565, 1e-12);
  EXPECT_EQ(rows[1].cases, 2U);
  EXPECT_EQ(rows[2].cases, 1U);  // 1.0 belongs to the last row
  EXPECT_NEAR(MeanGap(rows), (std::abs(1.13 - 1) + std::abs(1.92 - 2) + 0) / 5, 1e-12);
  EXPECT_EQ(MeanGap({}), 0);
}

TEST(CalibrateTest, OnlyTheThreeFiguresOfTheSettingsChange) {
  const auto out =
      WithCalibration(R"({"threshold": 0.8, "calibration": {"bias": 1, "evidence_cap": 8}})", {-2.5, 3, 0.25});
  ASSERT_TRUE(out);
  EXPECT_EQ(
      nlohmann::json::parse(*out),
      nlohmann::json::parse(
          R"({"threshold": 0.8, "calibration": {"bias": -2.5, "evidence_cap": 8, "margin": 3.0, "evidence": 0.25}})"));
  EXPECT_FALSE(WithCalibration("[1", {}));
  EXPECT_FALSE(WithCalibration(R"({"calibration": 3})", {}));
}

}  // namespace
}  // namespace minsheng::rules
