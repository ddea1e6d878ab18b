// SPDX-License-Identifier: Apache-2.0
// What people do with versions of the RuleSet: the acts behind `minsheng rules …` and the console.
//
// Whatever needs the compiler happens here, before the act; who may do what, and what happened
// meanwhile, is decided by the store in the act's transaction (src/store/rule_sets.h).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/router/rules_holder.h"
#include "src/rules/diff.h"
#include "src/store/store.h"

namespace minsheng::router {

struct FailedPin {
  store::PinnedCase pin;
  Verdict got;
};

// Everything that decides whether a version may be used.
struct Examination {
  std::int64_t version = 0;              // 0: straight from files
  std::vector<rules::Problem> problems;  // errors and warnings of the compiler, examples and golden cases
  std::string catalogue;                 // why units and Catalogue do not fit; empty = they do
  std::size_t pins = 0;                  // pinned cases that were run
  std::vector<FailedPin> failed_pins;
  std::int64_t pins_stamp = 0;
  std::shared_ptr<const rules::RuleSet> set;  // null when it does not compile

  std::size_t unknown_articles = 0;  // replies that name an article which does not exist

  bool passed() const { return set && catalogue.empty() && failed_pins.empty() && unknown_articles == 0; }
};

// Who acts, and why.
struct Actor {
  std::string by;
  std::string note;
};

struct Imported {
  std::int64_t version = 0;
  bool fresh = true;         // false: this version has the same content, nothing was written
  std::int64_t base = 0;     // what the difference is against; 0 = nothing to compare with
  rules::Difference change;  // from the base
  std::size_t errors = 0;    // it is a draft all the same
  std::size_t warnings = 0;
};

// A draft of these files. base 0 = the active version. kInvalid: no author or note, no files, not UTF-8.
Result<Imported> ImportRuleSet(store::Store& store, const std::vector<rules::SourceFile>& files, const Actor& author,
                               std::int64_t base);

// The files of a stored version; kNotFound. kInternal: they are damaged.
Result<std::vector<rules::SourceFile>> FilesOf(store::Store& store, std::int64_t version);

// Compiles, runs examples, golden and pinned cases, asks the Catalogue. Changes nothing.
Result<Examination> Examine(store::Store& store, const std::vector<rules::SourceFile>& files, std::int64_t version,
                            const MakeCatalogue& make_catalogue);
Result<Examination> Examine(store::Store& store, std::int64_t version, const MakeCatalogue& make_catalogue);

// Each of these examines first; when that does not pass, nothing is done and the examination says why.
Result<Examination> CheckRuleSet(store::Store& store, std::int64_t version, const Actor& actor,
                                 const MakeCatalogue& make_catalogue);
// Pinned cases may fail in shadow: that is what it is for.
Result<Examination> ShadowRuleSet(store::Store& store, std::int64_t version, const Actor& actor,
                                  const MakeCatalogue& make_catalogue);
// `expected_active`: what the person saw. kDenied, kConflict: Store::ActivateRuleSet.
Result<Examination> ActivateRuleSet(store::Store& store, std::int64_t version, const Actor& approver,
                                    std::int64_t expected_active, const MakeCatalogue& make_catalogue);

struct RolledBack {
  std::int64_t from = 0;
  std::int64_t to = 0;
};
// To the version that was active before. Pinned cases do not stop a way back; a version that does not
// compile or has no units does (kInvalid), for it would be no better.
Result<RolledBack> RollBackRuleSet(store::Store& store, const Actor& actor, std::int64_t expected_active,
                                   const MakeCatalogue& make_catalogue);

// A request as it would be pinned.
struct PinDraft {
  store::PinnedCase pin;
  std::vector<std::string> doubts;  // what still looks personal after masking, in words
  bool active_passes = false;       // the active version judges the masked text as expected
  Verdict active_says;
};
// What people finally decided about a request: `topic` if given, else the correction, else the
// verdict. kNotFound: no such request or topic; kInvalid: it has no words, or nobody decided yet.
Result<PinDraft> DraftPin(store::Store& store, const std::string& request_id, const std::string& topic,
                          const rules::RuleSet& active);

// Whether a set judges a pinned case as people did.
bool Agrees(const store::PinnedCase& pin, const Verdict& verdict);

}  // namespace minsheng::router
