// SPDX-License-Identifier: Apache-2.0
#include "src/text/charset.h"

#include <gtest/gtest.h>

#include <random>

#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

// "小区门口路灯不亮" in GB2312 and "你好，台北" in Big5, written out so that the test does not use the code it tests.
constexpr std::string_view kLampGb = "\xD0\xA1\xC7\xF8\xC3\xC5\xBF\xDA\xC2\xB7\xB5\xC6\xB2\xBB\xC1\xC1";
constexpr std::string_view kTaipeiBig5 = "\xA7\x41\xA6\x6E\xA1\x41\xA5\x78\xA5\x5F";

TEST(Charset, EveryNameOfTheGbFamilyMeansGb18030) {
  for (const char* label : {"gb2312", "GBK", "x-gbk", "cp936", "gb_2312-80", "euc-cn", "chinese", "GB18030",
                            "windows-936", " \"gb2312\" ", "'GBK';", "csGB2312"}) {
    const auto text = ToUtf8(kLampGb, label);
    ASSERT_TRUE(text) << label;
    EXPECT_EQ(*text, "小区门口路灯不亮") << label;
  }
}

TEST(Charset, CharactersThatGb2312LacksAreReadUnderItsLabelToo) {
  EXPECT_EQ(ToUtf8("\x96\x56\xB5\xEA", "gb2312").value(), "朧店");        // GBK only
  EXPECT_EQ(ToUtf8("\x95\x32\x82\x36", "gb2312").value(), "\U00020000");  // four bytes
}

TEST(Charset, OtherCharsetsAreReadByTheirLabels) {
  EXPECT_EQ(ToUtf8(kTaipeiBig5, "Big5").value(), "你好，台北");
  EXPECT_EQ(ToUtf8("~{D:C~}!", "hz").value(), ToUtf8("~{D:C~}!", "HZ-GB-2312").value());
  EXPECT_EQ(ToUtf8("~{VPND~} ok", "HZ").value(), "中文 ok");
  EXPECT_EQ(ToUtf8(std::string_view("\x2D\x4E\x87\x65", 4), "utf-16le").value(), "中文");
  EXPECT_EQ(ToUtf8(std::string_view("\xFF\xFE\x2D\x4E\x87\x65", 6), "utf-16").value(), "中文");
  EXPECT_EQ(ToUtf8(std::string_view("\x4E\x2D\x65\x87", 4), "utf-16").value(), "中文");
  EXPECT_EQ(ToUtf8(std::string_view("\x2D\x4E\x31\x00", 4), "utf-16").value(), "中1");
  EXPECT_EQ(ToUtf8("caf\xE9 \x80", "iso-8859-1").value(), "café €");
  EXPECT_EQ(ToUtf8("\x93\xFA\x96\x7B", "shift_jis").value(), "日本");
  EXPECT_EQ(ToUtf8("\x1B$)A\x0EVPND\x0F", "iso-2022-cn").value(), "中文");
}

