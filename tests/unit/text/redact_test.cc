// SPDX-License-Identifier: Apache-2.0
#include "src/text/redact.h"

#include <gtest/gtest.h>

#include <random>

#include "src/base/ulid.h"
#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

// All numbers here are invented; identity numbers carry the check character of GB 11643, cards that of Luhn.
TEST(Redact, EachKindKeepsWhatSaysItsKindAndLength) {
  EXPECT_EQ(Redact("我的手机13812345678，请回电"), "我的手机138****5678，请回电");
  EXPECT_EQ(Redact("+8613812345678"), "+86138****5678");
  EXPECT_EQ(Redact("0512-65123456"), "0512-******56");
  EXPECT_EQ(Redact("（010）65123456"), "（010）******56");
  EXPECT_EQ(Redact("+86 512 6512 3456"), "+86 512 **** **56");
  EXPECT_EQ(Redact("400-820-8820"), "400-***-**20");
  EXPECT_EQ(Redact("座机是65123456。"), "座机是65****56。");
  EXPECT_EQ(Redact("身份证11010519491231002X"), "身份证110***********002X");
  EXPECT_EQ(Redact("卡号6222021234567890128"), "卡号***************0128");
  EXPECT_EQ(Redact("苏E12345堵了门"), "苏E***45堵了门");
  EXPECT_EQ(Redact("苏E·1234挂"), "苏E·***4挂");
  EXPECT_EQ(Redact("zhang.san@example.com"), "z********@example.com");
  EXPECT_EQ(Redact("a@b.cn"), "*@b.cn");
}

TEST(Redact, ANumberIsFoundHoweverItIsWritten) {
  for (const char* text : {"13812345678",
                           "１３８１２３４５６７８",
                           "138 1234 5678",
                           "138-1234-5678",
                           "138－1234－5678",
                           "1 3 8 1 2 3 4 5 6 7 8",
                           "+86 138 1234 5678",
                           "0086-13812345678",
                           "013812345678",
                           "幺三八幺二三四五六七八",
                           "一三八一二三四五六七八",
                           "幺三八，幺二三四，五六七八",
                           "幺三八 嗯 幺二三四 对 五六七八",
                           "138幺二三四5678",
                           "①③⑧①②③④⑤⑥⑦⑧",
                           "138\n嗯\n1234\n对的\n5678",
                           "tel13812345678",
                           "wx:13812345678",
                           "**13812345678**",
                           "***138 1234 5678"}) {
    const auto found = FindPersonal(text);
    ASSERT_EQ(found.size(), 1U) << text;
    EXPECT_EQ(found[0].kind, PersonalKind::kMobile) << text;
    EXPECT_TRUE(found[0].value.ends_with("13812345678")) << text << " " << found[0].value;
    EXPECT_TRUE(FindPersonal(Redact(text)).empty()) << Redact(text);
  }
  EXPECT_EQ(Redact("幺三八，幺二三四，五六七八"), "幺三八，****，五六七八");
  EXPECT_EQ(Redact("我是幺三八幺二三四五六七八一直打不通"), "我是幺三八****五六七八一直打不通");
  EXPECT_EQ(FindPersonal("110105 19491231 002x").at(0).value, "11010519491231002X");
  EXPECT_EQ(FindPersonal("幺幺零幺零五幺九四九幺二三幺零零二叉").at(0).value, "11010519491231002X");
  EXPECT_EQ(FindPersonal("6222 0212 3456 7890 128").at(0).kind, PersonalKind::kBankCard);
  EXPECT_EQ(FindPersonal("零五幺二六五幺二三四五六").at(0).value, "051265123456");
  EXPECT_EQ(FindPersonal("ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ").at(0).value, "zhang@example.com");
}

TEST(Redact, OffsetsAreBytesOfTheGivenText) {
  const std::string text = "电话是１３８ 1234 5678吗";
  const auto found = FindPersonal(text);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(text.substr(found[0].begin, found[0].end - found[0].begin), "１３８ 1234 5678");
}

