// SPDX-License-Identifier: Apache-2.0
// Facts, questions and services in the database.
#include <fmt/format.h>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class FormStoreTest : public StoreTest {
 protected:
  FieldFact Fact(const std::string& key, const std::string& value, const std::string& source = "text") {
    FieldFact f;
    f.key = key;
    f.value = value;
    f.source = source;
    f.actor = source == "person" ? "wang" : "";
    return f;
  }
  // An order that waits for two answers.
  Decision Asking(const std::string& source_id, bool hold = true) {
    Decision d = Decide(Bucket::kOrder, source_id);
    if (hold) d.lead_unit.clear();
    d.form.asked = {"address", "since"};
    d.form.hold = hold;
    d.form.due = clock_.Now() + minutes(10);
    d.form.until = clock_.Now() + hours(24);
    return d;
  }
  // A message that says these facts to whatever question is open.
  Decision Answering(const std::string& source_id, std::vector<FieldFact> facts, std::vector<std::string> left,
                     bool unknown = false) {
    Decision d = Decide(Bucket::kTriage, source_id);
    d.answer = [facts = std::move(facts), left = std::move(left), unknown](const OpenQuestion&) {
      return FormAnswer{true, unknown, facts, left, ""};
    };
    return d;
  }
  std::map<std::string, std::string> ValuesOf(const std::string& request) {
    std::map<std::string, std::string> values;
    const auto facts = store_->Forms().Facts(request, false).value();
    for (const auto& f : facts) values[f.key] = f.value;
    return values;
  }
};
using Values = std::map<std::string, std::string>;

TEST_F(FormStoreTest, FactsAreWrittenWithTheRequestAndStandInRowsOfTheCitizenAlone) {
  Decision d = Decide(Bucket::kOrder, "1");
  d.form.facts = {Fact("address", "幸福新村12号楼"), Fact("since", "2015-08-09")};
  const auto outcome = CommitOne(d);
  EXPECT_EQ(ValuesOf(outcome.request_id), (Values{{"address", "幸福新村12号楼"}, {"since", "2015-08-09"}}));
  EXPECT_EQ(Number("SELECT count(*) FROM request_field f JOIN request r ON r.id = f.request_id WHERE f.citizen_id = "
                   "r.citizen_id"),
            2);
  EXPECT_EQ(Number("SELECT count(*) FROM event WHERE data LIKE '%幸福新村%' OR reason LIKE '%幸福新村%'"), 0);
}

TEST_F(FormStoreTest, APersonsValueWinsAndEveryOlderOneIsKept) {
  Decision d = Decide(Bucket::kOrder, "1");
  d.form.facts = {Fact("address", "甲")};
  const auto request = CommitOne(d).request_id;
  auto& forms = store_->Forms();
  ASSERT_TRUE(forms.Fill(request, {Fact("address", "乙", "answer")}, "", "system"));
  EXPECT_EQ(ValuesOf(request)["address"], "乙");
  ASSERT_TRUE(forms.Fill(request, {Fact("address", "丙", "person")}, "", "wang"));
  ASSERT_TRUE(forms.Fill(request, {Fact("address", "丁", "answer")}, "", "system"));
  ASSERT_TRUE(forms.Fill(request, {Fact("address", "戊", "text")}, "", "system"));
  EXPECT_EQ(ValuesOf(request)["address"], "丙");
  ASSERT_TRUE(forms.Fill(request, {Fact("address", "己", "person")}, "", "wang"));
  EXPECT_EQ(ValuesOf(request)["address"], "己");
  const auto all = forms.Facts(request, true).value();
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& f) { return f.current; }), 1);
}

TEST_F(FormStoreTest, FillingNotesTheKeysOnTheOrderButNeverTheValues) {
  const auto outcome = CommitOne(Decide(Bucket::kOrder, "1"));
  ASSERT_TRUE(store_->Forms().Fill(outcome.request_id, {Fact("elder-name", "李桂兰", "person")}, "", "wang"));
  const auto order = store_->GetOrder(outcome.order_number).value();
  EXPECT_EQ(order.events.back().actor, "wang");
  EXPECT_NE(order.events.back().data.find("elder-name"), std::string::npos);
  EXPECT_EQ(order.events.back().data.find("李桂兰"), std::string::npos);
  EXPECT_EQ(store_->Forms().Fill("none", {}, "", "wang").error().kind, ErrorKind::kNotFound);
}

