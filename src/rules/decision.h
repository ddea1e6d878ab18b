// SPDX-License-Identifier: Apache-2.0
// From matched rules to a Verdict.
//
// Evidence is summed per topic: the weights of matched rules, and of lexicon terms that occur (once
// each; divided by n^(length/2) for n such terms, settings "lexicon.length"). The topic with the
// highest positive sum wins, then the smaller id; if decisive rules matched, only their topics
// compete.
//
// A rule or lexicon term may name a category instead of a topic: its evidence is added to every topic
// of the category that has evidence of its own (out-of-scope topics aside), or, if none has, to the
// category's general topic. It shifts the balance between categories, not within one.
// Evidence whose condition also holds in the opening of the text (settings "opening") counts
// `factor` times: a title and the first words say what a long text is about.
//
// Confidence: confidence.h. A decisive winner without a decisive rival has confidence 1. The Request
// goes to triage if the category's confidence < threshold, or the topic's < topic_threshold, or the
// winner's sum < min_evidence (unless decisive), or nothing matched.
//
// type: the stated one; else that of the strongest rule with a type (decisive, then by weight, words
// matched, id). urgency: the highest. tags: all. reply: of the strongest rule with a reply among
// those without a topic or with the winning one, or else the standard answer of an out-of-scope
// topic; what hangs on the winning topic is left out when the Request goes to triage.
#pragma once
#include "src/model/verdict.h"
#include "src/rules/matcher.h"
#include "src/rules/program.h"
#include "src/rules/sources.h"

namespace minsheng::rules {

// Sources and Program of one RuleSet, with what a decision looks up.
struct Compilation {
  Sources sources;
  Program program;
  std::vector<const TopicSource*> topics;          // by number, sorted by id
  std::vector<std::uint32_t> topic_of_rule;        // kNoTopic if none; topics.size() + n for category n
  std::vector<std::uint32_t> general_of_category;  // by number, sorted by id; kNoTopic if none
  std::vector<std::uint32_t> category_of_topic;    // kNoTopic for out-of-scope topics: they take no part
};
inline constexpr std::uint32_t kNoTopic = UINT32_MAX;

struct RankedRule {
  std::uint32_t rule = 0;
  double weight = 0;  // as it counts
};

// Working memory of Decide; reused.
struct DecisionScratch {
  std::vector<RankedRule> ranked;  // matched, strongest first
  std::vector<double> sums;        // by topic
  std::vector<double> lexicon;     // part of the lexicon in it
  std::vector<double> factors;     // by place in matched(): 1, or more in the opening
  std::vector<bool> decisive;
  std::vector<bool> used;
  std::vector<std::uint32_t> topics;  // used, sorted
};

// `matcher` has just run `c.program` over `input`.
Verdict Decide(const Compilation& c, const Input& input, Matcher& matcher, DecisionScratch& scratch);

}  // namespace minsheng::rules
