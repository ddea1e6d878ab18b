// SPDX-License-Identifier: Apache-2.0
// ChaseLog: what chasing deadlines needs of the store: which orders the clock has to look at, telephone reminders,
// the record of emergencies, what units answered before. Part of the Store; thread-safe, each call is one transaction.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/orders/limits.h"
#include "src/orders/order.h"

namespace minsheng::store {

// The clock need not look again until something happens to the order.
constexpr Time kNoLook = Time{Millis{9'000'000'000'000'000'000}};

// An order that waits for a look, without its events. fresh: something happened to it since the last look.
struct LookRow {
  orders::Order order;
  bool fresh = false;
};

// When to look at an order next. Counts only if it is still the version that was looked at.
struct Looked {
  std::string order_id;
  std::int64_t version = 0;
  Time next{};
};

struct PhoneTask {
  std::string id;
  std::string number;  // of the order
  std::string unit;    // to be called
  std::string step;
  Time opened_at{};
  Time done_at{};  // 0 = open
  std::string done_by;
  std::string outcome;
  orders::State state = orders::State::kDispatched;  // of the order now
};

struct EmergencyRow {
  std::string id;
  Time starts_at{};
  Time ends_at{};  // 0 = until somebody ends it
  std::string why;
  std::string started_by;  // orders/roles.h
  Time ended_at{};         // 0 = not ended by anybody
  std::string ended_by;

  bool InForceAt(Time t) const {
    return starts_at <= t && (ends_at == Time{} || t < ends_at) && (ended_at == Time{} || t < ended_at);
  }
};

// How often a check flagged an order, and how often a person said that it was wrong.
struct FlagCount {
  std::string flag;
  std::int64_t flagged = 0;
  std::int64_t false_alarms = 0;
};

class ChaseLog {
 public:
  virtual ~ChaseLog() = default;

  // Orders whose look is due at `now`, the longest due first; then those whose look is more than two days ahead, as a
  // clock leaves it that had been wrong. The cost depends on `limit` alone, not on how many orders there are.
  virtual Result<std::vector<LookRow>> ToLookAt(Time now, int limit) = 0;
  virtual Result<void> SetLooked(const std::vector<Looked>& looked) = 0;
  // ActPlan::once of all steps done to the order.
  virtual Result<std::vector<std::string>> StepsDone(const std::string& order_id) = 0;

  // Open tasks, the oldest first; with `done_too` also finished ones. Of one order if a number is given.
  virtual Result<std::vector<PhoneTask>> Tasks(bool done_too, const std::string& number, int limit) = 0;
  // Also notes it on the order. kNotFound; kConflict: somebody did it already, named in the text.
  virtual Result<PhoneTask> FinishTask(const std::string& id, const std::string& outcome, const std::string& by) = 0;

  // Orders under supervision, oldest first, after `cursor` (an order's id).
  virtual Result<std::vector<orders::Order>> Supervised(const std::string& cursor, int limit) = 0;

  // kInvalid: no reason, or an end before the beginning; kDenied: `started_by` is neither leader nor supervisor;
  // kConflict: there is one at that time already.
  virtual Result<EmergencyRow> BeginEmergency(EmergencyRow row) = 0;
  // Ends what is in force, or what is still to come. kNotFound: nothing is; kDenied as above.
  virtual Result<EmergencyRow> EndEmergency(const std::string& by) = 0;
  virtual Result<std::vector<EmergencyRow>> Emergencies() = 0;  // newest first
  virtual Result<orders::Profile> ProfileAt(Time t) = 0;

  // Keeps that the unit answered this order so; in how many other orders it used the same words since `since`.
  virtual Result<std::int64_t> CountSameAnswers(const std::string& unit, const std::string& print,
                                                const std::string& order_id, Time at, Time since) = 0;
  // Numbers of other orders on the topic that the unit had to keep, by a refused return or a ruling, since `since`.
  virtual Result<std::vector<std::string>> HadToKeep(const std::string& unit, const std::string& topic,
                                                     const std::string& other_than, Time since) = 0;
  virtual Result<std::vector<FlagCount>> FlagCounts(Time since) = 0;

  // Orders that are not closed, by id, after `cursor`; without events.
  virtual Result<std::vector<orders::Order>> OpenOrders(const std::string& cursor, int limit) = 0;
  // Orders opened in [from, to), by time of opening, after the order `cursor` (empty: from the first).
  virtual Result<std::vector<orders::Order>> OpenedBetween(Time from, Time to, const std::string& cursor,
                                                           int limit) = 0;
};

}  // namespace minsheng::store
