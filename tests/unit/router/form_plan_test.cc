// SPDX-License-Identifier: Apache-2.0
#include "src/router/form_plan.h"

#include "tests/unit/forms/forms_fixture.h"

namespace minsheng::router {
namespace {

class FormPlan : public ::testing::Test {
 protected:
  FormPlan() : book_{forms::ShippedForms(), forms::ShippedCalendar()} {
    verdict_.triage = false;
    verdict_.topic = "urban.water";
    verdict_.type = RequestType::kHelp;
  }
  store::FormPlan Plan(const std::string& words) { return PlanForm(forms::Words(words), verdict_, {}, book_, policy_); }
  store::FormAnswer Answer(const std::string& words, const Verdict& verdict, bool hold = true) {
    store::OpenQuestion question;
    question.topic = "urban.water";
    question.asked = {"address", "extent"};
    question.hold = hold;
    const auto read = AnswerTo(forms::Words(words), verdict, {}, book_, policy_);
    return read ? read(question) : store::FormAnswer{};
  }

  FormBook book_;
  Verdict verdict_;
  AskPolicy policy_;
};

TEST_F(FormPlan, AtMostThreeMissingFactsAreAskedAndTheOrderWaitsForSoLong) {
  const auto plan = Plan("停水了");
  EXPECT_EQ(plan.asked, (std::vector<std::string>{"address", "since", "extent"}));
  EXPECT_TRUE(plan.hold);
  EXPECT_EQ(plan.due, forms::Evening() + std::chrono::minutes(10));
  const auto words = AskingWords(plan, book_, "urban.water", policy_);
  EXPECT_NE(words.find("1. "), std::string::npos);
  EXPECT_NE(words.find("{number}"), std::string::npos) << "the number is put in when there is one";
}

TEST_F(FormPlan, WhatIsThereIsNotAsked) {
  const auto plan = Plan("人民路28号昨晚停水，整栋楼都没有");
  EXPECT_TRUE(plan.asked.empty());
  EXPECT_FALSE(plan.hold);
  EXPECT_EQ(plan.facts.size(), 3U);
  EXPECT_TRUE(AskingWords(plan, book_, "urban.water", policy_).empty());
}

TEST_F(FormPlan, AnEmergencyIsNeverHeld) {
  verdict_.urgency = Urgency::kEmergency;
  const auto plan = Plan("停水了");
  EXPECT_FALSE(plan.hold);
  EXPECT_FALSE(plan.asked.empty()) << "it is asked afterwards";
}

TEST_F(FormPlan, OnlyWhereOneChatsAndOnlyWhenSomethingHasToBeDone) {
  auto call = forms::Words("停水了");
  call.channel = "phone";
  EXPECT_TRUE(PlanForm(call, verdict_, {}, book_, policy_).asked.empty());
  verdict_.type = RequestType::kConsultation;
  EXPECT_TRUE(Plan("停水了").asked.empty());
  verdict_.type.reset();
  EXPECT_FALSE(Plan("停水了").asked.empty());
  policy_.channels.clear();
  EXPECT_TRUE(Plan("停水了").asked.empty());
  verdict_.topic = "other.tax";
  EXPECT_TRUE(Plan("停水了").facts.empty()) << "no form, no facts";
}

TEST_F(FormPlan, SmallTalkAndUrgingAreNoValueOfTheOneFactThatIsAsked) {
  store::OpenQuestion question;
  question.topic = "urban.water";
  question.asked = {"address"};
  question.hold = true;
  const auto told = [&](const std::string& words, const std::string& tag) {
    Verdict verdict;
    verdict.tags = {tag};
    return AnswerTo(forms::Words(words), verdict, {}, book_, policy_)(question);
  };
  for (const auto& answer : {told("好的谢谢！", "talk.thanks"), told("怎么还没人来", "talk.follow-up")}) {
    EXPECT_TRUE(answer.belongs) << "the order waits";
    EXPECT_TRUE(answer.facts.empty());
    EXPECT_EQ(answer.left, question.asked);
  }
  const auto place = told("就在朝阳景都北门那里", "talk.follow-up");
  ASSERT_EQ(place.facts.size(), 1U);
  EXPECT_EQ(place.facts[0].value, "朝阳景都北门");
}

TEST_F(FormPlan, AnAnswerIsWhatTellsSomethingOrIsNoOtherMatter) {
  Verdict unclear;
  auto answer = Answer("朝阳景都3号楼2单元，整栋楼", unclear);
  EXPECT_TRUE(answer.belongs);
  EXPECT_TRUE(answer.left.empty());
  answer = Answer("不知道", unclear);
  EXPECT_TRUE(answer.belongs && answer.unknown);
  EXPECT_TRUE(Answer("好的谢谢", unclear).belongs);
  EXPECT_FALSE(Answer("好的谢谢", unclear, false).belongs) << "the order has left: nothing waits for it";
  Verdict elsewhere;
  elsewhere.triage = false;
  elsewhere.topic = "social-security.pay-arrears";
  EXPECT_FALSE(
      Answer("另外老板拖欠我们工资三个月了，公司在人民路28号，一直说没有钱，请你们帮忙要回来", elsewhere).belongs);
  elsewhere.urgency = Urgency::kEmergency;
  EXPECT_FALSE(Answer("人民路28号着火了", elsewhere).belongs);
}

TEST_F(FormPlan, AUnitSeesNamesMaskedAndOfWhoStaysUnknownNothingThatSaysWhoItIs) {
  const std::vector<store::FieldFact> facts = [] {
    std::vector<store::FieldFact> all(3);
    all[0].key = "elder-name", all[0].value = "李桂兰";
    all[1].key = "elder-address", all[1].value = "新村路6号";
    all[2].key = "service", all[2].value = "meal";
    return all;
  }();
  const auto seen = FactsForUnit(book_, "elderly-care.home-care", facts, false);
  ASSERT_EQ(seen.facts.size(), 3U);
  EXPECT_EQ(seen.facts[0].value, "助餐送餐");
  EXPECT_EQ(seen.facts[1].value, "新村路6号") << "who renders the service has to find the door";
  EXPECT_EQ(seen.facts[2].value, "李**");
  EXPECT_EQ(seen.missing.size(), 2U);
  const auto hidden = FactsForUnit(book_, "elderly-care.home-care", facts, true);
  ASSERT_EQ(hidden.facts.size(), 1U);
  EXPECT_EQ(hidden.facts[0].key, "service");
  EXPECT_EQ(hidden.missing.size(), 2U) << "what is known is not missing";
}

TEST_F(FormPlan, LettersAreMarkedByTheirLineAndPrivacyByTags) {
  auto letter = forms::Words("区长您好");
  letter.line = "mayor-mailbox";
  EXPECT_TRUE(PlanForm(letter, verdict_, {}, book_, policy_).letter);
  verdict_.tags = {"confidential", "repeat"};
  MarkPrivacy(verdict_, &letter);
  EXPECT_TRUE(letter.confidential);
  EXPECT_FALSE(letter.anonymous);
}

}  // namespace
}  // namespace minsheng::router
