// SPDX-License-Identifier: Apache-2.0
// Bodies that were damaged at random: whatever comes, the outcome is a good Message or an error.
#include <gtest/gtest.h>

#include <random>

#include "channels/wechat/push.h"
#include "channels/weibo/push.h"
#include "src/text/utf8.h"
#include "tests/support/social.h"

namespace minsheng {
namespace {

std::vector<std::string> SeedBodies() {
  std::vector<std::string> seeds = {
      testing::WechatTextPush(), testing::WeiboBody("2489518277", R"(,"text":"\ud83d\ude00","data":{"a":[1,{"b":2}]})"),
      testing::WechatXml("event",
                         "<Event>location_select</Event><SendLocationInfo><Label>a</Label></SendLocationInfo>")};
  const auto golden = testing::GoldenJson("weibo.json");
  for (const auto& push : golden.at("pushes")) seeds.push_back(push.at("body").get<std::string>());
  return seeds;
}

std::string Damage(std::string body, std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "\\ud83d", "]]>",  "<![CDATA[", "<!DOCTYPE a>",      "{", "}", "[", "\"", "<a>", "99999999999999999999",
      "\\",      "\xFF", "&lt;",      std::string(1, '\0')};
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  for (std::size_t i = below(4) + 1; i > 0; --i) {
    const std::size_t at = below(body.size() + 1);
    const std::size_t kind = below(4);
    if (kind == 0) {
      body.insert(at, kPieces[below(kPieces.size())]);
    } else if (kind == 1) {
      body.erase(at, below(8) + 1);
    } else if (kind == 2 && at < body.size()) {
      body[at] = static_cast<char>(below(256));
    } else {
      body = body.substr(0, at) + body.substr(at / 2);
    }
  }
  return body;
}

void ExpectGood(const Result<Message>& message, const std::string& body) {
  if (!message) {
    EXPECT_FALSE(message.error().what.empty());
    return;
  }
  EXPECT_FALSE(message->source_id.empty()) << body;
  EXPECT_FALSE(message->sender.empty()) << body;
  EXPECT_TRUE(text::IsValidUtf8(message->text)) << body;
  for (const auto& [key, value] : message->facts) EXPECT_TRUE(text::IsValidUtf8(value)) << key << ": " << body;
}

TEST(PushMutation, DamagedBodiesGiveAGoodMessageOrAnError) {
  std::mt19937 random(20150810);
  int read = 0;
  for (int round = 0; round < 100; ++round) {
    for (const auto& seed : SeedBodies()) {
      const std::string body = Damage(seed, random);
      const auto wechat_tree = wechat::ReadTree(body);
      if (wechat_tree) ExpectGood(wechat::ToMessage(*wechat_tree), body);
      const auto weibo_tree = weibo::ReadTree(body);
      if (weibo_tree) {
        const auto message = weibo::ToMessage(*weibo_tree);
        ExpectGood(message, body);
        if (message) ++read;
      }
    }
  }
  EXPECT_GT(read, 100) << "the damage is so heavy that nothing is tested";
}

}  // namespace
}  // namespace minsheng
