// SPDX-License-Identifier: Apache-2.0
#include "src/mail/mime.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/mail/header_text.h"
#include "src/mail/html_text.h"
#include "src/text/utf8.h"

namespace minsheng::mail {
namespace {

const std::string kFolder = std::string(MINSHENG_SOURCE_DIR) + "/tests/golden/mail/";

std::string FileBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

nlohmann::json Expectations() { return nlohmann::json::parse(FileBytes(kFolder + "expected.json")); }

std::vector<std::string> CaseNames() {
  std::vector<std::string> out;
  const auto all = Expectations();
  for (const auto& [name, expected] : all.items()) out.push_back(name);
  return out;
}

class UglyMail : public ::testing::TestWithParam<std::string> {};

void ExpectAttachments(const nlohmann::json& expected, const Mail& mail) {
  ASSERT_EQ(mail.attachments.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(mail.attachments[i].name, expected[i][0].get<std::string>());
    EXPECT_EQ(mail.attachments[i].type, expected[i][1].get<std::string>());
    EXPECT_EQ(mail.attachments[i].bytes.size(), expected[i][2].get<std::size_t>());
  }
}

TEST_P(UglyMail, IsReadAsItsWriterMeantIt) {
  const auto bytes = FileBytes(kFolder + GetParam() + ".eml");
  ASSERT_FALSE(bytes.empty());
  const auto expected = Expectations()[GetParam()];
  const auto mail = ParseMail(bytes);
  ASSERT_TRUE(mail) << mail.error().what;
  EXPECT_EQ(mail->from, expected.value("from", "zhang@example.cn"));
  EXPECT_TRUE(text::IsValidUtf8(mail->text));
  const auto expect_text = [&](const char* key, const std::string& value) {
    if (expected.contains(key)) {
      EXPECT_EQ(value, expected[key].get<std::string>()) << key;
    }
  };
  expect_text("text", mail->text);
  expect_text("subject", mail->subject);
  expect_text("from_name", mail->from_name);
  expect_text("message_id", mail->message_id);
  expect_text("in_reply_to", mail->in_reply_to);
  if (expected.contains("text_contains")) {
    EXPECT_NE(mail->text.find(expected["text_contains"].get<std::string>()), std::string::npos) << mail->text;
  }
  if (expected.contains("references")) {
    EXPECT_EQ(mail->references, expected["references"].get<std::vector<std::string>>());
  }
  if (expected.contains("attachments")) ExpectAttachments(expected["attachments"], *mail);
  if (expected.contains("attachment_names")) {
    ASSERT_EQ(mail->attachments.size(), expected["attachment_names"].size());
    EXPECT_EQ(mail->attachments[0].name, expected["attachment_names"][0].get<std::string>());
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, UglyMail, ::testing::ValuesIn(CaseNames()), [](const auto& one) {
  std::string name = one.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
});

std::string Nested(int depth) {
  std::string out = "From: <a@b.cn>\r\n";
  for (int i = 0; i < depth; ++i) {
    const auto b = "b" + std::to_string(i);
    out += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n";
  }
  return out + "Content-Type: text/plain\r\n\r\nhidden\r\n";
}

TEST(MailLimits, ThreeThousandNestedMultipartsEndAtTheDepthLimit) {
  const auto mail = ParseMail(Nested(3000));
  ASSERT_TRUE(mail);
  EXPECT_TRUE(mail->incomplete);
}

TEST(MailLimits, PartsBeyondTheLimitAreLeftOutAndSaidSo) {
  std::string bytes = "From: <a@b.cn>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 20'000; ++i) bytes += "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n";
  bytes += "--b--\r\n";
  const auto mail = ParseMail(bytes);
  ASSERT_TRUE(mail);
  EXPECT_TRUE(mail->incomplete);
  EXPECT_LT(mail->text.size(), 3000U);
}

TEST(MailLimits, AttachmentsBeyondTheLimitAreLeftOutAndSaidSo) {
  std::string bytes = "From: <a@b.cn>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 150; ++i) bytes += "--b\r\nContent-Type: image/png\r\n\r\nx\r\n";
  const auto mail = ParseMail(bytes + "--b--\r\n");
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->attachments.size(), 100U);
  EXPECT_TRUE(mail->incomplete);
}

TEST(MailLimits, AMailBeyondTheSizeLimitIsTooLarge) {
  MailLimits limits;
  limits.max_bytes = 100;
  const auto mail = ParseMail("From: <a@b.cn>\r\n\r\n" + std::string(100, 'x'), limits);
  ASSERT_FALSE(mail);
  EXPECT_EQ(mail.error().kind, ErrorKind::kTooLarge);
}

TEST(MailLimits, AHeaderOfFiveMegabytesIsTooLarge) {
  const auto mail = ParseMail("From: <a@b.cn>\r\nSubject: " + std::string(5 << 20, 'x') + "\r\n\r\nhi");
  ASSERT_FALSE(mail);
  EXPECT_EQ(mail.error().kind, ErrorKind::kTooLarge);
}

TEST(MailLimits, TextBeyondTheLimitIsCutBetweenCharacters) {
  MailLimits limits;
  limits.max_text_bytes = 1000;
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "绿";
  const auto mail = ParseMail("From: <a@b.cn>\r\n\r\n" + body, limits);
  ASSERT_TRUE(mail);
  EXPECT_TRUE(mail->incomplete);
  EXPECT_LE(mail->text.size(), 1005U);
  EXPECT_TRUE(text::IsValidUtf8(mail->text));
}

TEST(MailLimits, ManyOpeningsWithoutAnEndTakeLinearTime) {
  std::string bytes = "From: <a@b.cn>\r\nSubject: ";
  while (bytes.size() < 60'000) bytes += "=?a?B?";
  bytes += "\r\nContent-Type: text/html\r\n\r\n";
  std::string html;
  while (html.size() < 4'000'000) html += "<a&<!-";
  const auto mail = ParseMail(bytes + html);  // the test's time limit is the assertion on time
  ASSERT_TRUE(mail);
  EXPECT_FALSE(mail->text.empty());
}

TEST(ParseMail, BytesWithoutAnyHeaderFieldAreNoMail) {
  for (const std::string bytes : {"", "\r\n\r\n", "hello, this is no mail\r\nat all\r\n"}) {
    const auto mail = ParseMail(bytes);
    ASSERT_FALSE(mail) << bytes;
    EXPECT_EQ(mail.error().kind, ErrorKind::kInvalid);
  }
}

TEST(ParseMail, EveryPrefixOfAMailIsReadWithoutACrash) {
  const auto bytes = FileBytes(kFolder + "29-attachment-name-in-split-words.eml");
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    const auto mail = ParseMail(std::string_view(bytes).substr(0, n));
    EXPECT_TRUE(!mail || text::IsValidUtf8(mail->text + mail->subject)) << n;
  }
}

TEST(ParseMail, ADeliveryReportNamesRecipientStatusAndTheReturnedMail) {
  const auto mail = ParseMail(
      "From: MAILER-DAEMON@mx.example.cn\r\nSubject: Undelivered Mail\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
      "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.cn\r\n\r\n"
      "Final-Recipient: rfc822; Li@Example.cn\r\nAction: failed\r\nStatus: 5.1.1\r\n"
      "Diagnostic-Code: smtp; 550 no such\r\n user\r\n"
      "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: <a@b.cn>\r\nMessage-ID: <our.id@b.cn>\r\n--b--\r\n");
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->report_type, "delivery-status");
  ASSERT_TRUE(mail->bounce);
  EXPECT_EQ(mail->bounce->recipient, "li@example.cn");
  EXPECT_EQ(mail->bounce->action, "failed");
  EXPECT_EQ(mail->bounce->status, "5.1.1");
  EXPECT_EQ(mail->bounce->diagnostic, "550 no such user");
  EXPECT_EQ(mail->bounce->original_message_id, "our.id@b.cn");
  EXPECT_EQ(mail->text, "Sorry.");
}

TEST(ParseMail, DatesOutsideReasonAreNoDates) {
  for (const std::string date : {"", "yesterday", "Mon, 10 Aug 2299 22:03:00 +0800"}) {
    const auto mail = ParseMail("From: <a@b.cn>\r\nDate: " + date + "\r\n\r\nx");
    ASSERT_TRUE(mail);
    EXPECT_FALSE(mail->date) << date;
  }
  const auto mail = ParseMail("From: <a@b.cn>\r\nDate: Mon, 10 Aug 2015 22:03:00 +0800 (CST)\r\n\r\nx");
  ASSERT_TRUE(mail && mail->date);
  EXPECT_EQ(ToMs(*mail->date), 1'439'215'380'000);
}

TEST(FileNames, LoseFoldersControlBidiAndReservedNames) {
  EXPECT_EQ(SafeFileName("/etc/passwd"), "passwd");
  EXPECT_EQ(SafeFileName("a\\b\\c.doc"), "c.doc");
  EXPECT_EQ(SafeFileName("..."), "");
  EXPECT_EQ(SafeFileName("ph\u202Egpj.exe"), "phgpj.exe");
  EXPECT_EQ(SafeFileName("a\x01\nb.txt"), "ab.txt");
  EXPECT_EQ(SafeFileName("NUL"), "_NUL");
  EXPECT_EQ(SafeFileName("a<b>?.txt. "), "a_b__.txt");
  const auto cut = SafeFileName(std::string(100, 'x') +
                                "绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿绿.jpeg");
  EXPECT_LE(cut.size(), 200U);
  EXPECT_TRUE(cut.ends_with(".jpeg"));
  EXPECT_TRUE(text::IsValidUtf8(cut));
}

TEST(Addresses, AreFoundInAllTheirForms) {
  const auto list =
      ParseAddresses("\"Zhang, San\" <zhang@a.cn>, li@b.cn (Li Si); undisclosed: wang@c.cn, <zhao@d.cn>;,nobody");
  ASSERT_EQ(list.size(), 5U);
  EXPECT_EQ(list[0].name, "Zhang, San");
  EXPECT_EQ(list[0].address, "zhang@a.cn");
  EXPECT_EQ(list[1].name, "Li Si");
  EXPECT_EQ(list[2].address, "wang@c.cn");
  EXPECT_EQ(list[3].address, "zhao@d.cn");
  EXPECT_EQ(list[4].address, "");
}

TEST(Addresses, OnlyTheStrictGrammarIsAcceptedForSending) {
  for (const auto* good : {"a@b.cn", "a.b+c_d@mail.example.gov.cn", "123@qq.com"}) EXPECT_TRUE(IsMailAddress(good));
  for (const std::string bad :
       {"", "a", "@b.cn", "a@", "a@b@c", "a b@c.cn", "a@b.cn\r\nRCPT TO:<evil@z.cn>", "a@b.cn\n", "<a@b.cn>", "a@b..cn",
        ".a@b.cn", "a.@b.cn", "\"a b\"@c.cn", "a@-b.cn", "张@b.cn", "a@[127.0.0.1]", "a,b@c.cn", "a@b.cn;c@d.cn"})
    EXPECT_FALSE(IsMailAddress(bad)) << bad;
  EXPECT_FALSE(IsMailAddress(std::string("a\0@b.cn", 7)));
  EXPECT_FALSE(IsMailAddress(std::string(65, 'a') + "@b.cn"));
}

TEST(HtmlText, ScriptsAndStylesAreNoTextAndQuotesAreFound) {
  const auto found = TextOfHtml(
      "<style>x</style><div>新的</div><script>if (a<b) x</script><blockquote "
      "id=\"isReplyContent\"><p>旧的</p></blockquote>");
  EXPECT_EQ(found.text, "新的\n旧的\n");
  ASSERT_TRUE(found.quote_at);
  EXPECT_EQ(found.text.substr(*found.quote_at), "旧的\n");
}

}  // namespace
}  // namespace minsheng::mail
