// SPDX-License-Identifier: Apache-2.0
// What becomes of questions to citizens: an order that waited for the answers is dispatched when they are there, or
// when their time is over, with what is missing named; a unit that has its order already hears what came later.
//
// Called by the clock, about once a second, by any number of processes: every step happens once, whoever takes it, and
// is taken up again after a kill.
#pragma once
#include "src/desk/desk.h"

namespace minsheng::desk {

class FormDesk {
 public:
  explicit FormDesk(Desk& desk) : desk_(desk) {}

  static constexpr int kMost = 50;
  // One round over at most `most` questions. How many it ended or passed on.
  Result<int> Sweep(int most = kMost);

  // A person's values for a request, each checked by its field (kInvalid names all that are wrong). `values`:
  // key=value. They win over everything that was there; the unit that has the order is told. The facts in force.
  Result<std::vector<store::FieldFact>> Fill(const std::string& request_id, const std::vector<std::string>& values,
                                             const std::string& by);

 private:
  Result<bool> Handle(const store::OpenQuestion& question);
  Result<bool> LetGo(const store::OpenQuestion& question, const orders::Order& order);
  // The unit of the order, if it has one by now, gets the facts as they are.
  Result<void> Tell(const orders::Order& order, const std::vector<std::string>& keys, const std::string& by);

  Desk& desk_;
};

// Values as people write them, "key=value", checked and brought into their form; kInvalid with every problem, one a
// line. `find` gives the field of a key, or null.
Result<std::vector<store::FieldFact>> CheckedFacts(const std::vector<std::string>& values,
                                                   const std::function<const forms::Field*(std::string_view)>& find,
                                                   const std::string& known_keys, const std::string& by, Time now,
                                                   const orders::Calendar* calendar);

}  // namespace minsheng::desk
