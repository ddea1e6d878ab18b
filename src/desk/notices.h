// SPDX-License-Identifier: Apache-2.0
// What leaves the system because of an act: words to units and to the citizen. Private to src/desk/. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/router/decide.h"

namespace minsheng::desk {

// Everything that a notice may need to say. request: with messages, oldest first; without any for a parent.
struct Occasion {
  const router::Knowledge& knowledge;
  const store::RequestRow& request;
  const router::Policy& policy;
  Time now{};
};

// The topic in force: a person's correction, or the verdict's.
std::string TopicOf(const store::RequestRow& request);
// The facts of the request as a unit may see them.
router::UnitFacts FactsOfRequest(const Occasion& on, std::string_view topic);

// The order itself, to its lead unit (or to `to`, a helper).
std::vector<store::OutboxDraft> OrderDrafts(const Occasion& on, const orders::Order& order, const std::string& to);
// {"type": type, "data": {number, reason, due_at}}, to `unit`, by its webhook or mail; none without an address.
// Types: order.withdrawn, order.warned, order.reminded, order.supervised, order.returned-refused, order.sent-back,
// order.extended, order.facts, order.instructed.
std::vector<store::OutboxDraft> UnitNotice(const Occasion& on, std::string_view type, const orders::Order& order,
                                           const std::string& unit, const std::string& reason,
                                           const router::UnitFacts& facts = {});
// Words to the citizen on the channel of the request's last message; none when nobody can be reached there.
std::vector<store::OutboxDraft> CitizenDrafts(const Occasion& on, const std::string& words);

}  // namespace minsheng::desk
