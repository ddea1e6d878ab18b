// SPDX-License-Identifier: Apache-2.0
#include "src/text/redact.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "src/text/digit_groups.h"
#include "src/text/number_shapes.h"
#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

// What was found, with the glyphs that carry it.
struct PersonalFind {
  PersonalKind kind = PersonalKind::kMobile;
  std::size_t first = 0;  // glyphs of the whole find, half-open
  std::size_t last = 0;
  std::vector<std::size_t> hideable;  // glyphs of the value; all but the ends are masked
  std::size_t keep_head = 0;
  std::size_t keep_tail = 0;
  std::string value;
};

bool IsLetterX(char32_t c) { return c == U'X' || c == U'×' || c == U'叉'; }

class PersonalFinder {
 public:
  explicit PersonalFinder(std::string_view text)
      : glyphs_(ReadGlyphs(text)), taken_(glyphs_.size(), false), groups_(FindDigitGroups(glyphs_)) {}

  std::vector<PersonalFind> Run() {
    FindMails();
    FindPlates();
    FindPassports();
    FindNumbers(PersonalKind::kIdentity, 15, 18, AsIdentity);
    FindInexactIdentities();
    ProtectOrderNumbers();
    FindNumbers(PersonalKind::kBankCard, 13, 19, AsBankCard);
    FindNumbers(PersonalKind::kMobile, 11, 15, AsMobile);
    FindNumbers(PersonalKind::kLandline, 9, 16, AsLandline);
    FindBareLandlines();
    FindAccounts();
    std::sort(finds_.begin(), finds_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return std::move(finds_);
  }

  const std::vector<Glyph>& glyphs() const { return glyphs_; }

 private:
  char32_t At(std::size_t i) const { return i < glyphs_.size() ? glyphs_[i].c : 0; }

  void Take(PersonalFind find) {
    for (std::size_t i = find.first; i < find.last; ++i) taken_[i] = true;
    auto group =
        std::partition_point(groups_.begin(), groups_.end(), [&](const DigitGroup& g) { return g.last <= find.first; });
    for (; group != groups_.end() && group->first < find.last; ++group) group->used = true;
    finds_.push_back(std::move(find));
  }

  static bool IsMailLocal(char32_t c) {
    return IsAsciiAlnum(c) || c == U'.' || c == U'_' || c == U'%' || c == U'+' || c == U'-';
  }
  static bool IsMailDomain(char32_t c) { return IsAsciiAlnum(c) || c == U'.' || c == U'-'; }

  void FindMails() {
    for (std::size_t at = 0; at < glyphs_.size(); ++at) {
      if (glyphs_[at].c != U'@') continue;
      std::size_t first = at;
      while (first > 0 && at - first < 64 && IsMailLocal(At(first - 1)) && !taken_[first - 1]) --first;
      std::size_t last = at + 1;
      while (last - at < 254 && IsMailDomain(At(last))) ++last;
      while (last > at + 1 && !IsAsciiAlnum(At(last - 1))) --last;
      std::size_t dot = last;
      while (dot > at + 1 && At(dot - 1) != U'.') --dot;
      const bool top_level = last - dot >= 2 && At(dot) >= U'A' && dot > at + 2;
      if (first == at || !top_level) continue;
      PersonalFind find{.kind = PersonalKind::kEmail, .first = first, .last = last, .hideable = {}, .value = {}};
      for (std::size_t i = first; i < last; ++i) {
        if (i < at) find.hideable.push_back(i);
        const char32_t c = At(i);
        find.value += static_cast<char>(c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c);
      }
      find.keep_head = find.hideable.size() >= 3 ? 1 : 0;
      Take(std::move(find));
      at = last - 1;
    }
  }

  // GA 36: province, letter, then five characters, six for new-energy vehicles; the last may be 挂 学 警 港 澳 领 使.
  void FindPlates() {
    static constexpr std::u32string_view kProvinces = U"京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    static constexpr std::u32string_view kLast = U"挂学警港澳领使";
    const auto letter = [](char32_t c) { return c >= U'A' && c <= U'Z' && c != U'I' && c != U'O'; };
    for (std::size_t i = 0; i + 6 < glyphs_.size(); ++i) {
      if (kProvinces.find(glyphs_[i].c) == std::u32string_view::npos || !letter(glyphs_[i + 1].c)) continue;
      std::size_t serial = i + 2;
      if (std::u32string_view(U"·•.- ").find(At(serial)) != std::u32string_view::npos) ++serial;
      std::size_t last = serial;
      int digits = 0;
      while (last < glyphs_.size() && !taken_[last] && (letter(At(last)) || glyphs_[last].digit >= 0) &&
             glyphs_[last].spoken == glyphs_[serial].spoken) {
        digits += glyphs_[last++].digit >= 0 ? 1 : 0;
      }
      if (last - serial == 4 && kLast.find(At(last)) != std::u32string_view::npos && At(last) != 0) ++last;
      if ((last - serial != 5 && last - serial != 6) || digits < 2) continue;
      PersonalFind find{
          .kind = PersonalKind::kPlate, .first = i, .last = last, .hideable = {}, .keep_tail = 2, .value = {}};
      for (std::size_t k = i; k < last; ++k) {
        if (k >= serial) find.hideable.push_back(k);
        if (k >= i + 2 && k < serial) continue;
        AppendUtf8(glyphs_[k].digit >= 0 ? U'0' + static_cast<char32_t>(glyphs_[k].digit) : At(k), &find.value);
      }
      Take(std::move(find));
    }
  }

  // Whether `word` stands just before `glyph`, with nothing but 号, 码, 是, 为, a colon or blanks between.
  bool SaysBefore(std::size_t glyph, std::u32string_view word) const {
    static constexpr std::u32string_view kBetween = U"号码是为:： 　";
    constexpr std::size_t kReach = 6;
    for (std::size_t steps = 0; glyph > 0 && steps < kReach && kBetween.find(At(glyph - 1)) != kBetween.npos; ++steps) {
      --glyph;
    }
    if (glyph < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (At(glyph - word.size() + i) != word[i]) return false;
    }
    return true;
  }

  // E12345678, EA1234567, G12345678; behind the word 护照 one or two letters and six to eight digits.
  void FindPassports() {
    const auto letter = [](char32_t c) { return c >= U'A' && c <= U'Z'; };
    for (std::size_t i = 0; i < glyphs_.size(); ++i) {
      if (!letter(At(i)) || taken_[i] || (i > 0 && IsAsciiAlnum(At(i - 1)))) continue;
      std::size_t digits = i + 1;
      if (letter(At(digits))) ++digits;
      std::size_t last = digits;
      while (last < glyphs_.size() && !taken_[last] && glyphs_[last].digit >= 0) ++last;
      if (IsAsciiAlnum(At(last))) continue;
      const bool usual = last - i == 9 && (At(i) == U'E' || (At(i) == U'G' && digits == i + 1));
      const bool stated = last - digits >= 6 && last - digits <= 8 && SaysBefore(i, U"护照");
      if (!usual && !stated) continue;
      PersonalFind find{
          .kind = PersonalKind::kPassport, .first = i, .last = last, .hideable = {}, .keep_tail = 2, .value = {}};
      for (std::size_t k = i; k < last; ++k) {
        if (k >= digits) find.hideable.push_back(k);
        find.value += static_cast<char>(glyphs_[k].digit >= 0 ? U'0' + static_cast<char32_t>(glyphs_[k].digit) : At(k));
      }
      Take(std::move(find));
      i = last - 1;
    }
  }

  // Identity numbers whose check digit is wrong, and whatever has their length just behind the word 身份证.
  void FindInexactIdentities() {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const bool stated = SaysBefore(groups_[g].first, U"身份证");
      const bool starts = !groups_[g].joined || (g > 0 && groups_[g - 1].used);
      std::string digits;
      std::string found;
      std::size_t found_last = g;
      for (std::size_t h = g; h < groups_.size() && !groups_[h].used && (h == g || groups_[h].joined); ++h) {
        digits += groups_[h].digits;
        if (digits.size() > 18) break;
        // In doubt the next group is the rest of a longer number, unless this one stands alone.
        const bool more = h + 1 < groups_.size() && groups_[h + 1].joined && !groups_[h + 1].used;
        const bool whole = !more || (h == g && groups_[h + 1].digits.size() > 1);
        const bool likely = LooksLikeIdentity(digits) && whole && (starts || h == g);
        if (digits.size() < 15 || (!stated && !likely)) continue;
        found = digits;
        found_last = h;
      }
      if (found.empty()) continue;
      const auto any = [](std::string_view) {
        return std::optional(NumberShape{.skip = 0, .keep_head = 3, .keep_tail = 4});
      };
      // With an X behind seventeen digits, else without.
      if (!TakeNumber(PersonalKind::kIdentity, g, found_last, found, any)) {
        TakeDigits(PersonalKind::kIdentity, g, found_last, groups_[found_last].last, found, *any(found), std::nullopt);
      }
    }
  }

