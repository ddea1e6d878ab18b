// SPDX-License-Identifier: Apache-2.0
// Questions to citizens that wait for an answer. A row is open until its end; `asked` is what is still not answered.
#include "src/store/sql_forms.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kQuestionRow =
    "SELECT request_id, conversation_id, order_number, topic, asked, hold, news, unknown, asked_at, due_at, until_at "
    "FROM form_question ";
constexpr std::string_view kQuestionColumns = "tttttiiiiii";

OpenQuestion QuestionFrom(const Query& q) {
  OpenQuestion row;
  row.request_id = q.Text(0);
  row.conversation_id = q.Text(1);
  row.order_number = q.Text(2);
  row.topic = q.Text(3);
  row.asked = FromJsonList(q.Text(4));
  row.hold = q.Int(5) == 1;
  row.news = q.Int(6) == 1;
  row.unknown = q.Int(7) == 1;
  row.asked_at = FromMs(q.Int(8));
  row.due = FromMs(q.Int(9));
  row.until = FromMs(q.Int(10));
  return row;
}

}  // namespace

std::optional<AnsweredQuestion> FindAnswered(Connection& c, const Decision& d, const std::string& conversation_id) {
  if (!d.answer || conversation_id.empty()) return std::nullopt;
  Query& q = c.Prepared(
      std::string(kQuestionRow) + "WHERE conversation_id = :v AND state = 'open' ORDER BY request_id DESC LIMIT 1",
      kQuestionColumns);
  if (!q.First(conversation_id)) return std::nullopt;
  AnsweredQuestion found{QuestionFrom(q), {}};
  if (found.question.until < d.message.received_at) return std::nullopt;
  // What was closed or merged meanwhile takes no answers.
  Query& open = c.Prepared("SELECT state FROM request WHERE id = :i AND state = 'order'", "t");
  if (!open.First(found.question.request_id)) return std::nullopt;
  // Who is in the middle of saying something is judged by all of it (conversation_end.cc).
  if (d.hold) {
    Query& waits = c.Prepared("SELECT request_id FROM settling WHERE conversation_id = :v", "t");
    if (waits.First(conversation_id)) return std::nullopt;
  }
  found.answer = d.answer(found.question);
  if (!found.answer.belongs) return std::nullopt;
  return found;
}

void WriteAnswer(Connection& c, const AnsweredQuestion& answered, const FormOwner& owner, const std::string& message_id,
                 Time now) {
  auto facts = answered.answer.facts;
  for (auto& fact : facts) fact.message_id = message_id;
  WriteFacts(c, owner, facts, answered.answer.service_key, now);
  const OpenQuestion& q = answered.question;
  const bool over = answered.answer.left.empty() || answered.answer.unknown;
  const bool news = !q.hold && (!facts.empty() || q.news);
  // A held order leaves as soon as everything is there; a unit that has its order hears at once what came.
  const Time due = (q.hold && over) || news ? now : q.due;
  c.Prepared("UPDATE form_question SET asked = :a, unknown = :u, news = :n, due_at = :d WHERE request_id = :r")
      .Run(JsonList(answered.answer.left), answered.answer.unknown ? 1 : 0, news ? 1 : 0, ToMs(due), q.request_id);
}

Result<std::optional<OpenQuestion>> SqlForms::QuestionOf(const std::string& request_id) {
  return database_.Read([&](Connection& c) -> Result<std::optional<OpenQuestion>> {
    Query& q = c.Prepared(std::string(kQuestionRow) + "WHERE request_id = :r AND state = 'open'", kQuestionColumns);
    if (!q.First(request_id)) return std::optional<OpenQuestion>();
    return std::optional<OpenQuestion>(QuestionFrom(q));
  });
}

Result<std::vector<OpenQuestion>> SqlForms::Due(Time now, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<OpenQuestion>> {
    std::vector<OpenQuestion> rows;
    Query& q = c.Prepared(
        std::string(kQuestionRow) + "WHERE state = 'open' AND due_at <= :n ORDER BY due_at, request_id LIMIT :l",
        kQuestionColumns);
    for (bool row = q.First(ToMs(now), ClampLimit(limit)); row; row = q.Next()) rows.push_back(QuestionFrom(q));
    return rows;
  });
}

Result<bool> SqlForms::Pass(const OpenQuestion& seen) {
  return database_.Write([&](Connection& c) -> Result<bool> {
    return c.Prepared(
                "UPDATE form_question SET hold = 0, news = 0, due_at = until_at WHERE request_id = :r AND state = "
                "'open' "
                "AND hold = :h AND news = :n AND asked = :a")
               .Run(seen.request_id, seen.hold ? 1 : 0, seen.news ? 1 : 0, JsonList(seen.asked)) == 1;
  });
}

Result<void> SqlForms::CloseQuestion(const std::string& request_id) {
  return database_.Write([&](Connection& c) -> Result<void> {
    c.Prepared("UPDATE form_question SET state = 'done' WHERE request_id = :r").Run(request_id);
    return {};
  });
}

}  // namespace minsheng::store
