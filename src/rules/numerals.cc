// SPDX-License-Identifier: Apache-2.0
// Chinese numerals of speech as digits, and the character classes of spoken.h.
#include <algorithm>

#include "src/rules/spoken.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxNumberChars = 20;

int DigitOf(char32_t c) {
  static constexpr std::u32string_view kDigits = U"零一二三四五六七八九";
  if (c == U'〇') return 0;
  if (c == U'幺') return 1;
  const std::size_t at = kDigits.find(c);
  return at == std::u32string_view::npos ? -1 : static_cast<int>(at);
}

std::uint64_t UnitOf(char32_t c) {
  switch (c) {
    case U'十':
      return 10;
    case U'百':
      return 100;
    case U'千':
      return 1000;
    case U'万':
      return 10'000;
    case U'亿':
      return 100'000'000;
    default:
      return 0;
  }
}

// A number with units, read strictly from left to right; false: it is not one (两三百, 百万, 二三十).
class Number {
 public:
  bool Take(char32_t c) {
    const std::uint64_t unit = UnitOf(c);
    if (unit == 0) return TakeDigit(c == U'两' ? 2 : c == U'幺' ? -1 : DigitOf(c));
    return unit < 10'000 ? TakeUnit(unit) : TakeGroup(unit);
  }
  // Without a zero before it, the last digit counts tens of what stands before: 两百三 is 230.
  bool Finish(std::uint64_t* value) {
    if (digit_ == 0) return false;
    if (digit_ > 0) section_ += static_cast<std::uint64_t>(digit_) * (zero_ ? 1 : last_ / 10);
    *value = total_ + section_;
    return true;
  }

 private:
  bool TakeDigit(int d) {
    if (d < 0 || digit_ >= 0) return digit_ == 0 && d > 0 ? (digit_ = d, true) : false;
    if (d == 0 && first_) return false;
    zero_ = d == 0;
    digit_ = d;
    first_ = false;
    return true;
  }
  bool TakeUnit(std::uint64_t unit) {
    const bool bare_ten = unit == 10 && digit_ <= 0;  // 十五, 一百十五
    if ((digit_ <= 0 && !bare_ten) || unit >= last_in_group_) return false;
    section_ += (bare_ten ? 1 : static_cast<std::uint64_t>(digit_)) * unit;
    last_ = last_in_group_ = unit;
    digit_ = -1;
    zero_ = first_ = false;
    return true;
  }
  bool TakeGroup(std::uint64_t unit) {
    if (digit_ == 0 || unit >= last_group_) return false;
    if (digit_ > 0) section_ += static_cast<std::uint64_t>(digit_);
    if (section_ == 0) return false;
    total_ += section_ * unit;
    section_ = 0;
    last_ = last_group_ = unit;
    last_in_group_ = 10'000;
    digit_ = -1;
    zero_ = false;
    return true;
  }

  std::uint64_t total_ = 0, section_ = 0;
  std::uint64_t last_ = 10, last_in_group_ = 10'000, last_group_ = UINT64_MAX;
  int digit_ = -1;  // not used yet; 0: a 零 that needs a digit after it
  bool zero_ = false, first_ = true;
};

}  // namespace

bool HasNumberUnit(char32_t c) { return UnitOf(c) != 0; }
bool IsNumeral(char32_t c) { return DigitOf(c) >= 0 || c == U'两' || UnitOf(c) != 0; }
bool IsPauseMark(char32_t c) { return c == U',' || c == U'、' || c == U'。' || c == U'.'; }
bool CanStammer(char32_t c) { return c >= 0x3400 && c < 0xA000 && !IsNumeral(c); }

std::optional<std::string> DigitsOf(std::u32string_view numerals) {
  if (std::none_of(numerals.begin(), numerals.end(), HasNumberUnit)) {
    const bool telephone_one = numerals.find(U'幺') != std::u32string_view::npos;
    if (numerals.size() < (telephone_one ? 2U : 3U) || numerals.find(U'两') != std::u32string_view::npos) return {};
    std::string digits;
    for (const char32_t c : numerals) digits.push_back(static_cast<char>('0' + DigitOf(c)));
    return digits;
  }
  if (numerals.size() < 2 || numerals.size() > kMaxNumberChars) return {};
  Number number;
  std::uint64_t value = 0;
  if (!std::all_of(numerals.begin(), numerals.end(), [&](char32_t c) { return number.Take(c); })) return {};
  if (!number.Finish(&value)) return {};
  return std::to_string(value);
}

}  // namespace minsheng::rules
