// SPDX-License-Identifier: Apache-2.0
// A Boolean function of few variables as the bits of its truth table, 64 rows to a word: bit r is the
// value in the row in which variable i has the value of bit i of r. Plain value.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace minsheng::rules {

class TruthTable {
 public:
  static constexpr int kMaxVariables = 16;  // 8 KiB

  // The constant function. 0 <= variables <= kMaxVariables; all operands of an operation have the same number.
  TruthTable(int variables, bool value)
      : variables_(variables), words_(variables <= 6 ? 1 : std::size_t{1} << (variables - 6), value ? kAll : 0) {
    Trim();
  }
  static TruthTable Variable(int variables, int i) {
    static constexpr std::uint64_t kLow[] = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                             0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};
    TruthTable t(variables, false);
    for (std::size_t w = 0; w < t.words_.size(); ++w) {
      t.words_[w] = i < 6 ? kLow[i] : (w >> (i - 6) & 1U) != 0 ? kAll : 0;
    }
    t.Trim();
    return t;
  }

  TruthTable& operator&=(const TruthTable& o) {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] &= o.words_[w];
    return *this;
  }
  TruthTable& operator|=(const TruthTable& o) {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] |= o.words_[w];
    return *this;
  }
  TruthTable operator!() const {
    TruthTable t = *this;
    for (std::uint64_t& word : t.words_) word = ~word;
    t.Trim();
    return t;
  }
  bool Any() const {
    for (const std::uint64_t word : words_) {
      if (word != 0) return true;
    }
    return false;
  }
  // The row in which it is true with the fewest variables set; the smallest of these.
  std::optional<std::uint32_t> FewestRow() const {
    std::optional<std::uint32_t> best;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t rest = words_[w]; rest != 0; rest &= rest - 1) {
        const auto row = static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(rest)));
        if (!best || std::popcount(row) < std::popcount(*best)) best = row;
      }
    }
    return best;
  }

 private:
  static constexpr std::uint64_t kAll = ~std::uint64_t{0};
  void Trim() {
    if (variables_ < 6) words_[0] &= (std::uint64_t{1} << (1U << variables_)) - 1;
  }

  int variables_;
  std::vector<std::uint64_t> words_;
};

}  // namespace minsheng::rules
