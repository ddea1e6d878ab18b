// SPDX-License-Identifier: Apache-2.0
// Texts and rules of any number, made by a grammar with a fixed seed, for benchmarks. A smaller
// number of rules is the beginning of a larger one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/rules/rule_set.h"

namespace minsheng::bench {

// Holds if one of `any` stands in the text (or, in its place: one of `left` within `gap` characters
// of one of `right`; for a regex `left` before `right`), all of `all` do, and none of `none` does.
struct MadeRule {
  std::string id;
  std::vector<std::string> any, all, none, left, right;
  int gap = 0;
  bool regex = false;
  int halves = 0;     // weight * 2
  std::string topic;  // "c3.t17": category c3
};

// Requests of about 150 characters.
std::vector<std::string> MadeTexts(std::size_t n);
// 3 to 8 words each; 5 % regexes, 5 % near conditions, 25 % with `all`, 30 % with `none`.
std::vector<MadeRule> MadeRules(std::size_t n);
// Rules of the same form whose words stand in no text of MadeTexts, though their characters do.
std::vector<MadeRule> SilentRules(std::size_t n, const std::vector<std::string>& texts);

std::string ConditionOf(const MadeRule& rule);
// As a RuleSet of ours, and as JSON for other engines.
std::vector<rules::SourceFile> ToFiles(const std::vector<MadeRule>& rules);
std::string ToPeerJson(const std::vector<MadeRule>& rules);

// Whether a rule holds, by searching the text for each word: what all engines are compared with.
bool HoldsSlowly(const MadeRule& rule, std::string_view text);
// Category of the topic with the greatest sum (then the smaller id), or empty.
std::string CategorySlowly(const std::vector<MadeRule>& rules, std::string_view text);

}  // namespace minsheng::bench
