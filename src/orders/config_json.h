// SPDX-License-Identifier: Apache-2.0
// Reads the JSON files of the Calendar and of the limits. Every problem is collected with file and
// line, in Chinese and English, so that one run shows them all. Lives during one reading.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/text/source_json.h"

namespace minsheng::orders {

using text::JsonValue;

class JsonFile {
 public:
  // What is no JSON object is a problem; root() then reads like an empty one.
  JsonFile(std::string name, std::string_view content, std::vector<std::string>* problems);

  const JsonValue& root() const { return root_; }
  bool readable() const { return readable_; }
  const std::string& name() const { return name_; }
  int LineOf(const JsonValue& at) const;
  // "name:line: zh / en"
  void Problem(const JsonValue& at, std::string_view zh, std::string_view en);

 private:
  std::string name_;
  std::string_view content_;
  std::vector<std::string>* problems_;
  JsonValue root_;
  bool readable_ = false;
};

// One object of a file. Keys that are not `known` are problems, and so is a value that is no object.
class JsonObject {
 public:
  JsonObject(JsonFile* file, const JsonValue& value, std::initializer_list<std::string_view> known);

  bool usable() const { return value_.kind == JsonValue::Kind::kObject; }
  const JsonValue& value() const { return value_; }
  const JsonValue* Find(std::string_view key) const { return value_.Find(key); }

  // The value of the key, or what an absent one means; one of a wrong kind is a problem.
  std::string Text(std::string_view key, bool required);  // required: not empty either
  bool Bool(std::string_view key, bool otherwise);
  int Int(std::string_view key, int least, int most, int otherwise);
  // Empty when absent. A text alone stands for a list of one; "" in a list is a problem.
  std::vector<const JsonValue*> Texts(std::string_view key);
  std::vector<const JsonValue*> Array(std::string_view key, bool required);

  // At the key's value, or at the object when it is absent.
  void Problem(std::string_view key, std::string_view zh, std::string_view en);

 private:
  const JsonValue* Typed(std::string_view key, JsonValue::Kind kind, bool required, std::string_view zh,
                         std::string_view en);

  JsonFile& file_;
  const JsonValue& value_;
};

// kInvalid with all problems, one a line; nothing when there is none.
Result<void> AsResult(const std::vector<std::string>& problems);

}  // namespace minsheng::orders
