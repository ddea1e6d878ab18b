// SPDX-License-Identifier: Apache-2.0
// Tolerant access to vendors' JSON: spelling of keys, numbers as strings, nulls. Pure.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace minsheng::phone {

// nullopt: not JSON, or nested deeper than 64.
std::optional<nlohmann::json> ParseJson(std::string_view text);

// The member whose key equals `key` when case and '_' are not looked at; nullptr for none, null and non-objects.
// `key` itself is lower case without '_'.
const nlohmann::json* Field(const nlohmann::json& object, std::string_view key);

// Scalars as text ("" for others), as a number (also from a string).
std::string TextOf(const nlohmann::json* value);
std::optional<double> NumberOf(const nlohmann::json* value);

}  // namespace minsheng::phone
