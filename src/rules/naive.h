// SPDX-License-Identifier: Apache-2.0
// The slow twin of the engine: the specification that tests compare it with. It walks the tree of
// one condition and searches the folded text for each term anew.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/rules/condition.h"
#include "src/rules/rule_set.h"
#include "src/rules/sources.h"

namespace minsheng::rules {

// The folded text as characters.
std::u32string NaiveText(std::string_view text);

// All places of `term` (folded) in `text` (folded), [begin, end) in characters. A term that begins
// or ends with an ASCII letter (digit) is not found where the letters (digits) go on.
std::vector<std::pair<std::size_t, std::size_t>> NaiveFind(const std::u32string& text, const std::u32string& term);

struct NaiveWorld {
  // Terms of a list.
  std::function<std::vector<std::string>(const std::string&)> list;
  // Whether the place of the message is this one or below it.
  std::function<bool(const std::string&)> in_place;
  // How heard texts are read; terms: KnownTerms (spoken.h).
  SpokenSettings spoken{};
  std::vector<std::string> terms{};
};

// The folded text of a message as its rules see it: of a heard one, what Spoken::Clean leaves.
std::u32string NaiveHeard(std::u32string folded, const NaiveWorld& world);

// What the engine must answer for a condition without syntax problems.
bool NaiveHolds(const Condition& c, const Input& input, const NaiveWorld& world);

}  // namespace minsheng::rules
