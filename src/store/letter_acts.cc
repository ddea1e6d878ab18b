// SPDX-License-Identifier: Apache-2.0
// What people do with letters. Every act checks where the letter stands, and is noted with who did it.
#include <fmt/format.h>

#include "src/base/ulid.h"
#include "src/store/sql_letters.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

Fail Refused(ErrorKind kind, const std::string& number, std::string_view zh, std::string_view en) {
  return MakeError(kind, fmt::format("来信 {}：{} / letter {}: {}", number, zh, number, en));
}

Result<LetterRow> LetterNamed(Connection& c, const std::string& number) {
  return LetterWhere(c, "WHERE l.number = :n", number);
}

void NoteLetter(Connection& c, const std::string& number, std::string_view act, const std::string& by,
                const std::string& note, Time now) {
  c.Prepared("INSERT INTO letter_event (id, letter, act, actor, note, at) VALUES (:i, :l, :a, :w, :n, :t)")
      .Run(NewUlid(now), number, act, by, note, ToMs(now));
}

// The text takes the place of the one of its kind, which stays in the history.
void KeepLetterText(Connection& c, const LetterRow& letter, std::string_view kind, const std::string& text,
                    const std::string& by, Time now) {
  Query& q = c.Prepared("SELECT citizen_id FROM letter WHERE number = :n", "t");
  const std::string citizen = q.First(letter.number) ? q.Text(0) : "";
  c.Prepared("UPDATE letter_text SET current = 0 WHERE letter = :l AND kind = :k AND current = 1")
      .Run(letter.number, kind);
  const std::string id = NewUlid(now);
  c.Prepared(
       "INSERT INTO letter_text (id, letter, citizen_id, sealed, kind, text, actor, current, at) "
       "VALUES (:i, :l, :z, 1, :k, :t, :w, 1, :a)")
      .Run(id, letter.number, citizen, kind, SealText(c, citizen, {"letter_text", id, "text"}, text), by, ToMs(now));
}

std::string DraftOf(Connection& c, const std::string& number) {
  for (const auto& text : LetterTexts(c, number, false)) {
    if (text.kind == "draft") return text.text;
  }
  return {};
}

Result<std::string> NextReplyNumber(Connection& c, Time now) {
  const std::string year = ShanghaiDate(now).substr(0, 4);
  c.Prepared(
       "INSERT INTO day_serial (day, last) VALUES (:d, 1) ON CONFLICT (day) DO UPDATE SET last = day_serial.last + 1")
      .Run("letter-reply:" + year);
  Query& q = c.Prepared("SELECT last FROM day_serial WHERE day = :d", "i");
  if (!q.First("letter-reply:" + year)) return MakeError(ErrorKind::kInternal, "no serial of letters");
  return fmt::format("〔{}〕{}号", year, q.Int(0));
}

bool IsConfidential(Connection& c, const std::string& request_id) {
  Query& q = c.Prepared("SELECT confidential FROM request_privacy WHERE request_id = :r", "i");
  return q.First(request_id) && q.Int(0) == 1;
}

void KeepConsent(Connection& c, const LetterRow& letter, bool yes, const std::string& by, Time now) {
  c.Prepared("UPDATE letter SET consent = :c WHERE number = :n").Run(yes ? "yes" : "no", letter.number);
  NoteLetter(c, letter.number, "consent", by, yes ? "yes" : "no", now);
  if (yes || !letter.published) return;
  // Who takes it back is not shown any longer.
  c.Prepared("UPDATE letter SET withdrawn_at = :t WHERE number = :n").Run(ToMs(now), letter.number);
  NoteLetter(c, letter.number, "withdraw", by, "consent", now);
}

}  // namespace

std::string AnsweredLetterOf(Connection& c, const std::string& conversation_id) {
  Query& q = c.Prepared(
      "SELECT l.request_id FROM letter l JOIN request r ON r.id = l.request_id WHERE r.conversation_id = :v "
      "AND l.state = 'answered' ORDER BY l.number DESC LIMIT 1",
      "t");
  return q.First(conversation_id) ? q.Text(0) : std::string();
}

void TakeConsent(Connection& c, const std::string& request_id, bool yes, Time now) {
  const auto letter = LetterWhere(c, "WHERE l.request_id = :n", request_id);
  if (letter) KeepConsent(c, *letter, yes, "citizen", now);
}

Result<void> SqlLetters::MarkRead(const std::string& number, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto changed =
        c.Prepared("UPDATE letter SET read_at = :t WHERE number = :n AND read_at = 0").Run(ToMs(now), number);
    if (changed == 1) NoteLetter(c, number, "read", by, "", now);
    return {};
  });
}

Result<void> SqlLetters::Instruct(const std::string& number, const std::string& text, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto letter = LetterNamed(c, number);
    if (!letter) return Fail(letter.error());
    if (letter->state == "answered") {
      return Refused(ErrorKind::kConflict, number, "已经答复，不能再批示", "it is answered: no more instructions");
    }
    KeepLetterText(c, *letter, "instruction", text, by, now);
    c.Prepared(
         "UPDATE letter SET state = CASE state WHEN 'received' THEN 'instructed' ELSE state END, instructed_at = :t, "
         "read_at = CASE read_at WHEN 0 THEN :u ELSE read_at END WHERE number = :n")
        .Run(ToMs(now), ToMs(now), number);
    NoteLetter(c, number, "instruct", by, "", now);
    return {};
  });
}

