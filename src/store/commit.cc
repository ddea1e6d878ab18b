// SPDX-License-Identifier: Apache-2.0
// The worker's transaction: a batch of decisions, all or nothing.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "src/base/crypto.h"
#include "src/base/ulid.h"
#include "src/store/absent.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

// Whose message it is. Ids are empty until the rows exist.
struct Talk {
  std::string sender_hash;
  std::string citizen_id;
  std::string conversation_id;
};

struct Target {
  std::string request_id;
  std::string state;
};

// Commits one batch on one connection.
class Batch {
 public:
  Batch(Connection& c, const std::string& hash_key, Time now) : c_(c), hash_key_(hash_key), now_(now) {}

  // Asks at once for what Add would ask for one by one. May be left out.
  void LookAhead(const std::vector<Decision>& decisions);
  Result<Outcome> Add(const Decision& d);

 private:
  std::string SenderHash(const Message& m) const;
  Talk FindTalk(const Message& m, const std::string& sender_hash);
  void InsertTalk(const Message& m, const Talk& found, const Talk& planned);
  std::optional<Target> FindThread(const Decision& d);
  std::optional<Target> RequestWhere(std::string_view sql, const std::string& a, const std::string& b,
                                     const std::string& d);
  Result<std::optional<Outcome>> FindEarlier(const Message& m, const std::string& sender_hash);
  void InsertMessage(const Decision& d, const Talk& talk, const Outcome& outcome);
  std::optional<Outcome> Duplicate(const std::string& id);
  void InsertRequest(const Decision& d, const Talk& talk, const Outcome& outcome);
  Result<void> InsertRest(const Decision& d, Outcome* outcome);
  void WriteFormRows(const Decision& d, const Talk& talk, const std::optional<AnsweredQuestion>& answered,
                     const Outcome& outcome);
  void AddDrafts(const Decision& d, const Talk& talk, bool joins, bool asked, Outcome* outcome);

  Connection& c_;
  const std::string& hash_key_;
  const Time now_;
  Absent ids_, identities_, senders_, threads_;
};

// What rules noted can be looked at and corrected; an event has nothing to look at.
bool HasRequest(Bucket b, const Decision& d) {
  return b == Bucket::kNoted ? d.verdict.has_value() : b != Bucket::kParked;
}
bool IsOpen(std::string_view request_state) { return request_state == "order" || request_state == "triage"; }
bool Waits(std::string_view request_state) { return request_state == "settling" || request_state == "asked"; }
bool OpensWork(Bucket b) { return b == Bucket::kOrder || b == Bucket::kTriage; }
// Nobody looks at an answered or closed request any more: what needs work opens a new one.
bool Takes(const Target& target, Bucket plan) { return IsOpen(target.state) || !OpensWork(plan); }

Result<void> Check(const Decision& d) {
  const Message& m = d.message;
  const char* missing = m.id.empty()          ? "id"
                        : m.channel.empty()   ? "channel"
                        : m.source_id.empty() ? "source_id"
                                              : nullptr;
  if (missing == nullptr) return {};
  return MakeError(ErrorKind::kInvalid, fmt::format("the message has no {}", missing));
}

void Batch::LookAhead(const std::vector<Decision>& decisions) {
  using Keys = std::vector<std::string>;
  Keys ids, senders;
  std::map<Absent::Where, std::pair<Keys, Keys>> accounts;
  for (const auto& d : decisions) {
    ids.push_back(d.message.id);
    if (!d.message.sender.empty()) senders.push_back(SenderHash(d.message));
    auto& [sources, threads] = accounts[{d.message.channel, d.message.account}];
    const std::string stored = StoredSourceId(d.message, SenderHash(d.message));
    sources.push_back(ErasedSourceId(hash_key_, d.message.channel, d.message.account, stored));
    if (stored != d.message.source_id) sources.push_back(d.message.source_id);
    sources.push_back(stored);
    if (!d.thread_key.empty()) threads.push_back(d.thread_key);
  }
  ids_.Ask(c_, "SELECT id FROM message WHERE id IN ({})", {}, std::move(ids));
  senders_.Ask(c_, "SELECT sender_hash FROM citizen WHERE sender_hash IN ({})", {}, std::move(senders));
  for (auto& [account, keys] : accounts) {
    identities_.Ask(c_,
                    "SELECT source_id FROM message WHERE channel = :c AND account = :a AND superseded = '' AND "
                    "source_id IN ({})",
                    account, std::move(keys.first));
    threads_.Ask(c_,
                 "SELECT thread_key FROM request WHERE channel = :c AND account = :a AND thread_key <> '' AND "
                 "thread_key IN ({})",
                 account, std::move(keys.second));
  }
}

