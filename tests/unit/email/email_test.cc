// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "channels/email/email_channel.h"
#include "channels/email/rate_limit.h"
#include "tests/support/fake_channel_host.h"

namespace minsheng::email {
namespace {

using testing::FakeChannelHost;
using testing::MakeChannel;

constexpr const char* kKeys =
    "imap_url = \"imaps://imap.example.gov.cn:993/INBOX\"\n"
    "imap_user = \"u\"\nimap_password = \"p\"\n"
    "smtp_url = \"smtps://smtp.example.gov.cn:465\"\n"
    "from = \"12345@Example.gov.cn\"\nthread_key = \"k\"\n"
    "lines = [\"quzhang@example.gov.cn=mayor-mailbox\"]\n";

class EmailTest : public ::testing::Test {
 protected:
  EmailTest() {
    auto made = MakeChannel("email", kKeys, host);
    if (!made) throw std::runtime_error(made.error().what);
    channel = std::move(*made);
  }
  Inbound::Item ParseOne(const std::string& bytes) {
    auto parsed = channel->Parse(bytes, "x.eml");
    if (!parsed || parsed->items.size() != 1) {
      ADD_FAILURE() << (parsed ? "not one item" : parsed.error().what);
      return {};
    }
    EXPECT_EQ(parsed->raw, bytes);
    return parsed->items[0];
  }
  FakeChannelHost host;
  std::unique_ptr<Channel> channel;
};

const std::string kMail =
    "From: =?utf-8?B?5byg5LiJ?= <Zhang@Example.cn>\r\nTo: 12345@example.gov.cn\r\nMessage-ID: <m1@example.cn>\r\n"
    "Date: Mon, 10 Aug 2015 22:03:00 +0800\r\nSubject: =?utf-8?B?6Lev54Gv?=\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n北门路灯不亮。\r\n";

TEST_F(EmailTest, AMailBecomesAMessage) {
  const auto m = ParseOne(kMail).message;
  EXPECT_EQ(m.kind, Kind::kMail);
  EXPECT_EQ(m.sender, "zhang@example.cn");
  EXPECT_EQ(m.contact, "zhang@example.cn");
  EXPECT_EQ(m.text, "路灯\n北门路灯不亮。");
  EXPECT_EQ(m.line, "12345");
  EXPECT_EQ(ToMs(m.sent_at), 1'439'215'380'000);
  EXPECT_EQ(m.Fact("subject"), "路灯");
  EXPECT_EQ(m.Fact("message_id"), "m1@example.cn");
  EXPECT_EQ(m.Fact("from_name"), "张三");
  EXPECT_EQ(m.Fact("auto"), "");
  EXPECT_TRUE(m.source_id.starts_with("1439215380000-"));
  EXPECT_EQ(m.source_id.size(), 46U);
}

std::string Replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error(what);
  return text.replace(at, what.size(), with);
}

TEST_F(EmailTest, TheIdentityIsTheMailsContentAndNotItsWay) {
  const auto id = ParseOne(kMail).message.source_id;
  EXPECT_EQ(ParseOne("Received: from a by b; x\r\nDelivered-To: 12345@example.gov.cn\r\n" + kMail).message.source_id,
            id);
  const auto base64 =
      Replaced(Replaced(kMail, "charset=utf-8\r\n", "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"),
               "北门路灯不亮。\r\n", "5YyX6Zeo6Lev54Gv5LiN5Lqu44CCCg==\r\n");
  EXPECT_EQ(ParseOne(base64).message.source_id, id) << "another transfer encoding of the same text";
  std::set<std::string> others = {id};
  others.insert(ParseOne(Replaced(kMail, "m1@", "m2@")).message.source_id);
  others.insert(ParseOne(Replaced(kMail, "Zhang@", "li@")).message.source_id);
  others.insert(ParseOne(Replaced(kMail, "22:03:00", "22:03:01")).message.source_id);
  others.insert(ParseOne(Replaced(kMail, "北门", "南门")).message.source_id);
  others.insert(ParseOne(Replaced(kMail, "=?utf-8?B?6Lev54Gv?=", "x")).message.source_id);
  others.insert(ParseOne(Replaced(kMail, "Message-ID: <m1@example.cn>\r\n", "")).message.source_id);
  EXPECT_EQ(others.size(), 7U);
}

TEST_F(EmailTest, AMailWithoutDateAndIdHasAnIdentityToo) {
  const auto m = ParseOne("From: a@b.cn\r\n\r\nhello").message;
  EXPECT_TRUE(m.source_id.starts_with("0000000000000-"));
  EXPECT_EQ(m.sent_at, host.clock().Now());
}

TEST_F(EmailTest, AMailWithoutSenderIsAnonymousAndIsNotAnswered) {
  const auto m = ParseOne("Subject: x\r\n\r\nhello").message;
  EXPECT_EQ(m.sender, "anonymous");
  EXPECT_TRUE(m.anonymous);
  Reply reply;
  reply.to = m.sender;
  reply.text = "x";
  EXPECT_EQ(channel->Send(reply).error().kind, ErrorKind::kRejected);
}

TEST_F(EmailTest, AnAnswerWithoutWordsIsNotSent) {
  Reply reply;
  reply.to = "zhang@example.cn";
  reply.text = " \n";
  EXPECT_EQ(channel->Send(reply).error().kind, ErrorKind::kRejected);
}

TEST_F(EmailTest, AGenuineTagInTheSubjectOrAddressNamesTheOrderAndIsNoPartOfTheWords) {
  const OrderTags tags(Secret("k"), "12345@example.gov.cn");
  const auto subject = tags.Mark("Re: lamp", "20150810-00042");
  const auto tagged = ParseOne(Replaced(kMail, "=?utf-8?B?6Lev54Gv?=", subject)).message;
  EXPECT_EQ(tagged.Fact("thread_order"), "20150810-00042");
  EXPECT_EQ(tagged.Fact("subject"), "Re: lamp");
  EXPECT_EQ(tagged.text, "Re: lamp\n北门路灯不亮。");
  const auto address = tags.ReplyTo("20150810-00042");
  EXPECT_EQ(ParseOne(Replaced(kMail, "12345@example.gov.cn", address)).message.Fact("thread_order"), "20150810-00042");
  EXPECT_EQ(ParseOne(kMail).message.Fact("thread_order"), "");
}

TEST_F(EmailTest, TheRecipientChoosesTheLine) {
  EXPECT_EQ(ParseOne(Replaced(kMail, "To: 12345@", "To: QuZhang@")).message.line, "mayor-mailbox");
  EXPECT_EQ(ParseOne("Delivered-To: quzhang@example.gov.cn\r\n" + kMail).message.line, "mayor-mailbox");
}

TEST_F(EmailTest, AttachmentsComeAsPayloads) {
  const auto item = ParseOne(
      "From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
      "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=../a.png\r\n\r\nPNG\r\n--b--\r\n");
  ASSERT_EQ(item.message.attachments.size(), 1U);
  EXPECT_EQ(item.message.attachments[0].name, "a.png");
  EXPECT_EQ(item.message.attachments[0].size, 3);
  ASSERT_EQ(item.payloads.size(), 1U);
  EXPECT_EQ(item.payloads[0].bytes, "PNG");
}

TEST_F(EmailTest, AnAnswerToOurMailNamesItsRequestOnlyWithAGenuineMark) {
  const mail::ThreadIds ours(Secret("k"), "example.gov.cn");
  const auto id = *ours.Make("REQ1", "OUT1");
  EXPECT_EQ(ParseOne("In-Reply-To: <" + id + ">\r\n" + kMail).message.Fact("thread"), "REQ1");
  EXPECT_EQ(ParseOne("References: <" + id + "> <other@x.cn>\r\n" + kMail).message.Fact("thread"), "REQ1");
  EXPECT_EQ(ParseOne("In-Reply-To: <" + Replaced(id, "REQ1", "REQ2") + ">\r\n" + kMail).message.Fact("thread"), "");
}

TEST_F(EmailTest, QuotedMailIsNotPartOfTheText) {
  const auto m =
      ParseOne(kMail + "\r\n------------------ 原始邮件 ------------------\r\n发件人: x\r\n旧的内容\r\n").message;
  EXPECT_EQ(m.text, "路灯\n北门路灯不亮。");
  EXPECT_EQ(m.Fact("quoted"), "1");
}

TEST_F(EmailTest, AutomaticMailIsAnEventAndListsAreRequestsWithoutAnswer) {
  const auto robot = ParseOne("Auto-Submitted: auto-replied\r\n" + kMail).message;
  EXPECT_EQ(robot.kind, Kind::kEvent);
  EXPECT_EQ(robot.Fact("event"), "auto-reply");
  EXPECT_EQ(robot.Fact("auto"), "1");
  const auto list = ParseOne("List-Id: <a.b.cn>\r\n" + kMail).message;
  EXPECT_EQ(list.kind, Kind::kMail);
  EXPECT_EQ(list.Fact("auto"), "1");
}

TEST_F(EmailTest, ABounceNamesTheRequestOfTheReturnedMail) {
  const auto id = *mail::ThreadIds(Secret("k"), "example.gov.cn").Make("REQ1", "OUT1");
  const auto m =
      ParseOne(
          "From: MAILER-DAEMON@mx.cn\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
          "--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; li@b.cn\r\nAction: failed\r\n"
          "Status: 5.1.1\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: 12345@example.gov.cn\r\nMessage-ID: <" +
          id + ">\r\nSubject: Re\r\n\r\nx\r\n--b--\r\n")
          .message;
  EXPECT_EQ(m.kind, Kind::kEvent);
  EXPECT_EQ(m.Fact("event"), "bounce");
  EXPECT_EQ(m.Fact("thread"), "REQ1");
  EXPECT_EQ(m.Fact("bounce_status"), "5.1.1");
  EXPECT_EQ(m.Fact("bounce_recipient"), "li@b.cn");
}

TEST_F(EmailTest, BytesThatAreNoMailAreAnErrorThatNamesTheFile) {
  const auto parsed = channel->Parse("just text\n", "a.eml");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(parsed.error().what.starts_with("a.eml: "));
}

TEST_F(EmailTest, WhatAPollCannotReadIsKeptAsUnreadable) {
  auto& email = dynamic_cast<EmailChannel&>(*channel);
  mail::FoundMail found;
  found.uid_validity = 17;
  found.uid = 4;
  found.bytes = "no mail at all\n";
  const auto inbound = email.ForMail(found);
  ASSERT_EQ(inbound.items.size(), 1U);
  EXPECT_EQ(inbound.items[0].message.kind, Kind::kUnreadable);
  EXPECT_NE(inbound.items[0].message.Fact("error"), "");
  EXPECT_EQ(inbound.items[0].message.source_id, "0000000000000-uid-17-4");
  EXPECT_EQ(inbound.raw, found.bytes);
  found.bytes = kMail;
  found.too_large = true;
  found.size = 99;
  const auto large = email.ForMail(found);
  EXPECT_EQ(large.items[0].message.kind, Kind::kUnreadable);
  EXPECT_EQ(large.items[0].message.Fact("too_large"), "99");
  EXPECT_EQ(large.items[0].message.sender, "zhang@example.cn") << "a person can still answer";
  found.size = 100;
  EXPECT_NE(email.ForMail(found).items[0].message.source_id, large.items[0].message.source_id)
      << "of equal headers the size tells which mail it is";
}

Reply AnAnswer() {
  Reply reply;
  reply.id = "OUT1";
  reply.request_id = "REQ1";
  reply.to = "zhang@example.cn";
  reply.text = "已受理";
  return reply;
}

TEST_F(EmailTest, NothingIsSentToMachinesOrToBadAddresses) {
  auto to_robot = AnAnswer();
  to_robot.facts["auto"] = "1";
  EXPECT_EQ(channel->Send(to_robot).error().kind, ErrorKind::kRejected);
  for (const auto* to :
       {"mailer-daemon@x.cn", "Postmaster@x.cn", "12345@example.gov.cn", "", "a b", "a@b.cn\r\nRCPT TO:<c@d.cn>"}) {
    auto reply = AnAnswer();
    reply.to = to;
    reply.automatic = false;
    EXPECT_EQ(channel->Send(reply).error().kind, ErrorKind::kRejected) << to;
  }
}

TEST_F(EmailTest, AutomaticMailsToOneSenderAreCountedByTheHour) {
  const RateLimit limit(host.state(), host.clock());
  const Millis hour{3'600'000};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(limit.Check("sender", "a@b.cn", hour, 3));
    limit.Count("sender", "a@b.cn", hour);
  }
  EXPECT_EQ(limit.Check("sender", "a@b.cn", hour, 3).error().kind, ErrorKind::kRejected);
  EXPECT_TRUE(limit.Check("sender", "c@d.cn", hour, 3));
  host.manual_clock.Advance(hour);
  EXPECT_TRUE(limit.Check("sender", "a@b.cn", hour, 3));
  for (const auto& [key, value] : host.memory.Values()) EXPECT_EQ(key.find('@'), std::string::npos);
}

