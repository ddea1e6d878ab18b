// SPDX-License-Identifier: Apache-2.0
// Reading: a text as characters in their folded form, with the way back to its bytes; and what all
// finders need: classes of characters and numbers as people write and say them. Pure, thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/verdict.h"

namespace minsheng::forms {

// Nothing is looked for behind so many characters: a call of an hour has fewer.
inline constexpr std::size_t kMaxReadChars = 40'000;

class Reading {
 public:
  // `text` must be valid UTF-8 and outlive the Reading. Linear in the text.
  explicit Reading(std::string_view text);

  const std::u32string& chars() const { return chars_; }
  std::size_t size() const { return chars_.size(); }
  char32_t At(std::size_t i) const { return i < chars_.size() ? chars_[i] : 0; }
  // Whether `word` (folded) stands at `i`.
  bool Is(std::size_t i, std::u32string_view word) const {
    return i <= chars_.size() && chars_.compare(i, word.size(), word) == 0;
  }
  // Bytes of the text of the characters [begin, end); begin < end <= size().
  Span SpanOf(std::size_t begin, std::size_t end) const;
  // The text there as it was written.
  std::string_view Written(std::size_t begin, std::size_t end) const;
  // The first character that begins at or behind this byte.
  std::size_t CharAt(std::uint32_t byte) const;

 private:
  std::string_view text_;
  std::u32string chars_;
  std::vector<std::uint32_t> starts_;
};

bool IsHan(char32_t c);
bool IsDigit(char32_t c);
bool IsLatin(char32_t c);  // a..z: folded letters are small
// 零〇一二两三 … 九 十 百 千 万 亿
bool IsNumeral(char32_t c);
// The folded form of a word of ours, as characters.
std::u32string Chars(std::string_view utf8);

struct FoundNumber {
  double value = 0;
  std::size_t end = 0;  // of its characters
};
// The number that begins at `at`: 12, 1,200, 3.5, 3万, 十二, 两百五, 一千二百. Nothing for a number that goes on
// before `at`, for 几十, or one that no one can mean (二三十, 万万).
std::optional<FoundNumber> NumberAt(const Reading& r, std::size_t at);

}  // namespace minsheng::forms
