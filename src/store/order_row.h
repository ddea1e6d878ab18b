// SPDX-License-Identifier: Apache-2.0
// The row of a work order: its columns in one order, read and written. Private to src/store/.
#pragma once
#include <string>
#include <string_view>

#include "src/orders/order.h"
#include "src/store/database.h"

namespace minsheng::store {

// "SELECT <columns of OrderOf> FROM work_order " and the letters of the columns.
const std::string& SelectOrder();
extern const std::string_view kOrderColumns;

// The row that the query stands on, without events.
orders::Order OrderOf(const Query& q);
// Writes a new row: id, number, request, version and Life.
void InsertOrderRow(Connection& c, const orders::Order& order);
// Writes Life and version of an existing row; the clock will look at it at once (chase.h).
void UpdateOrderRow(Connection& c, const orders::Order& order);

}  // namespace minsheng::store
