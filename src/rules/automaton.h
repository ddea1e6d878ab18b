// SPDX-License-Identifier: Apache-2.0
// Automaton: finds all of many terms in one pass over a text of UTF-16 units (Aho and Corasick,
// "Efficient string matching", CACM 1975), as a double array. Immutable, thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::rules {

class Automaton {
 public:
  // Terms are numbered by their place in `terms`; they must be unique and not empty.
  explicit Automaton(const std::vector<std::u16string>& terms);
  Automaton() : Automaton(std::vector<std::u16string>{}) {}

  // Calls on_hit(term, end) for each occurrence, by rising end, longer terms first. Overlapping
  // occurrences are all reported.
  template <class OnHit>
  void Scan(std::u16string_view text, OnHit&& on_hit) const {
    const Slot* slots = slots_.data();
    const std::uint16_t* codes = codes_.data();
    std::int32_t state = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::int32_t code = codes[text[i]];
      if (code == 0) {
        state = 0;
        continue;
      }
      std::int32_t next = slots[state].base + code;
      while (slots[next].check != state && state != 0) {
        state = slots[state].fail;
        next = slots[state].base + code;
      }
      if (slots[next].check == state) state = next;
      for (std::int32_t term = slots[state].out; term >= 0; term = shorter_[static_cast<std::size_t>(term)]) {
        on_hit(static_cast<std::uint32_t>(term), static_cast<std::uint32_t>(i + 1));
      }
    }
  }

  std::size_t bytes() const { return slots_.size() * sizeof(Slot) + codes_.size() * 2 + shorter_.size() * 4; }

 private:
  struct Slot {
    std::int32_t base = 0;    // child for code c stands at base + c ...
    std::int32_t check = -1;  // ... if its check is this slot
    std::int32_t fail = 0;    // longest proper suffix that is a state too
    std::int32_t out = -1;    // longest term that ends here
  };
  class Builder;

  std::vector<std::uint16_t> codes_;   // unit -> dense code by falling frequency; 0 = in no term
  std::vector<Slot> slots_;            // [0] is the root
  std::vector<std::int32_t> shorter_;  // term -> next shorter term that ends where it ends, or -1
};

}  // namespace minsheng::rules
