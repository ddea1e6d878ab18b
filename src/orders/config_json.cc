// SPDX-License-Identifier: Apache-2.0
#include "src/orders/config_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace minsheng::orders {

JsonFile::JsonFile(std::string name, std::string_view content, std::vector<std::string>* problems)
    : name_(std::move(name)), content_(content), problems_(problems) {
  text::JsonFault fault;
  if (!text::ReadJson(content_, &root_, &fault)) {
    JsonValue at;
    at.begin = fault.at;
    root_ = {};
    Problem(at, "不是有效的 JSON：" + fault.zh, "is not valid JSON: " + fault.en);
  } else if (root_.kind != JsonValue::Kind::kObject) {
    Problem(root_, "顶层应为对象", "the top level must be an object");
  } else {
    readable_ = true;
  }
}

int JsonFile::LineOf(const JsonValue& at) const {
  const auto end = content_.begin() + static_cast<std::ptrdiff_t>(std::min(at.begin, content_.size()));
  return 1 + static_cast<int>(std::count(content_.begin(), end, '\n'));
}

void JsonFile::Problem(const JsonValue& at, std::string_view zh, std::string_view en) {
  problems_->push_back(fmt::format("{}:{}: {} / {}", name_, LineOf(at), zh, en));
}

JsonObject::JsonObject(JsonFile* file, const JsonValue& value, std::initializer_list<std::string_view> known)
    : file_(*file), value_(value) {
  if (!usable()) {
    if (file_.readable()) file_.Problem(value_, "应为对象", "must be an object");
    return;
  }
  for (const text::JsonMember& member : value_.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    file_.Problem(member.value, fmt::format("未知的键 {}，可用：{}", member.key, fmt::join(known, "、")),
                  fmt::format("unknown key {}; known: {}", member.key, fmt::join(known, ", ")));
  }
}

const JsonValue* JsonObject::Typed(std::string_view key, JsonValue::Kind kind, bool required, std::string_view zh,
                                   std::string_view en) {
  const JsonValue* value = Find(key);
  if (value == nullptr) {
    if (required) Problem(key, fmt::format("缺少 {}", key), fmt::format("{} is missing", key));
    return nullptr;
  }
  if (value->kind == kind) return value;
  Problem(key, fmt::format("{} 应为{}", key, zh), fmt::format("{} must be {}", key, en));
  return nullptr;
}

std::string JsonObject::Text(std::string_view key, bool required) {
  const JsonValue* value = Typed(key, JsonValue::Kind::kString, required, "文字", "a text");
  if (value == nullptr) return {};
  if (required && value->string.empty()) {
    Problem(key, fmt::format("{} 不能为空", key), fmt::format("{} must not be empty", key));
  }
  return value->string;
}

bool JsonObject::Bool(std::string_view key, bool otherwise) {
  const JsonValue* value = Typed(key, JsonValue::Kind::kBool, false, " true 或 false", "true or false");
  return value == nullptr ? otherwise : value->boolean;
}

int JsonObject::Int(std::string_view key, int least, int most, int otherwise) {
  const JsonValue* value = Typed(key, JsonValue::Kind::kNumber, false, "整数", "a whole number");
  if (value == nullptr) return otherwise;
  if (value->number >= least && value->number <= most && value->number == std::floor(value->number)) {
    return static_cast<int>(value->number);
  }
  Problem(key, fmt::format("{} 应为 {} 到 {} 的整数", key, least, most),
          fmt::format("{} must be a whole number from {} to {}", key, least, most));
  return otherwise;
}

std::vector<const JsonValue*> JsonObject::Texts(std::string_view key) {
  std::vector<const JsonValue*> out;
  const JsonValue* value = Find(key);
  if (value == nullptr) return out;
  const bool list = value->kind == JsonValue::Kind::kArray;
  if (!list) out.push_back(value);
  for (const JsonValue& item : value->items) out.push_back(&item);
  const auto is_bad = [](const JsonValue* v) { return v->kind != JsonValue::Kind::kString || v->string.empty(); };
  if (out.empty() || std::any_of(out.begin(), out.end(), is_bad)) {
    Problem(key, fmt::format("{} 应为文字，或非空文字的数组", key),
            fmt::format("{} must be a text or an array of texts, none of them empty", key));
  }
  std::erase_if(out, is_bad);
  return out;
}

std::vector<const JsonValue*> JsonObject::Array(std::string_view key, bool required) {
  std::vector<const JsonValue*> out;
  const JsonValue* value = Typed(key, JsonValue::Kind::kArray, required, "数组", "an array");
  if (value == nullptr) return out;
  for (const JsonValue& item : value->items) out.push_back(&item);
  return out;
}

void JsonObject::Problem(std::string_view key, std::string_view zh, std::string_view en) {
  const JsonValue* value = Find(key);
  file_.Problem(value == nullptr ? value_ : *value, zh, en);
}

Result<void> AsResult(const std::vector<std::string>& problems) {
  if (problems.empty()) return {};
  return MakeError(ErrorKind::kInvalid, fmt::format("{}", fmt::join(problems, "\n")));
}

}  // namespace minsheng::orders
