// SPDX-License-Identifier: Apache-2.0
#include "src/mail/header_text.h"

#include <algorithm>
#include <array>
#include <optional>

#include "src/text/charset.h"
#include "src/text/utf8.h"

namespace minsheng::mail {
namespace {

bool IsBlankByte(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsAlnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `mark` XX -> byte; other bytes stay. '_' is a space in the Q encoding.
std::string Unescape(std::string_view s, char mark, bool underscore) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == mark && i + 2 < s.size() && HexDigit(s[i + 1]) >= 0 && HexDigit(s[i + 2]) >= 0) {
      out += static_cast<char>(HexDigit(s[i + 1]) * 16 + HexDigit(s[i + 2]));
      i += 2;
    } else {
      out += underscore && s[i] == '_' ? ' ' : s[i];
    }
  }
  return out;
}

std::string ToText(std::string_view bytes, std::string_view label) {
  auto text = label.empty() ? MakeError(ErrorKind::kInvalid, "no charset") : text::ToUtf8(bytes, label);
  return text ? *text : text::GuessToUtf8(bytes);
}

// One to three GBK characters may happen to be valid UTF-8 of two bytes each ("图" is also "ͼ"). No mail here has a
// few such letters alone; Latin-1 letters (lead C2, C3) are believed.
bool LooksLikeShortGbk(std::string_view s) {
  int pairs = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto b = static_cast<unsigned char>(s[i]);
    if (b < 0x80) continue;
    if (b < 0xC4 || b > 0xDF || i + 1 >= s.size() || (static_cast<unsigned char>(s[i + 1]) & 0xC0) != 0x80)
      return false;
    ++i;
    ++pairs;
  }
  return pairs > 0 && pairs <= 3;
}

std::string GuessShort(std::string_view s) {
  if (!HasNonAscii(s)) return std::string(s);
  return LooksLikeShortGbk(s) ? ToText(s, "gb18030") : text::GuessToUtf8(s);
}

// Folding removed: a line end followed by a blank is that blank; other line ends become a space.
std::string Unfold(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\r' && raw[i] != '\n') {
      out += raw[i];
      continue;
    }
    while (i + 1 < raw.size() && (raw[i + 1] == '\r' || raw[i + 1] == '\n')) ++i;
    if (i + 1 < raw.size() && raw[i + 1] != ' ' && raw[i + 1] != '\t') out += ' ';
  }
  return std::string(text::Trim(GuessShort(out)));
}

struct EncodedWord {
  std::string charset;
  std::string bytes;
  std::size_t end = 0;
};

// "=?charset*lang?B?text?=" at `at`.
std::optional<EncodedWord> WordAt(std::string_view s, std::size_t at) {
  if (s.substr(at, 2) != "=?") return std::nullopt;
  s = s.substr(0, at + 8000);  // a window, or many openings without an end would take quadratic time
  const auto q1 = s.substr(0, at + 64).find('?', at + 2);
  if (q1 == std::string_view::npos || q1 == at + 2 || q1 + 2 >= s.size() || s[q1 + 2] != '?') return std::nullopt;
  const char kind = s[q1 + 1];
  const auto end = s.find("?=", q1 + 3);
  if (end == std::string_view::npos || std::string_view("bBqQ").find(kind) == std::string_view::npos)
    return std::nullopt;
  EncodedWord word;
  const auto label = s.substr(at + 2, q1 - at - 2);
  word.charset = Lower(label.substr(0, label.find('*')));
  const auto text = s.substr(q1 + 3, end - q1 - 3);
  word.bytes = kind == 'b' || kind == 'B' ? LenientBase64(text) : Unescape(text, '=', true);
  word.end = end + 2;
  return word;
}

// UTF-8 with encoded-words -> UTF-8.
std::string DecodeWords(std::string_view s) {
  std::string out;
  std::string pending;  // bytes of words with one charset, not yet decoded
  std::string charset;
  const auto flush = [&] {
    if (!pending.empty()) out += ToText(pending, charset);
    pending.clear();
  };
  for (std::size_t i = 0; i < s.size();) {
    auto word = WordAt(s, i);
    if (!word) {
      flush();
      out += s[i++];
      continue;
    }
    if (word->charset != charset) flush();
    charset = word->charset;
    pending += word->bytes;
    i = word->end;
    // White space between two words is not part of the text.
    auto next = i;
    while (next < s.size() && IsBlankByte(s[next])) ++next;
    if (next > i && WordAt(s, next)) i = next;
  }
  flush();
  return out;
}

std::string OneLine(std::string_view decoded) {
  std::string out = text::Repair(decoded);
  std::replace_if(out.begin(), out.end(), IsBlankByte, ' ');
  return std::string(text::Trim(out));
}

