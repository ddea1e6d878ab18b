// SPDX-License-Identifier: Apache-2.0
// What the database did not hold when a batch began, asked for in few statements instead of one by one. Private to
// src/store/.
#pragma once
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "src/store/database.h"

namespace minsheng::store {

// Keys of one kind. Only what is absent is known: whatever is not, is looked for as usual.
class Absent {
 public:
  using Where = std::vector<std::string>;

  // sql: "SELECT key FROM ... WHERE a = :a AND ... key IN ({})", one text column. `where`: the parameters before the
  // list; {} takes the keys.
  void Ask(Connection& c, std::string_view sql, const Where& where, std::vector<std::string> keys);
  // True when the key was asked for and not found. After that it counts as unknown: who takes it writes it.
  bool Take(const Where& where, const std::string& key) { return absent_.erase(Joined(where, key)) > 0; }

 private:
  static std::string Joined(const Where& where, const std::string& key);

  std::unordered_set<std::string> absent_;
};

}  // namespace minsheng::store
