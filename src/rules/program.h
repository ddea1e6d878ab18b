// SPDX-License-Identifier: Apache-2.0
// Program: all conditions, places and lexicon terms of a RuleSet, compiled for one scan.
// Plain immutable data; built by BuildProgram, run by Matcher. It does not refer to its sources.
//
// A rule is looked at only when a term of its trigger was seen: one of these terms stands in every
// text for which the condition holds. Then its clauses are checked, which need nothing but the terms
// seen, and only then, unless the clauses say it all, the tree of the condition.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/message.h"
#include "src/rules/automaton.h"
#include "src/rules/gap_pattern.h"
#include "src/rules/regex.h"
#include "src/rules/sources.h"
#include "src/rules/spoken.h"
#include "src/text/places.h"

namespace minsheng::rules {

// Rows of numbers in one compact array: row i is [begin(i), end(i)).
template <class T>
struct Rows {
  std::vector<std::uint32_t> starts = {0};
  std::vector<T> items;

  const T* begin(std::uint32_t row) const { return items.data() + starts.data()[row]; }
  const T* end(std::uint32_t row) const { return items.data() + starts.data()[row + 1]; }
  bool empty(std::uint32_t row) const { return starts.data()[row] == starts.data()[row + 1]; }
  template <class Row>
  std::uint32_t Add(const Row& row) {
    items.insert(items.end(), row.begin(), row.end());
    starts.push_back(static_cast<std::uint32_t>(items.size()));
    return static_cast<std::uint32_t>(starts.size() - 2);
  }
  void Shrink() { starts.shrink_to_fit(), items.shrink_to_fit(); }
  std::size_t bytes() const { return starts.capacity() * sizeof(std::uint32_t) + items.capacity() * sizeof(T); }
};

struct Term {
  std::uint16_t units = 0;
  // A first or last Latin letter or digit must not go on in the text: see EdgeClass.
  std::uint8_t first_edge : 2 = 0;
  std::uint8_t last_edge : 2 = 0;
  bool loose : 1 = false;    // literal of a regex, too: there it may also stand inside a longer word
  bool place : 1 = false;    // name of a place
  bool lexicon : 1 = false;  // gives evidence by itself
};

// 1 for an ASCII letter, 2 for a digit, else 0. Where a term ends in class 1 or 2, the text must
// not go on with the same class.
std::uint8_t EdgeClass(char16_t folded);

enum class Field { kChannel, kLine, kType, kPlace, kHour, kLength };

struct FieldTest {
  Field field = Field::kChannel;
  std::vector<std::string> words;     // channel, line
  unsigned mask = 0;                  // hours, or types by number
  std::vector<std::uint32_t> places;  // numbers of the gazetteer
  std::uint32_t length = 0;           // characters
};

struct Node {
  Op op = Op::kBroken;
  std::uint16_t count = 0;  // of children
  std::uint16_t begin = 0;  // its source: bytes of the rule's condition, [begin, end)
  std::uint16_t end = 0;
  std::uint32_t arg = 0;    // number of the term, list's term set, regex, field, or first gap of kNear
  std::uint32_t child = 0;  // first child; the children of a node stand in one row
};

// A regex that is a GapPattern: segments [first, first + count) of Program::alternatives.
struct GapRegex {
  std::uint32_t first = 0;
  std::vector<GapPattern::Gap> gaps;
};
// Either an expression or, when that is null, gaps.
struct RegexCode {
  std::shared_ptr<const Regex> re;
  GapRegex gaps;
};

// An entry of a term's posting list: rule * 4 + flags.
inline constexpr std::uint32_t kHasClauses = 1;  // row of Program::clauses to be checked
inline constexpr std::uint32_t kHasTree = 2;     // Matcher::Holds(root) decides
inline constexpr std::uint32_t kPostingBits = 2;

// Clauses stand in a row one after the other: a head, then that many terms. The clause holds if one
// of them occurs, or with kForbids if none does. With kBySet the head's number is that of a set.
inline constexpr std::uint32_t kForbids = 1;
inline constexpr std::uint32_t kBySet = 2;
inline constexpr std::uint32_t kClauseBits = 2;

struct LexiconHit {
  std::uint32_t topic = 0;
  double weight = 0;  // scaled
};

struct Program {
  Automaton automaton;
  std::vector<Term> terms;
  Rows<char> term_names;  // folded UTF-8
  std::vector<Node> nodes;
  std::vector<std::uint32_t> roots;  // per rule
  std::vector<std::uint32_t> gaps;
  Rows<std::uint32_t> sets;           // sorted term numbers
  std::vector<std::uint32_t> set_of;  // of operand i of kNear: set_of[gap of the node + i]
  std::vector<RegexCode> regexes;
  Rows<std::uint32_t> alternatives;  // terms of a segment, in the expression's order
  Rows<std::uint32_t> regex_needs;   // per regex: sets, of each of which one term must be seen
  std::vector<FieldTest> fields;
  Rows<std::uint32_t> postings;       // per term: rules whose trigger it is in, with flags
  Rows<std::uint32_t> clauses;        // per rule
  std::vector<std::uint32_t> always;  // postings of rules that must be looked at for every message
  Rows<std::uint32_t> places_of_term;
  Rows<LexiconHit> lexicon_of_term;
  text::Gazetteer places;
  Spoken spoken;
  std::uint64_t serial = 0;  // differs between all programs of this process

  std::string_view TermName(std::uint32_t term) const {
    return {term_names.begin(term), static_cast<std::size_t>(term_names.end(term) - term_names.begin(term))};
  }
};

// Compiles rules whose conditions are good. Reports regexes that cannot be used, and rules that have
// to be looked at for every message.
Program BuildProgram(const Sources& sources, Reporter* reporter);

}  // namespace minsheng::rules
