// SPDX-License-Identifier: Apache-2.0
// Which words made a condition hold. Runs for matched rules only.
#include <algorithm>

#include "src/rules/matcher.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxSpansOfTerm = 4;
constexpr std::size_t kMaxSpansOfRegex = 4;

}  // namespace

void JoinSpans(std::vector<Span>* spans) {
  std::sort(spans->begin(), spans->end(),
            [](const Span& a, const Span& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  std::size_t kept = 0;
  for (const Span& s : *spans) {
    if (kept > 0 && s.begin < (*spans)[kept - 1].end) {
      (*spans)[kept - 1].end = std::max((*spans)[kept - 1].end, s.end);
    } else {
      (*spans)[kept++] = s;
    }
  }
  spans->resize(kept);
}

Span Matcher::ToSpan(std::uint32_t unit_begin, std::uint32_t unit_end) const {
  if (unit_begin >= unit_end) return {};
  return {folded_->starts[unit_begin], text::EndOfCharacter(input_.text, folded_->starts[unit_end - 1])};
}

void Matcher::AddUnits(std::uint32_t begin, std::uint32_t end) { spans_->push_back(ToSpan(begin, end)); }

std::vector<Span> Matcher::Spans(std::uint32_t node) {
  std::vector<Span> spans;
  Spans(node, &spans);
  return spans;
}

void Matcher::Spans(std::uint32_t node, std::vector<Span>* out) {
  out->clear();
  spans_ = out;
  CollectSpans(node);
  if (out->size() > 1) JoinSpans(out);
}

void Matcher::AppendSpansOfTerm(std::uint32_t term, std::vector<Span>* out) const {
  const std::size_t first = out->size();
  const std::uint32_t units = program_->terms[term].units;
  if (!Occurs(term)) return;
  for (std::uint32_t hit = states_[term].first; hit != 0 && out->size() < first + kMaxSpansOfTerm;
       hit = hits_[hit].next) {
    if (hits_[hit].end > limit_) return;
    out->push_back(ToSpan(hits_[hit].end - units, hits_[hit].end));
  }
}

std::vector<Matcher::Found> Matcher::FindTerms(const std::uint32_t* first, const std::uint32_t* last) const {
  std::vector<Found> all;
  std::vector<Occurrence> found;
  for (const std::uint32_t* term = first; term != last; ++term) {
    found.clear();
    AppendOccurrences(*term, SIZE_MAX, &found);
    for (const Occurrence& o : found) all.push_back({*term, o.begin, o.end, ToSpan(o.unit_begin, o.unit_end)});
  }
  std::sort(all.begin(), all.end(),
            [](const Found& a, const Found& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  return all;
}

void Matcher::CollectSpans(std::uint32_t node) {
  const Node& n = program_->nodes[node];
  switch (n.op) {
    case Op::kTerm:
      return AppendSpansOfTerm(n.arg, spans_);
    case Op::kList:
      Gather(n.arg, &gathered_);
      if (gathered_.size() > kMaxSpansOfTerm) gathered_.resize(kMaxSpansOfTerm);
      for (const Occurrence& o : gathered_) AddUnits(o.unit_begin, o.unit_end);
      return;
    case Op::kRegex:
      return CollectRegex(n.arg);
    case Op::kNear:
      return CollectNear(n);
    case Op::kAnd:
    case Op::kOr:
      for (std::uint32_t i = 0; i < n.count; ++i) {
        if (Holds(n.child + i)) CollectSpans(n.child + i);
      }
      return;
    default:
      return;  // fields and negations have no words
  }
}

void Matcher::CollectRegex(std::uint32_t regex) {
  const RegexCode& code = program_->regexes[regex];
  if (code.re == nullptr) {
    if (!FillGaps(code.gaps)) return;
    Occurrence match{};
    std::uint32_t from = 0;
    for (std::size_t i = 0; i < kMaxSpansOfRegex && NextGapMatch(code.gaps, from, &match); ++i, from = match.end) {
      AddUnits(match.unit_begin, match.unit_end);
    }
    return;
  }
  code.re->Find(FoldedUtf8(), kMaxSpansOfRegex, &found_);
  for (const auto& [begin, end] : found_) {
    AddUnits(unit_of_byte_[begin], unit_of_byte_[end]);
  }
}

// Backwards over the chain, from the first complete one, each time to the nearest occurrence.
void Matcher::CollectNear(const Node& n) {
  if (!NearHolds(n)) return;  // fills reach_
  Occurrence now = reach_[n.count - 1].items.front();
  AddUnits(now.unit_begin, now.unit_end);
  for (std::uint32_t i = n.count - 1; i > 0; --i) {
    const auto distance = [&](const Occurrence& a) {
      if (a.end <= now.begin) return now.begin - a.end;
      return now.end <= a.begin ? a.begin - now.end : 0;
    };
    const std::vector<Occurrence>& before = reach_[i - 1].items;
    now = *std::min_element(before.begin(), before.end(),
                            [&](const Occurrence& a, const Occurrence& b) { return distance(a) < distance(b); });
    AddUnits(now.unit_begin, now.unit_end);
  }
}

}  // namespace minsheng::rules
