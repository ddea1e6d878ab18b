// SPDX-License-Identifier: Apache-2.0
#include "src/rules/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minsheng::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Canonical(std::string_view source) {
  std::vector<SyntaxProblem> problems;
  const Condition c = ParseCondition(source, &problems);
  return problems.empty() ? PrintCondition(c) : "problem: " + problems[0].en;
}

// "code@byte" of each problem.
std::vector<std::string> ProblemsOf(std::string_view source) {
  std::vector<SyntaxProblem> problems;
  ParseCondition(source, &problems);
  std::vector<std::string> out;
  for (const SyntaxProblem& p : problems) {
    EXPECT_FALSE(p.zh.empty());
    EXPECT_FALSE(p.en.empty());
    out.push_back(p.code + "@" + std::to_string(p.at));
  }
  return out;
}

std::string Normal(std::string_view source) {
  std::vector<SyntaxProblem> problems;
  return NormalForm(ParseCondition(source, &problems));
}

TEST(ConditionTest, NotBindsTighterThanNearThanAndThanOr) {
  EXPECT_EQ(Canonical("a | b & c ~5 d"), R"("a" | "b" & "c" ~5 "d")");
  EXPECT_EQ(Canonical("(a | b) & !c"), R"(("a" | "b") & !"c")");
  EXPECT_EQ(Canonical("a | (b & (c ~5 d))"), R"("a" | "b" & "c" ~5 "d")");
  EXPECT_EQ(Canonical("!(a & b) & c"), R"(!("a" & "b") & "c")");
  EXPECT_EQ(Canonical("((a | b)) | c"), R"("a" | "b" | "c")");
}

TEST(ConditionTest, ChainsOfNearKeepTheirGaps) {
  EXPECT_EQ(Canonical("甲 ~5 (乙 | @丙) ~8 丁"), R"("甲" ~5 ("乙" | @丙) ~8 "丁")");
  EXPECT_EQ(Canonical("甲~0乙"), R"("甲" ~0 "乙")");
}

TEST(ConditionTest, FullWidthOperatorsMeanTheSame) {
  EXPECT_EQ(Canonical("（树｜石楠）～20（遮挡）＆！“好 看”"), R"(("树" | "石楠") ~20 "遮挡" & !"好 看")");
  EXPECT_EQ(Canonical("树 & channel：wechat，phone"), R"("树" & channel:wechat,phone)");
}

