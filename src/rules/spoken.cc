// SPDX-License-Identifier: Apache-2.0
#include "src/rules/spoken.h"

#include <algorithm>
#include <map>

#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

constexpr std::uint8_t kFiller = 1;
constexpr std::uint8_t kWord = 2;
constexpr std::uint8_t kTerm = 4;
constexpr std::size_t kStammer = 3;

struct Range {
  std::size_t begin, end;
};

void CollectTerms(const Condition& c, std::vector<std::string>* out) {
  if (c.op == Op::kTerm) out->push_back(c.text);
  for (const Condition& child : c.children) CollectTerms(child, out);
}

bool HasStammer(std::u16string_view u) {
  for (std::size_t i = 2; i < u.size(); ++i) {
    if (u[i] == u[i - 1] && u[i] == u[i - 2] && CanStammer(u[i])) return true;
  }
  return false;
}

// One pass over one text.
class Cleaner {
 public:
  Cleaner(const text::Folded& in, std::vector<bool> dropped, std::vector<bool> in_word, std::vector<bool> in_term,
          std::vector<Range> terms)
      : in_(in),
        dropped_(std::move(dropped)),
        in_word_(std::move(in_word)),
        in_term_(std::move(in_term)),
        terms_(std::move(terms)) {
    std::sort(terms_.begin(), terms_.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
    std::size_t furthest = 0;
    for (const Range& t : terms_) reach_.push_back(furthest = std::max(furthest, t.end));
  }

  text::Folded Run() {
    DropFillers();
    DropStammers();
    for (std::size_t i = 0; i < kept_.size();) {
      const std::size_t end = EndOfNumerals(i);
      if (end == i) {
        Put(Unit(i), in_.starts[kept_[i]], i);
        ++i;
      } else {
        PutNumerals(i, end);
        i = end;
      }
    }
    if (!in_.chars.empty()) text::CountCharacters(&out_);
    return std::move(out_);
  }

 private:
  char16_t Unit(std::size_t k) const { return in_.units[kept_[k]]; }
  bool Known(std::size_t k) const { return in_word_[kept_[k]] || in_term_[kept_[k]]; }

  void DropFillers() {
    bool after_filler = false;
    for (std::size_t i = 0; i < in_.units.size(); ++i) {
      if (dropped_[i]) {
        after_filler = true;
        continue;
      }
      const bool again = kept_.empty() || IsPauseMark(in_.units[kept_.back()]);
      if (after_filler && again && IsPauseMark(in_.units[i])) continue;
      after_filler = false;
      kept_.push_back(i);
    }
  }

  // Of a stammered character the last one stays.
  void DropStammers() {
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < kept_.size();) {
      std::size_t last = i;
      std::size_t times = 1;
      if (CanStammer(Unit(i)) && !Known(i)) {
        for (std::size_t next = i + 1; next < kept_.size(); ++next) {
          if (IsPauseMark(Unit(next)) && next == last + 1) continue;
          if (Unit(next) != Unit(i) || Known(next)) break;
          last = next, ++times;
        }
      }
      if (times >= kStammer) i = last;
      kept.push_back(kept_[i++]);
    }
    kept_ = std::move(kept);
  }

  std::size_t EndOfNumerals(std::size_t i) const {
    while (i < kept_.size() && IsNumeral(Unit(i)) && !in_word_[kept_[i]]) ++i;
    return i;
  }

  // Of the terms that begin at or before `begin`, the furthest end.
  std::size_t ReachFrom(std::size_t begin) const {
    const auto after = std::upper_bound(terms_.begin(), terms_.end(), begin,
                                        [](std::size_t at, const Range& t) { return at < t.begin; });
    return after == terms_.begin() ? 0 : reach_[static_cast<std::size_t>(after - terms_.begin()) - 1];
  }

  void PutNumerals(std::size_t begin, std::size_t end) {
    std::u32string numerals;
    bool touched = false;
    for (std::size_t i = begin; i < end; ++i) {
      numerals.push_back(Unit(i));
      touched = touched || in_term_[kept_[i]];
    }
    const bool number = std::any_of(numerals.begin(), numerals.end(), HasNumberUnit);
    const bool stays = number ? touched : ReachFrom(kept_[begin]) > kept_[end - 1];
    const std::optional<std::string> digits = stays ? std::nullopt : DigitsOf(numerals);
    if (!digits) {
      for (std::size_t i = begin; i < end; ++i) Put(Unit(i), in_.starts[kept_[i]], i);
      return;
    }
    for (std::size_t k = 0; k < digits->size(); ++k) {
      const std::size_t from = k + 1 == digits->size() ? end - 1 : std::min(begin + k, end - 1);
      if (k == 0) PutSeam(static_cast<char16_t>(digits->front()), begin, true);
      out_.units.push_back(static_cast<char16_t>((*digits)[k]));
      out_.starts.push_back(in_.starts[kept_[from]]);
    }
    number_ended_ = true;
  }

