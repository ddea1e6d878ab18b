// SPDX-License-Identifier: Apache-2.0
// How near two requests are in place and how alike in words. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/incidents/features.h"

namespace minsheng::incidents {

enum class Nearness {
  kElsewhere,  // both name places, and they are different ones
  kUnknown,    // one of them names none
  kSameTown,
  kSamePlace,  // the same road, estate, village, school, ...
};
// `a`, `b`: gazetteer ids, nearest first; the last `wide` of them (city, district) say nothing.
Nearness NearnessOf(const std::vector<std::string>& a, const std::vector<Anchor>& a_anchors,
                    const std::vector<std::string>& b, const std::vector<Anchor>& b_anchors, int wide);

// In how many of the requests in memory a shingle stands; shingles whose upper 16 bits agree share one counter.
class Commonness {
 public:
  Commonness() : counts_(1U << 16) {}
  void Add(const std::vector<std::uint32_t>& sketch, int by);
  int Of(std::uint32_t shingle) const { return counts_[shingle >> 16]; }
  int total() const { return total_; }
  // Inverse document frequency (Spärck Jones 1972) in 1/256 bits, rounded: equal on every machine.
  std::int64_t Weight(std::uint32_t shingle) const;

 private:
  std::vector<std::int32_t> counts_;
  int total_ = 0;
};

// Cosine of the two sets of shingles, each weighted by its rarity: 0..100. Of long texts only the
// part of the sketches that both have in full is compared.
int Likeness(const Features& a, const Features& b, const Commonness& commonness);

}  // namespace minsheng::incidents
