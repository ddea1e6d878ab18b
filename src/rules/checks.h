// SPDX-License-Identifier: Apache-2.0
// Checks of whole conditions and of the RuleSet, and the running of examples and golden cases.
#pragma once
#include "src/rules/decision.h"
#include "src/rules/reporter.h"
#include "src/rules/sources.h"

namespace minsheng::rules {

// An error if the files were read well but hold neither a rule nor a lexicon: the wrong folder, most likely.
void CheckAnyRule(const Sources& sources, Reporter* reporter);

// Conditions that hold without a word of the text, or that can never hold; alternatives that a
// negation of the same condition always cancels; rules with the same condition; lists and terms
// nobody uses. Takes `good` from rules with an error.
void CheckConditions(Sources* sources, Reporter* reporter);

// Every "yes" must make its rule's condition hold, no "no" may.
void RunExamples(const Compilation& c, Reporter* reporter);
// Every golden case must get the verdict it expects.
void RunGolden(const Compilation& c, Reporter* reporter);

}  // namespace minsheng::rules
