// SPDX-License-Identifier: Apache-2.0
// Conditions on the distance of words, and regular expressions.
#include <algorithm>

#include "src/rules/matcher.h"

namespace minsheng::rules {

const std::string& Matcher::FoldedUtf8() {
  if (!utf8_ready_) text::ToUtf8(folded_->units, &utf8_, &unit_of_byte_);
  utf8_ready_ = true;
  return utf8_;
}

bool Matcher::RegexHolds(std::uint32_t regex) {
  if (limit_ != kNoLimit) {
    const std::uint32_t limit = limit_;
    if (regex_epochs_[regex] == epoch_ && !regex_results_[regex]) return false;
    limit_ = kNoLimit;  // the first match counts, and it may end later
    const bool within = RegexEndsWithin(regex, limit);
    limit_ = limit;
    return within;
  }
  if (regex_epochs_[regex] == epoch_) return regex_results_[regex];
  const bool matches = RegexMatches(regex);
  regex_epochs_[regex] = epoch_;
  regex_results_[regex] = matches;
  return matches;
}

bool Matcher::RegexMatches(std::uint32_t regex) {
  const auto seen = [this](std::uint32_t term) { return Seen(term); };
  for (const std::uint32_t* set = program_->regex_needs.begin(regex); set != program_->regex_needs.end(regex); ++set) {
    if (std::none_of(program_->sets.begin(*set), program_->sets.end(*set), seen)) return false;
  }
  const RegexCode& code = program_->regexes[regex];
  if (code.re == nullptr) return FillGaps(code.gaps);
  steps_ += FoldedUtf8().size();
  return code.re->Matches(FoldedUtf8());
}

bool Matcher::RegexEndsWithin(std::uint32_t regex, std::uint32_t limit) {
  const RegexCode& code = program_->regexes[regex];
  if (code.re == nullptr) {
    Occurrence match{};
    return FillGaps(code.gaps) && NextGapMatch(code.gaps, 0, &match) && match.unit_end <= limit;
  }
  code.re->Find(FoldedUtf8(), 1, &found_);
  return !found_.empty() && unit_of_byte_[found_.front().second] <= limit;
}

// Backwards over the segments: keeps the words from which a word of the next segment can be reached.
bool Matcher::FillGaps(const GapRegex& gaps) {
  const std::size_t count = gaps.gaps.size() + 1;
  if (gap_words_.size() < count) gap_words_.resize(count);
  for (std::size_t i = count; i-- > 0;) {
    std::vector<GapWord>& words = gap_words_[i];
    words.clear();
    const auto segment = gaps.first + static_cast<std::uint32_t>(i);
    const std::uint32_t* begin = program_->alternatives.begin(segment);
    for (const std::uint32_t* term = begin; term != program_->alternatives.end(segment); ++term) {
      gathered_.clear();
      AppendOccurrences(*term, SIZE_MAX, &gathered_);
      for (const Occurrence& o : gathered_) words.push_back({o, static_cast<std::uint32_t>(term - begin)});
    }
    steps_ += words.size();
    if (i + 1 < count) {
      const GapPattern::Gap gap = gaps.gaps[i];
      const std::vector<GapWord>& after = gap_words_[i + 1];
      std::erase_if(words, [&](const GapWord& w) {
        const auto next = std::lower_bound(after.begin(), after.end(), w.at.end + gap.least,
                                           [](const GapWord& a, std::uint32_t least) { return a.at.begin < least; });
        return next == after.end() || next->at.begin - w.at.end > gap.most;
      });
    }
    if (words.empty()) return false;
    std::sort(words.begin(), words.end(), [](const GapWord& a, const GapWord& b) {
      return a.at.begin != b.at.begin ? a.at.begin < b.at.begin : a.rank < b.rank;
    });
  }
  return true;
}

// The match that a backtracking engine finds first: it begins leftmost, then takes the first
// alternative and the longest (lazy: shortest) gap that lead to the end. All kept words do.
bool Matcher::NextGapMatch(const GapRegex& gaps, std::uint32_t from, Occurrence* match) const {
  const auto begins_before = [](const GapWord& w, std::uint32_t at) { return w.at.begin < at; };
  auto now = std::lower_bound(gap_words_[0].begin(), gap_words_[0].end(), from, begins_before);
  if (now == gap_words_[0].end()) return false;
  *match = now->at;
  for (std::size_t i = 0; i < gaps.gaps.size(); ++i) {
    const GapPattern::Gap gap = gaps.gaps[i];
    const std::vector<GapWord>& after = gap_words_[i + 1];
    const std::uint32_t end = match->end;
    auto next = std::lower_bound(after.begin(), after.end(), end + gap.least, begins_before);
    if (!gap.lazy) {
      const auto past =
          std::partition_point(next, after.end(), [&](const GapWord& w) { return w.at.begin - end <= gap.most; });
      next = std::lower_bound(next, past, (past - 1)->at.begin, begins_before);
    }
    match->end = next->at.end;
    match->unit_end = next->at.unit_end;
  }
  return true;
}

// Forward over the chain: reach_[i] becomes the occurrences of operand i that end a chain so far.
// Occurrences a and b are near iff a.begin <= b.end + N and a.end + N >= b.begin; among the a that
// fulfil the first, the one that ends last decides, so a step costs O(log n).
bool Matcher::NearHolds(const Node& n) {
  if (reach_.size() < n.count) reach_.resize(n.count);
  for (std::uint32_t i = 0; i < n.count; ++i) {
    if (!AnyOccurs(program_->set_of[n.arg + i])) return false;
  }
  for (std::uint32_t i = 0; i < n.count; ++i) {
    Gather(program_->set_of[n.arg + i], &gathered_);
    steps_ += gathered_.size();
    Reach& now = reach_[i];
    now.items.clear();
    now.furthest.clear();
    for (const Occurrence& b : gathered_) {
      if (i > 0) {
        const std::uint32_t gap = program_->gaps[n.arg + i - 1];
        const Reach& before = reach_[i - 1];
        const auto last = std::upper_bound(before.items.begin(), before.items.end(), b.end + gap,
                                           [](std::uint32_t limit, const Occurrence& a) { return limit < a.begin; });
        if (last == before.items.begin()) continue;
        const auto index = static_cast<std::size_t>(last - before.items.begin() - 1);
        if (before.items[before.furthest[index]].end + gap < b.begin) continue;
      }
      const auto own = static_cast<std::uint32_t>(now.items.size());
      const bool further = own == 0 || b.end > now.items[now.furthest.back()].end;
      now.items.push_back(b);
      now.furthest.push_back(further ? own : now.furthest.back());
    }
    if (now.items.empty()) return false;
  }
  return true;
}

}  // namespace minsheng::rules