TEST(Redact, OrderNumbersIdsDigestsAndOrdinaryNumbersSurvive) {
  for (const std::string text : {"工单20150810-00042已派单",
                                 "工单号：20150810-00042，20150811-00001",
                                 "01ARZ3NDEKTSV4RRFFQ69G5FAV",
                                 "source 6ffc80e2c1f09e4a4429551138123456789988776655443322110099aabbccdd",
                                 "2015-08-10 22:03:00",
                                 "12345",
                                 "拨打12345热线",
                                 "110",
                                 "一起去",
                                 "两三万元",
                                 "三百二十一号",
                                 "一般都是一二三楼",
                                 "1987-10-12 301室",
                                 "138123456789",
                                 "共1381234567元",
                                 "192.168.10.101",
                                 "面积120平，月租2800元，押三付一",
                                 "2015年8月10日晚上22点03分",
                                 "6222021234567890129",
                                 "110105204913310021",
                                 "微信12345平台",
                                 "微信转账2000000元",
                                 "付款1000000000000000000元",
                                 "QQ群很吵",
                                 "型号E1234",
                                 "京东A座",
                                 "新闻12345",
                                 "苏州E12345",
                                 "邮编215100",
                                 "工号80231",
                                 "车位B2-1203",
                                 "@某人",
                                 "a@b"}) {
    EXPECT_EQ(Redact(text), text);
  }
}

