// SPDX-License-Identifier: Apache-2.0
// UnitLog: what the event log says of units: which call of theirs did what, and the way of orders between them. Part of
// the Store; thread-safe, each call is one transaction.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/verdict.h"
#include "src/orders/order.h"

namespace minsheng::store {

// The way of one order between units.
struct OrderWay {
  std::string number;
  std::string request_id;  // empty: a parent of an incident
  std::string topic;       // in force now
  std::string corrected_topic;
  std::optional<Verdict> verdict;     // what sent it; none without a request, or when it is erased
  std::vector<orders::Event> events;  // open, dispatch, return, refuse, object, rule, redo, correct; oldest first
};

class UnitLog {
 public:
  virtual ~UnitLog() = default;

  // The event of an order that was added under this ActPlan::once; nothing when there is none.
  virtual Result<std::optional<orders::Event>> EventOnce(const std::string& order_number, const std::string& once) = 0;

  // Orders opened in [from, to) that some unit has had, by number, after the number `cursor`.
  virtual Result<std::vector<OrderWay>> Ways(Time from, Time to, const std::string& cursor, int limit) = 0;
};

}  // namespace minsheng::store