Result<void> SqlLetters::Draft(const std::string& number, const std::string& text, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto letter = LetterNamed(c, number);
    if (!letter) return Fail(letter.error());
    if (letter->state == "answered") return Refused(ErrorKind::kConflict, number, "已经答复", "it is answered already");
    KeepLetterText(c, *letter, "draft", text, by, now);
    c.Prepared("UPDATE letter SET state = 'drafted', drafted_by = :w, drafted_at = :t WHERE number = :n")
        .Run(by, ToMs(now), number);
    NoteLetter(c, number, "draft", by, "", now);
    return {};
  });
}

Result<void> SqlLetters::Refuse(const std::string& number, const std::string& by, const std::string& reason) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto letter = LetterNamed(c, number);
    if (!letter) return Fail(letter.error());
    if (letter->state != "drafted")
      return Refused(ErrorKind::kConflict, number, "没有待审的答复稿", "there is no draft");
    c.Prepared(
         "UPDATE letter SET state = CASE instructed_at WHEN 0 THEN 'received' ELSE 'instructed' END WHERE number = :n")
        .Run(number);
    NoteLetter(c, number, "refuse", by, reason, now);
    return {};
  });
}

Result<std::string> SqlLetters::Approve(const std::string& number, const std::string& seen, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<std::string> {
    const auto letter = LetterNamed(c, number);
    if (!letter) return Fail(letter.error());
    if (letter->state != "drafted") {
      return Refused(ErrorKind::kConflict, number, letter->state == "answered" ? "已经答复" : "没有待审的答复稿",
                     letter->state == "answered" ? "it is answered already" : "there is no draft");
    }
    if (letter->drafted_by == by) {
      return Refused(ErrorKind::kDenied, number, "答复稿须由起草人以外的人审核",
                     "somebody who did not draft the answer must approve it");
    }
    if (DraftOf(c, number) != seen) {
      return Refused(ErrorKind::kConflict, number, "答复稿已有改动，请重新审阅",
                     "the draft has changed: read it again");
    }
    auto reply = NextReplyNumber(c, now);
    if (!reply) return reply;
    c.Prepared(
         "UPDATE letter SET state = 'answered', approved_by = :w, approved_at = :t, reply_number = :r WHERE number = "
         ":n")
        .Run(by, ToMs(now), *reply, number);
    NoteLetter(c, number, "approve", by, *reply, now);
    return reply;
  });
}

Result<void> SqlLetters::KeepAnswer(const std::string& number, const std::string& text, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto letter = LetterNamed(c, number);
    if (!letter) return Fail(letter.error());
    KeepLetterText(c, *letter, "answer", text, by, now);
    return {};
  });
}

Result<void> SqlLetters::SetConsent(const std::string& number, bool yes, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto letter = LetterNamed(c, number);
    if (!letter) return Fail(letter.error());
    KeepConsent(c, *letter, yes, by, now);
    return {};
  });
}

Result<void> SqlLetters::Publish(const std::string& number, const std::string& title, const std::string& question,
                                 const std::string& answer, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto letter = LetterNamed(c, number);
    if (!letter) return Fail(letter.error());
    if (letter->state != "answered") return Refused(ErrorKind::kConflict, number, "尚未答复", "it is not answered yet");
    if (letter->published) return Refused(ErrorKind::kConflict, number, "已经公开", "it is published already");
    if (IsConfidential(c, letter->request_id)) {
      return Refused(ErrorKind::kDenied, number, "来信人要求保密，不能公开", "the citizen asked for secrecy");
    }
    if (letter->consent != "yes") {
      return Refused(ErrorKind::kDenied, number, "来信人尚未同意公开，请先用 letters consent 登记",
                     "the citizen has not agreed; note it by letters consent first");
    }
    if (letter->drafted_by == by) {
      return Refused(ErrorKind::kDenied, number, "须由起草人以外的人决定公开",
                     "somebody who did not draft it must publish it");
    }
    KeepLetterText(c, *letter, "published-title", title, by, now);
    KeepLetterText(c, *letter, "published-question", question, by, now);
    KeepLetterText(c, *letter, "published-answer", answer, by, now);
    c.Prepared("UPDATE letter SET published_at = :t, withdrawn_at = 0, published_by = :w WHERE number = :n")
        .Run(ToMs(now), by, number);
    NoteLetter(c, number, "publish", by, "", now);
    return {};
  });
}

Result<void> SqlLetters::Withdraw(const std::string& number, const std::string& by, const std::string& reason) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto letter = LetterNamed(c, number);
    if (!letter) return Fail(letter.error());
    if (!letter->published) return Refused(ErrorKind::kConflict, number, "没有公开", "it is not published");
    c.Prepared("UPDATE letter SET withdrawn_at = :t WHERE number = :n").Run(ToMs(now), number);
    NoteLetter(c, number, "withdraw", by, reason, now);
    return {};
  });
}

}  // namespace minsheng::store
