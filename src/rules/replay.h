// SPDX-License-Identifier: Apache-2.0
// Replay: the same Requests judged by two RuleSets, and both held against what people decided. Pure:
// no I/O, no clock. The same cases in the same order give the same Comparison, on any number of
// threads and however they are cut into calls of Add.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/rules/history.h"
#include "src/rules/rule_set.h"

namespace minsheng::rules {

// Where a Request goes that no unit gets; no unit and no topic can be called so.
inline constexpr char kToTriage[] = "@triage";
inline constexpr char kToAnswer[] = "@answered";

// How one RuleSet judged one Request.
struct Judged {
  Judgement judgement;
  std::string goes_to;  // unit, kToTriage or kToAnswer; "" = the Catalogue knows no unit

  const std::string& Topic() const;  // kToTriage instead of a guess
  bool operator==(const Judged&) const = default;
};

// A Request that the two judge differently.
struct Change {
  std::string id;
  std::string text;  // as it came: mask it before it is shown
  std::string label;
  Judged before;
  Judged after;
  bool operator==(const Change&) const = default;
};

using Flow = std::pair<std::string, std::string>;  // from, to

struct TopicRow {
  std::int64_t before = 0;  // Requests that each judged so
  std::int64_t after = 0;
  std::int64_t labelled = 0;      // that people decided so
  std::int64_t right_before = 0;  // of these
  std::int64_t right_after = 0;
  bool operator==(const TopicRow&) const = default;
};
struct UnitRow {
  std::int64_t before = 0;
  std::int64_t after = 0;
  bool operator==(const UnitRow&) const = default;
};
struct VersionRow {
  std::int64_t requests = 0;
  std::int64_t differ = 0;  // from what the baseline says of them now
  bool operator==(const VersionRow&) const = default;
};

struct Comparison {
  std::int64_t requests = 0;
  std::int64_t changed = 0;  // in any way that follows; one Request may count in several
  std::int64_t topic = 0;    // both decided, and differently
  std::int64_t guess = 0;    // both to triage, with another guess
  std::int64_t triage_in = 0;
  std::int64_t triage_out = 0;
  std::int64_t unit = 0;  // from one unit to another
  std::int64_t urgency_up = 0;
  std::int64_t urgency_down = 0;
  std::int64_t type = 0;
  std::int64_t tags = 0;
  std::int64_t place = 0;
  std::int64_t answered_in = 0;  // answered at once, where an order was opened or a person asked
  std::int64_t answered_out = 0;
  std::int64_t closed = 0;          // without a label: nobody objected while the order was handled ...
  std::int64_t closed_changed = 0;  // ... and now the decided topic is another, or none
  std::array<std::array<std::int64_t, 3>, 3> people{};  // labelled Requests, [Standing before][after]
  std::map<std::int64_t, VersionRow> stored;            // by the version that judged them then
  std::map<std::string, TopicRow> by_topic;             // kToTriage is one of them
  std::map<std::string, UnitRow> by_unit;               // with kToTriage and kToAnswer
  std::map<Flow, std::int64_t> topic_flows;             // of decided topics, kToTriage included
  std::map<Flow, std::int64_t> unit_flows;
  std::map<Flow, std::int64_t> urgency_flows;
  std::map<std::string, std::int64_t> unknown_labels;  // decided topics that the second does not have
  // The first of each in the order of the cases; each change is in one of the three.
  std::vector<Change> losses, wins, others;

  std::int64_t Labelled() const;
  std::int64_t Count(Standing before, Standing after) const;
  std::int64_t Wins() const;    // stand better with people than before (wrong < triage < right)
  std::int64_t Losses() const;  // stand worse
  bool operator==(const Comparison&) const = default;
};

class Replay {
 public:
  // Unit that the Catalogue gives a topic at a place (id or empty); "" if none. Called from several
  // threads; the answer must depend on the arguments alone.
  using UnitOf = std::function<std::string(const RuleSet& set, const std::string& topic, const std::string& place)>;

  // Both sets must outlive it. threads: 0 = one per core. shown: how many losses, wins and other
  // changes are kept with their texts, each.
  Replay(const RuleSet& before, const RuleSet& after, UnitOf unit_of, int threads, std::size_t shown);
  ~Replay();

  // Judges these and adds them to the result. One call at a time.
  void Add(const std::vector<HistoryCase>& cases);
  const Comparison& result() const { return result_; }

 private:
  struct Worker;
  struct Pair {
    Judged before, after;
  };
  void Merge(const HistoryCase& c, Pair& pair);
  void CountChange(const Pair& pair);
  void CountPeople(const HistoryCase& c, const Pair& pair);
  void Keep(const HistoryCase& c, Pair& pair);

  const RuleSet& before_;
  const RuleSet& after_;
  const UnitOf unit_of_;
  const std::size_t shown_;
  std::vector<Worker> workers_;
  std::vector<Pair> pairs_;
  Comparison result_;
};

}  // namespace minsheng::rules
