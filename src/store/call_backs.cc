// SPDX-License-Identifier: Apache-2.0
#include "src/store/call_backs.h"

#include "src/base/ulid.h"
#include "src/store/sql_call_backs.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kCallBackRow =
    "SELECT b.id, b.order_number, b.request_id, b.way, b.state, b.holder, b.conversation_id, b.token_hash, w.state, "
    "w.topic, b.checked_at, b.tries, b.next_at, b.solved, b.satisfied, b.created_at, b.asked_at, b.turn, "
    "CASE WHEN w.checked_at = b.checked_at THEN 1 ELSE 0 END "
    "FROM call_back b JOIN work_order w ON w.number = b.order_number ";
constexpr std::string_view kCallBackColumns =
    "tttttttttt"
    "iiiiiiiii";

std::string SelectCallBack(std::string_view rest) { return std::string(kCallBackRow) + std::string(rest); }

CallBack CallBackOf(const Query& q) {
  CallBack b;
  b.id = q.Text(0);
  b.order_number = q.Text(1);
  b.request_id = q.Text(2);
  b.way = q.Text(3);
  b.state = q.Text(4);
  b.holder = q.Text(5);
  b.conversation = q.Text(6);
  b.token_hash = q.Text(7);
  b.order_state = orders::StateFromWord(q.Text(8)).value_or(orders::State::kClosed);
  b.topic = q.Text(9);
  b.checked_at = FromMs(q.Int(10));
  b.tries = q.Int(11);
  b.next_at = FromMs(q.Int(12));
  b.solved = static_cast<int>(q.Int(13));
  b.satisfied = static_cast<int>(q.Int(14));
  b.created_at = FromMs(q.Int(15));
  b.asked_at = FromMs(q.Int(16));
  b.turn = q.Int(17);
  b.current = q.Int(18) != 0;
  return b;
}

}  // namespace

Result<std::vector<std::string>> SqlCallBacks::Waiting(int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<std::string>> {
    Query& q = c.Prepared(
        "SELECT w.number FROM work_order w LEFT JOIN call_back b ON b.order_number = w.number AND "
        "b.checked_at = w.checked_at WHERE w.state IN ('checked', 'called-back') AND w.request_id IS NOT NULL AND "
        "b.id IS NULL ORDER BY w.checked_at, w.id LIMIT :m",
        "t");
    std::vector<std::string> numbers;
    for (bool row = q.First(ClampLimit(limit)); row; row = q.Next()) numbers.push_back(q.Text(0));
    return numbers;
  });
}

Result<bool> SqlCallBacks::Begin(const CallBack& row) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<bool> {
    return c.Prepared(
                "INSERT INTO call_back (id, order_number, request_id, checked_at, way, state, next_at, "
                "conversation_id, "
                "created_at) "
                "VALUES (:i, :o, :r, :k, :w, :s, :n, :v, :c) ON CONFLICT DO NOTHING")
               .Run(NewUlid(now), row.order_number, row.request_id, ToMs(row.checked_at), row.way, row.state,
                    ToMs(row.next_at), row.conversation, ToMs(now)) == 1;
  });
}

Result<std::vector<CallBack>> SqlCallBacks::Due(Time now, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<CallBack>> {
    Query& q = c.Prepared(
        SelectCallBack("WHERE b.state <> 'over' AND ((b.way <> 'phone' AND b.next_at <= :t) OR w.state <> 'checked' OR "
                       "w.checked_at <> b.checked_at) AND NOT (b.state = 'due' AND w.state = 'checked' AND "
                       "b.conversation_id <> '' AND (EXISTS (SELECT 1 FROM call_back o WHERE o.conversation_id = "
                       "b.conversation_id AND o.state = 'asked') OR EXISTS (SELECT 1 FROM settling s WHERE "
                       "s.conversation_id = b.conversation_id))) ORDER BY b.next_at, b.id LIMIT :m"),
        kCallBackColumns);
    std::vector<CallBack> rows;
    for (bool row = q.First(ToMs(now), ClampLimit(limit)); row; row = q.Next()) rows.push_back(CallBackOf(q));
    return rows;
  });
}

