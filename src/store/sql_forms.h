// SPDX-License-Identifier: Apache-2.0
// SqlForms: the FormLog over Database. Private to src/store/; form_facts.cc, form_questions.cc and services.cc.
#pragma once
#include <string>
#include <vector>

#include "src/store/database.h"
#include "src/store/forms.h"
#include "src/store/store.h"

namespace minsheng::store {

class SqlForms final : public FormLog {
 public:
  SqlForms(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<std::vector<FieldFact>> Facts(const std::string& request_id, bool all) override;
  Result<void> Fill(const std::string& request_id, const std::vector<FieldFact>& facts, const std::string& service_key,
                    const std::string& by) override;

  Result<std::optional<OpenQuestion>> QuestionOf(const std::string& request_id) override;
  Result<std::vector<OpenQuestion>> Due(Time now, int limit) override;
  Result<bool> Pass(const OpenQuestion& seen) override;
  Result<void> CloseQuestion(const std::string& request_id) override;

  Result<Privacy> PrivacyOf(const std::string& request_id) override;
  Result<void> SetPrivacy(const std::string& request_id, const Privacy& privacy, const std::string& by) override;

  Result<ServiceRow> Service(const std::string& order_number) override;
  Result<void> PutService(const ServiceRow& row, const std::string& expected, const std::string& by,
                          const std::string& note) override;
  Result<std::vector<ServiceCount>> CountServices(Time from, Time to) override;

 private:
  Database& database_;
  const Clock& clock_;
};

// --- inside a transaction ------------------------------------------------------------------------

struct FormOwner {
  std::string request_id;
  std::string citizen_id;
  std::string conversation_id;
  std::string order_number;
  std::string topic;
};
// Those in force by key, or all of them, oldest first.
std::vector<FieldFact> FactsIn(Connection& c, const std::string& request_id, bool all);
// Nothing when nobody asked for any.
std::optional<Privacy> PrivacyIn(Connection& c, const std::string& request_id);
// Adds what this message asks for; only a person takes it back.
void KeepPrivacy(Connection& c, const std::string& request_id, const Message& message, Time now);
// Writes the facts that win over what is there; the others are kept as history.
void WriteFacts(Connection& c, const FormOwner& owner, const std::vector<FieldFact>& facts,
                const std::string& service_key, Time now);
// Everything that is written with a request that has just opened.
void WriteForm(Connection& c, const FormOwner& owner, const Message& message, const FormPlan& plan, Time now);

// The question that this message answers, if one is open in its conversation.
struct AnsweredQuestion {
  OpenQuestion question;
  FormAnswer answer;
};
std::optional<AnsweredQuestion> FindAnswered(Connection& c, const Decision& d, const std::string& conversation_id);
void WriteAnswer(Connection& c, const AnsweredQuestion& answered, const FormOwner& owner, const std::string& message_id,
                 Time now);

}  // namespace minsheng::store
