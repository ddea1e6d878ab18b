// SPDX-License-Identifier: Apache-2.0
// Timetable: the Calendar, the limits and the profile in force, as one thing that says when an order is due.
// Immutable; thread-safe.
#pragma once
#include <memory>
#include <string>

#include "src/orders/calendar.h"
#include "src/orders/deadlines.h"
#include "src/orders/limits.h"
#include "src/orders/order.h"

namespace minsheng::orders {

struct Reckoned {
  std::string limit;  // id of the LimitRow; empty: none
  DueTimes due;
};

struct Timetable {
  std::shared_ptr<const Limits> limits;
  std::shared_ptr<const Calendar> calendar;
  Profile profile = Profile::kNormal;

  // The due times of an order that a unit gets at `at`. kNotFound, with the remedy, when the Calendar lacks a year.
  Result<Reckoned> Reckon(const Matter& matter, Time at) const;
  // The same step by step, for people.
  Result<Deadline> Count(const Matter& matter, Step step, Time at) const;
};

// Facts of kDispatch, kRule and kRedo: {"unit", "helpers", "entry", "limit", "due": {"sign", ...}}. Without a
// timetable, or where it cannot count, no due times; the latter with "uncounted": true. An empty `unit` names none.
std::string HandOverFacts(const std::string& unit, const std::vector<std::string>& helpers, const std::string& entry,
                          const Timetable* timetable, const Matter& matter, Time at);
// Facts of kReckon and kExtend: {"limit", "due": {...}} and for an extension "by".
std::string DueFacts(const Reckoned& reckoned, const std::string& by);

}  // namespace minsheng::orders