struct BadKeys {
  const char* keys;
  const char* says;
};

TEST(EmailConfigTest, EveryMistakeIsNamed) {
  const BadKeys cases[] = {
      {"from = \"x@b.cn\"\n", "imap_url"},
      {"imap_url = \"http://a.cn\"\nfrom = \"x@b.cn\"\n", "imaps://host:port"},
      {"imap_url = \"imaps://a.cn\"\n", "from"},
      {"imap_url = \"imaps://a.cn\"\nfrom = \"no address\"\n", "from"},
      {"smtp_url = \"smtps://a.cn\"\nfrom = \"x@b.cn\"\n", "thread_key"},
      {"imap_url = \"imaps://a.cn\"\nfrom = \"x@b.cn\"\nlines = [\"nothing\"]\n", "address=line"},
      {"imap_url = \"imaps://a.cn\"\nfrom = \"x@b.cn\"\ndomain = \"a b\"\n", "domain"},
      {"imap_url = \"imaps://a.cn\"\nfrom = \"x@b.cn\"\npoll_period = \"1ms\"\n", "poll_period"},
  };
  for (const auto& c : cases) {
    FakeChannelHost host;
    const auto made = MakeChannel("email", c.keys, host);
    ASSERT_FALSE(made) << c.keys;
    EXPECT_NE(made.error().what.find(c.says), std::string::npos) << made.error().what;
  }
}

