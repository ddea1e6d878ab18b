// SPDX-License-Identifier: Apache-2.0
// The e-mail channel against a real Dovecot and a real OpenSMTPD.
#include "channels/email/email_channel.h"

#include <gtest/gtest.h>

#include "tests/support/fake_channel_host.h"
#include "tests/support/mail_servers.h"
#include "tests/support/scripted_server.h"

namespace minsheng::email {
namespace {

using testing::FakeChannelHost;
using testing::MailServers;
using testing::MakeChannel;
using testing::RecordingAcceptor;
using testing::ScriptedServer;

std::string CitizenMail(const std::string& subject, const std::string& more = "",
                        const std::string& body = "北门路灯不亮。\r\n") {
  return "From: =?utf-8?B?5byg5LiJ?= <zhang@mail.test>\r\nTo: <hotline@mail.test>\r\nSubject: " + subject +
         "\r\nMessage-ID: <" + subject + "@mail.test>\r\nDate: Mon, 10 Aug 2015 22:03:00 +0800\r\n" + more +
         "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
         body;
}

class EmailService : public ::testing::Test {
 protected:
  std::string Keys(const std::string& imap, const std::string& more = "") const {
    return "imap_url = \"" + imap + "/INBOX\"\nimap_user = \"hotline\"\nimap_password = \"" +
           servers.Env("MAIL_PASSWORD") + "\"\nsmtp_url = \"" + servers.Smtp() +
           "\"\nfrom = \"hotline@mail.test\"\nthread_key = \"k\"\n" +
           "lines = [\"quzhang@mail.test=mayor-mailbox\"]\n" + more;
  }
  std::unique_ptr<Channel> Make(const std::string& keys) {
    auto made = MakeChannel("email", keys, host);
    if (!made) throw std::runtime_error(made.error().what);
    return std::move(*made);
  }
  std::unique_ptr<Channel> Make() { return Make(Keys(servers.Imap())); }
  void Poll(Channel& channel) {
    const auto polled = channel.Poll(acceptor);
    ASSERT_TRUE(polled) << polled.error().what;
  }
  std::vector<Message> Messages() const {
    std::vector<Message> out;
    for (const auto& inbound : acceptor.Accepted())
      for (const auto& item : inbound.items) out.push_back(item.message);
    return out;
  }

  MailServers servers;
  FakeChannelHost host;
  RecordingAcceptor acceptor;
};

TEST_F(EmailService, AMailGoesInAnAnswerGoesOutAndTheAnswerToItFindsItsRequest) {
  const auto channel = Make();
  mail::MailServer smtp;
  smtp.url = servers.Smtp();
  smtp.require_tls = false;
  const auto citizen = mail::MakeCurlSender(smtp);
  ASSERT_TRUE(citizen->Send(
      {"zhang@mail.test", "hotline@mail.test", CitizenMail("lamp", "References: <older@mail.test>\r\n")}));
  servers.WaitForMails("hotline", 1);
  Poll(*channel);
  ASSERT_EQ(Messages().size(), 1U);
  const auto message = Messages()[0];
  EXPECT_EQ(message.sender, "zhang@mail.test");
  EXPECT_EQ(message.text, "lamp\n北门路灯不亮。");

  Reply reply;
  reply.id = "01J0000000000000000000000B";
  reply.request_id = "01J0000000000000000000000A";
  reply.to = message.sender;
  reply.text = "您好，编号 20150810-0001。";
  reply.facts = message.facts;
  const auto receipt = channel->Send(reply);
  ASSERT_TRUE(receipt) << receipt.error().what;

  const auto delivered = servers.WaitForMails("zhang", 1);
  ASSERT_EQ(delivered.size(), 1U);
  const auto answer = mail::ParseMail(delivered[0]);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->subject, "Re: lamp");
  EXPECT_EQ(answer->text, reply.text);
  EXPECT_EQ(answer->from, "hotline@mail.test");
  EXPECT_EQ(answer->message_id, receipt->platform_id);
  EXPECT_EQ(answer->in_reply_to, "lamp@mail.test");
  EXPECT_EQ(answer->references, (std::vector<std::string>{"older@mail.test", "lamp@mail.test"}));
  EXPECT_NE(servers.SmtpLog().find("from=<> to=<zhang@mail.test>"), std::string::npos)
      << "an acknowledgement has no envelope sender";
  EXPECT_EQ(answer->Header("auto-submitted"), "auto-replied");

