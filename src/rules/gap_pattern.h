// SPDX-License-Identifier: Apache-2.0
// Regular expressions that are words with limited distances between them, such as
// "(路灯|街灯).{0,8}(不亮|损坏)". They need no regex engine: where their words stand is known from the
// scan, and the distances are compared.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::rules {

struct GapPattern {
  struct Gap {
    std::uint32_t least = 0;  // characters
    std::uint32_t most = 0;   // UINT32_MAX: any number
    bool lazy = false;        // prefers few characters
  };
  std::vector<std::vector<std::string>> segments;  // folded words; the first of a segment is preferred
  std::vector<Gap> gaps;                           // gaps[i] lies between segments[i] and segments[i + 1]
};

// Reads a folded expression (FoldRegex). Nothing if it is of another form, if a word begins or ends
// with an ASCII letter or digit (the scan does not report these inside longer words), or if no
// segment consists of words of 2 characters or more.
std::optional<GapPattern> ReadGapPattern(std::string_view folded);

}  // namespace minsheng::rules
