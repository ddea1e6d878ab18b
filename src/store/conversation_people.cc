// SPDX-License-Identifier: Apache-2.0
// What people do with requests that wait: release, attach by hand, mark as spam.
#include <fmt/format.h>

#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

struct LooseMessage {
  std::string request_id;
  std::string bucket;
};

Result<LooseMessage> ReadLoose(Connection& c, const std::string& id) {
  Query& q = c.Prepared("SELECT COALESCE(request_id, ''), bucket FROM message WHERE id = :i", "tt");
  if (!q.First(id)) return MakeError(ErrorKind::kNotFound, fmt::format("没有消息 {} / there is no message {}", id, id));
  LooseMessage m{q.Text(0), q.Text(1)};
  if (m.bucket == "order" || m.bucket == "answered" || m.bucket == "parked") {
    return MakeError(
        ErrorKind::kConflict,
        fmt::format("消息 {} 是“{}”，不能移走；只能移动待研判、等候补充、并入和已记录的消息 / message {} is "
                    "in '{}' and stays there: only what is in triage, settling, attached or noted moves",
                    id, m.bucket, id, m.bucket));
  }
  return m;
}

// What is left of a request when a message went.
void LeaveRequest(Connection& c, const std::string& request_id) {
  if (request_id.empty()) return;
  Query& rest = c.Prepared("SELECT COUNT(*) FROM message WHERE request_id = :r", "i");
  if (rest.First(request_id) && rest.Int(0) > 0) {
    c.Prepared("UPDATE settling SET version = version + 1 WHERE request_id = :r").Run(request_id);
    return;
  }
  c.Prepared("DELETE FROM settling WHERE request_id = :r").Run(request_id);
  c.Prepared("UPDATE request SET state = 'attached' WHERE id = :r").Run(request_id);
}

}  // namespace

Result<void> SqlConversations::Release(const std::string& request_id, Time now) {
  return database_.Write([&](Connection& c) -> Result<void> {
    // answer_by too: who is asked for longer would only be waited for again.
    const auto changed =
        c.Prepared(
             "UPDATE settling SET due = :n, answer_by = CASE WHEN asked_at = 0 THEN answer_by ELSE :m END, "
             "version = version + 1 WHERE request_id = :r")
            .Run(ToMs(now), ToMs(now), request_id);
    if (changed == 1 || c.error()) return {};
    auto request = ReadRequest(c, request_id);
    if (!request) return Fail(request.error());
    return MakeError(ErrorKind::kConflict,
                     fmt::format("诉求 {} 没有在等候，状态是 {} / request {} does not wait: it is {}", request_id,
                                 request->state, request_id, request->state));
  });
}

Result<orders::Order> SqlConversations::AttachMessage(const std::string& message_id, const std::string& order_number,
                                                      const std::string& by, const TellsOfAdded& added) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<orders::Order> {
    auto order = ReadOrder(c, "number", order_number);
    if (!order) return order;
    const auto message = ReadLoose(c, message_id);
    if (!message) return Fail(message.error());
    if (message->request_id == order->request_id) {
      return MakeError(ErrorKind::kConflict, fmt::format("消息 {} 已在工单 {} 里 / message {} is in order {} already",
                                                         message_id, order_number, message_id, order_number));
    }
    c.Prepared("UPDATE message SET request_id = :r, bucket = 'attached', judged = 0 WHERE id = :i")
        .Run(order->request_id, message_id);
    LeaveRequest(c, message->request_id);
    ChangedForSearch(c, order->request_id);
    if (!message->request_id.empty()) ChangedForSearch(c, message->request_id);
    if (auto done = AttachEvents(c, &*order, {message_id}, "by-hand", by, now); !done) return Fail(done.error());
    Query& q = c.Prepared("SELECT COALESCE(citizen_id, '') FROM message WHERE id = :i", "t");
    const std::string citizen = q.First(message_id) ? q.Text(0) : std::string();
    for (const auto& m : ReadMessages(c, order->request_id)) {
      if (m.id == message_id)
        TellOfAdded(c, added, m, citizen, {message_id, false, Bucket::kAttached, order->request_id, order_number, {}},
                    now);
    }
    order->events = ReadEvents(c, order->id);
    return order;
  });
}

Result<void> SqlConversations::MarkSpam(const std::string& request_id, const std::string& by, const std::string& note) {
  return database_.Write([&](Connection& c) -> Result<void> {
    auto request = ReadRequest(c, request_id);
    if (!request) return Fail(request.error());
    if (request->state != "triage" && request->state != "settling" && request->state != "asked") {
      return MakeError(ErrorKind::kConflict,
                       fmt::format("诉求 {} 的状态是 {}，只有待研判和等候中的可以标为垃圾信息；已开工单的请办结工单 / "
                                   "request {} is {}: only what is in triage or waits can be marked as spam; an order "
                                   "is closed instead",
                                   request_id, request->state, request_id, request->state));
    }
    c.Prepared("DELETE FROM settling WHERE request_id = :r").Run(request_id);
    c.Prepared("UPDATE message SET bucket = 'noted' WHERE request_id = :r").Run(request_id);
    c.Prepared("UPDATE request SET state = 'noted', corrected_by = :b, corrected_note = :n WHERE id = :r")
        .Run(by, "垃圾信息 spam" + (note.empty() ? "" : ": " + note), request_id);
    return {};
  });
}

}  // namespace minsheng::store
