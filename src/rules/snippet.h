// SPDX-License-Identifier: Apache-2.0
// Examples for a suggested rule: the words that it matches with a little of what stands around them.
// Of that, only what several citizens wrote is shown; every other character becomes ○, so that no name,
// number or address of one citizen can stand in a rule file.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/rules/mining.h"
#include "src/rules/rule_set.h"

namespace minsheng::rules {

class SnippetMaker {
 public:
  // `conditions` holds the rule `id`. Context is shown when each two characters of it stand side by side
  // in texts of at least `citizens` citizens.
  SnippetMaker(const RuleSet& conditions, const Corpus& corpus, std::string id, std::uint32_t citizens)
      : conditions_(conditions), corpus_(corpus), id_(std::move(id)), citizens_(citizens) {}

  // At most two different pieces of `hit` that the rule matches, as masked.
  std::vector<std::string> Matching(const std::vector<const HistoryCase*>& hit);
  // At most one piece of `missed` that holds a word of the condition `when`, and is not matched.
  std::vector<std::string> NotMatching(const std::vector<const HistoryCase*>& missed, std::string_view when);

 private:
  std::vector<Span> SpansIn(const Input& input);
  bool Matches(const std::string& text);
  std::string Cut(std::string_view text, const std::vector<Span>& spans) const;

  const RuleSet& conditions_;
  const Corpus& corpus_;
  const std::string id_;
  const std::uint32_t citizens_;
  RuleSet::Scratch scratch_;
};

}  // namespace minsheng::rules
