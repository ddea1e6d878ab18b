// SPDX-License-Identifier: Apache-2.0
// Input that is wrong, huge or meant to harm: a clear error, or work and answers of bounded size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "src/rules/condition.h"
#include "src/rules/matcher.h"
#include "src/rules/reason_line.h"
#include "src/rules/rule_set.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

std::string Times(std::string_view piece, std::size_t n) {
  std::string out;
  out.reserve(piece.size() * n);
  for (std::size_t i = 0; i < n; ++i) out += piece;
  return out;
}

std::string OneRule(const std::string& when) {
  return Json::array({{{"id", "r"}, {"name", "r"}, {"when", when}, {"tags", {"t"}}}}).dump();
}

std::vector<Problem> ErrorsOf(const std::vector<SourceFile>& files) {
  const Compiled compiled = RuleSet::Compile(files);
  std::vector<Problem> errors;
  for (const Problem& p : compiled.problems) {
    if (p.severity == Severity::kError) errors.push_back(p);
  }
  EXPECT_EQ(compiled.set == nullptr, !errors.empty());
  return errors;
}

// The one error of a condition, in English.
std::string Refusal(const std::string& when) {
  const std::vector<Problem> errors = ErrorsOf({{"r.json", OneRule(when)}});
  if (errors.size() != 1) return std::to_string(errors.size()) + " errors";
  EXPECT_FALSE(errors[0].zh.empty());
  return errors[0].code + ": " + errors[0].en;
}

Verdict VerdictOn(const std::vector<SourceFile>& files, const std::string& text, std::string* explanation = nullptr,
                  std::uint64_t* steps = nullptr) {
  const Compiled compiled = RuleSet::Compile(files);
  for (const Problem& p : compiled.problems) EXPECT_NE(p.severity, Severity::kError) << Format(p, "en");
  if (!compiled.set) return {};
  RuleSet::Scratch scratch;
  Input input;
  input.text = text;
  if (explanation != nullptr) *explanation = compiled.set->Explain(input, scratch);
  const Verdict v = compiled.set->Classify(input, scratch);
  if (steps != nullptr) *steps = scratch.steps();
  for (const Reason& r : v.reasons) {
    for (const Span& s : r.spans) EXPECT_TRUE(s.begin < s.end && s.end <= text.size());
  }
  return v;
}

TEST(BadInputTest, ARegexWithoutABoundOnTimeIsRefusedAndTheWayAroundNamed) {
  for (const std::string when :
       {R"(/(路灯)坏\1/)", "/路灯(?=坏)/", "/路灯(?!坏)/", "/(?<=路灯)坏了/", "/(?<!路灯)坏了/"}) {
    EXPECT_THAT(Refusal(when), HasSubstr("use & and !")) << when;
  }
}

TEST(BadInputTest, ARegexThatIsHugeWhenWrittenOutIsRefused) {
  for (const std::string when :
       {"/路灯((坏{1000}){1000})/", "/路灯.{0,1001}坏了/", "/路灯[a-z汉]{1000}坏了/", "/路灯(.{0,100}){0,100}坏了/"}) {
    EXPECT_THAT(Refusal(when), HasSubstr("use ~N, or fewer")) << when;
  }
  EXPECT_THAT(ErrorsOf({{"r.json", OneRule("/路灯.{0,60}坏了/")}}), ::testing::IsEmpty());
}

