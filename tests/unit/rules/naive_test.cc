// SPDX-License-Identifier: Apache-2.0
// The engine against its slow twin, on random conditions and texts.
#include "src/rules/naive.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "src/rules/rule_set.h"

namespace minsheng::rules {
namespace {

// Few characters, so that terms overlap, repeat and contain each other.
const std::vector<std::string> kAlphabet = {"树", "路", "灯", "水", "坏", "a",  "b", "1",
                                            "2",  " ",  "\n", "，", "Ａ", "樹", "😀", "㎡"};
const std::vector<std::string> kTerms = {"树", "路",     "路灯", "灯",   "树路", "水坏", "a", "ab", "a b", "1",
                                         "12", "灯坏水", "樹灯", "Ａ树", "b1",   "坏😀",  "😀", "m2", "2",   "水水"};
const std::vector<std::string> kRegexes = {"路灯.{0,3}坏", "(树路|水坏)+a?", "灯坏水|[ab]路灯",
                                           "AB+1",         "树灯\\d",        "路灯$"};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int Below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  const std::string& Of(const std::vector<std::string>& items) {
    return items[static_cast<std::size_t>(Below(static_cast<int>(items.size())))];
  }
  std::string Text() {
    std::string out;
    for (int n = Below(30); n > 0; --n) out += Below(4) == 0 ? Of(kTerms) : Of(kAlphabet);
    return out;
  }
  Condition Leaf(bool near) {
    Condition c;
    const int kind = Below(near ? 6 : 10);
    c.op = kind < 5 || (kind > 5 && kind < 7) ? Op::kTerm : kind == 5 ? Op::kList : kind == 7 ? Op::kRegex : Op::kField;
    if (c.op == Op::kTerm) c.text = Of(kTerms);
    if (c.op == Op::kList) c.text = Below(2) == 0 ? "small" : "big";
    if (c.op == Op::kRegex) c.text = Of(kRegexes);
    if (c.op == Op::kField) Field(&c);
    return c;
  }
  Condition Operand() {
    if (Below(2) == 0) return Leaf(true);
    Condition c;
    c.op = Op::kOr;
    for (int n = 2 + Below(2); n > 0; --n) c.children.push_back(Leaf(true));
    return c;
  }
  Condition Tree(int depth) {
    const int kind = depth == 0 ? 0 : Below(6);
    Condition c;
    if (kind < 2) return Leaf(false);
    if (kind == 2) {
      c.op = Op::kNot;
      c.children.push_back(Tree(depth - 1));
      return c;
    }
    c.op = kind == 3 ? Op::kNear : kind == 4 ? Op::kAnd : Op::kOr;
    for (int n = 2 + Below(2); n > 0; --n) {
      c.children.push_back(c.op == Op::kNear ? Operand() : Tree(depth - 1));
      if (c.children.size() > 1 && c.op == Op::kNear) c.gaps.push_back(Below(6));
    }
    return c;
  }

 private:
  void Field(Condition* c) {
    static const std::vector<std::vector<std::string>> kFields = {
        {"channel", "wechat"}, {"channel", "phone", "email"}, {"line", "12345"}, {"type", "help", "report"},
        {"hour", "22-5"},      {"hour", "8", "10-12"},        {"length", "10"},  {"place", "p.town"},
        {"place", "p"},        {"place", "p.other", "p.town"}};
    const auto& f = kFields[static_cast<std::size_t>(Below(static_cast<int>(kFields.size())))];
    c->text = f[0];
    c->values.assign(f.begin() + 1, f.end());
  }
  std::mt19937 engine_;
};

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
  return std::all_of(problems.begin(), problems.end(),
                     [](const Problem& p) { return p.severity == Severity::kWarning; });
}

// Whether this condition alone compiles (it may hold always, never, ...).
bool Compiles(const std::string& condition) { return OnlyRepeated(RuleSet::Compile(NaiveFiles({condition})).problems); }

Input RandomInput(Random* r, const std::string& text) {
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
  Random random(20150810);
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

TEST(NaiveTest, PrintingAndParsingARandomConditionGivesTheSameTree) {
  Random random(7);
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
