// SPDX-License-Identifier: Apache-2.0
// Facts of requests by field, with their history, and who may be told whose they are.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/ulid.h"
#include "src/store/sql_forms.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

int Rank(std::string_view source) { return source == "person" ? 3 : source == "answer" ? 2 : 1; }

constexpr std::string_view kFactRow =
    "SELECT id, key, value, source, message_id, span_begin, span_end, actor, at, current, citizen_id, sealed FROM "
    "request_field ";
constexpr std::string_view kFactColumns =
    "tttttiit"
    "iiti";

FieldFact FactOf(Connection& c, const Query& q) {
  FieldFact fact;
  fact.key = q.Text(1);
  fact.value = OpenText(c, q.Text(10), {"request_field", q.Text(0), "value"}, q.Text(2), q.Int(11));
  fact.source = q.Text(3);
  fact.message_id = q.Text(4);
  fact.begin = static_cast<std::uint32_t>(q.Int(5));
  fact.end = static_cast<std::uint32_t>(q.Int(6));
  fact.actor = q.Text(7);
  fact.at = FromMs(q.Int(8));
  fact.current = q.Int(9) == 1;
  return fact;
}

void InsertFact(Connection& c, const FormOwner& owner, const FieldFact& fact, bool current, Time now) {
  const std::string id = NewUlid(now);
  c.Prepared(
       "INSERT INTO request_field (id, request_id, citizen_id, sealed, key, value, source, message_id, span_begin, "
       "span_end, actor, current, at) VALUES (:i, :r, :z, 1, :k, :v, :s, :m, :b, :e, :a, :c, :t)")
      .Run(id, owner.request_id, owner.citizen_id, fact.key,
           SealText(c, owner.citizen_id, {"request_field", id, "value"}, fact.value), fact.source, fact.message_id,
           fact.begin, fact.end, fact.actor, current ? 1 : 0, ToMs(now));
}

// The kind of service that is counted follows its field.
void KeepService(Connection& c, const FormOwner& owner, const std::string& service) {
  c.Prepared("UPDATE service SET service = :s WHERE request_id = :r").Run(service, owner.request_id);
}

Result<FormOwner> OwnerOf(Connection& c, const std::string& request_id) {
  Query& q = c.Prepared("SELECT citizen_id, conversation_id, topic, state FROM request WHERE id = :i", "tttt");
  if (!q.First(request_id)) {
    return MakeError(ErrorKind::kNotFound, fmt::format("没有诉求 {} / there is no request {}", request_id, request_id));
  }
  if (q.Text(3) == "closed") {
    return MakeError(ErrorKind::kConflict, fmt::format("诉求 {} 已办结，要素不能再改 / request {} is closed: its facts "
                                                       "cannot be changed any more",
                                                       request_id, request_id));
  }
  FormOwner owner{request_id, q.Text(0), q.Text(1), "", q.Text(2)};
  if (auto order = ReadOrder(c, "request_id", request_id)) owner.order_number = order->number;
  return owner;
}

// What was filled in, without what it says.
Result<void> Note(Connection& c, const FormOwner& owner, const std::string& by, const std::string& reason,
                  const nlohmann::json& data, Time now) {
  if (owner.order_number.empty()) return {};
  auto order = ReadOrder(c, "number", owner.order_number);
  if (!order) return Fail(order.error());
  orders::Event event{"", orders::Act::kNote, by, reason, "", now};
  event.data = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return AppendEvent(c, &*order, event, now);
}

}  // namespace

void WriteFacts(Connection& c, const FormOwner& owner, const std::vector<FieldFact>& facts,
                const std::string& service_key, Time now) {
  for (const auto& fact : facts) {
    Query& q = c.Prepared(std::string(kFactRow) + "WHERE request_id = :r AND key = :k AND current = 1", kFactColumns);
    const bool known = q.First(owner.request_id, fact.key);
    const FieldFact old = known ? FactOf(c, q) : FieldFact{};
    if (known && old.value == fact.value && Rank(old.source) >= Rank(fact.source)) continue;
    // Of two texts the first stays; of two answers or two persons' words the later counts.
    const bool wins = !known || Rank(fact.source) > Rank(old.source) ||
                      (Rank(fact.source) == Rank(old.source) && Rank(fact.source) > 1);
    if (known && wins) {
      c.Prepared("UPDATE request_field SET current = 0 WHERE request_id = :r AND key = :k AND current = 1")
          .Run(owner.request_id, fact.key);
    }
    InsertFact(c, owner, fact, wins, now);
    if (wins && !service_key.empty() && fact.key == service_key) KeepService(c, owner, fact.value);
  }
}

