// SPDX-License-Identifier: Apache-2.0
#include "src/mail/imap.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "src/mail/mailbox.h"

namespace minsheng::mail {
namespace {

// A server in memory: each command line gets an answer at once. Bytes arrive in pieces of `chunk`.
class MemoryWire final : public Wire {
 public:
  using Answer = std::function<std::string(const std::string& tag, const std::string& command)>;
  explicit MemoryWire(Answer answer, std::size_t chunk = 7) : answer_(std::move(answer)), chunk_(chunk) {}

  Result<void> Write(std::string_view bytes) override {
    std::string line(bytes.substr(0, bytes.find("\r\n")));
    const auto space = line.find(' ');
    tags.push_back(line.substr(0, space));
    commands.push_back(line.substr(space + 1));
    input_ += answer_(tags.back(), commands.back());
    return {};
  }
  Result<std::size_t> Read(char* to, std::size_t max, Millis) override {
    if (input_.empty()) return MakeError(ErrorKind::kUnavailable, "the server is silent");
    const auto n = std::min({max, chunk_, input_.size()});
    std::memcpy(to, input_.data(), n);
    input_.erase(0, n);
    return n;
  }

  std::vector<std::string> tags;
  std::vector<std::string> commands;

 private:
  Answer answer_;
  std::size_t chunk_;
  std::string input_;
};

const ManualClock kClock;

struct Session {
  explicit Session(MemoryWire::Answer answer, ImapSession::Options options = {}) {
    auto made = std::make_unique<MemoryWire>(std::move(answer));
    wire = made.get();
    imap = std::make_unique<ImapSession>(std::move(made), kClock, options);
  }
  MemoryWire* wire;
  std::unique_ptr<ImapSession> imap;
};

std::string Literal(const std::string& bytes) { return "{" + std::to_string(bytes.size()) + "}\r\n" + bytes; }

TEST(ImapSession, ReadsALiteralByCountWhateverStandsInIt) {
  const std::string body = "Subject: x\r\n\r\n* 9 FETCH (UID 7 BODY[] {3}\r\nA004 OK done\r\n* BYE\r\n)\r\n";
  Session s([&](const std::string& tag, const std::string&) {
    return "* 1 FETCH (FLAGS (\\Seen (x)) UID 7 BODY[] " + Literal(body + tag + " NO forged\r\n") + ")\r\n" + tag +
           " OK done\r\n";
  });
  const auto got = s.imap->Fetch(7, false, 10'000);
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(*got, body + s.wire->tags[0] + " NO forged\r\n");
  EXPECT_EQ(s.wire->commands[0], "UID FETCH 7 (UID BODY.PEEK[])");
}

TEST(ImapSession, TagsCannotBeForeseen) {
  Session s([](const std::string& tag, const std::string&) { return "* SEARCH\r\n" + tag + " OK\r\n"; });
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(s.imap->Search(1, ""));
  std::map<std::string, int> seen;
  for (const auto& tag : s.wire->tags) EXPECT_EQ(++seen[tag], 1);
  EXPECT_GE(s.wire->tags[0].size(), 16U);
}

TEST(ImapSession, AFetchOfAnotherMailIsNotTakenForTheOneAskedFor) {
  Session s([](const std::string& tag, const std::string&) {
    return "* 1 FETCH (UID 6 BODY[] {1}\r\na)\r\n* 2 FETCH (BODY[] {1}\r\nb UID 7)\r\n* 3 EXISTS\r\n" + tag + " OK\r\n";
  });
  EXPECT_EQ(s.imap->Fetch(7, false, 100).value_or(""), "b");
}

TEST(ImapSession, AMailThatIsGoneIsNotFound) {
  Session s([](const std::string& tag, const std::string&) { return tag + " OK done\r\n"; });
  const auto got = s.imap->Fetch(7, false, 100);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::kNotFound);
}

TEST(ImapSession, RefusedCommandsLeaveTheSessionUsable) {
  int n = 0;
  Session s([&](const std::string& tag, const std::string&) {
    return tag + (n++ == 0 ? " NO [SERVERBUG] no\r\n" : " OK\r\n");
  });
  const auto first = s.imap->Search(1, "");
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::kRejected);
  EXPECT_FALSE(s.imap->broken());
  EXPECT_TRUE(s.imap->Search(1, ""));
}

TEST(ImapSession, ALiteralBeyondTheLimitIsTooLargeBeforeItIsRead) {
  Session s([](const std::string&, const std::string&) { return "* 1 FETCH (UID 7 BODY[] {99999999999}\r\n"; });
  const auto got = s.imap->Fetch(7, false, 1000);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::kTooLarge);
  EXPECT_TRUE(s.imap->broken());
}

