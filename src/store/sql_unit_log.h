// SPDX-License-Identifier: Apache-2.0
// SqlUnitLog: the UnitLog over Database. Private to src/store/; unit_log.cc.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/store/database.h"
#include "src/store/unit_log.h"

namespace minsheng::store {

class SqlUnitLog final : public UnitLog {
 public:
  explicit SqlUnitLog(Database& database) : database_(database) {}

  Result<std::optional<orders::Event>> EventOnce(const std::string& order_number, const std::string& once) override;
  Result<std::vector<OrderWay>> Ways(Time from, Time to, const std::string& cursor, int limit) override;

 private:
  Database& database_;
};

}  // namespace minsheng::store
