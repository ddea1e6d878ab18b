// SPDX-License-Identifier: Apache-2.0
// RuleSets: the part of the Store that keeps versions of the RuleSet, what people did with them,
// the comparisons of the version in shadow, and pinned cases. Errors and threads: store.h.
//
//   draft -> checked -> (shadow) -> active -> retired       draft, checked -> discarded
//
// At most one version is active and at most one in shadow. Files of a version never change. Every
// act is one transaction and leaves one line in an append-only table; a conflict says what changed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/verdict.h"

namespace minsheng::store {

struct RuleSetRow {
  std::int64_t version = 0;
  std::int64_t base = 0;  // the version it was made from; 0 = none
  std::string hash;       // of the files: rules::HashOf
  std::string state;      // "draft", "checked", "shadow", "active", "retired", "discarded"
  std::string author;
  std::string note;
  std::string files;  // JSON: [{"path","content"}]; empty in lists
  Time created_at{};
};

// One line of the history. act: "seed", "import", "check", "shadow", "shadow-off", "activate",
// "rollback", "discard".
struct RuleSetAct {
  std::int64_t seq = 0;  // rises by one
  std::int64_t version = 0;
  std::string act;
  std::int64_t from_version = 0;  // activate, rollback: what was active until then
  std::string actor;
  std::string note;
  Time at{};
};

struct AddedRuleSet {
  std::int64_t version = 0;
  bool fresh = true;  // false: this version has the same content, nothing was written
};

// What the running processes have to load. 0 = none.
struct InForce {
  std::int64_t active = 0;
  std::int64_t shadow = 0;
  bool operator==(const InForce&) const = default;
};

// Who acts on versions, and what they believed to be active when they decided.
struct RuleSetActor {
  std::string by;
  std::string note;
  std::int64_t expected_active = 0;
};

// What the version in shadow says of a message that the active one has judged.
struct ShadowVerdict {
  std::int64_t version = 0;
  std::string topic;
  Urgency urgency = Urgency::kNormal;
  bool triage = false;
  double confidence = 0;
};

// One kind of difference between the active version and the one in shadow.
struct ShadowSide {
  std::string topic;  // empty: nothing matched
  Urgency urgency = Urgency::kNormal;
  bool triage = false;
  bool operator==(const ShadowSide&) const = default;
};
struct ShadowExample {
  std::string request_id;
  double from_confidence = 0;
  double to_confidence = 0;
  Time at{};
};
struct ShadowPair {
  ShadowSide from;
  ShadowSide to;
  std::int64_t n = 0;
  std::vector<ShadowExample> examples;  // the newest, at most kShadowExamples, newest first
};
struct ShadowReport {
  std::int64_t shadow = 0;
  std::int64_t active = 0;
  std::int64_t compared = 0;
  std::int64_t differed = 0;
  Time first_at{};
  Time last_at{};
  std::vector<ShadowPair> pairs;  // most frequent first
};
constexpr int kShadowExamples = 20;  // kept of each kind of difference

// A real request, masked, with what people finally decided; every later version must agree.
struct PinnedCase {
  std::int64_t id = 0;
  std::string request_id;
  std::string text;  // masked
  std::string channel;
  std::string line;
  std::string place_hint;  // masked
  std::optional<RequestType> stated_type;
  int hour = -1;  // received, 0..23 in Asia/Shanghai
  std::string category;
  std::string topic;
  Urgency urgency = Urgency::kNormal;
  std::string author;
  std::string note;
  Time created_at{};
  std::string retired_by;  // empty: in force
  std::string retired_note;
  Time retired_at{};
};

class RuleSets {
 public:
  virtual ~RuleSets() = default;

  // --- reading ----------------------------------------------------------------------------
  virtual Result<std::optional<RuleSetRow>> ActiveRuleSet() = 0;
  virtual Result<InForce> RuleSetsInForce() = 0;                        // cheap, polled
  virtual Result<RuleSetRow> GetRuleSet(std::int64_t version) = 0;      // kNotFound
  virtual Result<std::vector<RuleSetRow>> ListRuleSets(int limit) = 0;  // newest first, without files
  // What was done with a version, and what put another one in its place; 0 = everything. Oldest first.
  virtual Result<std::vector<RuleSetAct>> RuleSetActs(std::int64_t version) = 0;
  // The version that was active before the one that is: of activations and rollbacks, the last one
  // that was not taken back. 0 = there is none.
  virtual Result<std::int64_t> RollbackTarget() = 0;

  // --- acts -------------------------------------------------------------------------------
  // Seeds version 1 as active in an empty store only; false = there was one already.
  virtual Result<bool> SeedRuleSet(const RuleSetRow& row) = 0;
  // A draft with the next number, unless a version that was not discarded has the same hash.
  // kInvalid without an author, or when `base` does not exist.
  virtual Result<AddedRuleSet> AddRuleSet(const RuleSetRow& row) = 0;
  // Notes that a draft was examined and found good. Anything but a draft stays as it is.
  virtual Result<void> MarkChecked(std::int64_t version, const std::string& by, const std::string& note) = 0;
  // Puts a version in shadow in place of the one that is; its earlier counts are forgotten.
  // 0 takes the shadow away.
  virtual Result<void> SetShadow(std::int64_t version, const std::string& by, const std::string& note) = 0;
  // Makes `version` active. kDenied when `by` wrote it or one of the drafts that it is made from,
  // or another version with the same content; kConflict when something else is active than expected, or
  // pins changed since `pins_seen` (PinsStamp). The caller has examined the version.
  virtual Result<void> ActivateRuleSet(std::int64_t version, const RuleSetActor& actor, std::int64_t pins_seen) = 0;
  // One step back, to `target` (RollbackTarget). kConflict when something else is active, or target changed.
  virtual Result<void> RollBackRuleSet(std::int64_t target, const RuleSetActor& actor) = 0;
  // Gives up a draft for good; it stays readable. kConflict when it is or was in force.
  virtual Result<void> DiscardRuleSet(std::int64_t version, const std::string& by, const std::string& note) = 0;

  // --- shadow -----------------------------------------------------------------------------
  // One report for each active version that it ran beside, newest first. Empty = never compared.
  virtual Result<std::vector<ShadowReport>> ShadowReports(std::int64_t version) = 0;

  // --- pinned cases -----------------------------------------------------------------------
  virtual Result<std::vector<PinnedCase>> ListPins(bool retired_too) = 0;  // oldest first
  virtual Result<std::int64_t> PinsStamp() = 0;                            // changes with every pin and unpin
  // Its number. kConflict (naming the pin) when the request is pinned already.
  virtual Result<std::int64_t> AddPin(const PinnedCase& pin) = 0;
  virtual Result<void> RetirePin(std::int64_t id, const std::string& by, const std::string& note) = 0;
};

}  // namespace minsheng::store
