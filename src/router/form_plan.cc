// SPDX-License-Identifier: Apache-2.0
#include "src/router/form_plan.h"

#include <algorithm>

#include "src/forms/answers.h"
#include "src/router/conversation.h"
#include "src/text/utf8.h"

namespace minsheng::router {
namespace {

// A longer text about another category is a matter of its own, even while a question is open.
constexpr std::size_t kMostAnswerChars = 30;

bool Chats(const Message& m, const AskPolicy& policy) {
  const auto& names = policy.channels;
  return std::find(names.begin(), names.end(), m.channel) != names.end() && !m.sender.empty() && m.Fact("auto").empty();
}

// A question or a kind word needs no place and time.
bool NeedsFacts(const Verdict& v) {
  return !v.type || *v.type == RequestType::kHelp || *v.type == RequestType::kComplaint ||
         *v.type == RequestType::kReport;
}

void Replace(std::string* words, std::string_view mark, const std::string& by) {
  if (const auto at = words->find(mark); at != std::string::npos) words->replace(at, mark.size(), by);
}

std::vector<const forms::Field*> FieldsOf(const forms::Form& form, const std::vector<std::string>& keys) {
  std::vector<const forms::Field*> fields;
  for (const auto& key : keys) {
    if (const auto* const field = form.Find(key)) fields.push_back(field);
  }
  return fields;
}

// "好的", "怎么还没人来" as the answer to "where is it?": nothing in it was recognised, it was taken as it stands.
void DropSmallTalk(const Verdict& verdict, const forms::Form& form, std::string_view text,
                   std::vector<forms::Fact>* facts) {
  const auto signs = SignsOf(verdict);
  if (!signs.asks_nothing && !signs.points_back) return;
  text = text::Trim(text);
  while (text.ends_with("。") || text.ends_with("！")) text.remove_suffix(3);  // as ReadAnswer does
  std::erase_if(*facts, [&](const forms::Fact& fact) {
    const auto* const field = form.Find(fact.key);
    const bool free =
        field != nullptr && (field->kind == forms::FieldKind::kText || field->kind == forms::FieldKind::kPlace ||
                             field->kind == forms::FieldKind::kPerson);
    return free && fact.value == text;
  });
}

std::string CategoryOf(std::string_view topic) { return std::string(topic.substr(0, topic.find('.'))); }

}  // namespace

void MarkPrivacy(const Verdict& verdict, Message* message) {
  const auto has = [&](std::string_view tag) {
    return std::find(verdict.tags.begin(), verdict.tags.end(), tag) != verdict.tags.end();
  };
  message->anonymous = message->anonymous || has("anonymous");
  message->confidential = message->confidential || has("confidential");
}

std::vector<store::FieldFact> FactsOf(const std::vector<forms::Fact>& facts, const std::string& message_id) {
  std::vector<store::FieldFact> out;
  for (const auto& f : facts) {
    store::FieldFact fact;
    fact.key = f.key;
    fact.value = f.value;
    fact.source = f.source;
    fact.message_id = message_id;
    fact.begin = f.span.begin;
    fact.end = f.span.end;
    out.push_back(std::move(fact));
  }
  return out;
}

std::optional<forms::KnownPlace> KnownPlaceOf(const Verdict& verdict, const std::vector<std::string>& places) {
  if (!verdict.place) return std::nullopt;
  return forms::KnownPlace{*verdict.place, static_cast<int>(places.size())};
}

store::FormPlan PlanForm(const Message& message, const Verdict& verdict, const std::vector<std::string>& places,
                         const FormBook& book, const AskPolicy& policy) {
  store::FormPlan plan;
  plan.letter = message.line == kLetterLine;
  const auto* const form = book.forms ? book.forms->Find(verdict.topic) : nullptr;
  if (form == nullptr) return plan;
  const auto facts = forms::Extract(*form, message, {book.calendar.get(), KnownPlaceOf(verdict, places)});
  plan.facts = FactsOf(facts, message.id);
  plan.counted = form->service != nullptr;
  if (plan.counted) plan.service_key = form->service->key;
  if (!Chats(message, policy) || !NeedsFacts(verdict)) return plan;
  std::vector<std::string> known;
  for (const auto& f : facts) known.push_back(f.key);
  for (const auto* field : forms::Missing(*form, known)) {
    if (plan.asked.size() < forms::kMostQuestions) plan.asked.push_back(field->key);
  }
  if (plan.asked.empty()) return plan;
  plan.hold = verdict.urgency != Urgency::kEmergency;
  plan.due = message.received_at + policy.ask_for;
  plan.until = message.received_at + std::max(policy.answers_for, policy.ask_for);
  return plan;
}

std::string AskingWords(const store::FormPlan& plan, const FormBook& book, std::string_view topic,
                        const AskPolicy& policy) {
  const auto* const form = book.forms ? book.forms->Find(topic) : nullptr;
  if (form == nullptr || plan.asked.empty()) return {};
  auto words = policy.words;
  Replace(&words, "{questions}", forms::Questions(FieldsOf(*form, plan.asked)));
  return words;
}

std::function<store::FormAnswer(const store::OpenQuestion&)> AnswerTo(const Message& message, const Verdict& verdict,
                                                                      const std::vector<std::string>& places,
                                                                      const FormBook& book, const AskPolicy& policy) {
  if (!book.forms || !Chats(message, policy) || verdict.urgency == Urgency::kEmergency) return {};
  return [message, verdict, places, book](const store::OpenQuestion& question) {
    store::FormAnswer answer;
    answer.left = question.asked;
    const auto* const form = book.forms->Find(question.topic);
    if (form == nullptr) return answer;
    const auto asked = FieldsOf(*form, question.asked);
    auto reading = forms::ReadAnswer(*form, asked, message, {book.calendar.get(), KnownPlaceOf(verdict, places)});
    DropSmallTalk(verdict, *form, message.text, &reading.facts);
    answer.facts = FactsOf(reading.facts, message.id);
    answer.unknown = reading.unknown;
    std::erase_if(answer.left, [&](const std::string& key) {
      return std::any_of(answer.facts.begin(), answer.facts.end(), [&](const auto& f) { return f.key == key; });
    });
    if (form->service != nullptr) answer.service_key = form->service->key;
    const bool tells = answer.unknown || answer.left.size() < question.asked.size();
    const bool elsewhere = !verdict.triage && CategoryOf(verdict.topic) != CategoryOf(question.topic);
    const bool brief = text::CountChars(message.text) <= kMostAnswerChars;
    // While the order waits, everything that is no other matter is about it; afterwards only what tells something.
    answer.belongs = tells ? !elsewhere || brief : question.hold && verdict.triage;
    return answer;
  };
}

UnitFacts FactsForUnit(const FormBook& book, std::string_view topic, const std::vector<store::FieldFact>& facts,
                       bool stays_unknown) {
  UnitFacts view;
  const auto* const form = book.forms ? book.forms->Find(topic) : nullptr;
  if (form == nullptr) return view;
  std::vector<std::string> known;
  for (const auto* list : {&form->required, &form->optional, &form->completion_required, &form->completion_optional}) {
    for (const auto* field : *list) {
      const auto fact = std::find_if(facts.begin(), facts.end(), [&](const auto& f) { return f.key == field->key; });
      if (fact == facts.end()) continue;
      known.push_back(field->key);
      if (stays_unknown && field->personal) continue;
      view.facts.push_back({field->key, field->name, forms::MaskValue(*field, fact->value)});
    }
  }
  for (const auto* field : forms::Missing(*form, known)) view.missing.push_back({field->key, field->name, ""});
  return view;
}

}  // namespace minsheng::router