TEST(Redact, ManyFreshUlidsSurvive) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += NewUlid(FromMs(1'439'200'800'000 + i * 77'777)) + " ";
  EXPECT_EQ(Redact(text), text);
}

TEST(Redact, AnOrderNumberBesideATelephoneNumberKeepsItsDigits) {
  EXPECT_EQ(Redact("20150810-00042 13812345678"), "20150810-00042 138****5678");
  EXPECT_EQ(Redact("13812345678/13987654321"), "138****5678/139****4321");
}

TEST(Redact, TheOldIdentityNumberOfFifteenDigitsIsFoundByItsDate) {
  EXPECT_EQ(FindPersonal("110105491231002").at(0).kind, PersonalKind::kIdentity);
  EXPECT_TRUE(FindPersonal("110105491331002").empty());
}

TEST(Redact, AnIdentityNumberWithAWrongCheckDigitIsMaskedToo) {
  EXPECT_EQ(Redact("身份证号320922198001011234"), "身份证号320***********1234");
  EXPECT_EQ(Redact("身份证号32092219800101123X"), "身份证号320***********123X");
  EXPECT_EQ(Redact("我叫王某 320922198001011234，电话13812345678"), "我叫王某 320***********1234，电话138****5678");
  EXPECT_EQ(Redact("320922 19800101 1234"), "320*** ******** 1234");
  EXPECT_EQ(Redact("32092219800101123，少了一位"), "320**********1123，少了一位");
  EXPECT_EQ(Redact("320922198001011234 13812345678"), "320***********1234 138****5678");
  EXPECT_EQ(Redact("三二零九二二一九八零零一零一一二三四"), "三二零***********一二三四");
}

TEST(Redact, WhateverHasTheLengthOfAnIdentityNumberIsMaskedBehindTheWord) {
  EXPECT_EQ(Redact("身份证号码：999922998001011234"), "身份证号码：999***********1234");
  EXPECT_EQ(Redact("身份证是123456789012345"), "身份证是123********2345");
  EXPECT_EQ(Redact("身份证20150810-00042"), "身份证20150810-00042");
}

TEST(Redact, PassportNumbersAreMasked) {
  EXPECT_EQ(Redact("护照E12345678"), "护照E******78");
  EXPECT_EQ(Redact("护照号码：EA1234567"), "护照号码：EA*****67");
  EXPECT_EQ(Redact("护照 ｅａ1234567 过期"), "护照 ｅａ*****67 过期");
  EXPECT_EQ(Redact("护照号是P1234567"), "护照号是P*****67");
  EXPECT_EQ(FindPersonal("证件EB7654321").at(0).kind, PersonalKind::kPassport);
  EXPECT_EQ(Redact("型号P1234567"), "型号P1234567");
}

TEST(Redact, AccountsAreMaskedOnlyBehindTheirWords) {
  EXPECT_EQ(Redact("加QQ123456789"), "加QQ12*****89");
  EXPECT_EQ(Redact("qq号是 987654321"), "qq号是 98*****21");
  EXPECT_EQ(Redact("微信号：wxid_abc123"), "微信号：w**********");
  EXPECT_EQ(Redact("微信 87654321 加我"), "微信 87****21 加我");
  EXPECT_EQ(FindPersonal("微信13812345678").at(0).kind, PersonalKind::kMobile);
  EXPECT_EQ(ToWord(FindPersonal("QQ：12345678").at(0).kind), "account");
  EXPECT_EQ(Redact("编号123456789"), "编号123456789");
}

TEST(Redact, ANumberThatIsReadBackPieceByPieceIsMaskedAsAWhole) {
  const std::string call = "幺三八\n幺三八，嗯\n幺二三四\n幺二三四\n五六七八\n五六七八对的";
  ASSERT_EQ(FindPersonal(call).size(), 1U);
  EXPECT_EQ(FindPersonal(call)[0].value, "13812345678");
  EXPECT_EQ(Redact(call), "幺三八\n***，嗯\n****\n****\n****\n五六七八对的");
  EXPECT_EQ(FindPersonal("138 1234 1234").at(0).value, "13812341234");
}

TEST(Redact, AMaskedTextIsLeftAsItIs) {
  for (const char* text : {"138****5678", "138****5678 1234567", "****1381 2345678 苏E***45", "幺三八****五六七八",
                           "110***********002X", "***************0128 4567", "13 138****1234"}) {
    EXPECT_EQ(Redact(Redact(text)), Redact(text));
    EXPECT_TRUE(FindPersonal(Redact(text)).empty()) << Redact(text);
  }
}

// A maker of texts that knows nothing of the finder: numbers with their check digits, written in many ways, between
// sentences without digits.
class NumberWriter {
 public:
  explicit NumberWriter(unsigned seed) : random_(seed) {}

  unsigned Pick(unsigned n) { return random_() % n; }
  std::string Digits(int n) {
    std::string s;
    while (n-- > 0) s += static_cast<char>('0' + Pick(10));
    return s;
  }
  std::string Mobile() { return "1" + std::string(1, static_cast<char>('3' + Pick(7))) + Digits(9); }
  std::string Identity() {
    std::string s = "320583" + std::to_string(1930 + Pick(80)) + (Pick(2) != 0 ? "0" : "1");
    s += s.back() == '0' ? static_cast<char>('1' + Pick(9)) : static_cast<char>('0' + Pick(3));
    s += std::to_string(10 + Pick(19)) + Digits(3);
    int p = 10;  // ISO 7064 MOD 11-2, the other form of the same check
    for (const char c : s) p = ((p + c - '0') % 11 == 0 ? 10 : (p + c - '0') % 11 * 2 % 11), p = p == 0 ? 11 : p;
    int sum = 0;
    for (std::size_t i = 0; i < 17; ++i) sum += (s[i] - '0') * ((1 << (17 - i)) % 11);
    return s + "10X98765432"[sum % 11];
  }
  std::string Card() {
    std::string s = "62" + Digits(16);
    for (char check = '0';; ++check) {
      int sum = 0;
      const std::string t = s + check;
      for (std::size_t i = 0; i < t.size(); ++i) {
        const int d = (t[t.size() - 1 - i] - '0') << (i % 2);
        sum += d / 10 + d % 10;
      }
      if (sum % 10 == 0) return t;
    }
  }
  std::string Write(const std::string& digits) {
    static const std::vector<std::string> kSpoken = {"零", "幺", "二", "三", "四", "五", "六", "七", "八", "九"};
    static const std::vector<std::string> kWide = {"０", "１", "２", "３", "４", "５", "６", "７", "８", "９"};
    static const std::vector<std::string> kGaps = {"", "", "", " ", "-", "，", "嗯", "\n", " 对 "};
    const unsigned way = Pick(4);
    const std::string gap = kGaps[Pick(9)];
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      if (i > 2 && i % 4 == 3) out += gap;
      const char c = digits[i];
      const unsigned how = way == 3 ? Pick(3) : way;
      if (c == 'X' || how == 0) {
        out += c;
      } else {
        out += (how == 1 ? kSpoken : kWide)[static_cast<std::size_t>(c - '0')];
      }
    }
    return out;
  }
  std::string Words() {
    static const std::vector<std::string> kWords = {"小区门口路灯坏了，",   "麻烦尽快处理。", "电话",  "我的号码是",
                                                    "工单20150810-00042，", "身份证：",       "卡号 ", "联系人姓王，",
                                                    "\n坐席：您再说一遍\n"};
    return kWords[Pick(static_cast<unsigned>(kWords.size()))];
  }

 private:
  std::mt19937 random_;
};

