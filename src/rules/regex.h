// SPDX-License-Identifier: Apache-2.0
// A regular expression of a condition, over RE2 (linear time). regex.cc is the only file with
// <re2/*>. Immutable, thread-safe.
//
// It runs on the folded text, so it is folded too, and letter case never matters. It must have
// required literals: words (2 characters or more) of which at least one stands in every match. They
// join the other terms of the RuleSet, and the expression runs only where one of them was seen.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minsheng::rules {

struct RegexFault {
  std::string zh;
  std::string en;
};

// Instructions of RE2. Its worst case looks at all of them for each byte of a text.
inline constexpr int kMaxRegexProgram = 5000;

class Regex {
 public:
  // Null and a fault if the expression is malformed, too costly or has no required literal.
  static std::shared_ptr<const Regex> Make(std::string_view source, RegexFault* fault,
                                           int most_program = kMaxRegexProgram);
  ~Regex();

  // One of these (folded UTF-8) stands in every match.
  const std::vector<std::string>& literals() const { return literals_; }
  bool Matches(std::string_view folded_utf8) const;
  // The first matches that do not overlap, as bytes of the text; at most `most`, empty ones left out.
  std::vector<std::pair<std::size_t, std::size_t>> Find(std::string_view folded_utf8, std::size_t most) const;
  // The same into `*out`, reusing its memory.
  void Find(std::string_view folded_utf8, std::size_t most,
            std::vector<std::pair<std::size_t, std::size_t>>* out) const;

 private:
  Regex();
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
  std::vector<std::string> literals_;
};

// The expression with every character folded that is no syntax.
std::string FoldRegex(std::string_view source);

}  // namespace minsheng::rules
