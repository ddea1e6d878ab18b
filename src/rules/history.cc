// SPDX-License-Identifier: Apache-2.0
#include "src/rules/history.h"

namespace minsheng::rules {

Judgement JudgementOf(const Verdict& v) {
  Judgement j;
  j.topic = v.topic;
  j.triage = v.triage;
  j.answered = AnswersAtOnce(v);
  j.urgency = v.urgency;
  j.type = v.type;
  j.tags = v.tags;
  if (v.place) j.place = v.place->id;
  return j;
}

void Judge(const BareVerdict& v, Judgement* out) {
  if (v.topic == nullptr) {
    out->topic.clear();
  } else {
    out->topic = v.topic->id;
  }
  out->triage = v.triage;
  out->answered = !v.triage && !v.reply.empty() && v.urgency == Urgency::kNormal;  // as AnswersAtOnce
  out->urgency = v.urgency;
  out->type = v.type;
  out->tags.assign(v.tags.begin(), v.tags.end());
  out->place = v.place;
}

HistoryCase CaseOf(std::string id, const Message& m) {
  const Input input = InputOf(m);
  HistoryCase c;
  c.id = std::move(id);
  c.text = input.text;
  c.channel = input.channel;
  c.line = input.line;
  c.place_hint = input.place_hint;
  c.stated_type = input.stated_type;
  c.hour = input.hour;
  c.spoken = input.spoken;
  return c;
}

bool IsUnder(const std::string& topic, const std::string& label) {
  return topic.starts_with(label) && (topic.size() == label.size() || topic[label.size()] == '.');
}

Standing StandingOf(const Judgement& j, const std::string& label) {
  if (j.triage) return Standing::kTriage;
  return IsUnder(j.topic, label) ? Standing::kRight : Standing::kWrong;
}

}  // namespace minsheng::rules