TEST(ConditionTest, EveryKindOfLeafIsReadAndPrinted) {
  EXPECT_EQ(Canonical(R"("a \"b\" \\ c" & /x\/y[0-9]+/ & @list)"), R"("a \"b\" \\ c" & /x\/y[0-9]+/ & @list)");
  EXPECT_EQ(Canonical("line:12345 & type: help,report & place:p.a & hour:22-6,12 & length<80 & 树"),
            R"(line:12345 & type:help,report & place:p.a & hour:22-6,12 & length<80 & "树")");
}

TEST(ConditionTest, AllProblemsAreReportedInOrderOfPlace) {
  EXPECT_THAT(ProblemsOf("a b | (c & | d"), ElementsAre("missing-operator@2", "syntax@6", "syntax@11"));
  EXPECT_THAT(ProblemsOf("a ~ b | c ~999 d | \"\""), ElementsAre("syntax@2", "out-of-range@10", "empty-term@19"));
  EXPECT_THAT(ProblemsOf("colour:red | a,b"), ElementsAre("unknown-field@0", "syntax@14", "missing-operator@15"));
}

TEST(ConditionTest, WhatCannotBeACondition) {
  EXPECT_THAT(ProblemsOf(""), ElementsAre("empty-condition@0"));
  EXPECT_THAT(ProblemsOf("  \n"), ElementsAre("empty-condition@0"));
  EXPECT_THAT(ProblemsOf("a)"), ElementsAre("syntax@1"));
  EXPECT_THAT(ProblemsOf("a &"), ElementsAre("syntax@3"));
  EXPECT_THAT(ProblemsOf("| a"), ElementsAre("syntax@0"));
  EXPECT_THAT(ProblemsOf("a && b"), ElementsAre("syntax@2"));
  EXPECT_THAT(ProblemsOf("\"a"), ElementsAre("syntax@0"));
  EXPECT_THAT(ProblemsOf("/a"), ElementsAre("syntax@0"));
  EXPECT_THAT(ProblemsOf("@ & a"), ElementsAre("syntax@0"));
  EXPECT_THAT(ProblemsOf("“　”"), ElementsAre("empty-term@0"));
  EXPECT_THAT(ProblemsOf("好吗？"), ElementsAre("syntax@6"));
}

TEST(ConditionTest, OperandsOfNearAreTermsListsOrAlternativesOfThem) {
  EXPECT_THAT(ProblemsOf("(a & b) ~5 c"), ElementsAre("near-operand@0"));
  EXPECT_THAT(ProblemsOf("!a ~5 b"), ElementsAre("near-operand@0"));
  EXPECT_THAT(ProblemsOf("a ~5 /bc/"), ElementsAre("near-operand@5"));
  EXPECT_THAT(ProblemsOf("(a ~2 b) ~5 c"), ElementsAre("near-operand@0"));
  EXPECT_THAT(ProblemsOf("!(a ~5 b)"), IsEmpty());
}

TEST(ConditionTest, ValuesOfFieldsAreChecked) {
  EXPECT_THAT(ProblemsOf("hour:24"), ElementsAre("out-of-range@0"));
  EXPECT_THAT(ProblemsOf("hour:8-"), ElementsAre("out-of-range@0"));
  EXPECT_THAT(ProblemsOf("length<0"), ElementsAre("out-of-range@0"));
  EXPECT_THAT(ProblemsOf("length:5"), ElementsAre("syntax@0"));
  EXPECT_THAT(ProblemsOf("type:anger"), ElementsAre("unknown-type@0"));
  EXPECT_THAT(ProblemsOf("channel:"), ElementsAre("syntax@0"));
}

TEST(ConditionTest, DeepNestingAndGreatLengthAreRefusedNotFollowed) {
  EXPECT_THAT(ProblemsOf(std::string(10'000, '(')), ElementsAre("syntax@65"));
  EXPECT_THAT(ProblemsOf(std::string(10'000, '!') + "a"), ElementsAre("syntax@65"));
  EXPECT_THAT(ProblemsOf(std::string(30'000, 'a')), ElementsAre("out-of-range@0"));
  EXPECT_THAT(ProblemsOf(std::string(65, 'a')), ElementsAre("out-of-range@0"));
}

TEST(ConditionTest, TheNormalFormIgnoresOrderRepetitionAndSpelling) {
  EXPECT_EQ(Normal("树 | 石楠 | 树"), Normal("(石楠 | 樹)"));
  EXPECT_EQ(Normal("ETC & !b"), Normal("!b & ｅｔｃ"));
  EXPECT_EQ(Normal("a ~5 b ~8 c"), Normal("c ~8 b ~5 a"));
  EXPECT_EQ(Normal("hour:1,2 & !!a"), Normal("a & hour:2,1"));
  EXPECT_NE(Normal("a ~5 b"), Normal("a ~6 b"));
  EXPECT_NE(Normal("a & b"), Normal("a | b"));
}

TEST(ConditionTest, HoursMayPassMidnight) {
  EXPECT_EQ(HourMask({"22-1"}), (1U << 22 | 1U << 23 | 1U | 2U));
  EXPECT_EQ(HourMask({"8", "10"}), (1U << 8 | 1U << 10));
  EXPECT_EQ(HourMask({"0-23"}), 0xFFFFFFU);
  EXPECT_EQ(HourMask({"25"}), 0U);
  EXPECT_EQ(HourMask({"-"}), 0U);
}

}  // namespace
}  // namespace minsheng::rules
