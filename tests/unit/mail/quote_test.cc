// SPDX-License-Identifier: Apache-2.0
#include "src/mail/quote.h"

#include <gtest/gtest.h>

#include "src/mail/html_text.h"
#include "src/mail/mime.h"

namespace minsheng::mail {
namespace {

struct QuoteCase {
  const char* client;
  const char* quote;  // what stands below the answer
};

const QuoteCase kQuoteCases[] = {
    {"QQ and Foxmail",
     "------------------ 原始邮件 ------------------\n发件人: \"12345\" <12345@example.gov.cn>\n发送时间: "
     "2015年8月10日(星期一) 晚上10:03\n"
     "收件人: \"张三\" <zhang@example.cn>\n主题: 回复: 路灯\n\n您好，已受理。"},
    {"QQ with no-break spaces", "------------------\u00A0原始邮件\u00A0------------------\n发件人: x"},
    {"QQ in English", "------------------ Original ------------------\nFrom:  \"12345\"\nDate:  Mon, Aug 10"},
    {"Sina",
     "----- 原始邮件 -----\n发件人：12345 <12345@example.gov.cn>\n收件人：张三 "
     "<z@sina.cn>\n主题：路灯\n日期：2015年08月10日 22点03分"},
    {"NetEase in English", "At 2015-08-10 22:03:38, \"12345\" <12345@example.gov.cn> wrote:\n>您好"},
    {"NetEase", "在 2015-08-10 22:03:38，\"12345\" <12345@example.gov.cn> 写道：\n您好"},
    {"NetEase without address", "在 2015-08-10 22:03:38，12345 写道：\n您好"},
    {"NetEase master", "---- 回复的原邮件 ----\n| 发件人 | 12345 |"},
    {"Aliyun",
     "------------------------------------------------------------------\n发件人:12345 <12345@example.gov.cn>\n"
     "发送时间:2015年8月10日(星期一) 22:03\n收件人:张三 <z@example.cn>\n主　题:路灯"},
    {"Outlook",
     "发件人: 12345 <12345@example.gov.cn>\n发送时间: 2015年8月10日 22:03\n收件人: 张三\n抄送: 李四\n主题: "
     "路灯\n\n您好"},
    {"Outlook with wide colons", "发件人：12345\n发送时间：2015年8月10日 22:03\n收件人：张三\n主题：路灯"},
    {"Outlook in English",
     "________________________________\nFrom: 12345 <12345@example.gov.cn>\nSent: Monday\nTo: Zhang\nSubject: x"},
    {"two labels with the sender's address", "发件人: 12345@example.gov.cn\n主题: 路灯\n\n您好"},
    {"Apple", "在 2015年8月10日，下午10:03，12345 <12345@example.gov.cn> 写道：\n\n> 您好"},
    {"Apple wrapped", "在 2015年8月10日，下午10:03，\n12345 <12345@example.gov.cn>\n写道：\n\n> 您好"},
    {"Gmail", "12345 <12345@example.gov.cn> 于2015年8月10日周一 下午10:03写道：\n\n> 您好"},
    {"iCloud", "2015年8月10日 下午10:03，12345 <12345@example.gov.cn> 写道：\n\n您好"},
    {"Yahoo Taiwan", "在 2015年8月10日 週一 下午10:03，12345 <12345@example.gov.cn> 寫道：\n\n您好"},
    {"Proton", "在 2015年8月10日星期一 下午10:03，12345 来信：\n\n您好"},
    {"Zoho", "---- 在 周一, 2015-08-10 22:03:00 12345 <12345@example.gov.cn> 撰写 ----\n您好"},
    {"Gmail in English", "On Mon, Aug 10, 2015 at 10:03 PM 12345 <12345@example.gov.cn> wrote:\n> hi"},
    {"only marked lines", "> 您好\n> 已受理"},
};

class QuoteOf : public ::testing::TestWithParam<QuoteCase> {};

TEST_P(QuoteOf, IsCutOffBelowAnAnswer) {
  const std::string answer = "路灯还是不亮。\n请再看看。";
  const std::string text = answer + "\n\n" + GetParam().quote + "\n";
  const auto split = SplitQuote(text);
  EXPECT_EQ(split.new_text, answer) << GetParam().client;
  ASSERT_TRUE(split.quote_at);
  EXPECT_NE(text.substr(*split.quote_at).find(std::string(GetParam().quote).substr(0, 20)), std::string::npos);
}

TEST_P(QuoteOf, IsKeptWhenNothingIsLeftAboveIt) {
  const std::string text = std::string(GetParam().quote) + "\n路灯还是不亮。";
  const auto split = SplitQuote(text);
  EXPECT_FALSE(split.quote_at) << GetParam().client;
  EXPECT_NE(split.new_text.find("路灯还是不亮。"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Clients, QuoteOf, ::testing::ValuesIn(kQuoteCases));

TEST(SplitQuote, KeepsACitizensOwnLabelsAndWords) {
  for (const std::string text :
       {"我要投诉物业。\n发件人：张三\n电话：13800000000", "邻居在业主群里写道：\n不许停车。\n这合理吗？",
        "物业在2015年8月1日的通知里写道：\n停水三天。", "主题: 路灯不亮\n详情见下", "时间: 昨晚\n地点: 北门\n请处理",
        "分隔线\n--------------------\n下面是第二件事", "合同第3条(甲方) wrote: 不清楚",
        "3 > 2\n> 5 的写法不对，我说的是这个"}) {
    const auto split = SplitQuote(text);
    EXPECT_FALSE(split.quote_at) << text;
    EXPECT_EQ(split.new_text, text);
  }
}

TEST(SplitQuote, KeepsEverythingWhenAnswersStandBetweenQuotedLines) {
  const std::string text =
      "您好：\n在 2015-08-10 22:03:38，12345 <a@b.cn> 写道：\n> 请问地址？\n北门。\n> 请问时间？\n昨晚。";
  const auto split = SplitQuote(text);
  EXPECT_FALSE(split.quote_at);
  EXPECT_EQ(split.new_text, text);
}

TEST(SplitQuote, RemovesProductSignaturesOnly) {
  for (const auto* signature : {"发自我的iPhone", "发自我的小米手机", "从 Windows 版邮件发送", "获取 Outlook for iOS",
                                "来自 网易邮箱大师", "Sent from my iPhone"})
    EXPECT_EQ(SplitQuote(std::string("路灯不亮。\n\n") + signature + "\n").new_text, "路灯不亮。") << signature;
  EXPECT_EQ(SplitQuote("路灯不亮。\n张三 13800000000").new_text, "路灯不亮。\n张三 13800000000");
  EXPECT_EQ(SplitQuote("谢谢！\n发自 内心").new_text, "谢谢！\n发自 内心");
}

TEST(SplitQuote, TakesTheEarlierOfHtmlElementAndTextMark) {
  const auto split = SplitQuote("新的\n旧的\n-----原始邮件-----\n更旧的", 7);
  EXPECT_EQ(split.new_text, "新的");
  EXPECT_EQ(split.quote_at, 7U);
}

struct HtmlCase {
  const char* client;
  const char* open;
};

const HtmlCase kHtmlCases[] = {
    {"QQ", "<div class=\"qmbox\">"},
    {"Foxmail", "<div style=\"font-size:12px;background:#efefef;padding:8px;\">"},
    {"Sina", "<div id=\"origbody\">"},
    {"NetEase", "<blockquote id=\"isReplyContent\" style=\"x\">"},
    {"NetEase new", "<div class='ntes-pcmail-quote'>"},
    {"139", "<div id=\"reply139content\">"},
    {"Aliyun", "<blockquote id=\"oriMsgHtmlSeperator\">"},
    {"Outlook", "<div id=\"divRplyFwdMsg\" dir=\"ltr\">"},
    {"Outlook old", "<div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm'>"},
    {"Outlook 2013", "<div style='border:none;border-top:solid #E1E1E1 1.0pt'>"},
    {"Apple", "<blockquote type=\"cite\">"},
    {"Gmail", "<div class=\"gmail_quote\">"},
    {"Yahoo", "<div class=\"yahoo_quoted\">"},
    {"Proton", "<div class=\"protonmail_quote\">"},
};

class HtmlQuoteOf : public ::testing::TestWithParam<HtmlCase> {};

TEST_P(HtmlQuoteOf, IsFoundByItsElement) {
  const auto mail =
      ParseMail(std::string("From: <a@b.cn>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<div>还是不亮</div>") +
                GetParam().open + "<p>您好</p></div></blockquote>");
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->new_text, "还是不亮") << GetParam().client;
  EXPECT_NE(mail->text.find("您好"), std::string::npos) << "the quote itself is never thrown away";
}

INSTANTIATE_TEST_SUITE_P(Clients, HtmlQuoteOf, ::testing::ValuesIn(kHtmlCases));

TEST(ParseMail, AForwardedMailIsNotAQuote) {
  const auto mail = ParseMail(
      "From: <a@b.cn>\r\nSubject: Fwd: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n请处理\r\n"
      "-----原始邮件-----\r\n发件人: x\r\n路灯不亮\r\n");
  ASSERT_TRUE(mail);
  EXPECT_FALSE(mail->quote_at);
  EXPECT_NE(mail->new_text.find("路灯不亮"), std::string::npos);
  EXPECT_TRUE(IsForward("转发：x"));
  EXPECT_FALSE(IsForward("回复：x"));
}

}  // namespace
}  // namespace minsheng::mail
