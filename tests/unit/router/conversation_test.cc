// SPDX-License-Identifier: Apache-2.0
#include "src/router/conversation.h"

#include <gtest/gtest.h>

namespace minsheng::router {
namespace {

const Time kSpoken = FromMs(1'439'200'800'000);
constexpr Millis kMinute{60'000};
constexpr Millis kHour{3'600'000};
constexpr Millis kDay{24 * 3'600'000};

Verdict Tagged(std::vector<std::string> tags) {
  Verdict v;
  v.tags = std::move(tags);
  return v;
}

Matter Open(const std::string& text, const std::string& topic, Millis ago, std::vector<std::string> places = {}) {
  return MatterOf(text, "", topic, true, std::move(places), kSpoken - ago);
}
Matter Fresh(const std::string& text, const std::string& topic = "", std::vector<std::string> places = {}) {
  return MatterOf(text, "", topic, !topic.empty(), std::move(places), kSpoken);
}

TEST(TalkSigns, SmallTalkAsksNothingUnlessARuleNamesATopicOrSoundsAnAlarm) {
  auto thanks = Tagged({"talk.thanks"});
  EXPECT_TRUE(SignsOf(thanks).asks_nothing);
  EXPECT_TRUE(SignsOf(thanks).thanks);
  Reason learned;
  learned.rule = "lexicon";
  learned.topic = "urban.noise";
  learned.weight = 1;
  thanks.reasons = {learned};
  EXPECT_TRUE(SignsOf(thanks).asks_nothing) << "learned words say little about a word of thanks";
  thanks.reasons[0].rule = "urban.noise.night";
  EXPECT_FALSE(SignsOf(thanks).asks_nothing);
  auto alarm = Tagged({"talk.greeting"});
  alarm.urgency = Urgency::kUrgent;
  EXPECT_FALSE(SignsOf(alarm).asks_nothing);
  EXPECT_FALSE(SignsOf(Tagged({"flood"})).asks_nothing);
}

TEST(TalkSigns, AdvertisingAsksNothingWhateverTopicItsWordsSuggest) {
  auto spam = Tagged({"talk.spam"});
  spam.reasons.push_back({});
  spam.reasons[0].rule = "other.tax.invoice";
  spam.reasons[0].topic = "other.tax";
  spam.reasons[0].weight = 3;
  EXPECT_TRUE(SignsOf(spam).asks_nothing);
  EXPECT_FALSE(SignsOf(spam).greeting);
}

TEST(CannotWait, OnlyAnEmergencyOrADecisiveUrgentMatter) {
  Verdict v;
  v.triage = false;
  EXPECT_FALSE(CannotWait(v));
  v.urgency = Urgency::kUrgent;
  EXPECT_FALSE(CannotWait(v));
  v.reasons.push_back({});
  v.reasons[0].decisive = true;
  EXPECT_TRUE(CannotWait(v));
  v.triage = true;
  EXPECT_FALSE(CannotWait(v));
  v.urgency = Urgency::kEmergency;
  EXPECT_TRUE(CannotWait(v));
}

TEST(RaiseUrgency, AnAlarmOfOnePieceIsAddedWithItsPlaceInTheWhole) {
  Verdict piece;
  piece.urgency = Urgency::kEmergency;
  piece.reasons.push_back({"flood", "进水", "", 0, false, "urgency=emergency tag=flood", "进水", {{3, 9}}});
  piece.reasons.push_back({"other", "别的", "urban.water", 5, false, "", "水", {{6, 9}}});
  Verdict whole;
  RaiseUrgency(piece, 100, &whole);
  EXPECT_EQ(whole.urgency, Urgency::kEmergency);
  ASSERT_EQ(whole.reasons.size(), 1U);
  EXPECT_EQ(whole.reasons[0].spans, (std::vector<Span>{{103, 109}}));
  RaiseUrgency(piece, 0, &whole);
  EXPECT_EQ(whole.reasons.size(), 1U);
}

TEST(WhichMatter, AFewWordsSoonAfterBelongToTheOneThatIsOpen) {
  const std::vector<Matter> open{Open("黄海路的路灯不亮", "urban.street-lights", 5 * kMinute)};
  const auto which = WhichMatter(Fresh("就在3号楼旁边"), true, false, open);
  EXPECT_EQ(which.kind, FollowUp::Kind::kOne);
  EXPECT_EQ(which.possible, std::vector<std::size_t>{0});
  EXPECT_EQ(WhichMatter(Fresh(""), false, false, open).kind, FollowUp::Kind::kOne) << "a picture";
}

TEST(WhichMatter, WordsThatPointBackFindTheirOrderDaysLater) {
  const std::vector<Matter> open{Open("黄海路的路灯不亮", "urban.street-lights", 5 * kDay)};
  EXPECT_EQ(WhichMatter(Fresh("怎么还没人来"), true, true, open).kind, FollowUp::Kind::kOne);
  EXPECT_EQ(WhichMatter(Fresh("你们管不管"), true, false, open).kind, FollowUp::Kind::kNew);
}

TEST(WhichMatter, AClearlyOtherTopicIsANewMatterHoweverSoon) {
  const std::vector<Matter> open{Open("黄海路的路灯不亮", "urban.street-lights", kMinute)};
  EXPECT_EQ(WhichMatter(Fresh("楼下饭店油烟很大", "urban.smoke"), true, false, open).kind, FollowUp::Kind::kNew);
}

TEST(WhichMatter, LongWordsOfUnknownTopicAreNotBuriedInWhatHappensToBeOpen) {
  const std::vector<Matter> open{Open("黄海路的路灯不亮", "urban.street-lights", 5 * kMinute)};
  const auto words = Fresh("楼上每天半夜都有人搓麻将到天亮，孩子第二天没法上学");
  EXPECT_EQ(WhichMatter(words, true, false, open).kind, FollowUp::Kind::kNew);
}

TEST(WhichMatter, TheSameTopicAtTheSamePlaceIsTheSameMatterAndElsewhereAnother) {
  const std::vector<Matter> open{Open("黄海路的路灯不亮", "urban.street-lights", 3 * kDay)};
  EXPECT_EQ(WhichMatter(Fresh("黄海路的路灯还是坏的", "urban.street-lights"), true, false, open).kind,
            FollowUp::Kind::kOne);
  EXPECT_EQ(WhichMatter(Fresh("人民路的路灯坏了", "urban.street-lights"), true, false, open).kind,
            FollowUp::Kind::kNew);
}

TEST(WhichMatter, ATopicNamedTogetherWithPointingBackChoosesAmongSeveral) {
  const std::vector<Matter> open{Open("树枝挡住了红绿灯", "urban.greening", kHour),
                                 Open("路灯不亮", "urban.street-lights", kHour)};
  const auto which = WhichMatter(Fresh("上次说的路灯怎么还没修", "urban.street-lights"), true, true, open);
  EXPECT_EQ(which.kind, FollowUp::Kind::kOne);
  EXPECT_EQ(which.possible, std::vector<std::size_t>{1});
}

TEST(WhichMatter, WhereTwoArePossibleItIsUnclearLikeliestFirst) {
  const std::vector<Matter> open{Open("树枝挡住了红绿灯", "urban.greening", kDay),
                                 Open("路灯不亮", "urban.street-lights", 2 * kHour)};
  const auto which = WhichMatter(Fresh("怎么还没人来"), true, true, open);
  EXPECT_EQ(which.kind, FollowUp::Kind::kUnclear);
  EXPECT_EQ(which.possible, (std::vector<std::size_t>{1, 0}));
  EXPECT_TRUE(which.clear_lead);
  EXPECT_EQ(WhichMatter(Fresh("怎么还没人来"), true, true, {}).kind, FollowUp::Kind::kNew);
}

TEST(ReadChoice, UnderstandsNumbersAsPeopleWriteThem) {
  const std::vector<std::string> labels{"园林绿化（黄海路）", "路灯"};
  for (const char* text :
       {"2", "２", "二", "第二个", "第2个", "2号", "选2", "②", "2。", "我选2吧", " 2 ", "我说的是2", "贰"}) {
    const auto choice = ReadChoice(text, labels);
    if (std::string(text) == "贰") {
      EXPECT_FALSE(choice) << text;
    } else {
      EXPECT_EQ(choice, 1U) << text;
    }
  }
  EXPECT_EQ(ReadChoice("1", labels), 0U);
  EXPECT_EQ(ReadChoice("第一个", labels), 0U);
}

TEST(ReadChoice, UnderstandsTheNewMatterAndTheNamesOfTheOthers) {
  const std::vector<std::string> labels{"园林绿化（黄海路）", "路灯"};
  for (const char* text : {"3", "三", "新问题", "新的", "都不是", "是新问题", "新问题。"})
    EXPECT_EQ(ReadChoice(text, labels), 2U) << text;
  EXPECT_EQ(ReadChoice("路灯", labels), 1U);
  EXPECT_EQ(ReadChoice("路灯那个", labels), 1U);
  EXPECT_EQ(ReadChoice("绿化", labels), 0U);
}

TEST(ReadChoice, TakesNothingElseForAnAnswer) {
  const std::vector<std::string> labels{"园林绿化", "路灯"};
  for (const char* text :
       {"", "4", "12", "0", "2号楼也坏了", "路灯还是不亮", "好的", "两天了", "第二天就坏了", "？", "绿化和路灯"})
    EXPECT_FALSE(ReadChoice(text, labels)) << text;
  EXPECT_FALSE(ReadChoice("路灯", {"路灯（黄海路）", "路灯（人民路）"})) << "two have this name";
}

TEST(AskWhich, NumbersTheNamesAndEndsWithTheNewMatter) {
  EXPECT_EQ(AskWhich("您说的是：{choices}？", {"树木遮挡", "路灯"}), "您说的是：1 树木遮挡 2 路灯 3 新问题？");
}

}  // namespace
}  // namespace minsheng::router
