// SPDX-License-Identifier: Apache-2.0
// How a waiting request ends: judged, attached, or put to the citizen as a question.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

struct Owner {
  std::string conversation_id;
  std::string citizen_id;
  Time created_at{};
};

// One settlement inside the transaction.
class Ending {
 public:
  Ending(Connection& c, const Settlement& s, Time now) : c_(c), s_(s), now_(now) {}

  Result<std::optional<Outcome>> Run() {
    const auto locked = c_.Prepared("UPDATE settling SET version = version + 1 WHERE request_id = :r AND version = :v")
                            .Run(s_.request_id, s_.version);
    if (locked != 1) return std::optional<Outcome>();
    ReadRows();
    outcome_.message_id = ids_.empty() ? "" : ids_.front();
    outcome_.request_id = s_.request_id;
    auto done = End();
    if (!done) return Fail(done.error());
    return std::optional(outcome_);
  }

 private:
  void ReadRows() {
    Query& q = c_.Prepared("SELECT conversation_id, citizen_id, created_at FROM request WHERE id = :i", "tti");
    if (q.First(s_.request_id)) owner_ = {q.Text(0), q.Text(1), FromMs(q.Int(2))};
    Query& m = c_.Prepared("SELECT id FROM message WHERE request_id = :r ORDER BY id", "t");
    for (bool row = m.First(s_.request_id); row; row = m.Next()) ids_.push_back(m.Text(0));
  }

  Result<void> End() {
    if (s_.end != Settlement::End::kWaits) {
      if (const auto answered = FindAnswered(c_, s_.decision, owner_.conversation_id)) return Answer(*answered);
    }
    switch (s_.end) {
      case Settlement::End::kWaits:
        outcome_.bucket = Bucket::kSettling;
        c_.Prepared("UPDATE settling SET due = :d WHERE request_id = :r").Run(ToMs(s_.due), s_.request_id);
        return {};
      case Settlement::End::kAsked:
        return Ask();
      case Settlement::End::kAttached: {
        if (auto done = Attach(s_.target, s_.why); !done) return done;
        TellOfAdded(c_, s_.decision.added, s_.decision.message, owner_.citizen_id, outcome_, now_);
        SendDrafts();
        return {};
      }
      case Settlement::End::kJudged:
        return Judge();
    }
    return {};
  }

  Result<void> Ask() {
    outcome_.bucket = Bucket::kSettling;
    c_.Prepared("UPDATE settling SET due = :d, asked_at = :n, answer_by = :b WHERE request_id = :r")
        .Run(ToMs(s_.due), ToMs(now_), ToMs(s_.due), s_.request_id);
    c_.Prepared("UPDATE request SET state = 'asked', candidates = :c WHERE id = :r")
        .Run(Encode(s_.choices), s_.request_id);
    if (s_.question) Send({*s_.question}, "");
    return {};
  }

  // The messages go over to the target; the request that only waited is gone.
  Result<void> Attach(const std::string& target, const std::string& why) {
    outcome_.bucket = Bucket::kAttached;
    outcome_.request_id = target;
    c_.Prepared("UPDATE message SET request_id = :t, bucket = 'attached', judged = 0 WHERE request_id = :r")
        .Run(target, s_.request_id);
    c_.Prepared("UPDATE outbox SET request_id = :t WHERE request_id = :r").Run(target, s_.request_id);
    ChangedForSearch(c_, target);
    c_.Prepared("DELETE FROM settling WHERE request_id = :r").Run(s_.request_id);
    c_.Prepared("DELETE FROM request WHERE id = :r").Run(s_.request_id);
    auto number = AttachTo(c_, target, ids_, why, "system", now_);
    if (!number) return Fail(number.error());
    outcome_.order_number = *number;
    if (s_.decision.form.consent) TakeConsent(c_, target, *s_.decision.form.consent, now_);
    KeepPrivacy(c_, target, s_.decision.message, now_);
    return {};
  }

  // Said as a whole what a question of ours asked for.
  Result<void> Answer(const AnsweredQuestion& answered) {
    const auto& q = answered.question;
    if (auto done = Attach(q.request_id, "answer"); !done) return done;
    WriteAnswer(c_, answered, {q.request_id, owner_.citizen_id, q.conversation_id, q.order_number, q.topic},
                s_.decision.message.id, now_);
    return {};
  }

  Result<void> Judge() {
    const Decision& d = s_.decision;
    outcome_.bucket = d.plan;
    c_.Prepared("UPDATE request SET state = :s, verdict = :j, rule_set = :n, topic = :t, candidates = :c WHERE id = :i")
        .Run(ToWord(d.plan), d.verdict ? Encode(*d.verdict) : std::string(), d.verdict ? d.verdict->rule_set : 0,
             d.verdict ? d.verdict->topic : std::string(),
             d.plan == Bucket::kTriage ? Encode(s_.choices) : std::string(), s_.request_id);
    MarkMessages();
    c_.Prepared("DELETE FROM settling WHERE request_id = :r").Run(s_.request_id);
    if (d.plan != Bucket::kNoted) {
      FeedRequest(c_, s_.request_id, owner_.created_at, d.message.anonymous ? s_.request_id : owner_.citizen_id,
                  d.places);
    }
    if (d.plan == Bucket::kOrder) {
      if (auto opened = Open(); !opened) return opened;
    }
    if (d.plan == Bucket::kAnswered) RecordAnswer(c_, d, s_.request_id, now_);
    if (d.plan != Bucket::kNoted) {
      WriteForm(c_,
                {s_.request_id, owner_.citizen_id, owner_.conversation_id, outcome_.order_number,
                 d.verdict ? d.verdict->topic : ""},
                d.message, d.form, now_);
      if (d.form.letter) OpenLetter(c_, s_.request_id, owner_.citizen_id, owner_.created_at, now_);
    }
    SendDrafts();
    return {};
  }

