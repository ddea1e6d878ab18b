// SPDX-License-Identifier: Apache-2.0
// Taking a condition apart into clauses over terms alone, for Program.
#pragma once
#include <functional>
#include <vector>

#include "src/rules/program.h"

namespace minsheng::rules {

// One of `terms` must occur, or, if it forbids, none may.
struct Clause {
  bool forbids = false;
  bool loose = false;  // of a regex: it is enough that the term is seen inside a longer word
  std::vector<std::uint32_t> terms;
};

// What must be true for a condition to hold.
struct RuleChecks {
  bool triggered = false;              // one of `trigger` must be seen; else the rule is always looked at
  std::vector<std::uint32_t> trigger;  // sorted
  std::vector<Clause> clauses;         // the others; rarer terms first, those that forbid last
  bool all_told = false;               // trigger and clauses are the whole condition
};

// `commonness` estimates the share of texts with one of the terms: the rarest clause is the trigger.
RuleChecks ChecksOf(const Program& program, std::uint32_t root,
                    const std::function<double(const std::vector<std::uint32_t>&)>& commonness);

// The terms of an operand of kNear.
std::vector<std::uint32_t> OperandTerms(const Program& program, std::uint32_t node);

}  // namespace minsheng::rules
