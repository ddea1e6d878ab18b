// SPDX-License-Identifier: Apache-2.0
#include "src/orders/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace minsheng::orders {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kTopics{"urban.greening", "urban.lighting", "rural.irrigation", "other.school"};

constexpr std::string_view kUnits = R"([
  {"id": "greening", "name": "园林处", "webhook_url": "https://greening.example/in", "webhook_secret_ref": "env:GREENING"},
  {"id": "urban", "name": "城管局", "mail": "urban@unit.example"},
  {"id": "desk", "name": "热线中心"},
  {"id": "east-town", "name": "东镇", "place": "east"},
  {"id": "east-village", "name": "东村", "place": "east.village"}
])";

constexpr std::string_view kCatalogue = R"([
  {"topic": "*", "lead": "desk"},
  {"topic": "urban", "lead": "urban", "helpers": ["desk"]},
  {"topic": "urban", "place": "east", "lead": "east-town"},
  {"id": "trees", "topic": "urban.greening", "lead": "greening"},
  {"topic": "urban.greening", "place": "east", "lead": "@place", "fallback": "greening"},
  {"topic": "rural", "lead": "@place", "fallback": "desk"}
])";

std::string ErrorOf(std::string_view units, std::string_view catalogue) {
  const auto loaded = Catalogue::Load(units, catalogue, kTopics);
  if (loaded) return "";
  EXPECT_EQ(loaded.error().kind, ErrorKind::kInvalid);
  return loaded.error().what;
}

TEST(Catalogue, TheLongestTopicWinsAndThenTheNearestPlace) {
  const auto c = Catalogue::Load(kUnits, kCatalogue, kTopics).value();
  EXPECT_EQ(c->Assign("urban.lighting", {}).lead, "urban");
  EXPECT_EQ(c->Assign("urban.lighting", {}).entry, "urban@*");
  EXPECT_EQ(c->Assign("urban.lighting", {}).helpers, std::vector<std::string>{"desk"});
  EXPECT_EQ(c->Assign("urban.lighting", {"east.village", "east", "district"}).lead, "east-town");
  EXPECT_EQ(c->Assign("urban.greening", {}).entry, "trees");
  EXPECT_EQ(c->Assign("urban.greening", {"west"}).lead, "greening");
  EXPECT_EQ(c->Assign("other.school", {"east"}).lead, "desk");
}

TEST(Catalogue, AtPlaceIsTheUnitOfTheNearestPlaceThatHasOne) {
  const auto c = Catalogue::Load(kUnits, kCatalogue, kTopics).value();
  EXPECT_EQ(c->Assign("urban.greening", {"east.village", "east"}).lead, "east-village");
  EXPECT_EQ(c->Assign("rural.irrigation", {"east.field", "east"}).lead, "east-town");
  EXPECT_EQ(c->Assign("rural.irrigation", {"nowhere"}).lead, "desk");
  EXPECT_EQ(c->Assign("rural.irrigation", {}).lead, "desk");
}

TEST(Catalogue, UnitsAreFoundByIdAndKeepTheirAddresses) {
  const auto c = Catalogue::Load(kUnits, kCatalogue, kTopics).value();
  ASSERT_NE(c->FindUnit("greening"), nullptr);
  EXPECT_EQ(c->FindUnit("greening")->webhook_secret_ref, "env:GREENING");
  EXPECT_EQ(c->FindUnit("nobody"), nullptr);
  EXPECT_EQ(c->units().size(), 5U);
}

TEST(Catalogue, AllProblemsAreListedAtOnceWithFileLineAndKey) {
  const std::string what = ErrorOf(R"([
  {"id": "desk", "name": "热线中心", "phone": "1"},
  {"id": "desk", "name": ""},
  {"id": "u", "name": "u", "webhook_url": "https://u.example", "webhook_secret_ref": "hunter2"},
  7
])",
                                   R"([
  {"topic": "urban",
   "lead": "nobody"},
  {"topic": "rural", "lead": "@place"},
  {"topic": "urbanism", "lead": "desk", "helpers": ["x", 3]},
  {"topic": "urban", "lead": "desk", "fallback": "desk", "note": 1}
])");
  for (const char* part :
       {"units.json:2: [0].phone", "units.json:3: [1].name", "units.json:3: [1].id",
        "units.json:4: [2].webhook_secret_ref", "units.json:5: [3]:", "catalogue.json:2: [0].lead",
        "catalogue.json:4: [1].fallback", "catalogue.json:5: [2].topic", "catalogue.json:5: [2].helpers",
        "catalogue.json:6: [3].note", "catalogue.json:6: [3].fallback", "catalogue.json:6: [3].topic",
        "topic other.school has no entry"}) {
    EXPECT_THAT(what, HasSubstr(part));
  }
  EXPECT_THAT(what, ::testing::Not(HasSubstr("hunter2")));
}

TEST(Catalogue, AnEntryForOnePlaceDoesNotCoverItsTopic) {
  const std::string what = ErrorOf(kUnits, R"([
    {"topic": "urban", "lead": "urban"}, {"topic": "rural", "lead": "desk"},
    {"topic": "other", "place": "east", "lead": "desk"}])");
  EXPECT_THAT(what, HasSubstr("topic other.school has no entry"));
  EXPECT_EQ(std::count(what.begin(), what.end(), '\n'), 0) << what;
}

TEST(Catalogue, WhatIsNotJsonIsReportedWithItsLine) {
  EXPECT_THAT(ErrorOf("[\n{\"id\": }]", kCatalogue), HasSubstr("units.json:2"));
  EXPECT_THAT(ErrorOf(kUnits, "{}"), HasSubstr("catalogue.json:1"));
  EXPECT_THAT(ErrorOf(kUnits, ""), HasSubstr("catalogue.json:1"));
}

}  // namespace
}  // namespace minsheng::orders
