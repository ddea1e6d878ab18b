// SPDX-License-Identifier: Apache-2.0
#include "src/base/config_reader.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

namespace minsheng {
namespace {

struct Found {
  int line;
  std::string where;
  std::string zh;
  std::string en;
};

// Levenshtein distance, for "did you mean".
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

struct Unit {
  std::string_view name;
  std::int64_t size;
};
constexpr Unit kDurations[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit kSizes[] = {{"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}, {"", 1}};

template <std::size_t N>
std::string WithUnit(std::int64_t value, const Unit (&units)[N]) {
  for (const auto& u : units) {
    if (value != 0 && value % u.size == 0) return fmt::format("{}{}", value / u.size, u.name);
  }
  return fmt::format("{}{}", value, units[N - 1].name);
}

template <std::size_t N>
std::optional<std::int64_t> ParseUnit(std::string_view text, const Unit (&units)[N]) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  for (const auto& u : units) {
    if (u.name == unit && number <= INT64_MAX / u.size) return number * u.size;
  }
  return std::nullopt;
}

std::string Quoted(std::string_view text) {  // a TOML basic string
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", c);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

struct ConfigSection::Node {
  struct Entry {  // one key, for the description
    std::string key;
    std::string help;
    std::string range;
    std::string default_value;
    bool commented = false;
  };
  ConfigReader::Shared* shared = nullptr;
  const toml::table* table = nullptr;
  std::string path;
  std::string header;  // "[store]" or "[[channel]]"; empty for the root
  std::string help;
  int line = 1;
  std::vector<Entry> entries;
  std::vector<std::string> asked;
  std::vector<std::shared_ptr<Node>> children;

  const toml::node* Ask(std::string_view key, std::string_view help_text, std::string range, std::string default_value,
                        bool commented = false) {
    if (std::find(asked.begin(), asked.end(), key) == asked.end()) {
      asked.emplace_back(key);
      entries.push_back(
          {std::string(key), std::string(help_text), std::move(range), std::move(default_value), commented});
    }
    return table == nullptr ? nullptr : table->get(key);
  }
  void Complain(const toml::node* at, std::string_view key, std::string zh, std::string en);
};

struct ConfigReader::Shared {
  toml::table root;
  std::string file;
  bool allow_literal_secrets = false;
  std::vector<Found> problems;
  std::shared_ptr<ConfigSection::Node> top;
};

void ConfigSection::Node::Complain(const toml::node* at, std::string_view key, std::string zh, std::string en) {
  const int where = at == nullptr ? line : static_cast<int>(at->source().begin.line);
  const std::string name = path.empty() ? std::string(key) : key.empty() ? path : path + "." + std::string(key);
  shared->problems.push_back({where, name, std::move(zh), std::move(en)});
}

ConfigSection& ConfigSection::Text(std::string_view key, std::string* out, std::string_view help) {
  const auto* node = node_->Ask(key, help, "", Quoted(*out));
  if (node == nullptr) return *this;
  if (const auto value = node->value_exact<std::string>()) {
    *out = *value;
  } else {
    node_->Complain(node, key, "应为带引号的文本", "must be a quoted text");
  }
  return *this;
}

ConfigSection& ConfigSection::Bool(std::string_view key, bool* out, std::string_view help) {
  const auto* node = node_->Ask(key, help, "", *out ? "true" : "false");
  if (node == nullptr) return *this;
  if (const auto value = node->value_exact<bool>()) {
    *out = *value;
  } else {
    node_->Complain(node, key, "应为 true 或 false", "must be true or false");
  }
  return *this;
}

ConfigSection& ConfigSection::Int(std::string_view key, int* out, int min, int max, std::string_view help) {
  const auto* node = node_->Ask(key, help, fmt::format("{}..{}", min, max), std::to_string(*out));
  if (node == nullptr) return *this;
  const auto value = node->value_exact<std::int64_t>();
  if (value && *value >= min && *value <= max) {
    *out = static_cast<int>(*value);
  } else {
    node_->Complain(node, key, fmt::format("应为 {} 到 {} 的整数", min, max),
                    fmt::format("must be a whole number from {} to {}", min, max));
  }
  return *this;
}

ConfigSection& ConfigSection::Duration(std::string_view key, Millis* out, Millis min, Millis max,
                                       std::string_view help) {
  const auto low = WithUnit(min.count(), kDurations);
  const auto high = WithUnit(max.count(), kDurations);
  const auto* node = node_->Ask(key, help, low + ".." + high, Quoted(WithUnit(out->count(), kDurations)));
  if (node == nullptr) return *this;
  const auto text = node->value_exact<std::string>();
  const auto value = text ? ParseUnit(*text, kDurations) : std::nullopt;
  if (value && *value >= min.count() && *value <= max.count()) {
    *out = Millis{*value};
  } else {
    node_->Complain(node, key, fmt::format("应为 {} 到 {} 的时长，如 \"5s\"、\"10m\"", low, high),
                    fmt::format("must be a duration from {} to {}, such as \"5s\" or \"10m\"", low, high));
  }
  return *this;
}

ConfigSection& ConfigSection::Bytes(std::string_view key, std::size_t* out, std::size_t min, std::size_t max,
                                    std::string_view help) {
  const auto low = WithUnit(static_cast<std::int64_t>(min), kSizes);
  const auto high = WithUnit(static_cast<std::int64_t>(max), kSizes);
  const auto* node =
      node_->Ask(key, help, low + ".." + high, Quoted(WithUnit(static_cast<std::int64_t>(*out), kSizes)));
  if (node == nullptr) return *this;
  std::optional<std::int64_t> value = node->value_exact<std::int64_t>();
  if (const auto text = node->value_exact<std::string>()) value = ParseUnit(*text, kSizes);
  if (value && *value >= 0 && static_cast<std::size_t>(*value) >= min && static_cast<std::size_t>(*value) <= max) {
    *out = static_cast<std::size_t>(*value);
  } else {
    node_->Complain(node, key, fmt::format("应为 {} 到 {} 的大小，如 \"1MiB\"", low, high),
                    fmt::format("must be a size from {} to {}, such as \"1MiB\"", low, high));
  }
  return *this;
}

ConfigSection& ConfigSection::Texts(std::string_view key, std::vector<std::string>* out, std::string_view help) {
  std::string shown = "[";
  for (const auto& t : *out) shown += (shown.size() > 1 ? ", " : "") + Quoted(t);
  const auto* node = node_->Ask(key, help, "", shown + "]");
  if (node == nullptr) return *this;
  std::vector<std::string> values;
  const auto* array = node->as_array();
  if (array != nullptr) {
    for (const auto& item : *array) {
      if (const auto value = item.value_exact<std::string>()) values.push_back(*value);
    }
  }
  if (array != nullptr && values.size() == array->size()) {
    *out = std::move(values);
  } else {
    node_->Complain(node, key, "应为文本列表，如 [\"a\", \"b\"]", "must be a list of texts, such as [\"a\", \"b\"]");
  }
  return *this;
}

ConfigSection& ConfigSection::Choice(std::string_view key, std::string* out, const std::vector<std::string>& words,
                                     std::string_view help) {
  const auto all = fmt::format("{}", fmt::join(words, " | "));
  const auto* node = node_->Ask(key, help, all, Quoted(*out));
  if (node == nullptr) return *this;
  const auto value = node->value_exact<std::string>();
  if (value && std::find(words.begin(), words.end(), *value) != words.end()) {
    *out = *value;
  } else {
    node_->Complain(node, key, "应为其中之一：" + all, "must be one of: " + all);
  }
  return *this;
}

ConfigSection& ConfigSection::Secret_(std::string_view key, Secret* out, std::string_view help) {
  const auto* node = node_->Ask(key, help, "env:NAME | file:/path", "\"env:NAME\"", /*commented=*/true);
  if (node == nullptr) return *this;
  const auto text = node->value_exact<std::string>().value_or("");
  if (auto secret = ReadSecret(text)) {
    *out = std::move(*secret);
  } else if (secret.error().kind == ErrorKind::kInvalid && node_->shared->allow_literal_secrets && !text.empty()) {
    *out = Secret(text);
  } else {
    const auto& both = secret.error().what;
    const auto slash = both.find(" / ");
    node_->Complain(node, key, both.substr(0, slash), both.substr(slash + 3));
  }
  return *this;
}

bool ConfigSection::Has(std::string_view key) const { return node_->table != nullptr && node_->table->contains(key); }

ConfigSection ConfigSection::Table(std::string_view key, std::string_view help) {
  auto child = std::make_shared<Node>();
  child->shared = node_->shared;
  child->path = node_->path.empty() ? std::string(key) : node_->path + "." + std::string(key);
  child->header = "[" + child->path + "]";
  child->help = help;
  child->line = node_->line;
  node_->asked.emplace_back(key);
  if (const auto* node = node_->table == nullptr ? nullptr : node_->table->get(key)) {
    child->table = node->as_table();
    child->line = static_cast<int>(node->source().begin.line);
    if (child->table == nullptr)
      node_->Complain(node, key, "应为一节 [" + child->path + "]", "must be a table [" + child->path + "]");
  }
  node_->children.push_back(child);
  ConfigSection section;
  section.node_ = child;
  return section;
}

std::vector<ConfigSection> ConfigSection::Tables(std::string_view key, std::string_view help) {
  std::vector<ConfigSection> sections;
  node_->asked.emplace_back(key);
  const auto* node = node_->table == nullptr ? nullptr : node_->table->get(key);
  if (node == nullptr) return sections;
  const auto* array = node->as_array();
  if (array == nullptr || !array->is_homogeneous<toml::table>()) {
    node_->Complain(node, key, fmt::format("应为若干节 [[{}]]", key), fmt::format("must be tables [[{}]]", key));
    return sections;
  }
  for (const auto& item : *array) {
    auto child = std::make_shared<Node>();
    child->shared = node_->shared;
    child->path = fmt::format("{}[{}]", key, sections.size());
    child->header = fmt::format("[[{}]]", key);
    child->help = help;
    child->table = item.as_table();
    child->line = static_cast<int>(item.source().begin.line);
    node_->children.push_back(child);
    ConfigSection section;
    section.node_ = std::move(child);
    sections.push_back(std::move(section));
  }
  return sections;
}

void ConfigSection::Ignore(std::string_view key) { node_->asked.emplace_back(key); }

void ConfigSection::Problem(std::string_view key, std::string_view zh, std::string_view en) {
  const auto* node = node_->table == nullptr ? nullptr : node_->table->get(key);
  node_->Complain(node, key, std::string(zh), std::string(en));
}

std::string ConfigSection::path() const { return node_->path; }

Result<ConfigReader> ConfigReader::FromText(std::string_view text, std::string_view file_name,
                                            bool allow_literal_secrets) {
  ConfigReader reader;
  reader.shared_ = std::make_shared<Shared>();
  reader.shared_->file = file_name;
  reader.shared_->allow_literal_secrets = allow_literal_secrets;
  try {
    reader.shared_->root = toml::parse(text, file_name);
  } catch (const toml::parse_error& e) {
    return MakeError(ErrorKind::kInvalid, fmt::format("{}:{}:{}: {}", file_name, e.source().begin.line,
                                                      e.source().begin.column, e.description()));
  }
  return reader;
}

Result<ConfigReader> ConfigReader::FromFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, path + ": 读不到配置文件 / cannot read the configuration file");
  std::ostringstream text;
  text << in.rdbuf();
  if (!text || std::filesystem::is_directory(path)) {
    return MakeError(ErrorKind::kInvalid, path + ": 不是配置文件 / this is no configuration file");
  }
  return FromText(text.str(), path);
}

ConfigSection ConfigReader::Root() {
  if (!shared_->top) {
    shared_->top = std::make_shared<ConfigSection::Node>();
    shared_->top->shared = shared_.get();
    shared_->top->table = &shared_->root;
  }
  ConfigSection section;
  section.node_ = shared_->top;
  return section;
}

Result<void> ConfigReader::Finish(std::string_view language) {
  auto problems = shared_->problems;
  const auto unknown_keys = [&](const auto& self, const ConfigSection::Node& node) -> void {
    if (node.table != nullptr) {
      for (const auto& entry : *node.table) {
        const auto& key = entry.first;
        if (std::find(node.asked.begin(), node.asked.end(), key.str()) != node.asked.end()) continue;
        const auto nearest = std::min_element(node.asked.begin(), node.asked.end(), [&](const auto& a, const auto& b) {
          return Distance(a, key.str()) < Distance(b, key.str());
        });
        const bool hint = nearest != node.asked.end() &&
                          Distance(*nearest, key.str()) <= std::max<std::size_t>(2, key.str().size() / 3);
        problems.push_back({static_cast<int>(key.source().begin.line),
                            node.path.empty() ? std::string(key.str()) : node.path + "." + std::string(key.str()),
                            hint ? "没有这个配置项，是不是 " + *nearest + "？" : "没有这个配置项",
                            hint ? "unknown key; did you mean " + *nearest + "?" : "unknown key"});
      }
    }
    for (const auto& child : node.children) self(self, *child);
  };
  if (shared_->top) unknown_keys(unknown_keys, *shared_->top);
  if (problems.empty()) return {};
  std::stable_sort(problems.begin(), problems.end(), [](const Found& a, const Found& b) { return a.line < b.line; });
  std::string all;
  for (const auto& p : problems) {
    all += fmt::format("{}{}:{}: {}: {}", all.empty() ? "" : "\n", shared_->file, p.line, p.where,
                       language == "en" ? p.en : p.zh);
  }
  return MakeError(ErrorKind::kInvalid, all);
}

std::string ConfigReader::Describe() const {
  std::string out;
  std::set<std::string> written;  // a second [[channel]] of one kind is not described again
  const auto describe = [&](const auto& self, const ConfigSection::Node& node) -> void {
    std::string body;
    for (const auto& e : node.entries) {
      body += fmt::format("# {}{}\n{}{} = {}\n", e.help, e.range.empty() ? "" : " (" + e.range + ")",
                          e.commented ? "# " : "", e.key, e.default_value);
    }
    if (!body.empty() && written.insert(node.header + body).second) {
      if (!node.header.empty())
        out += fmt::format("\n{}{}\n", node.help.empty() ? "" : "# " + node.help + "\n", node.header);
      out += body;
    }
    for (const auto& child : node.children) self(self, *child);
  };
  if (shared_->top) describe(describe, *shared_->top);
  return out;
}

}  // namespace minsheng
