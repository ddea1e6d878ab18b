// SPDX-License-Identifier: Apache-2.0
// Sweep: one round of chasing, called about once a second by the scheduler. Looks at the orders that wait for a look
// (store/chase.h), does the steps that are due (steps.h), runs the checks where an answer or a return came in
// (checks.h), and counts orders whose limits could not be counted when they were handed over.
//
// Every step is done once, however often the program is killed and however many processes sweep: the store keeps the
// step's name with its event. Whatever a round could not do waits for the next one. A round is bounded (Options), and
// an order costs nothing between its looks, of which there is one a day and one after each event.
#pragma once
#include <string>

#include "src/chase/options.h"
#include "src/desk/desk.h"

namespace minsheng::chase {

// What a round did.
struct Round {
  int looked = 0;    // orders
  int examined = 0;  // of them, by the checks
  int acts = 0;      // warnings, reminders, supervisions, flags, recounts
  int failed = 0;    // acts that could not be done; tried again later
};

// One thread.
class Sweep {
 public:
  Sweep(desk::Desk& desk, Options options) : desk_(desk), options_(std::move(options)) {}

  // Errors: the store's; nothing is lost.
  Result<Round> Step(Time now);

 private:
  Result<bool> LookAt(const store::LookRow& row, Time now, Round* round, Time* next);
  Result<bool> Do(const std::string& number, desk::ActRequest want, Round* round);
  Result<bool> Chase(const orders::Order& order, Time now, Round* round, Time* next);
  Result<bool> Check(const orders::Order& order, Round* round);
  Result<bool> CountLate(const orders::Order& order, const orders::Timetable& table, Round* round);

  desk::Desk& desk_;
  const Options options_;
};

// Why next year's days cannot be counted, in Chinese and English; empty when they can, and before December.
std::string MissingYear(const orders::Calendar& calendar, Time now);

}  // namespace minsheng::chase
