// SPDX-License-Identifier: Apache-2.0
// Mining of conditions: which words are common in the Requests that were judged wrongly and rare in
// those of other topics, alone or near each other. Pure and deterministic.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/rules/history.h"
#include "src/rules/terms.h"

namespace minsheng::rules {

// The Requests of one run, prepared once for all topics.
struct Corpus {
  const std::vector<HistoryCase>& cases;
  std::vector<Judgement> judged;      // by the RuleSet in force
  std::vector<std::string> decided;   // topic (or category) in the end: the label, else what was decided; "" = unknown
  std::vector<bool> misjudged;        // labelled, and not judged so
  std::vector<std::u16string> texts;  // TermTexts::Of
  std::vector<std::uint32_t> citizens;  // number of the citizen
};

// A condition of one or two groups of alternatives.
struct MinedCondition {
  static constexpr int kAnywhere = -1;
  std::vector<std::u16string> left;
  std::vector<std::u16string> right;  // empty: left alone
  int near = kAnywhere;               // characters between left and right at most
  std::string When() const;           // in the rule language: "(取餐柜 | 餐盒) ~8 打扫"
};

// Conditions for `topic`, best first; each explains at least min_support citizens' misjudged Requests
// that those before it leave unexplained. At most `limit`.
std::vector<MinedCondition> MineConditions(const Corpus& corpus, const std::string& topic, const StopWords& stop,
                                           std::uint32_t min_support, std::size_t limit);

}  // namespace minsheng::rules
