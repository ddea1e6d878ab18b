// SPDX-License-Identifier: Apache-2.0
// What the clock looks at, telephone reminders, and what was judged before.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "src/base/ulid.h"
#include "src/orders/codes.h"
#include "src/store/order_row.h"
#include "src/store/sql_chase.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::chrono::hours kFarAhead{48};
constexpr int kMostKept = 5;  // numbers of orders as evidence

// "SELECT ..., look_at FROM work_order WHERE <the partial index> ".
const std::string& SelectLooks() {
  static const std::string sql = [] {
    std::string text = SelectOrder();
    text.insert(text.rfind(" FROM"), ", look_at");
    return text + "WHERE look_at < 9000000000000000000 ";
  }();
  return sql;
}

std::vector<orders::Order> OrdersIn(Query& q, bool row) {
  std::vector<orders::Order> out;
  for (; row; row = q.Next()) out.push_back(OrderOf(q));
  return out;
}

constexpr std::string_view kTaskSelect =
    "SELECT t.id, w.number, t.unit, t.step, t.opened_at, t.done_at, t.done_by, t.outcome, w.state FROM phone_task t "
    "JOIN work_order w ON w.id = t.order_id ";
constexpr std::string_view kTaskColumns =
    "ttttii"
    "ttt";

PhoneTask TaskOf(const Query& q) {
  PhoneTask task{q.Text(0), q.Text(1), q.Text(2), q.Text(3), FromMs(q.Int(4)), FromMs(q.Int(5)), q.Text(6), q.Text(7)};
  task.state = orders::StateFromWord(q.Text(8)).value_or(orders::State::kAccepted);
  return task;
}

}  // namespace

void OpenPhoneTask(Connection& c, const orders::Order& order, const std::string& step, Time now) {
  c.Prepared("INSERT INTO phone_task (id, order_id, unit, step, opened_at) VALUES (:i, :o, :u, :s, :a)")
      .Run(NewUlid(now), order.id, order.lead_unit, step, ToMs(now));
}

Result<std::vector<LookRow>> SqlChase::ToLookAt(Time now, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<LookRow>> {
    static const std::string columns = std::string(kOrderColumns) + "i";
    const int look_at = static_cast<int>(kOrderColumns.size());
    std::vector<LookRow> out;
    const auto take = [&](Query& q, bool row) {
      for (; row; row = q.Next()) out.push_back({OrderOf(q), q.Int(look_at) == 0});
    };
    Query& due = c.Prepared(SelectLooks() + "AND look_at <= :n ORDER BY look_at LIMIT :l", columns);
    take(due, due.First(ToMs(now), limit));
    const int left = limit - static_cast<int>(out.size());
    if (left <= 0) return out;
    Query& far = c.Prepared(SelectLooks() + "AND look_at > :n ORDER BY look_at LIMIT :l", columns);
    take(far, far.First(ToMs(now + kFarAhead), left));
    return out;
  });
}

Result<void> SqlChase::SetLooked(const std::vector<Looked>& looked) {
  if (looked.empty()) return {};
  return database_.Write([&](Connection& c) -> Result<void> {
    Query& q = c.Prepared("UPDATE work_order SET look_at = :n WHERE id = :i AND events = :v");
    for (const auto& l : looked) q.Run(ToMs(l.next), l.order_id, l.version);
    return {};
  });
}

Result<std::vector<std::string>> SqlChase::StepsDone(const std::string& order_id) {
  return database_.Read([&](Connection& c) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    Query& q = c.Prepared("SELECT once FROM event WHERE order_id = :o AND once <> ''", "t");
    for (bool row = q.First(order_id); row; row = q.Next()) out.push_back(q.Text(0));
    return out;
  });
}

Result<std::vector<PhoneTask>> SqlChase::Tasks(bool done_too, const std::string& number, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<PhoneTask>> {
    std::string sql(kTaskSelect);
    sql += done_too ? "WHERE t.done_at >= 0 " : "WHERE t.done_at = 0 ";
    std::vector<PhoneTask> out;
    const auto take = [&](Query& q, bool row) {
      for (; row; row = q.Next()) out.push_back(TaskOf(q));
    };
    if (number.empty()) {
      Query& q = c.Prepared(sql + "ORDER BY t.id LIMIT :l", kTaskColumns);
      take(q, q.First(ClampLimit(limit)));
    } else {
      Query& q = c.Prepared(sql + "AND w.number = :n ORDER BY t.id LIMIT :l", kTaskColumns);
      take(q, q.First(number, ClampLimit(limit)));
    }
    return out;
  });
}

