// SPDX-License-Identifier: Apache-2.0
// What our sender makes of servers that break off, refuse, hang or lie.
#include "src/mail/smtp.h"

#include <gtest/gtest.h>

#include "src/base/crypto.h"
#include "tests/support/mail_servers.h"
#include "tests/support/scripted_server.h"

namespace minsheng::mail {
namespace {

using minsheng::testing::MailServers;
using minsheng::testing::ScriptedServer;

ComposedMail SmallMail(const std::string& to = "zhang@mail.test") {
  return {
      .envelope_from = "hotline@mail.test",
      .envelope_to = to,
      .bytes = "From: <hotline@mail.test>\nTo: <" + to + ">\nSubject: x\n\nline\n.\n..\nMAIL FROM:<evil@z.cn>\nend"};
}

MailServer At(const std::string& url) {
  MailServer server;
  server.url = url;
  server.require_tls = false;
  server.timeout = Millis{20'000};  // a busy machine is no silent server
  return server;
}

// How a scripted server departs from a good one.
struct Script {
  std::string greeting = "220 x\r\n";
  std::string mail = "250 ok\r\n";
  std::string rcpt = "250 ok\r\n";
  std::string data = "354 go\r\n";
  std::string end = "250 taken\r\n";
  std::string capabilities = "250 x\r\n";
  std::string auth = "235 ok\r\n";
  bool hang_at_end = false;
  bool close_in_body = false;
};

struct Heard {
  std::vector<std::string> commands;
  std::string body;
};

void ReadBody(ScriptedServer::Peer& peer, const Script& script, Heard* heard) {
  for (;;) {
    const auto line = peer.ReadLine();
    if (script.close_in_body) return;
    if (line == "." || (line.empty() && peer.Gone())) return;
    heard->body += line + "\r\n";
  }
}

// An empty answer closes the connection.
std::function<void(ScriptedServer::Peer&)> Play(Script script, Heard* heard) {
  return [script, heard](ScriptedServer::Peer& peer) {
    peer.Write(script.greeting);
    if (script.greeting.empty()) return;
    for (;;) {
      const auto line = peer.ReadLine();
      if (line.empty()) return;
      heard->commands.push_back(line);
      std::string answer = "502 what\r\n";
      if (line.starts_with("EHLO")) answer = script.capabilities;
      if (line.starts_with("AUTH")) {
        peer.Write("334 \r\n");
        heard->commands.push_back(peer.ReadLine());
        answer = script.auth;
      }
      if (line.starts_with("MAIL")) answer = script.mail;
      if (line.starts_with("RCPT")) answer = script.rcpt;
      if (line.starts_with("QUIT")) answer = "221 bye\r\n";
      if (line == "DATA") {
        peer.Write(script.data);
        if (!script.data.starts_with("354")) continue;
        ReadBody(peer, script, heard);
        if (script.close_in_body) return;
        if (script.hang_at_end) {
          while (!peer.Gone()) peer.ReadLine();
          return;
        }
        answer = script.end;
      }
      if (answer.empty()) return;
      peer.Write(answer);
    }
  };
}

Result<void> SendTo(const Script& script, Heard* heard, ComposedMail mail = SmallMail()) {
  ScriptedServer server(Play(script, heard));
  auto at = At("smtp://127.0.0.1:" + std::to_string(server.port()));
  if (script.hang_at_end) at.timeout = Millis{2'000};
  return MakeCurlSender(std::move(at))->Send(mail);
}

struct Outcome {
  const char* name;
  Script script;
  ErrorKind kind;
};

void PrintTo(const Outcome& outcome, std::ostream* out) { *out << outcome.name; }

class SmtpOutcome : public ::testing::TestWithParam<Outcome> {};

TEST_P(SmtpOutcome, IsTheKindThatTheOutboxNeeds) {
  Heard heard;
  const auto sent = SendTo(GetParam().script, &heard);
  ASSERT_FALSE(sent);
  EXPECT_EQ(Label(sent.error().kind), Label(GetParam().kind)) << sent.error().what;
}

INSTANTIATE_TEST_SUITE_P(
    Servers, SmtpOutcome,
    ::testing::Values(Outcome{"RefusesService", {.greeting = "554 no\r\n"}, ErrorKind::kUnavailable},
                      Outcome{"ClosesAtOnce", {.greeting = ""}, ErrorKind::kUnavailable},
                      Outcome{"GreylistsTheRecipient", {.rcpt = "451 later\r\n"}, ErrorKind::kUnavailable},
                      Outcome{"RefusesTheRecipient", {.rcpt = "550 unknown\r\n"}, ErrorKind::kRejected},
                      Outcome{"RefusesTheSender", {.mail = "553 no\r\n"}, ErrorKind::kRejected},
                      Outcome{"RefusesData", {.data = "554 no\r\n"}, ErrorKind::kRejected},
                      Outcome{"RefusesTheContent", {.end = "554 spam\r\n"}, ErrorKind::kRejected},
                      Outcome{"HasNoRoomNow", {.end = "452 full\r\n"}, ErrorKind::kUnavailable},
                      Outcome{"ClosesAfterTheMail", {.end = ""}, ErrorKind::kUnknown},
                      Outcome{"IsSilentAfterTheMail", {.hang_at_end = true}, ErrorKind::kUnknown}),
    [](const auto& one) { return one.param.name; });

TEST(Smtp, NoServerAtAllIsUnavailable) {
  int port = 0;
  {
    port = ScriptedServer([](ScriptedServer::Peer&) {}).port();
  }
  const auto sent = MakeCurlSender(At("smtp://127.0.0.1:" + std::to_string(port)))->Send(SmallMail());
  EXPECT_EQ(sent.error().kind, ErrorKind::kUnavailable);
}

TEST(Smtp, ABrokenConnectionInTheMiddleOfABigMailIsNeverCalledSent) {
  Heard heard;
  auto mail = SmallMail();
  for (int i = 0; i < 200'000; ++i) mail.bytes += "0123456789012345678901234567890123456789012345678901234567890\n";
  const auto sent = SendTo({.close_in_body = true}, &heard, mail);
  ASSERT_FALSE(sent);
  EXPECT_EQ(Label(sent.error().kind), Label(ErrorKind::kUnavailable));
}

TEST(Smtp, LinesEndInCrLfAndDotsAreStuffedOnTheWire) {
  Heard heard;
  ASSERT_TRUE(SendTo({}, &heard));
  EXPECT_NE(heard.body.find("\r\n..\r\n...\r\nMAIL FROM:<evil@z.cn>\r\nend\r\n"), std::string::npos) << heard.body;
  EXPECT_EQ(std::count(heard.commands.begin(), heard.commands.end(), "DATA"), 1);
}

TEST(Smtp, TheNullSenderIsSentAsSuch) {
  Heard heard;
  auto mail = SmallMail();
  mail.envelope_from.clear();
  ASSERT_TRUE(SendTo({}, &heard, mail));
  EXPECT_TRUE(std::any_of(heard.commands.begin(), heard.commands.end(),
                          [](const auto& line) { return line.starts_with("MAIL FROM:<>"); }));
}

TEST(Smtp, NoAddressCanCarryACommand) {
  ScriptedServer server([](ScriptedServer::Peer&) {});
  const auto sender = MakeCurlSender(At("smtp://127.0.0.1:" + std::to_string(server.port())));
  for (const std::string evil :
       {"a@b.cn>\r\nRCPT TO:<evil@z.cn", "a@b.cn\nRCPT TO:<evil@z.cn>", "a@b.cn\r", "", "a b@c.cn"}) {
    EXPECT_EQ(sender->Send(SmallMail(evil)).error().kind, ErrorKind::kInvalid);
    auto mail = SmallMail();
    mail.envelope_from = evil.empty() ? "x" : evil;
    EXPECT_EQ(sender->Send(mail).error().kind, ErrorKind::kInvalid);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(Smtp, LogsInAndARefusedLoginIsForLater) {
  for (const bool good : {true, false}) {
    Heard heard;
    Script script;
    script.capabilities = "250-x\r\n250 AUTH PLAIN\r\n";
    script.auth = good ? "235 ok\r\n" : "535 wrong\r\n";
    ScriptedServer server(Play(script, &heard));
    auto config = At("smtp://127.0.0.1:" + std::to_string(server.port()));
    config.user = "hotline";
    config.password = Secret("pw");
    const auto sent = MakeCurlSender(config)->Send(SmallMail());
    EXPECT_EQ(sent.has_value(), good);
    if (!good) {
      EXPECT_EQ(Label(sent.error().kind), Label(ErrorKind::kUnavailable));
    }
    const auto all = [&] {
      std::string text;
      for (const auto& line : heard.commands) text += line + "\n";
      return text;
    }();
    EXPECT_NE(all.find(crypto::Base64Encode(std::string("\0hotline\0pw", 11))), std::string::npos) << all;
  }
}

TEST(Smtp, NothingIsSentInTheClearWhereTlsIsRequired) {
  Heard heard;
  ScriptedServer server(Play({}, &heard));
  auto config = At("smtp://127.0.0.1:" + std::to_string(server.port()));
  config.require_tls = true;
  EXPECT_EQ(MakeCurlSender(config)->Send(SmallMail()).error().kind, ErrorKind::kUnavailable);
  for (const auto& line : heard.commands) EXPECT_FALSE(line.starts_with("MAIL") || line.starts_with("AUTH")) << line;
}

TEST(Smtp, ARealServerTakesItAndOnlyATrustedOneOverTls) {
  const MailServers servers;
  ASSERT_TRUE(MakeCurlSender(At(servers.Smtp()))->Send(SmallMail()));
  auto tls = At(servers.Smtps());
  EXPECT_EQ(MakeCurlSender(tls)->Send(SmallMail()).error().kind, ErrorKind::kUnavailable) << "unknown certificate";
  tls.ca_file = servers.Env("CA_FILE");
  const auto sent = MakeCurlSender(tls)->Send(SmallMail());
  EXPECT_TRUE(sent) << sent.error().what;
  EXPECT_EQ(MakeCurlSender(At(servers.Smtp()))->Send(SmallMail("nobody@mail.test")).error().kind, ErrorKind::kRejected);
  const auto mails = servers.WaitForMails("zhang", 2);
  ASSERT_EQ(mails.size(), 2U);
  for (const auto& mail : mails)
    EXPECT_NE(mail.find("line\n.\n..\nMAIL FROM:<evil@z.cn>\nend"), std::string::npos) << mail;
}

}  // namespace
}  // namespace minsheng::mail
