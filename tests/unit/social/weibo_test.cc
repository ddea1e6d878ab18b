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

constexpr std::int64_t kJuly16 = 1'342'433'360'000;  // Mon Jul 16 18:09:20 +0800 2012

TEST(WeiboPush, TheTimeIsReadWithEnglishNamesAndAnyZone) {
  EXPECT_EQ(ToMs(*ParseCreatedAt("Mon Jul 16 18:09:20 +0800 2012")), kJuly16);
  EXPECT_EQ(ToMs(*ParseCreatedAt("Mon Jul 16 10:09:20 +0000 2012")), kJuly16);
  EXPECT_EQ(ToMs(*ParseCreatedAt("Mon Jul 16 04:39:20 -0530 2012")), kJuly16);
  EXPECT_EQ(ToMs(*ParseCreatedAt("Thu Feb 29 00:00:00 +0800 2024")), 1'709'136'000'000);
  EXPECT_EQ(ToMs(*ParseCreatedAt("1342433360")), kJuly16);
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

TEST(WeiboPush, IdsAreExactTo64BitsAndBeyondThatUnreadable) {
  EXPECT_EQ(Read(minsheng::testing::WeiboBody("18446744073709551615"))->sender, "18446744073709551615");
  for (const char* bad : {"18446744073709551616", "123456789012345678901234", "1e9", "1.0", "-5", "\"12a\"", "\"\"",
                          "null", "{}", "true", "\"123456789012345678901\""}) {
    EXPECT_FALSE(Read(minsheng::testing::WeiboBody(bad))) << bad;
  }
  EXPECT_FALSE(Read(R"({"type":"text"})"));
  EXPECT_FALSE(Read(R"({"type":"text","receiver_id":1,"sender_id":2,"created_at":"yesterday"})"));
}

TEST(WeiboPush, EmptyFormsOfDataAreOneIdentityAndDifferentDataAreTwo) {
  const auto id = [](const std::string& rest) {
    return Read(minsheng::testing::WeiboBody("7", R"(,"text":"x")" + rest))->source_id;
  };
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
  const auto m = Read(minsheng::testing::WeiboBody("7", R"(,"text":" TD ")"));
  ASSERT_TRUE(m);
  EXPECT_EQ(m->kind, Kind::kEvent);
  EXPECT_EQ(m->Fact("event"), "unsubscribe");
  EXPECT_EQ(Read(minsheng::testing::WeiboBody("7", R"(,"text":"dy路灯")"))->kind, Kind::kText);
}

using WeiboDoor = minsheng::testing::WeiboAccount;

TEST_F(WeiboDoor, TheWindowIsCountedInMilliseconds) {
  Channel& c = Make();
  EXPECT_TRUE(c.Receive(Signed(minsheng::testing::WeiboBody("7"), now - 600'000)));
  EXPECT_TRUE(c.Receive(Signed(minsheng::testing::WeiboBody("7"), now + 600'000)));
  for (const auto at : {now - 600'001, now + 600'001, now / 1000}) {
    const auto denied = c.Receive(Signed(minsheng::testing::WeiboBody("7"), at));
    ASSERT_FALSE(denied) << at;
    EXPECT_EQ(denied.error().kind, ErrorKind::kDenied);
  }
}

TEST_F(WeiboDoor, MissingRepeatedAndEmptyPartsAreInvalid) {
  Channel& c = Make();
  for (const char* key : {"signature", "timestamp", "nonce"}) {
    auto missing = Signed(minsheng::testing::WeiboBody("7"), now);
    std::erase_if(missing.query, [&](const auto& pair) { return pair.first == key; });
    EXPECT_EQ(c.Receive(missing).error().kind, ErrorKind::kInvalid) << key;
    auto twice = Signed(minsheng::testing::WeiboBody("7"), now);
    twice.query.emplace_back(key, "1");
    EXPECT_EQ(c.Receive(twice).error().kind, ErrorKind::kInvalid) << key;
  }
  EXPECT_EQ(c.Receive(Signed("", now)).error().kind, ErrorKind::kInvalid);
}

TEST_F(WeiboDoor, APushForAnotherAccountIsDeniedAndTheLineIsOurs) {
  EXPECT_EQ(Make("uid = \"2\"\n").Receive(Signed(minsheng::testing::WeiboBody("7"), now)).error().kind,
            ErrorKind::kDenied);
  const auto inbound =
      Make("uid = \"1\"\nline = \"tourism\"\n").Receive(Signed(minsheng::testing::WeiboBody("7"), now));
  ASSERT_TRUE(inbound) << inbound.error().what;
  EXPECT_EQ(inbound->items.at(0).message.line, "tourism");
}

TEST_F(WeiboDoor, ParseTakesTheKeptBytesAndSaysWhatIsWrong) {
  Channel& c = Make();
  EXPECT_EQ(c.Parse(minsheng::testing::WeiboBody("7"), "")->items.at(0).message.sender, "7");
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

}  // namespace
}  // namespace minsheng::weibo