TEST(Charset, AnUnknownLabelIsAnErrorAndOptionsInALabelAreRefused) {
  for (const char* label : {"", "   ", "klingon", "utf-8,swaplfnl", "gb2312\ninjected", "x\x01y"}) {
    const auto text = ToUtf8("abc", label);
    ASSERT_FALSE(text) << label;
    EXPECT_EQ(text.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(ToUtf8("abc", std::string(4000, 'u')));
}

TEST(Charset, BytesThatContradictTheirLabelBeyondDoubtWin) {
  EXPECT_EQ(ToUtf8("小区门口路灯不亮", "gb2312").value(), "小区门口路灯不亮");
  EXPECT_EQ(ToUtf8("小区门口路灯不亮", "iso-8859-1").value(), "小区门口路灯不亮");
  EXPECT_EQ(ToUtf8(kLampGb, "utf-8").value(), "小区门口路灯不亮");
  EXPECT_EQ(ToUtf8(kLampGb, "us-ascii").value(), "小区门口路灯不亮");
  EXPECT_EQ(ToUtf8("\xEF\xBB\xBF\xE4\xB8\xAD", "utf-8").value(), "中");
}

TEST(Charset, ADamagedTailUnderItsOwnLabelCostsOneCharacterOnly) {
  EXPECT_EQ(ToUtf8("路灯不亮\xE5\x8D", "utf-8").value(), "路灯不亮\xEF\xBF\xBD\xEF\xBF\xBD");
  const auto cut = ToUtf8(kLampGb.substr(0, kLampGb.size() - 1), "gbk");
  EXPECT_TRUE(cut->starts_with("小区门口路灯不")) << *cut;
}

TEST(Charset, WithoutALabelMarksEscapesUtf8AndGbAreTold) {
  EXPECT_EQ(GuessToUtf8("路灯不亮"), "路灯不亮");
  EXPECT_EQ(GuessToUtf8("\xEF\xBB\xBF路灯"), "路灯");
  EXPECT_EQ(GuessToUtf8(std::string_view("\xFF\xFE\x2D\x4E", 4)), "中");
  EXPECT_EQ(GuessToUtf8(std::string_view("\xFE\xFF\x4E\x2D", 4)), "中");
  EXPECT_EQ(GuessToUtf8("\x84\x31\x95\x33\xD6\xD0"), "中");
  EXPECT_EQ(GuessToUtf8(kLampGb), "小区门口路灯不亮");
  EXPECT_EQ(GuessToUtf8("\xD6\xD0"), "中");
  EXPECT_EQ(GuessToUtf8("~{VPND~}"), "中文");
  EXPECT_EQ(GuessToUtf8("a ~{ b"), "a ~{ b");
  EXPECT_EQ(GuessToUtf8("plain\r\ntext"), "plain\ntext");
}

TEST(Charset, LongBig5TextIsToldFromGb) {
  // 我們的路燈已經壞了三天，請盡快派人來修理，謝謝。
  constexpr std::string_view kBig5 =
      "\xA7\xDA\xAD\xCC\xAA\xBA\xB8\xF4\xBF\x4F\xA4\x77\xB8\x67\xC3\x61\xA4\x46\xA4\x54\xA4\xD1\xA1\x41\xBD\xD0\xBA"
      "\xC9\xA7\xD6\xAC\xA3\xA4\x48\xA8\xD3\xAD\xD7\xB2\x7A\xA1\x41\xC1\xC2\xC1\xC2\xA1\x43";
  EXPECT_EQ(GuessToUtf8(std::string(kBig5) + std::string(kBig5)),
            "我們的路燈已經壞了三天，請盡快派人來修理，謝謝。我們的路燈已經壞了三天，請盡快派人來修理，謝謝。");
}

TEST(Charset, AnyBytesGiveCleanNonEmptyUtf8) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(1 + random() % 60, '\0');
    const unsigned mask = round % 3 == 0 ? 0x7F : 0xFF;
    for (char& c : bytes) c = static_cast<char>(random() & mask);
    const std::string text = GuessToUtf8(bytes);
    ASSERT_FALSE(text.empty());
    ASSERT_TRUE(IsValidUtf8(text));
    ASSERT_EQ(Repair(text), text);
    for (const char* label : {"gbk", "big5", "utf-16", "utf-8", "hz", "iso-2022-cn", "utf-7"}) {
      const auto read = ToUtf8(bytes, label);
      ASSERT_TRUE(read) << label;
      ASSERT_TRUE(IsValidUtf8(*read)) << label;
    }
  }
  EXPECT_EQ(GuessToUtf8(""), "");
  EXPECT_FALSE(GuessToUtf8(std::string_view("\0\0", 2)).empty());
}

TEST(Charset, TextLongerThanTheConversionBufferIsWhole) {
  std::string gb;
  std::string want;
  for (int i = 0; i < 5000; ++i) {
    gb +=
        "\x95\x32\x82\x36\xD6\xD0"
        "a";
    want += "\U00020000中a";
  }
  EXPECT_EQ(ToUtf8(gb, "gb18030").value(), want);
}

}  // namespace
}  // namespace minsheng::text
