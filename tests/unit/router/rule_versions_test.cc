// SPDX-License-Identifier: Apache-2.0
#include "src/router/rule_versions.h"

#include <algorithm>

#include "tests/unit/router/versions_fixture.h"

namespace minsheng::router {
namespace {

class RuleVersionsTest : public VersionsTest {
 protected:
  RuleVersionsTest() { First(); }
  // A stored request whose text the active version called greening.
  std::string Request(const std::string& source_id, const std::string& text, bool triage = false) {
    auto d = Decide(store::Bucket::kTriage, source_id, "sender of " + source_id);
    d.message.text = text;
    d.message.place_hint = "电话 13812345678";
    d.message.stated_type = RequestType::kReport;
    d.verdict->topic = "urban.greening";
    d.verdict->urgency = Urgency::kNormal;
    d.verdict->triage = triage;
    return CommitOne(std::move(d)).request_id;
  }
  PinDraft Draft(const std::string& request, const std::string& topic = "") {
    const auto set = LoadActive(*store_, {}, "en").value();
    auto draft = DraftPin(*store_, request, topic, *set);
    EXPECT_TRUE(draft) << draft.error().what;
    return draft ? *draft : PinDraft{};
  }
  void Pin(const PinDraft& draft) {
    auto pin = draft.pin;
    pin.author = "li";
    pin.note = "判错过";
    ASSERT_TRUE(store_->AddPin(pin));
  }
};

TEST_F(RuleVersionsTest, AFolderBecomesADraftWithItsDifferenceFromTheActiveVersion) {
  const auto imported = ImportRuleSet(*store_, Files("urban.lighting"), {"li", "灯在树里"}, 0);
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported->version, 2);
  EXPECT_EQ(imported->base, 1);
  ASSERT_EQ(imported->change.sections.size(), 1U);
  EXPECT_EQ(imported->change.sections[0].changed[0].fields[0].to, "\"urban.lighting\"");
  EXPECT_EQ(store_->RuleSetsInForce()->active, 1);
  const auto again = ImportRuleSet(*store_, Files("urban.lighting"), {"wang", "x"}, 0);
  EXPECT_FALSE(again->fresh);
  EXPECT_EQ(again->version, 2);
}

TEST_F(RuleVersionsTest, ADraftMayHaveErrorsButNotBytesThatAreNoText) {
  EXPECT_EQ(ImportRuleSet(*store_, Broken(), {"li", "half done"}, 0)->errors, 2U);
  EXPECT_EQ(ImportRuleSet(*store_, {}, {"li", "x"}, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ImportRuleSet(*store_, {{"a.json", "\xff\xfe"}}, {"li", "x"}, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ImportRuleSet(*store_, Files("urban.lighting"), {"", "x"}, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ImportRuleSet(*store_, Files("urban.lighting"), {"li", " "}, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ImportRuleSet(*store_, Files("urban.lighting"), {"li", "x"}, 9).error().kind, ErrorKind::kNotFound);
}

TEST_F(RuleVersionsTest, WhatDoesNotCompileOrHasNoUnitIsNotActivatedAndTheExaminationSaysWhy) {
  const auto broken = Import(Broken());
  const auto e = ActivateRuleSet(*store_, broken, {"wang", "ok"}, 1, Catalogue());
  ASSERT_TRUE(e);
  EXPECT_FALSE(e->passed());
  EXPECT_TRUE(std::any_of(e->problems.begin(), e->problems.end(), [](const auto& p) { return p.code == "syntax"; }));
  const auto good = Import(Files("urban.lighting"));
  catalogue_says_no_ = "topic urban.lighting has no entry";
  const auto no_unit = ActivateRuleSet(*store_, good, {"wang", "ok"}, 1, Catalogue());
  EXPECT_FALSE(no_unit->passed());
  EXPECT_EQ(no_unit->catalogue, catalogue_says_no_);
  EXPECT_EQ(store_->RuleSetsInForce()->active, 1);
  EXPECT_EQ(store_->GetRuleSet(good)->state, "draft");
}

TEST_F(RuleVersionsTest, ACheckThatPassesIsNoted) {
  const auto two = Import(Files("urban.lighting"));
  ASSERT_TRUE(CheckRuleSet(*store_, two, {"li", ""}, Catalogue())->passed());
  EXPECT_EQ(store_->GetRuleSet(two)->state, "checked");
  const auto broken = Import(Broken());
  EXPECT_FALSE(CheckRuleSet(*store_, broken, {"li", ""}, Catalogue())->passed());
  EXPECT_EQ(store_->GetRuleSet(broken)->state, "draft");
  EXPECT_FALSE(ShadowRuleSet(*store_, broken, {"li", ""}, Catalogue())->passed());
  EXPECT_EQ(store_->RuleSetsInForce()->shadow, 0) << "what does not compile cannot run in shadow";
}

TEST_F(RuleVersionsTest, TheWayBackIsClosedWhenItWouldBeNoBetter) {
  Activate(Import(Files("urban.lighting")));
  Sql("UPDATE rule_set SET files = '[]' WHERE version = 1");
  const auto done = RollBackRuleSet(*store_, {"wang", ""}, 2, Catalogue());
  ASSERT_FALSE(done);
  EXPECT_EQ(store_->RuleSetsInForce()->active, 2);
}

TEST_F(RuleVersionsTest, AVersionThatFailsAPinnedCaseIsNotActivatedAndTheCaseIsNamed) {
  Pin(Draft(Request("m1", "树挡住了窗户")));
  const auto two = Import(Files("urban.lighting"));
  const auto e = ActivateRuleSet(*store_, two, {"wang", "ok"}, 1, Catalogue());
  ASSERT_TRUE(e);
  EXPECT_FALSE(e->passed());
  ASSERT_EQ(e->failed_pins.size(), 1U);
  EXPECT_EQ(e->failed_pins[0].pin.id, 1);
  EXPECT_EQ(e->failed_pins[0].got.topic, "urban.lighting");
  EXPECT_EQ(store_->RuleSetsInForce()->active, 1);
  // Shadow is there to look at such a version; a case that was retired no longer counts.
  EXPECT_TRUE(ShadowRuleSet(*store_, two, {"li", ""}, Catalogue()));
  EXPECT_EQ(store_->RuleSetsInForce()->shadow, two);
  ASSERT_TRUE(store_->RetirePin(1, "wang", "the topics were divided anew"));
  EXPECT_TRUE(ActivateRuleSet(*store_, two, {"wang", "ok"}, 1, Catalogue())->passed());
  EXPECT_EQ(store_->RuleSetsInForce()->active, two);
}

TEST_F(RuleVersionsTest, PinnedCasesDoNotStopAWayBack) {
  Activate(Import(Files("urban.lighting")));
  auto draft = Draft(Request("m1", "树挡住了窗户"), "urban.lighting");
  Pin(draft);
  ASSERT_TRUE(RollBackRuleSet(*store_, {"wang", "urgent"}, 2, Catalogue()));
  EXPECT_EQ(store_->RuleSetsInForce()->active, 1);
}

TEST_F(RuleVersionsTest, ACaseIsMaskedAndExpectsWhatPeopleDecidedLast) {
  const auto request = Request("m1", "树挡住了窗户，我电话13812345678");
  const auto draft = Draft(request);
  EXPECT_EQ(draft.pin.text.find("13812345678"), std::string::npos) << draft.pin.text;
  EXPECT_EQ(draft.pin.place_hint.find("13812345678"), std::string::npos) << draft.pin.place_hint;
  EXPECT_EQ(draft.pin.topic, "urban.greening");
  EXPECT_EQ(draft.pin.category, "urban");
  EXPECT_EQ(draft.pin.stated_type, RequestType::kReport);
  EXPECT_TRUE(draft.active_passes);
  store::Correction c;
  c.request_id = request;
  c.topic = "urban.lighting";
  c.by = "zhao";
  ASSERT_TRUE(store_->Correct(c));
  const auto corrected = Draft(request);
  EXPECT_EQ(corrected.pin.topic, "urban.lighting");
  EXPECT_FALSE(corrected.active_passes);
  EXPECT_EQ(corrected.active_says.topic, "urban.greening");
}

TEST_F(RuleVersionsTest, WhatNobodyDecidedOrHasNoWordsCannotBePinned) {
  const auto set = LoadActive(*store_, {}, "en").value();
  const auto open = Request("m1", "树挡住了窗户", /*triage=*/true);
  EXPECT_EQ(DraftPin(*store_, open, "", *set).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(DraftPin(*store_, open, "urban.lighting", *set));
  EXPECT_EQ(DraftPin(*store_, open, "urban.no-such", *set).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(DraftPin(*store_, Request("m2", " "), "", *set).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(DraftPin(*store_, "nothing", "", *set).error().kind, ErrorKind::kNotFound);
}

TEST_F(RuleVersionsTest, WhatMayStillTellWhoItIsIsShown) {
  const auto draft = Draft(Request("m1", "树挡住了窗户，我叫张三，住3号楼502室"));
  EXPECT_EQ(draft.doubts, (std::vector<std::string>{"我叫张三", "3号楼", "502室"}));
}

}  // namespace
}  // namespace minsheng::router
