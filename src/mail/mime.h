// SPDX-License-Identifier: Apache-2.0
// Bytes of a mail -> struct Mail. Never gives up on a mail that has headers: a wrong charset becomes
// replacement characters, a broken structure becomes text, what is beyond a limit is left out and said so.
//
// The tree and the transfer encodings are GMime's (included by mime.cc only); header fields, charsets and file
// names are ours, because GMime 3.2.13 loses text there (8-bit bodies without a charset come back empty,
// characters cut over two encoded-words, four-byte GB18030 under "gb2312", multiparts without a boundary).
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::mail {

struct MailLimits {
  std::size_t max_bytes = 50 << 20;        // the whole mail
  std::size_t max_header_bytes = 1 << 20;  // top header block
  std::size_t max_field_bytes = 64 << 10;  // one field; the rest of it is left out
  std::size_t max_text_bytes = 2 << 20;    // decoded text
  int max_parts = 1000;
  int max_depth = 50;
  int max_attachments = 100;
};

struct MailAttachment {
  std::string name;  // safe (SafeFileName), never empty
  std::string type;  // "image/jpeg", as stated
  std::string bytes;
};

// What a delivery report (RFC 3464) says of its first recipient.
struct Bounce {
  std::string recipient;
  std::string action;               // "failed", "delayed", ...
  std::string status;               // "5.1.1"
  std::string diagnostic;           // the other server's words
  std::string original_message_id;  // of the returned mail, without brackets
};

struct Mail {
  std::string message_id;  // ids without "<" ">"
  std::string in_reply_to;
  std::vector<std::string> references;
  std::string from;  // address in lower case, or empty
  std::string from_name;
  std::string reply_to;
  std::vector<std::string> to;  // To, Cc, Delivered-To, X-Original-To; lower case
  std::string subject;
  std::optional<Time> date;
  std::string text;                     // text/plain, else the text of the HTML; LF line ends
  std::string new_text;                 // without quoted mail and product signatures
  std::optional<std::size_t> quote_at;  // where the quote begins in `text`
  std::vector<MailAttachment> attachments;
  std::vector<std::pair<std::string, std::string>> headers;  // name in lower case, decoded
  std::string report_type;                                   // of multipart/report
  std::optional<Bounce> bounce;
  bool incomplete = false;  // a limit was met: parts or text were left out

  // The first field of that name, or empty.
  std::string Header(std::string_view lower_case_name) const;
  bool HasHeader(std::string_view lower_case_name) const;
};

// kTooLarge: beyond max_bytes or max_header_bytes. kInvalid: no header field at all. Thread-safe.
Result<Mail> ParseMail(std::string_view bytes, const MailLimits& limits = {});

}  // namespace minsheng::mail
