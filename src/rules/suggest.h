// SPDX-License-Identifier: Apache-2.0
// Suggestions: rules mined from what people corrected, each with what it would change. Nothing is
// applied: a person reads them and puts what is good into a draft. Pure and deterministic: the same
// cases give the same suggestions on any number of threads. All cases are held at once.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/rules/history.h"
#include "src/rules/rule_set.h"
#include "src/rules/terms.h"

namespace minsheng::rules {

struct SuggestOptions {
  int min_support = 3;  // different citizens whose Requests a rule must explain; also how many must
                        // have written a piece of context before an example shows it
  int limit = 20;       // suggestions at most
  int threads = 0;      // 0 = one per core
  // Called between the steps; false ends the work without suggestions. May be empty.
  std::function<bool()> go_on;
};

// A Request that the condition hits though it belongs to another topic.
struct CounterExample {
  std::string id;
  std::string topic;  // what it was in the end
  bool by_person = false;
  std::string text;  // as it came: mask it before it is shown
  bool operator==(const CounterExample&) const = default;
};

struct Suggestion {
  std::string id;  // free in the RuleSet
  std::string name;
  std::string when;
  std::string topic;
  double weight = 0;
  std::int64_t support = 0;   // misjudged Requests of this topic that it hits ...
  std::int64_t citizens = 0;  // ... by so many citizens
  std::int64_t agreeing = 0;  // hit, of this topic, and judged so already
  std::int64_t against = 0;   // hit, of another topic
  std::int64_t unknown = 0;   // hit, and nobody decided yet
  // What adding this rule alone would change, of the Requests that it hits.
  std::int64_t wins = 0;
  std::int64_t losses = 0;
  std::int64_t unchanged = 0;                    // decided by a person, and standing as before
  std::int64_t moved = 0;                        // not corrected by anybody, and leaving the topic that stood
  std::int64_t opened = 0;                       // in triage without a decision, and decided by it
  std::vector<CounterExample> counter_examples;  // people's first, then as the cases come; at most 5
  std::vector<std::string> yes;  // short pieces that it matches; what fewer than min_support citizens wrote is masked
  std::vector<std::string> no;
  bool operator==(const Suggestion&) const = default;

  double Score() const { return static_cast<double>(wins - 2 * losses - moved); }
};

struct Suggestions {
  std::int64_t requests = 0;
  std::int64_t labelled = 0;
  std::int64_t misjudged = 0;     // labelled, and judged otherwise or sent to triage
  std::vector<Suggestion> items;  // by falling Score, then support, then id
};

// `set` is compiled from `files`. Order of `cases` matters only where "first" is said above.
Suggestions Suggest(const std::vector<SourceFile>& files, const RuleSet& set, const std::vector<HistoryCase>& cases,
                    const StopWords& stop, const SuggestOptions& options);

// A rule file of these suggestions: a JSON array, ready for a folder of rules.
std::string RuleFileOf(const std::vector<Suggestion>& items);

}  // namespace minsheng::rules
