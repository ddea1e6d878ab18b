// SPDX-License-Identifier: Apache-2.0
#include "src/text/tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "src/text/fold.h"
#include "src/text/relevance.h"
#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

// The tokens as words: "路灯", "灯", "wifi".
std::vector<std::string> Words(std::string_view text) {
  const auto plain = MakePlain(text);
  std::vector<std::string> words;
  for (const Token& t : TokensOf(plain)) {
    words.push_back(ToUtf8(std::u16string_view(plain.units).substr(t.begin, t.end - t.begin)));
  }
  return words;
}

bool Holds(std::string_view text, std::string_view typed) {
  const auto plain = MakePlain(text);
  const auto tokens = TokensOf(plain);
  const auto words = ReadSearchWords(typed);
  const bool all = std::all_of(words.ranges.begin(), words.ranges.end(), [&](const TokenRange& range) {
    return std::any_of(tokens.begin(), tokens.end(), [&](const Token& t) { return range.Has(t.key); });
  });
  return all && std::all_of(words.phrases.begin(), words.phrases.end(),
                            [&](const PlainText& phrase) { return FindPhrase(plain, phrase) != std::u16string::npos; });
}

TEST(Tokens, ChineseIsPairsAndTheLastCharacterOfARunAlone) {
  EXPECT_EQ(Words("路灯不亮"), (std::vector<std::string>{"路灯", "灯不", "不亮", "亮"}));
  EXPECT_EQ(Words("灯。亮"), (std::vector<std::string>{"灯", "亮"}));
  EXPECT_EQ(Words("𠮷野家"), (std::vector<std::string>{"𠮷野", "野家", "家"}));
}

TEST(Tokens, LettersAndDigitsAreWholeWords) {
  EXPECT_EQ(Words("Wi-Fi 6信号差"), (std::vector<std::string>{"wi", "fi", "6", "信号", "号差", "差"}));
  EXPECT_EQ(Words("20150810-00042"), (std::vector<std::string>{"20150810", "00042"}));
  EXPECT_TRUE(Holds("5G基站辐射", "5g"));
  EXPECT_FALSE(Holds("5G基站辐射", "5"));
}

TEST(Tokens, FoldedFormsAreOne) {
  EXPECT_EQ(Words("路燈ＬＥＤ"), Words("路灯led"));
  EXPECT_TRUE(Holds("小區的路燈不亮", "路灯"));
}

TEST(Tokens, ASingleCharacterIsFoundWhereverItStands) {
  for (const char* text : {"停水", "水停了", "没有水喝", "水"}) EXPECT_TRUE(Holds(text, "水")) << text;
  EXPECT_FALSE(Holds("停电", "水"));
}

TEST(Tokens, APhraseStandsAsItIsAndAWordMayBeScattered) {
  EXPECT_TRUE(Holds("路灯不亮", "\"灯不亮\""));
  EXPECT_TRUE(Holds("灯不好，不亮", "灯不亮"));
  EXPECT_FALSE(Holds("灯不好，不亮", "\"灯不亮\""));
  EXPECT_TRUE(Holds("灯不亮了", "“灯不亮”"));
  EXPECT_FALSE(Holds("灯不，亮", "「灯不亮」"));
  EXPECT_TRUE(Holds("路灯。不亮", "\"路灯，不亮\"")) << "one mark is like another";
  EXPECT_TRUE(Holds("路灯\n不亮", "\"路灯 不亮\"")) << "blanks inside Chinese are nothing";
  EXPECT_FALSE(Holds("wifis", "\"wifi\""));
  EXPECT_TRUE(Holds("有wifi吗", "\"wifi"));  // not closed
}

TEST(Tokens, NothingToLookForIsEmpty) {
  EXPECT_TRUE(ReadSearchWords("").empty());
  EXPECT_TRUE(ReadSearchWords(" ，。\"\" 、").empty());
  EXPECT_EQ(ReadSearchWords("路灯 路灯").ranges.size(), 1U);
}

TEST(Tokens, PlacesLeadBackToTheOriginalWords) {
  const std::string text = "，ＬＥＤ路燈 不亮！";
  const auto plain = MakePlain(text);
  ASSERT_EQ(plain.units.size(), plain.starts.size());
  EXPECT_EQ(ToUtf8(plain.units), "led路灯不亮");
  EXPECT_EQ(text.substr(plain.starts[3], 3), "路");
  EXPECT_EQ(text.substr(plain.starts[4], 3), "燈");
}

// The specification: a word of one script is in a text when each of its pairs is.
TEST(Tokens, RandomTextsHoldAWordExactlyWhenTheyHoldItsPairs) {
  std::mt19937 random(20150810);
  const std::vector<std::string> alphabet = {"水", "电", "路", "灯", "停", "，", " ", "a1", "b"};
  for (int round = 0; round < 3000; ++round) {
    std::string text, word;
    for (int i = 0; i < 12; ++i) text += alphabet[random() % alphabet.size()];
    for (int i = 0; i < 1 + static_cast<int>(random() % 3); ++i) word += alphabet[random() % 5];
    const auto folded = ToUtf8(MakePlain(text).units);
    std::set<std::string> pairs;
    for (std::size_t i = 0; i + 6 <= word.size(); i += 3) pairs.insert(word.substr(i, 6));
    if (word.size() == 3) pairs.insert(word);
    const bool expected = std::all_of(pairs.begin(), pairs.end(),
                                      [&](const std::string& p) { return folded.find(p) != std::string::npos; });
    EXPECT_EQ(Holds(text, word), expected) << text << " / " << word;
    EXPECT_EQ(Holds(text, "\"" + word + "\""), folded.find(word) != std::string::npos) << text << " / " << word;
  }
}

TEST(Tokens, ATokenCountsMoreTheOftenerItStandsAndTheShorterTheText) {
  EXPECT_LT(RelevancePart(1, 120), RelevancePart(2, 120));
  EXPECT_LT(RelevancePart(1, 500), RelevancePart(1, 50));
  EXPECT_GE(RelevancePart(1, 1'000'000), 1);
  EXPECT_LE(RelevancePart(1e9, 1), kWholePart);
  EXPECT_GT(Rarity(1, 1000), Rarity(500, 1000));
  EXPECT_GT(Rarity(1000, 1000), 0);
}

}  // namespace
}  // namespace minsheng::text