std::string Batch::SenderHash(const Message& m) const {
  // Without a sender nobody can say that two messages are one citizen's: each is its own.
  return m.sender.empty() ? HashOfMessage(hash_key_, m.id) : HashOfSender(hash_key_, m.channel, m.sender);
}

Talk Batch::FindTalk(const Message& m, const std::string& sender_hash) {
  Talk talk;
  talk.sender_hash = sender_hash;
  if (m.sender.empty() || senders_.Take({}, talk.sender_hash)) return talk;
  Query& q = c_.Prepared(
      "SELECT z.id, COALESCE(v.id, ''), z.data_key FROM citizen z LEFT JOIN conversation v ON v.citizen_id = z.id "
      "AND v.channel = :c AND v.account = :a WHERE z.sender_hash = :h",
      "ttt");
  if (q.First(m.channel, m.account, talk.sender_hash)) {
    talk.citizen_id = q.Text(0);
    talk.conversation_id = q.Text(1);
    KnowKey(c_, talk.citizen_id, q.Text(2));
  }
  return talk;
}

void Batch::InsertTalk(const Message& m, const Talk& found, const Talk& planned) {
  if (found.citizen_id.empty()) {
    c_.Prepared(
          "INSERT INTO citizen (id, sender_hash, data_key, created_at) VALUES (:i, :h, :k, :t) ON CONFLICT DO NOTHING")
        .Later(kCitizenRank, planned.citizen_id, planned.sender_hash, NewDataKey(c_, planned.citizen_id), ToMs(now_));
  }
  if (found.conversation_id.empty() && !planned.conversation_id.empty()) {
    c_.Prepared(
          "INSERT INTO conversation (id, citizen_id, channel, account, sender, sealed, created_at) "
          "VALUES (:i, :z, :c, :a, :s, 1, :t) ON CONFLICT DO NOTHING")
        .Later(kConversationRank, planned.conversation_id, planned.citizen_id, m.channel, m.account,
               SealText(c_, planned.citizen_id, {"conversation", planned.conversation_id, "sender"}, m.sender),
               ToMs(now_));
  }
}

std::optional<Target> Batch::RequestWhere(std::string_view sql, const std::string& a, const std::string& b,
                                          const std::string& d) {
  Query& q = c_.Prepared(sql, "tt");
  if (!q.First(a, b, d)) return std::nullopt;
  return Target{q.Text(0), q.Text(1)};
}

// The request that the message names.
std::optional<Target> Batch::FindThread(const Decision& d) {
  if (d.plan == Bucket::kParked) return std::nullopt;
  const Message& m = d.message;
  std::optional<Target> target;
  if (!d.attach_request.empty()) {
    target = RequestWhere("SELECT id, state FROM request WHERE id = :i AND channel = :c AND account = :a",
                          d.attach_request, m.channel, m.account);
  }
  if (!target && !d.attach_order.empty()) {
    target = RequestWhere(
        "SELECT r.id, r.state FROM work_order o JOIN request r ON r.id = o.request_id WHERE o.number = :n "
        "AND r.channel = :c AND r.account = :a",
        d.attach_order, m.channel, m.account);
  }
  if (!target && !d.thread_key.empty() && !threads_.Take({m.channel, m.account}, d.thread_key)) {
    target = RequestWhere(
        "SELECT id, state FROM request WHERE channel = :c AND account = :a AND thread_key = :k "
        "AND thread_key <> '' ORDER BY id DESC LIMIT 1",
        m.channel, m.account, d.thread_key);
  }
  return target;
}