  // One of the messages opened it, the others came with it.
  void MarkMessages() {
    const bool noted = s_.decision.plan == Bucket::kNoted;
    bool first = true;
    for (const auto& id : ids_) {
      const bool judged = std::find(s_.unjudged.begin(), s_.unjudged.end(), id) == s_.unjudged.end();
      const bool opens = judged && first;
      first = first && !judged;
      c_.Prepared("UPDATE message SET bucket = :b, judged = :j WHERE id = :i")
          .Run(noted || opens ? ToWord(s_.decision.plan) : ToWord(Bucket::kAttached), judged ? 1 : 0, id);
    }
  }

  Result<void> Open() {
    auto number = OpenPlanned(c_, s_.decision, s_.request_id, now_);
    if (!number) return Fail(number.error());
    outcome_.order_number = *number;
    if (s_.after.empty()) return {};
    auto order = ReadOrder(c_, "number", *number);
    if (!order) return Fail(order.error());
    orders::Event note{"",  orders::Act::kNote, "system", "前次已答复的工单 earlier order, answered: " + s_.after, "",
                       now_};
    note.data = nlohmann::json{{"after", s_.after}}.dump();
    return AppendEvent(c_, &*order, note, now_);
  }

  void SendDrafts() {
    if (s_.decision.outbox && !c_.error())
      Send(s_.decision.outbox(outcome_.bucket, outcome_.request_id, outcome_.order_number), outcome_.order_number);
  }
  void Send(const std::vector<OutboxDraft>& drafts, const std::string& number) {
    outcome_.outbox_ids =
        AddOutbox(c_, drafts, owner_.citizen_id, ids_.empty() ? "" : ids_.back(), outcome_.request_id, number, now_);
  }

  Connection& c_;
  const Settlement& s_;
  const Time now_;
  Owner owner_;
  std::vector<std::string> ids_;
  Outcome outcome_;
};

}  // namespace

void TellOfAdded(Connection& c, const TellsOfAdded& added, const Message& words, const std::string& citizen_id,
                 const Outcome& attached, Time now) {
  if (!added || attached.order_number.empty() || c.error()) return;
  auto order = ReadOrder(c, "number", attached.order_number);
  if (order && order->state == orders::State::kMerged) order = ReadOrder(c, "number", order->parent);
  if (!order || !order->incident.empty()) return;
  Message shown = words;
  if (const auto privacy = PrivacyIn(c, attached.request_id)) {
    shown.anonymous = privacy->anonymous;
    shown.confidential = privacy->confidential;
  }
  AddOutbox(c, added(shown, *order), citizen_id, words.id, attached.request_id, order->number, now);
}

Result<void> AttachEvents(Connection& c, orders::Order* order, const std::vector<std::string>& message_ids,
                          const std::string& why, const std::string& actor, Time now) {
  for (const auto& id : message_ids) {
    orders::Event event{"", orders::Act::kAttach, actor, "", "", now};
    nlohmann::json facts{{"message", id}};
    if (!why.empty()) facts["why"] = why;
    event.data = facts.dump();
    if (auto done = AppendEvent(c, order, event, now); !done) return done;
  }
  if (order->state != orders::State::kMerged || order->parent.empty()) return {};
  // The child rests: who works on the parent has to see it. One that stands for an incident would drown in them.
  auto parent = ReadOrder(c, "number", order->parent);
  if (!parent) return Fail(parent.error());
  if (!parent->incident.empty()) return {};
  orders::Event told{"", orders::Act::kNote, actor, "子单有补充来件 further words on a merged order", "", now};
  told.data = nlohmann::json{{"child", order->number}, {"messages", message_ids}}.dump();
  return AppendEvent(c, &*parent, told, now);
}

Result<std::string> AttachTo(Connection& c, const std::string& request_id, const std::vector<std::string>& message_ids,
                             const std::string& why, const std::string& actor, Time now) {
  auto order = ReadOrder(c, "request_id", request_id);
  if (!order) {
    if (order.error().kind == ErrorKind::kNotFound) return std::string();  // triage, or answered at once
    return Fail(order.error());
  }
  if (auto done = AttachEvents(c, &*order, message_ids, why, actor, now); !done) return Fail(done.error());
  return order->number;
}

Result<std::vector<std::optional<Outcome>>> SqlConversations::Settle(const std::vector<Settlement>& settlements) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<std::vector<std::optional<Outcome>>> {
    std::vector<std::optional<Outcome>> outcomes;
    std::vector<Decision> judged;
    std::vector<Outcome> ended;
    for (const auto& s : settlements) {
      auto outcome = Ending(c, s, now).Run();
      if (c.error()) return Fail(*c.error());
      if (!outcome) return Fail(outcome.error());
      if (*outcome && s.end == Settlement::End::kJudged && s.decision.shadow) {
        judged.push_back(s.decision);
        ended.push_back(**outcome);
      }
      outcomes.push_back(std::move(*outcome));
    }
    RecordShadow(c, judged, ended, now);
    return outcomes;
  });
}

}  // namespace minsheng::store
