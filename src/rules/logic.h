// SPDX-License-Identifier: Apache-2.0
// What can be said about conditions without any text: whether they can hold at all, alone or
// together, and whether one implies another.
//
// Decided by truth tables over the atoms of the conditions. Terms are atoms that know each other: a
// term that contains another one brings it along (路灯不亮 implies 路灯), and nothing else ties them,
// because the terms of any closed set stand together in some text. Terms that occur in the same
// alternatives, and stand in the same relation to all others, count as one atom, so that long lists
// stay small. Fields of one name know which values they share. Near-conditions, regexes, place: and
// length< are atoms of which only some consequences are known (a ~5 b implies a and b, and a ~9 b),
// so that "can hold" may be unknown for them, but "cannot hold" is always certain.
//
// About messages as they arrive, whose hour is known. Not thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/rules/condition.h"
#include "src/rules/sources.h"
#include "src/rules/truth_table.h"

namespace minsheng::rules {

// A condition with its terms and atoms as numbers of the Logic that made it.
struct Formula {
  enum class Kind { kTerms, kAtom, kNot, kAnd, kOr };
  Kind kind = Kind::kTerms;
  std::vector<std::uint32_t> terms;  // of kTerms: any of them occurs; sorted
  std::uint32_t atom = 0;            // of kAtom
  std::vector<Formula> children;
};

// "The formula holds", or does not.
struct Claim {
  const Formula* formula = nullptr;
  bool holds = true;
};

enum class Answer { kNo, kYes, kUnknown };

struct Finding {
  Answer answer = Answer::kUnknown;
  bool too_large = false;  // more atoms than a truth table takes
  std::optional<Example>
      witness;  // if asked for, and not kNo: a message made for the claims; with kUnknown it may fail
};

class Logic {
 public:
  // `sources` must outlive it and not change.
  explicit Logic(const Sources& sources) : sources_(sources) {}

  // `c` has no problem of syntax, and its lists exist.
  Formula Prepare(const Condition& c);
  // Whether some message fulfils all claims.
  Finding CanHold(const std::vector<Claim>& claims, bool want_witness = false);
  // Whether every message for which `a` holds fulfils `b`.
  bool Implies(const Formula& a, const Formula& b) { return CanHold({{&a, true}, {&b, false}}).answer == Answer::kNo; }

  // Truth tables built so far.
  std::size_t tables() const { return tables_; }

  // An atom that is no term.
  struct Atom {
    Op op = Op::kField;
    std::vector<std::vector<std::uint32_t>> operands;  // of kNear: terms
    std::vector<std::uint32_t> gaps;
    std::vector<std::u32string> literals;  // of kRegex: one stands in every match
    std::string field;
    std::vector<std::string> values;
    unsigned mask = 0;         // hours, types
    std::uint32_t length = 0;  // of length<
  };
  const Atom& atom(std::uint32_t number) const { return atoms_[number]; }
  const std::u32string& term(std::uint32_t number) const { return terms_[number]; }
  // The folded terms that occur wherever `number` occurs, sorted; itself included.
  const std::vector<std::uint32_t>& Inside(std::uint32_t number);
  const Sources& sources() const { return sources_; }

 private:
  std::uint32_t TermOf(const std::string& text);
  std::vector<std::uint32_t> TermsOf(const Condition& c);  // of a term, a list, or alternatives of them
  std::uint32_t AtomOf(const Condition& c);

  const Sources& sources_;
  std::vector<std::u32string> terms_;
  std::unordered_map<std::u32string, std::uint32_t> term_numbers_;
  struct Cached {
    std::size_t known = 0;  // terms there were
    std::vector<std::uint32_t> inside;
  };
  std::unordered_map<std::uint32_t, Cached> inside_;
  std::vector<Atom> atoms_;
  std::map<std::string, std::uint32_t> atom_numbers_;
  std::size_t tables_ = 0;
};

}  // namespace minsheng::rules
