// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "channels/push_tree.h"
#include "channels/wechat/crypto.h"
#include "channels/wechat/reply.h"
#include "tests/support/social.h"

namespace minsheng::wechat {
namespace {

using minsheng::testing::FakeChannelHost;
using minsheng::testing::MakeChannel;
using minsheng::testing::MakeRequest;
using minsheng::testing::Repeated;
using minsheng::testing::ReplyTo;
using minsheng::testing::WechatSide;
using minsheng::testing::WechatXml;

const std::string kText = minsheng::testing::WechatTextPush();

using WechatReceive = minsheng::testing::WechatAccount;

ErrorKind KindOf(const Result<Inbound>& result) {
  EXPECT_FALSE(result);
  return result ? ErrorKind::kInternal : result.error().kind;
}

void SetQuery(http::Request& request, const std::string& key, const std::string& value) {
  for (auto& [name, old] : request.query) {
    if (name == key) old = value;
  }
}
void DropQuery(http::Request& request, const std::string& key) {
  std::erase_if(request.query, [&](const auto& pair) { return pair.first == key; });
}

TEST_F(WechatReceive, UrlVerificationEchoesVerbatimAndOnlyWhenSigned) {
  Channel& c = Make();
  http::Request get = side.Clear("");
  get.method = "GET";
  get.query.emplace_back("echostr", "\"<4375>\" 中");
  const auto ok = c.Receive(get);
  ASSERT_TRUE(ok) << ok.error().what;
  EXPECT_EQ(ok->ack.body, "\"<4375>\" 中");
  EXPECT_TRUE(ok->items.empty());
  for (const char* key : {"signature", "timestamp", "nonce", "echostr"}) {
    http::Request missing = get;
    DropQuery(missing, key);
    EXPECT_EQ(KindOf(c.Receive(missing)), ErrorKind::kInvalid) << key;
    http::Request twice = get;
    twice.query.emplace_back(key, get.Query(key).value());
    EXPECT_EQ(KindOf(c.Receive(twice)), ErrorKind::kInvalid) << key;
  }
  SetQuery(get, "nonce", "1");
  EXPECT_EQ(KindOf(c.Receive(get)), ErrorKind::kDenied);
}

TEST_F(WechatReceive, ASealedPushIsReadKeptRawAndAcknowledged) {
  Channel& c = Make("line = \"tourism\"\nto_user = \"gh_test\"\n");
  const auto push = side.Sealed(kText);
  const auto inbound = c.Receive(push);
  ASSERT_TRUE(inbound) << inbound.error().what;
  ASSERT_EQ(inbound->items.size(), 1U);
  EXPECT_EQ(inbound->items[0].message.text, "路灯坏了");
  EXPECT_EQ(inbound->items[0].message.line, "tourism");
  EXPECT_EQ(inbound->raw, push.body);
  EXPECT_EQ(inbound->ack.body, "success");
  EXPECT_EQ(inbound->ack.status, 200);
}

TEST_F(WechatReceive, ARetryWithTheSameContentIsReadToTheSameIdentity) {
  Channel& c = Make();
  const auto first = c.Receive(side.Sealed(kText));
  side.nonce = "999";
  side.seconds += 5;
  const auto again = c.Receive(side.Sealed(kText));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->items[0].message.source_id, again->items[0].message.source_id);
}

TEST_F(WechatReceive, SafeModeTakesNothingThatIsNotSealed) {
  Channel& c = Make();
  EXPECT_EQ(KindOf(c.Receive(side.Clear(kText))), ErrorKind::kDenied);
  auto without = side.Sealed(kText);
  DropQuery(without, "encrypt_type");
  EXPECT_EQ(KindOf(c.Receive(without)), ErrorKind::kDenied);
  // Clear fields in a push that claims to be sealed: msg_signature over an empty Encrypt.
  auto empty = side.SealedWith("");
  empty.body = kText;
  const auto inbound = c.Receive(empty);
  ASSERT_TRUE(inbound);
  EXPECT_EQ(inbound->items[0].message.kind, Kind::kUnreadable);
}

TEST_F(WechatReceive, PlainModeTakesClearFieldsAndParksASealedBody) {
  Channel& c = Make("mode = \"plain\"\n");
  const auto clear = c.Receive(side.Clear(kText));
  ASSERT_TRUE(clear) << clear.error().what;
  EXPECT_EQ(clear->items[0].message.text, "路灯坏了");
  const auto sealed = c.Receive(side.Sealed(kText));
  ASSERT_TRUE(sealed) << sealed.error().what;
  EXPECT_EQ(sealed->items[0].message.kind, Kind::kUnreadable);
}

TEST_F(WechatReceive, CompatibleModeTakesBothAndBelievesTheSealedPart) {
  Channel& c = Make("mode = \"compatible\"\n");
  EXPECT_TRUE(c.Receive(side.Clear(kText)));
  auto both = side.Sealed(kText);
  both.body.insert(5,
                   "<FromUserName>evil</FromUserName><MsgType>text</MsgType><Content>换掉的</Content>"
                   "<CreateTime>1</CreateTime>");
  const auto inbound = c.Receive(both);
  ASSERT_TRUE(inbound) << inbound.error().what;
  EXPECT_EQ(inbound->items[0].message.text, "路灯坏了");
  EXPECT_EQ(inbound->items[0].message.sender, "openid-A");
}

TEST_F(WechatReceive, AWrongSignatureTokenNonceOrBodyIsDenied) {
  Channel& c = Make();
  auto push = side.Sealed(kText);
  SetQuery(push, "msg_signature", push.Query("signature").value());
  EXPECT_EQ(KindOf(c.Receive(push)), ErrorKind::kDenied);
  push = side.Sealed(kText);
  const auto other = side.Sealed(WechatXml("text", "<Content>x</Content>"));
  push.body = other.body;
  EXPECT_EQ(KindOf(c.Receive(push)), ErrorKind::kDenied);
  push = side.Sealed(kText);
  SetQuery(push, "msg_signature", "");
  EXPECT_EQ(KindOf(c.Receive(push)), ErrorKind::kInvalid);
  push = side.Sealed(kText);
  SetQuery(push, "msg_signature", "abc");
  EXPECT_EQ(KindOf(c.Receive(push)), ErrorKind::kDenied);
  side.token = "another";
  EXPECT_EQ(KindOf(c.Receive(side.Sealed(kText))), ErrorKind::kDenied);
}

TEST_F(WechatReceive, MissingOrRepeatedParametersAreInvalid) {
  Channel& c = Make();
  for (const char* key : {"timestamp", "nonce", "msg_signature"}) {
    auto missing = side.Sealed(kText);
    DropQuery(missing, key);
    EXPECT_EQ(KindOf(c.Receive(missing)), ErrorKind::kInvalid) << key;
  }
  for (const char* key : {"timestamp", "nonce", "msg_signature", "encrypt_type"}) {
    auto twice = side.Sealed(kText);
    twice.query.emplace_back(key, twice.Query(key).value());
    EXPECT_EQ(KindOf(c.Receive(twice)), ErrorKind::kInvalid) << key;
  }
}

TEST_F(WechatReceive, TheWindowOfTheTimestampIsTenMinutesEitherWayOrAsConfigured) {
  Channel& c = Make();
  const std::int64_t start = side.seconds;
  for (const int away : {-600, 600}) {
    side.seconds = start + away;
    EXPECT_TRUE(c.Receive(side.Sealed(kText))) << away;
  }
  for (const int away : {-601, 601}) {
    side.seconds = start + away;
    EXPECT_EQ(KindOf(c.Receive(side.Sealed(kText))), ErrorKind::kDenied) << away;
  }
  Channel& wide = Make("signature_window = \"1h\"\n");
  side.seconds = start - 3600;
  EXPECT_TRUE(wide.Receive(side.Sealed(kText)));
  auto odd = side.Sealed(kText);
  side.seconds = start;
  for (const char* time : {"x", "-1", "99999999999999999", "1e9"}) {
    auto push = MakeRequest("POST", {{"timestamp", time}, {"nonce", "1"}, {"encrypt_type", "aes"}}, odd.body);
    const auto encrypt = push::FromXml(odd.body, "xml")->Text("Encrypt");
    push.query.emplace_back("msg_signature", push::Signature({side.token, time, "1", encrypt}));
    EXPECT_EQ(KindOf(wide.Receive(push)), ErrorKind::kInvalid) << time;
  }
}

TEST_F(WechatReceive, DuringAChangeOfKeysBothOpenAndTheReplyUsesTheOneThatOpened) {
  const std::string before = side.aes_key;
  const std::string now = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
  side.aes_key = now;
  Channel& c = Make("previous_aes_key = \"" + before + "\"\n");
  for (const auto& key : {now, before}) {
    side.aes_key = key;
    const auto inbound = c.Receive(side.Sealed(kText));
    ASSERT_TRUE(inbound && inbound->passive);
    ASSERT_EQ(inbound->items[0].message.kind, Kind::kText);
    const auto answer = inbound->passive(ReplyTo("openid-A", "已受理"));
    ASSERT_TRUE(answer);
    const auto tree = push::FromXml(answer->body, "xml");
    ASSERT_TRUE(tree) << tree.error().what;
    EXPECT_TRUE(Open(*DecodeKey(key), tree->Text("Encrypt"), side.app_id)) << key;
  }
}

TEST_F(WechatReceive, ABodyThatCannotBeReadIsKeptOnceAndAcknowledged) {
  Channel& c = Make("mode = \"plain\"\n");
  for (const char* body : {"not xml", "<xml><A></xml>", "<!DOCTYPE x><xml/>", "{\"a\":1,}", "<xml></xml>"}) {
    const auto inbound = c.Receive(side.Clear(body));
    ASSERT_TRUE(inbound) << body;
    ASSERT_EQ(inbound->items.size(), 1U);
    const Message& m = inbound->items[0].message;
    EXPECT_EQ(m.kind, Kind::kUnreadable) << body;
    EXPECT_NE(m.Fact("error"), "");
    EXPECT_EQ(inbound->raw, body);
    EXPECT_EQ(inbound->ack.body, "success");
    EXPECT_FALSE(inbound->passive);
    side.nonce += "1";
    EXPECT_EQ(c.Receive(side.Clear(body))->items[0].message.source_id, m.source_id) << "a retry is the same item";
  }
  EXPECT_EQ(KindOf(c.Receive(side.Clear(""))), ErrorKind::kInvalid);
}

TEST_F(WechatReceive, AnEnvelopeThatIsNoneIsRefusedSinceNobodyVouchesForIt) {
  Channel& c = Make();
  auto push = side.Sealed(kText);
  push.body = "<html>";
  EXPECT_EQ(KindOf(c.Receive(push)), ErrorKind::kInvalid);
}

TEST_F(WechatReceive, APushForAnotherAccountIsDenied) {
  EXPECT_EQ(KindOf(Make("to_user = \"gh_other\"\n").Receive(side.Sealed(kText))), ErrorKind::kDenied);
}

TEST_F(WechatReceive, ParseTakesTheKeptBytesOfEveryMode) {
  Channel& c = Make();
  const auto sealed = c.Parse(side.Sealed(kText).body, "");
  ASSERT_TRUE(sealed) << sealed.error().what;
  EXPECT_EQ(sealed->items.at(0).message.text, "路灯坏了");
  const auto clear = c.Parse(kText, "push.xml");
  ASSERT_TRUE(clear) << clear.error().what;
  EXPECT_EQ(clear->items.at(0).message.source_id, "11");
  EXPECT_FALSE(c.Parse("junk", ""));
  side.app_id = "wxother";
  const auto foreign = c.Parse(side.Sealed(kText).body, "");
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().what.find("app_id"), std::string::npos);
}

}  // namespace
}  // namespace minsheng::wechat
