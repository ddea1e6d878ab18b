// SPDX-License-Identifier: Apache-2.0
// Recount: the due times of an order counted anew, from its timeline, by the limits and the Calendar of now. For
// saying how they were counted, and for orders whose Calendar changed or was missing. Pure.
#pragma once
#include <array>
#include <optional>

#include "src/orders/timetable.h"

namespace minsheng::orders {

// What decides over an order's limit, without the profile.
Matter MatterOf(const Life& order);

// The row that an order is counted by: the one it was handed over with, so that an order of an emergency keeps its
// limit; or, if the file has no such row any more, the one that fits it in the profile of `table`. May be null.
const LimitRow* RowOf(const Life& order, const Timetable& table);

struct Recounted {
  Reckoned reckoned;
  std::array<Deadline, kSteps.size()> steps;  // by Step; of the answer with all extensions
  const Deadline& Of(Step step) const { return steps[static_cast<std::size_t>(step)]; }
};

// Needs the order's events. nullopt: no unit has had it. kNotFound when the Calendar lacks a year, as known on
// `known_on`, or no row covers the order.
Result<std::optional<Recounted>> Recount(const Order& order, const Timetable& table,
                                         Date known_on = Calendar::kEverything);

// The day on which the due times of now were set. Needs the order's events.
Date CountedOn(const Order& order);

// Whether the order came to its unit without due times because they could not be counted, and has none since. Needs
// the order's events.
bool IsUncounted(const Order& order);

}  // namespace minsheng::orders
