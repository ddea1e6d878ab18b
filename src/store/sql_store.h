// SPDX-License-Identifier: Apache-2.0
// SqlStore: the Store over Database. Private to src/store/; its methods are in commit.cc,
// outbox.cc, reading.cc, history.cc, people.cc, records.cc, rule_sets.cc, shadow.cc and pins.cc.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "src/store/database.h"
#include "src/store/sql_articles.h"
#include "src/store/sql_call_backs.h"
#include "src/store/sql_chase.h"
#include "src/store/sql_conversations.h"
#include "src/store/sql_forms.h"
#include "src/store/sql_incidents.h"
#include "src/store/sql_keeping.h"
#include "src/store/sql_letters.h"
#include "src/store/sql_search.h"
#include "src/store/sql_unit_log.h"
#include "src/store/store.h"

namespace minsheng::store {

class SqlStore final : public Store {
 public:
  // `database` has a Sealer.
  SqlStore(std::unique_ptr<Database> database, const StoreSecrets& secrets, const Clock& clock, std::string owner = "")
      : database_(std::move(database)),
        clock_(clock),
        keeping_(*database_, secrets, clock),
        hash_key_(secrets.hash_key),
        owner_(std::move(owner)) {}

  Result<std::vector<Outcome>> Commit(const std::vector<Decision>& decisions) override;

  Result<std::vector<OutboxRow>> TakeDue(Time now, Time lease_until, int max) override;
  Result<OutboxRow> RetryOutbox(const std::string& id, Time now) override;
  Result<void> ReleaseClaims(Time now) override;
  Result<std::vector<std::string>> TakePassive(const std::vector<PassiveClaim>& claims, Time now,
                                               Time lease_until) override;
  Result<std::vector<std::vector<OutboxRow>>> RepliesOf(const std::vector<std::string>& message_ids) override;
  Result<bool> Finish(const std::string& outbox_id, const std::string& claim_token, OutboxState state,
                      const std::string& error, const std::string& platform_id, Time next_at) override;
  Result<std::vector<bool>> Finish(const std::vector<FinishedRow>& rows) override;
  Result<std::optional<Time>> NextDue() override;
  Result<std::vector<OutboxRow>> ListOutbox(const std::string& state, int limit) override;

  Result<std::optional<Outcome>> OutcomeOf(const std::string& message_id) override;
  Result<RequestRow> GetRequest(const std::string& id) override;
  Result<std::vector<RequestRow>> ListRequests(const std::string& state, const std::string& cursor, int limit) override;
  Result<std::vector<HistoryRow>> ReadHistory(const HistoryRange& range) override;
  Result<orders::Order> GetOrder(const std::string& number) override;
  Result<std::vector<orders::Order>> ListOrders(const OrderFilter& filter) override;

  Result<RequestRow> Correct(const Correction& correction) override;
  Result<orders::Order> Act(const std::string& number, const ActPlan& plan) override;
  Result<orders::Order> OpenExtra(const ExtraOrder& extra) override;
  Result<std::vector<OrderText>> OrderTexts(const std::string& number) override;

  Result<std::vector<ParkedRow>> ListParked(bool resolved_too, int limit) override;
  Result<ParkedRow> GetParked(const std::string& id) override;
  Result<void> ResolveParked(const std::string& id, const std::string& resolution) override;

  Result<std::vector<BalanceRow>> Balance(Time from, Time to, std::vector<std::string>* waiting) override;
  Result<void> AddRefused(const std::string& channel, std::int64_t hour, const std::string& reason,
                          std::int64_t n) override;

  Result<std::optional<std::string>> GetState(const std::string& scope, const std::string& key) override;
  Result<bool> PutState(const std::string& scope, const std::string& key,
                        const std::optional<std::optional<std::string>>& expected, const std::string& value) override;

  Result<std::optional<RuleSetRow>> ActiveRuleSet() override;
  Result<InForce> RuleSetsInForce() override;
  Result<RuleSetRow> GetRuleSet(std::int64_t version) override;
  Result<std::vector<RuleSetRow>> ListRuleSets(int limit) override;
  Result<std::vector<RuleSetAct>> RuleSetActs(std::int64_t version) override;
  Result<std::int64_t> RollbackTarget() override;
  Result<bool> SeedRuleSet(const RuleSetRow& row) override;
  Result<AddedRuleSet> AddRuleSet(const RuleSetRow& row) override;
  Result<void> MarkChecked(std::int64_t version, const std::string& by, const std::string& note) override;
  Result<void> SetShadow(std::int64_t version, const std::string& by, const std::string& note) override;
  Result<void> ActivateRuleSet(std::int64_t version, const RuleSetActor& actor, std::int64_t pins_seen) override;
  Result<void> RollBackRuleSet(std::int64_t target, const RuleSetActor& actor) override;
  Result<void> DiscardRuleSet(std::int64_t version, const std::string& by, const std::string& note) override;
  Result<std::vector<ShadowReport>> ShadowReports(std::int64_t version) override;
  Result<std::vector<PinnedCase>> ListPins(bool retired_too) override;
  Result<std::int64_t> PinsStamp() override;
  Result<std::int64_t> AddPin(const PinnedCase& pin) override;
  Result<void> RetirePin(std::int64_t id, const std::string& by, const std::string& note) override;

