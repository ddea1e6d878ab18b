// SPDX-License-Identifier: Apache-2.0
// Program: all conditions, places and lexicon terms of a RuleSet, compiled for one scan.
// Plain immutable data; built by BuildProgram, run by Matcher.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/model/message.h"
#include "src/rules/automaton.h"
#include "src/rules/regex.h"
#include "src/rules/sources.h"
#include "src/rules/spoken.h"
#include "src/text/places.h"

namespace minsheng::rules {

// Rows of numbers in one compact array: row i is [items + starts[i], items + starts[i + 1]).
template <class T>
struct Rows {
  std::vector<std::uint32_t> starts = {0};
  std::vector<T> items;

  const T* begin(std::uint32_t row) const { return items.data() + starts[row]; }
  const T* end(std::uint32_t row) const { return items.data() + starts[row + 1]; }
  std::uint32_t Add(const std::vector<T>& row) {
    items.insert(items.end(), row.begin(), row.end());
    starts.push_back(static_cast<std::uint32_t>(items.size()));
    return static_cast<std::uint32_t>(starts.size() - 2);
  }
};

struct Term {
  std::uint16_t units = 0;
  // A first or last Latin letter or digit must not go on in the text: see EdgeClass.
  std::uint8_t first_edge = 0;
  std::uint8_t last_edge = 0;
  bool loose = false;  // literal of a regex, too: there it may also stand inside a longer word
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
  std::uint32_t arg = 0;    // number of the term, term set (kList), regex or field
  std::uint32_t child = 0;  // first child; the children of a node stand in one row
  std::uint32_t count = 0;
  std::uint32_t gap = 0;  // first gap of kNear
  std::uint32_t set = 0;  // term set of an operand of kNear
  const Condition* source = nullptr;
};

struct LexiconHit {
  std::uint32_t topic = 0;
  double weight = 0;  // scaled
};

struct Program {
  Automaton automaton;
  std::vector<Term> terms;
  std::vector<std::string> term_names;  // folded UTF-8
  std::vector<Node> nodes;
  std::vector<std::uint32_t> roots;  // per rule
  std::vector<std::uint32_t> gaps;
  Rows<std::uint32_t> sets;  // sorted term numbers
  std::vector<std::shared_ptr<const Regex>> regexes;
  std::vector<std::uint32_t> regex_literals;  // term set of each regex
  std::vector<FieldTest> fields;
  Rows<std::uint32_t> rules_of_term;  // rules that may hold when the term is seen
  std::vector<std::uint32_t> always;  // rules that must be looked at for every message
  Rows<std::uint32_t> places_of_term;
  Rows<LexiconHit> lexicon_of_term;
  text::Gazetteer places;
  Spoken spoken;
  std::uint64_t serial = 0;  // differs between all programs of this process
};

// Compiles rules whose conditions are good; `sources` must outlive the program. Reports regexes
// that cannot be used, and rules that have to be looked at for every message.
Program BuildProgram(const Sources& sources, Reporter* reporter);

}  // namespace minsheng::rules
