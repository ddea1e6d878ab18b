// SPDX-License-Identifier: Apache-2.0
// Sends one composed mail. Interface here, libcurl in curl_mail.cc.
#pragma once
#include <memory>

#include "src/base/result.h"
#include "src/mail/compose.h"
#include "src/mail/imap.h"

namespace minsheng::mail {

// Thread-safe.
class Sender {
 public:
  virtual ~Sender() = default;
  // kUnavailable: not taken, try later (no connection, 4xx, login or STARTTLS refused). kRejected: the server
  // refuses this mail for good (5xx). kUnknown: the connection was lost after the whole mail had gone out; a
  // repetition must use the same Message-ID. kInvalid: an envelope address is not acceptable; nothing was sent.
  virtual Result<void> Send(const ComposedMail& mail) = 0;
};

// server.url: smtp://host:port (with STARTTLS; in the clear if require_tls is false) or smtps://host:port. An empty
// user = no login.
std::unique_ptr<Sender> MakeCurlSender(MailServer server);

}  // namespace minsheng::mail