TEST(ImapSession, BrokenAndHostileServersEndTheSession) {
  const std::map<std::string, std::string> answers = {{"bye", "* BYE shutting down\r\n"},
                                                      {"silence", ""},
                                                      {"half a line", "* SEAR"},
                                                      {"foreign tag", "A001 OK done\r\n"},
                                                      {"continuation", "+ go on\r\n"},
                                                      {"endless line", "* SEARCH " + std::string(3000, '1')},
                                                      {"many lines",
                                                       [] {
                                                         std::string all;
                                                         for (int i = 0; i < 500; ++i) all += "* SEARCH 1 2 3\r\n";
                                                         return all;
                                                       }()},
                                                      {"literal bomb", "* SEARCH {4000000000}\r\n"},
                                                      {"no IMAP at all", "<html>\r\n"}};
  for (const auto& [name, answer] : answers) {
    ImapSession::Options options;
    options.max_line = 2000;
    options.max_other = 5000;
    Session s([text = answer](const std::string&, const std::string&) { return text; }, options);
    const auto got = s.imap->Search(1, "");
    ASSERT_FALSE(got) << name;
    EXPECT_TRUE(got.error().kind == ErrorKind::kUnavailable || got.error().kind == ErrorKind::kTooLarge) << name;
    EXPECT_TRUE(s.imap->broken()) << name;
    EXPECT_EQ(s.imap->Search(1, "").error().kind, ErrorKind::kUnavailable) << name;
  }
}

TEST(ImapSession, AnyBytesAsAnswerAreSurvived) {
  std::string seed = "* 1 FETCH (UID 7 BODY[] {3}\r\nabc FLAGS (\\Seen) X \"q\\\"\" NIL)\r\nTAG OK [X Y] z\r\n";
  for (std::size_t i = 0; i < seed.size(); ++i) {
    for (const char c : {'(', ')', '"', '{', '}', '[', '\r', '\n', ' ', '\0', '9', '\xff'}) {
      auto text = seed;
      text[i] = c;
      Session s([&](const std::string&, const std::string&) { return text; });
      const auto got = s.imap->Fetch(7, false, 100);
      EXPECT_TRUE(got || !got.error().what.empty());
    }
  }
}

