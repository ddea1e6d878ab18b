// SPDX-License-Identifier: Apache-2.0
#include "src/router/rules_holder.h"

#include "src/base/metrics.h"
#include "tests/unit/router/versions_fixture.h"

namespace minsheng::router {
namespace {

class RulesHolderTest : public VersionsTest {
 protected:
  RulesHolderTest() : holder_(First(), Catalogue()) {}
  RulesHolder holder_;
};

TEST_F(RulesHolderTest, AnActivatedVersionIsInForceAtTheNextLook) {
  EXPECT_TRUE(holder_.Refresh(*store_));
  EXPECT_EQ(holder_.ActiveVersion(), 1);
  const auto two = Import(Files("urban.lighting"));
  EXPECT_TRUE(holder_.Refresh(*store_));
  EXPECT_EQ(holder_.ActiveVersion(), 1) << "a draft changes nothing";
  Activate(two);
  EXPECT_TRUE(holder_.Refresh(*store_));
  EXPECT_EQ(holder_.ActiveVersion(), 2);
  EXPECT_TRUE(holder_.Health());
}

TEST_F(RulesHolderTest, AVersionThatCannotBeUsedStopsTheDecidingAndARollbackMendsIt) {
  const auto two = Import(Broken());
  MakeActiveBehindTheStore(two);
  const auto refreshed = holder_.Refresh(*store_);
  ASSERT_FALSE(refreshed);
  EXPECT_NE(refreshed.error().what.find("version 2 cannot be used"), std::string::npos) << refreshed.error().what;
  EXPECT_EQ(holder_.Current().rules, nullptr) << "never silently the one before";
  EXPECT_FALSE(holder_.Health());
  EXPECT_NE(metrics::Text().find("minsheng_rule_set_usable{role=\"active\"} 0"), std::string::npos);
  ASSERT_TRUE(RollBackRuleSet(*store_, {"wang", "broken"}, 2, Catalogue()));
  EXPECT_TRUE(holder_.Refresh(*store_));
  EXPECT_EQ(holder_.ActiveVersion(), 1);
  EXPECT_TRUE(holder_.Health());
  EXPECT_NE(metrics::Text().find("minsheng_rule_set_usable{role=\"active\"} 1"), std::string::npos);
}

TEST_F(RulesHolderTest, FilesThatAreNotThoseThatWereStoredAreNotUsed) {
  const auto two = Import(Files("urban.lighting"));
  Activate(two);
  Sql("UPDATE rule_set SET files = replace(files, 'urban.lighting\\\",\\\"weight', 'urban.greening\\\",\\\"weight') "
      "WHERE version = 2");
  const auto refreshed = holder_.Refresh(*store_);
  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().kind, ErrorKind::kInternal);
  EXPECT_EQ(holder_.Current().rules, nullptr);
}

TEST_F(RulesHolderTest, ATopicThatLostItsUnitStopsTheDecidingUntilTheCatalogueIsMended) {
  const auto two = Import(Files("urban.lighting"));
  Activate(two);
  catalogue_says_no_ = "topic urban.lighting has no entry";
  EXPECT_FALSE(holder_.Refresh(*store_));
  catalogue_says_no_.clear();
  int looks = 0;
  while (!holder_.Refresh(*store_) && looks < 100) ++looks;
  EXPECT_EQ(looks, RulesHolder::kPollsUntilRetry - 1) << "tried again now and then, not at every look";
  EXPECT_EQ(holder_.ActiveVersion(), 2);
}

TEST_F(RulesHolderTest, AShadowJudgesAlongAndLeavesWhenItIsTakenAway) {
  const auto two = Import(Files("urban.lighting"));
  ASSERT_TRUE(ShadowRuleSet(*store_, two, {"li", ""}, Catalogue()));
  ASSERT_TRUE(holder_.Refresh(*store_));
  ASSERT_NE(holder_.Current().shadow, nullptr);
  EXPECT_EQ(holder_.Current().shadow->version(), 2);
  EXPECT_EQ(holder_.ActiveVersion(), 1);
  ASSERT_TRUE(store_->SetShadow(0, "li", ""));
  ASSERT_TRUE(holder_.Refresh(*store_));
  EXPECT_EQ(holder_.Current().shadow, nullptr);
}

TEST_F(RulesHolderTest, AShadowThatCannotBeLoadedDisturbsNothing) {
  const auto two = Import(Broken());
  ASSERT_TRUE(store_->SetShadow(two, "li", ""));
  EXPECT_TRUE(holder_.Refresh(*store_));
  EXPECT_TRUE(holder_.Health());
  EXPECT_EQ(holder_.ActiveVersion(), 1);
  EXPECT_EQ(holder_.Current().shadow, nullptr);
  EXPECT_NE(metrics::Text().find("minsheng_rule_set_usable{role=\"shadow\"} 0"), std::string::npos);
}

TEST_F(RulesHolderTest, ASetThatWorkersStillHoldIsFreedByTheRefreshingThreadAfterwards) {
  auto in_hand = holder_.Current();
  const std::weak_ptr<const rules::RuleSet> old = in_hand.rules;
  Activate(Import(Files("urban.lighting")));
  ASSERT_TRUE(holder_.Refresh(*store_));
  ASSERT_TRUE(holder_.Refresh(*store_));
  EXPECT_FALSE(old.expired());
  in_hand = Knowledge{};  // the worker's batch ends: it must not be the one that frees
  EXPECT_FALSE(old.expired());
  ASSERT_TRUE(holder_.Refresh(*store_));
  EXPECT_TRUE(old.expired());
  EXPECT_EQ(holder_.retired(), 0U);
}

TEST_F(RulesHolderTest, AStoreThatIsAwayChangesNothing) {
  Activate(Import(Files("urban.lighting")));
  Sql("ALTER TABLE rule_set RENAME TO elsewhere");
  EXPECT_FALSE(holder_.Refresh(*store_));
  EXPECT_EQ(holder_.ActiveVersion(), 1);
  EXPECT_TRUE(holder_.Health());
}

}  // namespace
}  // namespace minsheng::router
