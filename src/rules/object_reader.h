// SPDX-License-Identifier: Apache-2.0
// Reads the known keys of one JSON object; reports wrong types, and keys nobody asked for with the
// nearest known one as a hint. Lives during the reading of one object; call Finish at the end.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/rules/reporter.h"
#include "src/rules/source_json.h"

namespace minsheng::rules {

class ObjectReader {
 public:
  // A value that is no object is reported, and then reads like an empty one.
  ObjectReader(const JsonValue& value, std::size_t file, Reporter* reporter);

  bool usable() const { return usable_; }
  void set_rule(std::string_view id) { rule_ = id; }
  Spot spot() const;                        // of the object
  Spot SpotOf(std::string_view key) const;  // of the key's value; of the object when it is absent

  const JsonValue* Any(std::string_view key);  // null when absent
  bool Has(std::string_view key) const { return object_.Find(key) != nullptr; }
  // Each returns true and writes *out only when the key is there and of the right kind.
  bool Text(std::string_view key, std::string* out);
  bool RequiredText(std::string_view key, std::string* out);  // absent or empty is reported
  bool Number(std::string_view key, double least, double most, double* out);
  bool Bool(std::string_view key, bool* out);
  bool Texts(std::string_view key, std::vector<std::string>* out);
  const std::vector<JsonValue>* Array(std::string_view key);
  const JsonValue* Object(std::string_view key);
  // The same of a member at hand, where an object may have any number of keys.
  const std::vector<JsonValue>* Array(const JsonMember& member);
  bool IsObject(const JsonMember& member);

  void Error(const Spot& at, std::string_view code, std::string_view zh, std::string_view en);
  void Finish();

 private:
  const JsonValue* Typed(std::string_view key, JsonValue::Kind kind, std::string_view zh, std::string_view en);
  bool Is(std::string_view key, const JsonValue& value, JsonValue::Kind kind, std::string_view zh, std::string_view en);

  JsonValue none_;
  const JsonValue& object_;
  std::size_t file_;
  Reporter& reporter_;
  std::string rule_;
  std::vector<std::string_view> known_;
  bool usable_;
};

// A reply "article:ID" must name an article as the knowledge base does: lower-case letters, digits, '.' and '-'.
void CheckReply(ObjectReader* r, const std::string& reply);

}  // namespace minsheng::rules
