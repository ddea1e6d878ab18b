// SPDX-License-Identifier: Apache-2.0
#include "src/incidents/features.h"

#include <algorithm>

#include "src/text/fold.h"

namespace minsheng::incidents {
namespace {

constexpr std::size_t kHashes = kBands * 2;
constexpr std::uint32_t kWordMark = 0xFFFF0000;  // above all pairs of Chinese characters

bool IsHan(char16_t u) { return u >= 0x3400 && u <= 0x9FFF; }
bool IsWordUnit(char16_t u) { return (u >= u'a' && u <= u'z') || (u >= u'0' && u <= u'9'); }

std::uint64_t Mix64(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  return x;
}

// `place`: units that belong to the name of a place, which is compared as such and is no word of the matter.
std::vector<std::uint32_t> Shingles(std::u16string_view units, const std::vector<bool>& place) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < units.size();) {
    if (IsHan(units[i])) {
      if (i + 1 < units.size() && IsHan(units[i + 1]) && !(place[i] || place[i + 1]))
        out.push_back(Mix(static_cast<std::uint32_t>(units[i]) << 16 | units[i + 1]));
      ++i;
      continue;
    }
    std::size_t end = i;
    bool digits = true;
    std::uint32_t hash = 2166136261U;
    for (; end < units.size() && IsWordUnit(units[end]); ++end) {
      digits = digits && units[end] <= u'9';
      hash = (hash ^ units[end]) * 16777619U;
    }
    if (end - i >= 2 && !(digits && end - i >= 5)) out.push_back(Mix(kWordMark | (hash >> 16)));
    i = std::max(end, i + 1);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

struct Suffix {
  std::u16string_view text;
  AnchorKind kind;
};
// Longer before shorter where one ends another.
constexpr Suffix kSuffixes[] = {
    {u"小区", AnchorKind::kHome},   {u"社区", AnchorKind::kHome}, {u"新村", AnchorKind::kHome},
    {u"花园", AnchorKind::kHome},   {u"花苑", AnchorKind::kHome}, {u"家园", AnchorKind::kHome},
    {u"公寓", AnchorKind::kHome},   {u"公馆", AnchorKind::kHome}, {u"华府", AnchorKind::kHome},
    {u"名都", AnchorKind::kHome},   {u"景都", AnchorKind::kHome}, {u"雅苑", AnchorKind::kHome},
    {u"新城", AnchorKind::kHome},   {u"豪庭", AnchorKind::kHome}, {u"名邸", AnchorKind::kHome},
    {u"苑", AnchorKind::kHome},     {u"村", AnchorKind::kHome},   {u"庄园", AnchorKind::kHome},
    {u"大道", AnchorKind::kRoad},   {u"路", AnchorKind::kRoad},   {u"街道", AnchorKind::kTown},
    {u"街", AnchorKind::kRoad},     {u"巷", AnchorKind::kRoad},   {u"桥", AnchorKind::kRoad},
    {u"镇", AnchorKind::kTown},     {u"乡", AnchorKind::kTown},   {u"小学", AnchorKind::kSite},
    {u"中学", AnchorKind::kSite},   {u"学院", AnchorKind::kSite}, {u"幼儿园", AnchorKind::kSite},
    {u"医院", AnchorKind::kSite},   {u"广场", AnchorKind::kSite}, {u"大厦", AnchorKind::kSite},
    {u"工业园", AnchorKind::kSite},
};
// A road is not named by 路灯, 路口, 街上, ...
constexpr std::u16string_view kNoRoadBefore = u"灯面边上口段过况人线程由牌障标沿途费头坊";
// What stands before a suffix and is no part of a name.
constexpr std::u16string_view kNoName =
    u"的在是到了和与及我你他她它们从去住个这那有本全各每某出回过为把被让给对向于就都也还又"
    u"农道马公走修铁线思半一二两三几条段上下前后里外旁边近隔壁座天大小老旧该此所整围等";

std::uint64_t HashUnits(std::u16string_view units) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char16_t u : units) h = (h ^ u) * 1099511628211ULL;
  return Mix64(h);
}

// The name before the suffix at `at`, not reaching back beyond `least`: its last one or two characters, or nothing.
std::u16string_view NameBefore(std::u16string_view units, std::size_t least, std::size_t at) {
  std::size_t begin = at;
  while (begin > least && at - begin < 2 && IsHan(units[begin - 1]) && kNoName.find(units[begin - 1]) == kNoName.npos)
    --begin;
  return units.substr(begin, at - begin);
}

