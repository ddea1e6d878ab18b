// SPDX-License-Identifier: Apache-2.0
#include "src/rules/automaton.h"

#include <algorithm>
#include <numeric>

namespace minsheng::rules {

class Automaton::Builder {
 public:
  Builder(const std::vector<std::u16string>& terms, Automaton* out) : terms_(terms), a_(*out) {}

  void Run() {
    NumberUnits();
    a_.slots_.assign(codes_used_ + 2, Slot{});
    a_.shorter_.assign(terms_.size(), -1);
    order_.resize(terms_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t x, std::uint32_t y) { return terms_[x] < terms_[y]; });
    queue_.push_back({0, 0, static_cast<std::uint32_t>(terms_.size()), 0});
    // Level by level, so that a state's suffixes are placed before it.
    for (std::size_t i = 0; i < queue_.size(); ++i) Expand(queue_[i]);
    Pad();
  }

 private:
  // A state and the range of order_ whose terms begin with it.
  struct Pending {
    std::int32_t state;
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t depth;
  };
  struct Child {
    std::int32_t code;
    std::uint32_t begin;
    std::uint32_t end;
  };

  void NumberUnits() {
    std::vector<std::uint32_t> count(0x10000);
    for (const std::u16string& term : terms_) {
      for (const char16_t u : term) ++count[u];
    }
    std::vector<char16_t> used;
    for (std::uint32_t u = 0; u < count.size(); ++u) {
      if (count[u] > 0) used.push_back(static_cast<char16_t>(u));
    }
    std::stable_sort(used.begin(), used.end(), [&](char16_t x, char16_t y) { return count[x] > count[y]; });
    a_.codes_.assign(0x10000, 0);
    for (std::size_t i = 0; i < used.size(); ++i) a_.codes_[used[i]] = static_cast<std::uint16_t>(i + 1);
    codes_used_ = used.size();
  }

  void Expand(Pending p) {
    children_.clear();
    if (p.begin < p.end && terms_[order_[p.begin]].size() == p.depth) ++p.begin;  // the term that ends here
    for (std::uint32_t i = p.begin; i < p.end;) {
      const char16_t unit = terms_[order_[i]][p.depth];
      std::uint32_t j = i + 1;
      while (j < p.end && terms_[order_[j]][p.depth] == unit) ++j;
      children_.push_back({a_.codes_[unit], i, j});
      i = j;
    }
    if (children_.empty()) return;
    std::sort(children_.begin(), children_.end(), [](const Child& x, const Child& y) { return x.code < y.code; });
    const std::int32_t base = FindBase();
    a_.slots_[Index(p.state)].base = base;
    for (const Child& child : children_) {
      const std::int32_t state = base + child.code;
      a_.slots_[Index(state)].check = p.state;
      queue_.push_back({state, child.begin, child.end, p.depth + 1});
    }
    for (const Child& child : children_) Link(p, child, base + child.code);
  }

  void Link(const Pending& parent, const Child& child, std::int32_t state) {
    std::int32_t fail = 0;
    if (parent.state != 0) {
      for (std::int32_t s = a_.slots_[Index(parent.state)].fail;; s = a_.slots_[Index(s)].fail) {
        const std::int32_t next = a_.slots_[Index(s)].base + child.code;
        if (a_.slots_[Index(next)].check == s) {
          fail = next;
          break;
        }
        if (s == 0) break;
      }
    }
    Slot& slot = a_.slots_[Index(state)];
    slot.fail = fail;
    slot.out = a_.slots_[Index(fail)].out;
    const std::uint32_t first = order_[child.begin];
    if (terms_[first].size() != parent.depth + 1) return;
    a_.shorter_[first] = slot.out;
    slot.out = static_cast<std::int32_t>(first);
  }

  // A base at which all children fall on free slots.
  std::int32_t FindBase() {
    while (Taken(first_free_)) ++first_free_;
    const std::int32_t least = children_.front().code;
    std::size_t tries = 0;
    for (std::int32_t slot = std::max(first_free_, least + 1);; ++slot) {
      if (Taken(slot)) continue;
      const std::int32_t base = slot - least;
      const bool fits =
          std::none_of(children_.begin(), children_.end(), [&](const Child& c) { return Taken(base + c.code); });
      if (fits) return Grow(base + children_.back().code), base;
      // Dense regions are given up after a while: a little memory for a build in linear time.
      if (++tries % 64 == 0 && first_free_ < slot - 4096) first_free_ = slot - 4096;
    }
  }

  bool Taken(std::int32_t slot) const {
    return slot == 0 || (Index(slot) < a_.slots_.size() && a_.slots_[Index(slot)].check >= 0);
  }
  void Grow(std::int32_t last) {
    const std::size_t need = Index(last) + codes_used_ + 2;
    if (a_.slots_.size() < need) a_.slots_.resize(need);
  }
  // Every base + code lies inside the array; Grow has seen to it for states with children, and the
  // base of the others is 0.
  void Pad() { a_.slots_.shrink_to_fit(); }
  static std::size_t Index(std::int32_t i) { return static_cast<std::size_t>(i); }

  const std::vector<std::u16string>& terms_;
  Automaton& a_;
  std::vector<std::uint32_t> order_;
  std::vector<Pending> queue_;
  std::vector<Child> children_;
  std::size_t codes_used_ = 0;
  std::int32_t first_free_ = 1;
};

Automaton::Automaton(const std::vector<std::u16string>& terms) { Builder(terms, this).Run(); }

}  // namespace minsheng::rules
