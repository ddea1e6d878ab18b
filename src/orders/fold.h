// SPDX-License-Identifier: Apache-2.0
// What a timeline says: the one place where Events become an order's state, times and counts. Pure.
#pragma once
#include <vector>

#include "src/orders/order.h"

namespace minsheng::orders {

// Adds one Event to what the earlier ones said. Only the move is checked (kConflict, lifecycle.h), not who made it:
// what was allowed when it happened stays true. `first`: nothing has happened yet.
Result<void> Apply(Life* life, const Event& event, bool first);

// Folds a timeline from its beginning. kInternal when it holds a move that is not allowed.
Result<Life> Fold(const std::vector<Event>& events);

}  // namespace minsheng::orders
