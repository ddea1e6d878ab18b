// SPDX-License-Identifier: Apache-2.0
#include "src/rules/matcher.h"

#include <algorithm>

namespace minsheng::rules {
namespace {

// An occurrence of a term that begins or ends with letters or digits must not continue a run of them.
bool EdgesHold(const Term& term, const std::u16string& units, std::uint32_t end) {
  if (term.first_edge == 0 && term.last_edge == 0) return true;
  const std::uint32_t begin = end - term.units;
  if (term.first_edge != 0 && begin > 0 && EdgeClass(units[begin - 1]) == term.first_edge) return false;
  return term.last_edge == 0 || end >= units.size() || EdgeClass(units[end]) != term.last_edge;
}

}  // namespace

void Matcher::Bind(const Program& program) {
  program_ = &program;
  bound_ = program.serial;
  epoch_ = 0;
  states_.assign(program.terms.size(), {});
  rule_epochs_.assign(program.roots.size(), 0);
  regex_epochs_.assign(program.regexes.size(), 0);
  regex_results_.assign(program.regexes.size(), false);
}

void Matcher::Run(const Program& program, const Input& input) {
  // The address alone could belong to a later RuleSet in the same place.
  if (program_ != &program || bound_ != program.serial || epoch_ == UINT32_MAX) Bind(program);
  input_ = &input;
  ++epoch_;
  utf8_ready_ = false;
  seen_.clear();
  touched_.clear();
  matched_.clear();
  hits_.resize(1);  // entry 0 means none
  text::Fold(input.text, &folded_, kMaxFoldedUnits);
  if (input.spoken) program.spoken.Clean(&folded_);
  ScanText();
  for (const std::uint32_t rule : program.always) touched_.push_back(rule);
  FindPlace();
  std::sort(touched_.begin(), touched_.end());
  for (const std::uint32_t rule : touched_) {
    if (Holds(program.roots[rule])) matched_.push_back(rule);
  }
}

void Matcher::ScanText() {
  program_->automaton.Scan(folded_.units, [this](std::uint32_t number, std::uint32_t end) {
    const Term& term = program_->terms[number];
    const bool strict = EdgesHold(term, folded_.units, end);
    if (!strict && !term.loose) return;
    TermState& state = states_[number];
    if (state.epoch != epoch_) See(number);
    if (!strict) return;
    const auto entry = static_cast<std::uint32_t>(hits_.size());
    hits_.push_back({end, 0});
    if (state.first == 0) {
      state.first = entry;
    } else {
      hits_[state.last].next = entry;
    }
    state.last = entry;
  });
}

void Matcher::See(std::uint32_t term) {
  states_[term] = {epoch_, 0, 0};
  seen_.push_back(term);
  const auto& rules = program_->rules_of_term;
  for (const std::uint32_t* rule = rules.begin(term); rule != rules.end(term); ++rule) {
    if (rule_epochs_[*rule] == epoch_) continue;
    rule_epochs_[*rule] = epoch_;
    touched_.push_back(*rule);
  }
}

void Matcher::CollectPlaces(std::string_view text, text::Folded* folded, std::vector<text::PlaceHit>* hits) {
  hits->clear();
  text::Fold(text, folded, kMaxFoldedUnits);
  program_->automaton.Scan(folded->units, [&](std::uint32_t number, std::uint32_t end) {
    const Term& term = program_->terms[number];
    const auto& places = program_->places_of_term;
    if (places.begin(number) == places.end(number) || !EdgesHold(term, folded->units, end)) return;
    for (const std::uint32_t* place = places.begin(number); place != places.end(number); ++place) {
      hits->push_back({*place, end - term.units, end});
    }
  });
}

// The text says where it happened, the hint often only where the sender is: so the hint tells apart
// places of one name, and counts itself when the text names no place, or when it lies below the
// place that the text names.
void Matcher::FindPlace() {
  place_.reset();
  place_number_ = text::Gazetteer::kNone;
  const text::Gazetteer& gazetteer = program_->places;
  if (gazetteer.size() == 0) return;
  std::uint32_t hinted = text::Gazetteer::kNone;
  if (!input_->place_hint.empty()) {
    CollectPlaces(input_->place_hint, &hint_, &place_hits_);
    if (const auto chosen = gazetteer.Choose(&place_hits_)) hinted = chosen->place;
  }
  CollectSeenPlaces(&place_hits_);
  Span span;
  if (const auto chosen = gazetteer.Choose(&place_hits_, hinted)) {
    place_number_ = chosen->place;
    span = ToSpan(chosen->begin, chosen->end);
  }
  const bool below = place_number_ == text::Gazetteer::kNone || gazetteer.IsIn(hinted, place_number_);
  if (hinted != text::Gazetteer::kNone && hinted != place_number_ && below) {
    place_number_ = hinted;
    span = {};
  }
  if (place_number_ == text::Gazetteer::kNone) return;
  place_ = Place{gazetteer.id(place_number_), gazetteer.name(place_number_), span};
}

void Matcher::CollectSeenPlaces(std::vector<text::PlaceHit>* hits) const {
  hits->clear();
  const auto& places = program_->places_of_term;
  for (const std::uint32_t term : seen_) {
    for (const std::uint32_t* place = places.begin(term); place != places.end(term); ++place) {
      for (std::uint32_t hit = states_[term].first; hit != 0; hit = hits_[hit].next) {
        hits->push_back({*place, hits_[hit].end - program_->terms[term].units, hits_[hit].end});
      }
    }
  }
}

bool Matcher::AnyOccurs(std::uint32_t set) const {
  const std::uint32_t* begin = program_->sets.begin(set);
  const std::uint32_t* end = program_->sets.end(set);
  if (static_cast<std::size_t>(end - begin) <= seen_.size() * 8) {
    return std::any_of(begin, end, [this](std::uint32_t term) { return Occurs(term); });
  }
  return std::any_of(seen_.begin(), seen_.end(),
                     [&](std::uint32_t term) { return Occurs(term) && std::binary_search(begin, end, term); });
}

bool Matcher::Holds(std::uint32_t node) {
  const Node& n = program_->nodes[node];
  switch (n.op) {
    case Op::kTerm:
      return Occurs(n.arg);
    case Op::kList:
      return AnyOccurs(n.arg);
    case Op::kRegex:
      return RegexHolds(n.arg);
    case Op::kField:
      return FieldHolds(program_->fields[n.arg]);
    case Op::kNot:
      return !Holds(n.child);
    case Op::kNear:
      return NearHolds(n);
    case Op::kAnd:
      for (std::uint32_t i = 0; i < n.count; ++i) {
        if (!Holds(n.child + i)) return false;
      }
      return true;
    case Op::kOr:
      for (std::uint32_t i = 0; i < n.count; ++i) {
        if (Holds(n.child + i)) return true;
      }
      return false;
    case Op::kBroken:
      return false;
  }
  return false;
}

bool Matcher::HoldsInOpening(std::uint32_t node, std::uint32_t chars) {
  const auto units = static_cast<std::uint32_t>(folded_.units.size());
  limit_ = std::min(chars, units);
  while (limit_ < units && folded_.CharsBefore(limit_ + 1) <= chars) ++limit_;  // a character may have two units
  const bool holds = Holds(node);
  limit_ = kNoLimit;
  return holds;
}

bool Matcher::FieldHolds(const FieldTest& t) const {
  const auto one_of = [&](std::string_view value) {
    return std::find(t.words.begin(), t.words.end(), value) != t.words.end();
  };
  switch (t.field) {
    case Field::kChannel:
      return one_of(input_->channel);
    case Field::kLine:
      return one_of(input_->line);
    case Field::kType:
      return input_->stated_type && (t.mask >> static_cast<unsigned>(*input_->stated_type) & 1U) != 0;
    case Field::kHour:
      return input_->hour >= 0 && input_->hour < 24 && (t.mask >> static_cast<unsigned>(input_->hour) & 1U) != 0;
    case Field::kLength:
      return folded_.CharsBefore(static_cast<std::uint32_t>(folded_.units.size())) < t.length;
    case Field::kPlace:
      return std::any_of(t.places.begin(), t.places.end(), [this](std::uint32_t above) {
        return above != text::Gazetteer::kNone && program_->places.IsIn(place_number_, above);
      });
  }
  return false;
}

const std::string& Matcher::FoldedUtf8() {
  if (!utf8_ready_) utf8_ = text::ToUtf8(folded_.units, &unit_of_byte_);
  utf8_ready_ = true;
  return utf8_;
}

bool Matcher::RegexHolds(std::uint32_t regex) {
  if (limit_ != kNoLimit) {
    if (regex_epochs_[regex] == epoch_ && !regex_results_[regex]) return false;
    const auto found = program_->regexes[regex]->Find(FoldedUtf8(), 1);
    return !found.empty() && unit_of_byte_[found.front().second] <= limit_;
  }
  if (regex_epochs_[regex] == epoch_) return regex_results_[regex];
  const std::uint32_t set = program_->regex_literals[regex];
  const bool literal = std::any_of(program_->sets.begin(set), program_->sets.end(set),
                                   [this](std::uint32_t term) { return Seen(term); });
  regex_epochs_[regex] = epoch_;
  regex_results_[regex] = literal && program_->regexes[regex]->Matches(FoldedUtf8());
  return regex_results_[regex];
}

void Matcher::AppendOccurrences(std::uint32_t term, std::size_t most, std::vector<Occurrence>* out) const {
  if (!Seen(term)) return;
  const std::uint32_t units = program_->terms[term].units;
  for (std::uint32_t hit = states_[term].first; hit != 0 && most > 0; hit = hits_[hit].next, --most) {
    const std::uint32_t end = hits_[hit].end;
    if (end > limit_) return;
    out->push_back({folded_.CharsBefore(end - units), folded_.CharsBefore(end), end - units, end});
  }
}

// All occurrences of a set's terms, by rising begin.
void Matcher::Gather(std::uint32_t set, std::vector<Occurrence>* out) const {
  out->clear();
  const std::uint32_t* begin = program_->sets.begin(set);
  const std::uint32_t* end = program_->sets.end(set);
  std::size_t terms = 0;
  const auto take = [&](std::uint32_t term) {
    const std::size_t before = out->size();
    AppendOccurrences(term, SIZE_MAX, out);
    if (out->size() > before) ++terms;
  };
  if (static_cast<std::size_t>(end - begin) <= seen_.size() * 8) {
    std::for_each(begin, end, take);
  } else {
    for (const std::uint32_t term : seen_) {
      if (std::binary_search(begin, end, term)) take(term);
    }
  }
  if (terms < 2) return;
  std::sort(out->begin(), out->end(), [](const Occurrence& a, const Occurrence& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
}

// Forward over the chain: reach_[i] becomes the occurrences of operand i that end a chain so far.
// Occurrences a and b are near iff a.begin <= b.end + N and a.end + N >= b.begin; among the a that
// fulfil the first, the one that ends last decides, so a step costs O(log n).
bool Matcher::NearHolds(const Node& n) {
  if (reach_.size() < n.count) reach_.resize(n.count);
  for (std::uint32_t i = 0; i < n.count; ++i) {
    if (!AnyOccurs(program_->nodes[n.child + i].set)) return false;
  }
  for (std::uint32_t i = 0; i < n.count; ++i) {
    Gather(program_->nodes[n.child + i].set, &gathered_);
    Reach& now = reach_[i];
    now.items.clear();
    now.furthest.clear();
    for (const Occurrence& b : gathered_) {
      if (i > 0) {
        const std::uint32_t gap = program_->gaps[n.gap + i - 1];
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