  IncidentLog& Incidents() override { return incidents_; }
  FormLog& Forms() override { return forms_; }
  LetterLog& Letters() override { return letters_; }
  ChaseLog& Chase() override { return chase_; }
  CallBackLog& CallBacks() override { return call_backs_; }
  UnitLog& Units() override { return units_; }
  SearchIndex& Search() override { return search_; }
  ArticleShelf& Articles() override { return articles_; }
  Keeping& Keep() override { return keeping_; }
  Conversations& Talks() override { return talks_; }
  Result<void> Probe() override;
  Result<void> Checkpoint() override { return database_->Checkpoint(); }

 private:
  std::unique_ptr<Database> database_;
  const Clock& clock_;
  SqlIncidents incidents_{*database_};
  SqlSearch search_{*database_};
  SqlArticles articles_{*database_, clock_};
  SqlKeeping keeping_;
  const std::string hash_key_;
  const std::string owner_;
  SqlForms forms_{*database_, clock_};
  SqlLetters letters_{*database_, clock_};
  SqlChase chase_{*database_, clock_};
  SqlCallBacks call_backs_{*database_, clock_};
  SqlUnitLog units_{*database_};
  SqlConversations talks_{*database_, clock_};
};

// --- shared by the files of this folder; all run inside a transaction ------------------------

// What a new work order needs to know.
struct OrderPlan {
  std::string request_id;
  std::string topic;
  std::string type;
  std::string line;
  std::string channel;
  Urgency urgency = Urgency::kNormal;
  std::string split_from;
  std::string incident;
  std::string reason;
};

// Who gets it, and by which timetable it is due (null: no due times).
struct HandOver {
  std::string lead;  // empty: nobody yet
  std::vector<std::string> helpers;
  std::string entry;
  const orders::Timetable* timetable = nullptr;
};

// Opens a work order: number, row, the event open, and the event dispatch when there is a unit.
Result<orders::Order> OpenOrder(Connection& c, const OrderPlan& plan, const HandOver& to, const std::string& actor,
                                Time now);
// The order that a decision plans for its request; its number.
Result<std::string> OpenPlanned(Connection& c, const Decision& d, const std::string& request_id, Time now);
// Adds an event (id and time are filled when empty) if the lifecycle allows it, and updates the
// cached fold: of the order, and the state of its request when it closes or is reopened. `order` follows.
Result<void> AppendEvent(Connection& c, orders::Order* order, orders::Event event, Time now,
                         const std::string& once = "");
// Store::Act inside a transaction.
Result<orders::Order> ActIn(Connection& c, const std::string& number, const ActPlan& plan, Time now);
Result<void> DispatchOrder(Connection& c, orders::Order* order, const HandOver& to, const std::string& actor, Time now);
// The order without its events, of several of a request the first; kNotFound. key: "number" or "request_id".
Result<orders::Order> ReadOrder(Connection& c, std::string_view key, const std::string& value);
std::vector<orders::Event> ReadEvents(Connection& c, const std::string& order_id);

// Writes drafts; ids in their order. citizen_id may be empty.
std::vector<std::string> AddOutbox(Connection& c, const std::vector<OutboxDraft>& drafts, const std::string& citizen_id,
                                   const std::string& message_id, const std::string& request_id,
                                   const std::string& order_number, Time now);

// What became of a committed message; nullopt = no such message.
std::optional<Outcome> ReadOutcome(Connection& c, const std::string& message_id);
Result<RequestRow> ReadRequest(Connection& c, const std::string& id);
// Oldest first. judged: only those that the request's verdict is about.
std::vector<Message> ReadMessages(Connection& c, const std::string& request_id, bool judged = false);

// Counts what the version in shadow said of these decisions, and keeps examples of what differs.
void RecordShadow(Connection& c, const std::vector<Decision>& decisions, const std::vector<Outcome>& outcomes,
                  Time now);
// Differs whenever a case was pinned or retired in between.
std::int64_t PinsStampOf(Connection& c);

std::string JsonList(const std::vector<std::string>& items);
std::vector<std::string> FromJsonList(std::string_view json);
int ClampLimit(int limit);  // 1..1000

}  // namespace minsheng::store
