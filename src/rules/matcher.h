// SPDX-License-Identifier: Apache-2.0
// Matcher: runs a Program over one message. One scan; only rules that a seen term touches are
// evaluated; no memory is allocated once the buffers have grown. One Matcher per thread, used with
// one Program at a time (Begin binds it).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/rules/program.h"
#include "src/rules/rule_set.h"
#include "src/text/fold.h"

namespace minsheng::rules {

// Rules read at most this much of a message, in units of the folded text.
inline constexpr std::size_t kMaxFoldedUnits = 100'000;

// Sorts, and joins what overlaps.
void JoinSpans(std::vector<Span>* spans);

class Matcher {
 public:
  // Scans, finds the place and evaluates all touched rules. `folded` is what text::Fold makes of the
  // input's text; without it the text is folded first. All of them must stay until the last call
  // about this message.
  void Run(const Program& program, const Input& input, const text::Folded* folded = nullptr);

  std::vector<std::uint32_t> Touched() const;                             // rules that were looked at, rising
  const std::vector<std::uint32_t>& matched() const { return matched_; }  // of these, rising
  const std::vector<std::uint32_t>& seen() const { return seen_; }        // terms, in order of first sight
  std::uint32_t place() const { return place_number_; }                   // in the gazetteer, or kNone
  Span place_span() const { return place_span_; }                         // {} when it came from the hint
  const text::Folded& folded() const { return *folded_; }                 // what was scanned
  std::uint32_t unread() const { return unread_; }                        // bytes at the end of the text that were not
  // The work so far on this message: units scanned, places of terms kept and weighed, bytes given to RE2.
  std::uint64_t steps() const { return steps_; }

  bool TermOccurs(std::uint32_t term) const { return Occurs(term); }
  bool Holds(std::uint32_t node);
  // Whether a node also holds when only the words among the first `chars` characters count.
  bool HoldsInOpening(std::uint32_t node, std::uint32_t chars);
  bool TermInOpening(std::uint32_t term, std::uint32_t chars) const {
    return Occurs(term) && folded_->CharsBefore(hits_[states_[term].first].end) <= chars;
  }
  // The words that make a node hold, as spans of the original text: sorted, joined where they
  // overlap. Call only for nodes that hold.
  std::vector<Span> Spans(std::uint32_t node);
  // The same, into `*out` instead of new memory.
  void Spans(std::uint32_t node, std::vector<Span>* out);
  void AppendSpansOfTerm(std::uint32_t term, std::vector<Span>* out) const;
  // Where a term of a set stands: characters of the folded text, and bytes of the original.
  struct Found {
    std::uint32_t term = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    Span span;
  };
  // Every occurrence of the terms [first, last), by rising begin. For explanations.
  std::vector<Found> FindTerms(const std::uint32_t* first, const std::uint32_t* last) const;

 private:
  // An occurrence, counted in characters and in units of the folded text.
  struct Occurrence {
    std::uint32_t begin, end;
    std::uint32_t unit_begin, unit_end;
  };
  struct TermState {
    std::uint32_t epoch = 0;  // of the message in which the fields below are valid
    std::uint32_t first = 0;  // first and last entry of hits_, or 0: seen inside a longer word only
    std::uint32_t last = 0;
  };
  struct Hit {
    std::uint32_t end;
    std::uint32_t next;  // entry of hits_, or 0
  };
  // A word of a segment of a GapRegex.
  struct GapWord {
    Occurrence at;
    std::uint32_t rank;  // among the alternatives of its segment
  };
  // A reachable occurrence of one operand of a chain.
  struct Reach {
    std::vector<Occurrence> items;        // sorted by begin
    std::vector<std::uint32_t> furthest;  // prefix: index of the item that ends last among [0..i]
  };

  void Bind(const Program& program);
  void FoldText(const text::Folded* folded);
  void ScanText();
  void See(std::uint32_t term);
  void Touch(std::uint32_t posting);
  bool ClausesHold(std::uint32_t rule) const;
  void Judge();
  void FindPlace();
  void CollectPlaces(std::string_view text, text::Folded* folded, std::vector<text::PlaceHit>* hits);
  void CollectSeenPlaces(std::vector<text::PlaceHit>* hits) const;
  // Most terms are not seen: a small table tells so for nearly all of them, without a look at the
  // large one.
  bool Seen(std::uint32_t term) const {
    return (seen_bits_[term / 64 % kSeenWords] >> (term % 64) & 1U) != 0 && states_.data()[term].epoch == epoch_;
  }
  bool Occurs(std::uint32_t term) const {
    // Entries come in the order of their ends, so the first one ends first.
    return Seen(term) && states_[term].first != 0 && (limit_ == kNoLimit || hits_[states_[term].first].end <= limit_);
  }
  bool AnyOccurs(std::uint32_t set) const;
  bool FieldHolds(const FieldTest& t) const;
  bool RegexHolds(std::uint32_t regex);
  bool RegexMatches(std::uint32_t regex);
  bool RegexEndsWithin(std::uint32_t regex, std::uint32_t limit);
  bool FillGaps(const GapRegex& gaps);
  bool NextGapMatch(const GapRegex& gaps, std::uint32_t from, Occurrence* match) const;
  bool NearHolds(const Node& n);
  void Gather(std::uint32_t set, std::vector<Occurrence>* out) const;
  void AppendOccurrences(std::uint32_t term, std::size_t most, std::vector<Occurrence>* out) const;
  void CollectSpans(std::uint32_t node);
  void CollectNear(const Node& n);
  void CollectRegex(std::uint32_t regex);
  void AddUnits(std::uint32_t begin, std::uint32_t end);
  const std::string& FoldedUtf8();
  Span ToSpan(std::uint32_t unit_begin, std::uint32_t unit_end) const;

  static constexpr std::uint32_t kNoLimit = UINT32_MAX;
  static constexpr std::size_t kSeenWords = 64;

  const Program* program_ = nullptr;
  std::uint64_t bound_ = 0;
  Input input_;  // a copy of the views: Holds may be asked after the caller's own is gone
  std::uint32_t epoch_ = 0;
  std::uint32_t limit_ = kNoLimit;  // units: words that end later do not count
  std::uint32_t unread_ = 0;
  std::uint64_t steps_ = 0;
  const text::Folded* folded_ = nullptr;
  text::Folded own_;
  text::Folded hint_;
  std::string utf8_;
  std::vector<std::uint32_t> unit_of_byte_;
  bool utf8_ready_ = false;
  std::vector<TermState> states_;
  std::vector<Hit> hits_;
  std::vector<std::uint32_t> rule_epochs_;
  std::vector<std::uint32_t> regex_epochs_;
  std::vector<bool> regex_results_;
  std::array<std::uint64_t, kSeenWords> seen_bits_{};  // by the number's last bits
  std::vector<std::uint32_t> seen_, matched_;
  std::vector<std::uint32_t> touched_;  // postings
  std::vector<text::PlaceHit> place_hits_;
  std::uint32_t place_number_ = text::Gazetteer::kNone;
  Span place_span_;
  std::vector<Reach> reach_;
  std::vector<Occurrence> gathered_;
  std::vector<std::vector<GapWord>> gap_words_;  // per segment, those from which a match goes on to the end
  std::vector<std::pair<std::size_t, std::size_t>> found_;
  std::vector<Span>* spans_ = nullptr;
};

}  // namespace minsheng::rules
