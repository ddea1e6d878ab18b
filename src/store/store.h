// SPDX-License-Identifier: Apache-2.0
// Long because every part of the program meets the database here; an area of its own has its own header.
// Store: everything a person may ask about later (versions of the RuleSet: rule_sets.h). SQL behind it (SQLite in WAL
// mode by default, or PostgreSQL); soci_*.{h,cc} are the only files with <soci/*>. Thread-safe; each call is one
// transaction.
//
// Errors: kUnavailable = the database cannot be written now (full disk, locked too long, server away): nothing
// of the call happened, try again. kUnknown = the connection was lost during the commit: it may have happened.
// kConflict = somebody changed it first. kInternal = corrupt.
// Long because one Decision and one Store name all that a transaction may do.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/message.h"
#include "src/model/verdict.h"
#include "src/orders/order.h"
#include "src/orders/timetable.h"
#include "src/store/acts.h"
#include "src/store/articles.h"
#include "src/store/call_backs.h"
#include "src/store/chase.h"
#include "src/store/forms.h"
#include "src/store/history.h"
#include "src/store/hold_plan.h"
#include "src/store/incidents.h"
#include "src/store/letters.h"
#include "src/store/outbox.h"
#include "src/store/rule_sets.h"
#include "src/store/search.h"
#include "src/store/unit_log.h"

namespace minsheng::store {

class Keeping;

// Where a Message ended. Each Message is in exactly one (design section 3, promise 6).
enum class Bucket { kOrder, kAttached, kAnswered, kNoted, kTriage, kParked, kSettling };
std::string_view ToWord(Bucket b);
std::optional<Bucket> BucketFromWord(std::string_view word);

// What the unit that has an order is told of further words for it. Called inside a transaction; must be pure.
using TellsOfAdded = std::function<std::vector<OutboxDraft>(const Message& words, const orders::Order& order)>;

// The worker's decision about one stream entry.
struct Decision {
  Message message;
  std::string raw;       // wire bytes, or
  std::string raw_blob;  // the blob that holds them
  std::optional<Verdict> verdict;
  std::optional<ShadowVerdict> shadow;  // compared with the verdict and counted; changes nothing else
  Bucket plan = Bucket::kTriage;        // unless it attaches or was seen before
  // Attach first, if such a request exists (in this order): request id; key of this channel and
  // account ("call:<call id>"); else, if attach_since is set, the newest open request of the same
  // conversation that was created at or after it. A request that is answered at once or closed
  // takes what needs no work; for plans kOrder and kTriage it counts as not there, so that
  // nothing is buried where nobody looks.
  std::string attach_request;
  std::string attach_order;  // or number of its order
  std::string thread_key;    // also stored on the request that this message opens
  std::optional<Time> attach_since;
  // For plan kOrder: who handles it.
  std::string lead_unit;
  std::vector<std::string> helper_units;
  std::string catalogue_entry;
  std::shared_ptr<const orders::Timetable> timetable;  // counts when it is due; null: no limits
  std::vector<std::string> places;                     // the Verdict's place and what it lies in, nearest first
  std::string article;                                 // for plan kAnswered: the article that answers, and its version
  std::int64_t article_version = 0;
  std::string park_reason;  // for plan kParked
  int park_deliveries = 0;
  FormPlan form;  // written with the request that this message opens
  // Called inside the transaction when a question of ours is open in the conversation; may be empty. Must be pure.
  std::function<FormAnswer(const OpenQuestion&)> answer;
  // What the words say if the citizen was asked in this conversation whether the matter is solved.
  std::optional<CallBackWord> call_back;
  TellsOfAdded added;                   // when it is attached, but not as the answer to a question; may be empty
  std::optional<HoldPlan> hold;         // nullopt: it is decided by itself
  std::optional<OutboxDraft> greeting;  // sent once a day, when it opens nothing or waits
  // Called inside the transaction with what was decided; number is empty without an order.
  std::function<std::vector<OutboxDraft>(Bucket, const std::string& request_id, const std::string& number)> outbox;
};

struct Outcome {
  std::string message_id;
  bool duplicate = false;  // the identity was committed before; nothing was written now
  Bucket bucket = Bucket::kTriage;
  std::string request_id;
  std::string order_number;
  std::vector<std::string> outbox_ids;
};

struct ParkedRow {
  std::string id;  // message id
  std::string channel;
  std::string account;
  std::string reason;
  std::string raw;
  std::string raw_blob;
  std::string message;  // Message JSON
  int deliveries = 0;
  Time parked_at{};
  std::string resolution;  // "" = still parked, "retried", "dropped"
};

struct RequestRow {
  std::string id;
  std::string conversation_id;
  std::string state;  // bucket word, "asked" or "closed"
  std::string order_number;
  std::optional<Verdict> verdict;
  std::string corrected_topic;  // a person's, kept beside the verdict
  std::string corrected_by;
  std::string corrected_note;
  Time created_at{};
  std::string candidates;         // JSON of conversations.h: what it may belong to; empty = nothing
  std::vector<Message> messages;  // oldest first; empty in lists
  std::vector<FieldFact> facts;   // in force; empty in lists
  Privacy privacy;                // not in lists
  Message whole;                  // those that the verdict is about, as WholeOf joins them; empty in lists
  std::vector<Message> added;     // those that came later, but for outdated transcripts; empty in lists
};

struct OrderFilter {
  std::string state;
  std::string unit;
  std::string topic;
  std::string cursor;  // order number after which to go on (newest first)
  int limit = 50;
};

// A person's correction of topic. When the request was in triage, it opens the order.
struct Correction {
  std::string request_id;
  std::string topic;
  std::string by;
  std::string note;
  std::string lead_unit;  // for the order that is opened or re-dispatched
  std::vector<std::string> helper_units;
  std::string catalogue_entry;
  std::shared_ptr<const orders::Timetable> timetable;
  std::function<std::vector<OutboxDraft>(const std::string& number)> outbox;
};

struct BalanceRow {
  std::string channel;
  std::int64_t hour = 0;                        // since 1970, UTC
  std::map<std::string, std::int64_t> buckets;  // bucket word -> messages; also "refused"
};

struct StoreOptions {
  std::string password;  // of PostgreSQL; empty = none, or as libpq finds it
  // Who claims rows of the outbox. No two living processes may have the same name; a process that comes after
  // one that died should have its name, so that it can release what that one had claimed.
  std::string owner;
  std::string master_key = {};  // "file:/path" (made when new) or "env:NAME"; empty: master.key beside SQLite's file
};

class Conversations;  // conversations.h

class Store : public RuleSets {
 public:
  // Opens (and migrates) the database. `url`: "sqlite:/path/minsheng.db", "postgresql://user@host:port/name", or
  // libpq's keywords ("host=/run/postgresql dbname=minsheng").
  static Result<std::unique_ptr<Store>> Open(const std::string& url, const Clock& clock,
                                             const StoreOptions& options = {});
  // kInvalid when `url` is none of these, or holds a password. Opens nothing.
  static Result<void> CheckUrl(const std::string& url);

