// SPDX-License-Identifier: Apache-2.0
// Words that may stand in a suggested rule, found in Chinese text without a dictionary. Pure.
//
// Personal data and names of places are cut out first; a term is a run of 2 to 6 Chinese characters of
// the folded text. What is a word is told by statistics: it hangs together (the cohesion of new-word
// discovery: how much more often its parts stand side by side than chance would have it), and it is not
// a piece of a longer term that stands in nearly all of the same texts.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/result.h"
#include "src/rules/automaton.h"

namespace minsheng::rules {

inline constexpr std::size_t kLongestWord = 6;

// Words that say nothing about the matter: data of config/stop-words.json.
struct StopWords {
  std::set<std::u16string, std::less<>> words;  // no term is one of these,
  std::vector<std::u16string> inside;           // holds one of these,
  std::u16string begin;                         // begins with one of these characters
  std::u16string end;                           // or ends with one of these

  bool Allows(std::u16string_view term) const;
};
// {"words": [], "inside": [], "begin": "", "end": ""}; kInvalid says what is wrong.
Result<StopWords> ReadStopWords(std::string_view json);

// True for the characters that terms are made of (CJK unified ideographs of the basic plane).
bool IsTermUnit(char16_t u);

// Makes of a text what terms are looked for in: folded; all that is no Chinese character, every
// personal number (masked) and every place name is one or more zero units.
class TermTexts {
 public:
  explicit TermTexts(const std::vector<std::string>& place_names);
  std::u16string Of(std::string_view text) const;

 private:
  std::vector<std::u16string> names_;
  Automaton places_;
};

// All runs of 1 to 6 characters in some texts, with the number of different citizens who wrote them.
class TermCounts {
 public:
  // Texts of one citizen must come one after the other.
  void Add(std::u16string_view text, std::string_view citizen);
  // Those that at least `least` citizens wrote. The others are forgotten.
  void Keep(std::uint32_t least);
  const std::map<std::u16string, std::uint32_t, std::less<>>& kept() const { return kept_; }
  std::uint32_t CitizensOf(std::u16string_view term) const;

 private:
  struct Seen {
    std::uint32_t citizens = 0;
    std::uint32_t last = 0;  // number of the citizen who wrote it last
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::u16string_view s) const { return std::hash<std::u16string_view>()(s); }
  };
  std::unordered_map<std::u16string, Seen, Hash, std::equal_to<>> seen_;
  std::map<std::u16string, std::uint32_t, std::less<>> kept_;
  std::string citizen_;
  std::uint32_t number_ = 0;
};

// Of `counts`, the terms that are words: allowed, cohesive (the caller says which are), and not a piece
// of a longer one.
template <class IsCohesive>
std::vector<std::u16string> WordsOf(const TermCounts& counts, const StopWords& stop, const IsCohesive& is_cohesive) {
  constexpr double kNearlyAlways = 0.8;
  std::vector<std::vector<std::u16string>> by_length(kLongestWord + 1);
  for (const auto& [term, citizens] : counts.kept()) by_length[term.size()].push_back(term);
  std::set<std::u16string, std::less<>> pieces;
  std::vector<std::u16string> words;
  for (std::size_t length = kLongestWord; length >= 2; --length) {
    for (const std::u16string& term : by_length[length]) {
      const bool piece = pieces.contains(term);
      const bool word = stop.Allows(term) && is_cohesive(term);
      if (word && !piece) words.push_back(term);
      if (!word && !piece) continue;
      for (const auto part : {std::u16string_view(term).substr(1), std::u16string_view(term).substr(0, length - 1)}) {
        if (counts.CitizensOf(term) >= kNearlyAlways * counts.CitizensOf(part)) pieces.emplace(part);
      }
    }
  }
  return words;
}

}  // namespace minsheng::rules
