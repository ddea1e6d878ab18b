// SPDX-License-Identifier: Apache-2.0
// The full account of one classification, as JSON, for `rules explain` and the console.
#pragma once
#include <string>

#include "src/model/verdict.h"
#include "src/rules/decision.h"

namespace minsheng::rules {

// {"rule_set", "verdict": Verdict JSON, "place", "folded": the text as rules see it,
//  "rules": [{"id", "name", "topic", "weight", "decisive", "matched", "condition": clause}]}
// clause: {"op": term|list|regex|field|not|near|and|or, "text": source, "held": bool,
//          "words": [{"begin", "end", "text"}] if it held, "clauses": [...]}
// Matched rules first, then by id. `matcher` has just run over `input`.
std::string ExplainJson(const Compilation& c, const Input& input, const Verdict& verdict, Matcher& matcher);

}  // namespace minsheng::rules