  // --- the worker -------------------------------------------------------------------------
  // All decisions in one transaction, in order: all or nothing. One outcome per decision. An error
  // names the decision; then try them one at a time. A new id with the identity of a parked
  // message is that message's retry: it is committed like a new one.
  virtual Result<std::vector<Outcome>> Commit(const std::vector<Decision>& decisions) = 0;

  // --- the outbox -------------------------------------------------------------------------
  // Claims up to max due rows until `lease_until`; of the dispatches to one unit, one at a time, so
  // that a unit that hangs holds up nobody else. Rows whose earlier claim ran out: replies
  // become kUnknown (they may have been sent), dispatches are due again under the same id.
  virtual Result<std::vector<OutboxRow>> TakeDue(Time now, Time lease_until, int max) = 0;
  // A person asks for one more try of a row that failed or is unknown: due now, counted anew.
  // kNotFound: no such row. kConflict: it is in another state.
  virtual Result<OutboxRow> RetryOutbox(const std::string& id, Time now) = 0;
  // Ends now, as if they had run out, the claims of this owner (StoreOptions) that are older than this Store. For
  // the start of a process: who claimed them is dead. Claims of other owners are left alone.
  virtual Result<void> ReleaseClaims(Time now) = 0;
  // Claims each of these rows for its open request, and keeps the body that goes out before it does;
  // all in one transaction. One claim token for each row: empty when it is not a reply whose time
  // has come, or somebody else has it.
  virtual Result<std::vector<std::string>> TakePassive(const std::vector<PassiveClaim>& claims, Time now,
                                                       Time lease_until) = 0;
  // Of kind "reply", by message.
  virtual Result<std::vector<std::vector<OutboxRow>>> RepliesOf(const std::vector<std::string>& message_ids) = 0;
  // False when the claim token no longer matches (somebody else took over): nothing was changed.
  virtual Result<bool> Finish(const std::string& outbox_id, const std::string& claim_token, OutboxState state,
                              const std::string& error, const std::string& platform_id, Time next_at) = 0;
  // The same for many rows in one transaction.
  virtual Result<std::vector<bool>> Finish(const std::vector<FinishedRow>& rows) = 0;
  // When TakeDue next has something to do: a pending row is due or a claim runs out; nullopt = never.
  virtual Result<std::optional<Time>> NextDue() = 0;
  virtual Result<std::vector<OutboxRow>> ListOutbox(const std::string& state, int limit) = 0;

