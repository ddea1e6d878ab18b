// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "channels/push_door.h"
#include "channels/wechat/crypto.h"
#include "channels/wechat/push.h"
#include "src/base/crypto.h"
#include "tests/support/social.h"

namespace minsheng::wechat {
namespace {

using minsheng::testing::FakeChannelHost;
using minsheng::testing::GoldenJson;
using minsheng::testing::MakeChannel;
using minsheng::testing::MakeRequest;

std::string Keys(const nlohmann::json& v, const char* app_id) {
  return "app_id = \"" + v.at(app_id).get<std::string>() + "\"\ntoken = \"" + v.at("token").get<std::string>() +
         "\"\naes_key = \"" + v.at("encoding_aes_key").get<std::string>() + "\"\n";
}

http::Request SealedPush(const nlohmann::json& v) {
  const std::string encrypt = v.at("encrypt").get<std::string>();
  return MakeRequest(
      "POST",
      {{"timestamp", v.at("timestamp").get<std::string>()},
       {"nonce", v.at("nonce").get<std::string>()},
       {"encrypt_type", "aes"},
       {"msg_signature", v.at("msg_signature").get<std::string>()}},
      "<xml><ToUserName><![CDATA[gh_x]]></ToUserName><Encrypt><![CDATA[" + encrypt + "]]></Encrypt></xml>");
}

void SetClock(FakeChannelHost& host, const std::string& seconds) {
  host.manual_clock.Advance(Millis(std::stoll(seconds) * 1000) - host.manual_clock.Now().time_since_epoch());
}

TEST(WechatGolden, EverySignatureEqualsThePublishedOne) {
  const auto golden = GoldenJson("wechat.json");
  int checked = 0;
  for (const auto& v : golden.at("signature_vectors")) {
    EXPECT_EQ(push::Signature(v.at("parts").get<std::vector<std::string>>()), v.at("expected_sha1").get<std::string>())
        << v.at("source");
    ++checked;
  }
  EXPECT_EQ(checked, 8);
}

TEST(WechatGolden, EverySealedMessageOpensAndIsSealedAgainToTheSameBytes) {
  const auto golden = GoldenJson("wechat.json");
  int checked = 0;
  for (const auto& v : golden.at("encryption_vectors")) {
    const auto key = DecodeKey(v.at("encoding_aes_key").get<std::string>());
    ASSERT_TRUE(key) << v.at("name");
    const std::string encrypt = v.at("encrypt").get<std::string>();
    const std::string app_id = v.at("appid_in_frame").get<std::string>();
    const std::string clear = v.at("plaintext").get<std::string>();
    const auto opened = Open(*key, encrypt, app_id);
    ASSERT_TRUE(opened) << v.at("name") << opened.error().what;
    EXPECT_EQ(*opened, clear);
    EXPECT_EQ(opened->size(), v.at("msg_len").get<std::size_t>());
    EXPECT_EQ(Seal(*key, v.at("random16").get<std::string>(), clear, app_id), encrypt) << v.at("name");
    if (v.at("msg_signature").is_string()) {
      EXPECT_EQ(push::Signature({v.at("token").get<std::string>(), v.at("timestamp").get<std::string>(),
                                 v.at("nonce").get<std::string>(), encrypt}),
                v.at("msg_signature").get<std::string>());
    }
    if (app_id != v.at("appid_configured").get<std::string>()) {
      EXPECT_FALSE(Open(*key, encrypt, v.at("appid_configured").get<std::string>())) << v.at("name");
    }
    ++checked;
  }
  EXPECT_EQ(checked, 10);
}

TEST(WechatGolden, EveryBadFrameIsRefused) {
  const auto golden = GoldenJson("wechat.json");
  int checked = 0;
  for (const auto& v : golden.at("negative_vectors")) {
    const auto key = DecodeKey(v.at("encoding_aes_key").get<std::string>());
    ASSERT_TRUE(key) << v.at("name");
    EXPECT_FALSE(Open(*key, v.at("encrypt").get<std::string>(), v.at("appid").get<std::string>())) << v.at("name");
    ++checked;
  }
  EXPECT_EQ(checked, 13);
}

TEST(WechatGolden, ABadFrameWithARightSignatureNeverBecomesAMessageButIsKept) {
  const auto golden = GoldenJson("wechat.json");
  for (const auto& v : golden.at("negative_vectors")) {
    FakeChannelHost host;
    SetClock(host, v.at("timestamp").get<std::string>());
    auto channel = MakeChannel("wechat", Keys(v, "appid"), host);
    ASSERT_TRUE(channel) << channel.error().what;
    const auto inbound = (*channel)->Receive(SealedPush(v));
    ASSERT_TRUE(inbound) << v.at("name") << inbound.error().what;
    ASSERT_EQ(inbound->items.size(), 1U);
    EXPECT_EQ(inbound->items[0].message.kind, Kind::kUnreadable) << v.at("name");
    EXPECT_NE(inbound->items[0].message.Fact("error"), "");
    EXPECT_FALSE(inbound->passive);
  }
}

TEST(WechatGolden, KeysWithSpareBitsAreTakenAndWrongLengthsRefused) {
  const auto golden = GoldenJson("wechat.json");
  int checked = 0;
  for (const auto& v : golden.at("key_vectors")) {
    const auto key = DecodeKey(v.at("key").get<std::string>());
    if (v.contains("hex")) {
      ASSERT_TRUE(key) << v.at("key");
      EXPECT_EQ(crypto::Hex(*key), v.at("hex").get<std::string>());
    } else {
      EXPECT_FALSE(key) << v.at("key");
    }
    ++checked;
  }
  EXPECT_EQ(checked, 4);
}

TEST(WechatGolden, TheOfficialUrlVerificationIsAnsweredVerbatim) {
  const auto golden = GoldenJson("wechat.json");
  const auto& v = golden.at("signature_vectors").at(0);
  const auto parts = v.at("parts").get<std::vector<std::string>>();
  FakeChannelHost host;
  SetClock(host, parts.at(1));
  auto channel = MakeChannel("wechat", "mode = \"plain\"\ntoken = \"" + parts.at(0) + "\"\n", host);
  ASSERT_TRUE(channel) << channel.error().what;
  const auto answer = (*channel)->Receive(MakeRequest("GET", {{"signature", v.at("expected_sha1").get<std::string>()},
                                                              {"timestamp", parts.at(1)},
                                                              {"nonce", parts.at(2)},
                                                              {"echostr", v.at("echostr").get<std::string>()}}));
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_TRUE(answer->items.empty());
  EXPECT_EQ(answer->ack.body, v.at("expected_body").get<std::string>());
}

TEST(WechatGolden, TheOfficialSafeModePushWithAJsonBodyIsRead) {
  const auto golden = GoldenJson("wechat.json");
  const auto& v = golden.at("encryption_vectors").at(0);
  FakeChannelHost host;
  SetClock(host, v.at("timestamp").get<std::string>());
  auto channel = MakeChannel("wechat", Keys(v, "appid_configured") + "to_user = \"gh_97417a04a28d\"\n", host);
  ASSERT_TRUE(channel) << channel.error().what;
  http::Request request = MakeRequest("POST", http::ParseQuery(v.at("query").get<std::string>()));
  request.body = nlohmann::json{{"ToUserName", "gh_97417a04a28d"}, {"Encrypt", v.at("encrypt")}}.dump();
  const auto inbound = (*channel)->Receive(request);
  ASSERT_TRUE(inbound) << inbound.error().what;
  ASSERT_EQ(inbound->items.size(), 1U);
  const Message& m = inbound->items[0].message;
  EXPECT_EQ(m.sender, "o9AgO5Kd5ggOC-bXrbNODIiE3bGY");
  EXPECT_EQ(m.Fact("event"), "debug_demo");
  EXPECT_EQ(m.source_id, "o9AgO5Kd5ggOC-bXrbNODIiE3bGY|1714112445|debug_demo|");
  EXPECT_EQ(inbound->ack.body, "success");
}

TEST(WechatGolden, TheOfficialPlainPushWithAJsonBodyIsRead) {
  const auto golden = GoldenJson("wechat.json");
  const auto& v = golden.at("signature_vectors").at(1);
  const auto parts = v.at("parts").get<std::vector<std::string>>();
  FakeChannelHost host;
  SetClock(host, parts.at(1));
  auto channel = MakeChannel("wechat", "mode = \"plain\"\ntoken = \"" + parts.at(0) + "\"\n", host);
  ASSERT_TRUE(channel) << channel.error().what;
  const auto inbound = (*channel)->Receive(MakeRequest(
      "POST",
      {{"signature", v.at("expected_sha1").get<std::string>()}, {"timestamp", parts.at(1)}, {"nonce", parts.at(2)}},
      v.at("body").get<std::string>()));
  ASSERT_TRUE(inbound) << inbound.error().what;
  EXPECT_EQ(inbound->items.at(0).message.Fact("to_account"), "gh_97417a04a28d");
}

TEST(WechatGolden, SealedSampleMessagesOfOtherLibrariesBecomeMessages) {
  const auto golden = GoldenJson("wechat.json");
  for (const auto& v : golden.at("encryption_vectors")) {
    const std::string name = v.at("name").get<std::string>();
    if (name != "tencent_sample_message" && name != "wechatpy_decrypt_message") continue;
    FakeChannelHost host;
    SetClock(host, v.at("timestamp").get<std::string>());
    auto channel = MakeChannel("wechat", Keys(v, "appid_configured"), host);
    ASSERT_TRUE(channel) << channel.error().what;
    const auto inbound = (*channel)->Receive(SealedPush(v));
    ASSERT_TRUE(inbound) << inbound.error().what;
    const Message& m = inbound->items.at(0).message;
    EXPECT_EQ(m.kind, Kind::kText) << name;
    EXPECT_EQ(m.text, name == "tencent_sample_message" ? "hello" : "test");
    EXPECT_EQ(m.source_id, name == "tencent_sample_message" ? "4561255354251345929" : "4363689963896700987");
  }
}

}  // namespace
}  // namespace minsheng::wechat
