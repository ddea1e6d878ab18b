// SPDX-License-Identifier: Apache-2.0
#include "src/callback/unit_api.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "src/router/unit_webhook.h"
#include "tests/unit/callback/desk_fixture.h"

namespace minsheng::callback {
namespace {

using nlohmann::json;
using orders::Act;
using orders::State;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

class UnitApiTest : public DeskTest {
 protected:
  UnitApiTest() {
    UnitSecrets secrets;
    secrets["lighting"] = Secret(kSecret);
    secrets["town"] = Secret("the town's own secret");  // helps with every order here
    secrets["park"] = Secret("the town's own secret");  // has none of them
    api_ = std::make_unique<UnitApi>(*desk_, std::move(secrets));
  }
  std::string NewOrder(const std::string& source_id = "m1") {
    auto message = By("phone", source_id, "13851234567");
    message.text = "幸福小区门口的路灯不亮，我的电话13851234567";
    return Opened(message);
  }
  http::Request Signed(const std::string& method, const std::string& path, const std::string& number,
                       const std::string& body, const std::string& id, const std::string& unit = "lighting") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.params["number"] = number;
    request.body = body;
    request.remote = "192.0.2.4";
    const auto secret = unit == "lighting" ? std::string(kSecret) : std::string("the town's own secret");
    for (const auto& [name, value] :
         router::SignWebhook(id, secret, method == "GET" ? "GET " + path : body, clock_.Now()))
      if (name.starts_with("webhook-")) request.headers[name] = value;
    request.headers["minsheng-unit"] = unit;
    return request;
  }
  http::Request ActCall(const std::string& number, json body, const std::string& id,
                        const std::string& unit = "lighting") {
    body["number"] = number;
    return Signed("POST", "/unit/v1/orders/" + number + "/acts", number, body.dump(), id, unit);
  }
  http::Request Get(const std::string& number, const std::string& unit = "lighting") {
    return Signed("GET", "/unit/v1/orders/" + number, number, "", "get-1", unit);
  }
  http::Request ContactCall(const std::string& number, const std::string& reason) {
    return Signed("POST", "/unit/v1/orders/" + number + "/contact", number,
                  json{{"number", number}, {"reason", reason}, {"by", "zhang"}}.dump(), "contact-1");
  }

