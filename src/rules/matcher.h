// SPDX-License-Identifier: Apache-2.0
// Matcher: runs a Program over one message. One scan; only rules that a seen term touches are
// evaluated; no memory is allocated once the buffers have grown. One Matcher per thread, used with
// one Program at a time (Begin binds it).
#pragma once
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
  // Folds, scans, finds the place and evaluates all touched rules. `program` and `input` must stay
  // until the last call about this message.
  void Run(const Program& program, const Input& input);

  const std::vector<std::uint32_t>& touched() const { return touched_; }  // rules, rising
  const std::vector<std::uint32_t>& matched() const { return matched_; }  // of these, rising
  const std::vector<std::uint32_t>& seen() const { return seen_; }        // terms, in order of first sight
  const std::optional<Place>& place() const { return place_; }
  const text::Folded& folded() const { return folded_; }  // what was scanned

  bool TermOccurs(std::uint32_t term) const { return Occurs(term); }
  bool Holds(std::uint32_t node);
  // Whether a node also holds when only the words among the first `chars` characters count.
  bool HoldsInOpening(std::uint32_t node, std::uint32_t chars);
  bool TermInOpening(std::uint32_t term, std::uint32_t chars) const {
    return Occurs(term) && folded_.CharsBefore(hits_[states_[term].first].end) <= chars;
  }
  // The words that make a node hold, as spans of the original text: sorted, joined where they
  // overlap. Call only for nodes that hold.
  std::vector<Span> Spans(std::uint32_t node);
  std::vector<Span> SpansOfTerm(std::uint32_t term) const;

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
  // A reachable occurrence of one operand of a chain.
  struct Reach {
    std::vector<Occurrence> items;        // sorted by begin
    std::vector<std::uint32_t> furthest;  // prefix: index of the item that ends last among [0..i]
  };

  void Bind(const Program& program);
  void ScanText();
  void See(std::uint32_t term);
  void FindPlace();
  void CollectPlaces(std::string_view text, text::Folded* folded, std::vector<text::PlaceHit>* hits);
  void CollectSeenPlaces(std::vector<text::PlaceHit>* hits) const;
  bool Seen(std::uint32_t term) const { return states_[term].epoch == epoch_; }
  bool Occurs(std::uint32_t term) const {
    // Entries come in the order of their ends, so the first one ends first.
    return Seen(term) && states_[term].first != 0 && (limit_ == kNoLimit || hits_[states_[term].first].end <= limit_);
  }
  bool AnyOccurs(std::uint32_t set) const;
  bool FieldHolds(const FieldTest& t) const;
  bool RegexHolds(std::uint32_t regex);
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

  const Program* program_ = nullptr;
  std::uint64_t bound_ = 0;
  const Input* input_ = nullptr;
  std::uint32_t epoch_ = 0;
  std::uint32_t limit_ = kNoLimit;  // units: words that end later do not count
  text::Folded folded_;
  text::Folded hint_;
  std::string utf8_;
  std::vector<std::uint32_t> unit_of_byte_;
  bool utf8_ready_ = false;
  std::vector<TermState> states_;
  std::vector<Hit> hits_;
  std::vector<std::uint32_t> rule_epochs_;
  std::vector<std::uint32_t> regex_epochs_;
  std::vector<bool> regex_results_;
  std::vector<std::uint32_t> seen_, touched_, matched_;
  std::vector<text::PlaceHit> place_hits_;
  std::optional<Place> place_;
  std::uint32_t place_number_ = text::Gazetteer::kNone;
  std::vector<Reach> reach_;
  std::vector<Occurrence> gathered_;
  std::vector<Span> spans_;
};

}  // namespace minsheng::rules
