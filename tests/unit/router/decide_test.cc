// SPDX-License-Identifier: Apache-2.0
#include "src/router/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace minsheng::router {
namespace {

using store::Bucket;
using ::testing::HasSubstr;
using ::testing::Not;

Knowledge SmallKnowledge() {
  const std::vector<rules::SourceFile> files{
      {"categories.json", R"({"categories":[{"id":"urban","name":"城市","topics":[
         {"id":"urban.greening","name":"园林绿化"},{"id":"urban.water","name":"供水"}]}]})"},
      {"settings.json", R"({"threshold":0.6})"},
      {"lists.json", "{}"},
      {"places.json", R"([{"id":"dazhong","name":"大中街道","aliases":["大中镇"],"kind":"street"}])"},
      {"urban.json", R"([
         {"id":"greening","name":"绿化遮挡","when":"树 & 挡","topic":"urban.greening","weight":6,
          "examples":{"yes":["树挡住了"],"no":["树立新风"]}},
         {"id":"bill","name":"水费查询","when":"水费 & 查询","topic":"urban.water","weight":6,"reply":"水费可凭户号查询。",
          "examples":{"yes":["水费怎么查询"],"no":["下水道"]}},
         {"id":"flood","name":"进水","when":"进水","urgency":"emergency","tags":["flood"],
          "examples":{"yes":["家里进水"],"no":["喝水"]}}])"}};
  auto compiled = rules::RuleSet::Compile(files, 3);
  for (const auto& p : compiled.problems) ADD_FAILURE() << rules::Format(p, "en");
  auto catalogue = orders::Catalogue::Load(
      R"([{"id":"greening-office","name":"园林处","webhook_url":"http://127.0.0.1:1/","webhook_secret_ref":"env:X"},
          {"id":"water-company","name":"自来水公司"}])",
      R"([{"topic":"urban.greening","lead":"greening-office","helpers":["water-company"]},{"topic":"urban.water","lead":"water-company"}])",
      {"urban.greening", "urban.water"});
  EXPECT_TRUE(catalogue) << catalogue.error().what;
  return {compiled.set, catalogue ? *catalogue : nullptr};
}

struct Decider {
  Knowledge knowledge = SmallKnowledge();
  rules::RuleSet::Scratch scratch;
  Policy policy;

  store::Decision operator()(const Message& m, int deliveries = 1) {
    stream::Entry entry;
    entry.id = m.id;
    entry.message = Encode(m);
    entry.raw = "raw bytes";
    entry.deliveries = deliveries;
    return Decide(entry, knowledge, scratch, policy);
  }
};

Message Text(std::string words) {
  Message m;
  m.id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  m.channel = "wechat";
  m.account = "main";
  m.source_id = "1";
  m.sender = "citizen";
  m.text = std::move(words);
  m.received_at = FromMs(1'439'200'800'000);
  return m;
}

TEST(Decide, AClearRequestOpensAnOrderWithTheUnitOfTheCatalogueAndTellsUnitAndCitizen) {
  Decider decide;
  const auto d = decide(Text("树挡住了路口，电话13812345678"));
  EXPECT_EQ(d.plan, Bucket::kOrder);
  EXPECT_EQ(d.lead_unit, "greening-office");
  EXPECT_EQ(d.helper_units, std::vector<std::string>{"water-company"});
  ASSERT_TRUE(d.verdict);
  EXPECT_EQ(d.verdict->rule_set, 3);
  const auto drafts = d.outbox(Bucket::kOrder, "req", "20150810-00042");
  ASSERT_EQ(drafts.size(), 2U);
  EXPECT_EQ(drafts[0].kind, "dispatch-webhook");
  EXPECT_EQ(drafts[1].kind, "reply");
  const auto reply = DecodeReply(drafts[1].payload);
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->text, HasSubstr("20150810-00042"));
}

