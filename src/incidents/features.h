// SPDX-License-Identifier: Apache-2.0
// What a request's words look like to the grouping. Pure; work and size are bounded whatever the text.
//
// Shingles are pairs of neighbouring Chinese characters of the folded text, and words of letters and
// digits; runs of five and more digits (telephones, ids) are no shingles. They are held as 32-bit
// numbers, mixed so that "the smallest" of them are a fair sample.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/message.h"

namespace minsheng::incidents {

constexpr std::size_t kMaxUnits = 4096;  // of the folded text that are looked at
constexpr std::size_t kMaxSketch = 128;  // shingles kept of a request
constexpr std::size_t kBands = 16;       // of two MinHash values each
constexpr std::size_t kMaxAnchors = 8;

// A place as the words name it, without a gazetteer: "景都小区", "红星村".
enum class AnchorKind : std::uint8_t { kHome, kRoad, kTown, kSite };
struct Anchor {
  AnchorKind kind = AnchorKind::kHome;
  std::uint64_t name = 0;  // hash
  bool operator==(const Anchor&) const = default;
};

struct Features {
  // The kMaxSketch smallest mixed shingles, sorted, each once (a bottom-k sketch: E. Cohen, 1997).
  std::vector<std::uint32_t> sketch;
  bool whole = true;  // sketch holds every shingle
  // Keys of MinHash bands (Broder 1997; Indyk and Motwani 1998): two texts of Jaccard likeness s share
  // one with probability 1 - (1 - s^2)^16. All 0 without shingles.
  std::array<std::uint64_t, kBands> bands{};
  std::vector<Anchor> anchors;  // of words and place hint, each once
};

Features FeaturesOf(std::string_view words, std::string_view place_hint);

// The citizen's part of a Message: of a call not what the operator or the menu said, if that is known.
std::string CitizenWords(const Message& m);

// A bijection of 32-bit numbers that scatters them, and its inverse.
std::uint32_t Mix(std::uint32_t x);
std::uint32_t Unmix(std::uint32_t x);
// The two characters of a mixed shingle as UTF-8; empty for words of letters and digits.
std::string ShingleText(std::uint32_t mixed);

std::uint64_t HashOf(std::string_view bytes);  // FNV-1a, 64 bits, finished by a mix

}  // namespace minsheng::incidents