// Marks in `place` (unless null) the units of every name.
void AddAnchors(std::u16string_view units, std::vector<Anchor>* out, std::vector<bool>* place) {
  std::size_t named = 0;  // end of the last name
  for (std::size_t i = 1; i < units.size(); ++i) {
    const auto rest = units.substr(i);
    const auto* const found = std::find_if(std::begin(kSuffixes), std::end(kSuffixes),
                                           [&](const Suffix& s) { return rest.starts_with(s.text); });
    if (found == std::end(kSuffixes)) continue;
    const std::size_t end = i + found->text.size();
    if (found->kind == AnchorKind::kRoad && end < units.size() && kNoRoadBefore.find(units[end]) != kNoRoadBefore.npos)
      continue;
    const auto name = NameBefore(units, named, i);
    // One character before 小学 or 广场 is a kind of them, not a name.
    if (name.size() > (found->kind == AnchorKind::kSite ? 1U : 0U)) {
      // The suffix is part of it: 幸福路 is not 幸福村.
      const Anchor anchor{found->kind, HashUnits(units.substr(i - name.size(), name.size() + found->text.size()))};
      if (out->size() < kMaxAnchors && std::find(out->begin(), out->end(), anchor) == out->end())
        out->push_back(anchor);
      for (std::size_t k = i - name.size(); place != nullptr && k < end; ++k) (*place)[k] = true;
    }
    named = end;
    i = end - 1;
  }
}

}  // namespace

// The constants are "lowbias32" of C. Wellons' hash-prospector, and its inverse.
std::uint32_t Mix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

std::uint32_t Unmix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x43021123U;
  x ^= x >> 15 ^ x >> 30;
  x *= 0x1d69e2a5U;
  x ^= x >> 16;
  return x;
}

std::string ShingleText(std::uint32_t mixed) {
  const std::uint32_t pair = Unmix(mixed);
  if (pair >= kWordMark) return "";
  const char16_t units[2] = {static_cast<char16_t>(pair >> 16), static_cast<char16_t>(pair & 0xFFFF)};
  return text::ToUtf8({units, 2});
}

std::uint64_t HashOf(std::string_view bytes) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return Mix64(h);
}

Features FeaturesOf(std::string_view words, std::string_view place_hint) {
  text::Folded folded;
  text::Fold(words, &folded, kMaxUnits);
  Features f;
  std::vector<bool> place(folded.units.size());
  AddAnchors(folded.units, &f.anchors, &place);
  f.sketch = Shingles(folded.units, place);
  if (!f.sketch.empty()) {
    std::array<std::uint32_t, kHashes> least;
    least.fill(UINT32_MAX);
    for (const std::uint32_t s : f.sketch) {
      for (std::size_t i = 0; i < kHashes; ++i) {
        const auto h = static_cast<std::uint32_t>(((s + 1) * (0x9e3779b97f4a7c15ULL * (2 * i + 1))) >> 32);
        least[i] = std::min(least[i], h);
      }
    }
    for (std::size_t b = 0; b < kBands; ++b) {
      f.bands[b] =
          Mix64((static_cast<std::uint64_t>(least[2 * b]) << 32 | least[2 * b + 1]) + b * 0x9e3779b97f4a7c15ULL) | 1;
    }
  }
  f.whole = f.sketch.size() <= kMaxSketch;
  if (!f.whole) f.sketch.resize(kMaxSketch);
  f.sketch.shrink_to_fit();
  text::Fold(place_hint, &folded, kMaxUnits);
  AddAnchors(folded.units, &f.anchors, nullptr);
  return f;
}

std::string CitizenWords(const Message& m) {
  std::string citizen, unknown;
  for (const Turn& t : m.turns) {
    if (t.end > m.text.size() || t.begin > t.end) continue;
    const auto words = m.text.substr(t.begin, t.end - t.begin) + "\n";
    if (t.role == Role::kCitizen) citizen += words;
    if (t.role == Role::kUnknown) unknown += words;
  }
  if (!citizen.empty()) return citizen;
  return unknown.empty() ? m.text : unknown;
}

}  // namespace minsheng::incidents
