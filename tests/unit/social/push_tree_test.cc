// SPDX-License-Identifier: Apache-2.0
#include "channels/push_tree.h"

#include <gtest/gtest.h>

#include "tests/support/social.h"

namespace minsheng::push {
namespace {

using minsheng::testing::Repeated;

TEST(PushXml, CdataTextAndEntitiesGiveTheSameText) {
  const auto tree =
      FromXml("<xml><A><![CDATA[a<b]]></A><B>a&lt;b</B><C>x<![CDATA[]]]]><![CDATA[>y]]></C></xml>", "xml");
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->Text("A"), "a<b");
  EXPECT_EQ(tree->Text("B"), "a<b");
  EXPECT_EQ(tree->Text("C"), "x]]>y");
  EXPECT_EQ(tree->Text("D"), "");
}

TEST(PushXml, ADtdIsRefusedAndNoEntityIsExpanded) {
  EXPECT_FALSE(FromXml("<!DOCTYPE xml><xml><A>1</A></xml>", "xml"));
  EXPECT_FALSE(FromXml(R"(<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]>
                          <xml><A>&e;</A></xml>)",
                       "xml"));
  EXPECT_FALSE(FromXml(R"(<!doctype xml><xml/>)", "xml"));
  EXPECT_FALSE(FromXml(R"(<xml><!ENTITY e "x"><A>1</A></xml>)", "xml"));
  EXPECT_FALSE(FromXml(R"(<xml><!DOCTYPE x><A>1</A></xml>)", "xml"));
  EXPECT_FALSE(FromXml(R"(<!-- <![CDATA[ --><!DOCTYPE x [<!ENTITY e "x">]><!-- ]]> --><xml/>)", "xml"));
}

TEST(PushXml, ACitizenMayWriteDoctypeInAText) {
  const auto tree = FromXml("<xml><Content><![CDATA[网页开头是 <!DOCTYPE html> 打不开]]></Content></xml>", "xml");
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->Text("Content"), "网页开头是 <!DOCTYPE html> 打不开");
}

TEST(PushXml, LimitsOfDepthCountAndSizeAreKept) {
  EXPECT_TRUE(FromXml("<xml>" + Repeated("<a>", 31) + Repeated("</a>", 31) + "</xml>", "xml"));
  const auto deep = FromXml("<xml>" + Repeated("<a>", 200'000) + Repeated("</a>", 200'000) + "</xml>", "xml");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().kind, ErrorKind::kTooLarge);
  const auto wide = FromXml("<xml>" + Repeated("<a/>", 10'001) + "</xml>", "xml");
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().kind, ErrorKind::kTooLarge);
  EXPECT_EQ(FromXml(std::string(kMaxBytes + 1, ' '), "xml").error().kind, ErrorKind::kTooLarge);
}

TEST(PushXml, BrokenOrForeignXmlIsAnErrorThatNamesThePlace) {
  for (const char* body : {"", "  ", "plain", "<xml><A>1</xml>", "<html></html>", "<xml/><xml/>", "<xml><A>"}) {
    EXPECT_FALSE(FromXml(body, "xml")) << body;
  }
  EXPECT_NE(FromXml("<xml><A>1</xml>", "xml").error().what.find("byte"), std::string::npos);
}

TEST(PushXml, BadUtf8AndControlCharactersAreReplaced) {
  const auto tree = FromXml("\xEF\xBB\xBF<xml><A><![CDATA[\xFF\x01ok]]></A></xml>", "xml");
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->Text("A"), "\xEF\xBF\xBDok");
}

TEST(PushJson, IntegersKeepEveryDigitUpTo64Bits) {
  const auto tree = FromJson(R"({"a":9007199254740993,"b":18446744073709551615,"c":-9223372036854775808,"d":1.50})");
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->Text("a"), "9007199254740993");
  EXPECT_EQ(tree->Text("b"), "18446744073709551615");
  EXPECT_EQ(tree->Text("c"), "-9223372036854775808");
  EXPECT_EQ(tree->Text("d"), "1.50");
}

TEST(PushJson, AnIntegerBeyond64BitsIsRefusedInsteadOfRounded) {
  const auto tree = FromJson(R"({"sender_id":18446744073709551616})");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(tree.error().what.find("64 bits"), std::string::npos);
}

TEST(PushJson, HalfSurrogatesBecomeOneReplacementCharacter) {
  const auto tree =
      FromJson(R"({"a":"路灯\ud83d","b":"\ud83d\ude00","c":"\\ud83d","d":"\ude00x","e":"\ud83d\ud83d\ude00"})");
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->Text("a"), "路灯\uFFFD");
  EXPECT_EQ(tree->Text("b"), "😀");
  EXPECT_EQ(tree->Text("c"), "\\ud83d");
  EXPECT_EQ(tree->Text("d"), "\uFFFDx");
  EXPECT_EQ(tree->Text("e"), "\uFFFD😀");
}

TEST(PushJson, BadUtf8IsReplacedAndNulIsDropped) {
  const auto tree = FromJson("{\"a\":\"x\xFFy\",\"b\":\"p\\u0000q\"}");
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->Text("a"), "x\xEF\xBF\xBDy");
  EXPECT_EQ(tree->Text("b"), "pq");
}

TEST(PushJson, BrokenInputIsAnErrorThatQuotesNothing) {
  for (const char* body :
       {"", "[]", "1", "\"x\"", "null", "{", "{\"a\":1,}", "{\"a\":1}x", "{'a':1}", "{\"a\":\"\\ud8\"}", "{\"a\":\"\\",
        "{\"a\":1,\"a\":2}", "{\"a\":nan}", "{\"手机号\":13800000000,,}"}) {
    const auto tree = FromJson(body);
    ASSERT_FALSE(tree) << body;
    EXPECT_EQ(tree.error().what.find("138"), std::string::npos) << tree.error().what;
  }
}

TEST(PushJson, LimitsOfDepthCountAndSizeAreKept) {
  const auto nested = [](int depth) { return "{\"a\":" + Repeated("[", depth) + Repeated("]", depth) + "}"; };
  EXPECT_TRUE(FromJson(nested(30)));
  EXPECT_EQ(FromJson(nested(200'000)).error().kind, ErrorKind::kTooLarge);
  EXPECT_EQ(FromJson("{\"a\":[" + Repeated("1,", 10'001) + "1]}").error().kind, ErrorKind::kTooLarge);
  EXPECT_EQ(FromJson(std::string(kMaxBytes + 1, ' ')).error().kind, ErrorKind::kTooLarge);
}

TEST(PushTree, CanonicalFormForgetsTheOrderOfMembersAndNothingElse) {
  const auto canonical = [](const char* json) { return Canonical(*FromJson(json)); };
  EXPECT_EQ(canonical(R"({"a":1,"b":"x"})"), canonical(R"({ "b" : "x", "a" : 1 })"));
  EXPECT_NE(canonical(R"({"a":[1,2]})"), canonical(R"({"a":[2,1]})"));
  EXPECT_NE(canonical(R"({"a":"1b"})"), canonical(R"({"a":"1","b":""})"));
  EXPECT_NE(canonical(R"({"a":{}})"), canonical(R"({"a":[]})"));
}

}  // namespace
}  // namespace minsheng::push
