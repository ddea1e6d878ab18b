// SPDX-License-Identifier: Apache-2.0
#include "src/desk/letters.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/desk/notices.h"
#include "src/forms/letters.h"
#include "src/orders/lifecycle.h"
#include "src/orders/roles.h"
#include "src/text/utf8.h"

namespace minsheng::desk {
namespace {

constexpr std::size_t kMostLetterChars = 20'000;

bool IsLeader(const std::string& by) {
  const auto actor = orders::ParseActor(by);
  return actor && actor->role == orders::Role::kLeader;
}

std::string TextOf(const store::LetterRow& letter, std::string_view kind) {
  for (const auto& text : letter.texts) {
    if (text.kind == kind) return text.text;
  }
  return {};
}

Result<std::string> CheckedWords(std::string_view words) {
  const auto trimmed = std::string(text::Trim(words));
  if (trimmed.empty()) return MakeError(ErrorKind::kInvalid, "没有内容 / there are no words");
  if (!text::IsValidUtf8(trimmed)) return MakeError(ErrorKind::kInvalid, "不是 UTF-8 文本 / it is no UTF-8 text");
  if (text::CountChars(trimmed) > kMostLetterChars) {
    return MakeError(ErrorKind::kTooLarge,
                     fmt::format("最多 {} 字 / at most {} characters", kMostLetterChars, kMostLetterChars));
  }
  return trimmed;
}

bool StaysUnknown(const store::RequestRow& request) {
  return std::any_of(request.messages.begin(), request.messages.end(),
                     [](const Message& m) { return m.anonymous || m.confidential; });
}

// Values that say who the citizen is.
std::vector<std::string> KnownValues(const store::RequestRow& request, const router::Knowledge& knowledge) {
  std::vector<std::string> known;
  for (const auto& m : request.messages) {
    for (const auto& value : {m.sender, m.contact, m.Fact("from_name")}) {
      if (text::CountChars(value) >= 2 && value != "anonymous") known.push_back(value);
    }
    for (auto& name : forms::NamesIn(m.text)) known.push_back(std::move(name));
  }
  for (const auto& fact : request.facts) {
    const auto* const field = knowledge.book.forms ? knowledge.book.forms->FindField(fact.key) : nullptr;
    if (field != nullptr && field->personal) known.push_back(fact.value);
  }
  return known;
}

}  // namespace

Result<std::string> LetterDesk::NumberOf(const std::string& key) {
  const auto letter = desk_.store().Letters().Get(key);
  if (!letter) return Fail(letter.error());
  return letter->number;
}

Result<store::LetterRow> LetterDesk::Read(const std::string& key, const std::string& by) {
  auto letter = desk_.store().Letters().Get(key);
  if (!letter || !IsLeader(by)) return letter;
  if (auto noted = desk_.store().Letters().MarkRead(letter->number, by); !noted) return Fail(noted.error());
  return desk_.store().Letters().Get(letter->number);
}

Result<store::LetterRow> LetterDesk::Instruct(const std::string& key, const std::string& text, const std::string& by) {
  if (!IsLeader(by)) {
    return MakeError(ErrorKind::kDenied,
                     "批示须由区领导作出，请用 --as leader:姓名 / only a leader instructs: --as leader:name");
  }
  const auto words = CheckedWords(text);
  if (!words) return Fail(words.error());
  const auto letter = desk_.store().Letters().Get(key);
  if (!letter) return letter;
  if (auto done = desk_.store().Letters().Instruct(letter->number, *words, by); !done) return Fail(done.error());
  if (letter->order_number.empty()) return desk_.store().Letters().Get(letter->number);
  const auto order = desk_.store().GetOrder(letter->order_number);
  if (!order) return Fail(order.error());
  const auto request = desk_.store().GetRequest(letter->request_id);
  if (!request) return Fail(request.error());
  const auto knowledge = desk_.Current();
  const Occasion on{knowledge, *request, desk_.options().policy, desk_.clock().Now()};
  store::ActPlan plan;
  plan.event = {"", orders::Act::kNote, by, "区领导批示 instruction of the head of the district", "", on.now};
  plan.texts.push_back({"instruction", *words});
  plan.outbox = [&](const orders::Order& after) {
    return UnitNotice(on, "order.instructed", after, after.lead_unit,
                      forms::MaskPeople(*words, forms::NamesIn(request->whole.text)));
  };
  if (const auto told = desk_.store().Act(order->number, plan); !told) return Fail(told.error());
  return desk_.store().Letters().Get(letter->number);
}

Result<store::LetterRow> LetterDesk::Draft(const std::string& key, const std::string& text, const std::string& by) {
  const auto words = CheckedWords(text);
  if (!words) return Fail(words.error());
  const auto number = NumberOf(key);
  if (!number) return Fail(number.error());
  if (auto done = desk_.store().Letters().Draft(*number, *words, by); !done) return Fail(done.error());
  return desk_.store().Letters().Get(*number);
}

Result<store::LetterRow> LetterDesk::Refuse(const std::string& key, const std::string& by, const std::string& reason) {
  const auto number = NumberOf(key);
  if (!number) return Fail(number.error());
  if (auto done = desk_.store().Letters().Refuse(*number, by, reason); !done) return Fail(done.error());
  return desk_.store().Letters().Get(*number);
}

Result<std::string> LetterDesk::Formal(const store::LetterRow& letter, const std::string& body) {
  const auto request = desk_.store().GetRequest(letter.request_id);
  if (!request) return Fail(request.error());
  forms::LetterParts parts;
  parts.district = options_.district;
  parts.reply_number = letter.reply_number;
  parts.body = body;
  parts.unit = options_.unit;
  parts.date = desk_.clock().Now();
  // Who wants to stay unknown is not called by a name, not even in what goes to him.
  const auto from = request->messages.empty() ? std::string() : request->messages.front().Fact("from_name");
  parts.salutation =
      StaysUnknown(*request) ? forms::SalutationFor("", "") : forms::SalutationFor(request->whole.text, from);
  return forms::ComposeLetter(options_.pattern, parts);
}

Result<store::LetterRow> LetterDesk::Approve(const std::string& key, const std::string& by) {
  auto& letters = desk_.store().Letters();
  auto letter = letters.Get(key);
  if (!letter) return letter;
  if (letter->order_number.empty()) {
    return MakeError(ErrorKind::kConflict,
                     "来信还在待研判，请先用 requests correct 定事项 / the letter is in triage: say what it "
                     "is about by requests correct first");
  }
  if (auto good = forms::CheckLetterTemplate(options_.pattern); !good) return Fail(good.error());
  const std::string body = TextOf(*letter, "draft");
  const bool goes_on = letter->state == "answered" && TextOf(*letter, "answer").empty() && letter->approved_by == by;
  if (!goes_on) {
    const auto order = desk_.store().GetOrder(letter->order_number);
    if (!order) return Fail(order.error());
    if (auto next = orders::Next(order->state, orders::Act::kAnswer); !next) return Fail(next.error());
    const auto number = letters.Approve(letter->number, body, by);
    if (!number) return Fail(number.error());
    letter->reply_number = *number;
  }
  const auto formal = Formal(*letter, body);
  if (!formal) return Fail(formal.error());
  ActRequest answer;
  answer.act = orders::Act::kAnswer;
  answer.by = by;
  answer.public_text = *formal;
  answer.once = "letter-answer";
  if (auto done = desk_.Do(letter->order_number, answer);
      !done && !(goes_on && done.error().kind == ErrorKind::kConflict)) {
    return Fail(done.error());
  }
  if (auto kept = letters.KeepAnswer(letter->number, *formal, by); !kept) return Fail(kept.error());
  return letters.Get(letter->number);
}

Result<store::LetterRow> LetterDesk::SetConsent(const std::string& key, bool yes, const std::string& by) {
  const auto number = NumberOf(key);
  if (!number) return Fail(number.error());
  if (auto done = desk_.store().Letters().SetConsent(*number, yes, by); !done) return Fail(done.error());
  return desk_.store().Letters().Get(*number);
}

Result<Publication> LetterDesk::Proposal(const std::string& key) {
  const auto letter = desk_.store().Letters().Get(key);
  if (!letter) return Fail(letter.error());
  const auto request = desk_.store().GetRequest(letter->request_id);
  if (!request) return Fail(request.error());
  const auto knowledge = desk_.Current();
  const auto* const topic = knowledge.rules ? knowledge.rules->FindTopic(letter->topic) : nullptr;
  Publication p;
  p.title = topic == nullptr ? "来信" : "关于" + topic->name + "的来信";
  p.question = forms::MaskPeople(request->whole.text);
  p.answer = forms::MaskPeople(TextOf(*letter, "draft"), forms::NamesIn(request->whole.text));
  return p;
}

Result<store::LetterRow> LetterDesk::Publish(const std::string& key, Publication publication, const std::string& by) {
  const auto letter = desk_.store().Letters().Get(key);
  if (!letter) return letter;
  const auto proposal = Proposal(letter->number);
  if (!proposal) return Fail(proposal.error());
  if (publication.title.empty()) publication.title = proposal->title;
  if (publication.question.empty()) publication.question = proposal->question;
  if (publication.answer.empty()) publication.answer = proposal->answer;
  const auto request = desk_.store().GetRequest(letter->request_id);
  if (!request) return Fail(request.error());
  const auto known = KnownValues(*request, desk_.Current());
  for (const auto* text : {&publication.title, &publication.question, &publication.answer}) {
    if (const auto words = CheckedWords(*text); !words) return Fail(words.error());
    const auto leaks = forms::FindLeaks(*text, known);
    if (!leaks.empty()) {
      return MakeError(ErrorKind::kInvalid,
                       fmt::format("公开文本里有个人信息（{}），请改写后再公开 / the text to be published "
                                   "holds personal data ({}): edit it first",
                                   fmt::join(leaks, "、"), fmt::join(leaks, ", ")));
    }
  }
  auto done =
      desk_.store().Letters().Publish(letter->number, publication.title, publication.question, publication.answer, by);
  if (!done) return Fail(done.error());
  return desk_.store().Letters().Get(letter->number);
}

Result<store::LetterRow> LetterDesk::Withdraw(const std::string& key, const std::string& by,
                                              const std::string& reason) {
  const auto number = NumberOf(key);
  if (!number) return Fail(number.error());
  if (auto done = desk_.store().Letters().Withdraw(*number, by, reason); !done) return Fail(done.error());
  return desk_.store().Letters().Get(*number);
}

}  // namespace minsheng::desk
