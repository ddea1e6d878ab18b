// SPDX-License-Identifier: Apache-2.0
// The only file with <gmime/*>.
#include "src/mail/mime.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "src/mail/header_text.h"
#include "src/mail/html_text.h"
#include "src/mail/quote.h"
#include "src/text/charset.h"
#include "src/text/utf8.h"

namespace minsheng::mail {
namespace {

struct Unref {
  void operator()(gpointer object) const {
    if (object != nullptr) g_object_unref(object);
  }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

void InitOnce() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

// Text of one part or of several, with the place where HTML had a quoting element.
struct Body {
  std::string text;
  std::optional<std::size_t> quote_at;
  bool Blank() const { return text::Trim(text).empty(); }
};

std::string RawField(GMimeObject* object, const char* name) {
  GMimeHeader* header = g_mime_header_list_get_header(g_mime_object_get_header_list(object), name);
  const char* raw = header == nullptr ? nullptr : g_mime_header_get_raw_value(header);
  return raw == nullptr ? std::string() : std::string(raw);
}

// Content with its transfer encoding removed, at most `max` bytes.
std::string Decoded(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  if (content == nullptr) return {};
  const Owned<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, memory.get());
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

std::string Serialized(GMimeObject* object) {
  const Owned<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(object, nullptr, memory.get());
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

std::string TextOf(std::string_view bytes, std::string charset, bool html) {
  if (charset.empty() && html) charset = MetaCharset(bytes);
  if (charset.empty() || charset == "us-ascii" || charset == "ascii") return text::GuessToUtf8(bytes);
  auto text = text::ToUtf8(bytes, charset);
  return text ? *text : text::GuessToUtf8(bytes);
}

// "Name: value" lines of a small header-like text (delivery-status, text/rfc822-headers): first value of `name`.
std::string FieldIn(std::string_view block, std::string_view lower_name) {
  for (std::size_t at = 0; at < block.size();) {
    auto end = std::min(block.find('\n', at), block.size());
    // folded lines belong to the field
    while (end + 1 < block.size() && (block[end + 1] == ' ' || block[end + 1] == '\t'))
      end = std::min(block.find('\n', end + 1), block.size());
    const auto line = block.substr(at, end - at);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && Lower(text::Trim(line.substr(0, colon))) == lower_name)
      return DecodeHeader(line.substr(colon + 1));
    at = end + 1;
  }
  return {};
}

std::string FirstId(std::string_view raw) {
  auto ids = MessageIds(raw, 1);
  return ids.empty() ? std::string() : std::move(ids.front());
}

// "rfc822; a@b.cn" -> "a@b.cn"
std::string AfterType(const std::string& value) {
  const auto semicolon = value.find(';');
  return std::string(text::Trim(std::string_view(value).substr(semicolon == std::string::npos ? 0 : semicolon + 1)));
}

class TreeReader {
 public:
  TreeReader(const MailLimits& limits, Mail* mail) : limits_(limits), mail_(mail) {}

  Body Read(GMimeObject* object, int depth) {
    if (object == nullptr) return {};
    if (depth > limits_.max_depth || ++parts_ > limits_.max_parts) {
      mail_->incomplete = true;
      return {};
    }
    if (GMIME_IS_MULTIPART(object)) return Multipart(GMIME_MULTIPART(object), depth);
    if (GMIME_IS_MESSAGE_PART(object)) return Enclosed(GMIME_MESSAGE_PART(object));
    if (GMIME_IS_PART(object)) return Leaf(GMIME_PART(object));
    return {};
  }

 private:
  Body Multipart(GMimeMultipart* multipart, int depth) {
    std::string type;
    const auto parameters = Parameters(RawField(GMIME_OBJECT(multipart), "Content-Type"), &type);
    if (type == "multipart/report") {
      const auto it = parameters.find("report-type");
      mail_->report_type = it == parameters.end() ? "unknown" : Lower(it->second);
    }
    const int n = g_mime_multipart_get_count(multipart);
    Body all;
    for (int i = 0; i < n; ++i) {
      Body one = Read(g_mime_multipart_get_part(multipart, i), depth + 1);
      if (one.Blank()) continue;
      if (type == "multipart/alternative") {
        // The plain form comes first and is kept; it may be one line of "your program cannot show HTML".
        if (all.Blank()) all = std::move(one);
      } else {
        Append(&all, std::move(one));
      }
    }
    return all;
  }

  void Append(Body* all, Body one) {
    if (!all->text.empty() && !all->text.ends_with('\n')) all->text += '\n';
    if (one.quote_at && !all->quote_at) all->quote_at = all->text.size() + *one.quote_at;
    all->text += one.text;
    if (all->text.size() > limits_.max_text_bytes) {
      all->text = text::Repair(std::string_view(all->text).substr(0, limits_.max_text_bytes));
      mail_->incomplete = true;
    }
  }

  void Attach(std::string name, std::string type, std::string bytes) {
    if (static_cast<int>(mail_->attachments.size()) >= limits_.max_attachments) {
      mail_->incomplete = true;
      return;
    }
    name = SafeFileName(name);
    if (name.empty()) name = "attachment-" + std::to_string(mail_->attachments.size() + 1);
    mail_->attachments.push_back({std::move(name), std::move(type), std::move(bytes)});
  }

