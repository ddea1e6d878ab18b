// SPDX-License-Identifier: Apache-2.0
// Folding: the form of a text in which rules look for words, with a map back to the original.
//
// Every character is folded by itself: NFKC and full case folding (ｅＴＣ -> etc, ㎡ -> m2), then
// traditional to simplified Chinese, one character to one. What nobody sees (zero-width characters,
// variation selectors, controls) is dropped. Accents written as separate marks are not composed.
// White space: between two letters or digits of an alphabet (Latin, Greek, Cyrillic, ...) any run
// of it becomes one blank; everywhere else it is dropped, so that a line break or blanks inside
// Chinese never hide a word. White space at both ends is dropped.
//
// Pure, thread-safe. The table is made at build time (src/text/gen/fold_table.cc).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::text {

struct Folded {
  std::u16string units;               // UTF-16, no lone surrogates
  std::vector<std::uint32_t> starts;  // per unit: first byte, in the original, of the character it came from
  // Per unit and one past the end: how many characters (code points) stand before it. Empty when
  // every unit is a character of its own, which is the usual case.
  std::vector<std::uint32_t> chars;

  // Number of characters before unit `i`; i <= units.size().
  std::uint32_t CharsBefore(std::uint32_t i) const { return chars.empty() ? i : chars[i]; }
};

// Folds at most `max_units` units of valid UTF-8 `text` into `*out`, reusing its memory. Bad bytes
// count as U+FFFD. Time and space are linear in the text.
void Fold(std::string_view text, Folded* out, std::size_t max_units = SIZE_MAX);

// Fills `chars` anew from `units`; for who rewrites a folded text.
void CountCharacters(Folded* out);

// The folded form as UTF-16 or UTF-8.
std::u16string FoldToUnits(std::string_view text);
std::string FoldToUtf8(std::string_view text);

// First byte after the character of `text` that starts at `start`: the end of a span whose last
// unit has this start. `start` < text.size().
std::uint32_t EndOfCharacter(std::string_view text, std::uint32_t start);

// UTF-16 to UTF-8 (lone surrogates become U+FFFD). When `unit_of_byte` is given, it receives for
// every byte, and one past the end, the unit it belongs to.
std::string ToUtf8(std::u16string_view units, std::vector<std::uint32_t>* unit_of_byte = nullptr);
// The same into `*out`, reusing its memory.
void ToUtf8(std::u16string_view units, std::string* out, std::vector<std::uint32_t>* unit_of_byte);

// True when unit `u` of a folded text belongs to a script that separates words by blanks.
bool IsSpacedScript(char16_t u);

}  // namespace minsheng::text
