// SPDX-License-Identifier: Apache-2.0
#include "src/text/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

constexpr std::string_view kReplacementUtf8 = "\xEF\xBF\xBD";

struct CharsetAlias {
  std::string_view label;
  const char* icu;
};

// Only where ICU's own alias table says something else than senders mean, or nothing at all.
constexpr auto kCharsetAliases = std::to_array<CharsetAlias>({
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"x-gbk", "GB18030"},
    {"cp936", "GB18030"},
    {"ms936", "GB18030"},
    {"936", "GB18030"},
    {"windows-936", "GB18030"},
    {"gb_2312-80", "GB18030"},
    {"gb_2312", "GB18030"},
    {"gb2312-80", "GB18030"},
    {"gb-2312", "GB18030"},
    {"gb2312.1980-0", "GB18030"},
    {"gb18030", "GB18030"},
    {"gb-18030", "GB18030"},
    {"gb18030-2000", "GB18030"},
    {"gb18030-2022", "GB18030"},
    {"csgb2312", "GB18030"},
    {"csiso58gb231280", "GB18030"},
    {"iso-ir-58", "GB18030"},
    {"euc-cn", "GB18030"},
    {"euccn", "GB18030"},
    {"x-euc-cn", "GB18030"},
    {"chinese", "GB18030"},
    {"simplified chinese", "GB18030"},
    {"hz", "HZ-GB-2312"},
    {"hz-gb-2312", "HZ-GB-2312"},
    {"hz-gb2312", "HZ-GB-2312"},
    {"big5", "Big5-HKSCS"},
    {"big-5", "Big5-HKSCS"},
    {"csbig5", "Big5-HKSCS"},
    {"x-x-big5", "Big5-HKSCS"},
    {"cn-big5", "Big5-HKSCS"},
    {"cp950", "Big5-HKSCS"},
    {"ms950", "Big5-HKSCS"},
    {"big5-hkscs", "Big5-HKSCS"},
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"l1", "windows-1252"},
    {"cp1252", "windows-1252"},
    {"ks_c_5601-1987", "windows-949"},
    {"euc-kr", "windows-949"},
    {"shift_jis", "windows-31j"},
    {"shift-jis", "windows-31j"},
    {"sjis", "windows-31j"},
    {"utf8", "UTF-8"},
    {"x-utf-8", "UTF-8"},
    {"unicode-1-1-utf-8", "UTF-8"},
    {"utf-8", "UTF-8"},
    {"us-ascii", "US-ASCII"},
    {"ascii", "US-ASCII"},
    {"ansi_x3.4-1968", "US-ASCII"},
    {"utf-16", "UTF-16"},
    {"utf16", "UTF-16"},
    {"unicode", "UTF-16"},
    {"ucs-2", "UTF-16"},
    {"iso-10646-ucs-2", "UTF-16"},
});

// Lower case, without quotes and space around it. Empty when it cannot be a charset's name: ICU reads options
// behind a comma, and those are not for senders.
std::string CleanLabel(std::string_view label) {
  label = Trim(label);
  while (!label.empty() && (label.front() == '"' || label.front() == '\'')) label.remove_prefix(1);
  while (!label.empty() && (label.back() == '"' || label.back() == '\'' || label.back() == ';')) label.remove_suffix(1);
  label = Trim(label);
  if (label.empty() || label.size() > 40) return {};
  std::string clean;
  for (const char c : label) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && std::string_view("-_.:+ ").find(c) == std::string_view::npos) return {};
    clean += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return clean;
}

// All of `bytes` through ICU; U+FFFD for what does not decode. nullopt: ICU does not know the name.
std::optional<std::string> Decode(std::string_view bytes, const char* icu_name) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(icu_name, &status), &ucnv_close);
  if (U_FAILURE(status) || !converter) return std::nullopt;
  std::string out;
  std::array<UChar, 4096> units{};
  std::array<char, 3 * 4096> utf8{};
  const char* from = bytes.data();
  const char* const end = from + bytes.size();
  std::size_t kept = 0;  // a high surrogate at the end of the buffer waits for its partner
  for (;;) {
    UChar* to = units.data() + kept;
    status = U_ZERO_ERROR;
    ucnv_toUnicode(converter.get(), &to, units.data() + units.size(), &from, end, nullptr, true, &status);
    const bool more = status == U_BUFFER_OVERFLOW_ERROR;
    if (U_FAILURE(status) && !more) return std::nullopt;
    auto count = static_cast<std::size_t>(to - units.data());
    kept = more && count > 0 && U16_IS_LEAD(units[count - 1]) ? 1 : 0;
    count -= kept;
    int32_t written = 0;
    status = U_ZERO_ERROR;
    u_strToUTF8WithSub(utf8.data(), static_cast<int32_t>(utf8.size()), &written, units.data(),
                       static_cast<int32_t>(count), 0xFFFD, nullptr, &status);
    if (U_FAILURE(status)) return std::nullopt;
    out.append(utf8.data(), static_cast<std::size_t>(written));
    if (!more) return out;
    if (kept != 0) units[0] = units[count];
  }
}