void Batch::InsertMessage(const Decision& d, const Talk& talk, const Outcome& outcome) {
  const Message& m = d.message;
  const auto seal = [&](std::string_view column, std::string_view text) {
    return SealText(c_, talk.citizen_id, {"message", m.id, column}, text);
  };
  const Time received = m.received_at == Time{} ? now_ : m.received_at;
  c_.Prepared(
        "INSERT INTO message (id, channel, account, source_id, citizen_id, conversation_id, request_id, "
        "bucket, judged, hour, received_at, committed_at, sealed, raw_form, raw_blob, message, raw) VALUES "
        "(:i, :c, :a, :s, NULLIF(:z, ''), NULLIF(:v, ''), NULLIF(:r, ''), :b, :j, :h, :x, :n, 1, 'bytes', :o, :m, :w) "
        "ON CONFLICT DO NOTHING")
      .Later(kMessageRank, m.id, m.channel, m.account, StoredSourceId(m, talk.sender_hash), talk.citizen_id,
             talk.conversation_id, outcome.request_id, ToWord(outcome.bucket),
             outcome.bucket == Bucket::kAttached ? 0 : 1, ToMs(received) / kHourMs, ToMs(received), ToMs(now_),
             seal("raw_blob", d.raw_blob), seal("message", Encode(m)), seal("raw", d.raw));
}

std::optional<Outcome> Batch::Duplicate(const std::string& id) {
  auto earlier = ReadOutcome(c_, id);
  if (earlier) earlier->duplicate = true;
  return earlier;
}

// nullopt: it is new. A value: it was committed before.
Result<std::optional<Outcome>> Batch::FindEarlier(const Message& m, const std::string& sender_hash) {
  // As it is stored today, as it was stored before texts were sealed, and as it stands after an erasure.
  const std::string stored = StoredSourceId(m, sender_hash);
  const std::string erased = ErasedSourceId(hash_key_, m.channel, m.account, stored);
  const std::vector<std::string> account{m.channel, m.account};
  bool is_new = ids_.Take({}, m.id);
  is_new = identities_.Take(account, erased) && is_new;
  if (stored != m.source_id) is_new = identities_.Take(account, m.source_id) && is_new;
  is_new = identities_.Take(account, stored) && is_new;
  if (is_new) return std::optional<Outcome>();
  // Compared in the database: it may hold another form of what cannot be text.
  Query& same = c_.Prepared(
      "SELECT CASE WHEN channel = :c AND account = :a AND source_id IN (:s, :t, :e) THEN 1 ELSE 0 END FROM message "
      "WHERE id = :i",
      "i");
  if (same.First(m.channel, m.account, stored, m.source_id, erased, m.id)) {
    if (same.Int(0) == 0) {
      return MakeError(ErrorKind::kConflict, "another message has this id");
    }
    return Duplicate(m.id);
  }
  Query& live = c_.Prepared(
      "SELECT id, bucket FROM message WHERE channel = :c AND account = :a AND source_id IN (:s, :t, :e) AND "
      "superseded = ''",
      "tt");
  if (!live.First(m.channel, m.account, stored, m.source_id, erased)) return std::optional<Outcome>();
  const std::string earlier_id = live.Text(0);
  if (live.Text(1) != ToWord(Bucket::kParked)) return Duplicate(earlier_id);
  // A parked message that was appended anew under a new id: this is its second chance.
  c_.Prepared("UPDATE message SET superseded = id WHERE id = :i").Run(earlier_id);
  return std::optional<Outcome>();
}

void Batch::InsertRequest(const Decision& d, const Talk& talk, const Outcome& outcome) {
  const Message& m = d.message;
  // What waits is judged later, as a whole.
  const auto verdict = outcome.bucket == Bucket::kSettling ? std::nullopt : d.verdict;
  c_.Prepared(
        "INSERT INTO request (id, conversation_id, citizen_id, channel, account, thread_key, state, verdict, "
        "rule_set, topic, created_at) VALUES (:i, :v, :z, :c, :a, :k, :s, :j, :n, :t, :x) ON CONFLICT DO NOTHING")
      .Later(kRequestRank, outcome.request_id, talk.conversation_id, talk.citizen_id, m.channel, m.account,
             d.thread_key, ToWord(outcome.bucket), verdict ? Encode(*verdict) : std::string(),
             verdict ? verdict->rule_set : 0, verdict ? verdict->topic : std::string(),
             ToMs(m.received_at == Time{} ? now_ : m.received_at));
  if (outcome.bucket == Bucket::kSettling || outcome.bucket == Bucket::kNoted) return;
  FeedRequest(c_, outcome.request_id, m.received_at == Time{} ? now_ : m.received_at,
              m.anonymous ? outcome.request_id : talk.citizen_id, d.places);
}

