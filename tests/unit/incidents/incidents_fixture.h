// SPDX-License-Identifier: Apache-2.0
// The grouping with the shipped RuleSet in front of it, and what came of it.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "src/incidents/grouper.h"
#include "src/rules/rule_set.h"
#include "tests/support/surge.h"

namespace minsheng::incidents {

using std::chrono::hours;
using std::chrono::minutes;

inline const rules::RuleSet& ShippedRules() {
  static const auto set = [] {
    const auto files = rules::ReadFolder(std::string(MINSHENG_SOURCE_DIR) + "/rules");
    return files ? rules::RuleSet::Compile(*files).set : nullptr;
  }();
  return *set;
}

inline Options Shipped() {
  Options options;
  for (const auto& text : DefaultFamilies()) options.families.push_back(ParseFamily(text).value());
  return options;
}

inline Request RequestOfCall(const surge::Call& call, std::int64_t seq) {
  static rules::RuleSet::Scratch scratch;
  rules::Input input;
  input.text = call.text;
  input.channel = "phone";
  input.place_hint = call.place_hint;
  input.hour = ShanghaiHour(call.at);
  const auto verdict = ShippedRules().Classify(input, scratch);
  Request r;
  r.seq = seq;
  r.request_id = "request-" + std::to_string(seq);
  r.at = call.at;
  r.caller = HashOf(call.caller);
  r.topic = verdict.topic;
  r.tags = verdict.tags;
  if (verdict.place) r.places = ShippedRules().PlaceChain(verdict.place->id);
  r.features = FeaturesOf(call.text, call.place_hint);
  return r;
}

// What a store would hold after the same steps.
struct Kept {
  std::map<std::int64_t, store::IncidentLink> links;
  std::map<std::string, store::IncidentRow> incidents;
  std::map<std::pair<std::string, std::int64_t>, int> rates;
  std::vector<store::IncidentAlarm> alarms;

  void Take(store::IncidentStep step) {
    for (const auto& [from, to] : step.moved) {
      for (auto& [seq, link] : links) {
        if (link.incident_id == from) link.incident_id = to;
      }
    }
    for (auto& link : step.links) links[link.seq] = std::move(link);
    for (auto& row : step.incidents) incidents[row.id] = std::move(row);
    for (const auto& rate : step.rates) {
      if (rate.callers == 0)
        rates.erase({rate.subject, rate.hour});
      else
        rates[{rate.subject, rate.hour}] = rate.callers;
    }
    alarms.insert(alarms.end(), step.alarms.begin(), step.alarms.end());
  }
  // "seq:incident" of everything, for comparing.
  std::vector<std::string> Groups() const {
    std::vector<std::string> out;
    for (const auto& [seq, link] : links)
      out.push_back(std::to_string(seq) + ":" + std::to_string(link.matter) + ":" + link.incident_id);
    return out;
  }
  // The incident with most requests of this kind, and how well it fits: members of it that are, of all that are.
  struct Fit {
    std::string id;
    double precision = 0;
    double recall = 0;
  };
  Fit FitOf(const std::vector<surge::Call>& calls, surge::Truth truth) const {
    std::map<std::string, int> size, right;
    int all = 0;
    for (const auto& [seq, link] : links) {
      const bool is = calls[static_cast<std::size_t>(seq - 1)].truth == truth;
      all += is;
      if (link.incident_id.empty()) continue;
      ++size[link.incident_id];
      right[link.incident_id] += is;
    }
    Fit fit;
    int most = 0;
    for (const auto& [id, n] : right) {
      if (n <= most) continue;
      most = n;
      fit = {id, static_cast<double>(n) / size[id], static_cast<double>(n) / all};
    }
    return fit;
  }
};

inline Kept Group(const std::vector<surge::Call>& calls, const Options& options = Shipped()) {
  Grouper grouper(options);
  Kept kept;
  std::int64_t seq = 0;
  for (const auto& call : calls) {
    grouper.Add(RequestOfCall(call, ++seq));
    kept.Take(grouper.Take());
  }
  return kept;
}

}  // namespace minsheng::incidents