// Reads one parameter value (token or quoted string) at *pos.
std::string TakeValue(std::string_view s, std::size_t* pos) {
  std::string out;
  auto i = *pos;
  while (i < s.size() && IsBlankByte(s[i])) ++i;
  if (i < s.size() && s[i] == '"') {
    for (++i; i < s.size() && s[i] != '"'; ++i) {
      // "C:\dir\x.doc" of old clients: a backslash is an escape only before a quote or itself.
      if (s[i] == '\\' && i + 1 < s.size() && (s[i + 1] == '"' || s[i + 1] == '\\')) ++i;
      out += s[i];
    }
    while (i < s.size() && s[i] != ';') ++i;
  } else {
    while (i < s.size() && s[i] != ';') out += s[i++];
    out = std::string(text::Trim(out));
  }
  *pos = i;
  return out;
}

struct Piece {
  std::string text;
  bool escaped = false;
};

std::string JoinPieces(const std::map<int, Piece>& pieces) {
  std::string charset;
  std::string bytes;
  std::string escaped;  // joined before unescaping: some clients cut inside "%E7"
  bool any_escaped = false;
  for (const auto& [index, piece] : pieces) {
    std::string_view value = piece.text;
    if (piece.escaped && index == pieces.begin()->first) {
      const auto a = value.find('\'');
      const auto b = a == std::string_view::npos ? a : value.find('\'', a + 1);
      if (b != std::string_view::npos) {
        charset = Lower(value.substr(0, a));
        value.remove_prefix(b + 1);
      }
    }
    any_escaped = any_escaped || piece.escaped;
    if (piece.escaped) {
      escaped += value;
    } else {
      bytes += Unescape(escaped, '%', false) + std::string(value);
      escaped.clear();
    }
  }
  bytes += Unescape(escaped, '%', false);
  return any_escaped ? ToText(bytes, charset) : DecodeWords(bytes);
}

// Splits at commas (and semicolons, Outlook's habit) outside quotes, comments and angle brackets.
std::vector<std::string> SplitAddresses(std::string_view s, std::size_t max) {
  std::vector<std::string> out;
  std::string one;
  bool quoted = false;
  int comment = 0;
  bool angle = false;
  for (std::size_t i = 0; i < s.size() && out.size() < max; ++i) {
    const char c = s[i];
    if (quoted) {
      quoted = c != '"';
    } else if (comment > 0) {
      comment += c == '(' ? 1 : c == ')' ? -1 : 0;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '(') {
      comment = 1;
    } else if (c == '<' || c == '>') {
      angle = c == '<';
    } else if (!angle && (c == ',' || c == ';')) {
      out.push_back(std::move(one));
      one.clear();
      continue;
    } else if (!angle && c == ':') {  // "group: a, b;"
      one.clear();
      continue;
    }
    one += c;
  }
  if (out.size() < max) out.push_back(std::move(one));
  return out;
}

std::string CleanName(std::string_view raw) {
  std::string name(text::Trim(raw));
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  std::erase(name, '\\');
  name = OneLine(DecodeWords(name));
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  return name;
}

Address OneAddress(std::string_view s) {
  Address out;
  const auto open = s.rfind('<');
  const auto close = open == std::string_view::npos ? open : s.find('>', open);
  if (open != std::string_view::npos) {
    out.address =
        std::string(text::Trim(s.substr(open + 1, close == std::string_view::npos ? close : close - open - 1)));
    out.name = CleanName(s.substr(0, open));
    return out;
  }
  const auto paren = s.find('(');  // "a@b.cn (Zhang San)"
  std::string plain(text::Trim(s.substr(0, paren)));
  if (paren != std::string_view::npos) out.name = CleanName(s.substr(paren + 1, s.rfind(')') - paren - 1));
  if (plain.find('@') != std::string::npos && plain.find(' ') == std::string::npos)
    out.address = plain;
  else if (out.name.empty())
    out.name = CleanName(plain);
  return out;
}

bool IsReservedName(std::string_view stem) {
  static constexpr std::array<std::string_view, 4> kWords = {"con", "prn", "aux", "nul"};
  const auto low = Lower(stem);
  if (std::find(kWords.begin(), kWords.end(), low) != kWords.end()) return true;
  return low.size() == 4 && (low.starts_with("com") || low.starts_with("lpt")) && low[3] >= '1' && low[3] <= '9';
}

bool IsHarmfulInName(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || c == 0x061C ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string Lower(std::string_view ascii) {
  std::string out(ascii);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool HasNonAscii(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string LenientBase64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    int v = -1;
    if (c >= 'A' && c <= 'Z') v = c - 'A';
    if (c >= 'a' && c <= 'z') v = c - 'a' + 26;
    if (c >= '0' && c <= '9') v = c - '0' + 52;
    if (c == '+' || c == '-') v = 62;
    if (c == '/') v = 63;
    if (c == '=') bits = 0, have = 0;
    if (v < 0) continue;
    bits = (bits << 6) | static_cast<std::uint32_t>(v);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>((bits >> have) & 0xFFU);
    }
  }
  return out;
}

