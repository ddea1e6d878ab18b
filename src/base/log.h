// SPDX-License-Identifier: Apache-2.0
// One JSON line per event on standard error, through spdlog. Thread-safe.
//
// Fields never hold message texts, contacts or other personal data; ids, counts and error
// labels only. As a second defence every value is passed through a masker of long digit runs.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace minsheng::log {

using Value = std::variant<std::string, std::int64_t, double, bool>;
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <class I>
  requires std::is_integral_v<I> Field(std::string_view k, I v) : key(k), value(static_cast<std::int64_t>(v)) {}
  std::string_view key;
  Value value;
};
using Fields = std::initializer_list<Field>;

enum class Level { kDebug, kInfo, kWarn, kError, kOff };
void SetLevel(Level level);

// event: a short stable word with dashes ("append-failed"), the same for every occurrence.
void Debug(std::string_view event, Fields fields = {});
void Info(std::string_view event, Fields fields = {});
void Warn(std::string_view event, Fields fields = {});
void Error(std::string_view event, Fields fields = {});

}  // namespace minsheng::log
