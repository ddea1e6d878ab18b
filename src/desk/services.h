// SPDX-License-Identifier: Apache-2.0
// Services that are rendered for a citizen (居家养老, and tourism matters without a visit): provider, appointment,
// completion with what was paid, and the citizen's word about it. Who recorded a completion does not confirm it.
#pragma once
#include <string>
#include <vector>

#include "src/desk/desk.h"

namespace minsheng::desk {

class ServiceDesk {
 public:
  explicit ServiceDesk(Desk& desk) : desk_(desk) {}

  // Hands the order to the unit that renders the service: `unit`, or the one that the form names for its kind.
  // kInvalid: no such unit, or nobody is named; kConflict: it has been rendered already.
  Result<store::ServiceRow> Assign(const std::string& order_number, const std::string& unit, const std::string& by);

  // When somebody will come. The citizen is told, where a chat or mail reaches him. kInvalid: no visit belongs to this
  // service, the time is past, or no provider has been assigned.
  Result<store::ServiceRow> Appoint(const std::string& order_number, Time at, const std::string& by);

  // What was rendered, by the fields of the form's completion ("key=value"); the order is answered with it. kInvalid
  // names every field that is missing or wrong; also when price is not what subsidy and citizen paid together.
  Result<store::ServiceRow> Complete(const std::string& order_number, const std::vector<std::string>& values,
                                     const std::string& by);

  // What the citizen says when called back: rendered and good, or not. If not, the order is redone. kDenied: `by`
  // recorded the completion.
  Result<store::ServiceRow> Confirm(const std::string& order_number, bool good, const std::string& by,
                                    const std::string& words);

 private:
  struct Matter {
    store::ServiceRow service;
    orders::Order order;
    store::RequestRow request;
    router::Knowledge knowledge;
    const forms::Form* form = nullptr;
  };
  Result<Matter> Find(const std::string& order_number);

  Desk& desk_;
};

}  // namespace minsheng::desk
