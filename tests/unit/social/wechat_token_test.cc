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

http::Response TokenAnswer(const std::string& token) {
  http::Response answer;
  answer.body = R"({"access_token":")" + token + R"(","expires_in":7200})";
  return answer;
}

TEST(WechatToken, ManyThreadsOfTwoProcessesFetchOneToken) {
  FakeChannelHost host;
  std::atomic<int> fetched{0};
  std::atomic<bool> let_go{false};
  host.client.Always([&](const http::Call&) -> Result<http::Response> {
    ++fetched;
    while (!let_go) std::this_thread::yield();
    return TokenAnswer("T1");
  });
  TokenKeeper one(host, "https://fake.test", "wx", Secret("s"));
  TokenKeeper two(host, "https://fake.test", "wx", Secret("s"));
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto token = one.Get();
      if (token && *token == "T1") ++good;
    });
  }
  while (fetched == 0) std::this_thread::yield();
  const auto other = two.Get();
  EXPECT_FALSE(other) << "another process has the lease";
  EXPECT_EQ(other.error().kind, ErrorKind::kUnavailable);
  let_go = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 4);
  EXPECT_EQ(fetched, 1);
  EXPECT_EQ(two.Get().value(), "T1");
}

TEST(WechatToken, ALeaseOfAProcessThatDiedRunsOutAndADamagedStateIsReplaced) {
  FakeChannelHost host;
  TokenKeeper keeper(host, "https://fake.test", "wx", Secret("s"));
  const std::int64_t now = ToMs(host.manual_clock.Now());
  ASSERT_TRUE(host.memory.Put("token", nlohmann::json{{"token", ""},
                                                      {"end_ms", 0},
                                                      {"lease_ms", now + 30'000},
                                                      {"forced_ms", 0},
                                                      {"forced_day", ""},
                                                      {"forced_count", 0}}
                                           .dump()));
  EXPECT_FALSE(keeper.Get());
  host.manual_clock.Advance(std::chrono::seconds(31));
  host.client.ThenBody(TokenAnswer("T1").body);
  EXPECT_EQ(keeper.Get().value(), "T1");
  for (const char* damaged : {"", "x", "[]", "{}", R"({"token":1})"}) {
    ASSERT_TRUE(host.memory.Put("token", damaged));
    host.client.ThenBody(TokenAnswer("T2").body);
    EXPECT_EQ(keeper.Get().value(), "T2") << damaged;
  }
}

TEST(WechatQuota, ANewerActSetsTheCeilingAnewAndAnOlderOneDoesNot) {
  FakeChannelHost host;
  using Facts = std::map<std::string, std::string>;
  const Facts message{{"trigger", "message"}, {"trigger_at", "1000"}};
  const Facts menu{{"trigger", "menu"}, {"trigger_at", "2000"}};
  for (int i = 0; i < 2; ++i) NoteSent(host.memory, "o", message, 0);
  EXPECT_EQ(LoadQuota(host.memory, "o", message)->Left(), 3);
  EXPECT_EQ(LoadQuota(host.memory, "o", menu)->Left(), 3);
  NoteSent(host.memory, "o", menu, 0);
  EXPECT_EQ(LoadQuota(host.memory, "o", message)->trigger, "menu");
  EXPECT_EQ(LoadQuota(host.memory, "o", {})->Left(), 2);
  EXPECT_EQ(LoadQuota(host.memory, "nobody", {})->Left(), std::nullopt);
  EXPECT_EQ(LoadQuota(host.memory, "o", Facts{{"trigger", "pay"}, {"trigger_at", "3000"}})->Left(), std::nullopt);
  ASSERT_TRUE(host.memory.Put("quota/o", "damaged"));
  EXPECT_EQ(LoadQuota(host.memory, "o", message)->Left(), 5);
  NoteSent(host.memory, "unknown", {}, 45015);
  EXPECT_TRUE(Admit(*LoadQuota(host.memory, "unknown", {}), 9)) << "nothing could open such a window again";
}

}  // namespace
}  // namespace minsheng::wechat
