// SPDX-License-Identifier: Apache-2.0
// Recompute: open orders whose due times are others by the Calendar of now, or could not be counted when they came to
// their unit. Looks only, or changes them as events of the act reckon, one transaction for each order: cut short, it
// goes on where it stopped when it is run again.
#pragma once
#include <functional>
#include <string>

#include "src/orders/recount.h"
#include "src/store/store.h"

namespace minsheng::chase {

enum class Why {
  kCalendar,   // a notice became known after it was counted
  kUncounted,  // the Calendar lacked the year
  kLimits,     // the Calendar explains nothing: the row of the limits was changed since
};

struct MovedOrder {
  std::string number;
  std::string unit;
  Why why = Why::kCalendar;
  orders::DueTimes old_due;
  orders::Recounted now;
};

struct RecomputePlan {
  bool apply = false;
  bool limits_too = false;  // also what only a changed row of the limits moves; promised limits stay otherwise
  std::string by;           // orders/roles.h
  int batch = 200;          // orders that are read at once
};

struct RecomputeCount {
  int open = 0;  // orders looked at
  int moved = 0;
  int applied = 0;
  int uncounted = 0;  // cannot be counted yet
};

// Calls `tell` for each order that moves, before it is changed; false from it ends the work. `tell_uncounted` gets the
// number of each order whose limit still cannot be counted, and why. Errors: the store's.
Result<RecomputeCount> Recompute(store::Store& store, const orders::Timetable& table, const RecomputePlan& plan,
                                 const std::function<bool(const MovedOrder&)>& tell,
                                 const std::function<void(const std::string&, const Error&)>& tell_uncounted);

}  // namespace minsheng::chase
