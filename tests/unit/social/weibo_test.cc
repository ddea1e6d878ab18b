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

std::string Keys(const std::string& secret, const std::string& more = {}) {
  return "app_secret = \"" + secret + "\"\naccess_token = \"2.00/token\"\napi_url = \"https://fake.test\"\n" + more;
}

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
  auto channel = MakeChannel("weibo", Keys(golden.at("appsecret").get<std::string>()), host);
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
    auto channel = MakeChannel("weibo", Keys(v.at("appsecret").get<std::string>()), host);
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

TEST(WeiboPush, TheTimeIsReadWithEnglishNamesAndAnyZone) {
  EXPECT_EQ(ToMs(*ParseCreatedAt("Mon Jul 16 18:09:20 +0800 2012")), kCreatedMs);
  EXPECT_EQ(ToMs(*ParseCreatedAt("Mon Jul 16 10:09:20 +0000 2012")), kCreatedMs);
  EXPECT_EQ(ToMs(*ParseCreatedAt("Mon Jul 16 04:39:20 -0530 2012")), kCreatedMs);
  EXPECT_EQ(ToMs(*ParseCreatedAt("Thu Feb 29 00:00:00 +0800 2024")), 1'709'136'000'000);
  EXPECT_EQ(ToMs(*ParseCreatedAt("1342433360")), kCreatedMs);
  for (const char* bad :
       {"", "Mon Jul 16 18:09:20 2012", "Xxx Jul 16 18:09:20 +0800 2012", "Mon 7月 16 18:09:20 +0800 2012",
        "Mon Jul 32 18:09:20 +0800 2012", "Wed Feb 29 00:00:00 +0800 2023", "Mon Jul 16 24:09:20 +0800 2012",
        "Mon Jul 16 18:09:20 +0860 2012", "Mon Jul 16 18:09:20 0800  2012", "2012-07-16 18:09:20"}) {
    EXPECT_FALSE(ParseCreatedAt(bad)) << bad;
  }
}

Result<Message> Read(const std::string& body) {
  auto tree = ReadTree(body);
  if (!tree) return Fail(tree.error());
  return ToMessage(*tree);
}

std::string Body(const std::string& sender, const std::string& rest = R"(,"text":"x")") {
  return R"({"type":"text","receiver_id":1,"sender_id":)" + sender +
         R"(,"created_at":"Mon Jul 16 18:09:20 +0800 2012")" + rest + "}";
}

TEST(WeiboPush, IdsAreExactTo64BitsAndBeyondThatUnreadable) {
  EXPECT_EQ(Read(Body("18446744073709551615"))->sender, "18446744073709551615");
  for (const char* bad : {"18446744073709551616", "123456789012345678901234", "1e9", "1.0", "-5", "\"12a\"", "\"\"",
                          "null", "{}", "true", "\"123456789012345678901\""}) {
    EXPECT_FALSE(Read(Body(bad))) << bad;
  }
  EXPECT_FALSE(Read(R"({"type":"text"})"));
  EXPECT_FALSE(Read(R"({"type":"text","receiver_id":1,"sender_id":2,"created_at":"yesterday"})"));
}

TEST(WeiboPush, EmptyFormsOfDataAreOneIdentityAndDifferentDataAreTwo) {
  const auto id = [](const std::string& rest) { return Read(Body("7", R"(,"text":"x")" + rest))->source_id; };
  EXPECT_EQ(id(""), id(R"(,"data":{})"));
  EXPECT_EQ(id(""), id(R"(,"data":"")"));
  EXPECT_EQ(id(""), id(R"(,"data":null)"));
  EXPECT_EQ(id(R"(,"data":{"a":1,"b":2})"), id(R"(,"data":{"b":2,"a":1})"));
  EXPECT_NE(id(R"(,"data":{"a":1})"), id(R"(,"data":{"a":2})"));
}

TEST(WeiboPush, TheXmlFormGivesWhatTheJsonFormGives) {
  const auto xml = Read(
      "<xml><ToUserName>1</ToUserName><FromUserName>2</FromUserName><CreateTime>1342433360</CreateTime>"
      "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>K</EventKey></xml>");
  ASSERT_TRUE(xml) << xml.error().what;
  EXPECT_EQ(xml->kind, Kind::kEvent);
  EXPECT_EQ(xml->Fact("event"), "click");
  EXPECT_EQ(xml->Fact("event_key"), "K");
  const auto place = Read(
      "<xml><ToUserName>1</ToUserName><FromUserName>2</FromUserName><CreateTime>1342433360</CreateTime>"
      "<MsgType>location</MsgType><Location_X>39.9</Location_X><Location_Y>116.3</Location_Y></xml>");
  ASSERT_TRUE(place) << place.error().what;
  EXPECT_EQ(place->kind, Kind::kLocation);
  EXPECT_EQ(place->Fact("latitude"), "39.9");
}