TEST_F(FormStoreTest, AHeldOrderStaysAcceptedAndIsDueWhenItsTimeIsOver) {
  const auto outcome = CommitOne(Asking("1"));
  EXPECT_EQ(store_->GetOrder(outcome.order_number)->state, orders::State::kAccepted);
  EXPECT_TRUE(store_->Forms().Due(clock_.Now(), 10)->empty());
  clock_.Advance(minutes(10));
  const auto due = store_->Forms().Due(clock_.Now(), 10).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_TRUE(due[0].hold);
  EXPECT_EQ(due[0].order_number, outcome.order_number);
  EXPECT_EQ(due[0].asked, (std::vector<std::string>{"address", "since"}));
}

TEST_F(FormStoreTest, TheNextMessageOfTheConversationFillsInWhatWasAsked) {
  const auto opened = CommitOne(Asking("1"));
  clock_.Advance(seconds(30));
  const auto first = CommitOne(Answering("2", {Fact("address", "朝阳景都3号楼", "answer")}, {"since"}));
  EXPECT_EQ(first.bucket, Bucket::kAttached);
  EXPECT_EQ(first.request_id, opened.request_id);
  EXPECT_EQ(first.order_number, opened.order_number);
  EXPECT_TRUE(store_->Forms().Due(clock_.Now(), 10)->empty()) << "one answer is still awaited";
  CommitOne(Answering("3", {Fact("since", "2015-08-09", "answer")}, {}));
  ASSERT_EQ(store_->Forms().Due(clock_.Now(), 10)->size(), 1U);
  EXPECT_EQ(ValuesOf(opened.request_id), (Values{{"address", "朝阳景都3号楼"}, {"since", "2015-08-09"}}));
  EXPECT_EQ(store_->Forms().Facts(opened.request_id, false)->front().message_id, first.message_id);
}

TEST_F(FormStoreTest, WhoDoesNotKnowLetsTheOrderGoAtOnce) {
  CommitOne(Asking("1"));
  CommitOne(Answering("2", {}, {"address", "since"}, true));
  const auto due = store_->Forms().Due(clock_.Now(), 10).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_TRUE(due[0].unknown);
}

TEST_F(FormStoreTest, AnotherCitizensMessageOrOneThatIsNoAnswerDoesNotBelong) {
  CommitOne(Asking("1"));
  auto other = Answering("2", {}, {});
  other.message.sender = "citizen-2";
  EXPECT_EQ(CommitOne(other).bucket, Bucket::kTriage);
  auto stranger = Decide(Bucket::kTriage, "3");
  stranger.answer = [](const OpenQuestion&) { return FormAnswer{}; };
  EXPECT_EQ(CommitOne(stranger).bucket, Bucket::kTriage);
}

TEST_F(FormStoreTest, WhatComesAfterTheOrderHasLeftIsNewsForItsUnit) {
  const auto opened = CommitOne(Asking("1"));
  clock_.Advance(minutes(10));
  const auto due = store_->Forms().Due(clock_.Now(), 10).value();
  ASSERT_TRUE(store_->Forms().Pass(due[0]).value());
  EXPECT_TRUE(store_->Forms().Due(clock_.Now(), 10)->empty());
  CommitOne(Answering("2", {Fact("address", "朝阳景都", "answer")}, {"since"}));
  const auto news = store_->Forms().Due(clock_.Now(), 10).value();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_TRUE(news[0].news);
  EXPECT_FALSE(news[0].hold);
  EXPECT_EQ(news[0].request_id, opened.request_id);
}

TEST_F(FormStoreTest, AnAnswerThatComesWhileTheOrderLeavesIsNotLost) {
  CommitOne(Asking("1"));
  clock_.Advance(minutes(10));
  const auto seen = store_->Forms().Due(clock_.Now(), 10).value();
  CommitOne(Answering("2", {Fact("address", "朝阳景都", "answer")}, {"since"}));
  EXPECT_FALSE(store_->Forms().Pass(seen[0]).value());
  EXPECT_EQ(store_->Forms().Due(clock_.Now(), 10)->size(), 1U);
}

TEST_F(FormStoreTest, AnswersAreTakenUntilTheQuestionEnds) {
  CommitOne(Asking("1"));
  clock_.Advance(hours(24) + minutes(1));
  EXPECT_EQ(CommitOne(Answering("2", {}, {})).bucket, Bucket::kTriage);
  ASSERT_TRUE(store_->Forms().CloseQuestion(store_->Forms().Due(clock_.Now(), 10)->front().request_id));
  EXPECT_TRUE(store_->Forms().Due(clock_.Now(), 10)->empty());
}