  void Put(char16_t u, std::uint32_t start, std::size_t k) {
    PutSeam(u, k, false);
    out_.units.push_back(u);
    out_.starts.push_back(start);
  }
  // Letters and digits that were apart stay apart.
  void PutSeam(char16_t next, std::size_t k, bool begins_number) {
    const bool gap = k > 0 && kept_[k] != kept_[k - 1] + 1;
    const bool seam = gap || begins_number || number_ended_;
    number_ended_ = false;
    if (!seam || out_.units.empty() || !Joins(out_.units.back(), next, gap)) return;
    out_.units.push_back(u' ');
    out_.starts.push_back(out_.starts.back());
  }
  static bool Joins(char16_t a, char16_t b, bool gap) {
    const auto digit = [](char16_t u) { return u >= u'0' && u <= u'9'; };
    return (digit(a) && digit(b)) || (gap && text::IsSpacedScript(a) && text::IsSpacedScript(b));
  }

  const text::Folded& in_;
  std::vector<bool> dropped_, in_word_, in_term_;
  std::vector<Range> terms_;        // by rising begin
  std::vector<std::size_t> reach_;  // furthest end of terms_[0..i]
  std::vector<std::size_t> kept_;   // units of in_
  text::Folded out_;
  bool number_ended_ = false;
};

}  // namespace

std::vector<std::string> KnownTerms(const Sources& sources) {
  std::vector<std::string> terms;
  for (const RuleSource& rule : sources.rules) CollectTerms(rule.condition, &terms);
  for (const auto& [name, list] : sources.lists) terms.insert(terms.end(), list.terms.begin(), list.terms.end());
  for (const auto& [id, place] : sources.places) {
    terms.push_back(place.name);
    terms.insert(terms.end(), place.aliases.begin(), place.aliases.end());
  }
  return terms;
}

Spoken::Spoken(const Sources& sources) : on_(sources.settings.spoken.on) {
  if (!on_) return;
  std::map<std::u16string, std::uint8_t> roles;
  const auto add = [&](const std::string& text, std::uint8_t role) {
    if (std::u16string units = text::FoldToUnits(text); !units.empty()) roles[std::move(units)] |= role;
  };
  for (const std::string& filler : sources.settings.spoken.fillers) add(filler, kFiller);
  for (const std::string& word : sources.settings.spoken.words) add(word, kWord);
  std::vector<std::u16string> fillers;
  for (const auto& [units, role] : roles) {
    if ((role & kFiller) != 0) fillers.push_back(units);
  }
  for (const std::string& term : KnownTerms(sources)) {  // of thousands, the few that hold something of speech
    const std::u16string units = text::FoldToUnits(term);
    const auto inside = [&](const std::u16string& filler) { return units.find(filler) != std::u16string::npos; };
    if (HasStammer(units) || std::any_of(units.begin(), units.end(), [](char16_t u) { return IsNumeral(u); }) ||
        std::any_of(fillers.begin(), fillers.end(), inside)) {
      add(term, kTerm);
    }
  }
  std::vector<std::u16string> patterns;
  for (const auto& [units, role] : roles) {
    patterns.push_back(units);
    roles_.push_back(role);
    lengths_.push_back(static_cast<std::uint32_t>(units.size()));
  }
  automaton_.emplace(patterns);
}

void Spoken::Clean(text::Folded* folded) const {
  if (!on_) return;
  const std::size_t n = folded->units.size();
  std::vector<bool> in_word(n), in_term(n), dropped(n);
  std::vector<Range> fillers;
  std::vector<Range> terms;
  automaton_->Scan(folded->units, [&](std::uint32_t pattern, std::uint32_t end) {
    const std::uint8_t role = roles_[pattern];
    const Range range{end - lengths_[pattern], end};
    if ((role & kFiller) != 0) fillers.push_back(range);
    if ((role & kTerm) != 0) terms.push_back(range);
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if ((role & kWord) != 0) in_word[i] = true;
      if ((role & kTerm) != 0) in_term[i] = true;
    }
  });
  for (const Range& f : fillers) {
    bool known = false;
    for (std::size_t i = f.begin; i < f.end; ++i) known = known || in_word[i] || in_term[i];
    for (std::size_t i = f.begin; i < f.end && !known; ++i) dropped[i] = true;
  }
  *folded = Cleaner(*folded, std::move(dropped), std::move(in_word), std::move(in_term), std::move(terms)).Run();
}

}  // namespace minsheng::rules