Result<bool> SqlCallBacks::Advance(const CallBack& seen, const CallBack& to, const std::optional<ActPlan>& act) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<bool> {
    const bool moved =
        c.Prepared(
             "UPDATE call_back SET way = :w, state = :s, tries = :n, next_at = :x, holder = :h, conversation_id = :v, "
             "token_hash = :k, solved = :o, satisfied = :f, asked_at = :a, turn = turn + 1 WHERE id = :i AND turn = :t")
            .Run(to.way, to.state, to.tries, ToMs(to.next_at), to.holder, to.conversation, to.token_hash, to.solved,
                 to.satisfied, ToMs(to.asked_at), seen.id, seen.turn) == 1;
    if (!moved || !act) return moved;
    if (auto done = ActIn(c, seen.order_number, *act, now); !done) return Fail(done.error());
    return true;
  });
}

Result<CallBack> SqlCallBacks::Of(const std::string& order_number) {
  return database_.Read([&](Connection& c) -> Result<CallBack> {
    Query& q =
        c.Prepared(SelectCallBack("WHERE b.order_number = :o ORDER BY b.checked_at DESC LIMIT 1"), kCallBackColumns);
    if (q.First(order_number)) return CallBackOf(q);
    return MakeError(ErrorKind::kNotFound,
                     "没有回访任务 " + order_number + " / there is no call-back of " + order_number);
  });
}

Result<CallBack> SqlCallBacks::ByToken(const std::string& token_hash) {
  return database_.Read([&](Connection& c) -> Result<CallBack> {
    Query& q = c.Prepared(SelectCallBack("WHERE b.token_hash = :h LIMIT 1"), kCallBackColumns);
    if (!token_hash.empty() && q.First(token_hash)) return CallBackOf(q);
    return MakeError(ErrorKind::kNotFound, "没有这个链接 / there is no such link");
  });
}

Result<std::vector<CallBack>> SqlCallBacks::List(const CallBackFilter& f) {
  return database_.Read([&](Connection& c) -> Result<std::vector<CallBack>> {
    Query& q = c.Prepared(
        SelectCallBack(
            "WHERE (b.state <> 'over' OR 1 = :e) AND (b.way = :w OR '' = :u) AND (b.holder = :h OR '' = :g OR "
            "b.holder = '') ORDER BY b.next_at, b.id LIMIT :m"),
        kCallBackColumns);
    std::vector<CallBack> rows;
    for (bool row = q.First(f.over_too ? 1 : 0, f.way, f.way, f.holder, f.holder, ClampLimit(f.limit)); row;
         row = q.Next())
      rows.push_back(CallBackOf(q));
    return rows;
  });
}

std::optional<std::string> AskedIn(Connection& c, const std::string& conversation_id) {
  if (conversation_id.empty()) return std::nullopt;
  Query& q = c.Prepared(
      "SELECT b.request_id FROM call_back b WHERE b.conversation_id = :v AND b.state = 'asked' AND NOT EXISTS "
      "(SELECT 1 FROM settling s WHERE s.conversation_id = b.conversation_id AND s.asked_at > b.asked_at) AND NOT "
      "EXISTS "
      "(SELECT 1 FROM form_question f WHERE f.conversation_id = b.conversation_id AND f.state = 'open' AND "
      "f.asked_at > b.asked_at) ORDER BY b.asked_at DESC, b.id DESC LIMIT 1",
      "t");
  if (!q.First(conversation_id)) return std::nullopt;
  return q.Text(0);
}

void WriteSaid(Connection& c, const std::string& conversation_id, int solved, int satisfied, Time now) {
  Query& q = c.Prepared(
      "SELECT id FROM call_back WHERE conversation_id = :v AND state = 'asked' ORDER BY asked_at DESC, id DESC LIMIT 1",
      "t");
  if (!q.First(conversation_id)) return;
  const std::string id = q.Text(0);
  c.Prepared(
       "UPDATE call_back SET state = 'said', solved = :o, satisfied = :f, next_at = :n, turn = turn + 1 WHERE id = :i "
       "AND state = 'asked'")
      .Run(solved, satisfied, ToMs(now), id);
}

}  // namespace minsheng::store
