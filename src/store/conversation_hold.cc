// SPDX-License-Identifier: Apache-2.0
// The worker's transaction: does a message wait, and for how long.
#include <algorithm>

#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr Millis kGreetAgain{24 * 3'600'000};

// Going up locks the row until the transaction ends: nobody judges the request without this message.
std::optional<Hold> LockHold(Connection& c, std::string_view where, const std::string& key) {
  const std::string of(where);
  if (c.Prepared("UPDATE settling SET version = version + 1 WHERE " + of + " = :k").Run(key) != 1) return std::nullopt;
  Query& q = c.Prepared("SELECT request_id, since, asked_at FROM settling WHERE " + of + " = :k", "tii");
  if (!q.First(key)) return std::nullopt;
  return Hold{q.Text(0), FromMs(q.Int(1)), q.Int(2) != 0};
}

// Open requests of the conversation since then: none, one, or more (2).
int CountOpen(Connection& c, const std::string& conversation_id, Time since) {
  Query& q = c.Prepared(
      "SELECT id FROM request WHERE conversation_id = :v AND created_at >= :s AND state IN ('order', 'triage') LIMIT 2",
      "t");
  int n = 0;
  for (bool row = q.First(conversation_id, ToMs(since)); row; row = q.Next()) ++n;
  return n;
}

}  // namespace

std::optional<Hold> FindHold(Connection& c, const Decision& d, const std::string& conversation_id,
                             const std::string& thread) {
  if (!d.hold || d.plan == Bucket::kParked) return std::nullopt;
  if (!thread.empty()) {
    if (auto hold = LockHold(c, "request_id", thread)) return hold;
  }
  if (!conversation_id.empty()) {
    if (auto hold = LockHold(c, "conversation_id", conversation_id)) return hold;
  }
  if (d.hold->at_once || d.plan == Bucket::kAnswered) return std::nullopt;
  // A picture of the one thing that is being dealt with.
  if (d.attach_since && !conversation_id.empty() && CountOpen(c, conversation_id, *d.attach_since) == 1) {
    return std::nullopt;
  }
  if (d.message.sender.empty()) return std::nullopt;
  if (d.hold->quiet > Millis{0}) return Hold{};
  const bool may_follow =
      d.hold->follow_since && !conversation_id.empty() && CountOpen(c, conversation_id, *d.hold->follow_since) > 0;
  return may_follow ? std::optional(Hold{}) : std::nullopt;
}

std::string NewestOpen(Connection& c, const Decision& d, const std::string& conversation_id) {
  if (d.plan == Bucket::kParked || !d.attach_since || conversation_id.empty()) return "";
  Query& q = c.Prepared(
      "SELECT id FROM request WHERE conversation_id = :v AND created_at >= :s AND state IN ('order', 'triage') "
      "ORDER BY created_at DESC, id DESC LIMIT 1",
      "t");
  return q.First(conversation_id, ToMs(*d.attach_since)) ? q.Text(0) : "";
}

void WriteHold(Connection& c, const Hold& hold, bool joins, const HoldPlan& plan, const std::string& conversation_id,
               Time now) {
  const Time since = joins ? hold.since : now;
  // What comes after a question may be its answer.
  const bool at_once = plan.at_once || hold.asked || plan.quiet == Millis{0};
  const Time due = at_once ? now : std::min(now + plan.quiet, since + plan.longest);
  if (joins) {
    c.Prepared("UPDATE settling SET due = :d WHERE request_id = :r").Run(ToMs(due), hold.request_id);
    return;
  }
  c.Prepared(
       "INSERT INTO settling (request_id, conversation_id, since, due, version) VALUES (:r, :v, :s, :d, :n) "
       "ON CONFLICT DO NOTHING")
      .Later(kHoldRank, hold.request_id, conversation_id, ToMs(since), ToMs(due), 1);
}

bool MayGreet(Connection& c, const std::string& conversation_id, Time now) {
  if (conversation_id.empty()) return false;
  return c.Prepared("UPDATE conversation SET greeted_at = :n WHERE id = :i AND greeted_at <= :b")
             .Run(ToMs(now), conversation_id, ToMs(now - kGreetAgain)) == 1;
}

}  // namespace minsheng::store