  Body Enclosed(GMimeMessagePart* part) {
    GMimeMessage* message = g_mime_message_part_get_message(part);
    if (message == nullptr) return {};
    auto* object = GMIME_OBJECT(message);
    const auto subject = DecodeHeader(RawField(object, "Subject"));
    if (returned_id_.empty()) returned_id_ = FirstId(RawField(object, "Message-ID"));
    Attach((subject.empty() ? "message" : text::Truncate(subject, 60)) + ".eml", "message/rfc822", Serialized(object));
    return {};
  }

  void DeliveryStatus(const std::string& bytes) {
    Bounce bounce;
    bounce.recipient = Lower(AfterType(FieldIn(bytes, "final-recipient")));
    if (bounce.recipient.empty()) bounce.recipient = Lower(AfterType(FieldIn(bytes, "original-recipient")));
    bounce.action = Lower(FieldIn(bytes, "action"));
    bounce.status = FieldIn(bytes, "status").substr(0, 20);
    bounce.diagnostic = text::Truncate(AfterType(FieldIn(bytes, "diagnostic-code")), 300);
    mail_->bounce = std::move(bounce);
  }

  Body Leaf(GMimePart* part) {
    std::string type;
    auto parameters = Parameters(RawField(GMIME_OBJECT(part), "Content-Type"), &type);
    std::string disposition;
    auto placed = Parameters(RawField(GMIME_OBJECT(part), "Content-Disposition"), &disposition);
    if (type.find('/') == std::string::npos) type = "text/plain";
    std::string name = placed["filename"].empty() ? parameters["name"] : placed["filename"];
    std::string bytes = Decoded(part);
    if (type == "message/delivery-status") {
      DeliveryStatus(bytes);
      return {};
    }
    if (type == "text/rfc822-headers" && returned_id_.empty()) returned_id_ = FirstId(FieldIn(bytes, "message-id"));
    const bool html = type == "text/html" || type == "application/xhtml+xml";
    const bool readable = html || type == "text/plain" || type == "text/enriched" || type == "text";
    if (disposition != "attachment" && readable && (name.empty() || disposition == "inline"))
      return Inline(bytes, parameters["charset"], html);
    Attach(std::move(name), std::move(type), std::move(bytes));
    return {};
  }

  Body Inline(std::string_view bytes, const std::string& charset, bool html) {
    // A character takes at most four bytes in any charset we know; more input cannot be needed.
    const auto enough = limits_.max_text_bytes * (html ? 8 : 4);
    mail_->incomplete = mail_->incomplete || bytes.size() > enough;
    std::string text = TextOf(bytes.substr(0, enough), Lower(charset), html);
    if (html) {
      auto found = TextOfHtml(text, limits_.max_text_bytes);
      return {std::move(found.text), found.quote_at};
    }
    Body out;
    Append(&out, {std::move(text), std::nullopt});
    return out;
  }

  const MailLimits& limits_;
  Mail* mail_;
  int parts_ = 0;

