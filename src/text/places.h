// SPDX-License-Identifier: Apache-2.0
// Gazetteer: the tree of places, and the choice of one among several that a text names.
//
// It does not search texts itself: the rules' one scan finds the names. Immutable after Finish,
// then thread-safe. Places are numbers, in the order in which they were added.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::text {

// So many places may lie above one: region, province, ..., house.
inline constexpr std::size_t kMaxPlaceDepth = 32;

// A name of `place` at [begin, end) of the folded text.
struct PlaceHit {
  std::uint32_t place = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const PlaceHit&) const = default;
};

class Gazetteer {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  std::uint32_t Add(std::string id, std::string name, std::string parent);
  // Resolves parents by id. Unknown parents and circles are cut (the checks report them).
  void Finish();

  std::size_t size() const { return places_.size(); }
  const std::string& id(std::uint32_t place) const { return places_[place].id; }
  const std::string& name(std::uint32_t place) const { return places_[place].name; }
  std::uint32_t Find(std::string_view id) const;  // kNone if unknown
  std::uint32_t Parent(std::uint32_t place) const { return places_[place].parent; }
  // True if `place` is `above` or lies below it.
  bool IsIn(std::uint32_t place, std::uint32_t above) const;

  // The place a text speaks of: a name inside a longer name does not count; then the place most of
  // whose parents are named too wins, then the more specific, then the one whose parent is named
  // nearer, then the longer name, then the earlier. If places of the same name remain, what they
  // have in common above them is taken; if that is nothing, the next best name. `around` (or kNone)
  // and what is above it count as named too, but are not chosen for it. Reorders `hits`.
  std::optional<PlaceHit> Choose(std::vector<PlaceHit>* hits, std::uint32_t around = kNone) const;

 private:
  struct Place {
    std::string id;
    std::string name;
    std::string parent_id;
    std::uint32_t parent = kNone;
    std::uint32_t depth = 0;
  };
  std::uint32_t CommonAbove(std::uint32_t a, std::uint32_t b) const;

  std::vector<Place> places_;
  std::map<std::string, std::uint32_t, std::less<>> by_id_;
};

}  // namespace minsheng::text
