// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "channels/weibo/api.h"
#include "channels/weibo/push.h"
#include "src/text/utf8.h"
#include "tests/support/social.h"

namespace minsheng::weibo {
namespace {

using minsheng::testing::FakeChannelHost;
using minsheng::testing::GoldenJson;
using minsheng::testing::MakeChannel;
using minsheng::testing::MakeRequest;
using minsheng::testing::Repeated;
using minsheng::testing::ReplyTo;

constexpr std::int64_t kCreatedMs = 1'342'433'360'000;  // Mon Jul 16 18:09:20 +0800 2012

void MoveClock(FakeChannelHost& host, std::int64_t ms) {
  host.manual_clock.Advance(Millis(ms) - host.manual_clock.Now().time_since_epoch());
}

http::Request PushRequest(const nlohmann::json& push) {
  http::Headers query;
  for (const auto& [key, value] : push.at("query").items()) query.emplace_back(key, value.get<std::string>());
  return MakeRequest("POST", query, push.at("body").get<std::string>());
}

// Receives one push of the golden file at the time that it states.
Result<Inbound> ReceiveGolden(const nlohmann::json& golden, const nlohmann::json& push) {
  FakeChannelHost host;
  MoveClock(host, std::stoll(push.at("query").at("timestamp").get<std::string>()));
  auto channel = MakeChannel("weibo", minsheng::testing::WeiboKeys(golden.at("appsecret").get<std::string>()), host);
  if (!channel) return Fail(channel.error());
  return (*channel)->Receive(PushRequest(push));
}

const nlohmann::json& FindPush(const nlohmann::json& golden, const std::string& name) {
  for (const auto& push : golden.at("pushes")) {
    if (push.at("name") == name) return push;
  }
  throw std::out_of_range(name);
}

struct Expected {
  Kind kind;
  std::map<std::string, std::string> facts;  // beside to_account
};

std::map<std::string, Expected> ExpectedPushes() {
  const auto event = [](const char* name) { return Expected{Kind::kEvent, {{"event", name}}}; };
  std::map<std::string, Expected> all;
  for (const char* name :
       {"text", "text_emoji_and_face", "legacy_recipient_id_and_id", "ids_as_strings", "data_missing", "data_as_string",
        "xml_format", "retry_same_message", "same_second_second_message"}) {
    all[name] = {Kind::kText, {}};
  }
  all["text_subscribe_word"] = {Kind::kEvent, {{"event", "subscribe"}, {"word", "dy"}}};
  all["position"] = {Kind::kLocation, {{"longitude", "116.308586"}, {"latitude", "39.982525"}}};
  all["voice"] = {Kind::kVoice, {{"media_id", "821804469"}, {"media_id_sender", "821804459"}}};
  all["image"] = {Kind::kImage, {{"media_id", "821804469"}, {"media_id_sender", "821804459"}}};
  all["event_follow"] = event("follow");
  all["event_unfollow"] = event("unfollow");
  all["event_subscribe"] = event("subscribe");
  all["event_unsubscribe"] = event("unsubscribe");
  const std::string ticket = "gQG28DoAAAAAAAAAASxodHRwOi8vd2VpYm8uY29t";
  for (const char* scan : {"scan", "scan_follow"}) {
    all[std::string("event_") + scan] = {Kind::kEvent,
                                         {{"event", scan}, {"event_key", "qrscene_12345"}, {"ticket", ticket}}};
  }
  all["event_click"] = {Kind::kEvent, {{"event", "click"}, {"event_key", "MENU_PROGRESS"}}};
  all["event_view"] = {Kind::kEvent, {{"event", "view"}, {"event_key", "https://12345.example.gov.cn/form"}}};
  all["mention_status"] = {Kind::kText, {{"mention", "status"}, {"mention_id", "5315565853870921"}}};
  all["mention_comment"] = {Kind::kText, {{"mention", "comment"}, {"mention_id", "5315630371706462"}}};
  all["mention_as_event"] = {Kind::kText, {{"mention", "mention"}, {"mention_id", "5315565853870921"}}};
  all["ids_beyond_2_53"] = {Kind::kText, {{"mention", "status"}, {"mention_id", "9007199254740993"}}};
  all["unknown_type"] = {Kind::kUnsupported, {{"type", "redpacket"}}};
  all["unknown_subtype"] = {Kind::kUnsupported, {{"event", "super_fan"}}};
  return all;
}

TEST(WeiboGolden, EveryPushOfTheFileHasItsOutcome) {
  const auto golden = GoldenJson("weibo.json");
  const auto expected = ExpectedPushes();
  int checked = 0;
  for (const auto& push : golden.at("pushes")) {
    const std::string name = push.at("name").get<std::string>();
    const auto inbound = ReceiveGolden(golden, push);
    ++checked;
    if (name == "bad_signature") {
      ASSERT_FALSE(inbound);
      EXPECT_EQ(inbound.error().kind, ErrorKind::kDenied);
      continue;
    }
    ASSERT_TRUE(inbound) << name << inbound.error().what;
    EXPECT_EQ(inbound->ack.status, 200);
    EXPECT_EQ(inbound->ack.body, "");
    EXPECT_EQ(inbound->raw, push.at("body").get<std::string>());
    ASSERT_EQ(inbound->items.size(), 1U);
    const Message& m = inbound->items[0].message;
    if (name == "doc_trailing_comma") {
      EXPECT_EQ(m.kind, Kind::kUnreadable);
      EXPECT_NE(m.Fact("error").find("JSON"), std::string::npos);
      continue;
    }
    ASSERT_TRUE(expected.contains(name)) << name;
    EXPECT_EQ(m.kind, expected.at(name).kind) << name;
    auto facts = expected.at(name).facts;
    facts["to_account"] = name == "ids_beyond_2_53" ? "9007199254740993" : "1902538057";
    EXPECT_EQ(m.facts, facts) << name;
    EXPECT_EQ(m.sender, name == "ids_beyond_2_53" ? "9007199254740995" : "2489518277") << name;
    EXPECT_EQ(ToMs(m.sent_at), kCreatedMs) << name;
    EXPECT_TRUE(inbound->passive) << name;
    if (name != "xml_format") {
      EXPECT_EQ(m.text, nlohmann::json::parse(push.at("body").get<std::string>()).at("text").get<std::string>());
    }
  }
  EXPECT_EQ(checked, 29);
}

TEST(WeiboGolden, ARetryIsTheSameItemAndASecondMessageOfTheSecondIsAnother) {
  const auto golden = GoldenJson("weibo.json");
  const auto id = [&](const char* name) {
    return ReceiveGolden(golden, FindPush(golden, name))->items.at(0).message.source_id;
  };
  EXPECT_TRUE(id("text").starts_with("1342433360000-")) << id("text");
  EXPECT_EQ(id("text"), id("retry_same_message"));
  EXPECT_NE(id("text"), id("same_second_second_message"));
  EXPECT_EQ(id("legacy_recipient_id_and_id"), "1211260020031346");
  std::set<std::string> all;
  for (const auto& push : golden.at("pushes")) {
    const auto inbound = ReceiveGolden(golden, push);
    if (inbound) all.insert(inbound->items.at(0).message.source_id);
  }
  EXPECT_EQ(all.size(), 27U) << "29, less the forged one and the retry";
}

TEST(WeiboGolden, UrlVerificationsAreEchoed) {
  const auto golden = GoldenJson("weibo.json");
  std::vector<nlohmann::json> cases = golden.at("verify_get").get<std::vector<nlohmann::json>>();
  cases.push_back(golden.at("official_signature_vector"));
  for (const auto& v : cases) {
    FakeChannelHost host;
    MoveClock(host, std::stoll(v.at("timestamp").get<std::string>()));
    auto channel = MakeChannel("weibo", minsheng::testing::WeiboKeys(v.at("appsecret").get<std::string>()), host);
    ASSERT_TRUE(channel) << channel.error().what;
    const auto query = v.contains("query") ? http::ParseQuery(v.at("query").get<std::string>())
                                           : http::Headers{{"signature", v.at("signature").get<std::string>()},
                                                           {"timestamp", v.at("timestamp").get<std::string>()},
                                                           {"nonce", v.at("nonce").get<std::string>()},
                                                           {"echostr", v.at("echostr").get<std::string>()}};
    const auto answer = (*channel)->Receive(MakeRequest("GET", query));
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->ack.body, v.at("echostr").get<std::string>());
    auto forged = query;
    for (auto& [key, value] : forged) {
      if (key == "nonce") value += "0";
    }
    EXPECT_EQ((*channel)->Receive(MakeRequest("GET", forged)).error().kind, ErrorKind::kDenied);
  }
}

TEST(WeiboGolden, TextRepliesEqualTheDocumentedForms) {
  const auto golden = GoldenJson("weibo.json");
  int checked = 0;
  for (const auto& v : golden.at("replies")) {
    if (!v.at("data_plain").contains("text")) continue;
    const std::string text = v.at("data_plain").at("text").get<std::string>();
    EXPECT_EQ(TextData(text), v.at("data_urlencoded").get<std::string>());
    EXPECT_EQ(ReplyForm("2489518277", text, false), v.at("active_form_body").get<std::string>());
    EXPECT_EQ(nlohmann::json::parse(PassiveText("1902538057", "2489518277", text)),
              nlohmann::json::parse(v.at("passive_reply").get<std::string>()));
    ++checked;
  }
  EXPECT_EQ(checked, 2);
}

TEST(WeiboGolden, ErrorsAndSuccessOfTheInterfaceAreRead) {
  const auto golden = GoldenJson("weibo.json");
  std::vector<int> codes;
  for (const auto& v : golden.at("api_examples").at("error_strings")) {
    const auto answer = ParseAnswer(v.dump());
    ASSERT_TRUE(answer) << v;
    EXPECT_FALSE(answer->ok);
    codes.push_back(answer->code);
  }
  EXPECT_EQ(codes, (std::vector<int>{20502, 21327, 10023, 10022, 28401}));
  const auto ok = ParseAnswer(golden.at("api_examples").at("messages_reply_ok").dump());
  ASSERT_TRUE(ok);
  EXPECT_TRUE(ok->ok);
}

TEST(WeiboPush, ThePassiveAnswerIsShorterThan300Characters) {
  const auto golden = GoldenJson("weibo.json");
  const auto inbound = ReceiveGolden(golden, FindPush(golden, "text"));
  ASSERT_TRUE(inbound && inbound->passive);
  const auto answer = inbound->passive(ReplyTo("2489518277", Repeated("好", 299)));
  ASSERT_TRUE(answer);
  const auto json = nlohmann::json::parse(answer->body);
  EXPECT_EQ(json.at("sender_id"), "1902538057");
  EXPECT_EQ(json.at("receiver_id"), "2489518277");
  const auto data = http::PercentDecode(json.at("data").get<std::string>(), false);
  ASSERT_TRUE(data);
  EXPECT_EQ(nlohmann::json::parse(*data).at("text"), Repeated("好", 299));
  EXPECT_FALSE(inbound->passive(ReplyTo("2489518277", Repeated("好", 300))));
  EXPECT_FALSE(inbound->passive(ReplyTo("2489518277", " ")));
}

}  // namespace
}  // namespace minsheng::weibo
