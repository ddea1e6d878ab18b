// SPDX-License-Identifier: Apache-2.0
// The e-mail channel: mails of one mailbox in, answers out.
//
// Facts of a Message:
//   message_id, references   ids without brackets; references separated by spaces
//   subject, reply_to, from_name
//   thread                   our request id, when the mail answers (or returns) a mail of ours and its mark is genuine
//   thread_order             number of the order, when subject or recipient carry its genuine tag (order_tag.h)
//   auto = "1"               no automatic answer may be sent (list, noreply, robot, bounce, loop)
//   auto_why                 the sign that decided
//   event                    Kind::kEvent only: "auto-reply", "bounce", "receipt", "loop"
//   bounce_recipient, bounce_action, bounce_status, bounce_diagnostic
//   quoted = "1"             quoted mail was cut off from the text (the raw mail has it)
//   incomplete = "1"         the mail met a limit; what is missing is in the raw mail
//   error, too_large         Kind::kUnreadable
#pragma once
#include <memory>
#include <string>

#include "channels/channel.h"
#include "channels/email/email_config.h"
#include "channels/email/order_tag.h"
#include "src/mail/automatic.h"
#include "src/mail/compose.h"
#include "src/mail/mailbox.h"
#include "src/mail/mime.h"
#include "src/mail/smtp.h"

namespace minsheng::email {

class EmailChannel final : public Channel {
 public:
  EmailChannel(EmailConfig config, ChannelHost& host);

  Result<Inbound> Parse(std::string_view bytes, std::string_view name) override;
  Result<void> Poll(Acceptor& acceptor) override;
  Millis PollPeriod() const override { return config_.imap.url.empty() ? Millis{0} : config_.poll_period; }
  // kRejected also: automatic answer to an automatic mail, too many automatic mails, no usable address.
  Result<Receipt> Send(const Reply& reply) override;
  ChannelLimits Limits() const override {
    return {.max_text_bytes = 1 << 20, .reply_window = {}, .replies_per_window = 0};
  }

  // What Poll hands over for one mail; never fails: what cannot be read becomes Kind::kUnreadable.
  Inbound ForMail(mail::FoundMail found);

 private:
  Inbound::Item ItemOf(mail::Mail mail) const;
  std::string LineOf(const mail::Mail& mail) const;
  Result<void> MaySendAutomatic(const Reply& reply) const;
  Result<mail::ComposedMail> MailFor(const Reply& reply, std::string* message_id) const;

  EmailConfig config_;
  ChannelHost& host_;
  mail::ThreadIds threads_;
  OrderTags tags_;
  std::unique_ptr<mail::Sender> sender_;
};

// Identity of a mail: 13 digits of its Date in ms, "-", 32 hex digits of a hash over Message-ID, From, Date, Subject
// and the decoded body with its attachments. The same mail gives the same id on whatever way it came.
std::string MailSourceId(const mail::Mail& mail);

}  // namespace minsheng::email
