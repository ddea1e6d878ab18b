// SPDX-License-Identifier: Apache-2.0
#include "src/rules/explain.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t kMaxWordsOfClause = 8;
constexpr std::size_t kMaxComparisons = 4'000'000;  // of words of two sides; beyond it no distance is shown

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

// Where the terms of operand `i` of a ~ stand.
std::vector<Matcher::Found> FindOperand(const Program& p, const Node& near, std::uint32_t i, const Matcher& m) {
  const std::uint32_t set = p.set_of[near.arg + i];
  return m.FindTerms(p.sets.begin(set), p.sets.end(set));
}

class Explainer {
 public:
  Explainer(const Compilation& c, const Input& input, std::string_view when, Matcher& matcher)
      : c_(c), input_(input), when_(when), m_(matcher) {}

  ExplainedClause Explain(std::uint32_t node) {
    const Node& n = c_.program.nodes[node];
    ExplainedClause out;
    out.op = n.op;
    out.text = std::string(when_.substr(n.begin, static_cast<std::size_t>(n.end - n.begin)));
    out.held = m_.Holds(node);
    if (n.op == Op::kTerm || n.op == Op::kList) {
      const auto& sets = c_.program.sets;
      const bool term = n.op == Op::kTerm;
      const auto found = m_.FindTerms(term ? &n.arg : sets.begin(n.arg), term ? &n.arg + 1 : sets.end(n.arg));
      for (const Matcher::Found& f : found) AddWord(f.span, std::string(c_.program.TermName(f.term)), &out);
    } else if (out.held) {
      for (const Span& s : m_.Spans(node)) AddWord(s, "", &out);
    }
    if (n.op == Op::kField) out.actual = Actual(c_.program.fields[n.arg].field);
    if (n.op == Op::kNear) out.distances = Distances(n);
    for (std::uint32_t i = 0; i < n.count; ++i) out.clauses.push_back(Explain(n.child + i));
    return out;
  }

 private:
  void AddWord(const Span& s, const std::string& term, ExplainedClause* out) const {
    if (out->words.size() == kMaxWordsOfClause) return;
    out->words.push_back({s, std::string(input_.text.substr(s.begin, s.end - s.begin)), term});
  }

  std::string Actual(Field field) const {
    switch (field) {
      case Field::kChannel:
        return std::string(input_.channel);
      case Field::kLine:
        return std::string(input_.line);
      case Field::kType:
        return input_.stated_type ? std::string(ToWord(*input_.stated_type)) : "";
      case Field::kPlace:
        return m_.place() == text::Gazetteer::kNone ? "" : std::string(c_.program.places.id(m_.place()));
      case Field::kHour:
        return input_.hour < 0 ? "" : std::to_string(input_.hour);
      case Field::kLength:
        return std::to_string(m_.folded().CharsBefore(static_cast<std::uint32_t>(m_.folded().units.size())));
    }
    return "";
  }

  // As the matcher goes: from the words that end a chain so far to those of the next operand.
  std::vector<ExplainedClause::Distance> Distances(const Node& n) const {
    std::vector<ExplainedClause::Distance> out;
    std::vector<Matcher::Found> reached = FindOperand(c_.program, n, 0, m_);
    for (std::uint32_t i = 1; i < n.count; ++i) {
      const std::uint32_t allowed = c_.program.gaps[n.arg + i - 1];
      std::uint32_t least = UINT32_MAX;
      std::vector<Matcher::Found> next;
      const std::vector<Matcher::Found> here = FindOperand(c_.program, n, i, m_);
      if (reached.size() * here.size() > kMaxComparisons) return out;
      for (const Matcher::Found& b : here) {
        std::uint32_t own = UINT32_MAX;
        for (const Matcher::Found& a : reached) {
          const std::uint32_t gap = a.end <= b.begin ? b.begin - a.end : b.end <= a.begin ? a.begin - b.end : 0;
          own = std::min(own, gap);
        }
        least = std::min(least, own);
        if (own <= allowed) next.push_back(b);
      }
      if (least == UINT32_MAX) return out;
      out.push_back({least, allowed});
      if (next.empty()) return out;
      reached = std::move(next);
    }
    return out;
  }

  const Compilation& c_;
  const Input& input_;
  std::string_view when_;
  Matcher& m_;
};

// How many clauses would have to be otherwise for the node to hold, or not to hold.
struct Changes {
  int to_hold = 0;
  int to_fail = 0;
  bool word = false;  // a word of it occurs
  bool far = false;   // all words of a ~ occur, too far apart
};

