// SPDX-License-Identifier: Apache-2.0
#include "src/rules/diff.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "src/rules/sources.h"

namespace minsheng::rules {
namespace {

using Json = nlohmann::json;  // sorted keys
using Fields = std::map<std::string, Json>;
using Items = std::map<std::string, Fields>;
using Sections = std::map<std::string, Items>;

constexpr std::string_view kSections[] = {"rules",  "lists",    "lexicon", "categories", "topics",
                                          "places", "settings", "golden",  "files"};

std::string Dump(const Json& j) { return j.dump(-1, ' ', false, Json::error_handler_t::replace); }

// {"a": {"b": 1}} -> "a.b": 1
void Flatten(const std::string& prefix, const Json& value, Fields* out) {
  if (!value.is_object() || value.empty()) {
    out->insert_or_assign(prefix, value);
    return;
  }
  for (const auto& [key, child] : value.items()) Flatten(prefix.empty() ? key : prefix + "." + key, child, out);
}

Fields FieldsOf(const Json& object, std::initializer_list<std::string_view> without) {
  Fields fields;
  for (const auto& [key, child] : object.items()) {
    if (std::find(without.begin(), without.end(), key) == without.end()) Flatten(key, child, &fields);
  }
  return fields;
}

std::string TextAt(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// A second item of the same id is an error of the RuleSet, but has to be seen here.
void AddItem(const std::string& id, Fields fields, Items* items) {
  std::string key = id;
  for (int n = 2; items->contains(key); ++n) key = id + "#" + std::to_string(n);
  items->emplace(std::move(key), std::move(fields));
}

void AddList(const Json& list, const std::string& path, const std::string& section,
             std::initializer_list<std::string_view> without, Sections* out) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string id = list[i].is_object() ? TextAt(list[i], "id") : "";
    const std::string key = id.empty() ? path + "#" + std::to_string(i + 1) : id;
    AddItem(key, list[i].is_object() ? FieldsOf(list[i], without) : Fields{{"", list[i]}}, &(*out)[section]);
  }
}

void AddCategories(const Json& root, const std::string& path, Sections* out) {
  const auto categories = root.find("categories");
  if (categories == root.end() || !categories->is_array()) return;
  AddList(*categories, path, "categories", {"id", "topics"}, out);
  for (const auto& category : *categories) {
    if (category.is_object() && category.contains("topics") && category["topics"].is_array()) {
      AddList(category["topics"], path, "topics", {"id"}, out);
    }
  }
}

void AddFile(const SourceFile& file, Sections* out) {
  const auto root = Json::parse(file.content, nullptr, /*allow_exceptions=*/false);
  switch (PartOf(file.path)) {
    case Part::kGolden:
      if (root.is_array()) return AddList(root, file.path, "golden", {"id"}, out);
      break;
    case Part::kCategories:
      if (root.is_object()) return AddCategories(root, file.path, out);
      break;
    case Part::kPlaces:
      if (root.is_array()) return AddList(root, file.path, "places", {"id"}, out);
      break;
    case Part::kRules:
      if (root.is_array()) return AddList(root, file.path, "rules", {"id"}, out);
      break;
    case Part::kSettings:
      if (root.is_object()) return AddItem(file.path, FieldsOf(root, {}), &(*out)["settings"]);
      break;
    case Part::kLists:
      if (!root.is_object()) break;
      for (const auto& [name, terms] : root.items()) AddItem(name, {{"", terms}}, &(*out)["lists"]);
      return;
    case Part::kLexicon:
      if (!root.is_object()) break;
      for (const auto& [topic, terms] : root.items()) {
        AddItem(topic, terms.is_object() ? terms.get<Fields>() : Fields{{"", terms}}, &(*out)["lexicon"]);
      }
      return;
  }
  AddItem(file.path, {{"content", file.content}}, &(*out)["files"]);
}

void CompareField(const std::string& field, const Json* from, const Json* to, std::vector<FieldChange>* out) {
  if (from != nullptr && to != nullptr && *from == *to) return;
  if (from == nullptr || to == nullptr || !from->is_array() || !to->is_array()) {
    out->push_back({field, from == nullptr ? "" : Dump(*from), to == nullptr ? "" : Dump(*to), false});
    return;
  }
  std::multimap<std::string, int> gone;
  for (const Json& item : *from) gone.emplace(Dump(item), 0);
  std::vector<FieldChange> came;
  for (const Json& item : *to) {
    const auto text = Dump(item);
    if (const auto at = gone.find(text); at != gone.end()) {
      gone.erase(at);
    } else {
      came.push_back({field, "", text, true});
    }
  }
  for (const auto& [text, unused] : gone) out->push_back({field, text, "", true});
  out->insert(out->end(), came.begin(), came.end());
}

std::string NameOf(const Fields& fields) {
  const auto at = fields.find("name");
  return at != fields.end() && at->second.is_string() ? at->second.get<std::string>() : std::string();
}

ItemChange CompareItem(const std::string& id, const Fields* from, const Fields* to) {
  ItemChange change{id, NameOf(to != nullptr ? *to : *from), {}};
  static const Fields kNone;
  const Fields& a = from == nullptr ? kNone : *from;
  const Fields& b = to == nullptr ? kNone : *to;
  for (const auto& [field, value] : a) {
    const auto at = b.find(field);
    CompareField(field, &value, at == b.end() ? nullptr : &at->second, &change.fields);
  }
  for (const auto& [field, value] : b) {
    if (!a.contains(field)) CompareField(field, nullptr, &value, &change.fields);
  }
  std::stable_sort(change.fields.begin(), change.fields.end(),
                   [](const FieldChange& x, const FieldChange& y) { return x.field < y.field; });
  return change;
}

SectionDifference CompareSection(std::string_view name, const Items& from, const Items& to) {
  SectionDifference d;
  d.section = name;
  for (const auto& [id, fields] : from) {
    const auto at = to.find(id);
    if (at == to.end()) {
      d.removed.push_back(CompareItem(id, &fields, nullptr));
    } else if (auto change = CompareItem(id, &fields, &at->second); !change.fields.empty()) {
      d.changed.push_back(std::move(change));
    }
  }
  for (const auto& [id, fields] : to) {
    if (!from.contains(id)) d.added.push_back(CompareItem(id, nullptr, &fields));
  }
  return d;
}

}  // namespace

Difference Compare(const std::vector<SourceFile>& from, const std::vector<SourceFile>& to) {
  Difference d;
  d.same_files = HashOf(from) == HashOf(to);
  if (d.same_files) return d;
  Sections a;
  Sections b;
  for (const auto& file : from) AddFile(file, &a);
  for (const auto& file : to) AddFile(file, &b);
  for (const auto name : kSections) {
    auto section = CompareSection(name, a[std::string(name)], b[std::string(name)]);
    if (!section.added.empty() || !section.removed.empty() || !section.changed.empty()) {
      d.sections.push_back(std::move(section));
    }
  }
  return d;
}

}  // namespace minsheng::rules
