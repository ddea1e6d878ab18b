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
#include "src/rules/confidence.h"
#include "src/rules/matcher.h"
#include "src/rules/program.h"
#include "src/rules/rule_book.h"
#include "src/rules/sources.h"

namespace minsheng::rules {

// Everything a decision looks up, for one RuleSet.
struct Compilation {
  Sources sources;  // after compiling: categories, topics and settings only (DropSources)
  Program program;
  RuleBook book;
  std::vector<const TopicSource*> topics;          // by number, sorted by id
  std::vector<std::uint32_t> general_of_category;  // by number, sorted by id; kNoTopic if none
  std::vector<std::uint32_t> category_of_topic;    // kNoTopic for out-of-scope topics: they take no part
  std::vector<std::uint32_t> kin_of_topic;         // equal for topics of one category (out-of-scope ones apart)
};

// Frees what only compiling needs: conditions, examples, golden cases, lists, places, lexicon.
void DropSources(Compilation* c);

struct RankedRule {
  std::uint32_t rule = 0;
  bool decisive = false;
  double weight = 0;  // as it counts
};

// The evidence for one topic (or category).
struct TopicEvidence {
  double sum = 0;
  double lexicon = 0;       // part of the lexicon in it
  std::uint32_t epoch = 0;  // of the message for which the rest is valid
  bool decisive = false;
};

// Working memory of Decide, and what it found out; reused.
struct DecisionScratch {
  std::vector<RankedRule> matched;           // in the order of rules
  std::vector<TopicEvidence> evidence;       // by topic, then by category
  std::vector<std::uint32_t> topics;         // with evidence
  std::vector<std::uint32_t> lexicon_terms;  // that occur, rising
  std::vector<std::uint32_t> tags;           // rising, unique
  std::vector<std::pair<double, std::uint32_t>> parts;
  std::vector<Span> spans;
  std::vector<Reason> spare_reasons;  // of longer Verdicts, for their memory
  std::vector<TopicSum> spare_sums;
  std::vector<std::string> spare_tags;
  std::optional<Place> spare_place;
  std::uint32_t epoch = 0;
  double lexicon_share = 1;
  std::uint32_t winner = kNoTopic;
  std::uint32_t runner_up = kNoTopic;
  Certainty certainty;
  bool triage = true;
  std::optional<RequestType> type;
  Urgency urgency = Urgency::kNormal;
  std::string_view reply;
};

// Fills `scratch`. `matcher` has just run `c.program` over `input`. No memory is allocated once the
// buffers have grown.
void Decide(const Compilation& c, const Input& input, Matcher& matcher, DecisionScratch& scratch);

// Writes what Decide has just found out, with its reasons, reusing the memory of `*out`.
void WriteVerdict(const Compilation& c, Matcher& matcher, DecisionScratch& scratch, Verdict* out);

// The weight of a lexicon term as it counts in this text.
double LexiconShare(const Compilation& c, const Matcher& matcher, const DecisionScratch& scratch, std::uint32_t term);

}  // namespace minsheng::rules
