// SPDX-License-Identifier: Apache-2.0
// The condition language of a rule's "when": its tree, parser and printer.
//
//   or      := and { "|" and }
//   and     := near { "&" near }
//   near    := unary { "~" N unary }         a ~5 b ~8 c: one b that is near both an a and a c
//   unary   := "!" unary | primary
//   primary := term | "quoted" | /regex/ | @list | field | "(" or ")"
//   field   := channel:V | line:V | type:V | place:V | hour:H | length<N     V := word {"," word}
//                                                       H := hour or from-to (both included, may
//                                                       pass midnight) {"," ...}
//
// Full-width operators （ ） ｜ ＆ ！ ～ ： ＜ “ ” mean the same as ASCII ones. Operands of ~ are
// terms, lists or alternatives of them; N is 0..200 characters of the folded text between the end
// of one and the start of the other, in either order; overlapping counts as 0. A term that begins
// or ends with a letter or digit of the Latin alphabet matches whole runs of letters or digits only.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::rules {

enum class Op { kTerm, kList, kRegex, kField, kNot, kNear, kAnd, kOr, kBroken };

struct Condition {
  Op op = Op::kBroken;
  std::string text;                 // term as meant, list name, regex, or field name ("channel", "length")
  std::vector<std::string> values;  // of a field
  std::vector<Condition> children;
  std::vector<int> gaps;  // of kNear: gaps[i] lies between children[i] and children[i + 1]
  std::size_t begin = 0;  // bytes of the condition's source, [begin, end)
  std::size_t end = 0;
};

// Tree equality, without source positions.
bool SameTree(const Condition& a, const Condition& b);

struct SyntaxProblem {
  std::size_t at = 0;  // byte of the condition's source
  std::string code;
  std::string zh;
  std::string en;
};

inline constexpr int kMaxGap = 200;
inline constexpr std::size_t kMaxTermChars = 64;
inline constexpr std::size_t kMaxRegexBytes = 1000;
inline constexpr std::size_t kMaxConditionBytes = 20'000;
// At most so many problems of one condition are told; the last then says how many there are besides.
inline constexpr std::size_t kMaxConditionProblems = 100;

// Parses all of `source` (valid UTF-8). Every problem is appended to `problems`, in order of place;
// the tree is only to be used when none was. Whether lists and places exist is not looked at.
Condition ParseCondition(std::string_view source, std::vector<SyntaxProblem>* problems);

// Canonical source text: ParseCondition(PrintCondition(c)) gives the same tree.
std::string PrintCondition(const Condition& c);

// The same for conditions that mean the same by folding, order or repetition of alternatives.
std::string NormalForm(const Condition& c);

// Parses the values of hour: into 24 bits; 0 when a value is wrong.
unsigned HourMask(const std::vector<std::string>& values);

}  // namespace minsheng::rules