Result<PhoneTask> SqlChase::FinishTask(const std::string& id, const std::string& outcome, const std::string& by) {
  const auto* const code = orders::FindCode(orders::PhoneOutcomes(), outcome);
  if (code == nullptr) {
    std::string all;
    for (const auto& known : orders::PhoneOutcomes())
      fmt::format_to(std::back_inserter(all), "{}{} {}", all.empty() ? "" : ", ", known.word, known.zh);
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("没有这个结果 {} / there is no outcome {}: {}", outcome, outcome, all));
  }
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<PhoneTask> {
    const bool done =
        c.Prepared("UPDATE phone_task SET done_at = :a, done_by = :b, outcome = :o WHERE id = :i AND done_at = 0")
            .Run(ToMs(now), by, outcome, id) == 1;
    Query& q = c.Prepared(std::string(kTaskSelect) + "WHERE t.id = :i", kTaskColumns);
    if (!q.First(id)) return MakeError(ErrorKind::kNotFound, "没有这个任务 " + id + " / there is no task " + id);
    auto task = TaskOf(q);
    if (!done) {
      return MakeError(ErrorKind::kConflict, fmt::format("{} 已办过：{} {} / was done by {}: {}", id, task.done_by,
                                                         task.outcome, task.done_by, task.outcome));
    }
    c.Prepared("UPDATE work_order SET events = events WHERE number = :n").Run(task.number);
    auto order = ReadOrder(c, "number", task.number);
    if (!order) return Fail(order.error());
    orders::Event event{"", orders::Act::kNote, by, fmt::format("电话催办：{}", code->zh), "", now};
    event.data = nlohmann::ordered_json{{"task", id}, {"step", task.step}, {"outcome", outcome}}.dump();
    if (auto ok = AppendEvent(c, &*order, std::move(event), now); !ok) return Fail(ok.error());
    return task;
  });
}

Result<std::vector<orders::Order>> SqlChase::Supervised(const std::string& cursor, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<orders::Order>> {
    Query& q = c.Prepared(SelectOrder() + "WHERE supervised = 1 AND id > :c ORDER BY id LIMIT :l", kOrderColumns);
    return OrdersIn(q, q.First(cursor, ClampLimit(limit)));
  });
}

Result<std::int64_t> SqlChase::CountSameAnswers(const std::string& unit, const std::string& print,
                                                const std::string& order_id, Time at, Time since) {
  return database_.Write([&](Connection& c) -> Result<std::int64_t> {
    c.Prepared(
         "INSERT INTO answer_print (unit, print, order_id, at) VALUES (:u, :p, :o, :a) "
         "ON CONFLICT (unit, print, order_id) DO NOTHING")
        .Run(unit, print, order_id, ToMs(at));
    Query& q = c.Prepared(
        "SELECT COUNT(*) FROM answer_print WHERE unit = :u AND print = :p AND order_id <> :o AND at >= :s", "i");
    return q.First(unit, print, order_id, ToMs(since)) ? q.Int(0) : 0;
  });
}

Result<std::vector<std::string>> SqlChase::HadToKeep(const std::string& unit, const std::string& topic,
                                                     const std::string& other_than, Time since) {
  return database_.Read([&](Connection& c) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    Query& q = c.Prepared(
        "SELECT DISTINCT w.number FROM event e JOIN work_order w ON w.id = e.order_id "
        "WHERE e.act IN ('refuse', 'rule', 'flag', 'false-alarm') AND e.act IN ('refuse', 'rule') AND e.at >= :s "
        "AND w.lead_unit = :u AND w.topic = :t AND w.returns > 0 AND w.number <> :n ORDER BY w.number DESC LIMIT :l",
        "t");
    for (bool row = q.First(ToMs(since), unit, topic, other_than, kMostKept); row; row = q.Next())
      out.push_back(q.Text(0));
    return out;
  });
}

Result<std::vector<FlagCount>> SqlChase::FlagCounts(Time since) {
  return database_.Read([&](Connection& c) -> Result<std::vector<FlagCount>> {
    Query& q = c.Prepared(
        "SELECT act, data FROM event WHERE act IN ('refuse', 'rule', 'flag', 'false-alarm') AND at >= :s ORDER BY at",
        "tt");
    std::map<std::string, FlagCount> counts;
    for (bool row = q.First(ToMs(since)); row; row = q.Next()) {
      const bool flag = q.Text(0) == "flag";
      if (!flag && q.Text(0) != "false-alarm") continue;
      const auto facts = nlohmann::json::parse(q.Text(1), nullptr, false);
      const auto word = facts.is_object() ? facts.value("flag", std::string()) : std::string();
      auto& count = counts[word];
      count.flag = word;
      ++(flag ? count.flagged : count.false_alarms);
    }
    std::vector<FlagCount> out;
    for (auto& [word, count] : counts) out.push_back(std::move(count));
    return out;
  });
}

Result<std::vector<orders::Order>> SqlChase::OpenOrders(const std::string& cursor, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<orders::Order>> {
    Query& q = c.Prepared(SelectOrder() + "WHERE closed_at = 0 AND id > :c ORDER BY id LIMIT :l", kOrderColumns);
    return OrdersIn(q, q.First(cursor, ClampLimit(limit)));
  });
}

Result<std::vector<orders::Order>> SqlChase::OpenedBetween(Time from, Time to, const std::string& cursor, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<orders::Order>> {
    Time begin = from;
    if (!cursor.empty()) {
      Query& q = c.Prepared("SELECT opened_at FROM work_order WHERE id = :c", "i");
      if (q.First(cursor)) begin = FromMs(q.Int(0));
    }
    Query& q = c.Prepared(SelectOrder() +
                              "WHERE opened_at >= :a AND opened_at < :b AND (opened_at > :c OR id > :d) "
                              "ORDER BY opened_at, id LIMIT :l",
                          kOrderColumns);
    return OrdersIn(q, q.First(ToMs(begin), ToMs(to), ToMs(begin), cursor, ClampLimit(limit)));
  });
}

}  // namespace minsheng::store