TEST(EmailConfigTest, TlsMayBeLeftOutOnLoopbackOnly) {
  const auto read = [](const std::string& url) {
    auto reader = ConfigReader::FromText("[c]\nimap_url = \"" + url + "\"\nfrom = \"a@b.cn\"\n", "t.toml", true);
    auto section = reader->Root().Table("c", "x");
    auto config = ReadEmailConfig(section);
    EXPECT_TRUE(reader->Finish("en"));
    return config;
  };
  EXPECT_TRUE(read("imap://mail.b.cn:143").imap.require_tls);
  EXPECT_FALSE(read("imap://127.0.0.1:143").imap.require_tls);
  EXPECT_FALSE(read("imap://localhost").imap.require_tls);
  EXPECT_TRUE(read("imap://127.evil.cn").imap.require_tls);
  EXPECT_EQ(read("imaps://mail.b.cn:993/INBOX/Sub").mailbox, "INBOX/Sub");
  EXPECT_EQ(read("imaps://mail.b.cn:993/INBOX").imap.url, "imaps://mail.b.cn:993");
}

TEST(EmailConfigTest, AnAccountWithoutMailboxIsNotPolledAndOneWithoutServerDoesNotSend) {
  FakeChannelHost host;
  const auto sends = MakeChannel("email", "smtp_url = \"smtps://a.cn\"\nfrom = \"x@b.cn\"\nthread_key = \"k\"\n", host);
  ASSERT_TRUE(sends) << sends.error().what;
  EXPECT_EQ((*sends)->PollPeriod(), Millis{0});
  const auto reads = MakeChannel("email", "imap_url = \"imaps://a.cn\"\nfrom = \"x@b.cn\"\n", host);
  ASSERT_TRUE(reads);
  EXPECT_EQ((*reads)->PollPeriod(), Millis{60'000});
  EXPECT_EQ((*reads)->Send(AnAnswer()).error().kind, ErrorKind::kRejected);
}

}  // namespace
}  // namespace minsheng::email
