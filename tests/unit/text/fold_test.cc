// SPDX-License-Identifier: Apache-2.0
#include "src/text/fold.h"

#include <gtest/gtest.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

std::string Utf8Of(UChar32 c) {
  std::string out;
  AppendUtf8(static_cast<char32_t>(c), &out);
  return out;
}

bool FoldTestWhite(UChar32 c) { return u_isUWhiteSpace(c) || c == 0x180E || c == 0x2800 || c == 0x3164 || c == 0xFFA0; }

// NFKC_Casefold by ICU, white space dropped.
std::string ByIcu(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString folded =
      icu::Normalizer2::getNFKCCasefoldInstance(status)->normalize(icu::UnicodeString(c), status);
  std::string out;
  for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    if (!FoldTestWhite(folded.char32At(i))) out += Utf8Of(folded.char32At(i));
  }
  return out;
}

bool IsHan(UChar32 c) { return u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC); }

TEST(FoldTest, EveryCharacterOfTheBmpThatIsNotChineseFoldsAsIcuSays) {
  int checked = 0;
  for (UChar32 c = 1; c < 0x10000; ++c) {
    if (U_IS_SURROGATE(c) || u_charType(c) == U_CONTROL_CHAR) continue;
    const std::string expected = ByIcu(c);
    std::size_t pos = 0;
    if (!expected.empty() && expected.find_first_not_of(Utf8Of(c)) == std::string::npos && IsHan(c)) continue;
    bool han = false;
    while (pos < expected.size()) han = IsHan(static_cast<UChar32>(NextCodePoint(expected, &pos))) || han;
    if (han) continue;
    ++checked;
    EXPECT_EQ(FoldToUtf8(Utf8Of(c)), FoldTestWhite(c) ? "" : expected) << "U+" << std::hex << c;
  }
  EXPECT_GT(checked, 30'000);
}

TEST(FoldTest, ChineseCharactersStayOneCharacterAndFoldToTheirSimplifiedForm) {
  for (UChar32 c = 0x3400; c < 0xA000; ++c) {
    if (!IsHan(c)) continue;
    EXPECT_EQ(CountChars(FoldToUtf8(Utf8Of(c))), 1U) << "U+" << std::hex << c;
  }
  EXPECT_EQ(FoldToUtf8("臺灣擋視線"), "台湾挡视线");
  EXPECT_EQ(FoldToUtf8("路灯不亮"), "路灯不亮");
}

TEST(FoldTest, FoldingTwiceChangesNothing) {
  for (UChar32 c = 1; c < 0x20000; ++c) {
    if (U_IS_SURROGATE(c)) continue;
    const std::string once = FoldToUtf8(Utf8Of(c));
    EXPECT_EQ(FoldToUtf8(once), once) << "U+" << std::hex << c;
  }
}

TEST(FoldTest, WidthCaseAndInvisibleCharactersDoNotMatter) {
  EXPECT_EQ(FoldToUtf8("ＥＴＣ　１２３４５"), "etc 12345");
  EXPECT_EQ(FoldToUtf8("路\u200b灯\ufeff坏\u00ad了"), "路灯坏了");
  EXPECT_EQ(FoldToUtf8("100㎡"), "100m2");
  EXPECT_EQ(FoldToUtf8("𝐀𝐁"), "ab");
}

TEST(FoldTest, WhiteSpaceStaysOnlyBetweenLettersOrDigitsOfAnAlphabet) {
  EXPECT_EQ(FoldToUtf8("路 灯\n不\r\n\t亮"), "路灯不亮");
  EXPECT_EQ(FoldToUtf8("  wi \n fi  坏 了 A 1 座 "), "wi fi坏了a 1座");
  EXPECT_EQ(FoldToUtf8("a , b"), "a,b");
}

TEST(FoldTest, TheMapLeadsBackToTheBytesOfTheOriginal) {
  const std::string text = "路　燈㎡😀x";
  Folded f;
  Fold(text, &f);
  ASSERT_EQ(ToUtf8(f.units), "路灯m2😀x");
  const auto piece = [&](std::size_t first, std::size_t last) {
    return text.substr(f.starts[first], EndOfCharacter(text, f.starts[last]) - f.starts[first]);
  };
  EXPECT_EQ(piece(0, 0), "路");
  EXPECT_EQ(piece(0, 1), "路　燈");
  EXPECT_EQ(piece(2, 2), "㎡");
  EXPECT_EQ(piece(3, 3), "㎡");
  EXPECT_EQ(piece(4, 5), "😀");
  EXPECT_EQ(f.CharsBefore(6), 5U);
  EXPECT_EQ(f.CharsBefore(7), 6U);
}

TEST(FoldTest, BadBytesAndALimitAreHarmless) {
  EXPECT_EQ(FoldToUtf8("a\xff\xe8\xb7"), "a\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(FoldToUtf8(""), "");
  Folded f;
  Fold("路灯不亮", &f, 2);
  EXPECT_EQ(ToUtf8(f.units), "路灯");
}

}  // namespace
}  // namespace minsheng::text