  // The names of QQ and WeChat accounts, only just behind their words.
  void FindAccounts() {
    static constexpr std::u32string_view kUnits = U"元块万年月日群";
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const std::size_t first = groups_[g].first;
      if (groups_[g].used || groups_[g].digits[0] == '0' ||
          (!SaysBefore(first, U"QQ") && !SaysBefore(first, U"微信"))) {
        continue;
      }
      std::string digits;
      std::size_t h = g;
      for (; h < groups_.size() && !groups_[h].used && (h == g || groups_[h].joined); ++h) {
        if (digits.size() + groups_[h].digits.size() > 12) break;
        digits += groups_[h].digits;
      }
      if (h == g) continue;
      const std::size_t last = groups_[h - 1].last;
      // 12345 is the hotline itself.
      const bool told = digits.size() >= 5 && digits != "12345" && kUnits.find(At(last)) == kUnits.npos;
      if (told) {
        TakeDigits(PersonalKind::kAccount, g, h - 1, last, digits, {.skip = 0, .keep_head = 2, .keep_tail = 2},
                   std::nullopt);
      }
    }
    // Letters only behind 微信号 or a colon: 微信App is a programme.
    for (std::size_t i = 1; i < glyphs_.size(); ++i) {
      if (At(i) < U'A' || At(i) > U'Z' || taken_[i] || At(i - 1) == U'信' || !SaysBefore(i, U"微信")) continue;
      PersonalFind find{
          .kind = PersonalKind::kAccount, .first = i, .last = i, .hideable = {}, .keep_head = 1, .value = {}};
      for (; find.last < glyphs_.size() && !taken_[find.last]; ++find.last) {
        const char32_t c = At(find.last);
        if (!IsAsciiAlnum(c) && c != U'_' && c != U'-') break;
        find.hideable.push_back(find.last);
        find.value += static_cast<char>(c);
      }
      if (find.hideable.size() >= 6) Take(std::move(find));
    }
  }

  // 20150810-00042: ours, readable on the telephone.
  void ProtectOrderNumbers() {
    for (std::size_t g = 0; g + 1 < groups_.size(); ++g) {
      auto& date = groups_[g];
      auto& serial = groups_[g + 1];
      if (date.used || serial.used || serial.first != date.last + 1 || At(date.last) != U'-') continue;
      const bool is_order = date.digits.starts_with("20") && IsDate(date.digits) && serial.digits.size() >= 4 &&
                            serial.digits.size() <= 7;
      if (is_order) date.used = serial.used = true;
    }
  }

  enum class JoinMode { kOneGroup, kReadBack, kNeighbours };

  // Numbers that stand in one group are found first: a join must not take a part of them. Then come numbers that
  // were read back piece by piece (138, 138, 1234, 1234, …): a group that repeats the one before it counts once.
  template <class Shape>
  void FindNumbers(PersonalKind kind, std::size_t min, std::size_t max, Shape shape) {
    for (const auto mode : {JoinMode::kOneGroup, JoinMode::kReadBack, JoinMode::kNeighbours}) {
      for (std::size_t g = 0; g < groups_.size(); ++g) {
        std::string digits;
        bool counted = false;  // the group before was no repetition
        for (std::size_t h = g; h < groups_.size() && !groups_[h].used; ++h) {
          if (h > g && (mode == JoinMode::kOneGroup || !groups_[h].joined)) break;
          const auto& group = groups_[h].digits;
          counted =
              mode != JoinMode::kReadBack || h == g || !counted || group.size() < 2 || group != groups_[h - 1].digits;
          if (counted) digits += group;
          if (digits.size() > max) break;
          if (digits.size() + 1 < min || (h > g && !MayJoin(g, h))) continue;
          // The last piece is read back too: it belongs to the find.
          const bool repeated = mode == JoinMode::kReadBack && h + 1 < groups_.size() && groups_[h + 1].joined &&
                                !groups_[h + 1].used && counted && groups_[h + 1].digits == group;
          if (TakeNumber(kind, g, repeated ? h + 1 : h, digits, shape)) break;
        }
      }
    }
  }

  template <class Shape>
  bool TakeNumber(PersonalKind kind, std::size_t g, std::size_t h, std::string digits, Shape shape) {
    std::size_t last = groups_[h].last;
    std::optional<std::size_t> check;  // the X of an identity number
    if (kind == PersonalKind::kIdentity && digits.size() == 17) {
      std::size_t x = last;
      while (x < glyphs_.size() && x < last + 4 && glyphs_[x].filler) ++x;
      if (!IsLetterX(At(x))) return false;
      check = x;
      last = x + 1;
      digits += 'X';
    }
    const auto found = shape(digits);
    if (!found) return false;
    TakeDigits(kind, g, h, last, digits, *found, check);
    return true;
  }

  void TakeDigits(PersonalKind kind, std::size_t g, std::size_t h, std::size_t last, const std::string& digits,
                  const NumberShape& shape, std::optional<std::size_t> check) {
    PersonalFind find{.kind = kind,
                      .first = groups_[g].first,
                      .last = last,
                      .hideable = {},
                      .keep_head = shape.keep_head,
                      .keep_tail = shape.keep_tail,
                      .value = digits.substr(shape.skip)};
    std::size_t skip = shape.skip;
    for (std::size_t i = groups_[g].first; i < groups_[h].last; ++i) {
      if (glyphs_[i].digit < 0) continue;
      if (skip > 0) {
        --skip;
      } else {
        find.hideable.push_back(i);
      }
    }
    if (check) find.hideable.push_back(*check);
    Take(std::move(find));
  }

  // Not numbers of one thing: 1987-10-12 301 (a date), 192.168.10.101 (an address).
  bool MayJoin(std::size_t g, std::size_t h) const {
    const auto parts_date = [&](std::size_t k) {
      const char32_t mark = At(groups_[k].last);
      return groups_[k].last + 1 == groups_[k + 1].first && (mark == U'-' || mark == U'.');
    };
    const auto& first = groups_[g].digits;
    if (first.size() == 4 && (first.starts_with("19") || first.starts_with("20")) && h > g + 1 && parts_date(g) &&
        parts_date(g + 1) && groups_[g + 1].digits.size() <= 2 && groups_[g + 2].digits.size() <= 2) {
      return false;
    }
    bool dotted = h == g + 3;
    for (std::size_t k = g; k <= h && dotted; ++k) {
      dotted = groups_[k].digits.size() <= 3 && std::stoi(groups_[k].digits) <= 255 &&
               (k == g || (groups_[k].first == groups_[k - 1].last + 1 && At(groups_[k - 1].last) == U'.'));
    }
    return !dotted;
  }

  // Seven or eight digits are a telephone number only where the text says so just before them.
  void FindBareLandlines() {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      std::string digits;
      for (std::size_t h = g; h < groups_.size() && !groups_[h].used && (h == g || groups_[h].joined); ++h) {
        digits += groups_[h].digits;
        if (digits.size() > 8) break;
        if (digits.size() < 7 || digits[0] < '2' || IsDate(digits) || !SaysTelephone(groups_[g].first)) continue;
        const bool goes_on = h + 1 < groups_.size() && groups_[h + 1].joined && digits.size() == 7;
        if (goes_on && groups_[h + 1].digits.size() == 1) continue;
        if (TakeNumber(PersonalKind::kLandline, g, h, digits, [](std::string_view) {
              return std::optional(NumberShape{.skip = 0, .keep_head = 2, .keep_tail = 2});
            })) {
          break;
        }
      }
    }
  }

  bool SaysTelephone(std::size_t glyph) const {
    constexpr std::size_t kReach = 8;
    for (std::size_t i = glyph > kReach ? glyph - kReach : 0; i + 1 < glyph; ++i) {
      const char32_t a = At(i);
      const char32_t b = At(i + 1);
      if ((a == U'电' && b == U'话') || (a == U'座' && b == U'机') || (a == U'固' && b == U'话')) return true;
    }
    return false;
  }

  std::vector<Glyph> glyphs_;
  std::vector<bool> taken_;
  std::vector<DigitGroup> groups_;
  std::vector<PersonalFind> finds_;
};

