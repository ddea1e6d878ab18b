// SPDX-License-Identifier: Apache-2.0
// Formats:
//   units.json      [{"id", "name", "place"?, "webhook_url"?, "webhook_secret_ref"?, "mail"?}]
//   catalogue.json  [{"id"?, "topic", "place"?, "lead", "fallback"?, "helpers"?: [..]}]
// topic: a topic, or a category that covers all topics below it ("urban" covers "urban.greening"),
// or "*" for all. lead: a unit, or "@place" with a fallback for requests without a known place.
#include "src/orders/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace minsheng::orders {
namespace {

using nlohmann::json;

constexpr std::string_view kPlaceLead = "@place";

int LineOf(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + std::min(offset, text.size()), '\n'));
}

// Lines on which the elements of a top-level array begin. nlohmann/json forgets positions; this
// runs only on text that it has accepted.
std::vector<int> ElementLines(std::string_view text) {
  std::vector<int> lines;
  int depth = 0, line = 1;
  bool in_string = false, fresh = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (std::string_view(" \t\r\n").find(c) != std::string_view::npos) continue;
    if (depth == 1 && fresh && c != ']') {
      lines.push_back(line);
      fresh = false;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ',' && depth == 1) fresh = true;
  }
  return lines;
}

// One file's array of objects, and where its problems are reported.
class File {
 public:
  File(std::string name, std::string_view text, std::vector<std::string>* problems)
      : name_(std::move(name)), problems_(problems) {
    try {
      array_ = json::parse(text);
    } catch (const json::parse_error& e) {
      Add(fmt::format("{}:{}", name_, LineOf(text, e.byte == 0 ? 0 : e.byte - 1)), "不是有效的 JSON",
          "is not valid JSON");
      array_ = json::array();
      return;
    }
    if (!array_.is_array()) {
      Add(name_ + ":1", "顶层应为数组", "the top level must be an array");
      array_ = json::array();
    }
    lines_ = ElementLines(text);
  }

  std::size_t size() const { return array_.size(); }

  // False when element i is no object. Reports keys that nobody knows.
  bool CheckKeys(std::size_t i, std::initializer_list<std::string_view> known) {
    if (!array_[i].is_object()) {
      Problem(i, "", "应为对象", "must be an object");
      return false;
    }
    for (const auto& [key, value] : array_[i].items()) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      Problem(i, key, "未知的键", fmt::format("unknown key; known: {}", fmt::join(known, ", ")));
    }
    return true;
  }

  std::string Text(std::size_t i, const char* key, bool required) {
    const auto it = array_[i].find(key);
    if (it == array_[i].end()) {
      if (required) Problem(i, key, "缺少此键", "is missing");
      return {};
    }
    if (!it->is_string() || (required && it->get_ref<const std::string&>().empty())) {
      Problem(i, key, "应为非空文字", "must be a text that is not empty");
      return {};
    }
    return it->get<std::string>();
  }

  std::vector<std::string> Texts(std::size_t i, const char* key) {
    std::vector<std::string> out;
    const auto it = array_[i].find(key);
    if (it == array_[i].end()) return out;
    if (!it->is_array()) {
      Problem(i, key, "应为文字数组", "must be an array of texts");
      return out;
    }
    for (const json& item : *it) {
      if (item.is_string())
        out.push_back(item.get<std::string>());
      else
        Problem(i, key, "应为文字数组", "must be an array of texts");
    }
    return out;
  }

  void Problem(std::size_t i, std::string_view key, std::string_view zh, std::string_view en) {
    const int line = i < lines_.size() ? lines_[i] : 1;
    Add(fmt::format("{}:{}: [{}]{}{}", name_, line, i, key.empty() ? "" : ".", key), zh, en);
  }

 private:
  void Add(std::string_view where, std::string_view zh, std::string_view en) {
    problems_->push_back(fmt::format("{}: {} / {}", where, zh, en));
  }

  std::string name_;
  std::vector<std::string>* problems_;
  json array_;
  std::vector<int> lines_;
};

// "urban" covers "urban" and "urban.greening", not "urbanism".
bool Covers(std::string_view pattern, std::string_view topic) {
  if (pattern == "*") return true;
  return topic.substr(0, pattern.size()) == pattern && (topic.size() == pattern.size() || topic[pattern.size()] == '.');
}

std::size_t Specificity(std::string_view pattern) { return pattern == "*" ? 0 : pattern.size(); }

}  // namespace

struct Catalogue::Impl {
  struct Entry {
    std::string id;
    std::string topic;
    std::string place;
    std::string lead;
    std::string fallback;
    std::vector<std::string> helpers;
  };

