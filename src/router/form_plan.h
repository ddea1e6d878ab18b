// SPDX-License-Identifier: Apache-2.0
// What the form of a topic makes of a request: facts that are kept, questions that are asked, and what its unit gets to
// see of them. Pure: no I/O; the time comes in with the Message.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "src/forms/extract.h"
#include "src/model/message.h"
#include "src/model/verdict.h"
#include "src/store/forms.h"

namespace minsheng::router {

// The line of letters to the head of the district.
inline constexpr std::string_view kLetterLine = "mayor-mailbox";

// Asking for what is missing.
struct AskPolicy {
  std::vector<std::string> channels{"wechat", "weibo"};  // where people chat; empty: nobody is asked
  Millis ask_for{10 * 60'000};                           // so long an order waits for the answers
  Millis answers_for{24 * 3'600'000};                    // and so long they are taken as answers
  // {number} is the order's number, {questions} what is asked.
  std::string words =
      "您反映的问题已受理，工单号 "
      "{number}。为便于尽快办理，请补充：\n{questions}\n直接回复即可；不清楚的请回复“不知道”。";
};

// What forms are applied with.
struct FormBook {
  std::shared_ptr<const forms::Forms> forms;  // null: there are none
  std::shared_ptr<const orders::Calendar> calendar;
};

// The citizen's wish to stay unknown, as the RuleSet tells it by the tags "anonymous" and "confidential".
void MarkPrivacy(const Verdict& verdict, Message* message);

// places: the Verdict's place and what it lies in, nearest first.
store::FormPlan PlanForm(const Message& message, const Verdict& verdict, const std::vector<std::string>& places,
                         const FormBook& book, const AskPolicy& policy);

// The message that asks, without the order's number: "" when nothing is asked.
std::string AskingWords(const store::FormPlan& plan, const FormBook& book, std::string_view topic,
                        const AskPolicy& policy);

// Reads a message as the answer to a question of ours; empty when it cannot be one (an emergency, another channel).
std::function<store::FormAnswer(const store::OpenQuestion&)> AnswerTo(const Message& message, const Verdict& verdict,
                                                                      const std::vector<std::string>& places,
                                                                      const FormBook& book, const AskPolicy& policy);

// What a text tells for the fields of a form, as facts to be kept.
std::vector<store::FieldFact> FactsOf(const std::vector<forms::Fact>& facts, const std::string& message_id);
std::optional<forms::KnownPlace> KnownPlaceOf(const Verdict& verdict, const std::vector<std::string>& places);

// A unit's view of the facts: names and numbers masked; of a request whose citizen wants to stay unknown nothing that
// says who it is.
struct UnitFact {
  std::string key;
  std::string name;
  std::string value;
};
struct UnitFacts {
  std::vector<UnitFact> facts;
  std::vector<UnitFact> missing;  // required ones that nobody could tell; without values
};
UnitFacts FactsForUnit(const FormBook& book, std::string_view topic, const std::vector<store::FieldFact>& facts,
                       bool stays_unknown);

}  // namespace minsheng::router