std::string DecodeHeader(std::string_view raw) { return OneLine(DecodeWords(Unfold(raw))); }

std::map<std::string, std::string> Parameters(std::string_view raw, std::string* value) {
  const std::string s = Unfold(raw);
  auto pos = std::min(s.find(';'), s.size());
  if (value != nullptr) *value = Lower(text::Trim(std::string_view(s).substr(0, pos)));
  std::map<std::string, std::map<int, Piece>> found;
  for (int count = 0; pos < s.size() && count < 200; ++count) {
    ++pos;  // the ';'
    const auto equals = s.find('=', pos);
    if (equals == std::string::npos) break;
    const auto stop = s.find(';', pos);
    if (stop < equals) {
      pos = stop;
      continue;
    }
    std::string name = Lower(text::Trim(std::string_view(s).substr(pos, equals - pos)));
    Piece piece;
    if (name.ends_with('*')) {
      piece.escaped = true;
      name.pop_back();
    }
    int index = 0;
    if (const auto star = name.find('*'); star != std::string::npos) {
      for (const char c : name.substr(star + 1, 3)) index = c >= '0' && c <= '9' ? index * 10 + (c - '0') : index;
      name.resize(star);
    }
    pos = equals + 1;
    piece.text = TakeValue(s, &pos);
    found[name].emplace(index, std::move(piece));
  }
  std::map<std::string, std::string> out;
  for (const auto& [name, pieces] : found) out[name] = OneLine(JoinPieces(pieces));
  return out;
}

std::vector<Address> ParseAddresses(std::string_view raw, std::size_t max) {
  std::vector<Address> out;
  for (const auto& one : SplitAddresses(Unfold(raw), max)) {
    auto address = OneAddress(one);
    if (!address.address.empty() || !address.name.empty()) out.push_back(std::move(address));
  }
  return out;
}

std::vector<std::string> MessageIds(std::string_view raw, std::size_t max) {
  std::vector<std::string> out;
  for (std::size_t i = 0; out.size() < max;) {
    const auto open = raw.find('<', i);
    const auto close = open == std::string_view::npos ? open : raw.find('>', open);
    if (close == std::string_view::npos) break;
    const auto id = raw.substr(open + 1, close - open - 1);
    const bool good = !id.empty() && id.size() <= 400 &&
                      std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7F && c != '<'; });
    if (good) out.emplace_back(id);
    i = close + 1;
  }
  return out;
}

bool IsMailAddress(std::string_view address) {
  const auto at = address.find('@');
  if (address.size() > 254 || at == std::string_view::npos || at == 0 || at > 64) return false;
  const auto good = [](std::string_view part, std::string_view extra) {
    if (part.empty() || part.front() == '.' || part.back() == '.' || part.find("..") != std::string_view::npos)
      return false;
    return std::all_of(part.begin(), part.end(),
                       [&](char c) { return IsAlnum(c) || c == '.' || extra.find(c) != std::string_view::npos; });
  };
  const auto domain = address.substr(at + 1);
  return good(address.substr(0, at), "!#$%&'*+-/=?^_`{|}~") && good(domain, "-") && domain.front() != '-' &&
         domain.back() != '-';
}

std::string SafeFileName(std::string_view name) {
  const auto slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string out;
  for (std::size_t i = 0; i < name.size();) {
    const char32_t c = text::NextCodePoint(name, &i);
    if (IsHarmfulInName(c)) continue;
    text::AppendUtf8(
        c < 0x80 && std::string_view("<>:\"|?*").find(static_cast<char>(c)) != std::string_view::npos ? U'_' : c, &out);
  }
  while (!out.empty() && (out.back() == '.' || out.back() == ' ')) out.pop_back();
  out.erase(0, std::min(out.find_first_not_of(". "), out.size()));
  if (IsReservedName(std::string_view(out).substr(0, out.find('.')))) out.insert(out.begin(), '_');
  constexpr std::size_t kMax = 200;
  if (out.size() > kMax) {
    const auto dot = out.rfind('.');
    const std::string end = dot != std::string::npos && out.size() - dot <= 16 ? out.substr(dot) : "";
    auto keep = kMax - end.size();
    while (keep > 0 && (static_cast<unsigned char>(out[keep]) & 0xC0) == 0x80) --keep;
    out = out.substr(0, keep) + end;
  }
  return out;
}

}  // namespace minsheng::mail
