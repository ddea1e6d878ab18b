// SPDX-License-Identifier: Apache-2.0
// One question of Logic: gathers the atoms of the claims, joins terms that play the same part, and
// builds the truth table. Used by logic.cc only.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "src/rules/logic.h"

namespace minsheng::rules {

class LogicQuery {
 public:
  LogicQuery(Logic* logic, const std::vector<Claim>& claims) : logic_(*logic), claims_(claims) {}
  Finding Run(bool want_witness);

 private:
  // Terms (by their place in terms_) that are one variable.
  struct Group {
    std::vector<std::size_t> members;
  };
  // What one value of a field makes of the field atoms in field_atoms: bit i for atom i.
  struct FieldValue {
    std::uint32_t pattern = 0;
    std::string word;
    int number = 0;
  };

  void Walk(const Formula& f);
  std::size_t LeafOf(const std::vector<std::uint32_t>& terms);
  void Relate();
  void Join();
  bool Brings(std::size_t from, std::size_t to) const;  // term from contains term to
  std::vector<int> OpaqueTies(std::size_t term);
  bool NearWithin(const Logic::Atom& near, std::uint32_t term);
  bool RegexBrings(const Logic::Atom& regex, const std::u32string& term) const;
  static bool NearBrings(const Logic::Atom& a, const Logic::Atom& b);

  TruthTable Var(std::size_t i) const { return TruthTable::Variable(variables_, static_cast<int>(i)); }
  std::size_t AtomVar(std::size_t i) const { return groups_.size() + i; }
  void Demand(const TruthTable& premise, const TruthTable& conclusion);
  void DemandTerms();
  void DemandAtoms();
  void DemandFields(const std::string& field);
  std::vector<FieldValue> ValuesOf(const std::string& field, const std::vector<std::size_t>& atoms) const;
  TruthTable TableOf(const Formula& f);
  Example WitnessOf(std::uint32_t row);
  std::string NearText(const Logic::Atom& near, const std::string& apart) const;

  Logic& logic_;
  const std::vector<Claim>& claims_;
  std::map<std::vector<std::uint32_t>, std::size_t> leaves_;  // sets of terms of which any makes a part hold
  std::vector<std::uint32_t> terms_;                          // sorted
  std::vector<std::vector<std::size_t>> leaves_of_;           // per term; empty when the term is of no account
  std::vector<std::vector<std::size_t>> inside_;              // per term: the others that it contains
  std::vector<Group> groups_;
  std::vector<std::uint32_t> atoms_;  // sorted
  std::vector<TruthTable> leaf_tables_;
  TruthTable valid_{0, true};
  int variables_ = 0;
  bool exact_ = true;
};

}  // namespace minsheng::rules
