// SPDX-License-Identifier: Apache-2.0
// A Verdict's reasons in one line for an operator.
#pragma once
#include <string>
#include <string_view>

#include "src/model/verdict.h"
#include "src/rules/rule_set.h"

namespace minsheng::rules {

// "城市管理和建设 › 园林绿化，把握 92%：“石楠…挡住”（绿化遮挡视线）；其次：交通设施". Says also why a Request goes to
// triage (two guesses near each other, little evidence, nothing matched), which rule was decisive, what made it urgent
// or gave it tags, and what answered it. `text` is the original text of the Message (words are shown as written there,
// unmasked); `rules` gives names to topics, if need be another version than the one that judged. language: "zh" or "en"
// (there, topics are shown by their ids: they have no English names). No line breaks. Pure, thread-safe.
std::string OneLine(const Verdict& v, std::string_view text, const RuleSet& rules, std::string_view language);

}  // namespace minsheng::rules
