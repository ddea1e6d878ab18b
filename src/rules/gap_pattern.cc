// SPDX-License-Identifier: Apache-2.0
#include "src/rules/gap_pattern.h"

#include <algorithm>
#include <charconv>

#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMinWordChars = 2;
constexpr std::uint32_t kMaxRepeat = 1000;  // as in RE2
constexpr std::uint32_t kAnyNumber = UINT32_MAX;
constexpr std::string_view kSyntax = "^$*+?[]{}.()|\\";

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

class GapReader {
 public:
  explicit GapReader(std::string_view pattern) : rest_(pattern) {}

  std::optional<GapPattern> Run() {
    GapPattern p;
    if (!Segment(&p, true)) return std::nullopt;
    while (!rest_.empty()) {
      p.gaps.emplace_back();
      if (!Gap(&p.gaps.back()) || !Segment(&p, false)) return std::nullopt;
    }
    if (std::none_of(p.segments.begin(), p.segments.end(), Searchable)) return std::nullopt;
    return p;
  }

 private:
  static bool Searchable(const std::vector<std::string>& words) {
    return std::all_of(words.begin(), words.end(),
                       [](const std::string& w) { return text::CountChars(w) >= kMinWordChars; });
  }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // A word, or "(word|word)". Without parentheses alternatives are the whole expression.
  bool Segment(GapPattern* p, bool first) {
    std::vector<std::string> words(1);
    const bool group = Take('(');
    if (group && Take('?') && !Take(':')) return false;
    bool bare = false;
    while (Word(&words.back()) && Take('|')) {
      bare = !group;
      words.emplace_back();
    }
    if (words.back().empty() || (group && !Take(')'))) return false;
    if (bare && (!first || !rest_.empty())) return false;
    const bool whole = std::all_of(words.begin(), words.end(), [](const std::string& w) {
      return !IsLetterOrDigit(w.front()) && !IsLetterOrDigit(w.back()) && text::FoldToUtf8(w) == w;
    });
    p->segments.push_back(std::move(words));
    return whole;
  }

  bool Word(std::string* word) {
    while (!rest_.empty()) {
      char c = rest_.front();
      if (c == '\\') {
        if (rest_.size() < 2 || kSyntax.find(rest_[1]) == std::string_view::npos) return false;
        c = rest_[1];
        rest_.remove_prefix(1);
      } else if (kSyntax.find(c) != std::string_view::npos) {
        return !word->empty() && (c == '|' || c == ')' || c == '.');
      }
      if (c <= ' ' && (c & 0x80) == 0) return false;  // blanks of a folded text are not those of the source
      word->push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
      rest_.remove_prefix(1);
    }
    return !word->empty();
  }

  bool Gap(GapPattern::Gap* gap) {
    if (!Take('.')) return false;
    *gap = {1, 1, false};
    if (Take('*')) {
      *gap = {0, kAnyNumber, false};
    } else if (Take('+')) {
      *gap = {1, kAnyNumber, false};
    } else if (Take('?')) {
      *gap = {0, 1, false};
    } else if (Take('{')) {
      if (!Bounds(gap)) return false;
    } else {
      return true;
    }
    gap->lazy = Take('?');
    return true;
  }
  bool Bounds(GapPattern::Gap* gap) {
    if (!Number(&gap->least)) return false;
    gap->most = gap->least;
    if (Take(',') && !Number(&gap->most)) gap->most = kAnyNumber;
    return Take('}') && gap->least <= gap->most;
  }
  bool Number(std::uint32_t* value) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), *value);
    if (error != std::errc() || *value > kMaxRepeat) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<GapPattern> ReadGapPattern(std::string_view folded) { return GapReader(folded).Run(); }

}  // namespace minsheng::rules
