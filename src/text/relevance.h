// SPDX-License-Identifier: Apache-2.0
// How well a text answers a search: Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
// 2009) with k1 = 1.2 and b = 0.6, and two simplifications that let an index keep one small number per token and
// text: the average length is the constant kUsualTokens, and a token's part is rounded to 1..63.
//
//   part(f, n)   = round(63 * f / (f + k1 * (1 - b + b * n / kUsualTokens)))     f times in a text of n tokens
//   rarity(d, N) = ln(1 + (N - d + 0.5) / (d + 0.5))                              in d of N texts
//   score        = sum over what is looked for: rarity * part * (k1 + 1) / 63
//
// Pure, thread-safe.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace minsheng::text {

constexpr double kUsualTokens = 120;
constexpr int kWholePart = 63;

inline int RelevancePart(double times, std::size_t tokens) {
  const double length = 0.4 + 0.6 * static_cast<double>(tokens) / kUsualTokens;
  return std::clamp(static_cast<int>(std::lround(kWholePart * times / (times + 1.2 * length))), 1, kWholePart);
}
inline double Rarity(std::int64_t texts_with_it, std::int64_t texts) {
  const auto d = static_cast<double>(texts_with_it);
  const double without = std::max(0.0, static_cast<double>(texts) - d);
  return std::log(1 + (without + 0.5) / (d + 0.5));
}
inline double RelevanceOf(double rarity, int part) { return rarity * part * 2.2 / kWholePart; }

}  // namespace minsheng::text
