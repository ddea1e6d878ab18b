// SPDX-License-Identifier: Apache-2.0
#include "src/desk/form_desk.h"

#include <nlohmann/json.hpp>

#include "src/desk/services.h"
#include "src/forms/letters.h"
#include "tests/unit/forms/forms_fixture.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::desk {
namespace {

using store::Bucket;
using store::Decision;

class FormDeskTest : public store::StoreTest {
 protected:
  FormDeskTest() {
    auto compiled = rules::RuleSet::Compile(
        {{"categories.json",
          R"({"categories":[{"id":"urban","name":"城市","topics":[{"id":"urban.water","name":"供水"}]}]})"},
         {"water.json", R"([{"id":"w","name":"水","when":"停水","topic":"urban.water","weight":9,
                            "examples":{"yes":["停水了"],"no":["路"]}}])"}});
    auto catalogue = orders::Catalogue::Load(
        R"([{"id":"water","name":"水司","webhook_url":"http://127.0.0.1:1/","webhook_secret_ref":"env:X"}])",
        R"([{"topic":"urban.water","lead":"water"}])", {"urban.water"});
    EXPECT_TRUE(compiled.set && catalogue);
    knowledge_.rules = compiled.set;
    knowledge_.catalogue = *catalogue;
    knowledge_.book = {forms::ShippedForms(), forms::ShippedCalendar()};
  }
  Desk MakeDesk() {
    return Desk(
        *store_, [this] { return knowledge_; }, {}, clock_);
  }
  store::Outcome Held(const std::string& source_id) {
    Decision d = Decide(Bucket::kOrder, source_id);
    d.message.text = "停水了";
    d.verdict->topic = "urban.water";
    d.lead_unit.clear();
    d.form.asked = {"address"};
    d.form.hold = true;
    d.form.due = clock_.Now() + std::chrono::minutes(10);
    d.form.until = clock_.Now() + std::chrono::hours(24);
    return CommitOne(std::move(d));
  }
  std::vector<nlohmann::json> Sent() {
    std::vector<nlohmann::json> sent;
    const auto rows = store_->ListOutbox("", 100).value();
    for (const auto& row : rows) {
      if (row.draft.kind == "dispatch-webhook") sent.push_back(nlohmann::json::parse(row.draft.payload));
    }
    return sent;
  }

  router::Knowledge knowledge_;
};

TEST_F(FormDeskTest, AHeldOrderLeavesOnceHoweverManySweep) {
  const auto outcome = Held("1");
  auto desk = MakeDesk();
  auto other = MakeDesk();
  EXPECT_EQ(FormDesk(desk).Sweep().value(), 0);
  clock_.Advance(std::chrono::minutes(10));
  EXPECT_EQ(FormDesk(desk).Sweep().value() + FormDesk(other).Sweep().value(), 1);
  const auto order = store_->GetOrder(outcome.order_number).value();
  EXPECT_EQ(order.state, orders::State::kDispatched);
  EXPECT_EQ(order.lead_unit, "water");
  const auto sent = Sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0]["data"]["missing"][0]["key"], "address");
  EXPECT_NE(order.events.back().data.find("address"), std::string::npos) << "marked as incomplete";
  ExpectStateIsFold(order);
}

TEST_F(FormDeskTest, AnOrderThatLeavesLaterTakesAlongWhatWasAddedMeanwhile) {
  const auto outcome = Held("1");
  Decision added = Decide(Bucket::kTriage, "2");
  added.message.text = "是六楼，老人下不来";
  added.attach_request = outcome.request_id;
  ASSERT_EQ(CommitOne(added).bucket, Bucket::kAttached);
  auto desk = MakeDesk();
  clock_.Advance(std::chrono::minutes(10));
  EXPECT_EQ(FormDesk(desk).Sweep().value(), 1);
  ASSERT_EQ(Sent().size(), 1U);
  EXPECT_EQ(Sent()[0]["data"]["text"], "停水了\n补充：是六楼，老人下不来");
}

TEST_F(FormDeskTest, AnOrderThatSomebodyDispatchedMeanwhileIsNotSentAgain) {
  const auto outcome = Held("1");
  auto desk = MakeDesk();
  ActRequest act;
  act.act = orders::Act::kDispatch;
  act.by = "wang";
  ASSERT_TRUE(desk.Do(outcome.order_number, act));
  clock_.Advance(std::chrono::minutes(10));
  ASSERT_TRUE(FormDesk(desk).Sweep());
  EXPECT_EQ(Sent().size(), 1U);
  EXPECT_EQ(FormDesk(desk).Sweep().value(), 0) << "nothing is due any more";
}