  std::vector<Unit> units;
  std::vector<Entry> entries;
  std::map<std::string, std::size_t, std::less<>> unit_by_id;
  std::map<std::string, std::size_t, std::less<>> unit_by_place;

  void ReadUnits(File& file);
  void ReadEntries(File& file, const std::vector<std::string>& topics);
  void CheckEntry(File& file, std::size_t i, const Entry& entry, const std::vector<std::string>& topics) const;
  void CheckCover(const std::vector<std::string>& topics, std::vector<std::string>* problems) const;
  std::string LeadOf(const Entry& entry, const std::vector<std::string>& place_chain) const;
};

void Catalogue::Impl::ReadUnits(File& file) {
  for (std::size_t i = 0; i < file.size(); ++i) {
    if (!file.CheckKeys(i, {"id", "name", "place", "webhook_url", "webhook_secret_ref", "mail"})) continue;
    Unit unit;
    unit.id = file.Text(i, "id", true);
    unit.name = file.Text(i, "name", true);
    unit.place = file.Text(i, "place", false);
    unit.webhook_url = file.Text(i, "webhook_url", false);
    unit.webhook_secret_ref = file.Text(i, "webhook_secret_ref", false);
    unit.mail = file.Text(i, "mail", false);
    if (!unit.id.empty() && unit.id.front() == '@') {
      file.Problem(i, "id", "不能以 @ 开头", "must not begin with @, which marks special leads");
    }
    if (!unit.webhook_url.empty() && unit.webhook_secret_ref.empty()) {
      file.Problem(i, "webhook_secret_ref", "有 webhook_url 时必填",
                   "is required beside webhook_url: calls are signed");
    }
    const std::string& ref = unit.webhook_secret_ref;
    if (!ref.empty() && !ref.starts_with("env:") && !ref.starts_with("file:")) {
      file.Problem(i, "webhook_secret_ref", "应为 env:变量名 或 file:/路径",
                   "must be env:NAME or file:/path, never the secret");
    }
    if (!unit.id.empty() && !unit_by_id.emplace(unit.id, units.size()).second) {
      file.Problem(i, "id", fmt::format("单位 {} 重复", unit.id), fmt::format("unit {} is there twice", unit.id));
    }
    if (!unit.place.empty() && !unit_by_place.emplace(unit.place, units.size()).second) {
      file.Problem(i, "place", fmt::format("地点 {} 已有单位", unit.place),
                   fmt::format("place {} has a unit already", unit.place));
    }
    units.push_back(std::move(unit));
  }
}

void Catalogue::Impl::CheckEntry(File& file, std::size_t i, const Entry& entry,
                                 const std::vector<std::string>& topics) const {
  const auto known_unit = [&](const char* key, const std::string& id) {
    if (id.empty() || unit_by_id.contains(id)) return;
    file.Problem(i, key, fmt::format("没有单位 {}", id), fmt::format("unit {} is not in units.json", id));
  };
  const auto covers = [&](const std::string& t) { return Covers(entry.topic, t); };
  if (!entry.topic.empty() && entry.topic != "*" && std::none_of(topics.begin(), topics.end(), covers)) {
    file.Problem(i, "topic", fmt::format("没有事项 {}", entry.topic),
                 fmt::format("{} is neither a topic nor a category", entry.topic));
  }
  if (entry.lead != kPlaceLead) {
    known_unit("lead", entry.lead);
    if (!entry.fallback.empty()) file.Problem(i, "fallback", "只用于 @place", "belongs to lead \"@place\" only");
  } else if (entry.fallback.empty()) {
    file.Problem(i, "fallback", "@place 须写明地点未知时的单位",
                 "is required: the unit for requests without a known place");
  }
  known_unit("fallback", entry.fallback);
  for (const std::string& helper : entry.helpers) known_unit("helpers", helper);
}

void Catalogue::Impl::ReadEntries(File& file, const std::vector<std::string>& topics) {
  std::set<std::string> ids;
  std::set<std::pair<std::string, std::string>> keys;
  for (std::size_t i = 0; i < file.size(); ++i) {
    if (!file.CheckKeys(i, {"id", "topic", "place", "lead", "fallback", "helpers"})) continue;
    Entry entry;
    entry.topic = file.Text(i, "topic", true);
    entry.place = file.Text(i, "place", false);
    entry.lead = file.Text(i, "lead", true);
    entry.fallback = file.Text(i, "fallback", false);
    entry.helpers = file.Texts(i, "helpers");
    entry.id = file.Text(i, "id", false);
    if (entry.id.empty()) entry.id = fmt::format("{}@{}", entry.topic, entry.place.empty() ? "*" : entry.place);
    CheckEntry(file, i, entry, topics);
    const bool new_key = keys.emplace(entry.topic, entry.place).second;
    if (!entry.topic.empty() && (!new_key || !ids.insert(entry.id).second)) {
      file.Problem(i, new_key ? "id" : "topic", "重复的派单条目",
                   fmt::format("entry {} is there twice (same id, or same topic and place)", entry.id));
    }
    entries.push_back(std::move(entry));
  }
}

