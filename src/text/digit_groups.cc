// SPDX-License-Identifier: Apache-2.0
#include "src/text/digit_groups.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "src/base/ulid.h"
#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

constexpr std::size_t kMaxFillers = 8;     // between two groups of one number
constexpr std::size_t kMaxMaskedRest = 6;  // digits that a mask leaves at either end, at most
constexpr std::size_t kLongMask = 9;       // stars of the shortest masked bank card

// The digits of a telephone line: 幺 and 洞 for 1 and 0, as operators and drivers say them.
int SpokenDigit(char32_t c) {
  switch (c) {
    case U'零':
    case U'〇':
    case U'○':
    case U'洞':
      return 0;
    case U'一':
    case U'幺':
    case U'壹':
      return 1;
    case U'二':
    case U'两':
    case U'贰':
      return 2;
    case U'三':
    case U'叁':
      return 3;
    case U'四':
    case U'肆':
      return 4;
    case U'五':
    case U'伍':
      return 5;
    case U'六':
    case U'陆':
      return 6;
    case U'七':
    case U'柒':
    case U'拐':
      return 7;
    case U'八':
    case U'捌':
      return 8;
    case U'九':
    case U'玖':
    case U'勾':
      return 9;
    default:
      return -1;
  }
}

// Any script's decimal digits, and ①…⑨ ⓪.
int WrittenDigit(char32_t c) {
  if (c >= 0x2460 && c <= 0x2468) return static_cast<int>(c - 0x2460) + 1;
  if (c == 0x24EA) return 0;
  return u_charDigitValue(static_cast<UChar32>(c));
}

char32_t FoldGlyph(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
  if (c == 0x3000 || c == 0x00A0) return U' ';
  return c >= U'a' && c <= U'z' ? c - U'a' + U'A' : c;
}

bool IsFillerGlyph(char32_t c) {
  static constexpr std::u32string_view kFillers =
      U" \t\n\r-‐‑‒–—−.·•,，、。;；:：()[]（）~…嗯啊呃哦噢额唔对是的好哎诶欸唉喂吧呢吗然后再杠\uFE0F\u20E3\u200B";
  // A colon joins spoken turns (客户：…), but also hours and minutes: those never have eleven digits.
  return kFillers.find(c) != std::u32string_view::npos;
}

bool IsHexGlyph(char32_t c) { return (c >= U'0' && c <= U'9') || (c >= U'A' && c <= U'F'); }

// Takes the digits out of ids that a program made.
void HideIds(std::vector<Glyph>* glyphs) {
  for (std::size_t i = 0; i < glyphs->size();) {
    std::size_t j = i;
    std::string word;
    while (j < glyphs->size() && IsAsciiAlnum((*glyphs)[j].c)) word += static_cast<char>((*glyphs)[j++].c);
    const bool letters = std::any_of(word.begin(), word.end(), [](char c) { return c >= 'A'; });
    const bool digest = word.size() >= 32 && letters && std::all_of(word.begin(), word.end(), [](char c) {
                          return IsHexGlyph(static_cast<char32_t>(c));
                        });
    if (digest || (letters && IsUlid(word))) {
      for (std::size_t k = i; k < j; ++k) (*glyphs)[k].digit = -1;
    }
    i = std::max(j, i + 1);
  }
}

// What a mask has left of a number on its sides is no number, and joins no other one. Stars for emphasis
// (**13812345678**) are not a mask: a mask has something in front, or is as long as that of a bank card.
void HideMaskedRests(std::vector<Glyph>* glyphs) {
  auto& g = *glyphs;
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (g[i].c != U'*') continue;
    std::size_t before = i;
    while (before > 0 && g[before - 1].filler) --before;
    std::size_t stars = 0;
    std::size_t tail = i;
    for (; tail < g.size() && (g[tail].c == U'*' || g[tail].filler); ++tail) stars += g[tail].c == U'*' ? 1 : 0;
    const bool mask = stars >= kLongMask || (before > 0 && (g[before - 1].digit >= 0 || IsAsciiAlnum(g[before - 1].c)));
    std::size_t head = before;
    while (head > 0 && g[head - 1].digit >= 0) --head;
    std::size_t after = tail;
    while (after < g.size() && g[after].digit >= 0) ++after;
    if (mask && before - head <= kMaxMaskedRest) {
      for (std::size_t k = head; k < before; ++k) g[k].digit = -1;
    }
    if (mask && after - tail <= kMaxMaskedRest) {
      for (std::size_t k = tail; k < after; ++k) g[k].digit = -1;
    }
    i = tail - 1;
  }
}

}  // namespace

bool IsAsciiAlnum(char32_t c) {
  return (c >= U'0' && c <= U'9') || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z');
}

bool IsDate(std::string_view s) {
  if (s.size() != 8 || !std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  const auto number = [&](std::size_t at, std::size_t n) { return std::stoi(std::string(s.substr(at, n))); };
  const int year = number(0, 4);
  const int month = number(4, 2);
  const int day = number(6, 2);
  if (year < 1880 || year > 2099 || month < 1 || month > 12 || day < 1) return false;
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

std::vector<Glyph> ReadGlyphs(std::string_view text) {
  std::vector<Glyph> glyphs;
  glyphs.reserve(text.size() / 2);
  for (std::size_t pos = 0; pos < text.size();) {
    Glyph g;
    g.begin = static_cast<std::uint32_t>(pos);
    g.c = FoldGlyph(NextCodePoint(text, &pos));
    g.end = static_cast<std::uint32_t>(pos);
    g.digit = static_cast<std::int8_t>(WrittenDigit(g.c));
    if (g.digit < 0) {
      g.digit = static_cast<std::int8_t>(SpokenDigit(g.c));
      g.spoken = g.digit >= 0;
    }
    g.filler = g.digit < 0 && IsFillerGlyph(g.c);
    glyphs.push_back(g);
  }
  HideIds(&glyphs);
  HideMaskedRests(&glyphs);
  return glyphs;
}

std::vector<DigitGroup> FindDigitGroups(const std::vector<Glyph>& glyphs) {
  std::vector<DigitGroup> groups;
  const auto add = [&](std::size_t first, std::size_t last, bool joined) {
    DigitGroup group{.first = first, .last = last, .digits = {}, .joined = joined};
    for (std::size_t k = first; k < last; ++k) group.digits += static_cast<char>('0' + glyphs[k].digit);
    groups.push_back(std::move(group));
  };
  const auto is_word = [&](std::size_t k) {
    return glyphs[k].spoken && (glyphs[k].c == U'一' || glyphs[k].c == U'两' || glyphs[k].c == U'三');
  };
  std::size_t fillers = 0;
  bool only_fillers = false;
  for (std::size_t i = 0; i < glyphs.size();) {
    if (glyphs[i].digit < 0) {
      only_fillers = only_fillers && glyphs[i].filler && ++fillers <= kMaxFillers;
      ++i;
      continue;
    }
    std::size_t j = i;
    while (j < glyphs.size() && glyphs[j].digit >= 0 && glyphs[j].spoken == glyphs[i].spoken) ++j;
    std::size_t first = i;
    std::size_t last = j;
    bool joined = only_fillers;
    if (j - i > 2 && is_word(i)) {
      add(i, i + 1, joined);
      first = i + 1;
      joined = true;
    }
    if (j - i > 2 && is_word(j - 1)) last = j - 1;
    add(first, last, joined);
    if (last < j) add(last, j, true);
    only_fillers = true;
    fillers = 0;
    i = j;
  }
  return groups;
}

}  // namespace minsheng::text
