// SPDX-License-Identifier: Apache-2.0
// What the tests of WeChat and Weibo share: signed requests, golden files, a channel by its keys.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "channels/push_door.h"
#include "channels/wechat/crypto.h"
#include "tests/support/fake_channel_host.h"

namespace minsheng::testing {

inline nlohmann::json GoldenJson(const std::string& name) {
  std::ifstream file(std::string(MINSHENG_SOURCE_DIR) + "/tests/golden/channels/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return nlohmann::json::parse(text.str());
}

inline http::Request MakeRequest(std::string method, http::Headers query, std::string body = {}) {
  http::Request request;
  request.method = std::move(method);
  request.path = "/hook/test/a";
  request.query = std::move(query);
  request.body = std::move(body);
  return request;
}

// A WeChat platform in few lines, by the documents: signs and seals pushes for one account.
struct WechatSide {
  std::string token = "hotline12345";
  std::string aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
  std::string app_id = "wx0123456789abcdef";
  std::string nonce = "415670741";
  std::int64_t seconds = 1'439'200'800;  // ManualClock's start

  std::string Keys(const std::string& more = {}) const {
    return "app_id = \"" + app_id + "\"\ntoken = \"" + token + "\"\naes_key = \"" + aes_key +
           "\"\napp_secret = \"s3cret\"\n" + more;
  }
  http::Request Clear(const std::string& body) const {
    const std::string t = std::to_string(seconds);
    return MakeRequest("POST", {{"signature", push::Signature({token, t, nonce})}, {"timestamp", t}, {"nonce", nonce}},
                       body);
  }
  http::Request Sealed(const std::string& clear) const {
    return SealedWith(wechat::Seal(*wechat::DecodeKey(aes_key), "0123456789abcdef", clear, app_id));
  }
  http::Request SealedWith(const std::string& encrypt) const {
    const std::string t = std::to_string(seconds);
    return MakeRequest(
        "POST",
        {{"signature", push::Signature({token, t, nonce})},
         {"timestamp", t},
         {"nonce", nonce},
         {"encrypt_type", "aes"},
         {"msg_signature", push::Signature({token, t, nonce, encrypt})}},
        "<xml><ToUserName><![CDATA[gh_test]]></ToUserName><Encrypt><![CDATA[" + encrypt + "]]></Encrypt></xml>");
  }
};

inline std::string WechatXml(const std::string& type, const std::string& fields) {
  return "<xml><ToUserName><![CDATA[gh_test]]></ToUserName><FromUserName><![CDATA[openid-A]]></FromUserName>"
         "<CreateTime>1439200790</CreateTime><MsgType><![CDATA[" +
         type + "]]></MsgType>" + fields + "</xml>";
}

inline Reply ReplyTo(std::string to, std::string text, std::string id = "out-1") {
  Reply reply;
  reply.id = std::move(id);
  reply.to = std::move(to);
  reply.text = std::move(text);
  return reply;
}

inline std::string Repeated(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

inline std::string WechatTextPush() {
  return WechatXml("text", "<Content><![CDATA[路灯坏了]]></Content><MsgId>11</MsgId>");
}

// A channel made anew by each Make, with a clock that stands at WechatSide's time.
class WechatAccount : public ::testing::Test {
 protected:
  Channel& Make(const std::string& more = {}) {
    auto made = MakeChannel("wechat", side.Keys(more), host);
    EXPECT_TRUE(made) << made.error().what;
    channel = *std::move(made);
    return *channel;
  }

  WechatSide side;
  FakeChannelHost host;
  std::unique_ptr<Channel> channel;
};

inline std::string WeiboKeys(const std::string& secret, const std::string& more = {}) {
  return "app_secret = \"" + secret + "\"\naccess_token = \"2.00/token\"\napi_url = \"https://fake.test\"\n" + more;
}

// A private message; `sender` is JSON, `rest` more members.
inline std::string WeiboBody(const std::string& sender, const std::string& rest = R"(,"text":"x")") {
  return R"({"type":"text","receiver_id":1,"sender_id":)" + sender +
         R"(,"created_at":"Mon Jul 16 18:09:20 +0800 2012")" + rest + "}";
}

class WeiboAccount : public ::testing::Test {
 protected:
  http::Request Signed(const std::string& body, std::int64_t at_ms) const {
    const std::string t = std::to_string(at_ms);
    return MakeRequest(
        "POST", {{"signature", push::Signature({"app-secret", t, "n"})}, {"timestamp", t}, {"nonce", "n"}}, body);
  }
  Channel& Make(const std::string& more = {}) {
    auto made = MakeChannel("weibo", WeiboKeys("app-secret", more), host);
    EXPECT_TRUE(made) << made.error().what;
    channel = *std::move(made);
    return *channel;
  }

  FakeChannelHost host;
  std::unique_ptr<Channel> channel;
  const std::int64_t now = ToMs(host.manual_clock.Now());
};

}  // namespace minsheng::testing
