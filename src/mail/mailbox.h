// SPDX-License-Identifier: Apache-2.0
// New mails of a mailbox, in order, none lost and none blocking the others.
//
// The cursor is (UIDVALIDITY, last UID). It moves only after a mail was taken over for good. When UIDVALIDITY
// changes, everything that arrived since `since` is handed over again: the taker knows repeated mails by their
// identity. A mail that cannot be fetched or taken is handed over as such after some attempts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/mail/imap.h"

namespace minsheng::mail {

struct Cursor {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;     // the last one that is done with
  std::string since;         // while a first look or a rescan is not finished: its ImapDate
  std::uint32_t trying = 0;  // UID that was begun ...
  int attempts = 0;          // ... so many times without an end
  bool operator==(const Cursor&) const = default;
};
std::string Encode(const Cursor& cursor);                // "1 17 42 - 43 2"
std::optional<Cursor> DecodeCursor(std::string_view s);  // nullopt: not a cursor

struct FoundMail {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string bytes;     // the mail; its header only when too_large; empty when error is set
  std::size_t size = 0;  // RFC822.SIZE
  bool too_large = false;
  std::string error;  // why the mail could not be fetched
};

class MailTaker {
 public:
  virtual ~MailTaker() = default;
  // Durable when it returns a value. kUnavailable = later, and no fault of the mail.
  virtual Result<void> Take(FoundMail mail) = 0;
  virtual Result<void> Save(const Cursor& cursor) = 0;
};

struct FetchOptions {
  std::string mailbox = "INBOX";
  std::size_t max_bytes = 50 << 20;
  int max_mails = 100;   // per call
  int max_attempts = 3;  // per mail
  std::string since;     // ImapDate: how far a first look or a rescan goes back
};

// Number of mails taken. An error leaves the saved cursor where the work can go on. `start` nullopt = first look.
Result<int> FetchNew(ImapSession& session, const std::optional<Cursor>& start, const FetchOptions& options,
                     MailTaker& taker);

}  // namespace minsheng::mail
