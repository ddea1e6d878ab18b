// SPDX-License-Identifier: Apache-2.0
// The engine against its slow twin, on random conditions and texts.
#include "src/rules/naive.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "src/rules/rule_set.h"
#include "src/text/fold.h"
#include "src/text/utf8.h"
#include "tests/unit/rules/random_condition.h"

namespace minsheng::rules {
namespace {

std::vector<SourceFile> NaiveFiles(const std::vector<std::string>& conditions) {
  nlohmann::json rules = nlohmann::json::array();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    rules.push_back({{"id", "r" + std::to_string(1000 + i)}, {"name", "r"}, {"when", conditions[i]}, {"tags", {"t"}}});
  }
  return {{"lists.json", R"({"small": ["路灯", "水"], "big": ["树", "坏", "ab", "樹路", "1", "灯灯", "12", "水坏"]})"},
          {"places.json", R"([{"id": "p", "name": "大区"}, {"id": "p.town", "name": "水镇", "parent": "p"},
                              {"id": "p.other", "name": "树镇", "parent": "p"}])"},
          {"r.json", rules.dump()}};
}

bool OnlyRepeated(const std::vector<Problem>& problems) {
  return std::all_of(problems.begin(), problems.end(), [](const Problem& p) { return p.severity != Severity::kError; });
}

// Whether this condition alone compiles (it may hold always, never, ...).
bool Compiles(const std::string& condition) { return OnlyRepeated(RuleSet::Compile(NaiveFiles({condition})).problems); }

Input RandomInput(RandomCondition* r, const std::string& text) {
  static const std::vector<std::string> kChannels = {"wechat", "phone", "email", ""};
  static const std::vector<std::string> kHints = {"", "水镇三组", "大区", "树镇"};
  Input input;
  input.text = text;
  input.channel = r->Of(kChannels);
  input.line = r->Below(2) == 0 ? "12345" : "tourism";
  input.place_hint = r->Of(kHints);
  if (r->Below(2) == 0) input.stated_type = static_cast<RequestType>(r->Below(6));
  input.hour = r->Below(25) - 1;
  return input;
}

std::vector<std::string> Expected(const std::vector<Condition>& trees, const RuleSet& set, const Input& input,
                                  const std::optional<Place>& place) {
  const NaiveWorld world{[](const std::string& list) -> std::vector<std::string> {
                           if (list == "small") return {"路灯", "水"};
                           return {"树", "坏", "ab", "樹路", "1", "灯灯", "12", "水坏"};
                         },
                         [&](const std::string& id) {
                           if (!place) return false;
                           const std::vector<std::string> chain = set.PlaceChain(place->id);
                           return std::find(chain.begin(), chain.end(), id) != chain.end();
                         }};
  std::vector<std::string> rules;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    if (NaiveHolds(trees[i], input, world)) rules.push_back("r" + std::to_string(1000 + i));
  }
  return rules;
}

