// SPDX-License-Identifier: Apache-2.0
// What is read from config/limits.json, before it is known to cover everything.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/orders/config_json.h"
#include "src/orders/limits.h"

namespace minsheng::orders {

constexpr RequestType kAllRequestTypes[] = {RequestType::kConsultation, RequestType::kHelp,
                                            RequestType::kComplaint,    RequestType::kReport,
                                            RequestType::kSuggestion,   RequestType::kPraise};

struct LimitsFile {
  DayRules day_rules;
  std::vector<LimitRow> rows;
  std::vector<int> lines;  // of the rows
};

// Problems are appended, one a line.
LimitsFile ReadLimitsFile(std::string_view json, const std::vector<std::string>& topics,
                          std::vector<std::string>* problems);

}  // namespace minsheng::orders
