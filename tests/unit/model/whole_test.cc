// SPDX-License-Identifier: Apache-2.0
#include "src/model/whole.h"

#include <gtest/gtest.h>

namespace minsheng {
namespace {

Message Piece(const std::string& id, const std::string& text, Kind kind = Kind::kText) {
  Message m;
  m.id = id;
  m.text = text;
  m.kind = kind;
  m.facts["open_call"] = "1";
  m.facts["from"] = id;
  return m;
}

TEST(Whole, PiecesStandOneALineWithTheIdentityOfTheFirstAndTheFactsOfTheLast) {
  auto first = Piece("1", "路灯");
  first.place_hint = "幸福小区";
  auto last = Piece("3", "不亮");
  last.place_hint = "别处";
  last.confidential = true;
  const auto whole = WholeOf({first, Piece("2", "", Kind::kImage), last});
  EXPECT_EQ(whole.id, "1");
  EXPECT_EQ(whole.text, "路灯\n不亮");
  EXPECT_EQ(whole.place_hint, "幸福小区");
  EXPECT_TRUE(whole.confidential);
  EXPECT_EQ(whole.Fact("from"), "3");
  EXPECT_EQ(whole.Fact("open_call"), "") << "nobody waits any more for a passive answer";
  EXPECT_EQ(whole.kind, Kind::kText);
  EXPECT_EQ(WholeOf({first}).Fact("open_call"), "");
  EXPECT_EQ(WholeOf({}).id, "");
}

TEST(Whole, AttachmentsAndTurnsOfAllAreKeptWithTheirPlaceInTheText) {
  auto first = Piece("1", "甲乙");
  first.attachments.push_back({"a.png", "image/png", 1, "", ""});
  auto second = Piece("2", "丙丁");
  second.turns.push_back({Role::kCitizen, 0, 1, 0, 6, std::nullopt});
  second.attachments.push_back({"b.png", "image/png", 1, "", ""});
  const auto whole = WholeOf({first, second});
  EXPECT_EQ(whole.attachments.size(), 2U);
  ASSERT_EQ(whole.turns.size(), 1U);
  EXPECT_EQ(whole.text.substr(whole.turns[0].begin, whole.turns[0].end - whole.turns[0].begin), "丙丁");
}

TEST(Whole, WhatWasOnlySpokenIsSpokenAndWordsBesideAPictureAreWords) {
  EXPECT_EQ(WholeOf({Piece("1", "甲", Kind::kVoice), Piece("2", "乙", Kind::kVoice)}).kind, Kind::kVoice);
  EXPECT_EQ(WholeOf({Piece("1", "甲", Kind::kVoice), Piece("2", "乙")}).kind, Kind::kText);
  EXPECT_EQ(WholeOf({Piece("1", "", Kind::kImage), Piece("2", "乙")}).kind, Kind::kText);
}

TEST(Whole, OfSeveralTranscriptsOfOneCallTheLastStands) {
  auto first = Piece("1", "家里近水", Kind::kCall);
  auto second = Piece("2", "家里进水", Kind::kCall);
  auto other = Piece("3", "路灯", Kind::kCall);
  first.facts["call_id"] = second.facts["call_id"] = "c-1";
  other.facts["call_id"] = "c-2";
  EXPECT_EQ(WholeOf({first, second, other}).text, "家里进水\n路灯");
}

}  // namespace
}  // namespace minsheng