std::string MaskOnce(std::string_view text, bool* found) {
  PersonalFinder finder(text);
  const auto finds = finder.Run();
  *found = !finds.empty();
  std::string out;
  std::size_t copied = 0;
  for (const auto& find : finds) {
    const std::size_t hidden_end = find.hideable.size() - std::min(find.keep_tail, find.hideable.size());
    for (std::size_t i = find.keep_head; i < hidden_end; ++i) {
      const Glyph& glyph = finder.glyphs()[find.hideable[i]];
      out.append(text.substr(copied, glyph.begin - copied));
      out += '*';
      copied = glyph.end;
    }
  }
  return out.append(text.substr(copied));
}

}  // namespace

std::vector<PersonalSpan> FindPersonal(std::string_view text) {
  PersonalFinder finder(text);
  std::vector<PersonalSpan> spans;
  for (auto& find : finder.Run()) {
    spans.push_back({.kind = find.kind,
                     .begin = finder.glyphs()[find.first].begin,
                     .end = finder.glyphs()[find.last - 1].end,
                     .value = std::move(find.value)});
  }
  return spans;
}

std::string Redact(std::string_view text) {
  bool found = false;
  std::string out = MaskOnce(text, &found);
  // A mask can uncover a number that a longer one covered; every round hides at least one more character.
  while (found) out = MaskOnce(out, &found);
  return out;
}

}  // namespace minsheng::text