Changes CountChanges(const Program& p, std::uint32_t node, Matcher& m) {
  const Node& n = p.nodes[node];
  Changes out;
  if (n.op == Op::kNot) {
    const Changes child = CountChanges(p, n.child, m);
    return {child.to_fail, child.to_hold, false, false};
  }
  if (n.op == Op::kAnd || n.op == Op::kOr) {
    const bool all = n.op == Op::kAnd;
    int sum = 0;
    int least = 1000;
    for (std::uint32_t i = 0; i < n.count; ++i) {
      const Changes child = CountChanges(p, n.child + i, m);
      sum += all ? child.to_hold : child.to_fail;
      least = std::min(least, all ? child.to_fail : child.to_hold);
      out.word = out.word || child.word;
      out.far = out.far || child.far;
    }
    out.to_hold = all ? sum : least;
    out.to_fail = all ? least : sum;
    return out;
  }
  const bool held = m.Holds(node);
  out.to_hold = held ? 0 : 1;
  out.to_fail = held ? 1 : 0;
  out.word = held && n.op != Op::kField;
  if (n.op != Op::kNear || held) return out;
  int missing = 0;
  for (std::uint32_t i = 0; i < n.count; ++i) missing += FindOperand(p, n, i, m).empty() ? 1 : 0;
  out.word = missing < static_cast<int>(n.count);
  out.far = missing == 0;
  out.to_hold = std::max(1, missing);
  return out;
}

OrderedJson ClauseJson(const ExplainedClause& c) {
  OrderedJson out;
  out["op"] = OpWord(c.op);
  out["text"] = c.text;
  out["held"] = c.held;
  for (const ExplainedWord& w : c.words) {
    OrderedJson word{{"begin", w.span.begin}, {"end", w.span.end}, {"text", w.text}};
    if (!w.term.empty()) word["term"] = w.term;
    out["words"].push_back(std::move(word));
  }
  if (c.op == Op::kField) out["actual"] = c.actual;
  for (const auto& d : c.distances) out["distances"].push_back({{"found", d.found}, {"allowed", d.allowed}});
  for (const ExplainedClause& child : c.clauses) out["clauses"].push_back(ClauseJson(child));
  return out;
}

}  // namespace

ExplainedRule ExplainRule(const Compilation& c, const Input& input, std::uint32_t rule, Matcher& matcher) {
  const std::uint32_t root = c.program.roots[rule];
  return {rule, matcher.Holds(root), Explainer(c, input, c.book.When(rule), matcher).Explain(root)};
}

std::vector<std::uint32_t> NearlyMatched(const Compilation& c, Matcher& matcher) {
  std::vector<std::uint32_t> far;
  std::vector<std::uint32_t> others;
  for (std::uint32_t i = 0; i < c.program.roots.size(); ++i) {
    if (c.program.nodes[c.program.roots[i]].op == Op::kBroken) continue;
    const Changes changes = CountChanges(c.program, c.program.roots[i], matcher);
    if (changes.to_hold == 1 && changes.word) (changes.far ? far : others).push_back(i);
  }
  far.insert(far.end(), others.begin(), others.end());
  return far;
}

std::string ExplainJson(const Compilation& c, const Input& input, const Verdict& verdict, Matcher& matcher) {
  OrderedJson out;
  out["rule_set"] = verdict.rule_set;
  out["verdict"] = OrderedJson::parse(Encode(verdict), nullptr, false);
  out["folded"] = text::ToUtf8(matcher.folded().units);
  out["rules"] = OrderedJson::array();
  const auto& matched = matcher.matched();
  const auto add = [&](std::uint32_t number) {
    const RuleFacts& rule = c.book.Facts(number);
    const ExplainedRule explained = ExplainRule(c, input, number, matcher);
    OrderedJson r;
    r["id"] = c.book.Id(number);
    r["name"] = c.book.Name(number);
    if (rule.topic != kNoTopic) r["topic"] = c.book.TopicId(number), r["weight"] = rule.weight;
    if (rule.decisive) r["decisive"] = true;
    r["matched"] = explained.matched;
    r["condition"] = ClauseJson(explained.condition);
    out["rules"].push_back(std::move(r));
  };
  for (const std::uint32_t number : matched) add(number);
  for (const std::uint32_t number : matcher.Touched()) {
    if (!std::binary_search(matched.begin(), matched.end(), number)) add(number);
  }
  return out.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace minsheng::rules
