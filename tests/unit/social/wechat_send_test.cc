// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "channels/wechat/api.h"
#include "channels/wechat/quota.h"
#include "channels/wechat/token.h"
#include "tests/support/social.h"

namespace minsheng::wechat {
namespace {

using minsheng::testing::FakeChannelHost;
using minsheng::testing::MakeChannel;
using minsheng::testing::Repeated;
using minsheng::testing::ReplyTo;
using minsheng::testing::WechatSide;

const char* const kSent = R"({"errcode":0,"errmsg":"ok"})";

std::string TokenBody(const std::string& token, int seconds = 7200) {
  return R"({"access_token":")" + token + R"(","expires_in":)" + std::to_string(seconds) + "}";
}
std::string ErrorBody(int code) { return R"({"errcode":)" + std::to_string(code) + R"(,"errmsg":"said so"})"; }

class WechatSend : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = MakeChannel("wechat", WechatSide{}.Keys("api_url = \"https://fake.test/\"\n"), host);
    ASSERT_TRUE(made) << made.error().what;
    channel = *std::move(made);
  }
  void TearDown() override { EXPECT_EQ(host.client.Left(), 0U) << "a scripted answer was not asked for"; }
  Result<Receipt> Send(const std::string& text = "已办结。", const std::string& id = "out-1") {
    return channel->Send(ReplyAfterMessage(text, id));
  }
  Reply ReplyAfterMessage(const std::string& text, const std::string& id) {
    Reply reply = ReplyTo("openid-A", text, id);
    reply.facts = {{"trigger", "message"}, {"trigger_at", std::to_string(trigger_at)}};
    return reply;
  }
  static ErrorKind KindOf(const Result<Receipt>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorKind::kInternal : result.error().kind;
  }
  std::string Url(std::size_t call) { return host.client.Calls().at(call).url; }

  FakeChannelHost host;
  std::unique_ptr<Channel> channel;
  std::int64_t trigger_at = 1'439'200'700'000;
};

TEST_F(WechatSend, AReplyIsACustomerServiceMessageWithoutEscapes) {
  host.client.ThenBody(TokenBody("T/1")).ThenBody(kSent);
  const auto receipt = Send("您反映的“路灯”已修好😀 <a href=\"http://x\">点</a>");
  ASSERT_TRUE(receipt) << receipt.error().what;
  const auto calls = host.client.Calls();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].url, "https://fake.test/cgi-bin/stable_token");
  EXPECT_EQ(nlohmann::json::parse(calls[0].body),
            nlohmann::json::parse(R"({"grant_type":"client_credential","appid":"wx0123456789abcdef","secret":"s3cret",
                                      "force_refresh":false})"));
  EXPECT_EQ(calls[1].method, "POST");
  EXPECT_EQ(calls[1].url, "https://fake.test/cgi-bin/message/custom/send?access_token=T%2F1");
  EXPECT_EQ(calls[1].body.find("\\u"), std::string::npos);
  const auto body = nlohmann::json::parse(calls[1].body);
  EXPECT_EQ(body.at("touser"), "openid-A");
  EXPECT_EQ(body.at("msgtype"), "text");
  EXPECT_EQ(body.at("text").at("content"), "您反映的“路灯”已修好😀 ＜a href=\"http://x\">点＜/a>");
}

TEST_F(WechatSend, TheTokenIsKeptAndRenewedFiveMinutesBeforeItsEnd) {
  host.client.ThenBody(TokenBody("T1")).ThenBody(kSent).ThenBody(kSent);
  ASSERT_TRUE(Send("一", "a"));
  host.manual_clock.Advance(std::chrono::minutes(114));
  ASSERT_TRUE(Send("二", "b"));
  host.manual_clock.Advance(std::chrono::minutes(1));
  host.client.ThenBody(TokenBody("T2")).ThenBody(kSent);
  ASSERT_TRUE(Send("三", "c"));
  EXPECT_TRUE(Url(4).ends_with("=T2"));
}

TEST_F(WechatSend, InTheLastMinutesTheOldTokenIsUsedWhenTheNewOneCannotBeHad) {
  host.client.ThenBody(TokenBody("T1")).ThenBody(kSent);
  ASSERT_TRUE(Send("一", "a"));
  host.manual_clock.Advance(std::chrono::minutes(117));
  host.client.ThenFail(ErrorKind::kUnavailable).ThenBody(kSent);
  ASSERT_TRUE(Send("二", "b"));
  EXPECT_TRUE(Url(3).ends_with("=T1"));
}

