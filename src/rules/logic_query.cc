// SPDX-License-Identifier: Apache-2.0
#include "src/rules/logic_query.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "src/rules/naive.h"
#include "src/rules/program.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxTerms = 4000;  // of one question, before joining

bool IsSubset(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

bool InSameRun(char32_t a, char32_t b) {
  const auto kind = [](char32_t c) { return c < 0x80 ? EdgeClass(static_cast<char16_t>(c)) : 0; };
  return kind(a) != 0 && kind(a) == kind(b);
}

}  // namespace

Finding LogicQuery::Run(bool want_witness) {
  Finding finding;
  for (const Claim& claim : claims_) Walk(*claim.formula);
  std::sort(atoms_.begin(), atoms_.end());
  atoms_.erase(std::unique(atoms_.begin(), atoms_.end()), atoms_.end());
  for (const std::uint32_t a : atoms_) {
    const Logic::Atom& atom = logic_.atom(a);
    for (const auto& operand : atom.operands) LeafOf(operand);
    exact_ = exact_ && atom.op == Op::kField && atom.field != "place" && atom.field != "length";
  }
  if (terms_.size() <= kMaxTerms) Relate(), Join();
  if (terms_.size() > kMaxTerms || groups_.size() + atoms_.size() > TruthTable::kMaxVariables) {
    finding.too_large = true;
    return finding;
  }
  variables_ = static_cast<int>(groups_.size() + atoms_.size());
  valid_ = TruthTable(variables_, true);
  DemandTerms();
  DemandAtoms();
  for (const char* const field : {"channel", "line", "type", "place", "hour", "length"}) DemandFields(field);
  TruthTable all = valid_;
  for (const Claim& claim : claims_) all &= claim.holds ? TableOf(*claim.formula) : !TableOf(*claim.formula);
  const bool any = all.Any();
  finding.answer = !any ? Answer::kNo : exact_ ? Answer::kYes : Answer::kUnknown;
  if (any && want_witness) finding.witness = WitnessOf(*all.FewestRow());
  return finding;
}

void LogicQuery::Walk(const Formula& f) {
  if (f.kind == Formula::Kind::kTerms) LeafOf(f.terms);
  if (f.kind == Formula::Kind::kAtom) atoms_.push_back(f.atom);
  for (const Formula& child : f.children) Walk(child);
}

std::size_t LogicQuery::LeafOf(const std::vector<std::uint32_t>& terms) {
  const auto [it, fresh] = leaves_.try_emplace(terms, leaves_.size());
  if (fresh) {
    std::vector<std::uint32_t> all;
    std::set_union(terms_.begin(), terms_.end(), terms.begin(), terms.end(), std::back_inserter(all));
    terms_ = std::move(all);
  }
  return it->second;
}

// Which terms stand in which leaves, and contain which others. A term is of no account where each of
// its leaves has another one that it brings along.
void LogicQuery::Relate() {
  leaves_of_.resize(terms_.size());
  for (const auto& [terms, leaf] : leaves_) {
    for (const std::uint32_t t : terms) {
      leaves_of_[static_cast<std::size_t>(std::lower_bound(terms_.begin(), terms_.end(), t) - terms_.begin())]
          .push_back(leaf);
    }
  }
  for (auto& leaves : leaves_of_) std::sort(leaves.begin(), leaves.end());
  inside_.resize(terms_.size());
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    for (const std::uint32_t t : logic_.Inside(terms_[i])) {
      const auto at = std::lower_bound(terms_.begin(), terms_.end(), t);
      if (at != terms_.end() && *at == t && t != terms_[i]) {
        inside_[i].push_back(static_cast<std::size_t>(at - terms_.begin()));
      }
    }
  }
  std::vector<bool> idle(terms_.size(), false);
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    idle[i] = std::all_of(leaves_of_[i].begin(), leaves_of_[i].end(), [&](std::size_t leaf) {
      return std::any_of(inside_[i].begin(), inside_[i].end(), [&](std::size_t j) {
        return std::binary_search(leaves_of_[j].begin(), leaves_of_[j].end(), leaf);
      });
    });
  }
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    if (idle[i]) leaves_of_[i].clear();
  }
}

bool LogicQuery::Brings(std::size_t from, std::size_t to) const {
  return std::binary_search(inside_[from].begin(), inside_[from].end(), to);
}

