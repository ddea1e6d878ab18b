// SPDX-License-Identifier: Apache-2.0
// Checks of whole conditions and of the RuleSet, and the running of examples and golden cases.
#pragma once
#include <vector>

#include "src/rules/decision.h"
#include "src/rules/logic.h"
#include "src/rules/reporter.h"
#include "src/rules/sources.h"

namespace minsheng::rules {

// An error if the files were read well but hold neither a rule nor a lexicon: the wrong folder, most likely.
void CheckAnyRule(const Sources& sources, Reporter* reporter);

// What Logic knows of one rule's condition.
struct RuleLogic {
  Formula formula;
  Finding can;  // whether it can hold, with a text made for it
};

// Conditions that hold without a word of the text, or that can never hold; parts of a condition that
// do nothing. Takes `good` from rules with an error. One result per rule; for rules that are not
// good it is empty.
// `advise`: parts that do nothing are looked for, too.
std::vector<RuleLogic> CheckConditions(Sources* sources, Logic* logic, bool advise, Reporter* reporter);
// The part of it that looks at one condition which is good so far and needs a word of the text.
RuleLogic CheckCondition(RuleSource* rule, Logic* logic, bool advise, Reporter* reporter);

// Conditions that are the same but for order, repetition and spelling.
void CheckSameForm(const Sources& sources, Reporter* reporter);

// Rules beside each other: conditions that mean the same, rules that another one makes useless, decisive
// rules that contradict each other. A rule is compared with those that match a text made for it, kMaxCompanions
// at most, so that the work grows with the rules and not with their pairs.
void CheckPairs(const Compilation& c, const std::vector<RuleLogic>& rules, Logic* logic, Reporter* reporter);
inline constexpr std::size_t kMaxCompanions = 32;

// Lists and topics that no rule uses, effects without effect.
void CheckUse(const Sources& sources, Reporter* reporter);
// Every value of channel: and line:, and every article that a reply names.
std::vector<Mention> FindMentions(const Sources& sources, const Reporter& reporter);

// Every "yes" must make its rule's condition hold, no "no" may.
void RunExamples(const Compilation& c, Reporter* reporter);
// Every golden case must get the verdict it expects.
void RunGolden(const Compilation& c, Reporter* reporter);

}  // namespace minsheng::rules
