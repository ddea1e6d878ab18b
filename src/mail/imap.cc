// SPDX-License-Identifier: Apache-2.0
#include "src/mail/imap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <set>

#include "src/base/crypto.h"
#include "src/mail/header_text.h"

namespace minsheng::mail {
namespace {

std::optional<std::uint64_t> Number(std::string_view s) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
  if (error != std::errc() || end != s.data() + s.size() || s.empty()) return std::nullopt;
  return n;
}

// "... {123}" or "{123+}" at the end of a line: the length of the literal that follows.
std::optional<std::uint64_t> LiteralLength(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const auto open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  auto digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.ends_with('+')) digits.remove_suffix(1);
  return Number(digits);
}

std::string Quoted(std::string_view s) {
  std::string out = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Words of a server in an error text: short and printable.
std::string Shown(std::string_view s) {
  std::string out(s.substr(0, 120));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace

struct ImapSession::Token {
  enum Type { kAtom, kString, kOpen, kClose };
  Type type = kAtom;
  std::string value;
  bool Is(std::string_view upper) const {
    return type == kAtom && value.size() == upper.size() &&
           std::equal(value.begin(), value.end(), upper.begin(),
                      [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; });
  }
};

namespace {

// Splits one line (without its literal mark) into tokens. "[...]" belongs to the atom it stands in.
template <class Token>
void Tokenise(std::string_view s, std::vector<Token>* out) {
  for (std::size_t i = 0; i < s.size();) {
    const char c = s[i];
    if (c == ' ') {
      ++i;
    } else if (c == '(' || c == ')') {
      out->push_back({c == '(' ? Token::kOpen : Token::kClose, {}});
      ++i;
    } else if (c == '"') {
      std::string value;
      for (++i; i < s.size() && s[i] != '"'; ++i) {
        if (s[i] == '\\' && i + 1 < s.size()) ++i;
        value += s[i];
      }
      ++i;
      out->push_back({Token::kString, std::move(value)});
    } else {
      const auto start = i;
      int brackets = 0;
      for (; i < s.size() && (brackets > 0 || (s[i] != ' ' && s[i] != '(' && s[i] != ')')); ++i)
        brackets += s[i] == '[' ? 1 : s[i] == ']' && brackets > 0 ? -1 : 0;
      out->push_back({Token::kAtom, std::string(s.substr(start, i - start))});
    }
  }
}

}  // namespace

ImapSession::ImapSession(std::unique_ptr<Wire> wire, const Clock& clock, Options options)
    : wire_(std::move(wire)), clock_(clock), options_(options) {}

Fail ImapSession::Broken(std::string why) {
  broken_ = true;
  return MakeError(ErrorKind::kUnavailable, "IMAP: " + std::move(why));
}

Result<void> ImapSession::Fill() {
  if (clock_.Monotonic() > deadline_) return Broken("the command took too long");
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  const auto have = buffer_.size();
  buffer_.resize(have + (64 << 10));
  auto got = wire_->Read(buffer_.data() + have, buffer_.size() - have, options_.read_timeout);
  buffer_.resize(have + (got ? *got : 0));
  if (!got) return Broken(got.error().what);
  return {};
}

Result<std::string> ImapSession::ReadLine() {
  for (std::size_t from = at_;;) {
    const auto end = buffer_.find('\n', from);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(at_, end - at_);
      if (line.ends_with('\r')) line.pop_back();
      said_ += end + 1 - at_;
      at_ = end + 1;
      if (line.size() > options_.max_line || said_ > options_.max_other) return Broken("the server says too much");
      return line;
    }
    if (buffer_.size() - at_ > options_.max_line) return Broken("a line is too long");
    const auto scanned = buffer_.size() - at_;
    if (auto more = Fill(); !more) return Fail(more.error());
    from = at_ + scanned;
  }
}

Result<std::string> ImapSession::ReadBytes(std::size_t n) {
  std::string out = buffer_.substr(at_, n);
  at_ += out.size();
  while (out.size() < n) {
    if (auto more = Fill(); !more) return Fail(more.error());
    const auto take = std::min(n - out.size(), buffer_.size() - at_);
    out.append(buffer_, at_, take);
    at_ += take;
  }
  return out;
}

// One response with its literals. A literal is bytes by count: nothing in it can look like an answer.
Result<ImapSession::Line> ImapSession::ReadResponse(std::size_t max_literal) {
  Line tokens;
  std::size_t literals = 0;
  for (;;) {
    auto line = ReadLine();
    if (!line) return Fail(line.error());
    const auto length = LiteralLength(*line);
    Tokenise(length ? std::string_view(*line).substr(0, line->rfind('{')) : std::string_view(*line), &tokens);
    if (!length) return tokens;
    literals += *length;
    if (*length > max_literal || literals > max_literal) {
      broken_ = true;  // what follows on the wire is that literal
      return MakeError(ErrorKind::kTooLarge, "IMAP: the server sends a literal of " + std::to_string(*length) +
                                                 " bytes, the limit is " + std::to_string(max_literal));
    }
    auto bytes = ReadBytes(*length);
    if (!bytes) return Fail(bytes.error());
    tokens.push_back({Token::kString, std::move(*bytes)});
  }
}

Result<void> ImapSession::Command(const std::string& command, std::size_t max_literal,
                                  const std::function<void(Line&)>& untagged) {
  if (broken_) return MakeError(ErrorKind::kUnavailable, "IMAP: the connection is broken");
  const std::string tag = "m" + crypto::Hex(crypto::RandomBytes(8));
  deadline_ = clock_.Monotonic() + options_.command_timeout;
  said_ = 0;
  if (auto sent = wire_->Write(tag + " " + command + "\r\n"); !sent) return Broken(sent.error().what);
  for (;;) {
    auto line = ReadResponse(max_literal);
    if (!line) return Fail(line.error());
    if (line->empty()) continue;
    const Token& first = line->front();
    if (first.type == Token::kAtom && first.value == tag) {
      if (line->size() > 1 && (*line)[1].Is("OK")) return {};
      std::string words;
      for (std::size_t i = 1; i < line->size() && i < 20; ++i) words += (i > 1 ? " " : "") + (*line)[i].value;
      return MakeError(ErrorKind::kRejected, "IMAP: the server answered: " + Shown(words));
    }
    if (first.Is("+")) return Broken("the server asks for more where there is no more");
    if (!first.Is("*")) return Broken("an answer with a foreign tag: " + Shown(first.value));
    if (line->size() > 1 && (*line)[1].Is("BYE")) return Broken("the server said BYE");
    untagged(*line);
  }
}

Result<MailboxState> ImapSession::Open(const std::string& mailbox) {
  if (mailbox.empty() || std::any_of(mailbox.begin(), mailbox.end(), [](char c) { return c < ' ' || c > '~'; }))
    return MakeError(ErrorKind::kInvalid, "IMAP: the mailbox name must be printable ASCII (modified UTF-7)");
  bool has_id = false;
  auto done = Command("CAPABILITY", 0, [&](Line& line) {
    has_id = has_id || std::any_of(line.begin(), line.end(), [](const Token& t) { return t.Is("ID"); });
  });
  if (!done && broken_) return Fail(done.error());
  if (has_id) {
    done = Command(R"(ID ("name" "minsheng" "version" "1" "vendor" "minsheng"))", 64 << 10, [](Line&) {});
    if (!done && broken_) return Fail(done.error());
  }
  MailboxState state;
  done = Command("EXAMINE " + Quoted(mailbox), 64 << 10, [&](Line& line) {
    if (line.size() < 3) return;
    if (line[2].Is("EXISTS")) state.exists = static_cast<std::uint32_t>(Number(line[1].value).value_or(0));
    // "* OK [UIDVALIDITY 17] text": the brackets are one atom
    if (!line[1].Is("OK")) return;
    std::string code = line[2].value;
    if (!code.starts_with('[')) return;
    const auto space = code.find(' ');
    const auto end = code.find(']');
    if (space == std::string::npos || end == std::string::npos || space > end) return;
    const auto value = Number(std::string_view(code).substr(space + 1, end - space - 1)).value_or(0);
    std::transform(code.begin(), code.end(), code.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
    if (code.starts_with("[UIDVALIDITY ")) state.uid_validity = static_cast<std::uint32_t>(value);
    if (code.starts_with("[UIDNEXT ")) state.uid_next = static_cast<std::uint32_t>(value);
  });
  if (!done) return Fail(done.error());
  if (state.uid_validity == 0) return Broken("the server states no UIDVALIDITY");
  return state;
}

Result<std::vector<std::uint32_t>> ImapSession::Search(std::uint32_t from, const std::string& since) {
  std::set<std::uint32_t> found;
  const auto command = fmt::format("UID SEARCH UID {}:*{}", from, since.empty() ? "" : " SINCE " + since);
  auto done = Command(command, 0, [&](Line& line) {
    if (line.size() < 2 || !line[1].Is("SEARCH")) return;
    for (std::size_t i = 2; i < line.size(); ++i) {
      const auto uid = Number(line[i].value).value_or(0);
      // "*" is the highest UID, which may be below `from`.
      if (uid >= from && uid > 0 && uid <= 0xFFFFFFFFU) found.insert(static_cast<std::uint32_t>(uid));
    }
  });
  if (!done) return Fail(done.error());
  return std::vector<std::uint32_t>(found.begin(), found.end());
}

Result<std::string> ImapSession::FetchItem(std::uint32_t uid, const std::string& item, std::size_t max_literal) {
  // The answer names "BODY[...]", never "BODY.PEEK[...]".
  std::string wanted = item;
  if (const auto peek = wanted.find(".PEEK"); peek != std::string::npos) wanted.erase(peek, 5);
  std::optional<std::string> value;
  auto done = Command(fmt::format("UID FETCH {} (UID {})", uid, item), max_literal, [&](Line& line) {
    if (line.size() < 5 || !line[2].Is("FETCH") || line[3].type != Token::kOpen) return;
    std::optional<std::uint64_t> its_uid;
    std::optional<std::string> its_value;
    int depth = 0;
    for (std::size_t i = 4; i + 1 < line.size(); i += 2) {
      if (line[i].Is("UID")) its_uid = Number(line[i + 1].value);
      if (line[i].Is(wanted)) its_value = line[i + 1].Is("NIL") ? std::string() : std::move(line[i + 1].value);
      if (line[i + 1].type != Token::kOpen) continue;
      for (depth = 1, i += 2; i < line.size() && depth > 0; ++i)  // "FLAGS (\Seen)"
        depth += line[i].type == Token::kOpen ? 1 : line[i].type == Token::kClose ? -1 : 0;
      i -= 2;
    }
    if (its_uid == uid && its_value) value = std::move(its_value);
  });
  if (!done) return Fail(done.error());
  if (!value) return MakeError(ErrorKind::kNotFound, "IMAP: the mail with UID " + std::to_string(uid) + " is gone");
  return std::move(*value);
}

Result<std::size_t> ImapSession::Size(std::uint32_t uid) {
  auto value = FetchItem(uid, "RFC822.SIZE", 64 << 10);
  if (!value) return Fail(value.error());
  const auto size = Number(*value);
  if (!size) return Broken("RFC822.SIZE is no number");
  return static_cast<std::size_t>(*size);
}

Result<std::string> ImapSession::Fetch(std::uint32_t uid, bool header_only, std::size_t max_bytes) {
  return FetchItem(uid, header_only ? "BODY.PEEK[HEADER]" : "BODY.PEEK[]", max_bytes);
}

void ImapSession::Logout() {
  if (!broken_) (void)wire_->Write("bye LOGOUT\r\n");
  broken_ = true;
}

std::string ImapDate(Time t) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(t + std::chrono::hours(8)));
  return fmt::format("{}-{}-{}", static_cast<unsigned>(day.day()), kMonths[static_cast<unsigned>(day.month()) - 1],
                     static_cast<int>(day.year()));
}

}  // namespace minsheng::mail
