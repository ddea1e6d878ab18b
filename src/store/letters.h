// SPDX-License-Identifier: Apache-2.0
// LetterLog: letters to the head of the district (区长信箱): read, instructed, drafted, reviewed by a second person,
// answered, and published if the citizen agrees. Part of the Store; thread-safe, each call is one transaction.
//
// Texts are kept in rows of the citizen; a published text is one of its own, never the letter itself.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::store {

struct LetterText {
  std::string kind;  // instruction, draft, answer, published-title, published-question, published-answer
  std::string text;
  std::string actor;
  Time at{};
  bool current = true;
};

struct LetterEvent {
  std::string act;  // received, read, instruct, draft, refuse, approve, consent, publish, withdraw
  std::string actor;
  std::string note;
  Time at{};
};

struct LetterRow {
  std::string number;  // "XZ-2015-00012": year and serial of the year
  std::string request_id;
  std::string order_number;       // empty without an order
  std::string topic;              // in force
  std::string state;              // received, instructed, drafted, answered
  std::string consent = "asked";  // to being published: asked, yes, no
  bool published = false;         // now
  std::string reply_number;       // of the formal answer: "〔2015〕12号"; empty before
  std::string drafted_by;
  std::string approved_by;
  Time received_at{};
  Time read_at{};  // by a leader
  Time answered_at{};
  Time published_at{};
  Time withdrawn_at{};
  std::vector<LetterText> texts;    // current ones, in lists only of published letters; empty otherwise
  std::vector<LetterEvent> events;  // oldest first; empty in lists
};

struct LetterFilter {
  std::string state;
  bool published = false;  // only those that are published now, with their published texts
  int limit = 50;
};

class LetterLog {
 public:
  virtual ~LetterLog() = default;

  virtual Result<std::vector<LetterRow>> List(const LetterFilter& filter) = 0;
  // With texts (current ones) and events. key: number of the letter, its request or its order. kNotFound.
  virtual Result<LetterRow> Get(const std::string& key) = 0;
  // Every text that ever was, oldest first.
  virtual Result<std::vector<LetterText>> History(const std::string& number) = 0;

  // A leader has looked at it; only the first time is noted.
  virtual Result<void> MarkRead(const std::string& number, const std::string& by) = 0;
  virtual Result<void> Instruct(const std::string& number, const std::string& text, const std::string& by) = 0;
  // kConflict: it is answered already.
  virtual Result<void> Draft(const std::string& number, const std::string& text, const std::string& by) = 0;
  // Back to the one who drafted it, with the reason. kConflict: there is no draft.
  virtual Result<void> Refuse(const std::string& number, const std::string& by, const std::string& reason) = 0;
  // Gives the formal answer its number, which `seen` (the draft that was read) is answered with. kDenied: `by` drafted
  // it. kConflict: no draft, another draft than `seen`, or answered already. The number.
  virtual Result<std::string> Approve(const std::string& number, const std::string& seen, const std::string& by) = 0;
  // What was sent, kept under the number of the letter.
  virtual Result<void> KeepAnswer(const std::string& number, const std::string& text, const std::string& by) = 0;
  virtual Result<void> SetConsent(const std::string& number, bool yes, const std::string& by) = 0;
  // kConflict: not answered yet, or published; kDenied: the citizen has not agreed, asked for secrecy, or the one who
  // drafted the answer publishes it himself.
  virtual Result<void> Publish(const std::string& number, const std::string& title, const std::string& question,
                               const std::string& answer, const std::string& by) = 0;
  virtual Result<void> Withdraw(const std::string& number, const std::string& by, const std::string& reason) = 0;
};

}  // namespace minsheng::store
