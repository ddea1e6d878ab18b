// SPDX-License-Identifier: Apache-2.0
// Checks: signs of a perfunctory answer (敷衍) or of an avoidable refusal (推诿). One row of a table for each; what
// they find goes onto the order as a flag with its evidence, which holds ids, codes and counts, never anybody's words.
// They only point; a person judges. Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/chase/options.h"
#include "src/orders/order.h"

namespace minsheng::chase {

// What the checks look at.
struct Case {
  const orders::Order& order;            // with its events
  std::string asked;                     // what the citizen wrote, and what the topic is called
  std::vector<std::string> answers;      // the public ones, oldest first
  std::int64_t same_answers = 0;         // other orders that the unit answered in the same words, of late
  std::vector<std::string> had_to_keep;  // numbers of other orders of the topic that it may not have returned
};

struct Finding {
  std::string flag;
  std::string evidence;  // JSON object
  std::string once;      // store::ActPlan
  bool refusal = false;  // about a return, not about an answer
};

// Of the last answer of a unit, or of the return that the order is in.
std::vector<Finding> Examine(const Case& c, const CheckOptions& options);

struct CheckName {
  std::string_view flag;
  std::string_view zh;
  std::string_view en;
};
std::span<const CheckName> CheckNames();
// The flag and its evidence in one line for people: "答复与诉求没有相同的词（诉求 17 组，相同 0 组）".
std::string ExplainFlag(std::string_view flag, std::string_view evidence, bool english);

// A digest of the words of an answer without digits, punctuation and case: equal for answers from one template.
std::string PrintOf(std::string_view answer);
// Pairs of characters that say what something is about, without the phrases that every letter has: how many
// different ones `asked` has, and how many of them `answer` has too.
struct Shared {
  int asked = 0;
  int shared = 0;
};
Shared SharedWords(std::string_view asked, std::string_view answer);

}  // namespace minsheng::chase