std::size_t CountReplacements(std::string_view s) {
  std::size_t n = 0;
  for (auto at = s.find(kReplacementUtf8); at != std::string_view::npos; at = s.find(kReplacementUtf8, at + 3)) ++n;
  return n;
}

bool IsSevenBit(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct Utf8Tally {
  std::size_t wide = 0;    // good sequences of three or four bytes
  std::size_t narrow = 0;  // good sequences of two bytes
  std::size_t bad = 0;
};

Utf8Tally TallyUtf8(std::string_view s) {
  Utf8Tally tally;
  for (std::size_t pos = 0; pos < s.size();) {
    const std::size_t before = pos;
    const char32_t c = NextCodePoint(s, &pos);
    const std::size_t length = pos - before;
    if (length == 1 && c == 0xFFFD) {
      ++tally.bad;
    } else if (length == 2) {
      ++tally.narrow;
    } else if (length >= 3) {
      ++tally.wide;
    }
  }
  return tally;
}

// Chinese text in UTF-8 has three-byte sequences only, which GB or Big5 text does not produce twice by accident:
// its leading bytes would have to be rare characters of the second level.
bool IsSurelyUtf8(std::string_view s) {
  const Utf8Tally tally = TallyUtf8(s);
  return tally.bad == 0 && tally.wide >= 2 && tally.narrow * 4 <= tally.wide;
}

struct ByteOrderMark {
  std::string_view bytes;
  const char* icu;
};

// The longest first: UTF-32LE begins like UTF-16LE.
constexpr auto kByteOrderMarks = std::to_array<ByteOrderMark>({
    {{"\xFF\xFE\x00\x00", 4}, "UTF-32LE"},
    {{"\x00\x00\xFE\xFF", 4}, "UTF-32BE"},
    {{"\x84\x31\x95\x33", 4}, "GB18030"},
    {{"\xEF\xBB\xBF", 3}, "UTF-8"},
    {{"\xFF\xFE", 2}, "UTF-16LE"},
    {{"\xFE\xFF", 2}, "UTF-16BE"},
});

const ByteOrderMark* FindByteOrderMark(std::string_view bytes) {
  for (const auto& mark : kByteOrderMarks) {
    if (bytes.starts_with(mark.bytes)) return &mark;
  }
  return nullptr;
}

// UTF-16 without a mark: digits, spaces and line ends have one zero byte, always on the same side. nullptr: not so.
const char* Utf16ByZeros(std::string_view bytes) {
  if (bytes.size() < 2 || bytes.size() % 2 != 0) return nullptr;
  std::size_t even = 0;
  std::size_t odd = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\0') ++(i % 2 == 0 ? even : odd);
  }
  if (odd > 0 && even * 8 <= odd) return "UTF-16LE";
  if (even > 0 && odd * 8 <= even) return "UTF-16BE";
  return nullptr;
}

// "~{" pairs of printable bytes "~}" (RFC 1843), at least once.
bool LooksLikeHz(std::string_view s) {
  const auto open = s.find("~{");
  if (open == std::string_view::npos) return false;
  const auto close = s.find("~}", open + 2);
  if (close == std::string_view::npos || close == open + 2 || (close - open) % 2 != 0) return false;
  const auto inside = s.substr(open + 2, close - open - 2);
  return std::all_of(inside.begin(), inside.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

struct Detected {
  std::string name;
  int confidence = 0;
};

// ICU's opinion: the best charset, and what it thinks of GB18030.
std::pair<Detected, int> Detect(std::string_view bytes) {
  Detected best;
  int gb = 0;
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&status), &ucsdet_close);
  if (U_FAILURE(status)) return {best, gb};
  const auto sample = bytes.substr(0, 64 * 1024);
  ucsdet_setText(detector.get(), sample.data(), static_cast<int32_t>(sample.size()), &status);
  int32_t found = 0;
  const UCharsetMatch** matches = ucsdet_detectAll(detector.get(), &found, &status);
  for (int32_t i = 0; U_SUCCESS(status) && i < found; ++i) {
    const char* name = ucsdet_getName(matches[i], &status);
    const int confidence = ucsdet_getConfidence(matches[i], &status);
    if (U_FAILURE(status)) break;
    if (best.name.empty()) best = {name, confidence};
    if (std::string_view(name) == "GB18030") gb = confidence;
  }
  return {best, gb};
}

