// SPDX-License-Identifier: Apache-2.0
// RuleBook: what a RuleSet says about each rule besides its condition, kept compactly: the numbers
// that every decision reads apart from the words that only a Verdict shows. Immutable, thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/verdict.h"
#include "src/rules/program.h"
#include "src/rules/sources.h"

namespace minsheng::rules {

inline constexpr std::uint32_t kNoTopic = UINT32_MAX;

struct RuleFacts {
  double weight = 0;
  std::uint32_t topic = kNoTopic;  // topics.size() + n for category n
  bool decisive = false;
  bool has_effects = false;  // any of type, urgency, tags, reply
  std::int8_t type = -1;     // RequestType, or -1
  std::int8_t urgency = -1;  // Urgency, or -1
};

class RuleBook {
 public:
  RuleBook() = default;
  // `topic_of_rule`: by rule, as in RuleFacts.
  RuleBook(const Sources& sources, const std::vector<std::uint32_t>& topic_of_rule);

  std::size_t size() const { return facts_.size(); }
  const RuleFacts& Facts(std::uint32_t rule) const { return facts_.data()[rule]; }
  std::string_view Id(std::uint32_t rule) const { return Text(rule, 0); }
  std::string_view Name(std::uint32_t rule) const { return Text(rule, 1); }
  std::string_view When(std::uint32_t rule) const { return Text(rule, 2); }
  std::string_view TopicId(std::uint32_t rule) const { return Text(rule, 3); }  // or that of a category, or empty
  std::string_view Effect(std::uint32_t rule) const { return Text(rule, 4); }   // as in Reason
  std::string_view Reply(std::uint32_t rule) const { return Text(rule, 5); }
  // Asks for a rule's texts before they are read: first where they stand, then what stands there.
  void FetchRow(std::uint32_t rule) const { __builtin_prefetch(texts_.starts.data() + rule * kTexts); }
  void FetchTexts(std::uint32_t rule) const {
    const std::uint32_t* row = texts_.starts.data() + rule * kTexts;
    for (std::uint32_t at = row[0]; at < row[kTexts]; at += 64) __builtin_prefetch(texts_.items.data() + at);
  }
  std::optional<std::uint32_t> Find(std::string_view id) const;  // rules stand in the order of their ids
  // Tags of a rule, as numbers in the order of their names.
  const std::uint32_t* TagsBegin(std::uint32_t rule) const { return tags_.begin(rule); }
  const std::uint32_t* TagsEnd(std::uint32_t rule) const { return tags_.end(rule); }
  const std::string& TagName(std::uint32_t tag) const { return tag_names_[tag]; }

 private:
  static constexpr std::uint32_t kTexts = 6;
  std::string_view Text(std::uint32_t rule, std::uint32_t which) const {
    const std::uint32_t* row = texts_.starts.data() + rule * kTexts + which;
    return {texts_.items.data() + row[0], row[1] - row[0]};
  }

  std::vector<RuleFacts> facts_;
  Rows<char> texts_;  // kTexts rows per rule
  Rows<std::uint32_t> tags_;
  std::vector<std::string> tag_names_;
};

}  // namespace minsheng::rules
