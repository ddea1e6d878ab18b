// SPDX-License-Identifier: Apache-2.0
#include "src/router/settler.h"

#include <algorithm>

#include "src/base/log.h"
#include "src/base/metrics.h"
#include "src/model/whole.h"

namespace minsheng::router {
namespace {

using store::Bucket;
using store::Choice;
using store::OpenRequest;
using store::Settlement;
using End = store::Settlement::End;

constexpr Millis kWhenDown{2'000};

std::string_view EndWord(End end) {
  constexpr std::string_view kWords[] = {"judged", "attached", "asked", "waits"};
  return kWords[static_cast<int>(end)];
}

// What rules said of it and where, as the comparison needs it.
Matter MatterOfOpen(const OpenRequest& open, const rules::RuleSet& rules) {
  const bool certain = open.state != "triage";
  std::vector<std::string> places;
  if (open.verdict && open.verdict->place) places = rules.PlaceChain(open.verdict->place->id);
  return MatterOf(open.whole.text, open.whole.place_hint, open.topic, certain, std::move(places), open.last_at);
}

// "路灯（黄海路）": nothing of what the citizen wrote.
std::string LabelOf(const OpenRequest& open, const rules::RuleSet& rules) {
  const auto* const topic = rules.FindTopic(open.topic);
  std::string label = topic == nullptr ? "正在研判的诉求" : topic->name;
  if (open.verdict && open.verdict->place) label += "（" + open.verdict->place->name + "）";
  return label;
}

// Labels that are the same get the last digits of their order.
std::vector<Choice> ChoicesOf(const std::vector<const OpenRequest*>& open, const rules::RuleSet& rules) {
  std::vector<Choice> choices;
  for (const auto* const one : open) choices.push_back({one->request_id, one->order_number, LabelOf(*one, rules)});
  std::vector<std::string> labels;
  for (const auto& c : choices) labels.push_back(c.label);
  for (auto& c : choices) {
    if (std::count(labels.begin(), labels.end(), c.label) < 2 || c.order_number.size() < 5) continue;
    c.label += "（工单尾号" + c.order_number.substr(c.order_number.size() - 5) + "）";
  }
  return choices;
}

std::vector<std::string> LabelsOf(const std::vector<Choice>& choices) {
  std::vector<std::string> labels;
  for (const auto& c : choices) labels.push_back(c.label);
  return labels;
}

void Attach(const std::string& request, std::string why, const Policy& policy, Settlement* s) {
  s->end = End::kAttached;
  s->target = request;
  s->why = std::move(why);
  const Message whole = s->decision.message;
  if (s->why == "thanks") {
    s->decision.outbox = nullptr;
    return;
  }
  s->decision.outbox = [whole, policy](Bucket, const std::string& id, const std::string& number) {
    std::vector<store::OutboxDraft> drafts;
    if (!number.empty() && WantsReceipt(whole, policy))
      drafts.push_back(ReplyDraft(whole, id, {WithNumber(policy.texts.follow_up_receipt, number), "", 0}, policy));
    return drafts;
  };
}

bool IsAnswered(const OpenRequest& open) {
  return open.state == "answered" || open.state == "checked" || open.state == "called-back" || open.state == "closed";
}

// The time to answer begins when the citizen is asked.
void AskFrom(Time now, store::Decision* d) {
  if (d->form.asked.empty()) return;
  const auto late = std::max(Millis{0}, now - d->message.received_at);
  d->form.due += late;
  d->form.until += late;
}

// Facts of the whole as facts of the piece that tells them.
void TellPieces(std::string_view whole, const std::vector<Message>& pieces, std::vector<store::FieldFact>* facts) {
  for (auto& fact : *facts) {
    std::size_t at = 0;
    for (const auto& piece : pieces) {
      // Of several transcripts of a call the last alone is part of the whole.
      if (piece.text.empty() || !whole.substr(std::min(at, whole.size())).starts_with(piece.text)) continue;
      if (fact.end > 0 && fact.begin >= at && fact.end <= at + piece.text.size()) {
        fact.message_id = piece.id;
        fact.begin -= static_cast<std::uint32_t>(at);
        fact.end -= static_cast<std::uint32_t>(at);
        break;
      }
      at += piece.text.size() + 1;
    }
  }
}

bool ShowsWithoutWords(const Message& m) {
  const bool shows = m.kind == Kind::kImage || m.kind == Kind::kVideo || m.kind == Kind::kLocation ||
                     m.kind == Kind::kVoice || !m.attachments.empty();
  return shows && m.text.empty();
}

// The last message after the question that answers it, if any: which choice, and who said it.
struct Answer {
  std::size_t choice;
  std::string message_id;
};
std::optional<Answer> AnswerIn(const store::HeldRequest& held) {
  if (held.asked_at == Time{} || held.choices.empty()) return std::nullopt;
  const auto labels = LabelsOf(held.choices);
  for (auto m = held.messages.rbegin(); m != held.messages.rend() && m->received_at > held.asked_at; ++m) {
    if (const auto choice = ReadChoice(m->text, labels)) return Answer{*choice, m->id};
  }
  return std::nullopt;
}

}  // namespace

void Settler::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void Settler::Run(const std::atomic<bool>& stop) {
  while (!stop) {
    const auto done = Sweep();
    if (!done && !failing_) log::Warn("settle-failed", {{"error", done.error().what}});
    failing_ = !done;
    if (done && *done >= kBatch) continue;
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, done ? kLook : kWhenDown, [&] { return stop || (done && woken_); });
    woken_ = false;
  }
}

Result<int> Settler::Sweep() {
  const auto due = talks_.Due(clock_.Now(), kBatch);
  if (!due) return Fail(due.error());
  if (due->empty()) return 0;
  const auto knowledge = current_();
  if (!knowledge.rules) return 0;
  std::vector<Settlement> settlements;
  for (const auto& held : *due) {
    auto s = End(held, knowledge);
    if (!s) return Fail(s.error());
    settlements.push_back(std::move(*s));
  }
  return Write(settlements);
}

Result<Settlement> Settler::End(const store::HeldRequest& held, const Knowledge& knowledge) {
  Settlement s;
  s.request_id = held.request_id;
  s.version = held.version;
  const auto answer = AnswerIn(held);
  std::vector<Message> pieces = held.messages;
  if (answer) {
    std::erase_if(pieces, [&](const Message& m) { return m.id == answer->message_id; });
    s.unjudged.push_back(answer->message_id);
  }
  store::Decision& d = s.decision;
  d.message = WholeOf(pieces);
  Judge(&d, knowledge, scratch_, policy_);
  d.greeting.reset();  // greeted when it came
  // "您好" beside a picture: somebody has to look at the picture.
  if (d.plan == Bucket::kNoted && std::any_of(pieces.begin(), pieces.end(), ShowsWithoutWords)) PlanTriage(&d, policy_);
  if (d.verdict) RaiseByPieces(pieces, knowledge, &d);
  if (answer) d.answer = nullptr;  // the question that it answers is about orders, not about facts
  AskFrom(clock_.Now(), &d);
  TellPieces(d.message.text, pieces, &d.form.facts);
  auto placed = answer ? TakeAnswer(held, answer->choice, &s) : Place(held, knowledge, &s);
  if (!placed) return Fail(placed.error());
  if (s.end == End::kJudged) d.shadow = JudgeInShadow(d, knowledge, shadow_scratch_);
  return s;
}

// An alarm in one piece stays one, whatever the others add to its words.
void Settler::RaiseByPieces(const std::vector<Message>& pieces, const Knowledge& knowledge, store::Decision* d) {
  const bool written =
      std::all_of(pieces.begin(), pieces.end(), [](const Message& m) { return m.kind != Kind::kCall; });
  if (pieces.size() < 2 || !written) return;
  const auto before = d->verdict->urgency;
  std::size_t at = 0;
  for (const auto& piece : pieces) {
    if (piece.text.empty()) continue;
    RaiseUrgency(knowledge.rules->Classify(rules::InputOf(piece), scratch_), static_cast<std::uint32_t>(at),
                 &*d->verdict);
    at += piece.text.size() + 1;
  }
  if (d->verdict->urgency != before) Plan(d, knowledge, policy_);
}

Result<void> Settler::TakeAnswer(const store::HeldRequest& held, std::size_t choice, Settlement* s) {
  if (choice >= held.choices.size()) {  // a new matter: what asks for nothing by itself is for a person now
    if (s->decision.plan == Bucket::kNoted) PlanTriage(&s->decision, policy_);
    return {};
  }
  const auto& chosen = held.choices[choice];
  const auto open = talks_.OpenOf(held.conversation_id, Time{}, 100);
  if (!open) return Fail(open.error());
  const bool still_open =
      std::any_of(open->begin(), open->end(), [&](const OpenRequest& o) { return o.request_id == chosen.request_id; });
  if (still_open) {
    Attach(chosen.request_id, "chosen", policy_, s);
  } else {
    s->after = chosen.order_number;  // closed meanwhile
  }
  return {};
}

// New words, or a picture, among what is open.
Result<void> Settler::Place(const store::HeldRequest& held, const Knowledge& knowledge, Settlement* s) {
  store::Decision& d = s->decision;
  if (policy_.talks->follow_ups <= Millis{0} || (d.verdict && CannotWait(*d.verdict))) return {};
  if (d.message.line == kLetterLine) return {};
  const auto read = talks_.OpenOf(held.conversation_id, clock_.Now() - policy_.talks->follow_ups, kMostChoices);
  if (!read) return Fail(read.error());
  std::vector<const OpenRequest*> open, answered;
  for (const auto& one : *read) (IsAnswered(one) ? answered : open).push_back(&one);
  const auto signs = d.verdict ? SignsOf(*d.verdict) : TalkSigns{};
  if (d.plan == Bucket::kNoted) {
    if (signs.thanks && !answered.empty()) Attach(answered.front()->request_id, "thanks", policy_, s);
    return {};
  }
  if (d.plan == Bucket::kAnswered) return {};
  if (signs.points_back && !answered.empty()) s->after = answered.front()->order_number;
  std::vector<Matter> matters;
  for (const auto* const one : open) matters.push_back(MatterOfOpen(*one, *knowledge.rules));
  const bool certain = d.verdict && d.plan == Bucket::kOrder;
  const auto fresh = MatterOf(d.message.text, d.message.place_hint, d.verdict ? d.verdict->topic : "", certain,
                              d.places, held.messages.empty() ? clock_.Now() : held.messages.back().received_at);
  const auto which = WhichMatter(fresh, d.verdict && !signs.asks_nothing, signs.points_back, matters);
  std::vector<const OpenRequest*> possible;
  for (const auto i : which.possible) possible.push_back(open[i]);
  switch (which.kind) {
    case FollowUp::Kind::kOne:
      Attach(possible.front()->request_id, "follow-up", policy_, s);
      return {};
    case FollowUp::Kind::kUnclear:
      AskOrDecide(held, possible, which.clear_lead, knowledge, s);
      return {};
    case FollowUp::Kind::kNew:
      if (d.plan == Bucket::kTriage) s->choices = ChoicesOf(open, *knowledge.rules);
      return {};
  }
  return {};
}

void Settler::AskOrDecide(const store::HeldRequest& held, const std::vector<const OpenRequest*>& possible,
                          bool clear_lead, const Knowledge& knowledge, Settlement* s) {
  const Message& whole = s->decision.message;
  s->choices = ChoicesOf(possible, *knowledge.rules);
  const bool chats = policy_.talks->Find(whole) != nullptr && whole.Fact("auto").empty();
  const Time now = clock_.Now();
  if (!chats && clear_lead) {
    Attach(possible.front()->request_id, "likeliest", policy_, s);
  } else if (chats && held.asked_at == Time{} && policy_.talks->answer_limit > Millis{0}) {
    s->end = End::kAsked;
    s->due = now + policy_.talks->answer_limit;
    s->question =
        ReplyDraft(whole, held.request_id, {AskWhich(policy_.texts.question, LabelsOf(s->choices)), "", 0}, policy_);
  } else if (chats && now < held.answer_by) {
    s->end = End::kWaits;
    s->due = held.answer_by;
  } else {
    PlanTriage(&s->decision, policy_);
  }
}

Result<int> Settler::Write(const std::vector<Settlement>& settlements) {
  const auto outcomes = talks_.Settle(settlements);
  if (outcomes) return Finished(settlements, *outcomes);
  if (IsRetryable(outcomes.error().kind)) return Fail(outcomes.error());
  // One of them cannot be written: each alone, and that one later.
  int ended = 0;
  for (const auto& s : settlements) {
    const auto alone = talks_.Settle({s});
    if (alone) {
      ended += Finished({s}, *alone);
      continue;
    }
    log::Error("settle-one-failed", {{"request", s.request_id}, {"error", alone.error().what}});
    if (const auto later = talks_.Postpone(s.request_id, s.version, clock_.Now() + kAgain); !later)
      return Fail(later.error());
  }
  return ended;
}

int Settler::Finished(const std::vector<Settlement>& settlements,
                      const std::vector<std::optional<store::Outcome>>& outcomes) {
  std::vector<store::Outcome> ended;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i]) continue;
    metrics::Count("minsheng_settled_total", {{"end", EndWord(settlements[i].end)}});
    ended.push_back(*outcomes[i]);
  }
  if (!ended.empty() && committed_) committed_(ended);
  return static_cast<int>(ended.size());
}

}  // namespace minsheng::router
