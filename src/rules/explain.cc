// SPDX-License-Identifier: Apache-2.0
#include "src/rules/explain.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string_view OpWord(Op op) {
  switch (op) {
    case Op::kTerm:
      return "term";
    case Op::kList:
      return "list";
    case Op::kRegex:
      return "regex";
    case Op::kField:
      return "field";
    case Op::kNot:
      return "not";
    case Op::kNear:
      return "near";
    case Op::kAnd:
      return "and";
    case Op::kOr:
      return "or";
    case Op::kBroken:
      return "broken";
  }
  return "broken";
}

OrderedJson ExplainNode(const Compilation& c, const Input& input, std::string_view when, std::uint32_t node,
                        Matcher& matcher) {
  const Node& n = c.program.nodes[node];
  OrderedJson out;
  out["op"] = OpWord(n.op);
  out["text"] = when.substr(n.begin, static_cast<std::size_t>(n.end - n.begin));
  const bool held = matcher.Holds(node);
  out["held"] = held;
  if (held) {
    OrderedJson words = OrderedJson::array();
    for (const Span& s : matcher.Spans(node)) {
      words.push_back({{"begin", s.begin}, {"end", s.end}, {"text", input.text.substr(s.begin, s.end - s.begin)}});
    }
    if (!words.empty()) out["words"] = std::move(words);
  }
  for (std::uint32_t i = 0; i < n.count; ++i) {
    out["clauses"].push_back(ExplainNode(c, input, when, n.child + i, matcher));
  }
  return out;
}

}  // namespace

std::string ExplainJson(const Compilation& c, const Input& input, const Verdict& verdict, Matcher& matcher) {
  OrderedJson out;
  out["rule_set"] = verdict.rule_set;
  out["verdict"] = OrderedJson::parse(Encode(verdict), nullptr, false);
  out["folded"] = text::ToUtf8(matcher.folded().units);
  out["rules"] = OrderedJson::array();
  const auto& matched = matcher.matched();
  const auto add = [&](std::uint32_t number, bool held) {
    const RuleFacts& rule = c.book.Facts(number);
    OrderedJson r;
    r["id"] = c.book.Id(number);
    r["name"] = c.book.Name(number);
    if (rule.topic != kNoTopic) r["topic"] = c.book.TopicId(number), r["weight"] = rule.weight;
    if (rule.decisive) r["decisive"] = true;
    r["matched"] = held;
    r["condition"] = ExplainNode(c, input, c.book.When(number), c.program.roots[number], matcher);
    out["rules"].push_back(std::move(r));
  };
  for (const std::uint32_t number : matched) add(number, true);
  for (const std::uint32_t number : matcher.Touched()) {
    if (!std::binary_search(matched.begin(), matched.end(), number)) add(number, false);
  }
  return out.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace minsheng::rules
