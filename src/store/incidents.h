// SPDX-License-Identifier: Apache-2.0
// Incidents: what is kept of the grouping of requests (src/incidents/ decides it), and the order in which
// requests were committed. Part of the Store; thread-safe, each call is one transaction.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/verdict.h"

namespace minsheng::store {

// One happening. A matter: one thing at one place. A surge: what many matters have in common.
struct IncidentRow {
  std::string id;  // ULID made from the first request, so that a rebuild gives the same
  bool surge = false;
  std::string state = "open";  // "open", "closed" (by a person), "merged"
  std::string merged_into;
  std::string subject;  // topic, or name of a family
  std::string topic;    // of most of its requests
  std::string place;    // gazetteer id that holds at least four fifths of them, or empty
  Time first_at{};
  Time last_at{};
  std::int64_t requests = 0;
  std::int64_t callers = 0;        // a citizen who came again counts once; an anonymous request counts by itself
  int alarm = 0;                   // highest level raised, 0..3
  std::vector<std::string> words;  // in common, strongest first
  bool operator==(const IncidentRow&) const = default;
};

// A committed request in commit order, and what was decided about it.
struct FeedRow {
  std::int64_t seq = 0;  // 1, 2, 3, ... in the order of commits
  std::string request_id;
  Time at{};                        // received
  std::string caller;               // citizen, or the request itself when anonymous
  std::vector<std::string> places;  // gazetteer ids, nearest first
  std::string topic;
  std::vector<std::string> tags;
  std::optional<Message> message;  // its first, or the whole of its pieces; none if it cannot be read any more
  std::int64_t matter = 0;         // 0 = not decided yet
  std::string incident_id;         // empty = alone so far
};

struct IncidentLink {
  std::int64_t seq = 0;
  std::int64_t matter = 0;
  std::string incident_id;
};

struct IncidentRate {
  std::string subject;
  std::int64_t hour = 0;  // since 1970, UTC
  int callers = 0;        // 0 = forgotten
};

struct IncidentAlarm {
  std::string incident_id;
  int level = 0;
  Time at{};            // of the request that raised it
  int callers = 0;      // within the hour before
  double expected = 0;  // of its subject in such an hour
  bool announced = false;
};

// What a stretch of requests changed.
struct IncidentStep {
  std::vector<std::pair<std::string, std::string>> moved;  // all of the first became part of the second; in order
  std::vector<IncidentLink> links;
  std::vector<IncidentRow> incidents;
  std::vector<IncidentRate> rates;
  std::vector<IncidentAlarm> alarms;
};

// A person's change of the grouping. Append-only.
struct IncidentAct {
  std::int64_t number = 0;  // 1, 2, 3, ...
  std::string act;          // "close", "merge" (into target), "split" (requests become target)
  std::string incident_id;
  std::string target;
  std::vector<std::string> requests;
  std::string actor;
  std::string reason;
  Time at{};
};

// How far the grouping is. Whoever moves it on names the state it started from.
struct IncidentCursor {
  std::int64_t last = 0;    // newest committed request
  std::int64_t cursor = 0;  // grouped up to here
  std::int64_t acts = 0;    // changes by persons, and rebuilds, so far
  std::string holder;       // who does it, until lease_until
  Time lease_until{};
  std::int64_t stop_at = INT64_MAX;  // a change by a person is to be repeated there (after a rebuild)
};

struct IncidentHour {
  Time hour{};
  std::int64_t requests = 0;
  std::int64_t callers = 0;
};

class IncidentLog {
 public:
  virtual ~IncidentLog() = default;

  // --- the follower ---------------------------------------------------------------------------
  virtual Result<IncidentCursor> ReadCursor() = 0;
  // Requests with seq in (after, upto], oldest first, at most `limit`.
  virtual Result<std::vector<FeedRow>> Feed(std::int64_t after, std::int64_t upto, int limit) = 0;
  // Incidents that requests with seq in (after, upto] belong to.
  virtual Result<std::vector<IncidentRow>> IncidentsOf(std::int64_t after, std::int64_t upto) = 0;
  virtual Result<std::vector<IncidentRate>> Rates() = 0;
  // Writes the step and moves the cursor from `from.cursor` to `to`, for `holder`. False, and nothing
  // written, when somebody moved it meanwhile. An alarm that was raised before stays as it was.
  virtual Result<bool> Advance(const IncidentCursor& from, std::int64_t to, const IncidentStep& step,
                               const std::string& holder, Time lease_until) = 0;
  // Repeats the next change by a person after a rebuild; false when there is none at this cursor.
  virtual Result<bool> Repeat(const IncidentCursor& from) = 0;
  virtual Result<std::vector<IncidentAlarm>> Unannounced() = 0;
  virtual Result<void> Announced(const std::string& incident_id, int level) = 0;

  // --- people ---------------------------------------------------------------------------------
  // kNotFound, kConflict (closed or merged already), kInvalid (a request that is not in it, nothing left).
  // The act with its number and, for a split, the new incident's id as target.
  virtual Result<IncidentAct> Act(IncidentAct act) = 0;
  // Forgets every group. The follower makes them anew, persons' changes included; alarms that were
  // raised are not raised again.
  virtual Result<void> Rebuild() = 0;

  // --- reading --------------------------------------------------------------------------------
  // Newest first. `since`: only open ones with a request at or after it; 0 = all but merged ones.
  virtual Result<std::vector<IncidentRow>> List(Time since, int min_callers, int limit) = 0;
  virtual Result<std::int64_t> CountOpen(Time since, int min_callers) = 0;
  virtual Result<IncidentRow> Get(const std::string& id) = 0;  // a merged one as it is; kNotFound
  // Its requests, newest first, without messages.
  virtual Result<std::vector<FeedRow>> Members(const std::string& id, int limit) = 0;
  virtual Result<std::vector<IncidentHour>> Hours(const std::string& id) = 0;
  virtual Result<std::vector<std::pair<std::string, std::int64_t>>> Topics(const std::string& id) = 0;
  virtual Result<std::vector<IncidentAlarm>> Alarms(const std::string& id) = 0;
  virtual Result<std::vector<IncidentAct>> Acts(const std::string& id) = 0;
  // The incident of a request, or nothing.
  virtual Result<std::optional<IncidentRow>> IncidentOf(const std::string& request_id) = 0;
};

}  // namespace minsheng::store
