// SPDX-License-Identifier: Apache-2.0
// docs/rules.md is what people learn the rule language from: every example in its tables is run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "src/rules/rule_set.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

using Json = nlohmann::json;
using Row = std::vector<std::string>;

// The cell as a reader sees it: without the marks of code and with "\|" as "|".
std::string Cell(std::string_view raw) {
  std::string out(text::Trim(raw));
  if (out.size() > 1 && out.front() == '`' && out.back() == '`') out = out.substr(1, out.size() - 2);
  for (std::size_t at = 0; (at = out.find("\\|", at)) != std::string::npos; ++at) out.erase(at, 1);
  return out;
}

// The rows of the tables whose head is `head`.
std::vector<Row> TableRows(const std::string& head) {
  std::ifstream in(std::string(MINSHENG_SOURCE_DIR) + "/docs/rules.md");
  std::vector<Row> rows;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line == head) {
      inside = true;
      continue;
    }
    inside = inside && line.starts_with("|");
    if (!inside || line.starts_with("|---")) continue;
    Row row;
    std::size_t begin = 1;
    for (std::size_t at = 1; at < line.size(); ++at) {
      if (line[at] != '|' || line[at - 1] == '\\') continue;
      row.push_back(Cell(std::string_view(line).substr(begin, at - begin)));
      begin = at + 1;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::map<std::string, std::string> GoodFiles() {
  return {
      {"categories.json", R"({"categories": [
          {"id": "urban", "name": "城市管理和建设", "general": "urban.other", "topics": [
            {"id": "urban.greening", "name": "园林绿化"}, {"id": "urban.other", "name": "其他"}]},
          {"id": "other", "name": "其他", "topics": [{"id": "other.tax", "name": "税务"}]}]})"},
      {"lists.json", R"({"tree": ["树", "石楠"]})"},
      {"places.json", R"([{"id": "dafeng", "name": "大丰区"}])"},
      {"rules.json", R"J([{"id": "sightline", "name": "绿化遮挡视线", "when": "@tree ~20 (遮挡 | 挡住)",
          "topic": "urban.greening", "weight": 3, "examples": {"yes": ["树挡住了灯"], "no": ["树立新风"]}},
        {"id": "city", "name": "城市", "when": "市容", "topic": "urban", "weight": 1, "examples": {"yes": ["市容差"]}},
        {"id": "tax", "name": "税务", "when": "税", "topic": "other.tax", "decisive": true,
          "examples": {"yes": ["怎么报税"]}}])J"},
  };
}

Json GoodRule() {
  return Json::parse(R"({"id": "x", "name": "示例", "when": "树 & 挡", "topic": "urban.greening", "weight": 3,
                         "examples": {"yes": ["树挡住了"]}})");
}

std::vector<Problem> ProblemsOf(const std::map<std::string, std::string>& files) {
  std::vector<SourceFile> sources;
  for (const auto& [path, content] : files) sources.push_back({path, content});
  return RuleSet::Compile(sources).problems;
}

std::set<std::string> CodesOf(const std::vector<Problem>& problems) {
  std::set<std::string> codes;
  for (const auto& p : problems) codes.insert(p.code);
  return codes;
}

TEST(Handbook, EveryExampleOfAConditionMatchesAndFailsAsItSays) {
  const auto rows = TableRows("| 条件 | 命中 | 不命中 |");
  ASSERT_GT(rows.size(), 8U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 3U);
    auto rule = GoodRule();
    rule["when"] = row[0];
    rule["examples"] = {{"yes", {row[1]}}, {"no", {row[2]}}};
    auto files = GoodFiles();
    files["x.json"] = Json::array({rule}).dump();
    for (const auto& p : ProblemsOf(files)) {
      if (p.severity != Severity::kNote) ADD_FAILURE() << row[0] << ": " << Format(p, "en");
    }
  }
}

TEST(Handbook, EveryExampleOfAProblemInAConditionGivesThatProblem) {
  const auto rows = TableRows("| 代码 | 例子 | 说明 |");
  ASSERT_GT(rows.size(), 12U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 3U);
    auto rule = GoodRule();
    rule["when"] = row[1];
    rule.erase("examples");
    auto files = GoodFiles();
    files["x.json"] = Json::array({rule}).dump();
    EXPECT_THAT(CodesOf(ProblemsOf(files)), testing::Contains(row[0])) << row[1];
  }
}

TEST(Handbook, EveryExampleOfAProblemInAFileGivesThatProblem) {
  EXPECT_THAT(ProblemsOf(GoodFiles()), testing::IsEmpty());
  const auto rows = TableRows("| 代码 | 文件 | 例子 | 说明 |");
  ASSERT_GT(rows.size(), 18U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 4U);
    auto files = GoodFiles();
    if (row[1] == "rules.json") {
      auto rule = GoodRule();
      rule.merge_patch(Json::parse(row[2]));
      files["x.json"] = Json::array({rule}).dump();
    } else {
      files[row[1]] = row[2];
    }
    EXPECT_THAT(CodesOf(ProblemsOf(files)), testing::Contains(row[0])) << row[2];
  }
}

}  // namespace
}  // namespace minsheng::rules
