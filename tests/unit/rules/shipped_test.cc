// SPDX-License-Identifier: Apache-2.0
// The RuleSet that is delivered in rules/.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "src/orders/catalogue.h"
#include "src/rules/rule_set.h"

namespace minsheng::rules {
namespace {

const std::string kRoot = MINSHENG_SOURCE_DIR;

const std::vector<SourceFile>& ShippedFiles() {
  static const std::vector<SourceFile> files = ReadFolder(kRoot + "/rules").value_or(std::vector<SourceFile>{});
  return files;
}

const Compiled& Shipped() {
  static const Compiled compiled = RuleSet::Compile(ShippedFiles());
  return compiled;
}

nlohmann::json ReadConfig(const std::string& name) {
  std::ifstream in(kRoot + "/config/" + name);
  return nlohmann::json::parse(in, nullptr, false);
}

TEST(ShippedRuleSetTest, CompilesWithoutErrorsOrWarnings) {
  for (const Problem& p : Shipped().problems) {
    if (p.severity != Severity::kNote) ADD_FAILURE() << Format(p, "en");
  }
  ASSERT_NE(Shipped().set, nullptr);
  EXPECT_GE(Shipped().set->rule_count(), 300U);
  EXPECT_GE(Shipped().set->topics().size(), 100U);
}

TEST(ShippedRuleSetTest, EveryRuleHasExamplesThatMustAndThatMustNotMatch) {
  std::size_t rules = 0;
  for (const SourceFile& file : ShippedFiles()) {
    const auto json = nlohmann::json::parse(file.content);
    if (!json.is_array() || file.path.find("golden/") != std::string::npos) continue;
    for (const auto& rule : json) {
      if (!rule.contains("when")) continue;  // a place
      ++rules;
      const auto examples = rule.value("examples", nlohmann::json::object());
      EXPECT_FALSE(examples.value("yes", nlohmann::json::array()).empty()) << rule["id"];
      EXPECT_FALSE(examples.value("no", nlohmann::json::array()).empty()) << rule["id"];
    }
  }
  EXPECT_EQ(rules, Shipped().set->rule_count());
}

TEST(ShippedRuleSetTest, EveryTopicHasARuleOrIsItsCategorysGeneralTopic) {
  std::set<std::string> with_rule;
  std::set<std::string> general;
  for (const SourceFile& file : ShippedFiles()) {
    const auto json = nlohmann::json::parse(file.content);
    if (json.is_array()) {
      for (const auto& rule : json) with_rule.insert(rule.value("topic", ""));
    } else if (json.contains("categories")) {
      for (const auto& category : json["categories"]) general.insert(category["general"]);
    }
  }
  for (const Topic& topic : Shipped().set->topics()) {
    EXPECT_TRUE(with_rule.count(topic.id) > 0 || general.count(topic.id) > 0) << topic.id;
  }
}

TEST(ShippedRuleSetTest, TheCatalogueCoversEveryTopicWithUnitsThatExist) {
  std::set<std::string> units;
  std::set<std::string> places_with_unit;
  for (const auto& unit : ReadConfig("units.json")) {
    EXPECT_TRUE(units.insert(unit["id"]).second) << unit["id"];
    if (!unit.contains("place")) continue;
    places_with_unit.insert(unit["place"]);
    EXPECT_TRUE(Shipped().set->KnowsPlace(unit["place"].get<std::string>())) << unit["id"];
  }
  std::set<std::string> prefixes;
  for (const auto& entry : ReadConfig("catalogue.json")) {
    const std::string lead = entry["lead"];
    EXPECT_TRUE(lead == "@place" ? entry.contains("fallback") : units.count(lead) > 0) << entry["id"];
    EXPECT_TRUE(units.count(entry.value("fallback", *units.begin())) > 0) << entry["id"];
    for (const auto& helper : entry["helpers"]) EXPECT_TRUE(units.count(helper) > 0) << entry["id"];
    prefixes.insert(entry["topic"]);
  }
  const auto covered = [&](const std::string& topic) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& p) {
      return topic == p || topic.compare(0, p.size() + 1, p + ".") == 0;
    });
  };
  for (const Topic& topic : Shipped().set->topics()) EXPECT_TRUE(covered(topic.id)) << topic.id;
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(ShippedRuleSetTest, TheCatalogueLoadsAndSendsAVillageRoadToItsTown) {
  std::vector<std::string> topics;
  for (const Topic& topic : Shipped().set->topics()) topics.push_back(topic.id);
  const auto catalogue = orders::Catalogue::Load(ReadText(kRoot + "/config/units.json"),
                                                 ReadText(kRoot + "/config/catalogue.json"), topics);
  ASSERT_TRUE(catalogue.has_value()) << catalogue.error().what;
  const auto town = (*catalogue)->Assign("rural.roads", Shipped().set->PlaceChain("dafeng.caoyan"));
  EXPECT_EQ(town.lead, "town-caoyan");
  const auto nowhere = (*catalogue)->Assign("rural.roads", {});
  EXPECT_EQ(nowhere.lead, "transport");
  for (const std::string& topic : topics) {
    EXPECT_NE((*catalogue)->FindUnit((*catalogue)->Assign(topic, {}).lead), nullptr) << topic;
  }
}

TEST(ShippedRuleSetTest, EveryTownAndStreetOfTheGazetteerHasAUnit) {
  std::set<std::string> served;
  for (const auto& unit : ReadConfig("units.json")) served.insert(unit.value("place", ""));
  for (const SourceFile& file : ShippedFiles()) {
    if (file.path.find("places.json") == std::string::npos) continue;
    for (const auto& place : nlohmann::json::parse(file.content)) {
      const std::string kind = place.value("kind", "");
      if (kind != "town" && kind != "street" && kind != "zone") continue;
      EXPECT_TRUE(served.count(place["id"]) > 0) << place["id"];
    }
  }
}

TEST(ShippedRuleSetTest, ThePlaceOfARequestIsFoundWithItsTown) {
  RuleSet::Scratch scratch;
  Input input;
  input.text = "城区黄海东路朝阳景都小区北大门，拐弯处的红叶石楠挡住视线";
  const Verdict v = Shipped().set->Classify(input, scratch);
  ASSERT_TRUE(v.place.has_value());
  const std::vector<std::string> chain = Shipped().set->PlaceChain(v.place->id);
  EXPECT_NE(std::find(chain.begin(), chain.end(), "dafeng.dazhong"), chain.end()) << v.place->id;
}

}  // namespace
}  // namespace minsheng::rules
