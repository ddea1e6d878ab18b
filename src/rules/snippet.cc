// SPDX-License-Identifier: Apache-2.0
#include "src/rules/snippet.h"

#include <algorithm>
#include <set>

#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kPieces = 2;
constexpr std::size_t kPiecesTried = 40;
constexpr std::size_t kAround = 4;    // characters of context on each side
constexpr std::size_t kBetween = 30;  // a longer gap between two words is cut out
constexpr std::string_view kHidden = "○";
constexpr std::string_view kCutOut = "……";
constexpr std::u32string_view kMarks = U"，。、！？；：,.!?;:…";

struct Character {
  std::string_view bytes;
  char16_t folded = 0;  // 0 when it is no Chinese character
  bool word = false;    // of a match: always shown
  bool mark = false;
  bool shown = false;
};

std::vector<Character> CharactersOf(std::string_view text, const std::vector<Span>& spans) {
  std::vector<Character> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t c = text::NextCodePoint(text, &at);
    Character x;
    x.bytes = text.substr(begin, at - begin);
    const auto units = text::FoldToUnits(x.bytes);
    if (units.size() == 1 && IsTermUnit(units[0])) x.folded = units[0];
    x.mark = kMarks.find(c) != std::u32string_view::npos;
    x.word = std::any_of(spans.begin(), spans.end(), [&](const Span& s) { return s.begin <= begin && begin < s.end; });
    out.push_back(x);
  }
  return out;
}

// The pairs of neighbours, of Chinese characters, that at least `least` citizens wrote.
std::set<std::u16string> CommonPairs(const std::vector<Character>& text, const Corpus& corpus, std::uint32_t least) {
  std::set<std::u16string> asked;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i].folded != 0 && text[i + 1].folded != 0) asked.insert({text[i].folded, text[i + 1].folded});
  }
  const std::vector<std::u16string> pairs(asked.begin(), asked.end());
  const Automaton automaton(pairs);
  std::vector<std::set<std::uint32_t>> citizens(pairs.size());
  for (std::size_t r = 0; r < corpus.texts.size(); ++r) {
    automaton.Scan(corpus.texts[r], [&](std::uint32_t pair, std::uint32_t) {
      if (citizens[pair].size() < least) citizens[pair].insert(corpus.citizens[r]);
    });
  }
  std::set<std::u16string> common;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (citizens[i].size() >= least) common.insert(pairs[i]);
  }
  return common;
}

// A character of the context is shown when it stands in no uncommon pair, and in at least one.
void Show(std::vector<Character>* text, const Corpus& corpus, std::uint32_t least) {
  const auto common = CommonPairs(*text, corpus, least);
  std::vector<Character>& t = *text;
  for (std::size_t i = 0; i < t.size(); ++i) {
    t[i].shown = t[i].word || t[i].mark;
    if (t[i].shown || t[i].folded == 0) continue;
    int pairs = 0, uncommon = 0;
    for (const std::size_t left : {i - 1, i}) {
      if (left + 1 >= t.size() || left >= t.size() || t[left].folded == 0 || t[left + 1].folded == 0) continue;
      ++pairs;
      uncommon += common.contains({t[left].folded, t[left + 1].folded}) ? 0 : 1;
    }
    t[i].shown = pairs > 0 && uncommon == 0;
  }
}

// Words in the text of a condition.
std::vector<std::string> WordsIn(std::string_view when) {
  std::vector<std::string> words(1);
  for (std::size_t at = 0; at < when.size();) {
    const char32_t c = text::NextCodePoint(when, &at);
    if (c < 0x80) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      text::AppendUtf8(c, &words.back());
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

}  // namespace

std::vector<Span> SnippetMaker::SpansIn(const Input& input) {
  for (Reason& r : conditions_.Classify(input, scratch_).reasons) {
    if (r.rule == id_) return std::move(r.spans);
  }
  return {};
}

bool SnippetMaker::Matches(const std::string& text) {
  Input input;
  input.text = text;
  return !SpansIn(input).empty();
}

std::string SnippetMaker::Cut(std::string_view text, const std::vector<Span>& spans) const {
  // A long way around the words is enough, and keeps long texts cheap.
  constexpr std::size_t kBytesAround = 64;
  const std::size_t from = spans.front().begin < kBytesAround ? 0 : spans.front().begin - kBytesAround;
  std::vector<Span> moved = spans;
  for (Span& s : moved) s = {static_cast<std::uint32_t>(s.begin - from), static_cast<std::uint32_t>(s.end - from)};
  auto all = CharactersOf(text.substr(from, spans.back().end + kBytesAround - from), moved);
  const auto is_word = [](const Character& c) { return c.word; };
  auto first = std::find_if(all.begin(), all.end(), is_word);
  auto last = std::find_if(all.rbegin(), all.rend(), is_word).base();
  for (std::size_t i = 0; i < kAround && first != all.begin() && (first - 1)->folded != 0; ++i) --first;
  for (std::size_t i = 0; i < kAround && last != all.end() && last->folded != 0; ++i) ++last;
  std::vector<Character> piece(first, last);
  Show(&piece, corpus_, citizens_);
  while (!piece.back().shown) piece.pop_back();  // what is hidden says nothing at the ends
  piece.erase(piece.begin(), std::find_if(piece.begin(), piece.end(), [](const Character& c) { return c.shown; }));
  std::string out;
  std::size_t after_word = 0;  // characters since the last word
  std::string gap;
  for (const Character& c : piece) {
    if (c.word) {
      out += after_word > kBetween ? kCutOut : std::string_view(gap);
      gap.clear();
      after_word = 0;
      out += c.bytes;
      continue;
    }
    ++after_word;
    gap += c.shown ? c.bytes : kHidden;
  }
  return out + gap;
}

std::vector<std::string> SnippetMaker::Matching(const std::vector<const HistoryCase*>& hit) {
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < hit.size() && i < kPiecesTried && pieces.size() < kPieces; ++i) {
    const auto spans = SpansIn(hit[i]->AsInput());
    if (spans.empty()) continue;
    std::string piece = Cut(hit[i]->text, spans);
    if (Matches(piece) && std::find(pieces.begin(), pieces.end(), piece) == pieces.end())
      pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::vector<std::string> SnippetMaker::NotMatching(const std::vector<const HistoryCase*>& missed,
                                                   std::string_view when) {
  if (when.find_first_of("~&") == std::string_view::npos) return {};  // any word of it would match
  const auto words = WordsIn(when);
  for (const HistoryCase* c : missed) {
    for (const std::string& word : words) {
      const auto at = c->text.find(word);
      if (at == std::string::npos) continue;
      std::string piece =
          Cut(c->text, {{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + word.size())}});
      if (!Matches(piece)) return {std::move(piece)};
    }
  }
  return {};
}

}  // namespace minsheng::rules
