// SPDX-License-Identifier: Apache-2.0
// The full account of one classification: each rule as a tree of clauses, with what held, the words
// in the original text that made it hold, and how far apart they stand. From the matcher that has
// just judged the message, so that an explanation cannot differ from the verdict.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/model/verdict.h"
#include "src/rules/decision.h"

namespace minsheng::rules {

struct ExplainedWord {
  Span span;
  std::string text;  // as it stands in the original
  std::string term;  // as the condition or list has it, folded; empty for a regex
};

struct ExplainedClause {
  Op op = Op::kBroken;
  std::string text;  // source
  bool held = false;
  std::vector<ExplainedWord> words;  // occurrences of a term or list; the whole match of ~ and of a regex
  std::string actual;                // of a field: what the message has; empty if nothing
  // Of ~, per gap: the smallest distance between two words in characters, as far as the chain could be
  // followed, and what is allowed.
  struct Distance {
    std::uint32_t found = 0;
    std::uint32_t allowed = 0;
  };
  std::vector<Distance> distances;
  std::vector<ExplainedClause> clauses;
};

struct ExplainedRule {
  std::uint32_t rule = 0;
  bool matched = false;
  ExplainedClause condition;
};

// Rule by number, for the message over which `matcher` has just run.
ExplainedRule ExplainRule(const Compilation& c, const Input& input, std::uint32_t rule, Matcher& matcher);

// The rules that do not match but would if one clause were otherwise, while a word of them occurs:
// those first of which all words occur, too far apart; then by id.
std::vector<std::uint32_t> NearlyMatched(const Compilation& c, Matcher& matcher);

// {"rule_set", "verdict": Verdict JSON, "place", "folded": the text as rules see it,
//  "rules": [{"id", "name", "topic", "weight", "decisive", "matched", "condition": clause}]}
// clause: {"op": term|list|regex|field|not|near|and|or, "text": source, "held": bool,
//          "words": [{"begin", "end", "text", "term"?}] if it held, "actual"? of a field,
//          "distances": [{"found", "allowed"}] of near, "clauses": [...]}
// Matched rules first, then by id: those a seen word touched.
std::string ExplainJson(const Compilation& c, const Input& input, const Verdict& verdict, Matcher& matcher);

// The same for people: the matched rules, and with `all` the first 20 of NearlyMatched.
std::string ExplainText(const Compilation& c, const Input& input, const Verdict& verdict, Matcher& matcher,
                        std::string_view language, bool all);

}  // namespace minsheng::rules
