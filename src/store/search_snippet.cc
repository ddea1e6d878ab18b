// SPDX-License-Identifier: Apache-2.0
#include "src/store/search_snippet.h"

#include <algorithm>
#include <set>

#include "src/text/fold.h"

namespace minsheng::store {
namespace {

struct Find {
  std::uint32_t begin = 0;  // units of the plain text
  std::uint32_t end = 0;
  std::size_t range = 0;
};

constexpr std::uint32_t kBefore = 15;  // characters shown before the first find

std::vector<Find> FindsIn(const text::PlainText& plain, const text::SearchWords& wanted) {
  std::vector<Find> finds;
  for (const text::Token& token : text::TokensOf(plain)) {
    for (std::size_t r = 0; r < wanted.ranges.size(); ++r) {
      const auto& range = wanted.ranges[r];
      if (!range.Has(token.key)) continue;
      // Of a pair that begins with the character looked for, only that one is meant.
      const bool single = range.low != range.high;
      finds.push_back({token.begin, single ? token.begin + 1 : token.end, r});
    }
  }
  return finds;
}

// First unit of the stretch that holds the most different ranges.
std::uint32_t BestBegin(const std::vector<Find>& finds) {
  std::uint32_t best = 0;
  std::size_t most = 0;
  for (std::size_t i = 0; i < finds.size(); ++i) {
    std::set<std::size_t> seen;
    for (std::size_t j = i; j < finds.size() && finds[j].end <= finds[i].begin + kSnippetChars - kBefore; ++j) {
      seen.insert(finds[j].range);
    }
    if (seen.size() <= most) continue;
    most = seen.size();
    best = finds[i].begin;
  }
  return best;
}

}  // namespace

void MakeSnippet(std::string_view words, const text::SearchWords& wanted, std::string* snippet,
                 std::vector<Span>* marks) {
  snippet->clear();
  marks->clear();
  const auto plain = text::MakePlain(words);
  if (plain.units.empty()) return;
  const auto finds = FindsIn(plain, wanted);
  const auto units = static_cast<std::uint32_t>(plain.units.size());
  const std::uint32_t at = BestBegin(finds);
  const std::uint32_t begin = at > kBefore ? at - kBefore : 0;
  const std::uint32_t end = std::min(units, begin + kSnippetChars);
  // To whole characters, and to the very beginning or end with its punctuation.
  const std::uint32_t from = begin == 0 ? 0 : plain.starts[begin];
  const auto to =
      end == units ? static_cast<std::uint32_t>(words.size()) : text::EndOfCharacter(words, plain.starts[end - 1]);
  if (from > 0) *snippet += "…";
  const auto shift = static_cast<std::uint32_t>(snippet->size()) - from;
  *snippet += words.substr(from, to - from);
  if (to < words.size()) *snippet += "…";
  for (const Find& find : finds) {
    const std::uint32_t first = plain.starts[find.begin];
    const std::uint32_t last = text::EndOfCharacter(words, plain.starts[find.end - 1]);
    if (first < from || last > to) continue;
    if (!marks->empty() && first + shift <= marks->back().end) {
      marks->back().end = std::max(marks->back().end, last + shift);
    } else {
      marks->push_back({first + shift, last + shift});
    }
  }
}

}  // namespace minsheng::store
