// SPDX-License-Identifier: Apache-2.0
// A person's correction of what a request is about.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/ulid.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

struct Corrected {
  RequestRow request;
  std::string citizen_id;
  std::string channel;
};

// A person makes an order of it: of what waited for a person or for more words, or seemed to ask for nothing.
bool MayOpen(std::string_view state) {
  return state == "triage" || state == "noted" || state == "settling" || state == "asked";
}

// What lay elsewhere goes into the order: one message opens it, the others came with it.
void MoveToOrder(Connection& c, const Corrected& found) {
  const auto& request = found.request;
  c.Prepared("DELETE FROM settling WHERE request_id = :r").Run(request.id);
  c.Prepared("UPDATE request SET state = 'order', candidates = '' WHERE id = :i").Run(request.id);
  Query& first = c.Prepared(
      "SELECT COALESCE(MIN(id), '') FROM message WHERE request_id = :r AND bucket IN ('triage', 'noted', 'settling')",
      "t");
  const std::string opens = first.First(request.id) ? first.Text(0) : std::string();
  c.Prepared("UPDATE message SET bucket = 'attached' WHERE request_id = :r AND bucket IN ('noted', 'settling')")
      .Run(request.id);
  c.Prepared("UPDATE message SET bucket = 'order' WHERE id = :i").Run(opens);
  // Other requests were counted when they came.
  if (request.state == "triage") return;
  const bool anonymous = PrivacyIn(c, request.id).value_or(Privacy{}).anonymous;
  FeedRequest(c, request.id, request.created_at, anonymous ? request.id : found.citizen_id, {});
}

void KeepCorrection(Connection& c, const Correction& k, const RequestRow& request, Time now) {
  const std::string before = !request.corrected_topic.empty() ? request.corrected_topic
                             : request.verdict                ? request.verdict->topic
                                                              : std::string();
  c.Prepared(
       "INSERT INTO correction (id, request_id, topic_before, topic, rule_set, actor, note, at) "
       "VALUES (:i, :r, :b, :t, :s, :w, :n, :a)")
      .Run(NewUlid(now), request.id, before, k.topic, request.verdict ? request.verdict->rule_set : 0, k.by, k.note,
           ToMs(now));
  c.Prepared(
       "UPDATE request SET corrected_topic = :t, corrected_by = :b, corrected_note = :n, topic = :u WHERE id = :i")
      .Run(k.topic, k.by, k.note, k.topic, request.id);
}

Result<orders::Order> OrderFor(Connection& c, const Correction& k, const Corrected& found, Time now) {
  const auto& request = found.request;
  if (!request.order_number.empty()) return ReadOrder(c, "number", request.order_number);
  OrderPlan plan;
  plan.request_id = request.id;
  plan.topic = k.topic;
  plan.channel = found.channel;
  if (request.verdict) {
    plan.urgency = request.verdict->urgency;
    if (request.verdict->type) plan.type = ToWord(*request.verdict->type);
  }
  auto order = OpenOrder(c, plan, {}, k.by, now);
  MoveToOrder(c, found);
  return order;
}

Result<void> CorrectOrder(Connection& c, const Correction& k, const Corrected& found, Time now) {
  auto order = OrderFor(c, k, found, now);
  if (!order) return Fail(order.error());
  orders::Event event{"", orders::Act::kCorrect, k.by, k.note, "", now};
  event.data = nlohmann::json{{"from", order->topic}, {"to", k.topic}}.dump(-1, ' ', false,
                                                                            nlohmann::json::error_handler_t::replace);
  if (auto added = AppendEvent(c, &*order, event, now); !added) return added;
  if (!k.lead_unit.empty()) {
    const HandOver to{k.lead_unit, k.helper_units, k.catalogue_entry, k.timetable.get()};
    if (auto done = DispatchOrder(c, &*order, to, k.by, now); !done) return done;
  }
  if (k.outbox && !c.error())
    AddOutbox(c, k.outbox(order->number), found.citizen_id, "", found.request.id, order->number, now);
  return {};
}

}  // namespace

Result<RequestRow> SqlStore::Correct(const Correction& correction) {
  if (correction.topic.empty() || correction.by.empty()) {
    return MakeError(ErrorKind::kInvalid, "更正须写明事项和更正人 / a correction needs a topic and who makes it");
  }
  const Time now = clock_.Now();
  auto done = database_->Write([&](Connection& c) -> Result<void> {
    auto request = ReadRequest(c, correction.request_id);
    if (!request) return Fail(request.error());
    if (request->state == "closed") {
      return MakeError(ErrorKind::kConflict,
                       fmt::format("诉求 {} 已办结，不能更正 / request {} is closed", request->id, request->id));
    }
    Query& q = c.Prepared("SELECT citizen_id, channel FROM request WHERE id = :i", "tt");
    if (!q.First(request->id)) return MakeError(ErrorKind::kNotFound, "the request is gone");
    const Corrected found{*request, q.Text(0), q.Text(1)};
    KeepCorrection(c, correction, found.request, now);
    // What was answered at once has no order, and does not get one by a better topic.
    if (request->order_number.empty() && !MayOpen(request->state)) return {};
    return CorrectOrder(c, correction, found, now);
  });
  if (!done) return Fail(done.error());
  return GetRequest(correction.request_id);
}

}  // namespace minsheng::store
