// SPDX-License-Identifier: Apache-2.0
#include "src/mail/mailbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "src/base/log.h"

namespace minsheng::mail {
namespace {

// RFC822.SIZE may be a little wrong on some servers; a literal may be so much longer.
constexpr std::size_t kSizeSlack = 64 << 10;

// Fetches one mail. An error that is not kNotFound counts against it.
Result<FoundMail> FetchOne(ImapSession& session, const Cursor& cursor, std::uint32_t uid, const FetchOptions& options) {
  FoundMail mail{
      .uid_validity = cursor.uid_validity, .uid = uid, .bytes = {}, .size = 0, .too_large = false, .error = {}};
  auto size = session.Size(uid);
  if (!size) return Fail(size.error());
  mail.size = *size;
  mail.too_large = *size > options.max_bytes;
  auto bytes =
      session.Fetch(uid, mail.too_large, (mail.too_large ? std::size_t{2} << 20 : options.max_bytes) + kSizeSlack);
  if (!bytes) return Fail(bytes.error());
  mail.bytes = std::move(*bytes);
  return mail;
}

Cursor StartingCursor(const std::optional<Cursor>& start, const MailboxState& state, const FetchOptions& options) {
  if (start && start->uid_validity == state.uid_validity) return *start;
  if (start) log::Warn("uid-validity-changed", {{"was", start->uid_validity}, {"is", state.uid_validity}});
  return {.uid_validity = state.uid_validity, .uid = 0, .since = options.since, .trying = 0, .attempts = 0};
}

// One mail to its end: taken, parked or gone. An error: not at its end, the cursor stays before it.
Result<bool> HandleOne(ImapSession& session, Cursor* cursor, std::uint32_t uid, const FetchOptions& options,
                       MailTaker& taker) {
  const int attempt = cursor->trying == uid ? cursor->attempts + 1 : 1;
  cursor->trying = uid;
  cursor->attempts = attempt;
  // Saved before the work: a mail that kills the process is counted too.
  if (auto saved = taker.Save(*cursor); !saved) return Fail(saved.error());
  FoundMail mail{
      .uid_validity = cursor->uid_validity, .uid = uid, .bytes = {}, .size = 0, .too_large = false, .error = {}};
  if (attempt > options.max_attempts) {
    mail.error = fmt::format("the mail could not be fetched or taken in {} attempts", options.max_attempts);
  } else {
    auto fetched = FetchOne(session, *cursor, uid, options);
    if (!fetched && fetched.error().kind == ErrorKind::kNotFound) return false;  // somebody removed it
    if (!fetched && attempt < options.max_attempts) return Fail(fetched.error());
    if (fetched)
      mail = std::move(*fetched);
    else
      mail.error = fetched.error().what;
  }
  auto taken = taker.Take(std::move(mail));
  if (!taken) {
    if (taken.error().kind == ErrorKind::kUnavailable) {  // no fault of the mail
      cursor->attempts = attempt - 1;
      if (auto saved = taker.Save(*cursor); !saved) return Fail(saved.error());
    }
    return Fail(taken.error());
  }
  return true;
}

}  // namespace

std::string Encode(const Cursor& c) {
  return fmt::format("1 {} {} {} {} {}", c.uid_validity, c.uid, c.since.empty() ? "-" : c.since, c.trying, c.attempts);
}

std::optional<Cursor> DecodeCursor(std::string_view s) {
  std::istringstream in{std::string(s)};
  int version = 0;
  Cursor c;
  if (!(in >> version >> c.uid_validity >> c.uid >> c.since >> c.trying >> c.attempts) || version != 1)
    return std::nullopt;
  if (c.since == "-") c.since.clear();
  return c;
}

Result<int> FetchNew(ImapSession& session, const std::optional<Cursor>& start, const FetchOptions& options,
                     MailTaker& taker) {
  auto state = session.Open(options.mailbox);
  if (!state) return Fail(state.error());
  Cursor cursor = StartingCursor(start, *state, options);
  auto uids = session.Search(cursor.uid + 1, cursor.since);
  if (!uids) return Fail(uids.error());
  int taken = 0;
  int looked = 0;
  for (const auto uid : *uids) {
    if (looked++ >= options.max_mails) break;
    auto done = HandleOne(session, &cursor, uid, options, taker);
    if (!done) return Fail(done.error());
    taken += *done ? 1 : 0;
    cursor.uid = uid;
    cursor.trying = 0;
    cursor.attempts = 0;
    if (auto saved = taker.Save(cursor); !saved) return Fail(saved.error());
    if (session.broken()) return MakeError(ErrorKind::kUnavailable, "IMAP: the connection was lost");
  }
  if (static_cast<int>(uids->size()) > options.max_mails) return taken;  // more next time
  // Everything below UIDNEXT was in the search, or was older than wanted.
  Cursor end = cursor;
  end.uid = std::max(cursor.uid, state->uid_next > 0 ? state->uid_next - 1 : 0);
  end.since = state->uid_next > 0 ? "" : cursor.since;
  if (!start || !(end == *start)) {
    if (auto saved = taker.Save(end); !saved) return Fail(saved.error());
  }
  return taken;
}

}  // namespace minsheng::mail