  std::unique_ptr<UnitApi> api_;
};

TEST_F(UnitApiTest, AUnitSignsAndAnswersByItsOwnSystem) {
  const auto number = NewOrder();
  auto answer = api_->Act(ActCall(number, {{"act", "sign"}, {"by", "zhang"}}, "id-1"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(Order(number).state, State::kSigned);
  EXPECT_EQ(Order(number).events.back().actor, "unit:lighting/zhang");
  answer = api_->Act(ActCall(number, {{"act", "answer"}, {"text", "已修好。"}, {"note", "两人半天"}}, "id-2"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["state"], "answered");
  EXPECT_EQ(Order(number).state, State::kAnswered);
  ExpectStateIsFold(Order(number));
}

TEST_F(UnitApiTest, ARepeatUnderOneIdIsDoneOnceAndAnsweredLikeTheFirst) {
  const auto number = NewOrder();
  const auto call = ActCall(number, {{"act", "note"}, {"note", "已派人"}}, "id-1");
  const auto first = json::parse(api_->Act(call).body);
  const auto again = json::parse(api_->Act(call).body);
  EXPECT_EQ(again["version"], first["version"]);
  EXPECT_EQ(again["repeated"], true);
  EXPECT_EQ(CountActs(Order(number), Act::kNote), 1);
  const auto other = api_->Act(ActCall(number, {{"act", "sign"}}, "id-1"));
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(Order(number).state, State::kDispatched);
}

TEST_F(UnitApiTest, WhatIsNotSignedByTheUnitOrTooOldChangesNothing) {
  const auto number = NewOrder();
  const auto good = ActCall(number, {{"act", "sign"}}, "id-1");
  std::vector<http::Request> bad(7, good);
  bad[0].headers["webhook-signature"] = "v1,AAAA";
  bad[1].body += " ";
  bad[2].headers["minsheng-unit"] = "town";
  bad[3].headers["webhook-id"] = "id-2";
  bad[4].headers.erase("webhook-timestamp");
  bad[5].headers["minsheng-unit"] = "nobody";
  bad[6].headers["webhook-timestamp"] = "99999999999999999999";
  for (const auto& request : bad) EXPECT_EQ(api_->Act(request).status, 403);
  clock_.Advance(UnitApi::kWindow + seconds(1));
  EXPECT_EQ(api_->Act(good).status, 403);
  EXPECT_EQ(Order(number).state, State::kDispatched);
  // One of several signatures is enough: a secret that is being changed.
  auto two = ActCall(number, {{"act", "sign"}}, "id-3");
  two.headers["webhook-signature"] = "v1,AAAA " + two.headers["webhook-signature"];
  EXPECT_EQ(api_->Act(two).status, 200);
}

TEST_F(UnitApiTest, ASignedBodyIsGoodForItsOrderAlone) {
  const auto number = NewOrder("m1");
  const auto other = NewOrder("m2");
  auto call = ActCall(number, {{"act", "sign"}}, "id-1");
  call.params["number"] = other;
  EXPECT_EQ(api_->Act(call).status, 400);
  EXPECT_EQ(Order(other).state, State::kDispatched);
  auto look = Get(number);
  look.path = "/unit/v1/orders/" + other;
  look.params["number"] = other;
  EXPECT_EQ(api_->Show(look).status, 403);
}

TEST_F(UnitApiTest, WhoWantsToStayUnknownIsNotNamedToTheUnit) {
  auto message = NewMessage("named");
  message.text = "我叫李桂兰，门口的路灯不亮";
  message.confidential = true;
  const auto shown = api_->Show(Get(Opened(message)));
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.body.find("李桂兰"), std::string::npos) << shown.body;
  EXPECT_NE(shown.body.find("路灯不亮"), std::string::npos);
}

TEST_F(UnitApiTest, ActsOfOthersAndOrdersOfOthersAreRefused) {
  const auto number = NewOrder();
  for (const auto* act : {"check", "close", "dispatch", "rule", "nonsense"})
    EXPECT_EQ(api_->Act(ActCall(number, {{"act", act}}, std::string("id-") + act)).status, 400) << act;
  EXPECT_EQ(api_->Act(ActCall(number, {{"act", "sign"}}, "id-t", "town")).status, 403);
  EXPECT_EQ(api_->Show(Get(number, "town")).status, 200);
  EXPECT_EQ(api_->Act(ActCall(number, {{"act", "sign"}}, "id-p", "park")).status, 404);
  EXPECT_EQ(api_->Show(Get(number, "park")).status, 404);
  EXPECT_EQ(api_->Act(ActCall("20990101-00001", {{"act", "sign"}}, "id-n")).status, 404);
  EXPECT_EQ(Order(number).state, State::kDispatched);
}

TEST_F(UnitApiTest, WhoLookedAtAnOlderVersionHearsWhatHasChanged) {
  const auto number = NewOrder();
  const auto seen = Order(number).version;
  desk::ActRequest remind;
  remind.act = Act::kRemind;
  remind.by = "li";
  remind.code = "answer";
  Do(number, remind);
  const auto answer = api_->Act(ActCall(number, {{"act", "sign"}, {"expected", seen}}, "id-1"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(json::parse(answer.body)["message"].get<std::string>(), HasSubstr("催办"));
}

TEST_F(UnitApiTest, MistakesNameTheField) {
  const auto number = NewOrder();
  auto answer = api_->Act(ActCall(number, {{"act", "return"}, {"code", 7}}, "id-1"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body)["fields"][0], "code");
  EXPECT_EQ(api_->Act(ActCall(number, {{"act", "return"}, {"code", "because"}}, "id-2")).status, 400);
  EXPECT_EQ(api_->Act(ActCall(number, {{"act", "sign"}, {"colour", "red"}}, "id-3")).status, 400);
  EXPECT_EQ(api_->Act(ActCall(number, {{"act", "sign"}, {"by", "a\nb"}}, "id-4")).status, 400);
  EXPECT_EQ(api_->Act(Signed("POST", "/x", number, "{", "id-5")).status, 400);
  EXPECT_EQ(Order(number).state, State::kDispatched);
}

TEST_F(UnitApiTest, TheOrderIsShownMasked) {
  const auto number = NewOrder();
  const auto answer = api_->Show(Get(number));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("路灯不亮"));
  EXPECT_THAT(answer.body, Not(HasSubstr("13851234567")));
  EXPECT_EQ(json::parse(answer.body)["topic_name"], "路灯");
  EXPECT_EQ(api_->Show(Get("20990101-00001")).status, 404);
}

TEST_F(UnitApiTest, ContactDataIsToldWithAReasonThatTheTimelineKeeps) {
  const auto number = NewOrder();
  EXPECT_EQ(api_->Contact(ContactCall(number, " ")).status, 400);
  EXPECT_EQ(CountActs(Order(number), Act::kNote), 0);
  const auto answer = api_->Contact(ContactCall(number, "约上门时间"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["contact"], json::array({"13851234567"}));
  const auto event = Order(number).events.back();
  EXPECT_EQ(event.actor, "unit:lighting/zhang");
  EXPECT_THAT(event.reason, HasSubstr("约上门时间"));
  EXPECT_THAT(event.reason + event.data, Not(HasSubstr("1385123")));
}

TEST_F(UnitApiTest, OfAnonymousAndConfidentialRequestsNothingIsTold) {
  auto message = By("phone", "m1", "13851234567");
  message.confidential = true;
  const auto one = Opened(message);
  EXPECT_EQ(api_->Contact(ContactCall(one, "约上门时间")).status, 403);
  const auto other = NewOrder("m2");
  ASSERT_TRUE(store_->Forms().SetPrivacy(Order(other).request_id, {true, false}, "li"));
  EXPECT_EQ(api_->Contact(ContactCall(other, "约上门时间")).status, 403);
}

TEST_F(UnitApiTest, TooManyCallsAreRefusedPerUnitAndStrangersPerAddress) {
  const auto number = NewOrder();
  for (int i = 0; i < UnitApi::kPerMinute; ++i) ASSERT_EQ(api_->Show(Get(number)).status, 200);
  EXPECT_EQ(api_->Show(Get(number)).status, 429);
  auto stranger = Get(number);
  stranger.headers["webhook-signature"] = "v1,AAAA";
  for (int i = 0; i < UnitApi::kStrangersPerMinute; ++i) ASSERT_EQ(api_->Show(stranger).status, 403);
  EXPECT_EQ(api_->Show(stranger).status, 429);
  clock_.Advance(minutes(1));
  EXPECT_EQ(api_->Show(Get(number)).status, 200);
}

}  // namespace
}  // namespace minsheng::callback