TEST_F(FormDeskTest, WhatAPersonFillsInReachesTheUnitThatHasTheOrder) {
  const auto outcome = Held("1");
  auto desk = MakeDesk();
  FormDesk forms(desk);
  ASSERT_TRUE(forms.Fill(outcome.request_id, {"since=昨晚"}, "wang"));
  EXPECT_TRUE(Sent().empty()) << "no unit has it yet";
  clock_.Advance(std::chrono::minutes(10));
  ASSERT_TRUE(forms.Sweep());
  ASSERT_TRUE(forms.Fill(outcome.request_id, {"address=人民路28号"}, "wang"));
  const auto sent = Sent();
  ASSERT_EQ(sent.size(), 2U);
  const auto& news = sent[0]["type"] == "order.facts" ? sent[0] : sent[1];
  EXPECT_EQ(news["type"], "order.facts");
  EXPECT_EQ(news["data"]["facts"].size(), 2U);
  EXPECT_FALSE(news["data"].contains("missing") && news["data"]["missing"].size() > 1);
  const auto bad = forms.Fill(outcome.request_id, {"address=", "colour=red", "since"}, "wang");
  ASSERT_FALSE(bad);
  EXPECT_EQ(std::count(bad.error().what.begin(), bad.error().what.end(), '\n'), 2) << bad.error().what;
}

TEST_F(FormDeskTest, WhatIsNoServiceCannotBeAppointedOrCompleted) {
  const auto outcome = Held("1");
  auto desk = MakeDesk();
  EXPECT_EQ(ServiceDesk(desk).Appoint(outcome.order_number, clock_.Now() + std::chrono::hours(1), "wang").error().kind,
            ErrorKind::kNotFound);
  EXPECT_EQ(ServiceDesk(desk).Complete(outcome.order_number, {}, "wang").error().kind, ErrorKind::kNotFound);
}

TEST(FormsLetters, ALetterIsComposedFromItsTemplateAndBracesInItStayWhatTheyAre) {
  forms::LetterParts parts{"大丰区", "〔2015〕1号", "尊敬的来信人", "见 {number}。", "办公室", forms::Evening()};
  const auto letter = forms::ComposeLetter(EmbeddedContent("config/letter.txt"), parts);
  ASSERT_TRUE(letter) << letter.error().what;
  EXPECT_NE(letter->find("〔2015〕1号\n"), std::string::npos);
  EXPECT_NE(letter->find("见 {number}。"), std::string::npos);
  EXPECT_NE(letter->find("2015年8月10日"), std::string::npos);
  const auto bad = forms::CheckLetterTemplate("{body} {colour}");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().what.find("{number}"), std::string::npos);
  EXPECT_NE(bad.error().what.find("{colour}"), std::string::npos);
}

TEST(FormsLetters, ConsentIsTakenFromPlainWordsOnly) {
  EXPECT_EQ(forms::ConsentFrom("同意公开"), true);
  EXPECT_EQ(forms::ConsentFrom("我不同意公开。"), false);
  EXPECT_EQ(forms::ConsentFrom("请你们公开村务账目"), std::nullopt);
  EXPECT_EQ(forms::ConsentFrom("同意公开招标的方案是谁定的，我们小区业主都不知道，请调查清楚以后给我们一个答复"),
            std::nullopt);
}

TEST(FormsLetters, WhoeverTheWriterIsDoesNotStandInWhatIsPublished) {
  EXPECT_EQ(forms::FindLeaks("人民路路灯已修复", {"周文华"}), std::vector<std::string>{});
  EXPECT_EQ(forms::FindLeaks("周文华来信", {"周文华"}), std::vector<std::string>{"known-value"});
  EXPECT_EQ(forms::FindLeaks("电话13851234567", {}), std::vector<std::string>{"mobile"});
  EXPECT_EQ(forms::FindLeaks("我叫周文华", {}), std::vector<std::string>{"name"});
  EXPECT_EQ(forms::FindLeaks("我叫周某", {}), std::vector<std::string>{});
  EXPECT_EQ(forms::SalutationFor("我叫欧阳晓明，反映", ""), "尊敬的欧阳先生/女士");
  EXPECT_EQ(forms::SalutationFor("路灯不亮", "周文华"), "尊敬的周先生/女士");
  EXPECT_EQ(forms::SalutationFor("路灯不亮", "no name"), "尊敬的来信人");
}

}  // namespace
}  // namespace minsheng::desk