TEST_F(WechatSend, AnExpiredTokenIsRenewedOnceAndTheCallRepeatedOnce) {
  for (const int code : {40001, 40014, 42001}) {
    FakeChannelHost other;
    auto c = MakeChannel("wechat", WechatSide{}.Keys(), other);
    ASSERT_TRUE(c);
    other.client.ThenBody(TokenBody("T1")).ThenBody(ErrorBody(code)).ThenBody(TokenBody("T2")).ThenBody(kSent);
    EXPECT_TRUE((*c)->Send(ReplyTo("o", "x"))) << code;
    EXPECT_TRUE(other.client.Calls().at(3).url.ends_with("=T2"));
    EXPECT_EQ(other.client.Left(), 0U);

    other.client.ThenBody(ErrorBody(code)).ThenBody(TokenBody("T3")).ThenBody(ErrorBody(code));
    EXPECT_EQ(KindOf((*c)->Send(ReplyTo("o", "x", "out-2"))), ErrorKind::kUnavailable) << code;
    EXPECT_EQ(other.client.Left(), 0U);
  }
}

TEST_F(WechatSend, ARenewalIsForcedOnlyWhenTheSameTokenComesBackAndNotTooOften) {
  host.client.ThenBody(TokenBody("T1"))
      .ThenBody(ErrorBody(40001))
      .ThenBody(TokenBody("T1"))
      .ThenBody(TokenBody("T2"))
      .ThenBody(kSent);
  ASSERT_TRUE(Send("一", "a"));
  EXPECT_TRUE(nlohmann::json::parse(host.client.Calls().at(3).body).at("force_refresh").get<bool>());
  host.client.ThenBody(ErrorBody(40001)).ThenBody(TokenBody("T2"));
  EXPECT_EQ(KindOf(Send("二", "b")), ErrorKind::kUnavailable) << "30 seconds must lie between two forced ones";
  int forced = 1;
  for (int i = 0; i < 30; ++i) {
    host.manual_clock.Advance(std::chrono::seconds(31));
    const auto before = host.client.Calls().size();
    host.client.Always([&](const http::Call& call) -> Result<http::Response> {
      http::Response answer;
      answer.body = call.url.ends_with("stable_token") ? TokenBody("T2") : ErrorBody(40001);
      return answer;
    });
    EXPECT_FALSE(Send("x", "n" + std::to_string(i)));
    for (std::size_t k = before; k < host.client.Calls().size(); ++k) {
      if (host.client.Calls()[k].body.find("\"force_refresh\":true") != std::string::npos) ++forced;
    }
  }
  EXPECT_EQ(forced, 20);
}

TEST_F(WechatSend, WhenNoTokenCanBeHadNothingWasSent) {
  struct Case {
    std::string body;
    ErrorKind kind;
  };
  for (const auto& c : std::vector<Case>{{ErrorBody(-1), ErrorKind::kUnavailable},
                                         {ErrorBody(45009), ErrorKind::kUnavailable},
                                         {"<html>bad gateway</html>", ErrorKind::kUnavailable},
                                         {"{}", ErrorKind::kUnavailable},
                                         {ErrorBody(40164), ErrorKind::kRejected},
                                         {ErrorBody(40013), ErrorKind::kRejected},
                                         {ErrorBody(40001), ErrorKind::kRejected},
                                         {ErrorBody(40125), ErrorKind::kRejected}}) {
    host.client.ThenBody(c.body);
    EXPECT_EQ(KindOf(Send()), c.kind) << c.body;
  }
  for (const auto kind : {ErrorKind::kUnavailable, ErrorKind::kUnknown}) {
    host.client.ThenFail(kind);
    EXPECT_EQ(KindOf(Send()), ErrorKind::kUnavailable);
  }
  host.memory.Break(true);
  EXPECT_EQ(KindOf(Send()), ErrorKind::kUnavailable);
}

TEST_F(WechatSend, EveryErrorOfTheTableHasItsOutcome) {
  struct Case {
    int code;
    ErrorKind kind;
  };
  std::vector<Case> cases = {
      {-1, ErrorKind::kUnavailable}, {45009, ErrorKind::kUnavailable}, {45011, ErrorKind::kUnavailable}};
  for (const int code : {40003, 40007, 40033, 40164, 43004, 43019, 44004, 45015, 45047, 48001, 48002, 48004, 48006,
                         50002, 50005, 61451, 61459, 99999}) {
    cases.push_back({code, ErrorKind::kRejected});
  }
  host.client.ThenBody(TokenBody("T1"));
  for (const auto& c : cases) {
    trigger_at += 1000;  // the citizen has written again, so no window is closed by what was before
    host.client.ThenBody(ErrorBody(c.code));
    const auto result = Send("x", "n" + std::to_string(c.code));
    EXPECT_EQ(KindOf(result), c.kind) << c.code;
    EXPECT_NE(result.error().what.find(std::to_string(c.code)), std::string::npos) << result.error().what;
  }
  for (const auto& row : ErrorTable()) EXPECT_FALSE(row.chinese.empty() || row.english.empty()) << row.code;
}