TEST(Decide, WhatAUnitGetsIsMaskedAndHoldsNoContact) {
  Decider decide;
  auto m = Text("树挡住了路口，电话13812345678");
  m.contact = "13900001111";
  const auto drafts = decide(m).outbox(Bucket::kOrder, "req", "20150810-00042");
  ASSERT_FALSE(drafts.empty());
  EXPECT_THAT(drafts[0].payload, Not(HasSubstr("13812345678")));
  EXPECT_THAT(drafts[0].payload, Not(HasSubstr("13900001111")));
  const auto order = nlohmann::json::parse(drafts[0].payload)["data"];
  EXPECT_EQ(order["number"], "20150810-00042");
  EXPECT_EQ(order["topic"], "urban.greening");
}

TEST(Decide, AnOpenCallIsPreferredForTheReplyUntilThreeSecondsHavePassed) {
  Decider decide;
  auto m = Text("树挡住了路口");
  m.facts["open_call"] = "1";
  const auto drafts = decide(m).outbox(Bucket::kOrder, "req", "20150810-00042");
  ASSERT_EQ(drafts.size(), 2U);
  EXPECT_EQ(drafts[1].prefer_passive_until, m.received_at + Millis{3'000});
  EXPECT_EQ(drafts[1].not_before, m.received_at);  // or the open call could not take it
}

TEST(Decide, ARuleWithAReplyAnswersAtOnceUnlessItIsUrgent) {
  Decider decide;
  const auto d = decide(Text("请问水费怎么查询"));
  EXPECT_EQ(d.plan, Bucket::kAnswered);
  const auto drafts = d.outbox(Bucket::kAnswered, "req", "");
  ASSERT_EQ(drafts.size(), 1U);
  EXPECT_EQ(DecodeReply(drafts[0].payload)->text, "水费可凭户号查询。");
  EXPECT_EQ(decide(Text("水费查询，家里进水了")).plan, Bucket::kOrder);
}

TEST(Decide, UnclearRequestsGoToTriageAndEventsAreNoted) {
  Decider decide;
  EXPECT_EQ(decide(Text("你们到底管不管")).plan, Bucket::kTriage);
  auto event = Text("");
  event.kind = Kind::kEvent;
  EXPECT_EQ(decide(event).plan, Bucket::kNoted);
}

TEST(Decide, APictureWithoutWordsLooksForARecentRequestOfTheSameConversation) {
  Decider decide;
  auto picture = Text("");
  picture.kind = Kind::kImage;
  const auto d = decide(picture);
  EXPECT_EQ(d.plan, Bucket::kTriage);
  ASSERT_TRUE(d.attach_since);
  EXPECT_EQ(*d.attach_since, picture.received_at - decide.policy.attach_window);
}

TEST(Decide, WhatCannotBeReadOrWasTriedTooOftenIsParkedWithItsBytes) {
  Decider decide;
  auto unreadable = Text("");
  unreadable.kind = Kind::kUnreadable;
  unreadable.facts["error"] = "XML: no closing tag";
  const auto d = decide(unreadable);
  EXPECT_EQ(d.plan, Bucket::kParked);
  EXPECT_EQ(d.park_reason, "XML: no closing tag");
  EXPECT_EQ(d.raw, "raw bytes");
  EXPECT_EQ(decide(Text("树挡住了"), 6).plan, Bucket::kParked);
  EXPECT_EQ(decide(Text("树挡住了"), 5).plan, Bucket::kOrder);
  stream::Entry entry;
  entry.id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  entry.version = 2;
  EXPECT_EQ(Decide(entry, decide.knowledge, decide.scratch, decide.policy).plan, Bucket::kParked);
}

TEST(Decide, NobodyOnTheTelephoneOrBehindAnAutomaticMailGetsAReceipt) {
  Decider decide;
  auto call = Text("树挡住了");
  call.kind = Kind::kCall;
  EXPECT_EQ(decide(call).outbox(Bucket::kOrder, "r", "n").size(), 1U);
  auto automatic = Text("树挡住了");
  automatic.facts["auto"] = "1";
  EXPECT_EQ(decide(automatic).outbox(Bucket::kOrder, "r", "n").size(), 1U);
}

}  // namespace
}  // namespace minsheng::router
