// SPDX-License-Identifier: Apache-2.0
// Which orders came back from the units they were sent to, why, by which rules, and who was right; and what the rulings
// about them say that the Catalogue does not know yet. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/orders/catalogue.h"
#include "src/store/unit_log.h"

namespace minsheng::callback {

// One return or objection of a unit.
struct GivenBack {
  std::string unit;
  std::string code;  // orders/codes.h
  bool objection = false;
  std::string outcome = "open";  // "moved": another unit had to act, so the unit was right; "kept": it was not
};

// A supervisor's ruling.
struct Ruling {
  std::string number;
  std::string topic;
  std::string place;  // gazetteer id, or empty
  std::string lead;
  std::vector<std::string> helpers;
  std::string reason;
  std::string by;
  Time at{};
  bool topic_was_wrong = false;  // a person corrected the topic of this order
};

struct Trip {
  std::string number;
  std::string topic;
  std::vector<std::string> rules;  // that sent it: the decisive ones, or the strongest for its topic
  std::vector<std::string> units;  // that had it, each hand-over
  std::vector<GivenBack> backs;
  std::vector<Ruling> rulings;
};
Trip TripOf(const store::OrderWay& way);

struct ReturnLine {
  std::string key;
  std::int64_t orders = 0;     // sent (by unit: that this unit had)
  std::int64_t came_back = 0;  // of these: given back at least once
  std::int64_t returns = 0;
  std::int64_t objections = 0;
  std::int64_t right = 0;  // returns and objections after which another unit had to act
  std::int64_t wrong = 0;
  std::int64_t open = 0;
  std::int64_t hops = 0;  // hand-overs of these orders
  bool operator==(const ReturnLine&) const = default;
};
// by: "rule", "unit", "reason", "hops", "topic". Most that came back first, then by key. An order counts once for each
// of its rules; under "reason" stand only orders that came back.
Result<std::vector<ReturnLine>> ReportReturns(const std::vector<Trip>& trips, std::string_view by);

struct Proposal {
  std::string topic;
  std::string place;  // empty: everywhere
  std::string lead;
  std::vector<std::string> helpers;
  std::vector<std::string> orders;  // numbers of the rulings that say so
  bool disputed = false;            // other rulings about the same topic and place say otherwise: nothing is proposed
};
// What joint rulings (with helpers) and rulings of orders whose topic was right say otherwise than the Catalogue, by
// topic and place.
std::vector<Proposal> ProposeEntries(const std::vector<Trip>& trips, const orders::Catalogue& catalogue);

// A JSON Patch (RFC 6902) for catalogue.json, of the undisputed proposals: an entry of the same topic and place is
// replaced, behind a test that it still is what it was; others are added. kInvalid: the text is no list of entries.
Result<std::string> CataloguePatch(const std::string& catalogue_json, const std::vector<Proposal>& proposals);
// The patched text. kConflict: the patch does not fit any more.
Result<std::string> ApplyPatch(const std::string& catalogue_json, const std::string& patch);

}  // namespace minsheng::callback
