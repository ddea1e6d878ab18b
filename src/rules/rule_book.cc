// SPDX-License-Identifier: Apache-2.0
#include "src/rules/rule_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace minsheng::rules {
namespace {

std::string EffectWords(const RuleSource& r) {
  std::string out;
  const auto add = [&](std::string_view key, std::string_view value) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, value);
  };
  if (r.type) add("type", ToWord(*r.type));
  if (r.urgency) add("urgency", ToWord(*r.urgency));
  for (const std::string& tag : r.tags) add("tag", tag);
  if (!r.reply.empty()) out += out.empty() ? "reply" : " reply";
  return out;
}

}  // namespace

RuleBook::RuleBook(const Sources& sources, const std::vector<std::uint32_t>& topic_of_rule) {
  std::set<std::string> names;
  for (const RuleSource& r : sources.rules) names.insert(r.tags.begin(), r.tags.end());
  tag_names_.assign(names.begin(), names.end());
  for (std::size_t i = 0; i < sources.rules.size(); ++i) {
    const RuleSource& r = sources.rules[i];
    RuleFacts& facts = facts_.emplace_back();
    facts.weight = r.weight;
    facts.topic = topic_of_rule[i];
    facts.decisive = r.decisive;
    facts.has_effects = r.type || r.urgency || !r.tags.empty() || !r.reply.empty();
    if (r.type) facts.type = static_cast<std::int8_t>(*r.type);
    if (r.urgency) facts.urgency = static_cast<std::int8_t>(*r.urgency);
    for (const std::string& text : {r.id, r.name, r.when, r.topic, EffectWords(r), r.reply}) texts_.Add(text);
    std::vector<std::uint32_t> tags;
    for (const std::string& tag : r.tags) {
      const auto at = std::lower_bound(tag_names_.begin(), tag_names_.end(), tag);
      tags.push_back(static_cast<std::uint32_t>(at - tag_names_.begin()));
    }
    tags_.Add(tags);
  }
  facts_.shrink_to_fit(), texts_.Shrink(), tags_.Shrink();
}

std::optional<std::uint32_t> RuleBook::Find(std::string_view id) const {
  std::uint32_t low = 0;
  auto high = static_cast<std::uint32_t>(size());
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (Id(middle) < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == size() || Id(low) != id) return std::nullopt;
  return low;
}

}  // namespace minsheng::rules
