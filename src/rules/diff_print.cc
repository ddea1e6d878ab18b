// SPDX-License-Identifier: Apache-2.0
// A Difference in words and as JSON.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "src/rules/diff.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t kItemsShown = 200;  // of one section
constexpr std::size_t kFieldsShown = 20;  // of one item
constexpr std::size_t kValueChars = 160;

struct DiffWord {
  std::string_view zh;
  std::string_view key;
};
constexpr DiffWord kSectionWords[] = {{"规则", "rules"},      {"词表", "lists"},  {"词典", "lexicon"},
                                      {"类别", "categories"}, {"事项", "topics"}, {"地名", "places"},
                                      {"设置", "settings"},   {"案例", "golden"}, {"文件", "files"}};
constexpr DiffWord kFieldWords[] = {{"名称", "name"},         {"条件", "when"},        {"事项", "topic"},
                                    {"权重", "weight"},       {"决定性", "decisive"},  {"诉求类型", "type"},
                                    {"紧急程度", "urgency"},  {"标签", "tags"},        {"答复", "reply"},
                                    {"正例", "examples.yes"}, {"反例", "examples.no"}, {"文字", "text"},
                                    {"类别", "category"},     {"归入事项", "general"}, {"别名", "aliases"},
                                    {"上级", "parent"},       {"种类", "kind"},        {"不受理", "out_of_scope"},
                                    {"待研判", "triage"},     {"门槛", "threshold"},   {"内容", "content"}};

template <std::size_t N>
std::string WordOf(const DiffWord (&words)[N], const std::string& key, bool zh) {
  for (const auto& word : words) {
    if (zh && word.key == key) return std::string(word.zh);
  }
  return key;
}

// A JSON text as people write it: strings without quotation marks, long ones cut.
std::string Shown(const std::string& json, bool zh) {
  if (json.empty()) return zh ? "（无）" : "(none)";
  const auto j = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  const std::string text = j.is_string() ? j.get<std::string>() : json;
  return text::CountChars(text) > kValueChars ? text::Truncate(text, kValueChars) : text;
}

std::string FieldLine(const FieldChange& f, bool zh) {
  const std::string field = f.field.empty() ? "" : WordOf(kFieldWords, f.field, zh) + (zh ? "：" : ": ");
  if (f.item)
    return fmt::format("      {}{} {}\n", field, f.from.empty() ? "+" : "-", Shown(f.from.empty() ? f.to : f.from, zh));
  return fmt::format("      {}{} → {}\n", field, Shown(f.from, zh), Shown(f.to, zh));
}

std::string More(std::size_t all, std::size_t shown, bool zh) {
  if (all <= shown) return "";
  return zh ? fmt::format("      …… 另有 {} 处，用 --json 看全部\n", all - shown)
            : fmt::format("      ... {} more; --json shows all\n", all - shown);
}

// What a new or vanished item says, in one line each; of lexicons and lists only how much.
std::string Content(const ItemChange& item, std::string_view section, bool zh) {
  if (section == "lexicon" || section == "lists" || section == "files") return "";
  std::string out;
  for (const auto& f : item.fields) {
    if (f.field == "name" || f.field.starts_with("examples")) continue;
    out += fmt::format("      {}{}{}\n", WordOf(kFieldWords, f.field, zh), zh ? "：" : ": ",
                       Shown(f.from.empty() ? f.to : f.from, zh));
  }
  return out;
}

std::string Head(char mark, const ItemChange& item) {
  return fmt::format("  {} {}{}{}\n", mark, item.id, item.name.empty() ? "" : " ", item.name);
}

std::string SectionText(const SectionDifference& s, bool zh) {
  std::string out = zh ? fmt::format("{}：新增 {}，删除 {}，修改 {}\n", WordOf(kSectionWords, s.section, zh),
                                     s.added.size(), s.removed.size(), s.changed.size())
                       : fmt::format("{}: {} added, {} removed, {} changed\n", s.section, s.added.size(),
                                     s.removed.size(), s.changed.size());
  std::size_t shown = 0;
  for (const auto& item : s.added) {
    if (shown++ < kItemsShown) out += Head('+', item) + Content(item, s.section, zh);
  }
  for (const auto& item : s.removed) {
    if (shown++ < kItemsShown) out += Head('-', item);
  }
  for (const auto& item : s.changed) {
    if (shown++ >= kItemsShown) continue;
    out += Head('~', item);
    for (std::size_t i = 0; i < item.fields.size() && i < kFieldsShown; ++i) out += FieldLine(item.fields[i], zh);
    out += More(item.fields.size(), kFieldsShown, zh);
  }
  return out + More(shown, kItemsShown, zh);
}

OrderedJson ValueOf(const std::string& json) {
  return json.empty() ? OrderedJson(nullptr) : OrderedJson::parse(json, nullptr, /*allow_exceptions=*/false);
}

OrderedJson ItemJson(const ItemChange& item, bool whole) {
  OrderedJson j{{"id", item.id}, {"name", item.name}};
  if (whole) {
    j["value"] = OrderedJson::object();
    for (const auto& f : item.fields) j["value"][f.field] = ValueOf(f.from.empty() ? f.to : f.from);
    return j;
  }
  j["fields"] = OrderedJson::array();
  for (const auto& f : item.fields) {
    if (f.item) {
      j["fields"].push_back(
          {{"field", f.field}, {f.from.empty() ? "added" : "removed", ValueOf(f.from.empty() ? f.to : f.from)}});
    } else {
      j["fields"].push_back({{"field", f.field}, {"from", ValueOf(f.from)}, {"to", ValueOf(f.to)}});
    }
  }
  return j;
}

OrderedJson ItemsJson(const std::vector<ItemChange>& items, bool whole) {
  auto list = OrderedJson::array();
  for (const auto& item : items) list.push_back(ItemJson(item, whole));
  return list;
}

}  // namespace

std::string DifferenceText(const Difference& d, std::string_view language) {
  const bool zh = language != "en";
  if (d.same_files) return zh ? "内容完全相同\n" : "the same, byte for byte\n";
  if (d.empty()) {
    return zh ? "意思相同，只有书写格式或文件安排不同\n"
              : "the same in meaning; only format or arrangement of files differ\n";
  }
  std::string out;
  for (const auto& section : d.sections) out += SectionText(section, zh);
  return out;
}

std::string DifferenceJson(const Difference& d) {
  OrderedJson j{{"same", d.empty()}, {"same_files", d.same_files}, {"sections", OrderedJson::array()}};
  for (const auto& s : d.sections) {
    j["sections"].push_back({{"section", s.section},
                             {"added", ItemsJson(s.added, true)},
                             {"removed", ItemsJson(s.removed, true)},
                             {"changed", ItemsJson(s.changed, false)}});
  }
  return j.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace minsheng::rules
