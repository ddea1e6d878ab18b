// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/json_fields.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/text/utf8.h"

namespace minsheng::phone {
namespace {

constexpr int kMaxJsonDepth = 64;

// nlohmann's parser takes any depth, but copying and destroying its values recurses.
bool IsShallow(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if ((c == '{' || c == '[') && ++depth > kMaxJsonDepth) {
      return false;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}

bool SameKey(std::string_view written, std::string_view key) {
  std::size_t k = 0;
  for (char c : written) {
    if (c == '_') continue;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (k == key.size() || key[k++] != c) return false;
  }
  return k == key.size();
}

}  // namespace

std::optional<nlohmann::json> ParseJson(std::string_view text) {
  if (!IsShallow(text)) return std::nullopt;
  auto value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

const nlohmann::json* Field(const nlohmann::json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  for (const auto& [name, value] : object.items()) {
    if (SameKey(name, key) && !value.is_null()) return &value;
  }
  return nullptr;
}

std::string TextOf(const nlohmann::json* value) {
  if (value == nullptr) return {};
  if (value->is_string()) return text::Repair(value->get_ref<const std::string&>());
  if (value->is_number_float()) {
    const double number = value->get<double>();
    return std::isfinite(number) && number == std::floor(number) && std::fabs(number) < 9e15
               ? std::to_string(static_cast<std::int64_t>(number))
               : value->dump();
  }
  return value->is_number() || value->is_boolean() ? value->dump() : std::string();
}

std::optional<double> NumberOf(const nlohmann::json* value) {
  if (value == nullptr) return std::nullopt;
  double number = 0;
  if (value->is_number()) {
    number = value->get<double>();
  } else if (value->is_string()) {
    const auto trimmed = text::Trim(value->get_ref<const std::string&>());
    const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
    if (error != std::errc() || end != trimmed.data() + trimmed.size()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

}  // namespace minsheng::phone
