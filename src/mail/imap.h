// SPDX-License-Identifier: Apache-2.0
// A small IMAP reader (RFC 3501, ID of RFC 2971) over a connection that is already logged in.
//
// Not libcurl's own commands: they take body lines for answers, use predictable tags and set \Seen
// (measured with 7.88.1). Here tags are random, literals are counted bytes, mailboxes are opened with EXAMINE,
// bodies are read with BODY.PEEK: nothing in the mailbox ever changes.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/config_reader.h"
#include "src/base/result.h"

namespace minsheng::mail {

// A byte stream to a server. One thread at a time.
class Wire {
 public:
  virtual ~Wire() = default;
  // All bytes or kUnavailable.
  virtual Result<void> Write(std::string_view bytes) = 0;
  // At least one byte; kUnavailable when closed or nothing came for `timeout`.
  virtual Result<std::size_t> Read(char* to, std::size_t max, Millis timeout) = 0;
};

// Where and how to log in.
struct MailServer {
  std::string url;  // imap(s)://host:port or smtp(s)://host:port, no path
  std::string user;
  Secret password;
  std::string ca_file;      // PEM; empty = the system's
  bool require_tls = true;  // for imap:// and smtp://: STARTTLS or nothing; false = in the clear, on loopback only
  Millis connect_timeout{10'000};
  Millis timeout{60'000};  // without progress
};

// Connects, TLS or STARTTLS, login. kUnavailable: no connection, or the server has no STARTTLS; kDenied: login
// refused.
Result<std::unique_ptr<Wire>> ConnectImap(const MailServer& server);

struct MailboxState {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 0;  // 0 = not stated
  std::uint32_t exists = 0;
};

// Errors of all calls: kUnavailable = the connection is of no more use (closed, BYE, silence, an answer that is
// not IMAP, longer than allowed); kRejected = the server said NO or BAD to this one command and the session goes on.
class ImapSession {
 public:
  struct Options {
    Millis read_timeout{60'000};       // silence
    Millis command_timeout{600'000};   // a whole command, against servers that trickle
    std::size_t max_line = 4 << 20;    // one line: a SEARCH answer of half a million mails
    std::size_t max_other = 16 << 20;  // everything a server may say in one command, literals of FETCH aside
  };
  ImapSession(std::unique_ptr<Wire> wire, const Clock& clock, Options options);
  ImapSession(std::unique_ptr<Wire> wire, const Clock& clock) : ImapSession(std::move(wire), clock, Options()) {}

  // ID first where the server has it (NetEase refuses to open mailboxes without it), then EXAMINE.
  Result<MailboxState> Open(const std::string& mailbox);
  // Ascending UIDs >= from; `since` ("1-Aug-2015") limits by the day of arrival when not empty.
  Result<std::vector<std::uint32_t>> Search(std::uint32_t from, const std::string& since);
  // RFC822.SIZE. kNotFound: the mail is gone.
  Result<std::size_t> Size(std::uint32_t uid);
  // The bytes, or the header only. kTooLarge: the literal is longer than max_bytes (the session is of no more use).
  Result<std::string> Fetch(std::uint32_t uid, bool header_only, std::size_t max_bytes);
  void Logout();  // says goodbye, waits for nothing

  bool broken() const { return broken_; }

 private:
  struct Token;
  using Line = std::vector<Token>;
  Result<void> Command(const std::string& command, std::size_t max_literal, const std::function<void(Line&)>& untagged);
  Result<std::string> ReadLine();
  Result<std::string> ReadBytes(std::size_t n);
  Result<Line> ReadResponse(std::size_t max_literal);
  Result<void> Fill();
  Result<std::string> FetchItem(std::uint32_t uid, const std::string& item, std::size_t max_literal);
  Fail Broken(std::string why);

  std::unique_ptr<Wire> wire_;
  const Clock& clock_;
  Options options_;
  std::string buffer_;
  std::size_t at_ = 0;
  Millis deadline_{0};
  std::size_t said_ = 0;  // bytes of this command outside literals
  bool broken_ = false;
};

// "1-Aug-2015", the day in Beijing time.
std::string ImapDate(Time t);

}  // namespace minsheng::mail