void WriteForm(Connection& c, const FormOwner& owner, const Message& message, const FormPlan& plan, Time now) {
  KeepPrivacy(c, owner.request_id, message, now);
  if (plan.counted && !owner.order_number.empty()) {
    c.Prepared(
         "INSERT INTO service (order_number, request_id, topic, service, state, created_at) "
         "VALUES (:o, :r, :t, '', 'requested', :c)")
        .Run(owner.order_number, owner.request_id, owner.topic, ToMs(now));
  }
  WriteFacts(c, owner, plan.facts, plan.service_key, now);
  if (plan.asked.empty() || owner.order_number.empty()) return;
  c.Prepared(
       "INSERT INTO form_question (request_id, conversation_id, order_number, topic, asked, hold, state, asked_at, "
       "due_at, until_at) VALUES (:r, :v, :o, :t, :a, :h, 'open', :n, :d, :u)")
      .Run(owner.request_id, owner.conversation_id, owner.order_number, owner.topic, JsonList(plan.asked),
           plan.hold ? 1 : 0, ToMs(now), ToMs(plan.hold ? plan.due : plan.until), ToMs(plan.until));
}

std::vector<FieldFact> FactsIn(Connection& c, const std::string& request_id, bool all) {
  std::vector<FieldFact> facts;
  Query& q = c.Prepared(std::string(kFactRow) + (all ? "WHERE request_id = :r ORDER BY at, id"
                                                     : "WHERE request_id = :r AND current = 1 ORDER BY key"),
                        kFactColumns);
  for (bool row = q.First(request_id); row; row = q.Next()) facts.push_back(FactOf(c, q));
  return facts;
}

std::optional<Privacy> PrivacyIn(Connection& c, const std::string& request_id) {
  Query& q = c.Prepared("SELECT anonymous, confidential FROM request_privacy WHERE request_id = :r", "ii");
  if (!q.First(request_id)) return std::nullopt;
  return Privacy{q.Int(0) == 1, q.Int(1) == 1};
}

void KeepPrivacy(Connection& c, const std::string& request_id, const Message& message, Time now) {
  if (!message.anonymous && !message.confidential) return;
  c.Prepared(
       "INSERT INTO request_privacy (request_id, anonymous, confidential, actor, at) VALUES (:r, :a, :c, 'system', :t) "
       "ON CONFLICT (request_id) DO UPDATE SET "
       "anonymous = CASE excluded.anonymous WHEN 1 THEN 1 ELSE request_privacy.anonymous END, "
       "confidential = CASE excluded.confidential WHEN 1 THEN 1 ELSE request_privacy.confidential END, "
       "actor = excluded.actor, at = excluded.at")
      .Run(request_id, message.anonymous ? 1 : 0, message.confidential ? 1 : 0, ToMs(now));
}

Result<std::vector<FieldFact>> SqlForms::Facts(const std::string& request_id, bool all) {
  return database_.Read([&](Connection& c) -> Result<std::vector<FieldFact>> { return FactsIn(c, request_id, all); });
}

Result<void> SqlForms::Fill(const std::string& request_id, const std::vector<FieldFact>& facts,
                            const std::string& service_key, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto owner = OwnerOf(c, request_id);
    if (!owner) return Fail(owner.error());
    if (!service_key.empty() && !owner->order_number.empty()) {
      c.Prepared(
           "INSERT INTO service (order_number, request_id, topic, service, state, created_at) "
           "VALUES (:o, :r, :t, '', 'requested', :c) ON CONFLICT (order_number) DO NOTHING")
          .Run(owner->order_number, request_id, owner->topic, ToMs(now));
    }
    WriteFacts(c, *owner, facts, service_key, now);
    auto keys = nlohmann::json::array();
    for (const auto& fact : facts) keys.push_back(fact.key);
    return Note(c, *owner, by, "", {{"fields", keys}}, now);
  });
}

Result<Privacy> SqlForms::PrivacyOf(const std::string& request_id) {
  return database_.Read([&](Connection& c) -> Result<Privacy> { return PrivacyIn(c, request_id).value_or(Privacy{}); });
}

Result<void> SqlForms::SetPrivacy(const std::string& request_id, const Privacy& privacy, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto owner = OwnerOf(c, request_id);
    if (!owner) return Fail(owner.error());
    c.Prepared(
         "INSERT INTO request_privacy (request_id, anonymous, confidential, actor, at) VALUES (:r, :a, :c, :w, :t) "
         "ON CONFLICT (request_id) DO UPDATE SET anonymous = excluded.anonymous, confidential = excluded.confidential, "
         "actor = excluded.actor, at = excluded.at")
        .Run(request_id, privacy.anonymous ? 1 : 0, privacy.confidential ? 1 : 0, by, ToMs(now));
    if (privacy.confidential) ForgetInSearch(c, request_id);
    return Note(c, *owner, by, "", {{"anonymous", privacy.anonymous}, {"confidential", privacy.confidential}}, now);
  });
}

}  // namespace minsheng::store