std::string NeverEmpty(std::string text, std::string_view bytes) {
  if (text.empty() && !bytes.empty()) text = kReplacementUtf8;
  return text;
}

// Bytes that are not UTF-8 and carry no mark: GB18030, as in this country, unless that fits badly and ICU is sure
// of something else.
std::string GuessLegacy(std::string_view bytes) {
  const std::string gb = Decode(bytes, "GB18030").value_or(std::string());
  const auto [best, gb_confidence] = Detect(bytes);
  const Utf8Tally utf8 = TallyUtf8(bytes);
  const std::size_t gb_bad = CountReplacements(gb);
  if (utf8.wide > 0 && utf8.bad <= gb_bad && utf8.bad * 4 <= utf8.wide) return Repair(bytes);  // a damaged UTF-8 text
  const bool other = !best.name.empty() && best.name != "GB18030" && best.name != "UTF-8";
  const bool gb_fits = gb_bad * 50 <= CountChars(gb);
  const bool other_is_clear = best.confidence >= 60 && best.confidence > gb_confidence + 20;
  if (other && (other_is_clear || (!gb_fits && best.confidence > gb_confidence))) {
    const char* name = best.name == "Big5" ? "Big5-HKSCS" : best.name.c_str();
    auto text = Decode(bytes, name);
    if (text && CountReplacements(*text) <= gb_bad) return Repair(*text);
  }
  return Repair(gb.empty() ? bytes : std::string_view(gb));
}

}  // namespace

Result<std::string> ToUtf8(std::string_view bytes, std::string_view label) {
  const std::string clean = CleanLabel(label);
  if (clean.empty()) return MakeError(ErrorKind::kInvalid, "not a charset label");
  const auto alias = std::find_if(kCharsetAliases.begin(), kCharsetAliases.end(),
                                  [&](const CharsetAlias& a) { return a.label == clean; });
  const std::string name = alias == kCharsetAliases.end() ? clean : alias->icu;
  if (name == "US-ASCII") return IsSevenBit(bytes) ? Repair(bytes) : GuessToUtf8(bytes);
  if (name == "UTF-8") {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    const Utf8Tally tally = TallyUtf8(bytes);
    return tally.bad > tally.wide + tally.narrow ? GuessToUtf8(bytes) : Repair(bytes);
  }
  if ((name == "GB18030" || name == "windows-1252" || name == "Big5-HKSCS") && IsSurelyUtf8(bytes)) {
    return Repair(bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes);
  }
  const char* icu = name.c_str();
  if (name == "UTF-16" && FindByteOrderMark(bytes) == nullptr) {
    const char* by_zeros = Utf16ByZeros(bytes);
    icu = by_zeros == nullptr ? "UTF-16BE" : by_zeros;  // RFC 2781 4.3: big-endian when nothing is known
  }
  auto text = Decode(bytes, icu);
  if (!text) return MakeError(ErrorKind::kInvalid, "unknown charset: " + clean);
  return Repair(*text);
}

std::string GuessToUtf8(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (const ByteOrderMark* mark = FindByteOrderMark(bytes)) {
    const auto rest = bytes.substr(mark->bytes.size());
    if (std::string_view(mark->icu) == "UTF-8") return NeverEmpty(Repair(rest), bytes);
    return NeverEmpty(Repair(Decode(rest, mark->icu).value_or(std::string(rest))), bytes);
  }
  if (const char* utf16 = Utf16ByZeros(bytes)) {
    return NeverEmpty(Repair(Decode(bytes, utf16).value_or(std::string(bytes))), bytes);
  }
  if (IsSevenBit(bytes)) {
    if (bytes.find("\x1B$") != std::string_view::npos) {
      const auto best = Detect(bytes).first;
      if (best.name.starts_with("ISO-2022")) {
        return NeverEmpty(Repair(Decode(bytes, best.name.c_str()).value_or(std::string(bytes))), bytes);
      }
    }
    if (LooksLikeHz(bytes)) return NeverEmpty(Repair(Decode(bytes, "HZ-GB-2312").value_or(std::string(bytes))), bytes);
    return NeverEmpty(Repair(bytes), bytes);
  }
  if (IsValidUtf8(bytes)) return NeverEmpty(Repair(bytes), bytes);
  return NeverEmpty(GuessLegacy(bytes), bytes);
}

}  // namespace minsheng::text