TEST(NaiveTest, TheEngineAgreesWithItsSlowTwinOnRandomConditionsAndTexts) {
  RandomCondition random(20150810);
  int held = 0;
  for (int round = 0; round < 8; ++round) {
    std::vector<Condition> trees;
    std::vector<std::string> sources;
    std::set<std::string> forms;
    while (trees.size() < 60) {
      Condition tree = random.Tree(3);
      const std::string source = PrintCondition(tree);
      if (!forms.insert(NormalForm(tree)).second || !Compiles(source)) continue;
      trees.push_back(std::move(tree));
      sources.push_back(source);
    }
    const Compiled compiled = RuleSet::Compile(NaiveFiles(sources));
    ASSERT_NE(compiled.set, nullptr);
    RuleSet::Scratch scratch;
    for (int i = 0; i < 150; ++i) {
      const std::string text = random.Text();
      const Input input = RandomInput(&random, text);
      const Verdict v = compiled.set->Classify(input, scratch);
      std::vector<std::string> got;
      for (const Reason& r : v.reasons) got.push_back(r.rule);
      const std::vector<std::string> expected = Expected(trees, *compiled.set, input, v.place);
      held += static_cast<int>(expected.size());
      if (got == expected) continue;
      std::string differing;
      for (std::size_t t = 0; t < trees.size(); ++t) {
        const std::string id = "r" + std::to_string(1000 + t);
        const bool in_got = std::find(got.begin(), got.end(), id) != got.end();
        const bool in_expected = std::find(expected.begin(), expected.end(), id) != expected.end();
        if (in_got != in_expected) differing += sources[t] + (in_got ? " [engine]\n" : " [twin]\n");
      }
      FAIL() << "text: " << text << "\n" << differing;
    }
  }
  EXPECT_GT(held, 10'000);
}

TEST(NaiveTest, SpansPointAtTheWordsInTheOriginalHoweverTheyAreWritten) {
  std::vector<std::string> sources;
  for (const std::string& term : kTerms) sources.push_back("\"" + term + "\"");
  const Compiled compiled = RuleSet::Compile(NaiveFiles(sources), 0, RuleSet::Advice::kSkip);
  RandomCondition random(11);
  int spans = 0;
  RuleSet::Scratch scratch;
  for (int i = 0; i < 3000 && compiled.set; ++i) {
    const std::string text = random.Text();
    Input input;
    input.text = text;
    for (const Reason& r : compiled.set->Classify(input, scratch).reasons) {
      const std::string term = text::FoldToUtf8(kTerms[std::stoul(r.rule.substr(1)) - 1000]);
      for (const Span& s : r.spans) {
        const std::string word = text.substr(s.begin, s.end - s.begin);
        ASSERT_TRUE(text::IsValidUtf8(word)) << text;
        // Where occurrences overlap, one span holds them all.
        EXPECT_NE(text::FoldToUtf8(word).find(term), std::string::npos) << "'" << word << "' of '" << text << "'";
        EXPECT_LE(text::CountChars(text::FoldToUtf8(word)), text::CountChars(term) * 12) << text;
        ++spans;
      }
    }
  }
  EXPECT_GT(spans, 10'000);
}

// Whatever a term holds, it is printed so that it is read again as it was.
TEST(NaiveTest, HostileTermsRegexesAndValuesSurvivePrintingAndParsing) {
  const std::vector<std::string> pieces = {"\"", "\\", "/",  "“", "”", "＂", "（", ")",       "|",
                                           "&",  "!",  "~",  "@", ":", "<",  ",",  " ",       "。",
                                           "？", "'",  "树", "a", "1", "~5", "!!", "length<", "\n"};
  RandomCondition random(3);
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    Condition c;
    const int kind = random.Below(3);
    c.op = kind == 0 ? Op::kTerm : kind == 1 ? Op::kRegex : Op::kField;
    std::string text;
    for (int n = 1 + random.Below(5); n > 0; --n) {
      const std::string& piece = random.Of(pieces);
      if (kind == 1 && piece == "\\") text += "\\";  // an escaped backslash: a regex never ends in a single one
      if (kind == 2 && std::string("\"“”＂").find(piece) != std::string::npos)
        continue;  // cannot be written in a value
      text += piece;
    }
    if (text::FoldToUtf8(text).empty()) continue;
    c.text = kind == 2 ? "line" : text;
    if (kind == 2) c.values = {text, "12345"};
    std::vector<SyntaxProblem> problems;
    const std::string printed = PrintCondition(c);
    const Condition parsed = ParseCondition(printed, &problems);
    ASSERT_TRUE(problems.empty()) << printed << "\n" << problems[0].en;
    ASSERT_TRUE(SameTree(c, parsed)) << printed;
    ++read;
  }
  EXPECT_GT(read, 15'000);
}

TEST(NaiveTest, PrintingAndParsingARandomConditionGivesTheSameTree) {
  RandomCondition random(7);
  for (int i = 0; i < 5000; ++i) {
    std::vector<SyntaxProblem> problems;
    const Condition parsed = ParseCondition(PrintCondition(random.Tree(4)), &problems);  // flattens (a | b) | c
    ASSERT_TRUE(problems.empty()) << problems[0].en;
    const std::string printed = PrintCondition(parsed);
    const Condition again = ParseCondition(printed, &problems);
    ASSERT_TRUE(problems.empty()) << printed << "\n" << problems[0].en;
    EXPECT_TRUE(SameTree(parsed, again)) << printed;
    EXPECT_EQ(printed, PrintCondition(again));
    EXPECT_EQ(NormalForm(parsed), NormalForm(again));
  }
}

}  // namespace
}  // namespace minsheng::rules
