// SPDX-License-Identifier: Apache-2.0
// Pattern: a condition in the rule language (words, |, &, !, ~N and brackets; no lists, regexes and fields) that says
// by which words a value is told. Immutable, thread-safe.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/forms/reading.h"
#include "src/rules/condition.h"

namespace minsheng::forms {

struct PatternProblem {
  std::size_t at = 0;  // byte of the source
  std::string zh;
  std::string en;
};

class Pattern {
 public:
  // Nothing, and at least one problem, when `source` is no such condition.
  static std::optional<Pattern> Parse(std::string_view source, std::vector<PatternProblem>* problems);

  // Where it holds: the first and shortest place of one of its words, [begin, end) in characters. Nothing when it does
  // not hold; an empty place at 0 when it holds by what is not there.
  std::optional<std::pair<std::size_t, std::size_t>> Find(const Reading& r) const;

 private:
  struct Node {
    rules::Op op = rules::Op::kTerm;
    std::u32string term;  // folded
    std::vector<Node> children;
    std::vector<int> gaps;
  };
  using Range = std::pair<std::size_t, std::size_t>;
  static Node Make(const rules::Condition& c, std::vector<PatternProblem>* problems);
  static std::vector<Range> Places(const Node& n, const Reading& r);
  static std::optional<Range> FindNode(const Node& n, const Reading& r);

  Node root_;
};

}  // namespace minsheng::forms
