// SPDX-License-Identifier: Apache-2.0
// Spoken: the folded form of a text that was heard (Input::spoken), without what only speech has, so that rules
// written for written texts match it. Settings "spoken" of the RuleSet switch it on; in this order:
//
//   fillers    嗯, 那个, … are left out; of the pause marks around one, the first stays: 路灯，嗯，不亮 -> 路灯，不亮
//   stammering one Chinese character three times or more, also with pause marks between, stands once: 我我，我 -> 我
//   numbers    at least three spoken digits, or two with 幺, and numbers with 十百千万亿 become digits:
//              幺幺零 -> 110, 一二三四五 -> 12345, 两百三十 -> 230, 两千三 -> 2300
//
// What the RuleSet knows stays: settings' "words" (一直, 统一, …) are not touched and end a number; a filler or a
// stammer inside a term of a condition or list, or a place's name, stays; so does a number that such a term covers,
// or that has 十百千万亿 and such a term touches. Regexes see the result. Letters or digits are never joined: where
// nothing would be left between them, a blank is.
//
// Immutable, thread-safe. Time is linear in the text and the number of places found in it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/rules/automaton.h"
#include "src/rules/sources.h"
#include "src/text/fold.h"

namespace minsheng::rules {

// The terms that protect what they hold: those of all conditions and lists, and names of places.
std::vector<std::string> KnownTerms(const Sources& sources);

// The digits that a run of Chinese numerals stands for, or nothing if it is none of the two forms above.
std::optional<std::string> DigitsOf(std::u32string_view numerals);
bool IsNumeral(char32_t c);      // 零〇一…九幺两十百千万亿
bool HasNumberUnit(char32_t c);  // 十百千万亿
bool IsPauseMark(char32_t c);    // , 、 。 . of the folded text
bool CanStammer(char32_t c);     // Chinese characters that are no numerals

class Spoken {
 public:
  Spoken() = default;  // leaves every text as it is
  explicit Spoken(const Sources& sources);

  // Rewrites `*folded`; units keep the place in the original of what they came from, so that spans of the original
  // lie where the words were said.
  void Clean(text::Folded* folded) const;

 private:
  bool on_ = false;
  std::optional<Automaton> automaton_;
  std::vector<std::uint8_t> roles_;  // per pattern
  std::vector<std::uint32_t> lengths_;
};

}  // namespace minsheng::rules
