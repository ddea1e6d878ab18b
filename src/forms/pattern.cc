// SPDX-License-Identifier: Apache-2.0
#include "src/forms/pattern.h"

#include <algorithm>

namespace minsheng::forms {
namespace {

bool GoesOn(char32_t a, char32_t b) { return (IsLatin(a) && IsLatin(b)) || (IsDigit(a) && IsDigit(b)); }

std::size_t GapBetween(const std::pair<std::size_t, std::size_t>& a, const std::pair<std::size_t, std::size_t>& b) {
  if (a.second <= b.first) return b.first - a.second;
  return b.second <= a.first ? a.first - b.second : 0;
}

}  // namespace

std::optional<Pattern> Pattern::Parse(std::string_view source, std::vector<PatternProblem>* problems) {
  const std::size_t before = problems->size();
  std::vector<rules::SyntaxProblem> syntax;
  const auto condition = rules::ParseCondition(source, &syntax);
  for (const auto& p : syntax) problems->push_back({p.at, p.zh, p.en});
  Pattern pattern;
  if (syntax.empty()) pattern.root_ = Make(condition, problems);
  if (problems->size() != before) return std::nullopt;
  return pattern;
}

Pattern::Node Pattern::Make(const rules::Condition& c, std::vector<PatternProblem>* problems) {
  Node node{c.op, {}, {}, c.gaps};
  switch (c.op) {
    case rules::Op::kTerm:
      node.term = Chars(c.text);
      break;
    case rules::Op::kList:
    case rules::Op::kRegex:
    case rules::Op::kField:
    case rules::Op::kBroken:
      problems->push_back({c.begin, "这里只能用词语和 | & ! ~N ( )", "only words and | & ! ~N ( ) may stand here"});
      break;
    default:
      for (const auto& child : c.children) node.children.push_back(Make(child, problems));
  }
  return node;
}

std::vector<Pattern::Range> Pattern::Places(const Node& n, const Reading& r) {
  std::vector<Range> all;
  if (n.op == rules::Op::kTerm) {
    const auto& text = r.chars();
    for (std::size_t at = n.term.empty() ? text.npos : text.find(n.term); at != text.npos;
         at = text.find(n.term, at + 1)) {
      const std::size_t end = at + n.term.size();
      if (at > 0 && GoesOn(text[at - 1], n.term.front())) continue;
      if (end < text.size() && GoesOn(n.term.back(), text[end])) continue;
      all.emplace_back(at, end);
    }
    return all;
  }
  for (const Node& child : n.children) {
    const auto more = Places(child, r);
    all.insert(all.end(), more.begin(), more.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::optional<Pattern::Range> Pattern::FindNode(const Node& n, const Reading& r) {
  const auto earlier = [](const std::optional<Range>& a, const std::optional<Range>& b) {
    if (!a || !b) return a ? a : b;
    if (a->second == 0 || b->second == 0) return a->second == 0 ? b : a;  // held by an absence: no place of its own
    return *a <= *b ? a : b;
  };
  switch (n.op) {
    case rules::Op::kTerm: {
      const auto places = Places(n, r);
      return places.empty() ? std::nullopt : std::optional(places.front());
    }
    case rules::Op::kNot:
      return FindNode(n.children.front(), r) ? std::nullopt : std::optional(Range{0, 0});
    case rules::Op::kOr: {
      std::optional<Range> best;
      for (const Node& child : n.children) best = earlier(best, FindNode(child, r));
      return best;
    }
    case rules::Op::kAnd: {
      std::optional<Range> best;
      for (const Node& child : n.children) {
        const auto found = FindNode(child, r);
        if (!found) return std::nullopt;
        best = earlier(best, found);
      }
      return best;
    }
    case rules::Op::kNear: {
      auto reached = Places(n.children.front(), r);
      for (std::size_t i = 1; i < n.children.size(); ++i) {
        auto next = Places(n.children[i], r);
        std::erase_if(next, [&](const Range& b) {
          return std::none_of(reached.begin(), reached.end(), [&](const Range& a) {
            return GapBetween(a, b) <= static_cast<std::size_t>(n.gaps[i - 1]);
          });
        });
        reached = std::move(next);
      }
      return reached.empty() ? std::nullopt : std::optional(reached.front());
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::pair<std::size_t, std::size_t>> Pattern::Find(const Reading& r) const { return FindNode(root_, r); }

}  // namespace minsheng::forms
