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

void Matcher::Run(const Program& program, const Input& input, const text::Folded* folded) {
  // The address alone could belong to a later RuleSet in the same place.
  if (program_ != &program || bound_ != program.serial || epoch_ == UINT32_MAX) Bind(program);
  input_ = input;
  ++epoch_;
  utf8_ready_ = false;
  seen_bits_.fill(0);
  seen_.clear();
  touched_.clear();
  matched_.clear();
  hits_.resize(1);  // entry 0 means none
  FoldText(folded);
  ScanText();
  steps_ = folded_->units.size() + hits_.size();
  touched_.insert(touched_.end(), program.always.begin(), program.always.end());
  FindPlace();
  Judge();
}

void Matcher::FoldText(const text::Folded* folded) {
  folded_ = folded == nullptr ? &own_ : folded;
  if (folded == nullptr) text::Fold(input_.text, &own_, kMaxFoldedUnits);
  const bool whole = folded_->units.size() < kMaxFoldedUnits;
  const std::size_t read = whole ? input_.text.size() : text::EndOfCharacter(input_.text, folded_->starts.back());
  unread_ = static_cast<std::uint32_t>(input_.text.size() - read);
  if (!input_.spoken) return;
  if (folded != nullptr) own_ = *folded;
  folded_ = &own_;
  program_->spoken.Clean(&own_);
}

void Matcher::ScanText() {
  const Term* terms = program_->terms.data();
  TermState* states = states_.data();
  program_->automaton.Scan(folded_->units, [&](std::uint32_t number, std::uint32_t end) {
    const Term term = terms[number];
    const bool strict = EdgesHold(term, folded_->units, end);
    if (!strict && !term.loose) return;
    TermState& state = states[number];
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
  seen_bits_[term / 64 % kSeenWords] |= std::uint64_t{1} << (term % 64);
  seen_.push_back(term);
  const std::uint32_t* end = program_->postings.end(term);
  for (const std::uint32_t* posting = program_->postings.begin(term); posting != end; ++posting) Touch(*posting);
}

inline void Matcher::Touch(std::uint32_t posting) {
  std::uint32_t& epoch = rule_epochs_.data()[posting >> kPostingBits];
  if (epoch == epoch_) return;
  epoch = epoch_;
  touched_.push_back(posting);
}

std::vector<std::uint32_t> Matcher::Touched() const {
  std::vector<std::uint32_t> rules;
  for (const std::uint32_t posting : touched_) rules.push_back(posting >> kPostingBits);
  std::sort(rules.begin(), rules.end());
  return rules;
}

void Matcher::Judge() {
  for (const std::uint32_t posting : touched_) {
    const std::uint32_t rule = posting >> kPostingBits;
    if ((posting & kHasClauses) != 0 && !ClausesHold(rule)) continue;
    if ((posting & kHasTree) != 0 && !Holds(program_->roots[rule])) continue;
    matched_.push_back(rule);
  }
  std::sort(matched_.begin(), matched_.end());
}

bool Matcher::ClausesHold(std::uint32_t rule) const {
  const std::uint32_t* at = program_->clauses.begin(rule);
  const std::uint32_t* end = program_->clauses.end(rule);
  while (at != end) {
    const std::uint32_t head = *at++;
    bool found = false;
    if ((head & kBySet) != 0) {
      found = AnyOccurs(head >> kClauseBits);
    } else {
      for (const std::uint32_t* next = at + (head >> kClauseBits); at != next; ++at) found = found || Occurs(*at);
    }
    if (found == ((head & kForbids) != 0)) return false;
  }
  return true;
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
  place_span_ = {};
  place_number_ = text::Gazetteer::kNone;
  const text::Gazetteer& gazetteer = program_->places;
  if (gazetteer.size() == 0) return;
  std::uint32_t hinted = text::Gazetteer::kNone;
  if (!input_.place_hint.empty()) {
    CollectPlaces(input_.place_hint, &hint_, &place_hits_);
    if (const auto chosen = gazetteer.Choose(&place_hits_)) hinted = chosen->place;
  }
  CollectSeenPlaces(&place_hits_);
  if (const auto chosen = gazetteer.Choose(&place_hits_, hinted)) {
    place_number_ = chosen->place;
    place_span_ = ToSpan(chosen->begin, chosen->end);
  }
  const bool below = place_number_ == text::Gazetteer::kNone || gazetteer.IsIn(hinted, place_number_);
  if (hinted != text::Gazetteer::kNone && hinted != place_number_ && below) {
    place_number_ = hinted;
    place_span_ = {};
  }
}

void Matcher::CollectSeenPlaces(std::vector<text::PlaceHit>* hits) const {
  hits->clear();
  const auto& places = program_->places_of_term;
  for (const std::uint32_t term : seen_) {
    if (!program_->terms[term].place) continue;
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
  const auto units = static_cast<std::uint32_t>(folded_->units.size());
  limit_ = std::min(chars, units);
  while (limit_ < units && folded_->CharsBefore(limit_ + 1) <= chars) ++limit_;  // a character may have two units
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
      return one_of(input_.channel);
    case Field::kLine:
      return one_of(input_.line);
    case Field::kType:
      return input_.stated_type && (t.mask >> static_cast<unsigned>(*input_.stated_type) & 1U) != 0;
    case Field::kHour:
      return input_.hour >= 0 && input_.hour < 24 && (t.mask >> static_cast<unsigned>(input_.hour) & 1U) != 0;
    case Field::kLength:
      return folded_->CharsBefore(static_cast<std::uint32_t>(folded_->units.size())) < t.length;
    case Field::kPlace:
      return std::any_of(t.places.begin(), t.places.end(), [this](std::uint32_t above) {
        return above != text::Gazetteer::kNone && program_->places.IsIn(place_number_, above);
      });
  }
  return false;
}

void Matcher::AppendOccurrences(std::uint32_t term, std::size_t most, std::vector<Occurrence>* out) const {
  if (!Seen(term)) return;
  const std::uint32_t units = program_->terms[term].units;
  for (std::uint32_t hit = states_[term].first; hit != 0 && most > 0; hit = hits_[hit].next, --most) {
    const std::uint32_t end = hits_[hit].end;
    if (end > limit_) return;
    out->push_back({folded_->CharsBefore(end - units), folded_->CharsBefore(end), end - units, end});
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

}  // namespace minsheng::rules
