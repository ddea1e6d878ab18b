// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "src/model/message.h"
#include "src/model/verdict.h"

namespace minsheng {
namespace {

Message FullMessage() {
  Message m;
  m.id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  m.channel = "phone";
  m.account = "main";
  m.source_id = "1-9007199254740993";
  m.line = "tourism";
  m.sender = "o-sender";
  m.contact = "c";
  m.kind = Kind::kCall;
  m.text = "您好\n路灯不亮";
  m.turns = {{Role::kAgent, 0, 900, 0, 6, 0.5}, {Role::kCitizen, 900, 2000, 7, 19, std::nullopt}};
  m.attachments = {{"图.jpg", "image/jpeg", 12, "ab", "media-1"}};
  m.place_hint = "黄海路";
  m.stated_type = RequestType::kComplaint;
  m.anonymous = true;
  m.sent_at = FromMs(1'439'200'800'000);
  m.received_at = FromMs(1'439'200'800'123);
  m.facts = {{"call_id", "x"}};
  return m;
}

TEST(MessageJson, GoesOutAndComesBackUnchanged) {
  const auto m = FullMessage();
  const auto back = DecodeMessage(Encode(m));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, m);
}

TEST(MessageJson, BadUtf8IsReplacedSoThatTheResultIsAlwaysValidJson) {
  auto m = FullMessage();
  m.text = "路\xFF灯";
  const auto back = DecodeMessage(Encode(m));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->text, "路\xEF\xBF\xBD灯");
}

TEST(MessageJson, WrongInputIsAnErrorThatNamesTheKey) {
  const auto missing = DecodeMessage(R"({"id":"x"})");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().what.find("channel"), std::string::npos);
  auto json = Encode(FullMessage());
  json.replace(json.find("\"call\""), 6, "\"fax\"");
  const auto unknown = DecodeMessage(json);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().what.find("fax"), std::string::npos);
}

TEST(VerdictJson, GoesOutAndComesBackUnchanged) {
  Verdict v;
  v.rule_set = 7;
  v.category = "urban";
  v.topic = "urban.greening";
  v.type = RequestType::kHelp;
  v.urgency = Urgency::kEmergency;
  v.tags = {"flood"};
  v.place = Place{"dazhong", "大中", {3, 9}};
  v.confidence = 0.75;
  v.topic_confidence = 0.5;
  v.triage = false;
  v.runner_up = "rural.environment";
  v.sums = {{"urban.greening", 3.5}};
  v.reasons = {{"r", "名", "urban.greening", 3, true, "tag=flood", "树 & 挡", {{0, 3}, {9, 12}}}};
  const auto back = DecodeVerdict(Encode(v));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, v);
}

TEST(Codec, AVerdictOfBeforeTheTopicsConfidenceIsReadWithThatOfItsCategory) {
  Verdict v;
  v.confidence = 0.75;
  std::string old = Encode(v);
  const std::string key = "\"topic_confidence\":0.0,";
  const auto at = old.find(key);
  ASSERT_NE(at, std::string::npos) << old;
  const auto back = DecodeVerdict(old.erase(at, key.size()));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->topic_confidence, 0.75);
}

}  // namespace
}  // namespace minsheng
