// SPDX-License-Identifier: Apache-2.0
#include "src/mail/compose.h"

#include <gtest/gtest.h>

#include <sstream>

namespace minsheng::mail {
namespace {

OutMail Sample() {
  OutMail mail;
  mail.from = "12345@example.gov.cn";
  mail.from_name = "12345 政务服务便民热线";
  mail.to = "zhang@example.cn";
  mail.subject = "Re: 关于新城花园小区北门外绿化带石楠过高遮挡行车视线存在安全隐患的情况反映";
  mail.text = "您好，您的诉求已受理。\n.\n编号 20150810-0001\n";
  mail.message_id = "01J0000000000000000000000A.1.abc@example.gov.cn";
  mail.in_reply_to = "3@x.cn";
  mail.references = {"1@x.cn", "2@x.cn"};
  mail.date = Time{Millis{1'439'215'380'000}};
  mail.purpose = Purpose::kAcknowledgement;
  mail.loop_mark = "example.gov.cn";
  return mail;
}

TEST(Compose, IsReadBackAsItWasMeant) {
  auto out = Sample();
  out.attachments.push_back({"现场照片（新城花园小区北门外绿化带石楠过高）.jpg", "image/jpeg", "\xff\xd8 bytes"});
  const auto composed = Compose(out);
  ASSERT_TRUE(composed) << composed.error().what;
  const auto mail = ParseMail(composed->bytes);
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->subject, out.subject);
  EXPECT_EQ(mail->from, out.from);
  EXPECT_EQ(mail->from_name, out.from_name);
  EXPECT_EQ(mail->to, std::vector<std::string>{"zhang@example.cn"});
  EXPECT_EQ(mail->message_id, out.message_id);
  EXPECT_EQ(mail->in_reply_to, "3@x.cn");
  EXPECT_EQ(mail->references, (std::vector<std::string>{"1@x.cn", "2@x.cn", "3@x.cn"}));
  EXPECT_EQ(mail->date, out.date);
  EXPECT_EQ(mail->text, out.text);
  ASSERT_EQ(mail->attachments.size(), 1U);
  EXPECT_EQ(mail->attachments[0].name, out.attachments[0].name);
  EXPECT_EQ(mail->attachments[0].bytes, out.attachments[0].bytes);
}

TEST(Compose, IsSevenBitWithCrLfAndShortLines) {
  const auto composed = Compose(Sample());
  ASSERT_TRUE(composed);
  std::istringstream lines(composed->bytes);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_TRUE(line.ends_with('\r')) << line;
    EXPECT_LE(line.size(), 79U) << line;
    for (const char c : line) ASSERT_TRUE(c == '\r' || c == '\t' || (c >= ' ' && c < 0x7F)) << line;
  }
}

TEST(Compose, AnAcknowledgementIsMarkedSoThatNothingAnswersIt) {
  const auto composed = Compose(Sample());
  ASSERT_TRUE(composed);
  EXPECT_EQ(composed->envelope_from, "");
  const auto mail = ParseMail(composed->bytes);
  EXPECT_EQ(mail->Header("auto-submitted"), "auto-replied");
  EXPECT_EQ(mail->Header("x-auto-response-suppress"), "All");
  EXPECT_EQ(mail->Header("x-minsheng-loop"), "example.gov.cn");
}

TEST(Compose, APersonsMailHasAnEnvelopeSenderAndIsNotMarkedAutomatic) {
  auto out = Sample();
  out.purpose = Purpose::kPersonal;
  const auto composed = Compose(out);
  ASSERT_TRUE(composed);
  EXPECT_EQ(composed->envelope_from, out.from);
  EXPECT_EQ(composed->bytes.find("Auto-Submitted"), std::string::npos);
  out.purpose = Purpose::kNotice;
  EXPECT_NE(Compose(out)->bytes.find("Auto-Submitted: auto-generated\r\n"), std::string::npos);
}

TEST(Compose, NothingThatACitizenWroteCanAddAHeaderField) {
  const std::string evil = "x\r\nBcc: <evil@z.cn>\r\n\r\nbody";
  auto out = Sample();
  out.subject = evil;
  out.from_name = evil;
  out.in_reply_to = evil;
  out.references = {evil, "1@x.cn>\r\nBcc: <evil@z.cn"};
  out.loop_mark = evil;
  out.attachments.push_back({evil, evil, "x"});
  const auto composed = Compose(out);
  ASSERT_TRUE(composed);
  const auto mail = ParseMail(composed->bytes);
  ASSERT_TRUE(mail);
  EXPECT_FALSE(mail->HasHeader("bcc"));
  EXPECT_EQ(mail->in_reply_to, "");
  EXPECT_TRUE(mail->references.empty());
  EXPECT_EQ(composed->bytes.find("\r\nBcc:"), std::string::npos);
  for (auto* field : {&out.to, &out.from, &out.message_id}) {
    auto broken = Sample();
    (field == &out.to     ? broken.to
     : field == &out.from ? broken.from
                          : broken.message_id) = "a@b.cn>\r\nBcc: <evil@z.cn";
    const auto refused = Compose(broken);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  }
}

TEST(Compose, LongReferencesKeepTheFirstAndTheNewest) {
  auto out = Sample();
  out.references.clear();
  for (int i = 0; i < 100; ++i) out.references.push_back(std::to_string(i) + "@x.cn");
  const auto mail = ParseMail(Compose(out)->bytes);
  ASSERT_EQ(mail->references.size(), 20U);
  EXPECT_EQ(mail->references.front(), "0@x.cn");
  EXPECT_EQ(mail->references.back(), "3@x.cn");
}

TEST(ReplySubject, IsPrefixedOnce) {
  EXPECT_EQ(ReplySubject("路灯"), "Re: 路灯");
  for (const auto* subject : {"Re: 路灯", "RE:路灯", "回复：路灯", "答复: 路灯"})
    EXPECT_EQ(ReplySubject(subject), subject);
}

TEST(ThreadIds, OnlyOurOwnIdsNameARequest) {
  const ThreadIds ids(Secret("key"), "example.gov.cn");
  const std::string request = "01J0000000000000000000000A";
  const auto id = ids.Make(request, "01J0000000000000000000000B");
  ASSERT_TRUE(id);
  EXPECT_EQ(ids.RequestOf(*id), request);
  EXPECT_EQ(ids.Make(request, "01J0000000000000000000000B"), id) << "a repeated sending keeps its id";
  auto forged = *id;
  forged[5] = forged[5] == 'X' ? 'Y' : 'X';
  EXPECT_FALSE(ids.RequestOf(forged));
  EXPECT_FALSE(ThreadIds(Secret("other"), "example.gov.cn").RequestOf(*id));
  EXPECT_FALSE(ThreadIds(Secret("key"), "other.gov.cn").RequestOf(*id));
  for (const auto* bad : {"", "@example.gov.cn", "a.b@example.gov.cn", "..@example.gov.cn", "a.b.c"})
    EXPECT_FALSE(ids.RequestOf(bad)) << bad;
  EXPECT_FALSE(ids.Make("a b", "1"));
  EXPECT_FALSE(ids.Make("a", "1\r\n"));
}

}  // namespace
}  // namespace minsheng::mail
