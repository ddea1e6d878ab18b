// SPDX-License-Identifier: Apache-2.0
#include "src/callback/returns.h"

#include <gmock/gmock.h>

#include "tests/unit/callback/desk_fixture.h"

namespace minsheng::callback {
namespace {

using orders::Act;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReturnsTest : public DeskTest {
 protected:
  void Step(const std::string& number, Act act, const std::string& by, const std::string& unit = "",
            const std::string& code = "", std::vector<std::string> helpers = {}) {
    clock_.Advance(minutes(1));
    desk::ActRequest want;
    want.act = act;
    want.by = by;
    want.unit = unit;
    want.code = code;
    want.helpers = std::move(helpers);
    Do(number, want);
  }
  std::string Sent(const std::string& source_id, const std::string& rule, bool decisive = true) {
    store::Decision d = Decide(store::Bucket::kOrder, source_id, "citizen of " + source_id);
    d.verdict->reasons = {{"weak", "", "urban.lighting", 1, false, "", "", {}},
                          {rule, "", "urban.lighting", 5, decisive, "", "", {}}};
    d.verdict->place = Place{"dazhong", "大中镇", {}};
    return CommitOne(std::move(d)).order_number;
  }
  std::vector<Trip> Trips() {
    std::vector<Trip> trips;
    std::string cursor;
    for (;;) {  // pages of two: the cursor leads through all
      const auto ways = store_->Units().Ways(Time{}, clock_.Now() + hours(1), cursor, 2).value();
      if (ways.empty()) return trips;
      for (const auto& way : ways) trips.push_back(TripOf(way));
      cursor = ways.back().number;
    }
  }
  static ReturnLine LineOf(const std::vector<ReturnLine>& lines, const std::string& key) {
    for (const auto& line : lines) {
      if (line.key == key) return line;
    }
    return {};
  }
};

TEST_F(ReturnsTest, TheReportSaysWhichRulesSentWhatCameBackAndWhoWasRight) {
  const auto good = Sent("a", "lamp");
  const auto moved = Sent("b", "lamp");
  const auto kept = Sent("c", "pole", false);
  const auto ruled = Sent("d", "lamp");
  Step(moved, Act::kReturn, "unit:lighting", "", "not-ours");
  Step(moved, Act::kDispatch, "li", "town");
  Step(kept, Act::kReturn, "unit:lighting", "", "wrong-place");
  Step(kept, Act::kRefuse, "li");
  Step(ruled, Act::kReturn, "unit:lighting", "", "not-ours");
  Step(ruled, Act::kRefuse, "li");
  Step(ruled, Act::kObject, "unit:lighting", "", "unclear-owner");
  Step(ruled, Act::kRule, "supervisor:wang", "town");
  const auto trips = Trips();
  ASSERT_EQ(trips.size(), 4U);
  const auto by_rule = ReportReturns(trips, "rule").value();
  EXPECT_EQ(LineOf(by_rule, "lamp"), (ReturnLine{"lamp", 3, 2, 2, 1, 2, 1, 0, 5}));
  EXPECT_EQ(LineOf(by_rule, "pole"), (ReturnLine{"pole", 1, 1, 1, 0, 0, 1, 0, 1}));
  const auto by_unit = ReportReturns(trips, "unit").value();
  EXPECT_EQ(LineOf(by_unit, "lighting"), (ReturnLine{"lighting", 4, 3, 3, 1, 2, 2, 0, 6}));
  EXPECT_EQ(LineOf(by_unit, "town"), (ReturnLine{"town", 2, 0, 0, 0, 0, 0, 0, 4}));
  const auto by_reason = ReportReturns(trips, "reason").value();
  EXPECT_EQ(LineOf(by_reason, "not-ours").right, 1);
  EXPECT_EQ(LineOf(by_reason, "not-ours").wrong, 1);
  EXPECT_EQ(LineOf(by_reason, "unclear-owner").objections, 1);
  const auto by_hops = ReportReturns(trips, "hops").value();
  EXPECT_EQ(LineOf(by_hops, "1").orders, 2);
  EXPECT_EQ(LineOf(by_hops, "2").orders, 2);
  EXPECT_EQ(LineOf(ReportReturns(trips, "topic").value(), "urban.lighting").came_back, 3);
  EXPECT_FALSE(ReportReturns(trips, "moon"));
  (void)good;
}

TEST_F(ReturnsTest, WhatIsStillOpenIsNeitherRightNorWrong) {
  const auto number = Sent("a", "lamp");
  Step(number, Act::kReturn, "unit:lighting", "", "other");
  EXPECT_EQ(LineOf(ReportReturns(Trips(), "rule").value(), "lamp").open, 1);
}

TEST_F(ReturnsTest, AnOrderHandledAnewAfterItsAnswerDidNotComeBack) {
  const auto number = Sent("a", "lamp");
  Answer(number, "已修好。");
  Step(number, Act::kRedo, "li");
  EXPECT_EQ(LineOf(ReportReturns(Trips(), "rule").value(), "lamp").came_back, 0);
}

TEST_F(ReturnsTest, AJointRulingBecomesACatalogueEntryThatFits) {
  const auto number = Sent("a", "lamp");
  Step(number, Act::kReturn, "unit:lighting", "", "not-ours");
  Step(number, Act::kRule, "supervisor:wang", "town", "", {"lighting"});
  const auto proposals = ProposeEntries(Trips(), *knowledge_.catalogue);
  ASSERT_EQ(proposals.size(), 1U);
  EXPECT_EQ(proposals[0].topic, "urban.lighting");
  EXPECT_EQ(proposals[0].place, "dazhong");
  EXPECT_EQ(proposals[0].lead, "town");
  EXPECT_THAT(proposals[0].helpers, ElementsAre("lighting"));
  EXPECT_THAT(proposals[0].orders, ElementsAre(number));
  const std::string before = R"([{"topic":"urban.lighting","lead":"lighting"}])";
  const auto patch = CataloguePatch(before, proposals);
  ASSERT_TRUE(patch) << patch.error().what;
  const auto after = ApplyPatch(before, *patch);
  ASSERT_TRUE(after) << after.error().what;
  const auto catalogue = orders::Catalogue::Load(R"([{"id":"lighting","name":"所"},{"id":"town","name":"镇"}])", *after,
                                                 {"urban.lighting"});
  ASSERT_TRUE(catalogue) << catalogue.error().what;
  EXPECT_EQ((*catalogue)->Assign("urban.lighting", {"dazhong"}).lead, "town");
  EXPECT_EQ((*catalogue)->Assign("urban.lighting", {"elsewhere"}).lead, "lighting");
  // What the Catalogue knows already is not proposed again.
  EXPECT_THAT(ProposeEntries(Trips(), **catalogue), IsEmpty());
  // An entry of the same matter is replaced, unless somebody changed it meanwhile.
  const auto again = CataloguePatch(*after, {{"urban.lighting", "dazhong", "lighting", {}, {"x"}, false}});
  ASSERT_TRUE(again);
  EXPECT_TRUE(ApplyPatch(*after, *again));
  EXPECT_EQ(ApplyPatch(before, *again).error().kind, ErrorKind::kConflict);
}

TEST_F(ReturnsTest, RulingsThatDifferAreShownAsDisputedAndNotProposed) {
  for (const auto* source : {"a", "b"}) {
    const auto number = Sent(source, "lamp");
    Step(number, Act::kReturn, "unit:lighting", "", "not-ours");
    Step(number, Act::kRule, "supervisor:wang", *source == 'a' ? "town" : "lighting", "", {});
  }
  const auto proposals = ProposeEntries(Trips(), *knowledge_.catalogue);
  ASSERT_EQ(proposals.size(), 1U);
  EXPECT_TRUE(proposals[0].disputed);
  EXPECT_EQ(CataloguePatch("[]", proposals).value(), "[]");
}

}  // namespace
}  // namespace minsheng::callback