// Reads digits by its own short table, so that a fault of the finder does not hide itself.
std::string PlainDigits(std::string_view text) {
  static const std::vector<std::string> kTable = {"0零０", "1幺１", "2二２", "3三３", "4四４",
                                                  "5五５", "6六６", "7七７", "8八８", "9九９"};
  std::string out;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t before = pos;
    NextCodePoint(text, &pos);
    const std::string c(text.substr(before, pos - before));
    for (std::size_t d = 0; d < 10; ++d) {
      if (kTable[d].find(c) != std::string::npos) out += static_cast<char>('0' + d);
    }
    if (c == "*") out += '*';
  }
  return out;
}

TEST(Redact, NoValidNumberIsLeftInAnyMadeText) {
  NumberWriter writer(20150810);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    std::vector<std::string> numbers;
    for (unsigned n = 1 + writer.Pick(3); n > 0; --n) {
      const unsigned kind = writer.Pick(3);
      numbers.push_back(kind == 0 ? writer.Mobile() : kind == 1 ? writer.Identity() : writer.Card());
      text += writer.Words() + writer.Write(numbers.back()) + "。这是一件" + "事";
    }
    const std::string masked = Redact(text);
    ASSERT_TRUE(FindPersonal(masked).empty()) << text << "\n" << masked;
    const std::string left = PlainDigits(masked);
    for (const auto& number : numbers) {
      ASSERT_EQ(left.find(number.substr(0, 17)), std::string::npos) << number << "\n" << text << "\n" << masked;
    }
    ASSERT_EQ(Redact(masked), masked);
  }
}

TEST(Redact, AnyBytesAreTakenAndCostIsLinear) {
  std::mt19937 random(11);
  static const std::string kAlphabet = "0123456789 -*@.xX幺一二三苏E,\n\xE4\xFF";
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random() % 80, '\0');
    for (char& c : bytes) c = kAlphabet[random() % kAlphabet.size()];
    const std::string masked = Redact(bytes);
    ASSERT_TRUE(FindPersonal(masked).empty()) << bytes;
  }
  EXPECT_EQ(Redact(std::string(300'000, '1')).size(), 300'000U);
  EXPECT_EQ(Redact(std::string(100'000, '@')).size(), 100'000U);
  std::string spaced;
  for (int i = 0; i < 30'000; ++i) spaced += "1 ";
  EXPECT_EQ(Redact(spaced).size(), spaced.size());
  std::string mobiles;
  for (int i = 0; i < 20'000; ++i) mobiles += "13812345678,";
  EXPECT_EQ(FindPersonal(mobiles).size(), 20'000U);
}

}  // namespace
}  // namespace minsheng::text
