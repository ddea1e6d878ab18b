// SPDX-License-Identifier: Apache-2.0
#include "src/rules/replay.h"

#include "src/base/parallel.h"
#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kReplayBlock = 32;
const std::string kTriageTopic = kToTriage;

std::size_t Rank(Standing s) { return static_cast<std::size_t>(s); }

}  // namespace

const std::string& Judged::Topic() const { return judgement.triage ? kTriageTopic : judgement.topic; }

std::int64_t Comparison::Count(Standing before, Standing after) const { return people[Rank(before)][Rank(after)]; }

std::int64_t Comparison::Labelled() const {
  std::int64_t n = 0;
  for (const auto& row : people) n += row[0] + row[1] + row[2];
  return n;
}

std::int64_t Comparison::Wins() const { return people[0][1] + people[0][2] + people[1][2]; }
std::int64_t Comparison::Losses() const { return people[1][0] + people[2][0] + people[2][1]; }

// What one thread needs: scratch, and the Catalogue's answers that it had before.
struct Replay::Worker {
  struct Side {
    RuleSet::Scratch scratch;
    std::map<std::pair<const Topic*, std::string_view>, std::string> units;  // both live in the RuleSet
  };
  text::Folded folded;
  BareVerdict verdict;
  Side before, after;

  void JudgeBy(const RuleSet& set, const Input& input, Side& side, const UnitOf& unit_of, Judged* out) {
    set.Decide(input, side.scratch, &verdict, &folded);
    Judge(verdict, &out->judgement);
    if (out->judgement.triage) {
      out->goes_to = kToTriage;
    } else if (out->judgement.answered) {
      out->goes_to = kToAnswer;
    } else {
      const auto [at, fresh] = side.units.try_emplace({verdict.topic, verdict.place});
      if (fresh) at->second = unit_of(set, out->judgement.topic, out->judgement.place);
      out->goes_to = at->second;
    }
  }
};

Replay::Replay(const RuleSet& before, const RuleSet& after, UnitOf unit_of, int threads, std::size_t shown)
    : before_(before),
      after_(after),
      unit_of_(std::move(unit_of)),
      shown_(shown),
      workers_(static_cast<std::size_t>(ThreadCount(threads))) {}

Replay::~Replay() = default;

void Replay::Add(const std::vector<HistoryCase>& cases) {
  pairs_.resize(std::max(pairs_.size(), cases.size()));
  ForEachInParallel(cases.size(), static_cast<int>(workers_.size()), kReplayBlock, [&](int worker, std::size_t i) {
    Worker& w = workers_[static_cast<std::size_t>(worker)];
    const Input input = cases[i].AsInput();
    text::Fold(input.text, &w.folded);
    w.JudgeBy(before_, input, w.before, unit_of_, &pairs_[i].before);
    w.JudgeBy(after_, input, w.after, unit_of_, &pairs_[i].after);
  });
  for (std::size_t i = 0; i < cases.size(); ++i) Merge(cases[i], pairs_[i]);
}

void Replay::Merge(const HistoryCase& c, Pair& pair) {
  ++result_.requests;
  ++result_.by_topic[pair.before.Topic()].before;
  ++result_.by_topic[pair.after.Topic()].after;
  ++result_.by_unit[pair.before.goes_to].before;
  ++result_.by_unit[pair.after.goes_to].after;
  if (c.stored) {
    VersionRow& row = result_.stored[c.stored_version];
    ++row.requests;
    row.differ += *c.stored == pair.before.judgement ? 0 : 1;
  }
  CountPeople(c, pair);
  if (pair.before.judgement == pair.after.judgement && pair.before.goes_to == pair.after.goes_to) return;
  CountChange(pair);
  Keep(c, pair);
}

void Replay::CountPeople(const HistoryCase& c, const Pair& pair) {
  if (c.label.empty()) {
    if (!c.closed) return;
    ++result_.closed;
    result_.closed_changed += pair.before.Topic() == pair.after.Topic() ? 0 : 1;
    return;
  }
  const Standing before = StandingOf(pair.before.judgement, c.label);
  const Standing after = StandingOf(pair.after.judgement, c.label);
  ++result_.people[Rank(before)][Rank(after)];
  TopicRow& row = result_.by_topic[c.label];
  ++row.labelled;
  row.right_before += before == Standing::kRight ? 1 : 0;
  row.right_after += after == Standing::kRight ? 1 : 0;
  if (after_.FindTopic(c.label) == nullptr) ++result_.unknown_labels[c.label];
}

void Replay::CountChange(const Pair& pair) {
  const Judgement& a = pair.before.judgement;
  const Judgement& b = pair.after.judgement;
  Comparison& r = result_;
  ++r.changed;
  r.triage_in += !a.triage && b.triage ? 1 : 0;
  r.triage_out += a.triage && !b.triage ? 1 : 0;
  r.topic += !a.triage && !b.triage && a.topic != b.topic ? 1 : 0;
  r.guess += a.triage && b.triage && a.topic != b.topic ? 1 : 0;
  r.urgency_up += b.urgency > a.urgency ? 1 : 0;
  r.urgency_down += b.urgency < a.urgency ? 1 : 0;
  r.type += a.type != b.type ? 1 : 0;
  r.tags += a.tags != b.tags ? 1 : 0;
  r.place += a.place != b.place ? 1 : 0;
  r.answered_in += !a.answered && b.answered ? 1 : 0;
  r.answered_out += a.answered && !b.answered ? 1 : 0;
  if (pair.before.Topic() != pair.after.Topic()) ++r.topic_flows[{pair.before.Topic(), pair.after.Topic()}];
  if (a.urgency != b.urgency) ++r.urgency_flows[{std::string(ToWord(a.urgency)), std::string(ToWord(b.urgency))}];
  if (pair.before.goes_to == pair.after.goes_to) return;
  ++r.unit_flows[{pair.before.goes_to, pair.after.goes_to}];
  const auto is_unit = [](const std::string& to) { return to != kToTriage && to != kToAnswer; };
  r.unit += is_unit(pair.before.goes_to) && is_unit(pair.after.goes_to) ? 1 : 0;
}

void Replay::Keep(const HistoryCase& c, Pair& pair) {
  std::vector<Change>* list = &result_.others;
  if (!c.label.empty()) {
    const Standing before = StandingOf(pair.before.judgement, c.label);
    const Standing after = StandingOf(pair.after.judgement, c.label);
    if (before != after) list = before < after ? &result_.wins : &result_.losses;
  }
  if (list->size() >= shown_) return;
  list->push_back({c.id, c.text, c.label, std::move(pair.before), std::move(pair.after)});
}

}  // namespace minsheng::rules
