// SPDX-License-Identifier: Apache-2.0
// What the version in shadow said otherwise: counted in the transaction of the batch, examples in a ring.
#include <cmath>
#include <map>

#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kPairKey =
    "shadow = :s AND active = :a AND from_topic = :ft AND from_urgency = :fu AND from_triage = :fr AND "
    "to_topic = :tt AND to_urgency = :tu AND to_triage = :tr";

struct RunTally {
  std::int64_t compared = 0;
  std::int64_t differed = 0;
};

std::int64_t Thousandths(double confidence) { return std::llround(confidence * 1000); }
double FromThousandths(std::int64_t n) { return static_cast<double>(n) / 1000; }

void KeepDifference(Connection& c, const Verdict& from, const ShadowVerdict& to, const std::string& request_id,
                    Time now) {
  Query& count = c.Prepared(
      "INSERT INTO shadow_pair (shadow, active, from_topic, from_urgency, from_triage, to_topic, to_urgency, "
      "to_triage, n) VALUES (:s, :a, :ft, :fu, :fr, :tt, :tu, :tr, 1) ON CONFLICT (shadow, active, from_topic, "
      "from_urgency, from_triage, to_topic, to_urgency, to_triage) DO UPDATE SET n = shadow_pair.n + 1");
  count.Run(to.version, from.rule_set, from.topic, ToWord(from.urgency), from.triage, to.topic, ToWord(to.urgency),
            to.triage);
  Query& n = c.Prepared("SELECT n FROM shadow_pair WHERE " + std::string(kPairKey), "i");
  const bool found = n.First(to.version, from.rule_set, from.topic, ToWord(from.urgency), from.triage, to.topic,
                             ToWord(to.urgency), to.triage);
  const std::int64_t slot = found ? (n.Int(0) - 1) % kShadowExamples : 0;
  c.Prepared(
       "INSERT INTO shadow_example (shadow, active, from_topic, from_urgency, from_triage, to_topic, to_urgency, "
       "to_triage, slot, request_id, from_confidence, to_confidence, at) VALUES (:s, :a, :ft, :fu, :fr, :tt, :tu, "
       ":tr, :o, :r, :fc, :tc, :t) ON CONFLICT (shadow, active, from_topic, from_urgency, from_triage, to_topic, "
       "to_urgency, to_triage, slot) DO UPDATE SET request_id = excluded.request_id, from_confidence = "
       "excluded.from_confidence, to_confidence = excluded.to_confidence, at = excluded.at")
      .Run(to.version, from.rule_set, from.topic, ToWord(from.urgency), from.triage, to.topic, ToWord(to.urgency),
           to.triage, slot, request_id, Thousandths(from.confidence), Thousandths(to.confidence), ToMs(now));
}

ShadowSide SideOf(const Query& q, int first) {
  return {q.Text(first), UrgencyFromWord(q.Text(first + 1)).value_or(Urgency::kNormal), q.Int(first + 2) != 0};
}

void ReadPairs(Connection& c, ShadowReport* report) {
  Query& q = c.Prepared(
      "SELECT from_topic, from_urgency, from_triage, to_topic, to_urgency, to_triage, n FROM shadow_pair "
      "WHERE shadow = :s AND active = :a ORDER BY n DESC, from_topic, to_topic, from_urgency, to_urgency, "
      "from_triage, to_triage",
      "ttittii");
  for (bool row = q.First(report->shadow, report->active); row; row = q.Next()) {
    report->pairs.push_back({SideOf(q, 0), SideOf(q, 3), q.Int(6), {}});
  }
  Query& e = c.Prepared("SELECT request_id, from_confidence, to_confidence, at FROM shadow_example WHERE " +
                            std::string(kPairKey) + " ORDER BY at DESC, request_id DESC",
                        "tiii");
  for (auto& pair : report->pairs) {
    for (bool row = e.First(report->shadow, report->active, pair.from.topic, ToWord(pair.from.urgency),
                            pair.from.triage, pair.to.topic, ToWord(pair.to.urgency), pair.to.triage);
         row; row = e.Next()) {
      pair.examples.push_back({e.Text(0), FromThousandths(e.Int(1)), FromThousandths(e.Int(2)), FromMs(e.Int(3))});
    }
  }
}

}  // namespace

void RecordShadow(Connection& c, const std::vector<Decision>& decisions, const std::vector<Outcome>& outcomes,
                  Time now) {
  std::map<std::pair<std::int64_t, std::int64_t>, RunTally> runs;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Decision& d = decisions[i];
    if (!d.shadow || !d.verdict || outcomes[i].duplicate) continue;
    if (outcomes[i].bucket == Bucket::kSettling) continue;  // the whole is compared when it is judged
    RunTally& run = runs[{d.shadow->version, d.verdict->rule_set}];
    ++run.compared;
    if (d.shadow->topic == d.verdict->topic && d.shadow->urgency == d.verdict->urgency &&
        d.shadow->triage == d.verdict->triage) {
      continue;
    }
    ++run.differed;
    KeepDifference(c, *d.verdict, *d.shadow, outcomes[i].request_id, now);
  }
  for (const auto& [key, run] : runs) {
    c.Prepared(
         "INSERT INTO shadow_run (shadow, active, compared, differed, first_at, last_at) VALUES (:s, :a, :c, :d, :t, "
         ":u) ON CONFLICT (shadow, active) DO UPDATE SET compared = shadow_run.compared + excluded.compared, "
         "differed = shadow_run.differed + excluded.differed, last_at = excluded.last_at")
        .Run(key.first, key.second, run.compared, run.differed, ToMs(now), ToMs(now));
  }
}

Result<std::vector<ShadowReport>> SqlStore::ShadowReports(std::int64_t version) {
  return database_->Read([&](Connection& c) -> Result<std::vector<ShadowReport>> {
    std::vector<ShadowReport> reports;
    Query& q = c.Prepared(
        "SELECT active, compared, differed, first_at, last_at FROM shadow_run WHERE shadow = :s "
        "ORDER BY last_at DESC, active DESC",
        "iiiii");
    for (bool row = q.First(version); row; row = q.Next()) {
      reports.push_back({version, q.Int(0), q.Int(1), q.Int(2), FromMs(q.Int(3)), FromMs(q.Int(4)), {}});
    }
    for (auto& report : reports) ReadPairs(c, &report);
    return reports;
  });
}

}  // namespace minsheng::store