TEST_F(FormStoreTest, PrivacyIsKeptFromTheMessageAndSetByAPerson) {
  auto d = Decide(Bucket::kOrder, "1");
  d.message.confidential = true;
  const auto request = CommitOne(d).request_id;
  EXPECT_TRUE(store_->Forms().PrivacyOf(request)->confidential);
  EXPECT_FALSE(store_->Forms().PrivacyOf(request)->anonymous);
  ASSERT_TRUE(store_->Forms().SetPrivacy(request, {true, false}, "wang"));
  EXPECT_TRUE(store_->Forms().PrivacyOf(request)->anonymous);
  EXPECT_FALSE(store_->Forms().PrivacyOf("none")->confidential);
}

TEST_F(FormStoreTest, ServicesAreCountedByKindAndProviderWithWhatWasPaid) {
  for (int i = 0; i < 3; ++i) {
    auto d = Decide(Bucket::kOrder, std::to_string(i), "citizen-" + std::to_string(i));
    d.form.counted = true;
    d.form.service_key = "service";
    if (i < 2) d.form.facts = {Fact("service", "meal")};
    const auto outcome = CommitOne(d);
    if (i == 2) {
      ASSERT_TRUE(store_->Forms().Fill(outcome.request_id, {Fact("service", "bathing", "person")}, "service", "wang"));
    }
    if (i > 0) continue;
    auto row = store_->Forms().Service(outcome.order_number).value();
    EXPECT_EQ(row.service, "meal");
    row.state = "completed";
    row.provider = "provider-meals";
    row.subsidy_fen = 800;
    row.self_fen = 450;
    ASSERT_TRUE(store_->Forms().PutService(row, "requested", "wang", ""));
    EXPECT_EQ(store_->Forms().PutService(row, "requested", "wang", "").error().kind, ErrorKind::kConflict);
  }
  const auto counts = store_->Forms().CountServices(clock_.Now() - hours(1), clock_.Now() + hours(1)).value();
  ASSERT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts[0].service, "bathing");
  EXPECT_EQ(counts[1].service + counts[1].provider, "meal");
  EXPECT_EQ(counts[2].provider, "provider-meals");
  EXPECT_EQ(counts[2].completed, 1);
  EXPECT_EQ(counts[2].subsidy_fen, 800);
  EXPECT_EQ(counts[2].self_fen, 450);
  EXPECT_TRUE(store_->Forms().CountServices(clock_.Now() + hours(1), clock_.Now() + hours(2))->empty());
}

TEST_F(FormStoreTest, ARenderedServiceIsConfirmedOrDisputedByWhatTheCitizenSaysOfItsOrder) {
  const auto heard = [&](const std::string& source_id, std::int64_t solved, std::int64_t satisfied) {
    auto d = Decide(Bucket::kOrder, source_id, "citizen-" + source_id);
    d.form.counted = true;
    d.form.service_key = "service";
    d.form.facts = {Fact("service", "meal")};
    const auto number = CommitOne(d).order_number;
    auto row = store_->Forms().Service(number).value();
    row.state = "completed";
    EXPECT_TRUE(store_->Forms().PutService(row, "requested", "unit:meals", ""));
    const auto act = [&](orders::Act what, const std::string& data, const std::string& by) {
      ActPlan plan;
      plan.event = {"", what, by, "", data, clock_.Now()};
      const auto done = store_->Act(number, plan);
      EXPECT_TRUE(done) << done.error().what;
    };
    act(orders::Act::kAnswer, "", "unit:" + store_->GetOrder(number)->lead_unit);
    act(orders::Act::kCheck, "", "li");
    act(orders::Act::kCallBack, fmt::format(R"({{"solved":{},"satisfied":{}}})", solved, satisfied), "citizen");
    row = store_->Forms().Service(number).value();
    EXPECT_EQ(row.confirmed_by, row.state == "completed" ? "" : "citizen");
    return row.state;
  };
  EXPECT_EQ(heard("1", 1, 1), "confirmed");
  EXPECT_EQ(heard("2", -1, 1), "confirmed");
  EXPECT_EQ(heard("3", 1, 0), "disputed");
  EXPECT_EQ(heard("4", 0, -1), "disputed");
  EXPECT_EQ(heard("5", -1, -1), "completed") << "nothing was said";
}

class LetterStoreTest : public StoreTest {
 protected:
  std::string NewLetter(const std::string& source_id, bool confidential = false) {
    auto d = Decide(Bucket::kOrder, source_id, "writer-" + source_id);
    d.message.line = "mayor-mailbox";
    d.message.confidential = confidential;
    d.form.letter = true;
    const auto outcome = CommitOne(d);
    return store_->Letters().Get(outcome.request_id)->number;
  }
  std::string Answered(const std::string& source_id) {
    const auto number = NewLetter(source_id);
    auto& letters = store_->Letters();
    EXPECT_TRUE(letters.Draft(number, "稿", "li"));
    EXPECT_TRUE(letters.Approve(number, "稿", "wang"));
    return number;
  }
};

