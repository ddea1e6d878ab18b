// SPDX-License-Identifier: Apache-2.0
// The one table of moves: which act leads from which state to which, and who may make it. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/orders/order.h"
#include "src/orders/roles.h"

namespace minsheng::orders {

// How often an order may be given back before only an objection is left.
constexpr int kMostReturns = 3;

// The state after `act` in `state`, or kConflict with the acts that would be allowed. kOpen starts a life: pass
// nullopt for `state`. kUnmerge leads back to where it was: Life::before_merge, not this table, says where.
Result<State> Next(std::optional<State> state, Act act);

// Roles that may make the act.
Roles MayMake(Act act);
// Acts that `role` may make in `state`, for a menu.
std::vector<Act> ActsFor(State state, Role role);

// Whether `event` may be added to `order` now: the move is in the table (kConflict), its actor may make it and, of
// unit staff, acts on an order of the own unit (kDenied), it carries the facts that it needs (kInvalid), and the
// unit has not used up its returns (kConflict, saying what is left).
Result<void> MayAdd(const Order& order, const Event& event);

}  // namespace minsheng::orders
