// SPDX-License-Identifier: Apache-2.0
// Requests of the past as rules read them, with what people decided about them. Plain data for
// replay and suggest; where it comes from (store, file of labelled lines) is the caller's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/message.h"
#include "src/model/verdict.h"
#include "src/rules/rule_set.h"

namespace minsheng::rules {

// What of a Verdict decides what becomes of the Request. Confidence and reasons are left out: they
// move with every rule, and nobody acts on them alone.
struct Judgement {
  std::string topic;  // the best guess when triage; empty when nothing matched
  bool triage = true;
  bool answered = false;  // a reply goes out at once and no order is opened
  Urgency urgency = Urgency::kNormal;
  std::optional<RequestType> type;
  std::vector<std::string> tags;
  std::string place;  // id, or empty
  bool operator==(const Judgement&) const = default;
};
Judgement JudgementOf(const Verdict& v);
// The same of a Verdict without reasons, into `*out`, whose memory is used again.
void Judge(const BareVerdict& v, Judgement* out);

// One Request: what the rules read of the message that opened it, and how it went on.
struct HistoryCase {
  std::string id;       // of the Request
  std::string citizen;  // the same for Requests of one citizen; only compared
  std::string text;     // valid UTF-8
  std::string channel;
  std::string line;
  std::string place_hint;
  std::optional<RequestType> stated_type;
  int hour = -1;
  bool spoken = false;
  std::string label;                // the topic that a person decided last; empty = nobody did
  bool closed = false;              // its order was closed; without a label: nobody objected to the topic until then
  std::optional<Judgement> stored;  // what was said when it came in
  std::int64_t stored_version = 0;  // by this RuleSet

  Input AsInput() const { return {text, channel, line, place_hint, stated_type, hour, spoken}; }
};
// The Request that `m` opened, as the worker let rules read it.
HistoryCase CaseOf(std::string id, const Message& m);

// True when `topic` is `label`, or `label` is a category or a branch above it.
bool IsUnder(const std::string& topic, const std::string& label);

// What people said of a Judgement, from worse to better.
enum class Standing { kWrong, kTriage, kRight };
// `label` is not empty. A guess that went to triage is neither right nor wrong: a person decided.
Standing StandingOf(const Judgement& j, const std::string& label);

}  // namespace minsheng::rules
