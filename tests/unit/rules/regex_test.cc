// SPDX-License-Identifier: Apache-2.0
#include "src/rules/regex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::shared_ptr<const Regex> Must(std::string_view source) {
  RegexFault fault;
  auto regex = Regex::Make(source, &fault);
  EXPECT_NE(regex, nullptr) << source << ": " << fault.en;
  return regex;
}

std::string Refused(std::string_view source) {
  RegexFault fault;
  return Regex::Make(source, &fault) == nullptr ? fault.en : "accepted";
}

TEST(RegexTest, EveryMatchContainsARequiredLiteral) {
  EXPECT_THAT(Must("(路灯|街灯).{0,8}不亮")->literals(),
              ::testing::AnyOf(ElementsAre("不亮"), UnorderedElementsAre("路灯", "街灯")));
  EXPECT_THAT(Must("路灯坏了?")->literals(), ElementsAre("路灯坏"));
  EXPECT_THAT(Must("第\\d+路公交车")->literals(), ElementsAre("路公交车"));
}

TEST(RegexTest, WithoutARequiredLiteralItIsRefusedWithTheReason) {
  for (const std::string_view source : {".*", "树", "[树林]+", "路灯|树", "(路灯)?坏", "\\d{11}", "", "(a|b)?c*"}) {
    EXPECT_THAT(Refused(source), HasSubstr("no literal")) << source;
  }
}

TEST(RegexTest, AMalformedOneIsRefused) {
  EXPECT_THAT(Refused("路灯("), HasSubstr("bad regular expression"));
  EXPECT_THAT(Refused("路灯(?=坏)"), HasSubstr("bad regular expression"));
  EXPECT_THAT(Refused("(路灯{1000}){1000}"), HasSubstr("bad regular expression"));
}

TEST(RegexTest, ItIsFoldedLikeTheText) {
  EXPECT_TRUE(Must("ETC门架")->Matches(text::FoldToUtf8("ＥＴＣ門架")));
  EXPECT_TRUE(Must("門架\\s*\\D壞")->Matches(text::FoldToUtf8("门架x坏")));
  EXPECT_EQ(FoldRegex("（树：[０-９]）\\D"), "\\(树\\:[0-9]\\)\\D");
}

TEST(RegexTest, FindGivesTheFirstMatchesThatDoNotOverlap) {
  const std::string text = "路灯坏，路灯坏，路灯坏";
  const auto found = Must("路灯(坏)?")->Find(text, 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(text.substr(found[0].first, found[0].second - found[0].first), "路灯坏");
  EXPECT_EQ(found[1].first, std::string("路灯坏，").size());
}

}  // namespace
}  // namespace minsheng::rules
