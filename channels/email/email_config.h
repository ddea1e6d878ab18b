// SPDX-License-Identifier: Apache-2.0
// Configuration of one e-mail account of the hotline.
#pragma once
#include <map>
#include <string>

#include "src/base/config_reader.h"
#include "src/mail/imap.h"

namespace minsheng::email {

struct EmailConfig {
  mail::MailServer imap;  // url empty = this account does not receive
  mail::MailServer smtp;  // url empty = this account does not send
  std::string mailbox = "INBOX";
  std::string from;  // the hotline's address, lower case
  std::string from_name = "12345 政务服务便民热线";
  std::string domain;  // of our Message-IDs; default: the domain of `from`
  Secret thread_key;
  bool plus_address = false;  // answers go to "<from>+<tag>"
  std::string line = "12345";
  std::map<std::string, std::string> lines;  // recipient address -> line
  Millis poll_period{60'000};
  Millis look_back{7LL * 24 * 3600 * 1000};
  std::size_t max_mail_bytes = 50 << 20;
  int mails_per_poll = 100;
  int answers_per_hour = 6;
  int answers_per_thread = 3;
};

// Reads and checks the keys; problems are reported in the section.
EmailConfig ReadEmailConfig(ConfigSection& section);

}  // namespace minsheng::email
