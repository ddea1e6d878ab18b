// SPDX-License-Identifier: Apache-2.0
#include "src/text/places.h"

#include <gtest/gtest.h>

namespace minsheng::text {
namespace {

class PlacesTest : public ::testing::Test {
 protected:
  PlacesTest() {
    district_ = g_.Add("d", "滨海区", "");
    town_ = g_.Add("d.t", "新河镇", "d");
    street_ = g_.Add("d.s", "东港街道", "d");
    village_ = g_.Add("d.t.v", "柳树村", "d.t");
    other_village_ = g_.Add("d.s.v", "柳树村", "d.s");
    elsewhere_ = g_.Add("e", "远城", "");
    g_.Finish();
  }
  std::string Chosen(std::vector<PlaceHit> hits, std::uint32_t around = Gazetteer::kNone) const {
    const auto hit = g_.Choose(&hits, around);
    return hit ? g_.id(hit->place) : "-";
  }
  Gazetteer g_;
  std::uint32_t district_, town_, street_, village_, other_village_, elsewhere_;
};

TEST_F(PlacesTest, TheMoreSpecificPlaceWins) {
  EXPECT_EQ(Chosen({{district_, 0, 3}, {town_, 3, 6}}), "d.t");
  EXPECT_EQ(Chosen({{town_, 9, 12}, {district_, 0, 3}}), "d.t");
  EXPECT_EQ(Chosen({}), "-");
}

TEST_F(PlacesTest, PlacesOfOneNameAreToldApartByTheParentThatIsNamed) {
  EXPECT_EQ(Chosen({{street_, 0, 4}, {village_, 4, 7}, {other_village_, 4, 7}}), "d.s.v");
  EXPECT_EQ(Chosen({{village_, 4, 7}, {other_village_, 4, 7}}, town_), "d.t.v");
}

TEST_F(PlacesTest, WithBothParentsNamedTheNearerOneCounts) {
  EXPECT_EQ(Chosen({{town_, 0, 3}, {street_, 10, 14}, {village_, 14, 17}, {other_village_, 14, 17}}), "d.s.v");
}

TEST_F(PlacesTest, WhatPlacesOfOneNameShareIsTakenWhenNothingTellsThemApart) {
  EXPECT_EQ(Chosen({{village_, 4, 7}, {other_village_, 4, 7}}), "d");
  EXPECT_EQ(Chosen({{village_, 4, 7}, {elsewhere_, 4, 7}}), "d.t.v");
}

TEST_F(PlacesTest, ANameInsideALongerNameDoesNotCount) {
  EXPECT_EQ(Chosen({{village_, 0, 3}, {elsewhere_, 0, 5}}), "e");
  EXPECT_EQ(Chosen({{elsewhere_, 0, 5}, {village_, 2, 5}}), "e");
}

TEST_F(PlacesTest, TheTreeIsKnown) {
  EXPECT_TRUE(g_.IsIn(village_, district_));
  EXPECT_TRUE(g_.IsIn(village_, village_));
  EXPECT_FALSE(g_.IsIn(district_, village_));
  EXPECT_FALSE(g_.IsIn(village_, street_));
  EXPECT_EQ(g_.Find("d.t"), town_);
  EXPECT_EQ(g_.Find("x"), Gazetteer::kNone);
}

TEST(PlacesCircleTest, CirclesAndUnknownParentsAreCut) {
  Gazetteer g;
  const auto a = g.Add("a", "甲", "b");
  const auto b = g.Add("b", "乙", "a");
  const auto c = g.Add("c", "丙", "nowhere");
  g.Finish();
  EXPECT_FALSE(g.IsIn(a, c));
  EXPECT_TRUE(g.IsIn(b, b));
  std::vector<PlaceHit> hits = {{a, 0, 1}, {c, 2, 3}};
  EXPECT_TRUE(g.Choose(&hits).has_value());
}

}  // namespace
}  // namespace minsheng::text
