// SPDX-License-Identifier: Apache-2.0
// Random conditions and texts over few characters, so that terms overlap, repeat and contain each other.
#pragma once
#include <random>
#include <string>
#include <vector>

#include "src/rules/condition.h"

namespace minsheng::rules {

inline const std::vector<std::string> kAlphabet = {"树", "路", "灯", "水", "坏",     "a",      "b",       "1",
                                                   "2",  " ",  "\n", "，", "Ａ",     "樹",     "😀",       "㎡",
                                                   "燈", "壞", "１", "Ｂ", "\u200B", "\u3000", "水\uFE0F"};
inline const std::vector<std::string> kTerms = {"树", "路",  "路灯", "灯", "树路",   "水坏", "a",
                                                "ab", "a b", "1",    "12", "灯坏水", "樹灯", "Ａ树",
                                                "b1", "坏😀", "😀",    "m2", "2",      "水水"};
inline const std::vector<std::string> kRegexes = {"路灯.{0,3}坏", "(树路|水坏)+a?", "灯坏水|[ab]路灯",
                                                  "AB+1",         "树灯\\d",        "路灯$"};

class RandomCondition {
 public:
  explicit RandomCondition(unsigned seed) : engine_(seed) {}
  int Below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  const std::string& Of(const std::vector<std::string>& items) {
    return items[static_cast<std::size_t>(Below(static_cast<int>(items.size())))];
  }
  std::string Text() {
    std::string out;
    for (int n = Below(30); n > 0; --n) out += Below(4) == 0 ? Of(kTerms) : Of(kAlphabet);
    return out;
  }
  Condition Leaf(bool near) {
    Condition c;
    const int kind = Below(near ? 6 : 10);
    c.op = kind < 5 || (kind > 5 && kind < 7) ? Op::kTerm : kind == 5 ? Op::kList : kind == 7 ? Op::kRegex : Op::kField;
    if (c.op == Op::kTerm) c.text = Of(kTerms);
    if (c.op == Op::kList) c.text = Below(2) == 0 ? "small" : "big";
    if (c.op == Op::kRegex) c.text = Of(kRegexes);
    if (c.op == Op::kField) Field(&c);
    return c;
  }
  Condition Operand() {
    if (Below(2) == 0) return Leaf(true);
    Condition c;
    c.op = Op::kOr;
    for (int n = 2 + Below(2); n > 0; --n) c.children.push_back(Leaf(true));
    return c;
  }
  Condition Tree(int depth) {
    const int kind = depth == 0 ? 0 : Below(6);
    Condition c;
    if (kind < 2) return Leaf(false);
    if (kind == 2) {
      c.op = Op::kNot;
      c.children.push_back(Tree(depth - 1));
      return c;
    }
    c.op = kind == 3 ? Op::kNear : kind == 4 ? Op::kAnd : Op::kOr;
    for (int n = 2 + Below(2); n > 0; --n) {
      c.children.push_back(c.op == Op::kNear ? Operand() : Tree(depth - 1));
      if (c.children.size() > 1 && c.op == Op::kNear) c.gaps.push_back(Below(6));
    }
    return c;
  }

 private:
  void Field(Condition* c) {
    static const std::vector<std::vector<std::string>> kFields = {
        {"channel", "wechat"}, {"channel", "phone", "email"}, {"line", "12345"}, {"type", "help", "report"},
        {"hour", "22-5"},      {"hour", "8", "10-12"},        {"length", "10"},  {"place", "p.town"},
        {"place", "p"},        {"place", "p.other", "p.town"}};
    const auto& f = kFields[static_cast<std::size_t>(Below(static_cast<int>(kFields.size())))];
    c->text = f[0];
    c->values.assign(f.begin() + 1, f.end());
  }
  std::mt19937 engine_;
};

}  // namespace minsheng::rules
