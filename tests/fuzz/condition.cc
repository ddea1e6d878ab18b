// SPDX-License-Identifier: Apache-2.0
#include "src/rules/condition.h"

#include "src/text/utf8.h"
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {
namespace {

using rules::Op;

void CheckTree(const rules::Condition& c, std::size_t size) {
  Require(c.begin <= c.end && c.end <= size, "a node lies inside the source");
  Require(c.op != Op::kBroken, "a tree without problems has no broken node");
  Require(c.op != Op::kNear || c.gaps.size() + 1 == c.children.size(), "there is a gap between two operands");
  for (const int gap : c.gaps) Require(gap >= 0 && gap <= rules::kMaxGap, "a gap is in its range");
  for (const rules::Condition& child : c.children) {
    Require(child.begin >= c.begin && child.end <= c.end, "a child lies inside its parent");
    CheckTree(child, size);
  }
}

}  // namespace

void Condition(std::string_view input) {
  const std::string source = text::Repair(input);
  std::vector<rules::SyntaxProblem> problems;
  const rules::Condition tree = rules::ParseCondition(source, &problems);
  std::size_t before = 0;
  for (const rules::SyntaxProblem& p : problems) {
    Require(p.at <= source.size(), "a problem's place is inside the input");
    Require(p.at >= before, "problems come in order of place");
    Require(!p.code.empty() && !p.zh.empty() && !p.en.empty(), "a problem says what is wrong");
    Require(text::IsValidUtf8(p.zh) && text::IsValidUtf8(p.en), "a problem's text is valid UTF-8");
    before = p.at;
  }
  Require(problems.size() <= rules::kMaxConditionProblems, "the number of problems is bounded");
  if (!problems.empty()) return;
  CheckTree(tree, source.size());
  const std::string printed = rules::PrintCondition(tree);
  if (printed.size() > rules::kMaxConditionBytes) return;  // quotation marks made it longer than a source may be
  std::vector<rules::SyntaxProblem> again;
  const rules::Condition parsed = rules::ParseCondition(printed, &again);
  Require(again.empty(), "what is printed can be parsed: " + printed);
  Require(rules::SameTree(tree, parsed), "printing and parsing gives the same tree: " + printed);
  Require(rules::PrintCondition(parsed) == printed, "printing is canonical: " + printed);
  Require(rules::NormalForm(tree) == rules::NormalForm(parsed), "the normal form does not depend on spelling");
}

}  // namespace minsheng::fuzz