// Terms with the same leaves and the same ties to everything else become one variable.
void LogicQuery::Join() {
  std::vector<std::vector<std::size_t>> around(terms_.size());
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    for (const std::size_t j : inside_[i]) {
      if (!leaves_of_[i].empty() && !leaves_of_[j].empty()) around[j].push_back(i);
    }
  }
  using Key =
      std::tuple<std::vector<std::size_t>, std::vector<std::size_t>, std::vector<std::size_t>, std::vector<int>>;
  std::map<Key, std::size_t> numbers;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    if (leaves_of_[i].empty()) continue;
    std::vector<std::size_t> inside;
    for (const std::size_t j : inside_[i]) {
      if (!leaves_of_[j].empty()) inside.push_back(j);
    }
    const auto [it, fresh] =
        numbers.try_emplace(Key(leaves_of_[i], std::move(inside), around[i], OpaqueTies(i)), groups_.size());
    if (fresh) groups_.emplace_back();
    groups_[it->second].members.push_back(i);
  }
}

// The atoms that the term alone decides: +a for "makes it hold or fail", -a for "is brought along by it".
std::vector<int> LogicQuery::OpaqueTies(std::size_t term) {
  std::vector<int> ties;
  const std::u32string& text = logic_.term(terms_[term]);
  for (std::size_t a = 0; a < atoms_.size(); ++a) {
    const Logic::Atom& atom = logic_.atom(atoms_[a]);
    const int tie = static_cast<int>(a) + 1;
    if (atom.op == Op::kNear && NearWithin(atom, terms_[term])) ties.push_back(tie);
    if (atom.field == "length" && text.size() >= atom.length) ties.push_back(tie);
    if (atom.op == Op::kRegex && RegexBrings(atom, text)) ties.push_back(-tie);
  }
  return ties;
}

// Whether the term alone makes the near-condition hold.
bool LogicQuery::NearWithin(const Logic::Atom& near, std::uint32_t term) {
  const std::vector<std::uint32_t>& inside = logic_.Inside(term);
  const std::u32string& text = logic_.term(term);
  std::vector<std::pair<std::size_t, std::size_t>> reached;
  for (std::size_t i = 0; i < near.operands.size(); ++i) {
    std::vector<std::pair<std::size_t, std::size_t>> here;
    for (const std::uint32_t t : near.operands[i]) {
      if (!std::binary_search(inside.begin(), inside.end(), t)) continue;
      for (const auto& b : NaiveFind(text, logic_.term(t))) {
        const auto close = [&](const auto& a) {
          const std::size_t gap = a.second <= b.first   ? b.first - a.second
                                  : b.second <= a.first ? a.first - b.second
                                                        : 0;
          return gap <= near.gaps[i - 1];
        };
        if (i == 0 || std::any_of(reached.begin(), reached.end(), close)) here.push_back(b);
      }
    }
    if (here.empty()) return false;
    reached = std::move(here);
  }
  return true;
}

// Whether the term stands in every match, whatever is around the match.
bool LogicQuery::RegexBrings(const Logic::Atom& regex, const std::u32string& term) const {
  const auto safe = [&](const std::u32string& literal) {
    for (const auto& [begin, end] : NaiveFind(literal, term)) {
      const bool open_left = begin == 0 && InSameRun(term.front(), term.front());
      const bool open_right = end == literal.size() && InSameRun(term.back(), term.back());
      if (!open_left && !open_right) return true;
    }
    return false;
  };
  return !regex.literals.empty() && std::all_of(regex.literals.begin(), regex.literals.end(), safe);
}

// Whether a brings along b: b is a part of the chain a with no fewer terms and no smaller gaps.
bool LogicQuery::NearBrings(const Logic::Atom& a, const Logic::Atom& b) {
  const std::size_t n = a.operands.size();
  const std::size_t m = b.operands.size();
  const auto fits = [&](std::size_t from, bool reversed) {
    for (std::size_t i = 0; i < m; ++i) {
      const std::size_t at = reversed ? m - 1 - i : i;
      if (!IsSubset(a.operands[from + i], b.operands[at])) return false;
      if (i + 1 < m && a.gaps[from + i] > b.gaps[reversed ? m - 2 - i : i]) return false;
    }
    return true;
  };
  for (std::size_t from = 0; from + m <= n; ++from) {
    if (fits(from, false) || fits(from, true)) return true;
  }
  return false;
}

void LogicQuery::Demand(const TruthTable& premise, const TruthTable& conclusion) {
  TruthTable t = !premise;
  t |= conclusion;
  valid_ &= t;
}

void LogicQuery::DemandTerms() {
  leaf_tables_.assign(leaves_.size(), TruthTable(variables_, false));
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const std::size_t first = groups_[g].members.front();
    for (const std::size_t leaf : leaves_of_[first]) leaf_tables_[leaf] |= Var(g);
    for (std::size_t h = 0; h < groups_.size(); ++h) {
      if (g != h && Brings(first, groups_[h].members.front())) Demand(Var(g), Var(h));
    }
    for (const int tie : OpaqueTies(first)) {
      const std::size_t atom = AtomVar(static_cast<std::size_t>(std::abs(tie)) - 1);
      const bool forbids = tie > 0 && logic_.atom(atoms_[static_cast<std::size_t>(tie) - 1]).op == Op::kField;
      if (tie < 0) Demand(Var(atom), Var(g));
      if (tie > 0) Demand(Var(g), forbids ? !Var(atom) : Var(atom));
    }
  }
}