TEST(ImapSession, AMailboxNameCannotCarryACommand) {
  Session s([](const std::string& tag, const std::string&) { return tag + " OK\r\n"; });
  EXPECT_EQ(s.imap->Open("INBOX\r\nx DELETE INBOX").error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(s.wire->commands.empty());
}

TEST(ImapDate, IsTheDayInBeijing) { EXPECT_EQ(ImapDate(Time{Millis{1'439'222'400'000}}), "11-Aug-2015"); }

// A mailbox behind the protocol.
struct FakeMailbox {
  std::uint32_t validity = 17;
  std::map<std::uint32_t, std::string> mails;
  std::map<std::uint32_t, std::string> refused;  // UID -> answer to FETCH BODY
  bool has_id = true;
  std::string since;  // last SINCE seen

  std::string operator()(const std::string& tag, const std::string& command) {
    const std::string ok = tag + " OK done\r\n";
    if (command == "CAPABILITY") return std::string("* CAPABILITY IMAP4rev1") + (has_id ? " ID" : "") + "\r\n" + ok;
    if (command.starts_with("ID ")) return "* ID NIL\r\n" + ok;
    if (command == "EXAMINE \"INBOX\"") {
      const auto next = mails.empty() ? 1 : mails.rbegin()->first + 1;
      return "* " + std::to_string(mails.size()) + " EXISTS\r\n* OK [UIDVALIDITY " + std::to_string(validity) +
             "] UIDs valid\r\n* OK [UIDNEXT " + std::to_string(next) + "] next\r\n" + ok;
    }
    if (command.starts_with("UID SEARCH UID ")) return Search(command) + ok;
    if (command.starts_with("UID FETCH ")) return Fetch(command, ok);
    return tag + " BAD unknown\r\n";
  }

 private:
  std::string Search(const std::string& command) {
    const auto from = std::stoul(command.substr(15));
    const auto at = command.find(" SINCE ");
    since = at == std::string::npos ? "" : command.substr(at + 7);
    std::string out = "* SEARCH";
    for (const auto& [uid, bytes] : mails)
      if (uid >= from || uid == mails.rbegin()->first) out += " " + std::to_string(uid);  // "*" is the last one
    return out + "\r\n";
  }
  std::string Fetch(const std::string& command, const std::string& ok) {
    const auto uid = static_cast<std::uint32_t>(std::stoul(command.substr(10)));
    const auto it = mails.find(uid);
    if (it == mails.end()) return ok;
    const auto head = "* 1 FETCH (UID " + std::to_string(uid) + " ";
    if (command.find("RFC822.SIZE") != std::string::npos)
      return head + "RFC822.SIZE " + std::to_string(it->second.size()) + ")\r\n" + ok;
    if (refused.contains(uid))
      return refused[uid] == "NO" ? ok.substr(0, ok.find(' ')) + " NO broken\r\n" : refused[uid];
    if (command.find("HEADER") != std::string::npos)
      return head + "BODY[HEADER] " + Literal(it->second.substr(0, it->second.find("\r\n\r\n") + 4)) + ")\r\n" + ok;
    return head + "BODY[] " + Literal(it->second) + ")\r\n" + ok;
  }
};

struct Taker final : MailTaker {
  std::vector<FoundMail> mails;
  std::optional<Cursor> cursor;
  std::map<std::uint32_t, std::vector<ErrorKind>> fail;

  Result<void> Take(FoundMail mail) override {
    auto& left = fail[mail.uid];
    if (!left.empty()) {
      const auto kind = left.front();
      left.erase(left.begin());
      return MakeError(kind, "scripted");
    }
    mails.push_back(std::move(mail));
    return {};
  }
  Result<void> Save(const Cursor& c) override {
    cursor = DecodeCursor(Encode(c));
    return {};
  }
  std::vector<std::uint32_t> Uids() const {
    std::vector<std::uint32_t> out;
    for (const auto& mail : mails) out.push_back(mail.uid);
    return out;
  }
};

Result<int> Look(FakeMailbox& box, Taker& taker, FetchOptions options = {}) {
  if (options.since.empty()) options.since = "1-Aug-2015";
  Session s([&](const std::string& tag, const std::string& command) { return box(tag, command); });
  return FetchNew(*s.imap, taker.cursor, options, taker);
}

using Uids = std::vector<std::uint32_t>;

TEST(FetchNew, TakesWhatIsNewOnceAndInOrder) {
  FakeMailbox box;
  box.mails = {{3, "a: 1\r\n\r\nx"}, {5, "a: 2\r\n\r\ny"}};
  Taker taker;
  EXPECT_EQ(Look(box, taker).value_or(-1), 2);
  EXPECT_EQ(Look(box, taker).value_or(-1), 0);
  box.mails[9] = "a: 3\r\n\r\nz";
  EXPECT_EQ(Look(box, taker).value_or(-1), 1);
  EXPECT_EQ(taker.Uids(), (Uids{3, 5, 9}));
  EXPECT_EQ(taker.mails[2].bytes, "a: 3\r\n\r\nz");
}

TEST(FetchNew, TheFirstLookGoesBackToADayAndLaterOnesDoNotCare) {
  FakeMailbox box;
  box.mails = {{3, "a: 1\r\n\r\nx"}};
  Taker taker;
  ASSERT_TRUE(Look(box, taker));
  EXPECT_EQ(box.since, "1-Aug-2015");
  ASSERT_TRUE(Look(box, taker));
  EXPECT_EQ(box.since, "");
}

TEST(FetchNew, TakesNoMoreThanItMayInOneLook) {
  FakeMailbox box;
  for (std::uint32_t i = 1; i <= 5; ++i) box.mails[i] = "a: 1\r\n\r\nx";
  Taker taker;
  FetchOptions options;
  options.max_mails = 2;
  EXPECT_EQ(Look(box, taker, options).value_or(-1), 2);
  EXPECT_EQ(taker.cursor->since, "1-Aug-2015") << "the first look is not finished";
  EXPECT_EQ(Look(box, taker, options).value_or(-1), 2);
  EXPECT_EQ(Look(box, taker, options).value_or(-1), 1);
  EXPECT_EQ(taker.Uids(), (Uids{1, 2, 3, 4, 5}));
}

TEST(FetchNew, ANewUidValidityHandsEverythingOverAgain) {
  FakeMailbox box;
  box.mails = {{30, "a: 1\r\n\r\nx"}};
  Taker taker;
  ASSERT_TRUE(Look(box, taker));
  box.validity = 18;
  box.mails = {{1, "a: 1\r\n\r\nx"}, {2, "a: 2\r\n\r\ny"}};
  EXPECT_EQ(Look(box, taker).value_or(-1), 2);
  EXPECT_EQ(taker.cursor->uid_validity, 18U);
  EXPECT_EQ(taker.cursor->uid, 2U);
}

TEST(FetchNew, WhenTheTakerIsDownNothingIsLostAndNoMailIsBlamed) {
  FakeMailbox box;
  box.mails = {{1, "a: 1\r\n\r\nx"}, {2, "a: 2\r\n\r\ny"}};
  Taker taker;
  taker.fail[1].assign(10, ErrorKind::kUnavailable);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Look(box, taker).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(taker.cursor->uid, 0U);
  EXPECT_EQ(Look(box, taker).value_or(-1), 2);
  EXPECT_EQ(taker.Uids(), (Uids{1, 2}));
  EXPECT_EQ(taker.mails[0].error, "");
}

TEST(FetchNew, APoisonedMailIsHandedOverAsSuchAndBlocksNothing) {
  for (const std::string poison : {"NO", "* BYE\r\n", "", "* 1 FETCH (UID 2 BODY[] {999999999}\r\n"}) {
    FakeMailbox box;
    box.mails = {{1, "a: 1\r\n\r\nx"}, {2, "a: 2\r\n\r\ny"}, {3, "a: 3\r\n\r\nz"}};
    box.refused[2] = poison;
    Taker taker;
    int looks = 0;
    while (taker.mails.size() < 3 && looks < 10) {
      (void)Look(box, taker);
      ++looks;
    }
    ASSERT_EQ(taker.Uids(), (Uids{1, 2, 3})) << poison;
    EXPECT_NE(taker.mails[1].error, "");
    EXPECT_LE(looks, 5);
  }
}

TEST(FetchNew, AMailThatKillsTheProcessIsParkedAfterThreeStarts) {
  FakeMailbox box;
  box.mails = {{1, "a: 1\r\n\r\nx"}, {2, "a: 2\r\n\r\ny"}};
  struct Killer final : MailTaker {
    std::optional<Cursor> cursor;
    std::vector<FoundMail> mails;
    Result<void> Take(FoundMail mail) override {
      if (mail.uid == 1 && mail.error.empty()) throw std::runtime_error("crash");
      mails.push_back(std::move(mail));
      return {};
    }
    Result<void> Save(const Cursor& c) override {
      cursor = c;
      return {};
    }
  } taker;
  FetchOptions options;
  options.since = "1-Aug-2015";
  int deaths = 0;
  for (int i = 0; i < 5 && taker.mails.size() < 2; ++i) {
    Session s([&](const std::string& tag, const std::string& command) { return box(tag, command); });
    try {
      (void)FetchNew(*s.imap, taker.cursor, options, taker);
    } catch (const std::runtime_error&) {
      ++deaths;
    }
  }
  EXPECT_EQ(deaths, 3);
  ASSERT_EQ(taker.mails.size(), 2U);
  EXPECT_NE(taker.mails[0].error, "");
}

TEST(FetchNew, AMailBeyondTheLimitComesWithItsHeaderOnly) {
  FakeMailbox box;
  box.mails = {{1, "Subject: big\r\n\r\n" + std::string(5000, 'x')}};
  Taker taker;
  FetchOptions options;
  options.max_bytes = 1000;
  ASSERT_TRUE(Look(box, taker, options));
  ASSERT_EQ(taker.mails.size(), 1U);
  EXPECT_TRUE(taker.mails[0].too_large);
  EXPECT_EQ(taker.mails[0].bytes, "Subject: big\r\n\r\n");
  EXPECT_EQ(taker.mails[0].size, 5016U);
}

TEST(FetchNew, AServerWithoutIdIsNotAskedForIt) {
  FakeMailbox box;
  box.has_id = false;
  Taker taker;
  Session s([&](const std::string& tag, const std::string& command) { return box(tag, command); });
  FetchOptions options;
  options.since = "1-Aug-2015";
  ASSERT_TRUE(FetchNew(*s.imap, std::nullopt, options, taker));
  EXPECT_EQ(s.wire->commands[1], "EXAMINE \"INBOX\"");
}

TEST(Cursor, IsReadBackAndRubbishIsNone) {
  const Cursor c{.uid_validity = 4'000'000'000U, .uid = 42, .since = "1-Aug-2015", .trying = 43, .attempts = 2};
  EXPECT_EQ(DecodeCursor(Encode(c)), c);
  for (const auto* bad : {"", "x", "2 1 1 - 0 0", "1 17"}) EXPECT_FALSE(DecodeCursor(bad)) << bad;
}

}  // namespace
}  // namespace minsheng::mail
