// SPDX-License-Identifier: Apache-2.0
// SqlLetters: the LetterLog over Database. Private to src/store/; letters.cc and letter_acts.cc.
#pragma once
#include <string>
#include <vector>

#include "src/store/database.h"
#include "src/store/letters.h"

namespace minsheng::store {

class SqlLetters final : public LetterLog {
 public:
  SqlLetters(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<std::vector<LetterRow>> List(const LetterFilter& filter) override;
  Result<LetterRow> Get(const std::string& key) override;
  Result<std::vector<LetterText>> History(const std::string& number) override;
  Result<void> MarkRead(const std::string& number, const std::string& by) override;
  Result<void> Instruct(const std::string& number, const std::string& text, const std::string& by) override;
  Result<void> Draft(const std::string& number, const std::string& text, const std::string& by) override;
  Result<void> Refuse(const std::string& number, const std::string& by, const std::string& reason) override;
  Result<std::string> Approve(const std::string& number, const std::string& seen, const std::string& by) override;
  Result<void> KeepAnswer(const std::string& number, const std::string& text, const std::string& by) override;
  Result<void> SetConsent(const std::string& number, bool yes, const std::string& by) override;
  Result<void> Publish(const std::string& number, const std::string& title, const std::string& question,
                       const std::string& answer, const std::string& by) override;
  Result<void> Withdraw(const std::string& number, const std::string& by, const std::string& reason) override;

 private:
  Database& database_;
  const Clock& clock_;
};

// --- inside a transaction ------------------------------------------------------------------------

// A letter has come with this request.
void OpenLetter(Connection& c, const std::string& request_id, const std::string& citizen_id, Time received, Time now);
// The letter of this conversation that was answered last: its request, or "".
std::string AnsweredLetterOf(Connection& c, const std::string& conversation_id);
// The writer's own word on being published; nothing when the request is no letter.
void TakeConsent(Connection& c, const std::string& request_id, bool yes, Time now);
// With its request and order, without texts and events. `where` ends the statement and has one parameter.
Result<LetterRow> LetterWhere(Connection& c, std::string_view where, const std::string& value);
std::vector<LetterText> LetterTexts(Connection& c, const std::string& number, bool all);

}  // namespace minsheng::store