Result<void> KeepNumber(const Result<std::string>& number, Outcome* outcome) {
  if (!number) return Fail(number.error());
  outcome->order_number = *number;
  return {};
}

// Rows that hang on the message: order, parking.
Result<void> Batch::InsertRest(const Decision& d, Outcome* outcome) {
  switch (outcome->bucket) {
    case Bucket::kAttached:
      ChangedForSearch(c_, outcome->request_id);
      if (d.message.kind == Kind::kCall && !d.thread_key.empty()) return Revise(c_, d, outcome, now_);
      return KeepNumber(AttachTo(c_, outcome->request_id, {d.message.id}, "", "system", now_), outcome);
    case Bucket::kAnswered:
      RecordAnswer(c_, d, outcome->request_id, now_);
      return {};
    case Bucket::kParked:
      c_.Prepared("INSERT INTO parked (id, reason, deliveries, parked_at) VALUES (:i, :r, :d, :t)")
          .Run(d.message.id, d.park_reason, d.park_deliveries, ToMs(now_));
      return {};
    case Bucket::kOrder:
      return KeepNumber(OpenPlanned(c_, d, outcome->request_id, now_), outcome);
    default:
      return {};
  }
}

// What its form knows of it, or what it answers.
void Batch::WriteFormRows(const Decision& d, const Talk& talk, const std::optional<AnsweredQuestion>& answered,
                          const Outcome& outcome) {
  const FormOwner owner{outcome.request_id, talk.citizen_id, talk.conversation_id, outcome.order_number,
                        d.verdict ? d.verdict->topic : ""};
  if (answered) WriteAnswer(c_, *answered, owner, d.message.id, now_);
  if (outcome.bucket == Bucket::kAttached) {
    if (d.form.consent) TakeConsent(c_, outcome.request_id, *d.form.consent, now_);
    KeepPrivacy(c_, outcome.request_id, d.message, now_);
    return;
  }
  if (outcome.bucket == Bucket::kNoted || outcome.bucket == Bucket::kParked || outcome.bucket == Bucket::kSettling)
    return;
  WriteForm(c_, owner, d.message, d.form, now_);
  if (d.form.letter) OpenLetter(c_, owner.request_id, owner.citizen_id, d.message.received_at, now_);
}

