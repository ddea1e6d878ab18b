// SPDX-License-Identifier: Apache-2.0
#include "src/text/places.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

namespace minsheng::text {
namespace {

constexpr std::size_t kMaxPlaceHits = 64;  // more names than this in one text are not weighed

struct Ranked {
  PlaceHit hit;
  int supports = 0;
  std::uint32_t distance = 0;  // to the nearest name of a parent
};

// Keeps the names that lie in no longer name, and each place once, at its first mention.
void KeepOutermost(std::vector<PlaceHit>* hits) {
  std::sort(hits->begin(), hits->end(), [](const PlaceHit& a, const PlaceHit& b) {
    return std::tuple(a.begin, ~a.end, a.place) < std::tuple(b.begin, ~b.end, b.place);
  });
  std::size_t kept = 0;
  PlaceHit outer{};
  for (const PlaceHit& hit : *hits) {
    const bool inside = outer.end > 0 && hit.end <= outer.end && !(hit.begin == outer.begin && hit.end == outer.end);
    if (inside) continue;
    outer = hit;
    const auto end = hits->begin() + static_cast<std::ptrdiff_t>(kept);
    const bool again = std::any_of(hits->begin(), end, [&](const PlaceHit& h) { return h.place == hit.place; });
    if (!again) (*hits)[kept++] = hit;
    if (kept == kMaxPlaceHits) break;
  }
  hits->resize(kept);
}

std::uint32_t Distance(const PlaceHit& a, const PlaceHit& b) {
  if (a.end <= b.begin) return b.begin - a.end;
  return b.end <= a.begin ? a.begin - b.end : 0;
}

}  // namespace

std::uint32_t Gazetteer::Add(std::string id, std::string name, std::string parent) {
  const auto number = static_cast<std::uint32_t>(places_.size());
  by_id_.try_emplace(id, number);
  places_.push_back({std::move(id), std::move(name), std::move(parent), kNone, 0});
  return number;
}

void Gazetteer::Finish() {
  for (Place& p : places_) p.parent = p.parent_id.empty() ? kNone : Find(p.parent_id);
  for (std::uint32_t i = 0; i < places_.size(); ++i) {
    std::uint32_t depth = 0;
    for (std::uint32_t p = places_[i].parent; p != kNone; p = places_[p].parent) {
      if (++depth <= kMaxPlaceDepth && p != i) continue;
      places_[i].parent = kNone;  // a circle, or too deep
      depth = 0;
      break;
    }
    places_[i].depth = depth;
  }
}

std::uint32_t Gazetteer::Find(std::string_view id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? kNone : it->second;
}

bool Gazetteer::IsIn(std::uint32_t place, std::uint32_t above) const {
  for (; place != kNone; place = places_[place].parent) {
    if (place == above) return true;
  }
  return false;
}

std::uint32_t Gazetteer::CommonAbove(std::uint32_t a, std::uint32_t b) const {
  while (a != kNone && !IsIn(b, a)) a = places_[a].parent;
  return a;
}

std::optional<PlaceHit> Gazetteer::Choose(std::vector<PlaceHit>* hits, std::uint32_t around) const {
  if (hits->empty()) return std::nullopt;
  KeepOutermost(hits);
  std::array<Ranked, kMaxPlaceHits> room;
  std::size_t count = 0;
  for (const PlaceHit& hit : *hits) {
    Ranked r{hit, 0, UINT32_MAX};
    for (const PlaceHit& other : *hits) {
      if (other.place == hit.place || !IsIn(hit.place, other.place)) continue;
      ++r.supports;
      r.distance = std::min(r.distance, Distance(hit, other));
    }
    for (std::uint32_t p = places_[hit.place].parent; p != kNone; p = places_[p].parent) {
      if (IsIn(around, p)) ++r.supports;
    }
    room[count++] = r;
  }
  const std::span<Ranked> ranked(room.data(), count);
  const auto merit = [&](const Ranked& r) {
    return std::tuple(-r.supports, ~places_[r.hit.place].depth, r.distance, ~(r.hit.end - r.hit.begin), r.hit.begin);
  };
  std::sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
    return std::tuple(merit(a), a.hit.place) < std::tuple(merit(b), b.hit.place);
  });
  for (std::size_t i = 0; i < ranked.size();) {
    PlaceHit best = ranked[i].hit;
    std::size_t j = i + 1;
    for (; j < ranked.size() && merit(ranked[j]) == merit(ranked[i]); ++j) {
      if (best.place != kNone) best.place = CommonAbove(best.place, ranked[j].hit.place);
    }
    if (best.place != kNone) return best;
    i = j;
  }
  return std::nullopt;
}

}  // namespace minsheng::text
