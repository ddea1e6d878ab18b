// SPDX-License-Identifier: Apache-2.0
#include "src/rules/naive.h"

#include <algorithm>
#include <climits>
#include <string>

#include "src/rules/regex.h"
#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

using Range = std::pair<std::size_t, std::size_t>;

bool SameRun(char32_t a, char32_t b) {
  const auto letter = [](char32_t c) { return c >= U'a' && c <= U'z'; };
  const auto digit = [](char32_t c) { return c >= U'0' && c <= U'9'; };
  return (letter(a) && letter(b)) || (digit(a) && digit(b));
}

class Naive {
 public:
  Naive(const Input& input, const NaiveWorld& world) : input_(input), world_(world), text_(NaiveText(input.text)) {
    if (input.spoken && world.spoken.on) text_ = NaiveHeard(std::move(text_), world);
    for (const char32_t c : text_) text::AppendUtf8(c, &utf8_);
  }

  bool Holds(const Condition& c) const {
    const auto holds = [this](const Condition& child) { return Holds(child); };
    switch (c.op) {
      case Op::kTerm:
      case Op::kList:
        return !Places(c).empty();
      case Op::kRegex: {
        RegexFault fault;
        const auto regex = Regex::Make(c.text, &fault, INT_MAX);
        return regex != nullptr && regex->Matches(utf8_);
      }
      case Op::kField:
        return FieldHolds(c);
      case Op::kNot:
        return !Holds(c.children.front());
      case Op::kAnd:
        return std::all_of(c.children.begin(), c.children.end(), holds);
      case Op::kOr:
        return std::any_of(c.children.begin(), c.children.end(), holds);
      case Op::kNear:
        return NearHolds(c);
      case Op::kBroken:
        return false;
    }
    return false;
  }

 private:
  std::vector<Range> Places(const Condition& c) const {
    if (c.op == Op::kTerm) return NaiveFind(text_, NaiveText(c.text));
    std::vector<Range> all;
    const auto add = [&](const std::vector<Range>& more) { all.insert(all.end(), more.begin(), more.end()); };
    if (c.op == Op::kList) {
      for (const std::string& term : world_.list(c.text)) add(NaiveFind(text_, NaiveText(term)));
    }
    for (const Condition& child : c.children) add(Places(child));
    return all;
  }

  static std::size_t Gap(const Range& a, const Range& b) {
    if (a.second <= b.first) return b.first - a.second;
    return b.second <= a.first ? a.first - b.second : 0;
  }

  bool NearHolds(const Condition& c) const {
    std::vector<Range> reached = Places(c.children.front());
    for (std::size_t i = 1; i < c.children.size(); ++i) {
      std::vector<Range> next;
      for (const Range& b : Places(c.children[i])) {
        const auto near = [&](const Range& a) { return Gap(a, b) <= static_cast<std::size_t>(c.gaps[i - 1]); };
        if (std::any_of(reached.begin(), reached.end(), near)) next.push_back(b);
      }
      reached = std::move(next);
    }
    return !reached.empty();
  }

  bool FieldHolds(const Condition& c) const {
    const auto one_of = [&](std::string_view value) {
      return std::find(c.values.begin(), c.values.end(), value) != c.values.end();
    };
    if (c.text == "channel") return one_of(input_.channel);
    if (c.text == "line") return one_of(input_.line);
    if (c.text == "type") return input_.stated_type && one_of(ToWord(*input_.stated_type));
    if (c.text == "place") return std::any_of(c.values.begin(), c.values.end(), world_.in_place);
    if (c.text == "hour")
      return input_.hour >= 0 && (HourMask(c.values) >> static_cast<unsigned>(input_.hour) & 1U) != 0;
    return text_.size() < std::stoul(c.values.front());
  }

  const Input& input_;
  const NaiveWorld& world_;
  std::u32string text_;
  std::string utf8_;
};

}  // namespace

std::u32string NaiveText(std::string_view text) {
  const std::string folded = text::FoldToUtf8(text);
  std::u32string out;
  for (std::size_t pos = 0; pos < folded.size();) out.push_back(text::NextCodePoint(folded, &pos));
  return out;
}

std::vector<Range> NaiveFind(const std::u32string& text, const std::u32string& term) {
  std::vector<Range> found;
  for (std::size_t at = text.find(term); at != std::u32string::npos; at = text.find(term, at + 1)) {
    const std::size_t end = at + term.size();
    if (at > 0 && SameRun(text[at - 1], term.front())) continue;
    if (end < text.size() && SameRun(text[end], term.back())) continue;
    found.emplace_back(at, end);
  }
  return found;
}

bool NaiveHolds(const Condition& c, const Input& input, const NaiveWorld& world) {
  return Naive(input, world).Holds(c);
}

}  // namespace minsheng::rules
