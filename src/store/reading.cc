// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/model/whole.h"
#include "src/store/order_row.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kRequestRow =
    "SELECT r.id, r.conversation_id, r.state, COALESCE((SELECT o.number FROM work_order o WHERE o.request_id = r.id "
    "ORDER BY o.id LIMIT 1), ''), r.verdict, r.corrected_topic, r.corrected_by, r.corrected_note, r.created_at, "
    "r.candidates FROM request r ";
constexpr std::string_view kRequestColumns = "ttttttttit";

RequestRow RequestOf(const Query& q) {
  RequestRow row;
  row.id = q.Text(0);
  row.conversation_id = q.Text(1);
  row.state = q.Text(2);
  row.order_number = q.Text(3);
  if (!q.Text(4).empty()) {
    if (auto verdict = DecodeVerdict(q.Text(4))) row.verdict = std::move(*verdict);
  }
  row.corrected_topic = q.Text(5);
  row.corrected_by = q.Text(6);
  row.corrected_note = q.Text(7);
  row.created_at = FromMs(q.Int(8));
  row.candidates = q.Text(9);
  return row;
}

}  // namespace

std::optional<Outcome> ReadOutcome(Connection& c, const std::string& message_id) {
  Query& q = c.Prepared(
      "SELECT m.bucket, COALESCE(m.request_id, ''), COALESCE((SELECT o.number FROM work_order o "
      "WHERE o.request_id = m.request_id ORDER BY o.id LIMIT 1), '') FROM message m WHERE m.id = :i",
      "ttt");
  if (!q.First(message_id)) return std::nullopt;
  Outcome outcome;
  outcome.message_id = message_id;
  outcome.bucket = BucketFromWord(q.Text(0)).value_or(Bucket::kTriage);
  outcome.request_id = q.Text(1);
  outcome.order_number = q.Text(2);
  Query& ids = c.Prepared("SELECT id FROM outbox WHERE message_id = :m ORDER BY id", "t");
  for (bool row = ids.First(message_id); row; row = ids.Next()) outcome.outbox_ids.push_back(ids.Text(0));
  return outcome;
}

std::vector<Message> ReadMessages(Connection& c, const std::string& request_id, bool judged) {
  std::vector<Message> messages;
  Query& q = c.Prepared(
      "SELECT message, id, COALESCE(citizen_id, ''), sealed FROM message WHERE request_id = :r AND judged >= :j "
      "ORDER BY id",
      "ttti");
  for (bool row = q.First(request_id, judged ? 1 : 0); row; row = q.Next()) {
    const std::string text = OpenText(c, q.Text(2), {"message", q.Text(1), "message"}, q.Text(0), q.Int(3));
    if (auto message = DecodeMessage(text)) messages.push_back(std::move(*message));
  }
  return messages;
}

Result<RequestRow> ReadRequest(Connection& c, const std::string& id) {
  Query& q = c.Prepared(std::string(kRequestRow) + "WHERE r.id = :i", kRequestColumns);
  if (!q.First(id)) return MakeError(ErrorKind::kNotFound, "没有诉求 " + id + " / there is no request " + id);
  return RequestOf(q);
}

Result<std::optional<Outcome>> SqlStore::OutcomeOf(const std::string& message_id) {
  return database_->Read([&](Connection& c) -> Result<std::optional<Outcome>> { return ReadOutcome(c, message_id); });
}

Result<RequestRow> SqlStore::GetRequest(const std::string& id) {
  return database_->Read([&](Connection& c) -> Result<RequestRow> {
    auto row = ReadRequest(c, id);
    if (!row) return row;
    row->messages = ReadMessages(c, id);
    const auto judged = ReadMessages(c, id, /*judged=*/true);
    row->whole = WholeOf(judged);
    row->facts = FactsIn(c, id, false);
    const auto privacy = PrivacyIn(c, id);
    const auto mark = [&](Message& m) {
      // What was decided later counts for every message, wherever it goes.
      if (privacy) {
        m.anonymous = privacy->anonymous;
        m.confidential = privacy->confidential;
      }
      row->privacy.anonymous = row->privacy.anonymous || m.anonymous;
      row->privacy.confidential = row->privacy.confidential || m.confidential;
    };
    for (auto& m : row->messages) mark(m);
    mark(row->whole);
    for (const auto& m : row->messages) {
      const bool is_judged = std::any_of(judged.begin(), judged.end(), [&](const Message& j) { return j.id == m.id; });
      if (!is_judged && m.kind != Kind::kCall) row->added.push_back(m);
    }
    return row;
  });
}

Result<std::vector<RequestRow>> SqlStore::ListRequests(const std::string& state, const std::string& cursor, int limit) {
  return database_->Read([&](Connection& c) -> Result<std::vector<RequestRow>> {
    std::string sql(kRequestRow);
    sql += state.empty() ? "WHERE :s = '' " : "WHERE r.state = :s ";
    sql += cursor.empty() ? "AND :c = '' " : "AND r.id < :c ";
    sql += "ORDER BY r.id DESC LIMIT :l";
    std::vector<RequestRow> rows;
    Query& q = c.Prepared(sql, kRequestColumns);
    for (bool row = q.First(state, cursor, ClampLimit(limit)); row; row = q.Next()) rows.push_back(RequestOf(q));
    return rows;
  });
}

Result<orders::Order> SqlStore::GetOrder(const std::string& number) {
  return database_->Read([&](Connection& c) -> Result<orders::Order> {
    auto order = ReadOrder(c, "number", number);
    if (order) order->events = ReadEvents(c, order->id);
    return order;
  });
}

Result<std::vector<orders::Order>> SqlStore::ListOrders(const OrderFilter& filter) {
  return database_->Read([&](Connection& c) -> Result<std::vector<orders::Order>> {
    std::string sql = SelectOrder();
    sql += filter.state.empty() ? "WHERE :s = '' " : "WHERE state = :s ";
    sql += filter.unit.empty() ? "AND :u = '' " : "AND lead_unit = :u ";
    sql += filter.topic.empty() ? "AND :t = '' AND :t2 = '' "
                                : "AND (topic = :t OR substr(topic, 1, length(:t2) + 1) = :t3 || '.') ";
    sql += filter.cursor.empty() ? "AND :c = '' " : "AND id < (SELECT id FROM work_order WHERE number = :c) ";
    sql += "ORDER BY id DESC LIMIT :l";
    std::vector<orders::Order> rows;
    Query& q = c.Prepared(sql, kOrderColumns);
    const int limit = ClampLimit(filter.limit);
    bool row = filter.topic.empty()
                   ? q.First(filter.state, filter.unit, filter.topic, filter.topic, filter.cursor, limit)
                   : q.First(filter.state, filter.unit, filter.topic, filter.topic, filter.topic, filter.cursor, limit);
    for (; row; row = q.Next()) rows.push_back(OrderOf(q));
    return rows;
  });
}

}  // namespace minsheng::store
