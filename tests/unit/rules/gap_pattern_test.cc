// SPDX-License-Identifier: Apache-2.0
// Expressions made of words and distances run without a regex engine; here they run against one.
#include "src/rules/gap_pattern.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "src/rules/regex.h"
#include "src/rules/rule_set.h"
#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

TEST(GapPatternTest, WordsAndDistancesAreRead) {
  const auto p = ReadGapPattern("(路灯|街灯).{0,8}(?:不亮|损坏).+?坏a灯");
  ASSERT_TRUE(p.has_value());
  EXPECT_EQ(p->segments, (std::vector<std::vector<std::string>>{{"路灯", "街灯"}, {"不亮", "损坏"}, {"坏a灯"}}));
  ASSERT_EQ(p->gaps.size(), 2U);
  EXPECT_EQ(p->gaps[0].least, 0U);
  EXPECT_EQ(p->gaps[0].most, 8U);
  EXPECT_FALSE(p->gaps[0].lazy);
  EXPECT_EQ(p->gaps[1].least, 1U);
  EXPECT_TRUE(p->gaps[1].lazy);
  EXPECT_EQ(ReadGapPattern("路灯|街灯")->segments.size(), 1U);
  EXPECT_EQ(ReadGapPattern("价格\\(元\\)")->segments[0][0], "价格(元)");
}

TEST(GapPatternTest, EverythingElseIsLeftToTheRegexEngine) {
  for (const char* other : {"路灯[坏亮]", "路灯\\d",        "^路灯",
                            "路灯.*",     ".路灯",          "路灯(坏|)",
                            "路灯(坏)",   "路灯坏?",        "(路灯|(街灯))",
                            "灯.{0,3}坏", "路灯.{3,1}坏了", "路灯.{0,2000}坏了",
                            "etc门架",    "路灯12",         "路灯 坏了",
                            "路灯..坏了", "(路灯|街灯",     "路灯|街灯.坏了",
                            "(?i)路灯",   "路灯)",          "",
                            "路灯\\"}) {
    EXPECT_FALSE(ReadGapPattern(other).has_value()) << other;
  }
}

class GapRandom {
 public:
  explicit GapRandom(unsigned seed) : engine_(seed) {}
  std::size_t Below(std::size_t n) { return engine_() % n; }
  std::string Word() {
    static const std::vector<std::string> kCharacters = {"树", "路", "😀"};
    std::string word;
    for (std::size_t n = 2 + Below(2); n > 0; --n) word += kCharacters[Below(kCharacters.size())];
    return word;
  }
  std::string Segment() {
    if (Below(3) == 0) return Word();
    std::string out = "(" + Word();
    for (std::size_t n = Below(3); n > 0; --n) out += "|" + Word();
    return out + ")";
  }
  std::string Pattern() {
    static const std::vector<std::string> kGaps = {".", ".*", ".+", ".?", ".{2}", ".{1,}", ".{0,3}", ".{1,5}"};
    std::string out = Segment();
    for (std::size_t n = 1 + Below(2); n > 0; --n) {
      out += kGaps[Below(kGaps.size())];
      if (out.back() != '.' && Below(3) == 0) out += "?";
      out += Segment();
    }
    return out;
  }
  std::string Text() {
    std::string out;
    for (std::size_t n = Below(24); n > 0; --n) out += Below(5) == 0 ? std::string("a㎡") : Word();
    return out;
  }

 private:
  std::mt19937 engine_;
};

// Bytes of the folded text, from spans of the original: both begin and end at the same characters.
std::vector<std::string> WordsOf(const std::vector<std::pair<std::size_t, std::size_t>>& found,
                                 const std::string& text) {
  std::vector<std::string> words;
  for (const auto& [begin, end] : found) words.push_back(text.substr(begin, end - begin));
  return words;
}

TEST(GapPatternTest, TheyMatchTheSameWordsAsTheRegexEngine) {
  GapRandom random(12345);
  int matched = 0;
  for (int round = 0; round < 600; ++round) {
    const std::string pattern = random.Pattern();
    ASSERT_TRUE(ReadGapPattern(pattern).has_value()) << pattern;
    RegexFault fault;
    const auto regex = Regex::Make(pattern, &fault);
    ASSERT_NE(regex, nullptr) << fault.en;
    const nlohmann::json rules = {{{"id", "r"}, {"name", "r"}, {"when", "/" + pattern + "/"}, {"tags", {"t"}}}};
    const Compiled compiled = RuleSet::Compile({{"r.json", rules.dump()}});
    ASSERT_NE(compiled.set, nullptr) << compiled.problems.front().en;
    RuleSet::Scratch scratch;
    for (int i = 0; i < 40; ++i) {
      const std::string text = random.Text();
      const std::string folded = text::FoldToUtf8(text);
      Input input;
      input.text = text;
      const Verdict v = compiled.set->Classify(input, scratch);
      ASSERT_EQ(!v.reasons.empty(), regex->Matches(folded)) << pattern << " in " << text;
      if (v.reasons.empty()) continue;
      ++matched;
      std::vector<std::string> words;
      for (const Span& s : v.reasons[0].spans) words.push_back(text::FoldToUtf8(text.substr(s.begin, s.end - s.begin)));
      EXPECT_EQ(words, WordsOf(regex->Find(folded, 4), folded)) << pattern << " in " << text;
    }
  }
  EXPECT_GT(matched, 1000);
}

}  // namespace
}  // namespace minsheng::rules