 public:
  std::string returned_id_;
};

// End of the header block: where the body begins.
std::size_t BodyStart(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = bytes.find('\n', at);
    if (end == std::string_view::npos) return bytes.size();
    const auto line = bytes.substr(at, end - at);
    if (line.empty() || line == "\r") return end + 1;
    at = end + 1;
  }
  return bytes.size();
}

// A multipart without a boundary parameter: its first "--xyz" line says what was meant. Returns the bytes with the
// parameter added, or nothing to do.
std::optional<std::string> WithBoundary(std::string_view bytes, std::size_t body) {
  const auto head = bytes.substr(0, body);
  std::size_t at = 0;
  while (at < head.size()) {
    if (Lower(head.substr(at, 13)) == "content-type:") break;
    at = std::min(head.find('\n', at), head.size()) + 1;
  }
  if (at >= head.size()) return std::nullopt;
  auto end = std::min(head.find('\n', at), head.size());
  while (end + 1 < head.size() && (head[end + 1] == ' ' || head[end + 1] == '\t'))
    end = std::min(head.find('\n', end + 1), head.size());
  std::string type;
  auto parameters = Parameters(head.substr(at + 13, end - at - 13), &type);
  if (!type.starts_with("multipart/") || !parameters["boundary"].empty()) return std::nullopt;
  for (std::size_t line = body; line < bytes.size();) {
    const auto stop = std::min(bytes.find('\n', line), bytes.size());
    const auto one = text::Trim(bytes.substr(line, stop - line));
    if (one.starts_with("--") && one.size() > 2 && one.size() <= 72 && one.find('"') == std::string_view::npos) {
      std::string out(bytes.substr(0, at));
      out += "Content-Type: " + type + "; boundary=\"" + std::string(one.substr(2)) + "\"";
      out += bytes.substr(end);
      return out;
    }
    line = stop + 1;
  }
  return std::nullopt;
}

void ReadHeaders(GMimeMessage* message, const MailLimits& limits, Mail* mail) {
  GMimeHeaderList* list = g_mime_object_get_header_list(GMIME_OBJECT(message));
  const int n = g_mime_header_list_get_count(list);
  std::string ids[3];
  std::string from;
  for (int i = 0; i < n && i < 2000; ++i) {
    GMimeHeader* header = g_mime_header_list_get_header_at(list, i);
    const char* raw_value = g_mime_header_get_raw_value(header);
    const std::string name = text::Repair(Lower(g_mime_header_get_name(header)));  // some senders write bytes here, too
    const auto raw = std::string_view(raw_value == nullptr ? "" : raw_value).substr(0, limits.max_field_bytes);
    if (name == "message-id" && ids[0].empty()) ids[0] = raw;
    if (name == "in-reply-to" && ids[1].empty()) ids[1] = raw;
    if (name == "references" && ids[2].empty()) ids[2] = raw;
    if (name == "from" && mail->from.empty()) {
      for (auto& address : ParseAddresses(raw, 5)) {
        if (!mail->from.empty()) continue;
        mail->from = Lower(address.address);
        mail->from_name = std::move(address.name);
      }
    }
    if (name == "reply-to" && mail->reply_to.empty())
      for (const auto& address : ParseAddresses(raw, 1)) mail->reply_to = Lower(address.address);
    if (name == "to" || name == "cc" || name == "delivered-to" || name == "x-original-to")
      for (const auto& address : ParseAddresses(raw))
        if (!address.address.empty()) mail->to.push_back(Lower(address.address));
    mail->headers.emplace_back(name, DecodeHeader(raw));
  }
  mail->message_id = FirstId(ids[0]);
  mail->in_reply_to = FirstId(ids[1]);
  mail->references = MessageIds(ids[2]);
  mail->subject = mail->Header("subject");
}

std::optional<Time> DateOf(const std::string& value) {
  if (value.empty()) return std::nullopt;
  GDateTime* date = g_mime_utils_header_decode_date(value.c_str());
  if (date == nullptr) return std::nullopt;
  const auto seconds = g_date_time_to_unix(date);
  g_date_time_unref(date);
  constexpr std::int64_t kYear2100 = 4'102'444'800;
  if (seconds <= 0 || seconds > kYear2100) return std::nullopt;
  return Time{Millis{seconds * 1000}};
}

Owned<GMimeMessage> ParseTree(std::string_view bytes) {
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_persist_stream(parser.get(), TRUE);
  return Owned<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

}  // namespace

std::string Mail::Header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

bool Mail::HasHeader(std::string_view lower_case_name) const {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& h) { return h.first == lower_case_name; });
}

Result<Mail> ParseMail(std::string_view bytes, const MailLimits& limits) {
  if (bytes.size() > limits.max_bytes)
    return MakeError(ErrorKind::kTooLarge, "the mail has " + std::to_string(bytes.size()) + " bytes, the limit is " +
                                               std::to_string(limits.max_bytes));
  if (bytes.starts_with("From ")) bytes.remove_prefix(std::min(bytes.find('\n'), bytes.size() - 1) + 1);  // mbox
  bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  const auto body = BodyStart(bytes);
  if (std::min(body, bytes.size()) > limits.max_header_bytes)
    return MakeError(ErrorKind::kTooLarge,
                     "the header of the mail has more than " + std::to_string(limits.max_header_bytes) + " bytes");
  InitOnce();
  const auto fixed = WithBoundary(bytes, body);
  const auto message = ParseTree(fixed ? *fixed : bytes);
  if (!message) return MakeError(ErrorKind::kInvalid, "no mail: there is no header field at the beginning");
  Mail mail;
  ReadHeaders(message.get(), limits, &mail);
  GMimeObject* root = g_mime_message_get_mime_part(message.get());
  // Content fields of the top belong to the part in GMime, but are header fields of the mail.
  if (mail.headers.empty() && (root == nullptr || RawField(root, "Content-Type").empty()))
    return MakeError(ErrorKind::kInvalid, "no mail: there is no header field at the beginning");
  mail.date = DateOf(mail.Header("date"));
  TreeReader reader(limits, &mail);
  Body found = reader.Read(root, 0);
  // A structure that cannot be read: better raw text than no text. Silent loss is the worst.
  if (found.Blank() && mail.attachments.empty() && !mail.bounce && body < bytes.size())
    found = {text::GuessToUtf8(bytes.substr(body, limits.max_text_bytes)), std::nullopt};
  mail.text = std::move(found.text);
  if (!reader.returned_id_.empty()) {
    if (!mail.bounce && mail.report_type == "delivery-status") mail.bounce = Bounce{};
    if (mail.bounce) mail.bounce->original_message_id = reader.returned_id_;
  }
  if (IsForward(mail.subject)) {
    mail.new_text = std::string(text::Trim(mail.text));
  } else {
    auto split = SplitQuote(mail.text, found.quote_at);
    mail.new_text = std::move(split.new_text);
    mail.quote_at = split.quote_at;
  }
  return mail;
}

}  // namespace minsheng::mail