void Catalogue::Impl::CheckCover(const std::vector<std::string>& topics, std::vector<std::string>* problems) const {
  for (const std::string& topic : topics) {
    // An entry that names a place answers for that place only.
    const bool covered = std::any_of(entries.begin(), entries.end(),
                                     [&](const Entry& e) { return e.place.empty() && Covers(e.topic, topic); });
    if (covered) continue;
    problems->push_back(
        fmt::format("catalogue.json: 事项 {} 没有派单条目 / topic {} has no entry without a place; add one, or one "
                    "with topic \"*\"",
                    topic, topic));
  }
}

std::string Catalogue::Impl::LeadOf(const Entry& entry, const std::vector<std::string>& place_chain) const {
  if (entry.lead != kPlaceLead) return entry.lead;
  for (const std::string& place : place_chain) {
    const auto it = unit_by_place.find(place);
    if (it != unit_by_place.end()) return units[it->second].id;
  }
  return entry.fallback;
}

std::vector<std::string> TopicsWithoutEntry(std::string_view catalogue_json, const std::vector<std::string>& topics) {
  const json entries = json::parse(catalogue_json, nullptr, /*allow_exceptions=*/false);
  if (!entries.is_array()) return {};
  std::vector<std::string> missing;
  for (const std::string& topic : topics) {
    const bool covered = std::any_of(entries.begin(), entries.end(), [&](const json& e) {
      if (!e.is_object()) return false;
      const auto pattern = e.find("topic");
      const auto place = e.find("place");
      const bool everywhere = place == e.end() || (place->is_string() && place->get_ref<const std::string&>().empty());
      return everywhere && pattern != e.end() && pattern->is_string() &&
             Covers(pattern->get_ref<const std::string&>(), topic);
    });
    if (!covered) missing.push_back(topic);
  }
  return missing;
}

Catalogue::Catalogue() = default;
Catalogue::~Catalogue() = default;

Result<std::shared_ptr<const Catalogue>> Catalogue::Load(std::string_view units_json, std::string_view catalogue_json,
                                                         const std::vector<std::string>& topics) {
  std::vector<std::string> problems;
  auto impl = std::make_unique<Impl>();
  File units("units.json", units_json, &problems);
  impl->ReadUnits(units);
  const bool units_readable = problems.empty() || units.size() > 0;
  File entries("catalogue.json", catalogue_json, &problems);
  // Without any units every entry would be wrong in the same way.
  if (units_readable) {
    impl->ReadEntries(entries, topics);
    if (entries.size() > 0 || problems.empty()) impl->CheckCover(topics, &problems);
  }
  if (!problems.empty()) return MakeError(ErrorKind::kInvalid, fmt::format("{}", fmt::join(problems, "\n")));
  std::shared_ptr<Catalogue> catalogue(new Catalogue);
  catalogue->impl_ = std::move(impl);
  return std::shared_ptr<const Catalogue>(std::move(catalogue));
}

Assignment Catalogue::Assign(std::string_view topic, const std::vector<std::string>& place_chain) const {
  const Impl::Entry* best = nullptr;
  std::size_t best_distance = 0;
  for (const Impl::Entry& entry : impl_->entries) {
    if (!Covers(entry.topic, topic)) continue;
    const auto at = std::find(place_chain.begin(), place_chain.end(), entry.place);
    if (!entry.place.empty() && at == place_chain.end()) continue;
    // An entry for all places is farther away than any place of the chain.
    const std::size_t distance = entry.place.empty() ? place_chain.size() : at - place_chain.begin();
    const bool better = !best || Specificity(entry.topic) > Specificity(best->topic) ||
                        (Specificity(entry.topic) == Specificity(best->topic) && distance < best_distance);
    if (!better) continue;
    best = &entry;
    best_distance = distance;
  }
  if (!best) return {};
  return {best->id, impl_->LeadOf(*best, place_chain), best->helpers};
}

const Unit* Catalogue::FindUnit(std::string_view id) const {
  const auto it = impl_->unit_by_id.find(id);
  return it == impl_->unit_by_id.end() ? nullptr : &impl_->units[it->second];
}

const std::vector<Unit>& Catalogue::units() const { return impl_->units; }

}  // namespace minsheng::orders
