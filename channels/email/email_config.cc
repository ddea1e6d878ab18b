// SPDX-License-Identifier: Apache-2.0
#include "channels/email/email_config.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "src/mail/header_text.h"

namespace minsheng::email {
namespace {

struct ServerUrl {
  std::string url;  // without path
  std::string host;
  std::string path;
  bool tls = false;
};

// "imaps://host:993/INBOX" for scheme "imap".
std::optional<ServerUrl> SplitUrl(const std::string& text, const std::string& scheme) {
  ServerUrl out;
  std::string rest;
  if (text.starts_with(scheme + "s://")) {
    out.tls = true;
    rest = text.substr(scheme.size() + 4);
  } else if (text.starts_with(scheme + "://")) {
    rest = text.substr(scheme.size() + 3);
  } else {
    return std::nullopt;
  }
  const auto slash = rest.find('/');
  if (slash != std::string::npos) out.path = rest.substr(slash + 1);
  const std::string place = rest.substr(0, slash);
  const bool good = !place.empty() && std::all_of(place.begin(), place.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
  if (!good) return std::nullopt;
  out.url = text.substr(0, text.size() - rest.size()) + place;
  const auto colon = place.rfind(':');
  out.host = colon == std::string::npos || place.ends_with(']') ? place : place.substr(0, colon);
  return out;
}

// 127.x.y.z literally: "127.example.cn" is a name that may lead anywhere.
bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

void ReadServer(ConfigSection& section, const std::string& scheme, mail::MailServer* server, std::string* mailbox) {
  const std::string key = scheme + "_url";
  std::string url;
  section.Text(key, &url,
               scheme == "imap" ? "mailbox to read: imaps://host:993/INBOX, or imap://host:143/INBOX with STARTTLS; "
                                  "empty = this account does not receive"
                                : "server to send through: smtps://host:465, or smtp://host:587 with STARTTLS; empty = "
                                  "this account does not send");
  section.Text(scheme + "_user", &server->user, "name to log in with; empty = no login");
  section.Secret_(scheme + "_password", &server->password,
                  "password; QQ and NetEase want an authorisation code (授权码) here");
  if (url.empty()) return;
  const auto parts = SplitUrl(url, scheme);
  if (!parts) {
    section.Problem(key, "应写成 " + scheme + "s://主机:端口", "must look like " + scheme + "s://host:port");
    return;
  }
  server->url = parts->url;
  // Without TLS only to this very machine: passwords and citizens' mails do not travel in the open.
  server->require_tls = !parts->tls && !IsLoopback(parts->host);
  if (mailbox != nullptr && !parts->path.empty()) *mailbox = parts->path;
}

void ReadLines(ConfigSection& section, EmailConfig* config) {
  std::vector<std::string> pairs;
  section.Text("line", &config->line, "line of mails to this account (专线)")
      .Texts(
          "lines", &pairs,
          "lines chosen by the recipient's address, each \"address=line\": \"quzhang@example.gov.cn=mayor-mailbox\"");
  for (const auto& pair : pairs) {
    const auto equals = pair.rfind('=');
    const auto address = mail::Lower(pair.substr(0, equals));
    if (equals == std::string::npos || !mail::IsMailAddress(address) || equals + 1 == pair.size()) {
      section.Problem("lines", "应写成 \"邮箱地址=专线\"：" + pair, "must look like \"address=line\": " + pair);
      continue;
    }
    config->lines[address] = pair.substr(equals + 1);
  }
}

}  // namespace

EmailConfig ReadEmailConfig(ConfigSection& section) {
  EmailConfig config;
  ReadServer(section, "imap", &config.imap, &config.mailbox);
  ReadServer(section, "smtp", &config.smtp, nullptr);
  std::string ca_file;
  section.Text("ca_file", &ca_file, "certificates of the authorities to trust (PEM); empty = the system's");
  config.imap.ca_file = config.smtp.ca_file = ca_file;
  section.Text("from", &config.from, "the hotline's own mail address, sender of all its mails")
      .Text("from_name", &config.from_name, "name shown beside the sender's address")
      .Text("domain", &config.domain, "domain of our Message-IDs; empty = the domain of `from`")
      .Secret_("thread_key", &config.thread_key, "key that marks our Message-IDs, so that answers find their request")
      .Bool("plus_address", &config.plus_address,
            "answers go to \"name+tag@domain\", which finds the order by itself; the mail server must take such "
            "addresses");
  ReadLines(section, &config);
  section
      .Duration("poll_period", &config.poll_period, Millis{1'000}, Millis{3'600'000},
                "time between two looks at the mailbox")
      .Duration("look_back", &config.look_back, Millis{24LL * 3600 * 1000}, Millis{366LL * 24 * 3600 * 1000},
                "how old mails may be that a first look, or a look after a rebuilt mailbox, takes in")
      .Bytes("max_mail_bytes", &config.max_mail_bytes, 64 << 10, 200 << 20,
             "bigger mails are parked with their header only")
      .Int("mails_per_poll", &config.mails_per_poll, 1, 10'000, "mails taken in one look at most")
      .Int("answers_per_hour", &config.answers_per_hour, 1, 1'000, "automatic mails to one sender in an hour at most")
      .Int("answers_per_thread", &config.answers_per_thread, 1, 100,
           "automatic mails about one request in ten minutes at most");
  config.from = mail::Lower(config.from);
  if (!mail::IsMailAddress(config.from))
    section.Problem("from", "需要一个邮箱地址，例如 12345@example.gov.cn",
                    "a mail address is needed, for example 12345@example.gov.cn");
  if (config.domain.empty() && config.from.find('@') != std::string::npos)
    config.domain = config.from.substr(config.from.find('@') + 1);
  if (!config.domain.empty() && !mail::IsMailAddress("x@" + config.domain))
    section.Problem("domain", "不是域名", "is no domain name");
  if (!config.smtp.url.empty() && config.thread_key.empty())
    section.Problem("thread_key", "发送邮件需要 thread_key", "sending mail needs a thread_key");
  if (config.imap.url.empty() && config.smtp.url.empty())
    section.Problem("imap_url", "imap_url 和 smtp_url 至少要填一个", "imap_url or smtp_url is needed");
  return config;
}

}  // namespace minsheng::email
