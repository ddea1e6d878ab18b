// SPDX-License-Identifier: Apache-2.0
#include "src/rules/clauses.h"

#include <algorithm>
#include <optional>

namespace minsheng::rules {
namespace {

using Terms = std::vector<std::uint32_t>;

Terms TermsOfSet(const Program& p, std::uint32_t set) { return {p.sets.begin(set), p.sets.end(set)}; }

void SortUnique(Terms* terms) {
  std::sort(terms->begin(), terms->end());
  terms->erase(std::unique(terms->begin(), terms->end()), terms->end());
}

// Appends the terms of a node that holds if and only if one of them occurs; false for other nodes.
bool Alternative(const Program& p, std::uint32_t node, Terms* out) {
  const Node& n = p.nodes[node];
  if (n.op == Op::kTerm) {
    out->push_back(n.arg);
    return true;
  }
  if (n.op == Op::kList) {
    out->insert(out->end(), p.sets.begin(n.arg), p.sets.end(n.arg));
    return true;
  }
  if (n.op != Op::kOr) return false;
  for (std::uint32_t i = 0; i < n.count; ++i) {
    if (!Alternative(p, n.child + i, out)) return false;
  }
  return true;
}

class Splitter {
 public:
  Splitter(const Program& program, const std::function<double(const Terms&)>& commonness)
      : p_(program), commonness_(commonness) {}

  // Appends the clauses that a node needs; true if they are all that it needs.
  bool Split(std::uint32_t node, std::vector<Clause>* out) const {
    const Node& n = p_.nodes[node];
    Clause clause;
    if (Alternative(p_, node, &clause.terms)) {
      out->push_back(std::move(clause));
      return true;
    }
    clause.terms.clear();
    switch (n.op) {
      case Op::kAnd: {
        bool all_told = true;
        for (std::uint32_t i = 0; i < n.count; ++i) all_told = Split(n.child + i, out) && all_told;
        return all_told;
      }
      case Op::kNot:
        clause.forbids = true;
        if (!Alternative(p_, n.child, &clause.terms)) return false;
        out->push_back(std::move(clause));
        return true;
      case Op::kNear:
        for (std::uint32_t i = 0; i < n.count; ++i)
          out->push_back({false, false, TermsOfSet(p_, p_.set_of[n.arg + i])});
        return false;
      case Op::kRegex:
        for (const std::uint32_t* set = p_.regex_needs.begin(n.arg); set != p_.regex_needs.end(n.arg); ++set) {
          out->push_back({false, true, TermsOfSet(p_, *set)});
        }
        return false;
      case Op::kOr:
        if (auto needed = NeededByOne(n)) out->push_back({false, true, std::move(*needed)});
        return false;
      default:
        return false;
    }
  }

 private:
  // Terms of which one must be seen for one of the children to hold.
  std::optional<Terms> NeededByOne(const Node& n) const {
    Terms all;
    for (std::uint32_t i = 0; i < n.count; ++i) {
      std::vector<Clause> clauses;
      Split(n.child + i, &clauses);
      std::erase_if(clauses, [](const Clause& c) { return c.forbids; });
      if (clauses.empty()) return std::nullopt;
      const auto rarest = std::min_element(clauses.begin(), clauses.end(), [this](const Clause& a, const Clause& b) {
        return commonness_(a.terms) < commonness_(b.terms);
      });
      all.insert(all.end(), rarest->terms.begin(), rarest->terms.end());
    }
    return all;
  }

  const Program& p_;
  const std::function<double(const Terms&)>& commonness_;
};

}  // namespace

RuleChecks ChecksOf(const Program& program, std::uint32_t root, const std::function<double(const Terms&)>& commonness) {
  RuleChecks checks;
  checks.all_told = Splitter(program, commonness).Split(root, &checks.clauses);
  for (Clause& clause : checks.clauses) SortUnique(&clause.terms);
  // Rarest first: it fails first.
  std::vector<std::pair<double, Clause>> ranked;
  for (Clause& clause : checks.clauses) {
    const double rank = clause.forbids ? 1e9 : commonness(clause.terms);
    ranked.emplace_back(rank, std::move(clause));
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  checks.clauses.clear();
  for (auto& [rank, clause] : ranked) checks.clauses.push_back(std::move(clause));
  if (checks.clauses.empty() || checks.clauses.front().forbids) return checks;
  checks.triggered = true;
  checks.trigger = std::move(checks.clauses.front().terms);
  checks.clauses.erase(checks.clauses.begin());
  return checks;
}

Terms OperandTerms(const Program& program, std::uint32_t node) {
  Terms terms;
  Alternative(program, node, &terms);
  SortUnique(&terms);
  return terms;
}

}  // namespace minsheng::rules
