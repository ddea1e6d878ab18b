// SPDX-License-Identifier: Apache-2.0
#include "src/incidents/similarity.h"

#include <algorithm>
#include <cmath>

namespace minsheng::incidents {
namespace {

bool Has(const std::vector<Anchor>& anchors, const Anchor& one) {
  return std::find(anchors.begin(), anchors.end(), one) != anchors.end();
}

bool HasKind(const std::vector<Anchor>& anchors, AnchorKind kind) {
  return std::any_of(anchors.begin(), anchors.end(), [&](const Anchor& a) { return a.kind == kind; });
}

enum class Agreement { kNothing, kSame, kSameTown, kDifferent };

Agreement Compare(const std::vector<Anchor>& a, const std::vector<Anchor>& b) {
  bool town = false;
  for (const Anchor& one : a) {
    if (!Has(b, one)) continue;
    if (one.kind != AnchorKind::kTown) return Agreement::kSame;
    town = true;
  }
  for (const AnchorKind kind : {AnchorKind::kHome, AnchorKind::kRoad, AnchorKind::kSite, AnchorKind::kTown}) {
    if (kind == AnchorKind::kTown && town) continue;
    if (HasKind(a, kind) && HasKind(b, kind)) return Agreement::kDifferent;
  }
  return town ? Agreement::kSameTown : Agreement::kNothing;
}

}  // namespace

Nearness NearnessOf(const std::vector<std::string>& a, const std::vector<Anchor>& a_anchors,
                    const std::vector<std::string>& b, const std::vector<Anchor>& b_anchors, int wide) {
  const auto named = Compare(a_anchors, b_anchors);
  const auto narrow = [wide](const std::vector<std::string>& chain) {
    return static_cast<std::ptrdiff_t>(chain.size()) - wide;
  };
  const auto na = narrow(a), nb = narrow(b);
  if (na > 0 && nb > 0) {
    // The deepest place that both chains hold.
    for (std::ptrdiff_t i = 0; i < na; ++i) {
      const auto at = std::find(b.begin(), b.begin() + nb, a[static_cast<std::size_t>(i)]);
      if (at == b.begin() + nb) continue;
      const bool fine = na - i > 1;  // below the towns
      if (named == Agreement::kSame) return Nearness::kSamePlace;
      if (named == Agreement::kDifferent) return fine ? Nearness::kSameTown : Nearness::kElsewhere;
      return fine ? Nearness::kSamePlace : Nearness::kSameTown;
    }
    return Nearness::kElsewhere;
  }
  switch (named) {
    case Agreement::kSame:
      return Nearness::kSamePlace;
    case Agreement::kSameTown:
      return Nearness::kSameTown;
    case Agreement::kDifferent:
      return Nearness::kElsewhere;
    default:
      return Nearness::kUnknown;
  }
}

void Commonness::Add(const std::vector<std::uint32_t>& sketch, int by) {
  for (const std::uint32_t s : sketch) counts_[s >> 16] += by;
  total_ += by;
}

std::int64_t Commonness::Weight(std::uint32_t shingle) const {
  // With few requests in memory nothing is known to be common yet: as if there were fifty more.
  constexpr int kAsIf = 50;
  return std::lround(256 * std::log2(static_cast<double>(total_ + kAsIf + 1) / (Of(shingle) + 1)));
}

int Likeness(const Features& a, const Features& b, const Commonness& commonness) {
  if (a.sketch.empty() || b.sketch.empty()) return 0;
  std::uint32_t limit = UINT32_MAX;
  if (!a.whole) limit = std::min(limit, a.sketch.back());
  if (!b.whole) limit = std::min(limit, b.sketch.back());
  std::int64_t both = 0, in_a = 0, in_b = 0;
  std::size_t i = 0, j = 0;
  while (i < a.sketch.size() || j < b.sketch.size()) {
    const std::uint64_t x = i < a.sketch.size() ? a.sketch[i] : UINT64_MAX;
    const std::uint64_t y = j < b.sketch.size() ? b.sketch[j] : UINT64_MAX;
    const auto least = std::min(x, y);
    if (least > limit) break;
    const auto w = commonness.Weight(static_cast<std::uint32_t>(least));
    const auto square = w * w;
    if (x == least) in_a += square;
    if (y == least) in_b += square;
    if (x == y) both += square;
    i += x == least;
    j += y == least;
  }
  if (both == 0) return 0;
  return static_cast<int>(100.0 * static_cast<double>(both) /
                          std::sqrt(static_cast<double>(in_a) * static_cast<double>(in_b)));
}

}  // namespace minsheng::incidents
