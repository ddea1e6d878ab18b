// SPDX-License-Identifier: Apache-2.0
#include "src/text/fold.h"

#include <algorithm>
#include <iterator>

#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

struct FoldRun {
  std::uint32_t begin;
  std::uint32_t length;
};
struct FoldBeyond {
  char32_t character;
  FoldRun run;
};

#include "text/fold_table.inc"

constexpr char16_t kFoldDrop = 0;
constexpr char16_t kFoldWhite = 1;

// Appends units and remembers pending white space. The arrays are kept larger than what is written,
// so that a character costs two stores.
class FoldWriter {
 public:
  FoldWriter(std::size_t bytes, Folded* out) : out_(*out) {
    out_.chars.clear();
    Grow(bytes + 1);
  }
  std::size_t size() const { return size_; }
  bool pairs() const { return pairs_; }

  void White(std::uint32_t start) {
    if (!white_) white_start_ = start;
    white_ = true;
  }
  void Put(char16_t u, std::uint32_t start) {
    if (white_) EndWhite(u);
    if (size_ == out_.units.size()) Grow(2 * size_);
    out_.units[size_] = u;
    out_.starts[size_++] = start;
  }
  void PutRun(FoldRun run, std::uint32_t start) {
    for (std::uint32_t i = 0; i < run.length; ++i) {
      const char16_t u = kFoldPool[run.begin + i];
      pairs_ = pairs_ || (u & 0xF800) == 0xD800;
      Put(u, start);
    }
  }
  void PutPair(char32_t c, std::uint32_t start) {
    pairs_ = true;
    Put(static_cast<char16_t>(0xD7C0 + (c >> 10)), start);
    Put(static_cast<char16_t>(0xDC00 + (c & 0x3FF)), start);
  }
  void Finish() {
    out_.units.resize(size_);
    out_.starts.resize(size_);
  }

 private:
  void EndWhite(char16_t next) {
    white_ = false;
    if (size_ > 0 && IsSpacedScript(next) && IsSpacedScript(out_.units[size_ - 1])) Put(u' ', white_start_);
  }
  void Grow(std::size_t units) {
    out_.units.resize(units);
    out_.starts.resize(units);
  }

  Folded& out_;
  std::size_t size_ = 0;
  bool pairs_ = false;
  bool white_ = false;
  std::uint32_t white_start_ = 0;
};

bool IsHigh(char16_t u) { return (u & 0xFC00) == 0xD800; }
bool IsLow(char16_t u) { return (u & 0xFC00) == 0xDC00; }

void FoldBmpCharacter(char32_t c, std::uint32_t start, FoldWriter* w) {
  const char16_t u = kFoldBmp[c];
  if (u > kFoldWhite && (u & 0xF800) != 0xD800) {
    w->Put(u, start);
  } else if (u > kFoldWhite) {
    w->PutRun(kFoldExpansions[u - 0xD800], start);
  } else if (u == kFoldWhite) {
    w->White(start);
  }
}

void FoldBeyondBmp(char32_t c, std::uint32_t start, FoldWriter* w) {
  const auto* end = std::end(kFoldBeyond);
  const auto* it = std::lower_bound(std::begin(kFoldBeyond), end, c,
                                    [](const FoldBeyond& entry, char32_t value) { return entry.character < value; });
  if (it != end && it->character == c) {
    w->PutRun(it->run, start);
    return;
  }
  w->PutPair(c, start);
}

}  // namespace

bool IsSpacedScript(char16_t u) {
  if (u < 0x80) return (u >= u'0' && u <= u'9') || (u >= u'a' && u <= u'z') || (u >= u'A' && u <= u'Z');
  return u >= 0xC0 && u < 0x2000 && u != 0xD7 && u != 0xF7;
}

void Fold(std::string_view text, Folded* out, std::size_t max_units) {
  static_assert(kFoldDrop == 0);
  FoldWriter w(std::min(text.size(), max_units), out);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t pos = 0;
  while (pos < text.size() && w.size() < max_units) {
    const auto start = static_cast<std::uint32_t>(pos);
    char32_t c = 0;
    // Three bytes, the usual form of a Chinese character, without a call.
    if (byte(pos) >= 0xE1 && byte(pos) <= 0xEC && pos + 2 < text.size() && (byte(pos + 1) & 0xC0) == 0x80 &&
        (byte(pos + 2) & 0xC0) == 0x80) {
      c = (byte(pos) & 0x0FU) << 12 | (byte(pos + 1) & 0x3FU) << 6 | (byte(pos + 2) & 0x3FU);
      pos += 3;
    } else {
      c = NextCodePoint(text, &pos);
    }
    if (c < 0x10000) {
      FoldBmpCharacter(c, start, &w);
    } else {
      FoldBeyondBmp(c, start, &w);
    }
  }
  w.Finish();
  if (w.pairs()) CountCharacters(out);
}

void CountCharacters(Folded* out) {
  out->chars.clear();
  out->chars.reserve(out->units.size() + 1);
  std::uint32_t count = 0;
  for (const char16_t u : out->units) {
    // Between the halves of a pair counts as before it: no match ever starts or ends there.
    out->chars.push_back(IsLow(u) ? count - 1 : count);
    if (!IsLow(u)) ++count;
  }
  out->chars.push_back(count);
}

std::u16string FoldToUnits(std::string_view text) {
  Folded folded;
  Fold(text, &folded);
  return std::move(folded.units);
}

std::string FoldToUtf8(std::string_view text) { return ToUtf8(FoldToUnits(text)); }

std::uint32_t EndOfCharacter(std::string_view text, std::uint32_t start) {
  std::size_t pos = start;
  NextCodePoint(text, &pos);
  return static_cast<std::uint32_t>(pos);
}

std::string ToUtf8(std::u16string_view units, std::vector<std::uint32_t>* unit_of_byte) {
  std::string out;
  ToUtf8(units, &out, unit_of_byte);
  return out;
}

void ToUtf8(std::u16string_view units, std::string* out, std::vector<std::uint32_t>* unit_of_byte) {
  out->clear();
  out->reserve(units.size() * 3);
  if (unit_of_byte != nullptr) unit_of_byte->clear();
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::size_t from = i;
    char32_t c = units[i];
    if (IsHigh(units[i]) && i + 1 < units.size() && IsLow(units[i + 1])) {
      c = 0x10000 + ((c - 0xD800) << 10) + (units[++i] - 0xDC00U);
    } else if (IsHigh(units[i]) || IsLow(units[i])) {
      c = 0xFFFD;
    }
    AppendUtf8(c, out);
    if (unit_of_byte != nullptr) unit_of_byte->resize(out->size(), static_cast<std::uint32_t>(from));
  }
  if (unit_of_byte != nullptr) unit_of_byte->push_back(static_cast<std::uint32_t>(units.size()));
}

}  // namespace minsheng::text
