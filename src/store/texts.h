// SPDX-License-Identifier: Apache-2.0
// The tables that hold citizens' texts in the plain form: id, citizen_id, sealed and one column of text. Sealing of old
// rows, erasure and the counts go through this list: a new table of this form is one line here (and an index WHERE
// sealed = 0). message and outbox hold more than one text and have their own code. Private to src/store/.
#pragma once
#include <string_view>

namespace minsheng::store {

struct TextTable {
  std::string_view table;
  std::string_view column;
};

constexpr TextTable kTextTables[] = {
    {"conversation", "sender"},
    {"request_field", "value"},
    {"letter_text", "text"},
    {"order_text", "text"},
};

}  // namespace minsheng::store
