// SPDX-License-Identifier: Apache-2.0
// Lines of conditions, a line "---", a text; the first byte says what stands around the text. The compiled engine and
// its slow twin must agree on every condition.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "src/rules/naive.h"
#include "src/rules/rule_set.h"
#include "src/text/utf8.h"
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {
namespace {

constexpr std::size_t kMaxRules = 8;
constexpr std::size_t kMaxText = 600;  // the twin is slow

const std::vector<std::string>& ListOf(const std::string& name) {
  static const std::vector<std::string> kSmall = {"路灯", "水"};
  static const std::vector<std::string> kBig = {"树", "坏", "ab", "樹路", "1", "灯灯", "12", "水坏", "两个"};
  return name == "small" ? kSmall : kBig;
}

const rules::SpokenSettings& Speech() {
  static const rules::SpokenSettings kSpeech{true, {"嗯", "那个"}, {"一直", "星期一"}};
  return kSpeech;
}

std::vector<rules::SourceFile> FilesOf(const std::vector<std::string>& conditions) {
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    list.push_back({{"id", "r" + std::to_string(i)}, {"name", "r"}, {"when", conditions[i]}, {"tags", {"t"}}});
  }
  nlohmann::json lists = {{"small", ListOf("small")}, {"big", ListOf("big")}};
  return {
      {"lists.json", lists.dump()},
      {"places.json", R"([{"id": "p", "name": "大区"}, {"id": "p.town", "name": "水镇", "parent": "p"}])"},
      {"r.json", list.dump()},
      {"settings.json", nlohmann::json{{"spoken", {{"fillers", Speech().fillers}, {"words", Speech().words}}}}.dump()}};
}

// The conditions that compile, in a RuleSet.
std::shared_ptr<const rules::RuleSet> CompileGood(std::vector<std::string>* conditions) {
  rules::Compiled compiled = rules::RuleSet::Compile(FilesOf(*conditions));
  if (compiled.set) return compiled.set;
  std::set<std::string> bad;
  for (const rules::Problem& p : compiled.problems) {
    if (p.severity == rules::Severity::kError) bad.insert(p.rule);
  }
  std::vector<std::string> good;
  for (std::size_t i = 0; i < conditions->size(); ++i) {
    if (bad.count("r" + std::to_string(i)) == 0) good.push_back((*conditions)[i]);
  }
  Require(good.size() < conditions->size(), "an error names its rule");
  *conditions = std::move(good);
  if (conditions->empty()) return nullptr;
  compiled = rules::RuleSet::Compile(FilesOf(*conditions));
  Require(compiled.set != nullptr, "the rules without an error compile");
  return compiled.set;
}

struct Case {
  std::vector<std::string> conditions;
  std::string text;
  rules::Input input;
};

Case Read(std::string_view bytes) {
  Case c;
  const unsigned around = TakeChoice(&bytes, 64);
  const std::string all = text::Repair(bytes);
  std::size_t at = 0;
  while (at < all.size() && c.conditions.size() < kMaxRules) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const std::string line = all.substr(at, end - at);
    at = std::min(end + 1, all.size());
    if (line == "---") break;
    c.conditions.push_back(line);
  }
  c.text = all.substr(at, kMaxText);
  if ((around & 32) == 0) c.text = text::Repair(c.text);  // else the cut may leave half a character
  c.input.text = c.text;
  c.input.channel = (around & 1) != 0 ? "phone" : "wechat";
  c.input.spoken = rules::IsSpokenChannel(c.input.channel);
  c.input.line = (around & 2) != 0 ? "tourism" : "12345";
  c.input.place_hint = (around & 4) != 0 ? "水镇三组" : "";
  if ((around & 8) != 0) c.input.stated_type = RequestType::kHelp;
  c.input.hour = (around & 16) != 0 ? 23 : -1;
  return c;
}

void CheckSpans(const std::vector<Span>& spans, const std::string& text) {
  std::uint32_t before = 0;
  for (const Span& s : spans) {
    Require(s.begin >= before && s.begin < s.end && s.end <= text.size(), "spans are sorted and lie inside the text");
    Require((static_cast<unsigned char>(text[s.begin]) & 0xC0) != 0x80 || !text::IsValidUtf8(text),
            "a span begins at a character");
    before = s.end;
  }
}

void CollectTerms(const rules::Condition& c, std::vector<std::string>* out) {
  if (c.op == rules::Op::kTerm) out->push_back(c.text);
  for (const rules::Condition& child : c.children) CollectTerms(child, out);
}

void CheckVerdict(const Case& c, const rules::RuleSet& set, const Verdict& v) {
  rules::NaiveWorld world;
  world.list = [](const std::string& list) { return ListOf(list); };
  world.in_place = [&](const std::string& id) {
    if (!v.place) return false;
    const std::vector<std::string> chain = set.PlaceChain(v.place->id);
    return std::find(chain.begin(), chain.end(), id) != chain.end();
  };
  world.spoken = Speech();
  world.terms = {"大区", "水镇"};
  for (const std::string list : {"small", "big"}) {
    world.terms.insert(world.terms.end(), ListOf(list).begin(), ListOf(list).end());
  }
  std::vector<rules::Condition> trees;
  for (const std::string& condition : c.conditions) {
    std::vector<rules::SyntaxProblem> problems;
    trees.push_back(rules::ParseCondition(condition, &problems));
    CollectTerms(trees.back(), &world.terms);
  }
  for (std::size_t i = 0; i < c.conditions.size(); ++i) {
    const rules::Condition& tree = trees[i];
    const std::string id = "r" + std::to_string(i);
    const auto reason = std::find_if(v.reasons.begin(), v.reasons.end(), [&](const Reason& r) { return r.rule == id; });
    Require((reason != v.reasons.end()) == rules::NaiveHolds(tree, c.input, world),
            "engine and twin agree on " + c.conditions[i]);
  }
  for (const Reason& r : v.reasons) CheckSpans(r.spans, c.text);
  if (v.place && v.place->span.end > 0) CheckSpans({v.place->span}, c.text);
}

}  // namespace

void Engine(std::string_view input) {
  Case c = Read(input);
  if (c.conditions.empty()) return;
  const auto set = CompileGood(&c.conditions);
  if (!set) return;
  static rules::RuleSet::Scratch used;  // knows earlier messages and RuleSets: they must not matter
  const Verdict v = set->Classify(c.input, used);
  CheckVerdict(c, *set, v);
  rules::RuleSet::Scratch fresh;
  Require(Encode(set->Classify(c.input, fresh)) == Encode(v), "a Verdict does not depend on what was read before");
  Require(nlohmann::json::accept(set->Explain(c.input, fresh)), "an explanation is JSON");
}

}  // namespace minsheng::fuzz
