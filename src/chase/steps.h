// SPDX-License-Identifier: Apache-2.0
// The steps by which an order is chased, and when each is due. Pure.
#pragma once
#include <string>
#include <vector>

#include "src/chase/options.h"
#include "src/orders/deadlines.h"
#include "src/orders/order.h"

namespace minsheng::chase {

struct Step {
  orders::Act act = orders::Act::kWarn;  // warn, remind or supervise
  std::string code;                      // warn: yellow, red, sign, contact; remind: "5d"; supervise: its cause
  std::string once;                      // names the step: this order, in the hands of this unit, with this limit
  std::string reason;                    // for people
  Time at{};
};

// The end of the quiet hours when `at` lies in them and the order is no emergency; else `at`.
Time AfterQuietHours(Time at, Urgency urgency, const Options& options);

// Every step that would be due some time if nothing happened to the order, by time. None once it is answered. A
// step whose time cannot be counted (the Calendar lacks the year) is left out.
// Of the reminders whose time has passed at `now` only the last is there: a unit is not called twice in one minute
// because the program stood still for a week.
std::vector<Step> StepsOf(const orders::Order& order, const Options& options, const orders::Counting& counting,
                          Time now);

}  // namespace minsheng::chase