Result<Outcome> Batch::Add(const Decision& d) {
  if (auto ok = Check(d); !ok) return Fail(ok.error());
  const std::string sender_hash = SenderHash(d.message);
  auto earlier = FindEarlier(d.message, sender_hash);
  if (!earlier) return Fail(earlier.error());
  if (*earlier) return **earlier;
  const Talk found = FindTalk(d.message, sender_hash);
  auto target = FindThread(d);
  std::optional<std::string> asked;  // a call-back that this answers
  if (!target && d.call_back) asked = AskedIn(c_, found.conversation_id);
  if (asked) target = Target{*asked, "order"};
  std::optional<AnsweredQuestion> answered;
  if (!target) answered = FindAnswered(c_, d, found.conversation_id);
  if (answered) target = Target{answered->question.request_id, "order"};
  if (!target && d.form.consent) {
    const auto letter = AnsweredLetterOf(c_, found.conversation_id);
    if (!letter.empty()) target = Target{letter, "order"};
  }
  const bool waits = target && Waits(target->state);
  std::optional<Hold> hold;
  if (!target || waits || !Takes(*target, d.plan)) {
    hold = FindHold(c_, d, found.conversation_id, waits ? target->request_id : "");
    target.reset();
    const auto newest = hold ? std::string() : NewestOpen(c_, d, found.conversation_id);
    if (!newest.empty()) target = Target{newest, "order"};
  }
  Outcome outcome;
  outcome.message_id = d.message.id;
  // A plan to attach without anything to attach to is a person's question.
  outcome.bucket = hold                          ? Bucket::kSettling
                   : target                      ? Bucket::kAttached
                   : d.plan == Bucket::kAttached ? Bucket::kTriage
                                                 : d.plan;
  const bool joins = target || (hold && !hold->request_id.empty());
  const bool has_request = HasRequest(outcome.bucket, d);
  if (has_request) {
    outcome.request_id = target ? target->request_id : joins ? hold->request_id : NewUlid(now_);
  }
  Talk planned = found;
  // Every message has a citizen, known or not: its texts lie under that citizen's key.
  if (planned.citizen_id.empty()) planned.citizen_id = NewUlid(now_);
  if (planned.conversation_id.empty() && (!d.message.sender.empty() || has_request)) {
    planned.conversation_id = NewUlid(now_);
  }
  InsertTalk(d.message, found, planned);
  if (has_request && !joins) InsertRequest(d, planned, outcome);
  if (!d.message.contact.empty() && d.message.contact != d.message.sender) {
    c_.Prepared("INSERT INTO citizen_contact (hash, citizen_id) VALUES (:h, :z) ON CONFLICT DO NOTHING")
        .Run(HashOfContact(hash_key_, d.message.contact), planned.citizen_id);
  }
  // When somebody was quicker (two processes may believe to own the same part of the stream), the batch is run again.
  InsertMessage(d, planned, outcome);
  if (hold) {
    hold->request_id = outcome.request_id;
    WriteHold(c_, *hold, joins, *d.hold, planned.conversation_id, now_);
  }
  if (auto done = InsertRest(d, &outcome); !done) return Fail(done.error());
  WriteFormRows(d, planned, answered, outcome);
  if (target && !asked && !answered) TellOfAdded(c_, d.added, d.message, planned.citizen_id, outcome, now_);
  if (asked) WriteSaid(c_, found.conversation_id, d.call_back->solved, d.call_back->satisfied, now_);
  AddDrafts(d, planned, joins, asked.has_value(), &outcome);
  return outcome;
}

void Batch::AddDrafts(const Decision& d, const Talk& talk, bool joins, bool asked, Outcome* outcome) {
  if (c_.error()) return;
  std::vector<OutboxDraft> drafts;
  if (asked) {
    drafts = d.call_back->thanks(outcome->request_id);
  } else if (d.outbox && outcome->bucket != Bucket::kSettling) {
    drafts = d.outbox(outcome->bucket, outcome->request_id, outcome->order_number);
  }
  const bool silent = outcome->bucket == Bucket::kSettling || outcome->bucket == Bucket::kNoted;
  if (d.greeting && silent && !joins && MayGreet(c_, talk.conversation_id, now_)) drafts.push_back(*d.greeting);
  // What waits may end in another request, or in none.
  const auto request = outcome->bucket == Bucket::kSettling ? std::string() : outcome->request_id;
  const auto ids = AddOutbox(c_, drafts, talk.citizen_id, d.message.id, request, outcome->order_number, now_);
  outcome->outbox_ids.insert(outcome->outbox_ids.end(), ids.begin(), ids.end());
}

}  // namespace

Result<std::vector<Outcome>> SqlStore::Commit(const std::vector<Decision>& decisions) {
  const Time now = clock_.Now();
  return database_->WriteBeside([&](Connection& c) -> Result<std::vector<Outcome>> {
    Batch batch(c, hash_key_, now);
    if (decisions.size() > 1) batch.LookAhead(decisions);
    std::vector<Outcome> outcomes;
    outcomes.reserve(decisions.size());
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      auto outcome = batch.Add(decisions[i]);
      if (c.error()) return Fail(*c.error());
      if (!outcome) {
        return MakeError(outcome.error().kind,
                         fmt::format("decision {} (message {}): {}", i, decisions[i].message.id, outcome.error().what));
      }
      outcomes.push_back(std::move(*outcome));
    }
    RecordShadow(c, decisions, outcomes, now);
    return outcomes;
  });
}

}  // namespace minsheng::store
