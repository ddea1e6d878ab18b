// SPDX-License-Identifier: Apache-2.0
#include "src/mail/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "src/base/crypto.h"
#include "src/mail/header_text.h"
#include "src/text/utf8.h"

namespace minsheng::mail {
namespace {

bool IsToken(std::string_view s) {
  return !s.empty() && s.size() <= 64 && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

bool IsMessageId(std::string_view id) {
  return !id.empty() && id.size() <= 400 &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7F && c != '<' && c != '>'; });
}

std::string OneLineText(std::string_view s) {
  std::string out = text::Repair(s);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return std::string(text::Trim(text::Truncate(out, 400)));
}

// RFC 2047: plain when short printable ASCII, else words of at most 75 characters, one a line, cut between
// characters.
std::string EncodeText(std::string_view raw) {
  const std::string s = OneLineText(raw);
  const bool plain = s.size() <= 60 && s.find("=?") == std::string::npos &&
                     std::all_of(s.begin(), s.end(), [](char c) { return c >= ' ' && c < 0x7F; });
  if (plain) return s;
  constexpr std::size_t kWordBytes = 42;
  std::string out;
  for (std::size_t at = 0; at < s.size();) {
    auto end = std::min(at + kWordBytes, s.size());
    while (end < s.size() && (static_cast<unsigned char>(s[end]) & 0xC0) == 0x80) --end;
    out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + crypto::Base64Encode(s.substr(at, end - at)) + "?=";
    at = end;
  }
  return out;
}

// A display name: quoted when ASCII, encoded otherwise.
std::string Mailbox(std::string_view name, const std::string& address) {
  std::string shown = OneLineText(name);
  if (shown.empty()) return "<" + address + ">";
  if (HasNonAscii(shown) || shown.size() > 60 || shown.find_first_of("\"\\") != std::string::npos) {
    std::erase_if(shown, [](char c) { return c == '"' || c == '\\'; });
    const auto encoded = EncodeText(shown);
    return (HasNonAscii(shown) ? encoded : "\"" + shown + "\"") + "\r\n <" + address + ">";
  }
  return "\"" + shown + "\" <" + address + ">";
}

std::string Base64Lines(std::string_view bytes) {
  const std::string all = crypto::Base64Encode(bytes);
  std::string out;
  for (std::size_t at = 0; at < all.size(); at += 76) out += all.substr(at, 76) + "\r\n";
  return out;
}

std::string CrLf(std::string_view s) {
  std::string out;
  for (const char c : text::Repair(s)) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::string DateField(Time t) {  // in Beijing time, as people here expect
  static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto local = t + std::chrono::hours(8);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day ymd(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(local - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0800", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(ymd.day()), kMonths[static_cast<unsigned>(ymd.month()) - 1],
                     static_cast<int>(ymd.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string References(const OutMail& mail) {
  std::vector<std::string> ids;
  for (const auto& id : mail.references)
    if (IsMessageId(id) && id.size() <= 250) ids.push_back(id);
  if (IsMessageId(mail.in_reply_to) && (ids.empty() || ids.back() != mail.in_reply_to)) ids.push_back(mail.in_reply_to);
  constexpr std::size_t kMost = 20;
  if (ids.size() > kMost) ids.erase(ids.begin() + 1, ids.end() - (kMost - 1));  // the first names the thread
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "<" : "\r\n <") + id + ">";
  return out;
}

// RFC 2231 file name; type is checked, since it comes from other people's mails.
std::string PartHeader(const MailAttachment& part) {
  const bool good =
      std::count(part.type.begin(), part.type.end(), '/') == 1 && part.type.size() < 80 &&
      std::all_of(part.type.begin(), part.type.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '-' || c == '+' || c == '.';
      });
  std::string name;
  for (const char c : SafeFileName(part.name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_')
      name += c;
    else
      name += "%" + crypto::Hex(std::string_view(&c, 1));
  }
  std::string out = "Content-Type: " + (good ? part.type : std::string("application/octet-stream")) +
                    "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment";
  for (std::size_t at = 0, n = 0; at < name.size(); ++n) {
    auto end = std::min<std::size_t>(at + 51, name.size());
    while (end < name.size() && end > at && (name[end - 1] == '%' || (end > 1 && name[end - 2] == '%'))) --end;
    out += ";\r\n filename*" + std::to_string(n) + "*=" + (n == 0 ? "UTF-8''" : "") + name.substr(at, end - at);
    at = end;
  }
  return out + "\r\n\r\n";
}

std::string BodyFields(const OutMail& mail) {
  const std::string text = "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                           Base64Lines(CrLf(mail.text));
  if (mail.attachments.empty()) return text;
  // Cannot occur inside: all parts are base64, and "=_" is not of that alphabet.
  const std::string boundary = "=_" + crypto::Sha256Hex(mail.message_id).substr(0, 32);
  std::string out = "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n" + text;
  for (const auto& part : mail.attachments)
    out += "--" + boundary + "\r\n" + PartHeader(part) + Base64Lines(part.bytes);
  return out + "--" + boundary + "--\r\n";
}

}  // namespace

Result<ComposedMail> Compose(const OutMail& mail) {
  if (!IsMailAddress(mail.from)) return MakeError(ErrorKind::kInvalid, "the sender's mail address is not acceptable");
  if (!IsMailAddress(mail.to)) return MakeError(ErrorKind::kInvalid, "the recipient's mail address is not acceptable");
  if (!IsMessageId(mail.message_id)) return MakeError(ErrorKind::kInvalid, "the message id is not acceptable");
  std::string head;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) head += std::string(name) + ": " + value + "\r\n";
  };
  add("Date", DateField(mail.date));
  add("From", Mailbox(mail.from_name, mail.from));
  add("To", "<" + mail.to + ">");
  if (IsMailAddress(mail.reply_to)) add("Reply-To", "<" + mail.reply_to + ">");
  add("Subject", EncodeText(mail.subject));
  add("Message-ID", "<" + mail.message_id + ">");
  if (IsMessageId(mail.in_reply_to)) add("In-Reply-To", "<" + mail.in_reply_to + ">");
  add("References", References(mail));
  if (mail.purpose != Purpose::kPersonal)
    add("Auto-Submitted", mail.purpose == Purpose::kAcknowledgement ? "auto-replied" : "auto-generated");
  add("X-Auto-Response-Suppress", "All");
  add("X-Minsheng-Loop", IsMessageId(mail.loop_mark) ? mail.loop_mark : "");
  add("MIME-Version", "1.0");
  ComposedMail out;
  out.envelope_from = mail.purpose == Purpose::kAcknowledgement ? "" : mail.from;
  out.envelope_to = mail.to;
  out.bytes = head + BodyFields(mail);
  return out;
}

std::string ReplySubject(std::string_view subject) {
  const auto low = Lower(subject.substr(0, 20));
  for (const std::string_view mark : {"re:", "re：", "回复:", "回复：", "答复:", "答复：", "回覆:", "回覆："})
    if (low.starts_with(mark)) return std::string(subject);
  return "Re: " + std::string(subject);
}

std::string ThreadIds::Mark(std::string_view request, std::string_view serial) const {
  const auto text = std::string(request) + "." + std::string(serial) + "@" + domain_;
  return crypto::Hex(crypto::HmacSha256(key_.Reveal(), text)).substr(0, 16);
}

std::optional<std::string> ThreadIds::Make(std::string_view request, std::string_view serial) const {
  if (!IsToken(request) || !IsToken(serial)) return std::nullopt;
  return std::string(request) + "." + std::string(serial) + "." + Mark(request, serial) + "@" + domain_;
}

std::optional<std::string> ThreadIds::RequestOf(std::string_view id) const {
  const auto at = id.rfind('@');
  if (at == std::string_view::npos || Lower(id.substr(at + 1)) != Lower(domain_)) return std::nullopt;
  const auto local = id.substr(0, at);
  const auto first = local.find('.');
  const auto second = local.rfind('.');
  if (first == std::string_view::npos || second <= first) return std::nullopt;
  const auto request = local.substr(0, first);
  const auto serial = local.substr(first + 1, second - first - 1);
  if (!IsToken(request) || !IsToken(serial)) return std::nullopt;
  if (!crypto::ConstantTimeEqual(Lower(local.substr(second + 1)), Mark(request, serial))) return std::nullopt;
  return std::string(request);
}

}  // namespace minsheng::mail