  // --- reading ----------------------------------------------------------------------------
  virtual Result<std::optional<Outcome>> OutcomeOf(const std::string& message_id) = 0;
  virtual Result<RequestRow> GetRequest(const std::string& id) = 0;
  virtual Result<std::vector<RequestRow>> ListRequests(const std::string& state, const std::string& cursor,
                                                       int limit) = 0;
  virtual Result<std::vector<HistoryRow>> ReadHistory(const HistoryRange& range) = 0;
  virtual Result<orders::Order> GetOrder(const std::string& number) = 0;  // with its events
  virtual Result<std::vector<orders::Order>> ListOrders(const OrderFilter& filter) = 0;

  // --- people -----------------------------------------------------------------------------
  virtual Result<RequestRow> Correct(const Correction& correction) = 0;
  // Adds an act to an order if orders::MayAdd says so, whose errors it returns; the order after it, with its events.
  // A correction goes through Correct (kInvalid). Merging adds kAdopt to the parent in the same transaction
  // (kConflict: the parent is merged or closed itself, or the order has children), undoing it kRelease.
  virtual Result<orders::Order> Act(const std::string& number, const ActPlan& plan) = 0;
  Result<orders::Order> Act(const std::string& number, const orders::Event& event) {
    return Act(number, ActPlan{.event = event});
  }
  // kConflict: the incident has an order that is not closed already, named in the text.
  virtual Result<orders::Order> OpenExtra(const ExtraOrder& extra) = 0;
  virtual Result<std::vector<OrderText>> OrderTexts(const std::string& number) = 0;  // oldest first

  // --- parked -----------------------------------------------------------------------------
  virtual Result<std::vector<ParkedRow>> ListParked(bool resolved_too, int limit) = 0;  // without raw
  virtual Result<ParkedRow> GetParked(const std::string& id) = 0;
  // After the retry was appended again under new ids ("retried"), or a person gave it up
  // ("dropped"). The retry counts as received once more, so the old one stays in bucket parked.
  virtual Result<void> ResolveParked(const std::string& id, const std::string& resolution) = 0;

  // --- counts -----------------------------------------------------------------------------
  // What is stored, per hour and channel, in [from, to). From `waiting` (message ids, may be null)
  // it takes those that are stored: both from one snapshot, so that none is in two places or none.
  virtual Result<std::vector<BalanceRow>> Balance(Time from, Time to, std::vector<std::string>* waiting) = 0;
  virtual Result<void> AddRefused(const std::string& channel, std::int64_t hour, const std::string& reason,
                                  std::int64_t n) = 0;

  // --- channels ---------------------------------------------------------------------------
  virtual Result<std::optional<std::string>> GetState(const std::string& scope, const std::string& key) = 0;
  virtual Result<bool> PutState(const std::string& scope, const std::string& key,
                                const std::optional<std::optional<std::string>>& expected,
                                const std::string& value) = 0;

  // Areas with an interface of their own; each lives as long as the Store.
  virtual IncidentLog& Incidents() = 0;
  virtual FormLog& Forms() = 0;
  virtual LetterLog& Letters() = 0;
  virtual ChaseLog& Chase() = 0;
  virtual CallBackLog& CallBacks() = 0;  // the same
  virtual UnitLog& Units() = 0;          // the same
  virtual SearchIndex& Search() = 0;
  virtual ArticleShelf& Articles() = 0;
  virtual Conversations& Talks() = 0;

  virtual Keeping& Keep() = 0;
  // A cheap write that proves the database takes writes. For /readyz.
  virtual Result<void> Probe() = 0;
  virtual Result<void> Checkpoint() = 0;  // truncates the WAL; called now and then by the scheduler
};

}  // namespace minsheng::store
