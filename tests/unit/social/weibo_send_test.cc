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

class WeiboSend : public minsheng::testing::WeiboAccount {
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
