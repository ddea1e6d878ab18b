// SPDX-License-Identifier: Apache-2.0
// Folding against the slow way: ICU's NFKC_Casefold and OpenCC for each character anew.
#include "src/text/fold.h"

#include <opencc/opencc.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <unordered_map>

#include "src/text/utf8.h"
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {
namespace {

std::string OneUtf8(char32_t c) {
  std::string out;
  text::AppendUtf8(c, &out);
  return out;
}

class SlowFold {
 public:
  // What becomes of one character that is no white space.
  const std::string& Of(char32_t c) {
    const auto [it, fresh] = known_.try_emplace(c);
    if (fresh) {
      it->second = OneUtf8(c);
      for (std::string next = Once(it->second); next != it->second; next = Once(it->second)) it->second = next;
    }
    return it->second;
  }
  static bool IsWhite(char32_t c) {
    return u_isUWhiteSpace(static_cast<UChar32>(c)) || c == 0x180E || c == 0x2800 || c == 0x3164 || c == 0xFFA0;
  }

 private:
  std::string Once(const std::string& s) {
    UErrorCode status = U_ZERO_ERROR;
    std::string folded;
    icu::Normalizer2::getNFKCCasefoldInstance(status)
        ->normalize(icu::UnicodeString::fromUTF8(s), status)
        .toUTF8String(folded);
    std::string out;
    for (std::size_t pos = 0; pos < folded.size();) {
      const char32_t c = text::NextCodePoint(folded, &pos);
      if (!IsWhite(c)) out += Simplified(c);
    }
    return out;
  }
  std::string Simplified(char32_t c) {
    std::string one = OneUtf8(c);
    if (c < 0x2E80) return one;
    char* converted = opencc_convert_utf8(converter_, one.data(), one.size());
    const std::string result = converted;
    opencc_convert_utf8_free(converted);
    return text::CountChars(result) == 1 ? result : one;
  }

  opencc_t converter_ = opencc_open("t2s.json");
  std::unordered_map<char32_t, std::string> known_;
};

bool Spaced(std::string_view character) {
  std::size_t pos = 0;
  const char32_t c = text::NextCodePoint(character, &pos);
  return c < 0x10000 && text::IsSpacedScript(static_cast<char16_t>(c));
}

std::string Slow(std::string_view input) {
  static SlowFold slow;
  std::string out;
  std::string last;  // character of out
  bool white = false;
  for (std::size_t pos = 0; pos < input.size();) {
    const char32_t c = text::NextCodePoint(input, &pos);
    if (SlowFold::IsWhite(c)) white = true;
    if (SlowFold::IsWhite(c) || c == 0 || u_charType(static_cast<UChar32>(c)) == U_CONTROL_CHAR) continue;
    const std::string& folded = slow.Of(c);
    for (std::size_t at = 0; at < folded.size();) {
      const std::size_t from = at;
      text::NextCodePoint(folded, &at);
      const std::string next = folded.substr(from, at - from);
      if (white && !last.empty() && Spaced(last) && Spaced(next)) out += " ";
      white = false;
      out += last = next;
    }
  }
  return out;
}

void CheckMap(std::string_view input, const text::Folded& f) {
  Require(f.starts.size() == f.units.size(), "every unit has a start");
  Require(f.chars.empty() || f.chars.size() == f.units.size() + 1, "characters are counted for all units or for none");
  for (std::size_t i = 0; i < f.units.size(); ++i) {
    const auto n = static_cast<std::uint32_t>(i);
    Require(f.starts[i] < input.size(), "a start lies inside the original");
    Require(i == 0 || f.starts[i - 1] <= f.starts[i], "starts never go back");
    const std::uint32_t end = text::EndOfCharacter(input, f.starts[i]);
    Require(end > f.starts[i] && end <= input.size(), "a character ends behind its start, inside the original");
    Require(i + 1 == f.units.size() || f.starts[i + 1] == f.starts[i] || f.starts[i + 1] >= end,
            "the next unit is of the same character or of one behind it");
    Require(f.CharsBefore(n) <= f.CharsBefore(n + 1) && f.CharsBefore(n + 1) <= n + 1, "characters are counted up");
  }
  Require(f.CharsBefore(static_cast<std::uint32_t>(f.units.size())) == text::CountChars(text::ToUtf8(f.units)),
          "all characters are counted");
}

}  // namespace

void Fold(std::string_view input) {
  text::Folded f;
  text::Fold(input, &f);
  CheckMap(input, f);
  std::vector<std::uint32_t> unit_of_byte;
  const std::string utf8 = text::ToUtf8(f.units, &unit_of_byte);
  Require(text::IsValidUtf8(utf8), "the folded text is valid UTF-8");
  Require(unit_of_byte.size() == utf8.size() + 1 && unit_of_byte.back() == f.units.size(), "every byte has its unit");
  Require(text::FoldToUtf8(utf8) == utf8, "folding twice changes nothing");
  text::Folded cut;
  const std::size_t limit = input.size() / 3;
  text::Fold(input, &cut, limit);
  CheckMap(input, cut);
  Require(f.units.substr(0, cut.units.size()) == cut.units, "a limit leaves the beginning as it is");
  // One character may fold to eighteen.
  Require(cut.units.size() < limit + 20, "a limit is kept");
  if (input.size() <= 256) Require(utf8 == Slow(input), "the table says what ICU and OpenCC say");
}

}  // namespace minsheng::fuzz
