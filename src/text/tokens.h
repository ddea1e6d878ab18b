// SPDX-License-Identifier: Apache-2.0
// Tokens: what a full-text index keeps of a text. Chinese is not cut into words (nobody can do that without
// mistakes) but into overlapping pairs of characters; letters and digits are taken as whole words.
//
// The text is folded first (fold.h), then every run of what is neither letter, digit nor ideograph becomes one
// blank. "路灯不亮" has the tokens 路灯 灯不 不亮 亮; "Wi-Fi 6" has wi fi 6. The last character of a run is a token
// by itself, so that every character begins some token and a single one is found by a range of keys.
//
// Pure, thread-safe, linear in the text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::text {

// A folded text without punctuation, with a map back to the original.
struct PlainText {
  std::u16string units;               // no blank at either end, never two in a row
  std::vector<std::uint32_t> starts;  // per unit: first byte, in the original, of the character it came from
};
// At most `max_units` units of the folded text are looked at.
PlainText MakePlain(std::string_view text, std::size_t max_units = SIZE_MAX);

// Two characters c, d: c << 21 | d. One that ends a run: c << 21. A word of letters and digits: a hash with
// bit 62 set; two such words share a key with a probability of 2^-61. Never negative.
using TokenKey = std::int64_t;

struct Token {
  TokenKey key = 0;
  std::uint32_t begin = 0;  // units of the PlainText, half-open
  std::uint32_t end = 0;
};
std::vector<Token> TokensOf(const PlainText& text);

// What a text must hold: a token with a key in [low, high].
struct TokenRange {
  TokenKey low = 0;
  TokenKey high = 0;
  bool Has(TokenKey key) const { return key >= low && key <= high; }
  bool operator==(const TokenRange&) const = default;
};

// What somebody typed into the search box. A word holds when every pair of its characters occurs somewhere; what
// stands in quotes ("…", “…”, 「…」) must occur as it is. A quotation mark that is not closed reaches to the end.
struct SearchWords {
  std::vector<TokenRange> ranges;  // of all words and phrases, each once, in the order typed
  std::vector<PlainText> phrases;
  bool empty() const { return ranges.empty(); }
};
SearchWords ReadSearchWords(std::string_view typed);

// Where `phrase` occurs in `text` from unit `from` on, or npos. Letters and digits at its ends must not go on
// in the text: "wifi" is not in "wifis".
std::size_t FindPhrase(const PlainText& text, const PlainText& phrase, std::size_t from = 0);

}  // namespace minsheng::text
