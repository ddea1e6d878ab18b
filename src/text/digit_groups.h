// SPDX-License-Identifier: Apache-2.0
// Groups of digits in free text, as people write and say them; what redact.cc looks for numbers in. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::text {

// One character, folded to half width and capitals.
struct Glyph {
  char32_t c = 0;
  std::uint32_t begin = 0;  // bytes of the text
  std::uint32_t end = 0;
  std::int8_t digit = -1;  // 0..9, also for 〇幺两拐勾洞…; -1: none
  bool spoken = false;     // a Chinese numeral
  bool filler = false;     // may stand between the digits of one number: space, dash, 嗯, 对, …
};

std::vector<Glyph> ReadGlyphs(std::string_view text);

// Digits without anything between them, of one way of writing.
struct DigitGroup {
  std::size_t first = 0;  // glyphs, half-open
  std::size_t last = 0;
  std::string digits;
  bool joined = false;  // only fillers (or nothing) between the group before and this one
  bool used = false;    // belongs to a find, or must not belong to any
};

// Digits inside ULIDs, long hex strings, and what an earlier masking left ("138****5678") are in no group. A leading
// or trailing 一, 两, 三 of a spoken run stands alone: it is more often a word (一直, 两次) than a digit.
std::vector<DigitGroup> FindDigitGroups(const std::vector<Glyph>& glyphs);

// True for a real date between 1880 and 2099 written yyyymmdd.
bool IsDate(std::string_view yyyymmdd);

bool IsAsciiAlnum(char32_t c);

}  // namespace minsheng::text
