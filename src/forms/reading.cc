// SPDX-License-Identifier: Apache-2.0
#include "src/forms/reading.h"

#include <algorithm>

#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::forms {
namespace {

constexpr std::u32string_view kNumerals = U"零〇一二两三四五六七八九十百千万亿";
constexpr double kMostNumber = 1e12;

int NumeralDigit(char32_t c) {
  constexpr std::u32string_view kDigits = U"零一二三四五六七八九";
  if (c == U'〇') return 0;
  if (c == U'两') return 2;
  const auto at = kDigits.find(c);
  return at == std::u32string_view::npos ? -1 : static_cast<int>(at);
}

double NumeralUnit(char32_t c) {
  switch (c) {
    case U'十':
      return 10;
    case U'百':
      return 100;
    case U'千':
      return 1000;
    default:
      return 0;
  }
}

// 12, 1,200, 3.5
std::optional<FoundNumber> WrittenNumber(const Reading& r, std::size_t at) {
  std::string digits;
  std::size_t i = at;
  bool point = false;
  for (; digits.size() < 16; ++i) {
    const char32_t c = r.At(i);
    if (IsDigit(c)) {
      digits += static_cast<char>(c);
    } else if (c == U'.' && !point && IsDigit(r.At(i + 1))) {
      point = true;
      digits += '.';
    } else if (c == U',' && !point && IsDigit(r.At(i + 1)) && IsDigit(r.At(i + 2)) && IsDigit(r.At(i + 3)) &&
               !IsDigit(r.At(i + 4))) {
      continue;
    } else {
      break;
    }
  }
  if (digits.empty() || IsDigit(r.At(i))) return std::nullopt;
  return FoundNumber{std::stod(digits), i};
}

// 十二, 两百五, 一千零二十: strictly falling units below ten thousand. 二三 (one of the two) is none.
std::optional<FoundNumber> SpokenSection(const Reading& r, std::size_t at) {
  double total = 0;
  double last_unit = 10'000;
  int digit = -1;
  bool zero = false;
  std::size_t i = at;
  for (;; ++i) {
    const char32_t c = r.At(i);
    if (const double unit = NumeralUnit(c); unit > 0) {
      if (unit >= last_unit || digit == 0 || (digit < 0 && (unit != 10 || i != at))) return std::nullopt;
      total += (digit < 0 ? 1 : digit) * unit;
      last_unit = unit;
      digit = -1;
      zero = false;
    } else if (const int d = NumeralDigit(c); d == 0) {
      if (digit >= 0 || i == at) return std::nullopt;
      zero = true;
    } else if (d > 0) {
      if (digit >= 0) return std::nullopt;
      digit = d;
    } else {
      break;
    }
  }
  if (i == at) return std::nullopt;
  if (digit > 0) total += digit * (last_unit == 10'000 || zero ? 1 : last_unit / 10);
  return FoundNumber{total, i};
}

}  // namespace

Reading::Reading(std::string_view text) : text_(text) {
  text::Folded folded;
  text::Fold(text, &folded, kMaxReadChars);
  chars_.reserve(folded.units.size());
  for (std::size_t i = 0; i < folded.units.size(); ++i) {
    char32_t c = folded.units[i];
    const std::uint32_t start = folded.starts[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < folded.units.size()) {
      c = 0x10000 + ((c - 0xD800) << 10) + (folded.units[++i] - 0xDC00);
    }
    chars_.push_back(c);
    starts_.push_back(start);
  }
}

Span Reading::SpanOf(std::size_t begin, std::size_t end) const {
  return {starts_[begin], text::EndOfCharacter(text_, starts_[end - 1])};
}

std::string_view Reading::Written(std::size_t begin, std::size_t end) const {
  const Span s = SpanOf(begin, end);
  return text_.substr(s.begin, s.end - s.begin);
}

std::size_t Reading::CharAt(std::uint32_t byte) const {
  return static_cast<std::size_t>(std::lower_bound(starts_.begin(), starts_.end(), byte) - starts_.begin());
}

bool IsHan(char32_t c) { return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c == U'〇'; }
bool IsDigit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool IsLatin(char32_t c) { return c >= U'a' && c <= U'z'; }
bool IsNumeral(char32_t c) { return c != 0 && kNumerals.find(c) != std::u32string_view::npos; }

std::u32string Chars(std::string_view utf8) {
  const std::string folded = text::FoldToUtf8(utf8);
  std::u32string out;
  for (std::size_t at = 0; at < folded.size();) out.push_back(text::NextCodePoint(folded, &at));
  return out;
}

std::optional<FoundNumber> NumberAt(const Reading& r, std::size_t at) {
  constexpr std::u32string_view kVague = U"几数多";
  const char32_t before = at == 0 ? 0 : r.At(at - 1);
  const char32_t first = r.At(at);
  if (!IsDigit(first) && !IsNumeral(first)) return std::nullopt;
  if (IsDigit(before) || IsNumeral(before) || IsLatin(before)) return std::nullopt;
  if (before == U'.' && at >= 2 && IsDigit(r.At(at - 2))) return std::nullopt;
  if (before != 0 && kVague.find(before) != std::u32string_view::npos) return std::nullopt;
  auto found = IsDigit(first) ? WrittenNumber(r, at) : SpokenSection(r, at);
  if (!found) return std::nullopt;
  if (r.At(found->end) == U'万') {
    found->value *= 10'000;
    ++found->end;
    if (!IsDigit(first)) {  // 三万五, 一万二千
      if (const auto rest = SpokenSection(r, r.At(found->end) == U'零' ? found->end + 1 : found->end)) {
        found->value += rest->value < 10 && r.At(found->end) != U'零' ? rest->value * 1000 : rest->value;
        found->end = rest->end;
      }
    }
  }
  // 三百多, 十几: what stands behind makes it vague; so does a numeral that does not fit.
  if (IsNumeral(r.At(found->end)) || r.At(found->end) == U'几' || IsDigit(r.At(found->end))) return std::nullopt;
  if (found->value > kMostNumber) return std::nullopt;
  return found;
}

}  // namespace minsheng::forms