TEST_F(WechatSend, AnOutcomeThatNobodyKnowsIsUnknown) {
  host.client.ThenBody(TokenBody("T1"));
  int n = 0;
  for (const char* body : {"<html>502</html>", "", "{}", "[]", R"({"errcode":"0"})", R"({"errcode":0.5})"}) {
    host.client.ThenBody(body, 502, "text/html");
    EXPECT_EQ(KindOf(Send("x", "n" + std::to_string(++n))), ErrorKind::kUnknown) << body;
  }
  host.client.ThenFail(ErrorKind::kUnknown);
  EXPECT_EQ(KindOf(Send()), ErrorKind::kUnknown);
  host.client.ThenFail(ErrorKind::kTooLarge);
  EXPECT_EQ(KindOf(Send()), ErrorKind::kUnknown);
  host.client.ThenFail(ErrorKind::kUnavailable);
  EXPECT_EQ(KindOf(Send()), ErrorKind::kUnavailable);
  host.client.ThenFail(ErrorKind::kDenied);
  EXPECT_EQ(KindOf(Send()), ErrorKind::kRejected);
}

TEST_F(WechatSend, ALongReplyGoesOutInPartsAndARetryGoesOnBehindTheLast) {
  const std::string text = Repeated("您反映的路灯问题已经修复，感谢您的来信。", 100);  // 6300 bytes: 4 parts
  host.client.ThenBody(TokenBody("T1")).ThenBody(kSent).ThenBody(kSent).ThenBody(ErrorBody(-1));
  EXPECT_EQ(KindOf(Send(text)), ErrorKind::kUnavailable);
  host.client.ThenBody(kSent).ThenBody(kSent);
  ASSERT_TRUE(Send(text));
  std::string joined;
  const auto calls = host.client.Calls();
  for (const std::size_t i : {1U, 2U, 4U, 5U}) {
    const auto content = nlohmann::json::parse(calls.at(i).body).at("text").at("content").get<std::string>();
    EXPECT_LE(content.size(), 2048U);
    EXPECT_TRUE(content.starts_with("（")) << content.substr(0, 20);
    joined += content.substr(content.find("）") + 3);
  }
  EXPECT_EQ(joined, text);
  EXPECT_EQ(calls[3].body, calls[4].body) << "the part that failed is the one that is repeated";
}

TEST_F(WechatSend, ATextThatWeChatFindsTooLongIsCutSmaller) {
  host.client.ThenBody(TokenBody("T1")).ThenBody(ErrorBody(45002)).ThenBody(kSent).ThenBody(kSent);
  ASSERT_TRUE(Send(Repeated("很长的答复。", 100)));  // 1800 bytes: one part, then two
}

TEST_F(WechatSend, AnAnswerThatNeedsMoreMessagesThanAreLeftIsNotBegun) {
  const std::string six = Repeated("a", 2000 * 5 + 1000);
  const auto result = Send(six);
  EXPECT_EQ(KindOf(result), ErrorKind::kRejected);
  EXPECT_NE(result.error().what.find("6"), std::string::npos) << result.error().what;
  EXPECT_TRUE(host.client.Calls().empty());

  host.client.ThenBody(TokenBody("T1"));
  for (int i = 0; i < 4; ++i) {
    host.client.ThenBody(kSent);
    ASSERT_TRUE(Send("x", "n" + std::to_string(i)));
  }
  EXPECT_EQ(KindOf(Send(std::string(3000, 'a'), "two")), ErrorKind::kRejected) << "one is left, two are needed";
  trigger_at += 1000;
  host.client.ThenBody(kSent).ThenBody(kSent);
  EXPECT_TRUE(Send(std::string(3000, 'a'), "two")) << "the citizen wrote again: five are left";
}

TEST_F(WechatSend, AWindowThatWeChatHasClosedStaysClosedUntilTheCitizenWrites) {
  host.client.ThenBody(TokenBody("T1")).ThenBody(ErrorBody(45015));
  const auto first = Send("x", "a");
  EXPECT_EQ(KindOf(first), ErrorKind::kRejected);
  EXPECT_NE(first.error().what.find("48"), std::string::npos) << first.error().what;
  EXPECT_EQ(KindOf(Send("x", "b")), ErrorKind::kRejected) << "without another call";
  trigger_at += 1000;
  host.client.ThenBody(kSent);
  EXPECT_TRUE(Send("x", "c"));
}

TEST_F(WechatSend, WithoutReceiverTextOrSecretNothingIsCalled) {
  EXPECT_EQ(KindOf(channel->Send(ReplyTo("", "x"))), ErrorKind::kRejected);
  EXPECT_EQ(KindOf(channel->Send(ReplyTo("o", " \n"))), ErrorKind::kRejected);
  auto bare = MakeChannel("wechat", "mode = \"plain\"\ntoken = \"abc\"\n", host);
  ASSERT_TRUE(bare);
  EXPECT_EQ(KindOf((*bare)->Send(ReplyTo("o", "x"))), ErrorKind::kRejected);
  EXPECT_TRUE(host.client.Calls().empty());
}

TEST_F(WechatSend, TheLimitsAreShownAsData) {
  const auto limits = channel->Limits();
  EXPECT_EQ(limits.max_text_bytes, 2048U);
  EXPECT_EQ(limits.reply_window, Millis(std::chrono::hours(48)));
  EXPECT_EQ(limits.replies_per_window, 5);
}

}  // namespace
}  // namespace minsheng::wechat