TEST(WeiboPush, TheUnsubscribeWordIsAnEventInAnyCase) {
  const auto m = Read(Body("7", R"(,"text":" TD ")"));
  ASSERT_TRUE(m);
  EXPECT_EQ(m->kind, Kind::kEvent);
  EXPECT_EQ(m->Fact("event"), "unsubscribe");
  EXPECT_EQ(Read(Body("7", R"(,"text":"dy路灯")"))->kind, Kind::kText);
}

class WeiboDoor : public ::testing::Test {
 protected:
  http::Request Signed(const std::string& body, std::int64_t at_ms) const {
    const std::string t = std::to_string(at_ms);
    return MakeRequest(
        "POST", {{"signature", push::Signature({"app-secret", t, "n"})}, {"timestamp", t}, {"nonce", "n"}}, body);
  }
  Channel& Make(const std::string& more = {}) {
    auto made = MakeChannel("weibo", Keys("app-secret", more), host);
    EXPECT_TRUE(made) << made.error().what;
    channel = *std::move(made);
    return *channel;
  }
  FakeChannelHost host;
  std::unique_ptr<Channel> channel;
  const std::int64_t now = ToMs(host.manual_clock.Now());
};

TEST_F(WeiboDoor, TheWindowIsCountedInMilliseconds) {
  Channel& c = Make();
  EXPECT_TRUE(c.Receive(Signed(Body("7"), now - 600'000)));
  EXPECT_TRUE(c.Receive(Signed(Body("7"), now + 600'000)));
  for (const auto at : {now - 600'001, now + 600'001, now / 1000}) {
    const auto denied = c.Receive(Signed(Body("7"), at));
    ASSERT_FALSE(denied) << at;
    EXPECT_EQ(denied.error().kind, ErrorKind::kDenied);
  }
}

TEST_F(WeiboDoor, MissingRepeatedAndEmptyPartsAreInvalid) {
  Channel& c = Make();
  for (const char* key : {"signature", "timestamp", "nonce"}) {
    auto missing = Signed(Body("7"), now);
    std::erase_if(missing.query, [&](const auto& pair) { return pair.first == key; });
    EXPECT_EQ(c.Receive(missing).error().kind, ErrorKind::kInvalid) << key;
    auto twice = Signed(Body("7"), now);
    twice.query.emplace_back(key, "1");
    EXPECT_EQ(c.Receive(twice).error().kind, ErrorKind::kInvalid) << key;
  }
  EXPECT_EQ(c.Receive(Signed("", now)).error().kind, ErrorKind::kInvalid);
}

TEST_F(WeiboDoor, APushForAnotherAccountIsDeniedAndTheLineIsOurs) {
  EXPECT_EQ(Make("uid = \"2\"\n").Receive(Signed(Body("7"), now)).error().kind, ErrorKind::kDenied);
  const auto inbound = Make("uid = \"1\"\nline = \"tourism\"\n").Receive(Signed(Body("7"), now));
  ASSERT_TRUE(inbound) << inbound.error().what;
  EXPECT_EQ(inbound->items.at(0).message.line, "tourism");
}

TEST_F(WeiboDoor, ParseTakesTheKeptBytesAndSaysWhatIsWrong) {
  Channel& c = Make();
  EXPECT_EQ(c.Parse(Body("7"), "")->items.at(0).message.sender, "7");
  const auto bad = c.Parse("{\"type\":\"text\",}", "");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().what.find("byte"), std::string::npos);
}

TEST_F(WeiboDoor, SettingsWithoutASecretAreRefused) {
  const auto made = MakeChannel("weibo", "api_url = \"x\"\n", host);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().what.find("app_secret"), std::string::npos);
  EXPECT_NE(made.error().what.find("api_url"), std::string::npos);
}

class WeiboSend : public WeiboDoor {
 protected:
  void SetUp() override { Make(); }
  void TearDown() override { EXPECT_EQ(host.client.Left(), 0U) << "a scripted answer was not asked for"; }
  ErrorKind Outcome(const std::string& text = "已办结。") {
    const auto result = channel->Send(ReplyTo("7", text, "n" + std::to_string(++count)));
    EXPECT_FALSE(result);
    return result ? ErrorKind::kInternal : result.error().kind;
  }
  int count = 0;
};

TEST_F(WeiboSend, AReplyIsAFormWithThePercentEncodedJson) {
  host.client.ThenBody(R"({"result":true,"receiver_id":7,"type":"text"})");
  const auto receipt = channel->Send(ReplyTo("7", "已办结 100%"));
  ASSERT_TRUE(receipt) << receipt.error().what;
  const auto call = host.client.Calls().at(0);
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.url, "https://fake.test/2/messages/reply.json");
  EXPECT_EQ(call.headers, (http::Headers{{"Content-Type", "application/x-www-form-urlencoded"}}));
  const auto form = http::ParseQuery(call.body);
  EXPECT_EQ(form, (http::Headers{{"access_token", "2.00/token"},
                                 {"receiver_id", "7"},
                                 {"type", "text"},
                                 {"data", R"({"text":"已办结 100%"})"},
                                 {"save_sender_box", "1"}}));
}

TEST_F(WeiboSend, EveryErrorOfTheTableHasItsOutcomeAsNumberAndAsString) {
  const std::map<int, ErrorKind> expected = {
      {10001, ErrorKind::kUnavailable}, {10009, ErrorKind::kUnavailable}, {10010, ErrorKind::kUnavailable},
      {10022, ErrorKind::kUnavailable}, {10023, ErrorKind::kUnavailable}, {10024, ErrorKind::kUnavailable},
      {20016, ErrorKind::kUnavailable}, {10004, ErrorKind::kRejected},    {10005, ErrorKind::kRejected},
      {10012, ErrorKind::kRejected},    {10013, ErrorKind::kRejected},    {10014, ErrorKind::kRejected},
      {10016, ErrorKind::kRejected},    {10017, ErrorKind::kRejected},    {10020, ErrorKind::kRejected},
      {10021, ErrorKind::kRejected},    {20017, ErrorKind::kRejected},    {20019, ErrorKind::kRejected},
      {20101, ErrorKind::kRejected},    {20201, ErrorKind::kRejected},    {20206, ErrorKind::kRejected},
      {20207, ErrorKind::kRejected},    {21314, ErrorKind::kRejected},    {21315, ErrorKind::kRejected},
      {21327, ErrorKind::kRejected},    {21332, ErrorKind::kRejected},    {26403, ErrorKind::kRejected},
      {28401, ErrorKind::kRejected},    {31337, ErrorKind::kRejected}};
  for (const auto& [code, kind] : expected) {
    const std::string number = std::to_string(code);
    host.client.ThenBody(R"({"request":"/2/x","error_code":)" + number + R"(,"error":"e"})", 403)
        .ThenBody(R"({"request":"/2/x","error_code":")" + number + R"(","error":"e"})", 400);
    EXPECT_EQ(Outcome(), kind) << code;
    EXPECT_EQ(Outcome(), kind) << code;
  }
  for (const auto& row : ErrorTable()) EXPECT_FALSE(row.chinese.empty() || row.english.empty()) << row.first;
}

TEST_F(WeiboSend, AnOutcomeThatNobodyKnowsIsUnknown) {
  for (const char* body : {"<html>502</html>", "", "{}", R"({"error_code":"x"})", "[]"}) {
    host.client.ThenBody(body, 502, "text/html");
    EXPECT_EQ(Outcome(), ErrorKind::kUnknown) << body;
  }
  host.client.ThenFail(ErrorKind::kUnknown);
  EXPECT_EQ(Outcome(), ErrorKind::kUnknown);
  host.client.ThenFail(ErrorKind::kUnavailable);
  EXPECT_EQ(Outcome(), ErrorKind::kUnavailable);
  host.client.ThenFail(ErrorKind::kInvalid);
  EXPECT_EQ(Outcome(), ErrorKind::kRejected);
  host.client.ThenBody(R"({"result":false})");
  EXPECT_EQ(Outcome(), ErrorKind::kRejected);
}

TEST_F(WeiboSend, ALongReplyGoesOutInPartsOfFewerThan300Characters) {
  const std::string text = Repeated("您反映的问题已经处理。", 60);  // 660 characters
  for (int i = 0; i < 3; ++i) host.client.ThenBody(R"({"result":true})");
  ASSERT_TRUE(channel->Send(ReplyTo("7", text)));
  std::string joined;
  for (const auto& call : host.client.Calls()) {
    const auto form = http::ParseQuery(call.body);
    const auto content = nlohmann::json::parse(form.at(3).second).at("text").get<std::string>();
    EXPECT_LT(text::CountChars(content), 300U);
    joined += content.substr(content.find("）") + 3);
  }
  EXPECT_EQ(joined, text);
}

TEST_F(WeiboSend, ATextThatWeiboFindsTooLongIsCutSmaller) {
  host.client.ThenBody(R"({"error_code":20012,"error":"text too long"})", 400)
      .ThenBody(R"({"result":true})")
      .ThenBody(R"({"result":true})");
  EXPECT_TRUE(channel->Send(ReplyTo("7", Repeated("很长的答复。", 40))));  // 240 characters
}

TEST_F(WeiboSend, WithoutReceiverTextOrTokenNothingIsCalled) {
  EXPECT_EQ(Outcome(" "), ErrorKind::kRejected);
  EXPECT_EQ(channel->Send(ReplyTo("", "x")).error().kind, ErrorKind::kRejected);
  auto bare = MakeChannel("weibo", "app_secret = \"x\"\n", host);
  ASSERT_TRUE(bare);
  EXPECT_EQ((*bare)->Send(ReplyTo("7", "x")).error().kind, ErrorKind::kRejected);
  EXPECT_TRUE(host.client.Calls().empty());
  EXPECT_EQ(channel->Limits().reply_window, Millis(std::chrono::hours(48)));
}

}  // namespace
}  // namespace minsheng::weibo