TEST_F(LetterStoreTest, ALetterIsNumberedByYearAndListedWithItsOrder) {
  EXPECT_EQ(NewLetter("1"), "XZ-2015-00001");
  EXPECT_EQ(NewLetter("2"), "XZ-2015-00002");
  const auto list = store_->Letters().List({}).value();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].number, "XZ-2015-00002");
  EXPECT_FALSE(list[0].order_number.empty());
  EXPECT_EQ(store_->Letters().Get(list[0].order_number)->number, list[0].number);
  EXPECT_EQ(store_->Letters().Get("XZ-2015-00009").error().kind, ErrorKind::kNotFound);
}

TEST_F(LetterStoreTest, InstructionDraftAndAnswerFollowEachOtherAndOldTextsStay) {
  const auto number = NewLetter("1");
  auto& letters = store_->Letters();
  ASSERT_TRUE(letters.MarkRead(number, "leader"));
  ASSERT_TRUE(letters.MarkRead(number, "leader"));
  ASSERT_TRUE(letters.Instruct(number, "请住建局三日内办结", "leader"));
  ASSERT_TRUE(letters.Draft(number, "第一稿", "li"));
  ASSERT_TRUE(letters.Refuse(number, "wang", "写清时间"));
  EXPECT_EQ(letters.Get(number)->state, "instructed");
  EXPECT_EQ(letters.Approve(number, "第一稿", "wang").error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(letters.Draft(number, "第二稿", "li"));
  EXPECT_EQ(letters.Approve(number, "第一稿", "wang").error().kind, ErrorKind::kConflict) << "another draft was read";
  EXPECT_EQ(letters.Approve(number, "第二稿", "li").error().kind, ErrorKind::kDenied)
      << "nobody approves his own draft";
  EXPECT_EQ(letters.Approve(number, "第二稿", "wang").value(), "〔2015〕1号");
  EXPECT_EQ(letters.Draft(number, "第三稿", "li").error().kind, ErrorKind::kConflict);
  const auto row = letters.Get(number).value();
  EXPECT_EQ(row.state, "answered");
  EXPECT_EQ(std::count_if(row.events.begin(), row.events.end(), [](const auto& e) { return e.act == "read"; }), 1);
  EXPECT_EQ(letters.History(number)->size(), 3U);
}

TEST_F(LetterStoreTest, OnlyWithConsentAndByASecondPersonALetterIsPublishedAndItCanBeWithdrawn) {
  const auto number = Answered("1");
  auto& letters = store_->Letters();
  EXPECT_EQ(letters.Publish(number, "t", "q", "a", "wang").error().kind, ErrorKind::kDenied);
  ASSERT_TRUE(letters.SetConsent(number, true, "wang"));
  EXPECT_EQ(letters.Publish(number, "t", "q", "a", "li").error().kind, ErrorKind::kDenied);
  ASSERT_TRUE(letters.Publish(number, "标题", "问", "答", "wang"));
  EXPECT_EQ(letters.Publish(number, "t", "q", "a", "wang").error().kind, ErrorKind::kConflict);
  ASSERT_EQ(letters.List({"", true, 10})->size(), 1U);
  EXPECT_EQ(letters.List({"", true, 10})->front().texts.size(), 3U);
  ASSERT_TRUE(letters.Withdraw(number, "wang", "有误"));
  EXPECT_TRUE(letters.List({"", true, 10})->empty());
  EXPECT_EQ(letters.Withdraw(number, "wang", "").error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(letters.Publish(number, "标题", "问", "答", "wang"));
  ASSERT_TRUE(letters.SetConsent(number, false, "wang"));
  EXPECT_TRUE(letters.List({"", true, 10})->empty()) << "who takes the consent back is not shown any longer";
}

TEST_F(LetterStoreTest, AConfidentialLetterIsNeverPublished) {
  const auto number = NewLetter("1", true);
  auto& letters = store_->Letters();
  ASSERT_TRUE(letters.Draft(number, "稿", "li"));
  ASSERT_TRUE(letters.Approve(number, "稿", "wang"));
  ASSERT_TRUE(letters.SetConsent(number, true, "wang"));
  EXPECT_EQ(letters.Publish(number, "t", "q", "a", "wang").error().kind, ErrorKind::kDenied);
}

}  // namespace
}  // namespace minsheng::store
