// SPDX-License-Identifier: Apache-2.0
// Tokens of the condition language. Used by condition_parser.cc only.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/rules/condition.h"

namespace minsheng::rules {

enum class TokenKind { kTerm, kList, kRegex, kField, kOr, kAnd, kNot, kNear, kOpen, kClose, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;                 // as Condition::text
  std::vector<std::string> values;  // of a field
  int gap = 0;                      // of kNear
  std::size_t begin = 0;
  std::size_t end = 0;
};

// All tokens and a kEnd. What cannot be read is reported and skipped, or replaced by a token that
// lets the parser go on.
std::vector<Token> Tokenize(std::string_view source, std::vector<SyntaxProblem>* problems);

}  // namespace minsheng::rules