TEST(BadInputTest, AMegabyteOfConditionIsOneErrorThatNamesTheRemedy) {
  EXPECT_THAT(Refusal(Times("路灯 | ", 100'000) + "灯"), HasSubstr("put the terms into a @list"));
  EXPECT_THAT(Refusal(Times("路", 350'000)), HasSubstr("longer than 20000 bytes"));
}

TEST(BadInputTest, TenThousandParenthesesOrNegationsAreRefusedNotFollowed) {
  EXPECT_THAT(Refusal(Times("(", 9'000) + "灯" + Times(")", 9'000)), HasSubstr("nested more than 64 deep"));
  EXPECT_THAT(Refusal(Times("!", 10'000) + "灯"), HasSubstr("nested more than 64 deep"));
}

TEST(BadInputTest, AConditionThatIsWrongEverywhereTellsTheFirstProblemsAndCountsTheOthers) {
  const std::vector<Problem> errors = ErrorsOf({{"r.json", OneRule(Times("a ", 9'000))}});
  ASSERT_EQ(errors.size(), kMaxConditionProblems);
  EXPECT_THAT(errors.back().en, HasSubstr(std::to_string(8'999 - kMaxConditionProblems + 1) + " more problems"));
}

TEST(BadInputTest, AListThatIncludesItselfDirectlyOrInARingIsAnError) {
  const std::vector<Problem> errors = ErrorsOf(
      {{"lists.json", R"({"a": ["@a", "灯"], "b": ["@c", "路"], "c": ["@b", "桥"]})"}, {"r.json", OneRule("@a | @b")}});
  ASSERT_FALSE(errors.empty());
  for (const Problem& p : errors) EXPECT_EQ(p.code, "list-circle");
}

TEST(BadInputTest, ListsThatIncludeEachOtherWithoutEndAreRefusedNotFollowed) {
  Json chain = {{"l0", {"灯"}}};
  for (int i = 1; i < 50'000; ++i) chain["l" + std::to_string(i)] = {"@l" + std::to_string(i - 1)};
  std::vector<Problem> errors = ErrorsOf({{"lists.json", chain.dump()}, {"r.json", OneRule("@l49999")}});
  ASSERT_FALSE(errors.empty());
  EXPECT_THAT(errors.front().en, HasSubstr("at most 16 deep"));
  Json wide = {{"big", Json::array()}};
  for (int i = 0; i < 3'000; ++i) {
    wide["big"].push_back("灯" + std::to_string(i));
    wide["l" + std::to_string(i)] = {"@big"};
  }
  errors = ErrorsOf({{"lists.json", wide.dump()}, {"r.json", OneRule("@l1")}});
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors.front().en, HasSubstr("more than 1000000 terms"));
}

TEST(BadInputTest, BytesThatAreNoUtf8AreAnErrorAtTheirPlaceWhereverTheyStand) {
  const std::string file =
      R"([{"id": "rule", "name": "name", "when": "lamp", "tags": ["t"], "examples": {"yes": ["lamp"]}}])";
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const char bad : {'\xff', '\xc3', '\x80'}) {
      std::string broken = file;
      broken[at] = bad;
      const std::vector<Problem> errors = ErrorsOf({{"r.json", broken}});
      ASSERT_FALSE(errors.empty()) << broken;
      EXPECT_EQ(errors[0].code, "json");
      EXPECT_TRUE(errors[0].line == 1 && errors[0].column >= 1);
    }
  }
}

TEST(BadInputTest, ATextThatIsNoUtf8IsReadAllTheSame) {
  const Verdict v = VerdictOn({{"r.json", OneRule("路灯 ~3 坏")}}, "\xe8\xb7路灯\xff\xe8坏\xf0\x9f");
  ASSERT_EQ(v.reasons.size(), 1U);
  EXPECT_EQ(v.reasons[0].spans.front().begin, 2U);
}

TEST(BadInputTest, ARuleFileCutAtAnyByteIsAnErrorInsideTheFile) {
  const std::string file =
      "[\n  {\"id\": \"r\", \"name\": \"路灯\", \"when\": \"路灯 ~5 (坏 | \\\"不 亮\\\")\", \"tags\": [\"t\"], "
      "\"weight\": -1.5e1,\n"
      "   \"decisive\": true, \"examples\": {\"yes\": [\"\\u8def灯坏\"], \"no\": [null]}}\n]";
  for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
    const std::vector<Problem> errors = ErrorsOf({{"r.json", file.substr(0, bytes)}});
    ASSERT_EQ(errors.size(), 1U) << bytes;
    EXPECT_EQ(errors[0].code, "json");
    EXPECT_TRUE(errors[0].line >= 1 && errors[0].line <= 4);
  }
}

TEST(BadInputTest, JsonOfAnyDepthIsRefusedNotFollowed) {
  for (const std::string piece : {"[", "{\"a\":", "[{\"a\":["}) {
    const std::vector<Problem> errors = ErrorsOf({{"r.json", Times(piece, 100'000)}});
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].en, "nested too deeply");
  }
}

TEST(BadInputTest, AKeyThatIsRepeatedAmongAHundredThousandIsFound) {
  std::string lists = "{";
  for (int i = 0; i < 100'000; ++i) lists += "\"l" + std::to_string(i) + "\": [\"灯\"], ";
  const std::vector<Problem> errors =
      ErrorsOf({{"lists.json", lists + "\"l77777\": [\"灯\"]}"}, {"r.json", OneRule("路灯")}});
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0].en, HasSubstr("'l77777' is given twice"));
}

TEST(BadInputTest, AHundredThousandAlternativesGoIntoAList) {
  Json terms = Json::array();
  for (int i = 0; i < 100'000; ++i) terms.push_back("灯" + std::to_string(i) + "号");
  const std::vector<SourceFile> files = {{"lists.json", Json({{"many", terms}}).dump()},
                                         {"r.json", OneRule("@many ~5 坏")}};
  EXPECT_EQ(VerdictOn(files, "灯99999号坏了").reasons.size(), 1U);
  EXPECT_EQ(VerdictOn(files, "灯100000号坏了").reasons.size(), 0U);
}

TEST(BadInputTest, PlacesInARingOrWithoutEndAreErrors) {
  Json places = Json::array({{{"id", "p0"}, {"name", "镇"}}});
  for (int i = 1; i < 20'000; ++i) {
    places.push_back(
        {{"id", "p" + std::to_string(i)}, {"name", "村" + std::to_string(i)}, {"parent", "p" + std::to_string(i - 1)}});
  }
  std::vector<Problem> errors = ErrorsOf({{"places.json", places.dump()}, {"r.json", OneRule("路灯")}});
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors.front().code, "out-of-range");
  places[0]["parent"] = "p19999";
  errors = ErrorsOf({{"places.json", places.dump()}, {"r.json", OneRule("路灯")}});
  EXPECT_EQ(errors.size(), 20'000U);
  EXPECT_THAT(errors.front().en, HasSubstr("more than 32 places above it"));
}

TEST(BadInputTest, OfTenMegabytesTheBeginningIsReadAndTheRestIsCounted) {
  const std::string text = "路灯坏了" + Times("的", 3'500'000) + "水管漏了";
  const std::vector<SourceFile> files = {
      {"r.json",
       R"([{"id": "lamp", "name": "r", "when": "路灯", "tags": ["a"]}, {"id": "pipe", "name": "r", "when": "水管",
         "tags": ["b"]}, {"id": "end", "name": "r", "when": "/路灯.*漏了/", "tags": ["c"]}])"}};
  std::string explanation;
  const Verdict v = VerdictOn(files, text, &explanation);
  ASSERT_EQ(v.reasons.size(), 1U);
  EXPECT_EQ(v.reasons[0].rule, "lamp");
  EXPECT_EQ(v.unread, text.size() - 3 * kMaxFoldedUnits) << "100,000 characters of three bytes are read";
  EXPECT_THAT(OneLine(v, text, *RuleSet::Compile(files).set, "zh"), HasSubstr(std::to_string(v.unread)));
  EXPECT_EQ(DecodeVerdict(Encode(v))->unread, v.unread);
  EXPECT_EQ(Json::parse(explanation)["verdict"]["unread"], v.unread);
  EXPECT_LT(explanation.size(), 3 * kMaxFoldedUnits + 10'000) << "what was not read is not repeated";
  EXPECT_EQ(VerdictOn(files, Times("的", kMaxFoldedUnits - 1)).unread, 0U);
}

TEST(BadInputTest, InvisibleMegabytesAreReadToTheirEnd) {
  const Verdict v = VerdictOn({{"r.json", OneRule("路灯")}}, "路" + Times("\u200b", 1'000'000) + "灯");
  EXPECT_EQ(v.reasons.size(), 1U);
  EXPECT_EQ(v.unread, 0U);
}

// Ten terms end at nearly every one of 100,000 characters.
TEST(BadInputTest, AMillionPlacesOfTermsGiveAVerdictOfFewSpans) {
  Json terms = Json::array();
  for (std::size_t n = 1; n <= 10; ++n) terms.push_back(Times("灯", n));
  const std::vector<SourceFile> files = {{"lists.json", Json({{"lamps", terms}}).dump()},
                                         {"r.json", OneRule("@lamps ~3 @lamps ~0 灯 & @lamps")}};
  std::uint64_t steps = 0;
  const Verdict v = VerdictOn(files, Times("灯", 120'000), nullptr, &steps);
  ASSERT_EQ(v.reasons.size(), 1U);
  EXPECT_LE(v.reasons[0].spans.size(), 16U);
  EXPECT_GT(steps, 1'000'000U);
  EXPECT_LT(steps, 12'000'000U) << "not the square of a million";
}

TEST(BadInputTest, WordsRepeatedAHundredThousandTimesOnBothSidesOfNearAreNotTriedPairByPair) {
  const std::vector<SourceFile> files = {{"r.json", OneRule("甲 ~0 乙 ~0 丙")}};
  std::uint64_t steps = 0;
  EXPECT_EQ(VerdictOn(files, Times("甲", 50'000) + Times("丙", 49'000) + "乙", nullptr, &steps).reasons.size(), 0U);
  EXPECT_LT(steps, 1'000'000U);
  EXPECT_EQ(VerdictOn(files, Times("甲", 50'000) + "乙丙" + Times("甲", 40'000), nullptr, &steps).reasons.size(), 1U);
  EXPECT_LT(steps, 1'000'000U);
  const std::vector<SourceFile> lamp = {{"r.json", OneRule("路灯 ~200 不亮")}};
  EXPECT_EQ(VerdictOn(lamp, Times("路灯不亮", 100'000), nullptr, &steps).reasons.size(), 1U);
  EXPECT_LT(steps, 1'000'000U);
}

TEST(BadInputTest, TheStepsGrowWithTheTextNotWithItsSquare) {
  const std::vector<SourceFile> files = {
      {"r.json", R"([{"id": "a", "name": "r", "when": "路灯 ~5 不亮 ~9 坏", "tags": ["a"]},
         {"id": "b", "name": "r", "when": "/路灯[^水]{0,9}(不亮|坏)/ | /(路灯|桥灯)\\d+坏/", "tags": ["b"]}])"}};
  std::uint64_t before = 0;
  for (const std::size_t times : {500U, 1'000U, 2'000U, 4'000U, 8'000U}) {
    std::uint64_t steps = 0;
    VerdictOn(files, Times("路灯12坏不亮", times), nullptr, &steps);
    EXPECT_TRUE(before == 0 || steps <= 2 * before + 100) << before << " -> " << steps;
    before = steps;
  }
}

}  // namespace
}  // namespace minsheng::rules
