// SPDX-License-Identifier: Apache-2.0
// Desk: what people, units and the clock do with work orders. One act = one transaction with all that follows from it:
// due times are counted, units are told, the citizen gets the answer. The command line, the console, the units' own
// systems and the scheduler all act through it, so an act means the same wherever it comes from.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/router/decide.h"
#include "src/store/store.h"

namespace minsheng::desk {

struct Options {
  router::Policy policy;
  // A unit's answer goes to the citizen when somebody at the hotline has checked it; else at once.
  bool check_answers = true;
};

// What somebody wants to do with an order. Fields that an act does not use are ignored.
struct ActRequest {
  orders::Act act = orders::Act::kNote;
  std::string by;                             // orders/roles.h
  std::string reason;                         // without personal data
  std::optional<std::int64_t> expected = {};  // Order::version that was looked at
  std::string once = {};                      // store::ActPlan
  std::string unit = {};                      // dispatch, rule, redo, add-helper; dispatch without one: the Catalogue's
  std::vector<std::string> helpers = {};
  std::string code = {};  // return, object; close: its reason; supervise: its cause; flag: the flag; remind, warn: step
  std::string period = {};  // ask-time, extend: "3wd"; add-helper: its own limit
  std::string parent = {};  // merge
  int solved = -1;          // call-back: 1, 0, -1
  int satisfied = -1;
  std::string way = {};            // ring, call-back: "phone", "chat", "link"
  std::string public_text = {};    // answer: what the citizen gets; call-back: what the citizen said
  std::string internal_text = {};  // any act: stays here
  std::string facts = {};          // a JSON object with further facts of the act; merged in, does not win
  bool phone = false;              // remind: an operator is to telephone the lead unit as well
  Time tell_from = {};             // what leaves the system because of the act leaves no earlier
};

class Desk {
 public:
  // `current`: what is in force now. Both may be shared by threads, and so may a Desk.
  Desk(store::Store& store, std::function<router::Knowledge()> current, Options options, const Clock& clock)
      : store_(store), current_(std::move(current)), options_(std::move(options)), clock_(clock) {}

  // Errors: those of Store::Act; kInvalid also for an unknown unit, a period that is none, or an answer without words;
  // kDenied for an extension that the limit does not allow; kNotFound when the Calendar lacks a year (nothing happens).
  Result<orders::Order> Do(const std::string& number, const ActRequest& request);

  // A part of the matter becomes an order of its own about `topic`, dispatched by the Catalogue. The new order.
  Result<orders::Order> Split(const std::string& number, const std::string& topic, const std::string& by,
                              const std::string& reason);

  // A person's word on what the request is about: kept beside the verdict, and where another unit must act now, the
  // order goes there and the first one is told. A request in triage becomes an order. kInvalid: no such topic; else
  // Store::Correct.
  Result<store::RequestRow> Correct(const std::string& request_id, const std::string& topic, const std::string& by,
                                    const std::string& note);

  store::Store& store() { return store_; }
  router::Knowledge Current() const { return current_(); }
  const Options& options() const { return options_; }
  const Clock& clock() const { return clock_; }

 private:
  Result<orders::Order> Try(const std::string& number, const ActRequest& request, std::int64_t* seen);

  store::Store& store_;
  std::function<router::Knowledge()> current_;
  Options options_;
  const Clock& clock_;
};

}  // namespace minsheng::desk
