// SPDX-License-Identifier: Apache-2.0
#include "src/rules/object_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/model/verdict.h"
#include "src/rules/hint.h"

namespace minsheng::rules {

ObjectReader::ObjectReader(const JsonValue& value, std::size_t file, Reporter* reporter)
    : object_(value.kind == JsonValue::Kind::kObject ? value : none_),
      file_(file),
      reporter_(*reporter),
      usable_(value.kind == JsonValue::Kind::kObject) {
  if (!usable_)
    Error({file, value.begin, value.end}, "wrong-kind", "这里应该是一个对象 {…}", "an object {...} is expected here");
}

Spot ObjectReader::spot() const { return {file_, object_.begin, object_.end}; }

Spot ObjectReader::SpotOf(std::string_view key) const {
  const JsonValue* v = object_.Find(key);
  return v == nullptr ? spot() : Spot{file_, v->begin, v->end};
}

const JsonValue* ObjectReader::Any(std::string_view key) {
  known_.push_back(key);
  return object_.Find(key);
}

const JsonValue* ObjectReader::Typed(std::string_view key, JsonValue::Kind kind, std::string_view zh,
                                     std::string_view en) {
  const JsonValue* v = Any(key);
  return v == nullptr || Is(key, *v, kind, zh, en) ? v : nullptr;
}

bool ObjectReader::Is(std::string_view key, const JsonValue& value, JsonValue::Kind kind, std::string_view zh,
                      std::string_view en) {
  if (value.kind == kind) return true;
  Error({file_, value.begin, value.end}, "wrong-kind", fmt::format("“{}”应该是{}", key, zh),
        fmt::format("'{}' must be {}", key, en));
  return false;
}

bool ObjectReader::Text(std::string_view key, std::string* out) {
  const JsonValue* v = Typed(key, JsonValue::Kind::kString, "文字", "text");
  if (v != nullptr) *out = v->string;
  return v != nullptr;
}

bool ObjectReader::RequiredText(std::string_view key, std::string* out) {
  if (!usable_) return false;
  if (Text(key, out) && !out->empty()) return true;
  const JsonValue* v = object_.Find(key);
  if (v == nullptr) {
    Error(spot(), "missing-key", fmt::format("缺少“{}”", key), fmt::format("'{}' is missing", key));
  } else if (v->kind == JsonValue::Kind::kString) {
    Error(SpotOf(key), "empty", fmt::format("“{}”是空的", key), fmt::format("'{}' is empty", key));
  }
  return false;
}

bool ObjectReader::Number(std::string_view key, double least, double most, double* out) {
  const JsonValue* v = Typed(key, JsonValue::Kind::kNumber, "数", "a number");
  if (v == nullptr) return false;
  if (v->number < least || v->number > most) {
    Error({file_, v->begin, v->end}, "out-of-range", fmt::format("“{}”要在 {} 到 {} 之间", key, least, most),
          fmt::format("'{}' must be from {} to {}", key, least, most));
    return false;
  }
  *out = v->number;
  return true;
}

bool ObjectReader::Bool(std::string_view key, bool* out) {
  const JsonValue* v = Typed(key, JsonValue::Kind::kBool, " true 或 false", "true or false");
  if (v != nullptr) *out = v->boolean;
  return v != nullptr;
}

bool ObjectReader::Texts(std::string_view key, std::vector<std::string>* out) {
  const std::vector<JsonValue>* items = Array(key);
  if (items == nullptr) return false;
  for (const JsonValue& item : *items) {
    if (item.kind == JsonValue::Kind::kString && !item.string.empty()) {
      out->push_back(item.string);
    } else {
      Error({file_, item.begin, item.end}, "wrong-kind", fmt::format("“{}”里应该都是文字", key),
            fmt::format("'{}' must hold texts only", key));
    }
  }
  return true;
}

const std::vector<JsonValue>* ObjectReader::Array(std::string_view key) {
  const JsonValue* v = Typed(key, JsonValue::Kind::kArray, "数组 […]", "an array [...]");
  return v == nullptr ? nullptr : &v->items;
}

const std::vector<JsonValue>* ObjectReader::Array(const JsonMember& member) {
  return Is(member.key, member.value, JsonValue::Kind::kArray, "数组 […]", "an array [...]") ? &member.value.items
                                                                                             : nullptr;
}

bool ObjectReader::IsObject(const JsonMember& member) {
  return Is(member.key, member.value, JsonValue::Kind::kObject, "对象 {…}", "an object {...}");
}

const JsonValue* ObjectReader::Object(std::string_view key) {
  return Typed(key, JsonValue::Kind::kObject, "对象 {…}", "an object {...}");
}

void ObjectReader::Error(const Spot& at, std::string_view code, std::string_view zh, std::string_view en) {
  reporter_.Error(at, code, zh, en, rule_);
}

void ObjectReader::Finish() {
  for (const JsonMember& m : object_.members) {
    if (std::find(known_.begin(), known_.end(), m.key) != known_.end()) continue;
    const std::string hint = NearestWord(m.key, known_);
    Error({file_, m.at, m.at}, "unknown-key",
          fmt::format("不认识的键“{}”{}", m.key, hint.empty() ? "" : fmt::format("，是不是“{}”？", hint)),
          fmt::format("unknown key '{}'{}", m.key, hint.empty() ? "" : fmt::format(", did you mean '{}'?", hint)));
  }
}

void CheckReply(ObjectReader* r, const std::string& reply) {
  constexpr std::string_view kMark = "article:";
  if (!std::string_view(reply).starts_with(kMark)) return;
  const auto id = ArticleOf(reply);
  const bool plain = !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  if (plain) return;
  r->Error(r->SpotOf("reply"), "bad-article",
           fmt::format("“{}”应写成 article:条目编号，编号只用小写字母、数字、- 和 .", reply),
           fmt::format("'{}' must be article:ID; ids have lower-case letters, digits, '-' and '.' only", reply));
}

}  // namespace minsheng::rules