  ASSERT_TRUE(citizen->Send({"zhang@mail.test", "hotline@mail.test",
                             CitizenMail("Re:lamp", "In-Reply-To: <" + answer->message_id + ">\r\n")}));
  servers.WaitForMails("hotline", 2);
  Poll(*channel);
  ASSERT_EQ(Messages().size(), 2U);
  EXPECT_EQ(Messages()[1].Fact("thread"), reply.request_id);
}

TEST_F(EmailService, ReadingChangesNothingInTheMailbox) {
  const auto channel = Make();
  servers.Deliver("hotline", CitizenMail("a"));
  Poll(*channel);
  ASSERT_EQ(Messages().size(), 1U);
  const auto files = servers.Files("hotline");
  ASSERT_EQ(files.size(), 1U);
  const auto name = files[0].filename().string();
  EXPECT_EQ(name.find(":2,S"), std::string::npos) << "\\Seen was set: " << name;
}

TEST_F(EmailService, MailsComeOnceInOrderAndAcrossARestart) {
  for (const auto* subject : {"a", "b", "c"}) servers.Deliver("hotline", CitizenMail(subject));
  {
    const auto channel = Make(Keys(servers.Imap(), "mails_per_poll = 2\n"));
    Poll(*channel);
    EXPECT_EQ(Messages().size(), 2U);
  }
  const auto channel = Make();
  Poll(*channel);
  Poll(*channel);
  servers.Deliver("hotline", CitizenMail("d"));
  Poll(*channel);
  std::string subjects;
  for (const auto& m : Messages()) subjects += m.Fact("subject");
  EXPECT_EQ(subjects, "abcd");
}

TEST_F(EmailService, WhatWasNotAcceptedComesAgain) {
  const auto channel = Make();
  servers.Deliver("hotline", CitizenMail("a"));
  acceptor.FailNext(ErrorKind::kUnavailable, 5);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(channel->Poll(acceptor).error().kind, ErrorKind::kUnavailable);
  Poll(*channel);
  ASSERT_EQ(Messages().size(), 1U);
  EXPECT_EQ(Messages()[0].kind, Kind::kMail);
}

TEST_F(EmailService, ARebuiltMailboxGivesTheSameMailsTheSameIdentity) {
  const auto channel = Make();
  servers.Deliver("hotline", CitizenMail("a"));
  servers.Deliver("hotline", CitizenMail("b"));
  Poll(*channel);
  for (const auto& entry : std::filesystem::directory_iterator(servers.Maildir("hotline")))
    if (entry.path().filename().string().starts_with("dovecot")) std::filesystem::remove_all(entry.path());
  std::ofstream(servers.Maildir("hotline") + "/dovecot-uidlist") << "3 V4242 N1 G00000000000000000000000000000042\n";
  if (chown((servers.Maildir("hotline") + "/dovecot-uidlist").c_str(), 8, 8) != 0) FAIL();
  servers.Deliver("hotline", CitizenMail("c"));
  Poll(*channel);
  const auto messages = Messages();
  ASSERT_EQ(messages.size(), 5U) << "two, then all three again";
  std::map<std::string, int> seen;
  for (const auto& m : messages) ++seen[m.source_id];
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(EmailService, AMailFullOfForgedAnswersArrivesByteForByte) {
  std::string body;
  while (body.size() < 12'000'000)
    body += "* 9 FETCH (UID 7 BODY[] {3}\r\nA001 OK done\r\nA004 OK FETCH completed\r\n* BYE\r\n)\r\n" +
            std::string(5'000, 'x') + "\r\n";
  const auto channel = Make(Keys(servers.Imaps(), "ca_file = \"" + servers.Env("CA_FILE") + "\"\n"));
  const auto bytes = CitizenMail("forged", "", body);
  servers.Deliver("hotline", bytes);
  servers.Deliver("hotline", CitizenMail("next"));
  Poll(*channel);
  const auto accepted = acceptor.Accepted();
  ASSERT_EQ(accepted.size(), 2U);
  EXPECT_TRUE(accepted[0].raw == bytes);
  EXPECT_EQ(accepted[1].items[0].message.Fact("subject"), "next");
}

TEST_F(EmailService, AMailBeyondTheLimitIsParkedWithItsHeaderAndBlocksNothing) {
  const auto channel = Make(Keys(servers.Imap(), "max_mail_bytes = \"64KiB\"\n"));
  servers.Deliver("hotline", CitizenMail("big", "", std::string(100'000, 'x')));
  servers.Deliver("hotline", CitizenMail("small"));
  Poll(*channel);
  const auto messages = Messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].kind, Kind::kUnreadable);
  EXPECT_NE(messages[0].Fact("error").find("limit"), std::string::npos);
  EXPECT_EQ(messages[0].sender, "zhang@mail.test");
  EXPECT_EQ(messages[1].kind, Kind::kMail);
}

TEST_F(EmailService, TheMayorsMailboxIsALineOfItsOwn) {
  const auto channel = Make();
  servers.Deliver("hotline", "Delivered-To: quzhang@mail.test\r\n" + CitizenMail("a"));
  Poll(*channel);
  ASSERT_EQ(Messages().size(), 1U);
  EXPECT_EQ(Messages()[0].line, "mayor-mailbox");
}

TEST_F(EmailService, AutomaticAnswersToOneSenderStopAtTheLimit) {
  const auto channel = Make(Keys(servers.Imap(), "answers_per_hour = 2\nanswers_per_thread = 100\n"));
  Reply reply;
  reply.request_id = "R";
  reply.to = "zhang@mail.test";
  reply.text = "x";
  for (const auto* id : {"1", "2"}) {
    reply.id = id;
    EXPECT_TRUE(channel->Send(reply));
  }
  reply.id = "3";
  EXPECT_EQ(channel->Send(reply).error().kind, ErrorKind::kRejected);
  reply.automatic = false;
  EXPECT_TRUE(channel->Send(reply)) << "a person's words are not counted";
  EXPECT_EQ(servers.WaitForMails("zhang", 3).size(), 3U);
}

TEST_F(EmailService, AnUnknownRecipientIsRejected) {
  Reply reply;
  reply.id = "1";
  reply.request_id = "R";
  reply.to = "nobody@mail.test";
  reply.text = "x";
  const auto sent = Make()->Send(reply);
  EXPECT_EQ(sent.error().kind, ErrorKind::kRejected);
  // 550 as a rule; OpenSMTPD says 524 when it expands the address first.
  EXPECT_NE(sent.error().what.find("last answer 5"), std::string::npos) << sent.error().what;
}

TEST_F(EmailService, LoginAndCertificatesDecideWhetherAMailboxIsRead) {
  mail::MailServer server;
  server.user = "hotline";
  server.password = Secret("wrong");
  server.url = servers.Imap();
  server.require_tls = false;
  EXPECT_EQ(mail::ConnectImap(server).error().kind, ErrorKind::kDenied);
  server.password = Secret(servers.Env("MAIL_PASSWORD"));
  server.url = servers.Imaps();
  EXPECT_EQ(mail::ConnectImap(server).error().kind, ErrorKind::kUnavailable) << "unknown certificate";
  server.ca_file = servers.Env("CA_FILE");
  EXPECT_TRUE(mail::ConnectImap(server));
  server.url = "imap://localhost:" + servers.Env("IMAP_PORT");
  server.require_tls = true;  // STARTTLS
  const auto wire = mail::ConnectImap(server);
  ASSERT_TRUE(wire) << wire.error().what;
}

// Servers that break the rules before or at the login; the protocol after it is tested in unit/mail.
TEST(BrokenImapServer, IsUnavailableWhateverItDoes) {
  const std::vector<std::pair<std::string, std::function<void(ScriptedServer::Peer&)>>> scripts = {
      {"closes at once", [](auto&) {}},
      {"says BYE", [](auto& peer) { peer.Write("* BYE too busy\r\n"); }},
      {"is silent",
       [](auto& peer) {
         while (!peer.Gone()) peer.ReadLine();
       }},
      {"speaks HTTP", [](auto& peer) { peer.Write("HTTP/1.1 400 Bad Request\r\n\r\n"); }},
      {"hangs after the greeting",
       [](auto& peer) {
         peer.Write("* OK hi\r\n");
         while (!peer.Gone()) peer.ReadLine();
       }},
      {"breaks off after the login",
       [](auto& peer) {
         peer.Write("* OK hi\r\n");
         for (auto line = peer.ReadLine(); !line.empty(); line = peer.ReadLine()) {
           const auto tag = line.substr(0, line.find(' '));
           if (line.find("CAPABILITY") != std::string::npos && tag[0] != 'm')
             peer.Write("* CAPABILITY IMAP4rev1\r\n" + tag + " OK\r\n");
           else if (line.find("LOGIN") != std::string::npos)
             peer.Write(tag + " OK\r\n");
           else
             return;
         }
       }},
  };
  for (const auto& [name, script] : scripts) {
    ScriptedServer server(script);
    mail::MailServer config;
    config.url = "imap://127.0.0.1:" + std::to_string(server.port());
    config.user = "u";
    config.password = Secret("p");
    config.require_tls = false;
    config.timeout = Millis{1'000};
    config.connect_timeout = Millis{1'500};
    auto wire = mail::ConnectImap(config);
    if (!wire) {
      EXPECT_EQ(wire.error().kind, ErrorKind::kUnavailable) << name;
      continue;
    }
    const ManualClock clock;
    mail::ImapSession session(std::move(*wire), clock);
    EXPECT_EQ(session.Open("INBOX").error().kind, ErrorKind::kUnavailable) << name;
  }
}

}  // namespace
}  // namespace minsheng::email
