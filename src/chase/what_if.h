// SPDX-License-Identifier: Apache-2.0
// WhatIf: past orders against other limits. How many would have been late, by unit and type, before anybody sets them.
#pragma once
#include <map>
#include <string>
#include <utility>

#include "src/orders/timetable.h"
#include "src/store/store.h"

namespace minsheng::chase {

struct Late {
  int orders = 0;       // that a unit had, with a limit
  int late = 0;         // by the limits that they had
  int would_be = 0;     // by the others
  int newly = 0;        // late only by the others
  int uncountable = 0;  // the Calendar lacks a day of theirs; in none of the numbers above but orders
};

struct WhatIf {
  Late all;
  std::map<std::pair<std::string, std::string>, Late> by;  // unit, request type ("" = unknown)
};

// Orders opened in [from, to). Each is counted from its last hand-over, in the profile that was in force then, without
// extensions; one without an answer is as late as `now` says. Errors: the store's.
Result<WhatIf> TryLimits(store::Store& store, const orders::Timetable& other, Time from, Time to, Time now);

}  // namespace minsheng::chase