void LogicQuery::DemandAtoms() {
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    const Logic::Atom& a = logic_.atom(atoms_[i]);
    if (a.op != Op::kNear) continue;
    for (const auto& operand : a.operands) Demand(Var(AtomVar(i)), leaf_tables_[leaves_.at(operand)]);
    for (std::size_t j = 0; j < atoms_.size(); ++j) {
      const Logic::Atom& b = logic_.atom(atoms_[j]);
      if (i != j && b.op == Op::kNear && NearBrings(a, b)) Demand(Var(AtomVar(i)), Var(AtomVar(j)));
    }
  }
}

std::vector<LogicQuery::FieldValue> LogicQuery::ValuesOf(const std::string& field,
                                                         const std::vector<std::size_t>& atoms) const {
  std::vector<FieldValue> values;
  if (field == "hour") {
    for (int h = 0; h < 24; ++h) values.push_back({0, "", h});
  } else if (field == "type") {
    for (int t = -1; t < 6; ++t) values.push_back({0, "", t});
  } else if (field == "length") {
    values.push_back({0, "", INT32_MAX});
    for (const std::size_t i : atoms) values.push_back({0, "", static_cast<int>(logic_.atom(atoms_[i]).length) - 1});
  } else if (field == "place") {
    values.push_back({});
    for (const auto& [id, place] : logic_.sources().places) values.push_back({0, id, 0});
  } else {
    std::set<std::string> words = {""};
    for (const std::size_t i : atoms)
      words.insert(logic_.atom(atoms_[i]).values.begin(), logic_.atom(atoms_[i]).values.end());
    for (const std::string& word : words) values.push_back({0, word, 0});
  }
  const auto& places = logic_.sources().places;
  const auto one_of = [&](const std::string& word, const std::vector<std::string>& wanted) {
    std::string at = word;
    for (int steps = 0; steps < 64; ++steps) {  // for a place: itself and what is above it
      if (std::find(wanted.begin(), wanted.end(), at) != wanted.end()) return true;
      const auto place = field == "place" ? places.find(at) : places.end();
      if (place == places.end() || place->second.parent.empty()) return false;
      at = place->second.parent;
    }
    return false;
  };
  for (FieldValue& v : values) {
    for (std::size_t k = 0; k < atoms.size(); ++k) {
      const Logic::Atom& a = logic_.atom(atoms_[atoms[k]]);
      const bool holds = field == "length"                    ? v.number < static_cast<int>(a.length)
                         : field == "hour" || field == "type" ? v.number >= 0 && (a.mask >> v.number & 1U) != 0
                                                              : one_of(v.word, a.values);
      if (holds) v.pattern |= 1U << k;
    }
  }
  return values;
}

// A message has one value of each field.
void LogicQuery::DemandFields(const std::string& field) {
  std::vector<std::size_t> atoms;
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    if (logic_.atom(atoms_[i]).field == field) atoms.push_back(i);
  }
  if (atoms.empty()) return;
  std::set<std::uint32_t> patterns;
  for (const FieldValue& v : ValuesOf(field, atoms)) patterns.insert(v.pattern);
  TruthTable possible(variables_, false);
  for (const std::uint32_t pattern : patterns) {
    TruthTable row(variables_, true);
    for (std::size_t k = 0; k < atoms.size(); ++k) {
      row &= (pattern >> k & 1U) != 0 ? Var(AtomVar(atoms[k])) : !Var(AtomVar(atoms[k]));
    }
    possible |= row;
  }
  valid_ &= possible;
}

TruthTable LogicQuery::TableOf(const Formula& f) {
  switch (f.kind) {
    case Formula::Kind::kTerms:
      return leaf_tables_[leaves_.at(f.terms)];
    case Formula::Kind::kAtom:
      return Var(
          AtomVar(static_cast<std::size_t>(std::lower_bound(atoms_.begin(), atoms_.end(), f.atom) - atoms_.begin())));
    case Formula::Kind::kNot:
      return !TableOf(f.children.front());
    default:
      break;
  }
  TruthTable t(variables_, f.kind == Formula::Kind::kAnd);
  for (const Formula& child : f.children) {
    if (f.kind == Formula::Kind::kAnd) {
      t &= TableOf(child);
    } else {
      t |= TableOf(child);
    }
  }
  return t;
}

}  // namespace minsheng::rules
