// SPDX-License-Identifier: Apache-2.0
#include "src/store/order_row.h"

#include <fmt/format.h>

#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

// Columns of Life, in the order in which OrderOf reads and BindLife writes them.
constexpr std::string_view kLife =
    "state, before_merge, parent, incident, topic, type, urgency, line, channel, opened_by, "
    "lead_unit, helper_units, catalogue_entry, limit_row, close_reason, due_sign, due_contact, "
    "due_answer, due_yellow, due_red, due_return, opened_at, dispatched_at, handed_at, viewed_at, "
    "signed_at, contacted_at, answered_at, checked_at, called_back_at, closed_at, hops, returns, "
    "extensions, reminders, redos, rings, solved, satisfied, direct, late, supervised, "
    "was_supervised, bound, ruled";

// Calls run(values of kLife..., rest...).
template <class Run, class... Rest>
void WithLife(const orders::Order& o, const Run& run, const Rest&... rest) {
  run(ToWord(o.state), ToWord(o.before_merge), o.parent, o.incident, o.topic, o.type, ToWord(o.urgency), o.line,
      o.channel, o.opened_by, o.lead_unit, JsonList(o.helper_units), o.catalogue_entry, o.limit, o.close_reason,
      ToMs(o.due.sign), ToMs(o.due.contact), ToMs(o.due.answer), ToMs(o.due.yellow), ToMs(o.due.red),
      ToMs(o.due.give_back), ToMs(o.opened_at), ToMs(o.dispatched_at), ToMs(o.handed_at), ToMs(o.viewed_at),
      ToMs(o.signed_at), ToMs(o.contacted_at), ToMs(o.answered_at), ToMs(o.checked_at), ToMs(o.called_back_at),
      ToMs(o.closed_at), o.hops, o.returns, o.extensions, o.reminders, o.redos, o.rings, o.solved, o.satisfied,
      o.direct ? 1 : 0, o.late ? 1 : 0, o.supervised ? 1 : 0, o.was_supervised ? 1 : 0, o.bound ? 1 : 0,
      o.ruled ? 1 : 0, rest...);
}

// ":v0, :v1, ..." for an INSERT, or "column = :v0, ..." for an UPDATE.
std::string Places(bool update) {
  std::string out;
  std::string_view left = kLife;
  for (int i = 0; !left.empty(); ++i) {
    const auto name = left.substr(0, left.find(','));
    left.remove_prefix(std::min(left.size(), name.size() + 2));
    const std::string at = fmt::format(":v{}", i);
    out += (i > 0 ? ", " : "") + (update ? fmt::format("{} = {}", name, at) : at);
  }
  return out;
}

}  // namespace

const std::string_view kOrderColumns =
    "ttti"
    "tttttttttttttttiiiiiiiiiiiiiiiiiiiiiiiiiiiiii";

const std::string& SelectOrder() {
  static const std::string sql =
      fmt::format("SELECT id, number, COALESCE(request_id, ''), events, {} FROM work_order ", kLife);
  return sql;
}

orders::Order OrderOf(const Query& q) {
  orders::Order o;
  o.id = q.Text(0);
  o.number = q.Text(1);
  o.request_id = q.Text(2);
  o.version = q.Int(3);
  o.state = orders::StateFromWord(q.Text(4)).value_or(orders::State::kAccepted);
  o.before_merge = orders::StateFromWord(q.Text(5)).value_or(orders::State::kAccepted);
  o.parent = q.Text(6);
  o.incident = q.Text(7);
  o.topic = q.Text(8);
  o.type = q.Text(9);
  o.urgency = UrgencyFromWord(q.Text(10)).value_or(Urgency::kNormal);
  o.line = q.Text(11);
  o.channel = q.Text(12);
  o.opened_by = q.Text(13);
  o.lead_unit = q.Text(14);
  o.helper_units = FromJsonList(q.Text(15));
  o.catalogue_entry = q.Text(16);
  o.limit = q.Text(17);
  o.close_reason = q.Text(18);
  o.due.sign = FromMs(q.Int(19));
  o.due.contact = FromMs(q.Int(20));
  o.due.answer = FromMs(q.Int(21));
  o.due.yellow = FromMs(q.Int(22));
  o.due.red = FromMs(q.Int(23));
  o.due.give_back = FromMs(q.Int(24));
  o.opened_at = FromMs(q.Int(25));
  o.dispatched_at = FromMs(q.Int(26));
  o.handed_at = FromMs(q.Int(27));
  o.viewed_at = FromMs(q.Int(28));
  o.signed_at = FromMs(q.Int(29));
  o.contacted_at = FromMs(q.Int(30));
  o.answered_at = FromMs(q.Int(31));
  o.checked_at = FromMs(q.Int(32));
  o.called_back_at = FromMs(q.Int(33));
  o.closed_at = FromMs(q.Int(34));
  o.hops = q.Int(35);
  o.returns = q.Int(36);
  o.extensions = q.Int(37);
  o.reminders = q.Int(38);
  o.redos = q.Int(39);
  o.rings = q.Int(40);
  o.solved = q.Int(41);
  o.satisfied = q.Int(42);
  o.direct = q.Int(43) != 0;
  o.late = q.Int(44) != 0;
  o.supervised = q.Int(45) != 0;
  o.was_supervised = q.Int(46) != 0;
  o.bound = q.Int(47) != 0;
  o.ruled = q.Int(48) != 0;
  return o;
}

void InsertOrderRow(Connection& c, const orders::Order& order) {
  static const std::string sql = fmt::format(
      "INSERT INTO work_order ({}, id, number, request_id, events) VALUES ({}, :i, :n, NULLIF(:r, ''), :e) "
      "ON CONFLICT DO NOTHING",
      kLife, Places(false));
  Query& q = c.Prepared(sql);
  WithLife(
      order, [&q](const auto&... values) { q.Later(kOrderRank, values...); }, order.id, order.number, order.request_id,
      order.version);
}

void UpdateOrderRow(Connection& c, const orders::Order& order) {
  static const std::string sql =
      fmt::format("UPDATE work_order SET {}, events = :e, look_at = 0 WHERE id = :i", Places(true));
  Query& q = c.Prepared(sql);
  WithLife(
      order, [&q](const auto&... values) { q.Run(values...); }, order.version, order.id);
}

}  // namespace minsheng::store
