// SPDX-License-Identifier: Apache-2.0
// Our own mails as bytes: RFC 5322, 2045-2047, 3834. Pure, thread-safe.
//
// Header injection is impossible: addresses and ids must match a strict grammar, all other text is encoded.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/config_reader.h"
#include "src/base/result.h"
#include "src/mail/mime.h"

namespace minsheng::mail {

// Who speaks; decides Auto-Submitted and the envelope sender.
enum class Purpose {
  kPersonal,         // a person's words
  kAcknowledgement,  // auto-replied, null envelope sender: nothing ever answers it
  kNotice,           // auto-generated: orders to units. Bounces come back to `from`
};

struct OutMail {
  std::string from;
  std::string from_name;
  std::string to;
  std::string reply_to;  // may be empty; a bad address is left out
  std::string subject;
  std::string text;                     // UTF-8, any line ends
  std::string message_id;               // without brackets
  std::string in_reply_to;              // may be empty; a bad id is left out
  std::vector<std::string> references;  // likewise; the oldest are dropped beyond 20
  Time date{};
  Purpose purpose = Purpose::kNotice;
  std::string loop_mark;  // value of X-Minsheng-Loop
  std::vector<MailAttachment> attachments;
};

struct ComposedMail {
  std::string envelope_from;  // "" = null sender
  std::string envelope_to;
  std::string bytes;  // CRLF line ends, 7 bit, lines of at most 78 characters
};

// kInvalid: an address or the message id is not acceptable (the text says which one).
Result<ComposedMail> Compose(const OutMail& mail);

// "Re: " + subject, unless it is already an answer in any of the usual forms.
std::string ReplySubject(std::string_view subject);

// Ids of our own mails, "<request>.<serial>.<16 hex of HMAC-SHA256>@<domain>": an answer that carries one in
// In-Reply-To or References belongs to that request, and nobody can make one up.
class ThreadIds {
 public:
  ThreadIds(Secret key, std::string domain) : key_(std::move(key)), domain_(std::move(domain)) {}
  // `serial` tells several mails of one request apart; the same pair gives the same id, so that a repeated
  // sending is recognised by the receiver. Both: letters, digits, "-" and "_". nullopt: other characters.
  std::optional<std::string> Make(std::string_view request, std::string_view serial) const;
  // The request of an id made by Make with this key; letter case does not matter in the hash.
  std::optional<std::string> RequestOf(std::string_view message_id) const;
  const std::string& domain() const { return domain_; }

 private:
  std::string Mark(std::string_view request, std::string_view serial) const;
  Secret key_;
  std::string domain_;
};

}  // namespace minsheng::mail
