// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/turns.h"

#include <gtest/gtest.h>

namespace minsheng::phone {
namespace {

Segment Say(std::string speaker, int channel, std::int64_t start, std::int64_t end, std::string text) {
  return {.speaker = std::move(speaker), .channel = channel, .start_ms = start, .end_ms = end, .text = std::move(text)};
}

CallText Make(std::vector<Segment> segments, const ChannelRoles& channels = {}) {
  return MakeTurns({.engine = "test", .segments = std::move(segments)}, channels);
}

TEST(Turns, TheSpeakerWhoGreetsIsTheOperator) {
  const auto call = Make({Say("2", -1, 0, 900, "喂"), Say("1", -1, 1000, 3000, "您好，一二三四五热线，很高兴为您服务"),
                          Say("2", -1, 3500, 5000, "你好，是12345吗，路灯坏了")});
  EXPECT_EQ(call.turns.at(0).role, Role::kCitizen);
  EXPECT_EQ(call.turns.at(1).role, Role::kAgent);
  EXPECT_EQ(call.turns.at(2).role, Role::kCitizen);
}

TEST(Turns, WithoutAGreetingNobodyIsGivenARole) {
  const auto call = Make({Say("1", -1, 0, 900, "路灯坏了"), Say("2", -1, 1000, 3000, "在哪里")});
  EXPECT_EQ(call.turns.at(0).role, Role::kUnknown);
  EXPECT_EQ(call.turns.at(1).role, Role::kUnknown);
}

TEST(Turns, WithThreeSpeakersOnlyTheGreetingOneIsTold) {
  const auto call = Make({Say("1", -1, 0, 900, "您好，12345，请问有什么可以帮您"), Say("2", -1, 1000, 3000, "路灯"),
                          Say("3", -1, 4000, 5000, "我来说")});
  EXPECT_EQ(call.turns.at(0).role, Role::kAgent);
  EXPECT_EQ(call.turns.at(1).role, Role::kUnknown);
  EXPECT_EQ(call.turns.at(2).role, Role::kUnknown);
}

TEST(Turns, TheTrackSaysTheRoleAndTheGreetingCorrectsSwappedCables) {
  const ChannelRoles left_agent = {{0, Role::kAgent}, {1, Role::kCitizen}};
  const auto plain = Make({Say("", 0, 0, 900, "请说"), Say("", 1, 1000, 3000, "路灯坏了")}, left_agent);
  EXPECT_EQ(plain.turns.at(0).role, Role::kAgent);
  EXPECT_EQ(plain.turns.at(1).role, Role::kCitizen);
  const auto swapped =
      Make({Say("", 1, 0, 900, "您好，12345，为您服务"), Say("", 0, 1000, 3000, "路灯坏了")}, left_agent);
  EXPECT_EQ(swapped.turns.at(0).role, Role::kAgent);
  EXPECT_EQ(swapped.turns.at(1).role, Role::kCitizen);
}

TEST(Turns, LabelsAreStrongerThanTheGreeting) {
  const auto call =
      Make({Say("客户", -1, 0, 900, "您好12345为您服务，你们是这么说的"), Say("AGENT", -1, 1000, 3000, "是的")});
  EXPECT_EQ(call.turns.at(0).role, Role::kCitizen);
  EXPECT_EQ(call.turns.at(1).role, Role::kAgent);
}

TEST(Turns, PiecesOfOneSpeakerAreJoinedAndFillersStay) {
  auto pieces = std::vector<Segment>{Say("1", -1, 0, 1000, "嗯，"), Say("1", -1, 1500, 2000, "路灯"),
                                     Say("1", -1, 3500, 4000, "坏了"), Say("2", -1, 4100, 4500, "好的")};
  pieces[0].confidence = 0.5;
  pieces[1].confidence = 0.8;
  const auto call = Make(pieces);
  EXPECT_EQ(call.text, "嗯，路灯\n坏了\n好的");
  EXPECT_EQ(call.turns.at(0).end_ms, 2000);
  EXPECT_NEAR(*call.turns.at(0).confidence, 0.65, 1e-9);
  EXPECT_FALSE(call.turns.at(1).confidence);
}

TEST(Turns, UnknownSpeakersAreNeverJoined) {
  EXPECT_EQ(Make({Say("", -1, 0, 1000, "路灯"), Say("", -1, 1000, 2000, "坏了")}).text, "路灯\n坏了");
}

TEST(Turns, CrossTalkIsHeardOnceAndShortWordsOfBothStay) {
  const auto call =
      Make({Say("", 0, 1000, 2000, "路灯坏了三天"), Say("", 1, 1300, 2300, "路灯坏了三天"),
            Say("", 0, 5000, 5200, "好的"), Say("", 1, 5100, 5300, "好的"), Say("", 1, 9000, 9900, "路灯坏了三天")});
  EXPECT_EQ(call.text, "路灯坏了三天\n好的\n好的\n路灯坏了三天");
  EXPECT_EQ(call.dropped, 1);
}

TEST(Turns, LinesThatNobodySpokeAreDropped) {
  for (const char* line : {"请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", "字幕由 Amara.org 社区提供", "谢谢观看！",
                           "Thanks for watching!", "您的通话可能会被录音，请谅解。", "满意请按1，不满意请按2", "。。。",
                           "坐席工号8023为您服务"}) {
    EXPECT_TRUE(IsNobodysLine(line)) << line;
  }
  for (const char* line :
       {"谢谢", "谢谢你们，观看演出的时候太吵了", "我不满意", "请按规定处理", "12345", "订阅的报纸没送到"}) {
    EXPECT_FALSE(IsNobodysLine(line)) << line;
  }
}

TEST(Turns, TurnsAreInTheOrderOfTheirStart) {
  EXPECT_EQ(Make({Say("", 1, 5000, 6000, "乙"), Say("", 0, 1000, 2000, "甲"), Say("", 1, 1500, 1800, "丙")}).text,
            "甲\n丙\n乙");
}

}  // namespace
}  // namespace minsheng::phone
