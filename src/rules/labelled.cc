// SPDX-License-Identifier: Apache-2.0
#include "src/rules/labelled.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

using LineJson = nlohmann::json;

std::string TextOf(const LineJson& line, const std::string& key) {
  const auto it = line.find(key);
  return it != line.end() && it->is_string() ? text::Repair(it->get<std::string>()) : std::string();
}

void ReadLine(const LineJson& line, const std::string& place, const LabelReading& reading, LabelledFile* out) {
  const auto label = line.find(reading.label_field);
  if (label == line.end() || label->is_null()) {
    ++out->skipped;
    return;
  }
  if (!label->is_string()) {
    out->problems.push_back(
        fmt::format("{}: “{}”应该是文字 / '{}' must be a string", place, reading.label_field, reading.label_field));
    return;
  }
  LabelledText t;
  const auto meaning = reading.map.find(label->get<std::string>());
  if (meaning == reading.map.end()) {
    t.labels = {label->get<std::string>()};
  } else {
    t.labels = meaning->second.labels;
    t.uncertain = meaning->second.uncertain;
  }
  if (t.labels.empty() || t.labels.front().empty()) {
    ++out->skipped;
    return;
  }
  const std::string title = TextOf(line, "title");
  t.text = TextOf(line, "text");
  if (!title.empty()) t.text = title + "\n" + t.text;
  if (t.text.empty()) {
    out->problems.push_back(fmt::format("{}: 没有 \"text\" / no \"text\"", place));
    return;
  }
  t.id = TextOf(line, "id");
  if (t.id.empty()) t.id = place;
  if (const auto accepted = line.find(reading.accepted_field);
      !reading.accepted_field.empty() && accepted != line.end() && accepted->is_array()) {
    for (const LineJson& a : *accepted) {
      if (!a.is_string()) continue;
      const auto other = reading.map.find(a.get<std::string>());
      if (other == reading.map.end())
        t.accepted.push_back(a.get<std::string>());
      else
        t.accepted.insert(t.accepted.end(), other->second.labels.begin(), other->second.labels.end());
    }
  }
  out->texts.push_back(std::move(t));
}

}  // namespace

Result<void> AddMeaning(std::string_view option, LabelReading* reading) {
  const std::size_t at = option.find('=');
  if (at == std::string_view::npos || at == 0) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("“{}”应写作 标签=类别 / '{}' must read LABEL=CATEGORY", option, option));
  }
  LabelMeaning meaning;
  meaning.uncertain = option[at - 1] == '~';
  const std::string label(text::Trim(option.substr(0, meaning.uncertain ? at - 1 : at)));
  std::string_view rest = option.substr(at + 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (const auto word = text::Trim(rest.substr(0, comma)); !word.empty()) meaning.labels.emplace_back(word);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  if (!meaning.uncertain && meaning.labels.size() > 1) {
    return MakeError(
        ErrorKind::kInvalid,
        fmt::format(
            "“{}”：一个标签对应几个类别时写 ~=，由规则选 / '{}': write ~= for several categories; the rules choose",
            option, option));
  }
  reading->map[label] = std::move(meaning);
  return {};
}

LabelledFile ReadLabelled(std::string_view content, const std::string& name, const LabelReading& reading) {
  LabelledFile out;
  std::size_t number = 0;
  while (!content.empty()) {
    const std::size_t end = content.find('\n');
    const std::string_view line = content.substr(0, end);
    content = end == std::string_view::npos ? std::string_view() : content.substr(end + 1);
    const std::string place = fmt::format("{}:{}", name, ++number);
    if (text::Trim(line).empty()) continue;
    const auto json = LineJson::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object()) {
      ReadLine(json, place, reading, &out);
    } else {
      out.problems.push_back(fmt::format("{}: 不是 JSON 对象 / no JSON object", place));
    }
  }
  return out;
}

}  // namespace minsheng::rules
