// SPDX-License-Identifier: Apache-2.0
#include "channels/email/email_channel.h"

#include <fmt/format.h>

#include <algorithm>

#include "channels/email/rate_limit.h"
#include "src/base/crypto.h"
#include "src/base/log.h"
#include "src/mail/header_text.h"
#include "src/text/utf8.h"

namespace minsheng::email {
namespace {

constexpr std::string_view kCursorKey = "cursor";
constexpr Millis kHour{3'600'000};
constexpr Millis kTenMinutes{600'000};

mail::MailLimits LimitsFor(const EmailConfig& config) {
  mail::MailLimits limits;
  limits.max_bytes = config.max_mail_bytes + (64 << 10);
  return limits;
}

std::string Joined(const std::vector<std::string>& ids) {
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "" : " ") + id;
  return out;
}

std::vector<std::string> SplitIds(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    if (end > at) out.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// The newest of our own mails that this one answers; for a bounce the one that came back.
std::optional<std::string> ThreadOf(const mail::Mail& mail, const mail::ThreadIds& threads) {
  if (mail.bounce)
    if (auto request = threads.RequestOf(mail.bounce->original_message_id)) return request;
  if (auto request = threads.RequestOf(mail.in_reply_to)) return request;
  for (auto it = mail.references.rbegin(); it != mail.references.rend(); ++it)
    if (auto request = threads.RequestOf(*it)) return request;
  return std::nullopt;
}

void PutFact(Message* message, const std::string& key, std::string_view value) {
  if (!value.empty()) message->facts[key] = text::Repair(value);
}

// Accepts mails for Poll and keeps the cursor in the channel's state.
class PollTaker final : public mail::MailTaker {
 public:
  PollTaker(EmailChannel& channel, Acceptor& acceptor, ChannelState& state)
      : channel_(channel), acceptor_(acceptor), state_(state) {}
  Result<void> Take(mail::FoundMail found) override { return acceptor_.Accept(channel_.ForMail(std::move(found))); }
  Result<void> Save(const mail::Cursor& cursor) override {
    return state_.Put(std::string(kCursorKey), mail::Encode(cursor));
  }

 private:
  EmailChannel& channel_;
  Acceptor& acceptor_;
  ChannelState& state_;
};

}  // namespace

std::string MailSourceId(const mail::Mail& mail) {
  const auto ms = mail.date ? ToMs(*mail.date) : 0;
  std::string all;
  const auto add = [&](std::string_view part) {
    all += std::to_string(part.size()) + ":";
    all += part;
  };
  add(mail.message_id);
  add(mail.from);
  add(std::to_string(ms));
  add(mail.subject);
  add(mail.text);
  for (const auto& attachment : mail.attachments) {
    add(attachment.name);
    add(crypto::Sha256Hex(attachment.bytes));
  }
  return fmt::format("{:013}-{}", ms, crypto::Sha256Hex(all).substr(0, 32));
}

EmailChannel::EmailChannel(EmailConfig config, ChannelHost& host)
    : config_(std::move(config)),
      host_(host),
      threads_(config_.thread_key, config_.domain),
      tags_(config_.thread_key, config_.from) {
  if (!config_.smtp.url.empty()) sender_ = mail::MakeCurlSender(config_.smtp);
}

std::string EmailChannel::LineOf(const mail::Mail& mail) const {
  for (const auto& address : mail.to)
    if (const auto it = config_.lines.find(address); it != config_.lines.end()) return it->second;
  return config_.line;
}

Inbound::Item EmailChannel::ItemOf(mail::Mail mail) const {
  Inbound::Item item;
  Message& m = item.message;
  const auto origin = mail::JudgeOrigin(mail, config_.from, config_.domain);
  m.source_id = MailSourceId(mail);
  m.line = LineOf(mail);
  m.sender = mail.from.empty() ? "anonymous" : mail.from;
  m.anonymous = mail.from.empty();
  m.contact = mail.from;
  m.kind = origin.IsEvent() ? Kind::kEvent : Kind::kMail;
  const auto subject = OrderTags::Unmarked(mail.subject);
  m.text = text::Repair(subject.empty() ? mail.new_text : subject + "\n" + mail.new_text);
  m.sent_at = mail.date.value_or(host_.clock().Now());
  PutFact(&m, "message_id", mail.message_id);
  PutFact(&m, "references", Joined(mail.references));
  PutFact(&m, "subject", subject);
  PutFact(&m, "reply_to", mail.reply_to);
  PutFact(&m, "from_name", mail.from_name);
  PutFact(&m, "thread", ThreadOf(mail, threads_).value_or(""));
  PutFact(&m, "thread_order", tags_.OrderOf(mail.subject, mail.to).value_or(""));
  PutFact(&m, "auto", origin.MayAcknowledge() ? "" : "1");
  PutFact(&m, "auto_why", origin.why);
  PutFact(&m, "event", origin.IsEvent() ? mail::ToWord(origin.origin) : "");
  PutFact(&m, "quoted", mail.quote_at ? "1" : "");
  PutFact(&m, "incomplete", mail.incomplete ? "1" : "");
  if (mail.bounce) {
    PutFact(&m, "bounce_recipient", mail.bounce->recipient);
    PutFact(&m, "bounce_action", mail.bounce->action);
    PutFact(&m, "bounce_status", mail.bounce->status);
    PutFact(&m, "bounce_diagnostic", mail.bounce->diagnostic);
  }
  for (auto& part : mail.attachments) {
    Attachment a;
    a.name = part.name;
    a.type = text::Repair(part.type);
    a.size = static_cast<std::int64_t>(part.bytes.size());
    item.payloads.push_back({m.attachments.size(), std::move(part.bytes)});
    m.attachments.push_back(std::move(a));
  }
  return item;
}

Result<Inbound> EmailChannel::Parse(std::string_view bytes, std::string_view name) {
  auto parsed = mail::ParseMail(bytes, LimitsFor(config_));
  if (!parsed)
    return MakeError(parsed.error().kind, (name.empty() ? "" : std::string(name) + ": ") + parsed.error().what);
  Inbound inbound;
  inbound.items.push_back(ItemOf(std::move(*parsed)));
  inbound.raw = std::string(bytes);
  return inbound;
}

Inbound EmailChannel::ForMail(mail::FoundMail found) {
  std::string error = found.error;
  Inbound inbound;
  if (error.empty()) {
    auto parsed = Parse(found.bytes, "");
    if (parsed)
      inbound = std::move(*parsed);
    else
      error = parsed.error().what;
    if (found.too_large)
      error = fmt::format("the mail has {} bytes, the limit is {}: only its header was fetched", found.size,
                          config_.max_mail_bytes);
  }
  if (error.empty()) return inbound;
  if (inbound.items.empty()) {
    inbound.items.emplace_back();
    Message& m = inbound.items[0].message;
    m.line = config_.line;
    // Without readable bytes the place in the mailbox is the identity.
    m.source_id = fmt::format("{:013}-uid-{}-{}", 0, found.uid_validity, found.uid);
    m.sent_at = host_.clock().Now();
    inbound.raw = std::move(found.bytes);
  }
  Message& m = inbound.items[0].message;
  m.kind = Kind::kUnreadable;
  m.facts["error"] = text::Repair(error);
  m.facts["auto"] = "1";
  m.facts["uid"] = fmt::format("{}/{}", found.uid_validity, found.uid);
  if (found.too_large) {
    m.facts["too_large"] = std::to_string(found.size);
    // Its words were not fetched, so they cannot tell it from another mail of the same second.
    m.source_id += fmt::format("-{}", found.size);
  }
  return inbound;
}

Result<void> EmailChannel::Poll(Acceptor& acceptor) {
  if (config_.imap.url.empty()) return {};
  auto saved = host_.state().Get(std::string(kCursorKey));
  if (!saved) return Fail(saved.error());
  std::optional<mail::Cursor> cursor;
  if (*saved) {
    cursor = mail::DecodeCursor(**saved);
    if (!cursor) log::Warn("mail-cursor-unreadable");  // looks back; repeated mails are known by their identity
  }
  auto wire = mail::ConnectImap(config_.imap);
  if (!wire) return Fail(wire.error());
  mail::ImapSession session(std::move(*wire), host_.clock());
  mail::FetchOptions options;
  options.mailbox = config_.mailbox;
  options.max_bytes = config_.max_mail_bytes;
  options.max_mails = config_.mails_per_poll;
  options.since = mail::ImapDate(host_.clock().Now() - config_.look_back);
  PollTaker taker(*this, acceptor, host_.state());
  auto done = mail::FetchNew(session, cursor, options, taker);
  session.Logout();
  if (!done) return Fail(done.error());
  return {};
}

Result<void> EmailChannel::MaySendAutomatic(const Reply& reply) const {
  const auto& facts = reply.facts;
  if (const auto it = facts.find("auto"); it != facts.end() && it->second == "1")
    return MakeError(ErrorKind::kRejected, "the mail was automatic: no automatic answer is sent to it");
  const RateLimit limit(host_.state(), host_.clock());
  if (auto ok = limit.Check("sender", reply.to, kHour, config_.answers_per_hour); !ok) return ok;
  return limit.Check("thread", reply.request_id, kTenMinutes, config_.answers_per_thread);
}

Result<mail::ComposedMail> EmailChannel::MailFor(const Reply& reply, std::string* message_id) const {
  const auto fact = [&](const std::string& key) {
    const auto it = reply.facts.find(key);
    return it == reply.facts.end() ? std::string() : it->second;
  };
  auto id = threads_.Make(reply.request_id, reply.id);
  if (!id) return MakeError(ErrorKind::kInvalid, "the ids of the reply cannot be part of a Message-ID");
  *message_id = *id;
  mail::OutMail out;
  out.from = config_.from;
  out.from_name = config_.from_name;
  out.to = reply.to;
  const auto subject = fact("subject");
  const auto order = fact("order");
  out.subject = tags_.Mark(subject.empty() ? "关于您的来信" : mail::ReplySubject(subject), order);
  if (config_.plus_address) out.reply_to = tags_.ReplyTo(order);
  out.text = reply.text;
  out.message_id = *id;
  out.in_reply_to = fact("message_id");
  out.references = SplitIds(fact("references"));
  out.date = host_.clock().Now();
  out.purpose = reply.automatic ? mail::Purpose::kAcknowledgement : mail::Purpose::kPersonal;
  out.loop_mark = config_.domain;
  return mail::Compose(out);
}

Result<Receipt> EmailChannel::Send(const Reply& reply) {
  if (!sender_) return MakeError(ErrorKind::kRejected, "this account does not send: smtp_url is not configured");
  if (!mail::IsMailAddress(reply.to))
    return MakeError(ErrorKind::kRejected, "the citizen's mail address cannot be answered");
  if (text::Trim(reply.text).empty()) return MakeError(ErrorKind::kRejected, "an answer without words is not sent");
  if (mail::IsDaemonAddress(mail::Lower(reply.to)) || mail::Lower(reply.to) == config_.from)
    return MakeError(ErrorKind::kRejected, "nobody reads at this address: mail programs and our own");
  if (reply.automatic)
    if (auto may = MaySendAutomatic(reply); !may) return Fail(may.error());
  Receipt receipt;
  auto composed = MailFor(reply, &receipt.platform_id);
  if (!composed) return MakeError(ErrorKind::kRejected, composed.error().what);
  auto sent = sender_->Send(*composed);
  const bool may_be_out = sent || sent.error().kind == ErrorKind::kUnknown;
  if (reply.automatic && may_be_out) {
    const RateLimit limit(host_.state(), host_.clock());
    limit.Count("sender", reply.to, kHour);
    limit.Count("thread", reply.request_id, kTenMinutes);
  }
  if (!sent) return Fail(sent.error());
  return receipt;
}

namespace {

std::unique_ptr<Channel> MakeEmailChannel(ConfigSection& section, ChannelHost& host) {
  return std::make_unique<EmailChannel>(ReadEmailConfig(section), host);
}

const RegisterChannel kEmail({.name = "email",
                              .chinese = "电子邮件",
                              .summary = "mails of a mailbox (IMAP) and answers by mail (SMTP)",
                              .make = &MakeEmailChannel});

}  // namespace

}  // namespace minsheng::email
