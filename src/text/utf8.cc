// SPDX-License-Identifier: Apache-2.0
#include "src/text/utf8.h"

#include <algorithm>
#include <array>

namespace minsheng::text {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool Extends(char32_t c) {  // must stay with the character before it
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0x200D ||
         (c >= 0x1F3FB && c <= 0x1F3FF) || (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xE0100 && c <= 0xE01EF);
}

bool EndsSentence(char32_t c) {
  return c == U'\n' || c == U'。' || c == U'！' || c == U'？' || c == U'；' || c == U'!' || c == U'?';
}

}  // namespace

char32_t NextCodePoint(std::string_view s, std::size_t* pos) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const std::size_t i = (*pos)++;
  const unsigned char lead = byte(i);
  if (lead < 0x80) return lead;
  int more = 0;
  char32_t c = 0;
  char32_t least = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    more = 1, c = lead & 0x1FU, least = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    more = 2, c = lead & 0x0FU, least = 0x800;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    more = 3, c = lead & 0x07U, least = 0x10000;
  } else {
    return kReplacement;
  }
  if (i + static_cast<std::size_t>(more) >= s.size()) return kReplacement;
  for (int k = 1; k <= more; ++k) {
    const unsigned char b = byte(i + static_cast<std::size_t>(k));
    if ((b & 0xC0) != 0x80) return kReplacement;
    c = (c << 6) | (b & 0x3FU);
  }
  if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return kReplacement;
  *pos = i + static_cast<std::size_t>(more) + 1;
  return c;
}

void AppendUtf8(char32_t c, std::string* out) {
  const auto put = [&](char32_t b) { *out += static_cast<char>(b); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6)), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3F)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  }
}

bool IsValidUtf8(std::string_view s) {
  for (std::size_t pos = 0; pos < s.size();) {
    const std::size_t before = pos;
    if (NextCodePoint(s, &pos) == kReplacement && s.substr(before, pos - before) != "\xEF\xBF\xBD") return false;
  }
  return true;
}

std::string Repair(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t pos = 0; pos < s.size();) {
    const char32_t c = NextCodePoint(s, &pos);
    if (c == U'\r') {
      if (pos < s.size() && s[pos] == '\n') ++pos;
      out += '\n';
    } else if (c >= 0x20 ? c != 0x7F : (c == U'\n' || c == U'\t')) {
      AppendUtf8(c, &out);
    }
  }
  return out;
}

std::size_t CountChars(std::string_view s) {
  std::size_t n = 0;
  for (std::size_t pos = 0; pos < s.size(); ++n) NextCodePoint(s, &pos);
  return n;
}

std::string Truncate(std::string_view s, std::size_t max_chars) {
  std::size_t pos = 0;
  for (std::size_t n = 0; pos < s.size(); ++n) {
    if (n == max_chars) return std::string(s.substr(0, pos)) + "…";
    NextCodePoint(s, &pos);
  }
  return std::string(s);
}

std::vector<std::string> Split(std::string_view s, std::size_t max_bytes) {
  std::vector<std::string> parts;
  while (s.size() > max_bytes) {
    std::size_t cut = 0;       // last place where a cut breaks no character
    std::size_t sentence = 0;  // last such place behind a sentence
    bool joined = false;
    for (std::size_t pos = 0; pos <= max_bytes;) {
      const std::size_t start = pos;
      if (start == s.size()) break;
      const char32_t c = NextCodePoint(s, &pos);
      if (start != 0 && !Extends(c) && !joined) cut = start;
      joined = c == 0x200D;
      if (EndsSentence(c) && pos <= max_bytes) sentence = pos;
    }
    if (cut == 0) {  // one endless cluster: cut at a code point all the same
      cut = max_bytes;
      while ((static_cast<unsigned char>(s[cut]) & 0xC0) == 0x80) --cut;
    }
    if (sentence * 2 >= max_bytes) cut = sentence;
    parts.emplace_back(s.substr(0, cut));
    s.remove_prefix(cut);
  }
  if (!s.empty() || parts.empty()) parts.emplace_back(s);
  return parts;
}

std::string_view Trim(std::string_view s) {
  constexpr std::string_view kWide = "\xE3\x80\x80";
  for (;;) {
    if (!s.empty() && (static_cast<unsigned char>(s.front()) <= ' ')) {
      s.remove_prefix(1);
    } else if (s.starts_with(kWide)) {
      s.remove_prefix(kWide.size());
    } else if (!s.empty() && (static_cast<unsigned char>(s.back()) <= ' ')) {
      s.remove_suffix(1);
    } else if (s.ends_with(kWide)) {
      s.remove_suffix(kWide.size());
    } else {
      return s;
    }
  }
}

}  // namespace minsheng::text
