// SPDX-License-Identifier: Apache-2.0
// The fixed lists behind an act: why an order was returned, closed, supervised. Words go into Events and figures,
// Chinese and English onto screens.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "src/base/result.h"
#include "src/orders/order.h"

namespace minsheng::orders {

struct Code {
  std::string_view word;
  std::string_view zh;
  std::string_view en;
};

std::span<const Code> ReturnCodes();      // of kReturn and kObject
std::span<const Code> CloseReasons();     // of kClose
std::span<const Code> SuperviseCauses();  // of kSupervise
std::span<const Code> PhoneOutcomes();    // of a telephone reminder
const Code* FindCode(std::span<const Code> codes, std::string_view word);

// Whether the codes in an act's facts are in their list; kInvalid names the list.
Result<void> CheckCodes(Act act, const nlohmann::json& facts);

}  // namespace minsheng::orders
