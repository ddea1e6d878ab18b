// SPDX-License-Identifier: Apache-2.0
#include "src/text/tokens.h"

#include <algorithm>

#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

constexpr int kCharacterBits = 21;
constexpr TokenKey kWordBit = TokenKey{1} << 62;

enum class Script { kNone, kSpaced, kIdeograph };

Script ScriptOf(char32_t c) {
  if (c < 0x10000 && IsSpacedScript(static_cast<char16_t>(c))) return Script::kSpaced;
  const bool ideograph = (c >= 0x2E80 && c <= 0x2FDF) || (c >= 0x3005 && c <= 0x3007) || (c >= 0x3041 && c <= 0x31FF) ||
                         (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xA000 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFAFF) ||
                         (c >= 0x20000 && c <= 0x3FFFF);
  return ideograph ? Script::kIdeograph : Script::kNone;
}

// The code point that begins at unit `*i`, which moves behind it.
char32_t NextOf(const std::u16string& units, std::size_t* i) {
  const char16_t u = units[(*i)++];
  if ((u & 0xFC00) != 0xD800 || *i == units.size()) return u;
  return 0x10000 + ((static_cast<char32_t>(u) - 0xD800) << 10) + (units[(*i)++] - 0xDC00U);
}

// FNV-1a, with a last round that spreads its upper bits (the finisher of MurmurHash3, public domain).
TokenKey WordKey(std::u16string_view word) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char16_t u : word) h = (h ^ u) * 1099511628211ULL;
  h = (h ^ (h >> 33)) * 0xFF51AFD7ED558CCDULL;
  h = (h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  h ^= h >> 33;
  return kWordBit | static_cast<TokenKey>(h & (static_cast<std::uint64_t>(kWordBit) - 1) >> 1);
}

TokenKey PairKey(char32_t first, char32_t second) {
  return static_cast<TokenKey>(first) << kCharacterBits | static_cast<TokenKey>(second);
}

void AddRange(TokenRange range, std::vector<TokenRange>* ranges) {
  if (std::find(ranges->begin(), ranges->end(), range) == ranges->end()) ranges->push_back(range);
}

// A single ideograph stands for every token that begins with it; of longer runs the last character is in a pair.
void AddRangesOf(const PlainText& word, std::vector<TokenRange>* ranges) {
  const auto tokens = TokensOf(word);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const TokenKey key = tokens[i].key;
    const bool single = (key & kWordBit) == 0 && (key & ((TokenKey{1} << kCharacterBits) - 1)) == 0;
    if (!single) {
      AddRange({key, key}, ranges);
    } else if (i == 0 || tokens[i - 1].end <= tokens[i].begin) {
      AddRange({key, key | ((TokenKey{1} << kCharacterBits) - 1)}, ranges);
    }
  }
}

// The mark that closes a quotation opened by `c`; 0 when it opens none.
char32_t ClosingOf(char32_t c) {
  switch (c) {
    case U'"':
      return U'"';
    case U'\uFF02':  // ＂
      return U'\uFF02';
    case U'“':
      return U'”';
    case U'「':
      return U'」';
    default:
      return 0;
  }
}

bool IsBlank(char32_t c) { return c == U' ' || c == U'\t' || c == U'\n' || c == U'\r' || c == U'\u3000'; }

}  // namespace

PlainText MakePlain(std::string_view text, std::size_t max_units) {
  Folded folded;
  Fold(text, &folded, max_units);
  PlainText plain;
  plain.units.reserve(folded.units.size());
  plain.starts.reserve(folded.units.size());
  bool gap = false;
  for (std::size_t i = 0; i < folded.units.size();) {
    const std::size_t from = i;
    if (ScriptOf(NextOf(folded.units, &i)) == Script::kNone) {
      gap = true;
      continue;
    }
    if (gap && !plain.units.empty()) {
      plain.units += u' ';
      plain.starts.push_back(folded.starts[from]);
    }
    gap = false;
    plain.units.append(folded.units, from, i - from);
    plain.starts.insert(plain.starts.end(), folded.starts.begin() + static_cast<std::ptrdiff_t>(from),
                        folded.starts.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return plain;
}

std::vector<Token> TokensOf(const PlainText& text) {
  std::vector<Token> tokens;
  tokens.reserve(text.units.size());
  const auto at = [](std::size_t i) { return static_cast<std::uint32_t>(i); };
  for (std::size_t i = 0; i < text.units.size();) {
    const std::size_t from = i;
    const char32_t c = NextOf(text.units, &i);
    const Script script = ScriptOf(c);
    if (script == Script::kSpaced) {
      while (i < text.units.size() && IsSpacedScript(text.units[i])) ++i;
      tokens.push_back({WordKey(std::u16string_view(text.units).substr(from, i - from)), at(from), at(i)});
    } else if (script == Script::kIdeograph) {
      std::size_t behind = i;
      const char32_t next = i < text.units.size() ? NextOf(text.units, &behind) : U' ';
      const bool pair = ScriptOf(next) == Script::kIdeograph;
      tokens.push_back({PairKey(c, pair ? next : 0), at(from), at(pair ? behind : i)});
    }
  }
  return tokens;
}

SearchWords ReadSearchWords(std::string_view typed) {
  SearchWords words;
  const auto word = [&](std::string_view piece) { AddRangesOf(MakePlain(piece), &words.ranges); };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < typed.size();) {
    const std::size_t at = i;
    const char32_t c = NextCodePoint(typed, &i);
    if (IsBlank(c)) {
      word(typed.substr(begin, at - begin));
      begin = i;
      continue;
    }
    const char32_t closing = ClosingOf(c);
    if (closing == 0) continue;
    word(typed.substr(begin, at - begin));
    const std::size_t inner = i;
    std::size_t end = typed.size();
    while (i < typed.size()) {
      const std::size_t mark = i;
      if (NextCodePoint(typed, &i) != closing) continue;
      end = mark;
      break;
    }
    auto phrase = MakePlain(typed.substr(inner, end - inner));
    AddRangesOf(phrase, &words.ranges);
    if (!phrase.units.empty()) words.phrases.push_back(std::move(phrase));
    begin = i;
  }
  word(typed.substr(begin));
  return words;
}

std::size_t FindPhrase(const PlainText& text, const PlainText& phrase, std::size_t from) {
  const auto& all = text.units;
  const auto& wanted = phrase.units;
  for (auto at = all.find(wanted, from); at != std::u16string::npos; at = all.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    const bool grows_left = at > 0 && IsSpacedScript(wanted.front()) && IsSpacedScript(all[at - 1]);
    const bool grows_right = end < all.size() && IsSpacedScript(wanted.back()) && IsSpacedScript(all[end]);
    if (!grows_left && !grows_right) return at;
  }
  return std::u16string::npos;
}

}  // namespace minsheng::text
