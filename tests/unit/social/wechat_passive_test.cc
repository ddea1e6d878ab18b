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

using WechatPassive = minsheng::testing::WechatAccount;

TEST_F(WechatPassive, ThePassiveAnswerOfASealedPushIsSealedAndSigned) {
  Channel& c = Make();
  const auto inbound = c.Receive(side.Sealed(minsheng::testing::WechatTextPush()));
  ASSERT_TRUE(inbound && inbound->passive);
  host.manual_clock.Advance(Millis(2000));
  const auto answer = inbound->passive(ReplyTo("openid-A", "已受理 ]]> <a href=\"x\">点我</a>"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->content_type, "text/xml; charset=utf-8");
  const auto outer = push::FromXml(answer->body, "xml");
  ASSERT_TRUE(outer) << outer.error().what;
  EXPECT_EQ(outer->Text("TimeStamp"), "1439200802");
  EXPECT_EQ(outer->Text("Nonce"), side.nonce);
  EXPECT_EQ(outer->Text("MsgSignature"),
            push::Signature({side.token, "1439200802", side.nonce, outer->Text("Encrypt")}));
  const auto clear = Open(*DecodeKey(side.aes_key), outer->Text("Encrypt"), side.app_id);
  ASSERT_TRUE(clear) << clear.error().what;
  const auto inner = push::FromXml(*clear, "xml");
  ASSERT_TRUE(inner) << inner.error().what;
  EXPECT_EQ(inner->Text("ToUserName"), "openid-A");
  EXPECT_EQ(inner->Text("FromUserName"), "gh_test");
  EXPECT_EQ(inner->Text("CreateTime"), "1439200802");
  EXPECT_EQ(inner->Text("MsgType"), "text");
  EXPECT_EQ(inner->Text("Content"), "已受理 ]]> ＜a href=\"x\">点我＜/a>");
}

TEST_F(WechatPassive, ThePassiveAnswerOfAClearPushIsClearInTheSameFormat) {
  Channel& c = Make("mode = \"plain\"\n");
  const auto xml = c.Receive(side.Clear(minsheng::testing::WechatTextPush()))->passive(ReplyTo("openid-A", "已受理"));
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->body,
            "<xml><ToUserName><![CDATA[openid-A]]></ToUserName><FromUserName><![CDATA[gh_test]]></FromUserName>"
            "<CreateTime>1439200800</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[已受理]]></Content></xml>");
  const auto json = c.Receive(side.Clear(R"({"ToUserName":"gh_test","FromUserName":"openid-A","CreateTime":1439200790,
      "MsgType":"text","Content":"x","MsgId":1})"))
                        ->passive(ReplyTo("openid-A", "已受理"));
  ASSERT_TRUE(json);
  const auto tree = nlohmann::json::parse(json->body);
  EXPECT_EQ(tree.at("ToUserName"), "openid-A");
  EXPECT_EQ(tree.at("Content"), "已受理");
  EXPECT_EQ(tree.at("CreateTime"), 1439200800);
}

TEST_F(WechatPassive, OnlyATextOfUpTo2048BytesRidesOnTheAnswer) {
  Channel& c = Make();
  const auto inbound = c.Receive(side.Sealed(minsheng::testing::WechatTextPush()));
  ASSERT_TRUE(inbound && inbound->passive);
  EXPECT_TRUE(inbound->passive(ReplyTo("openid-A", std::string(2048, 'a'))));
  EXPECT_FALSE(inbound->passive(ReplyTo("openid-A", std::string(2049, 'a'))));
  EXPECT_FALSE(inbound->passive(ReplyTo("openid-A", std::string(2047, 'a') + "<"))) << "counted as it is sent";
  EXPECT_FALSE(inbound->passive(ReplyTo("openid-A", Repeated("好", 683))));
  EXPECT_FALSE(inbound->passive(ReplyTo("openid-A", " \n")));
}

TEST(WechatReply, CdataIsSplitWhereTheTextWouldEndIt) {
  EXPECT_EQ(Cdata("a]]>b"), "<![CDATA[a]]]]><![CDATA[>b]]>");
  for (const char* text : {"", "]]>", "]]>]]>", "]", "]]", ">", "]]]>", "x]]>"}) {
    const auto tree = push::FromXml("<xml><A>" + Cdata(text) + "</A></xml>", "xml");
    ASSERT_TRUE(tree) << text;
    EXPECT_EQ(tree->Text("A"), text);
  }
}

TEST(WechatReply, PlainTextHoldsNoTagAndNothingThatXmlForbids) {
  EXPECT_EQ(Plain("a<b\x01\xFF"), "a＜b\uFFFD");
  EXPECT_EQ(Plain("\xEF\xBF\xBE"), "\uFFFD");
}

TEST(WechatSettings, EveryProblemIsListedWithItsKey) {
  FakeChannelHost host;
  const auto none = MakeChannel("wechat", "", host);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().what.find("token"), std::string::npos) << none.error().what;
  EXPECT_NE(none.error().what.find("mode"), std::string::npos) << none.error().what;
  WechatSide side;
  side.aes_key = "short";
  const auto key = MakeChannel("wechat", side.Keys("api_url = \"ftp://x\"\n"), host);
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().what.find("43"), std::string::npos) << key.error().what;
  EXPECT_NE(key.error().what.find("api_url"), std::string::npos) << key.error().what;
  EXPECT_TRUE(MakeChannel("wechat", "mode = \"plain\"\ntoken = \"abc\"\n", host));
}

}  // namespace
}  // namespace minsheng::wechat
