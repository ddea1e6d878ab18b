// SPDX-License-Identifier: Apache-2.0
#include "src/chase/recompute.h"

#include <fmt/format.h>

namespace minsheng::chase {
namespace {

std::string_view ReasonOf(Why why) {
  switch (why) {
    case Why::kCalendar:
      return "放假安排有变，时限重算 / counted anew after a change of the Calendar";
    case Why::kUncounted:
      return "工作日历已补，时限算出 / counted now that the Calendar has the year";
    case Why::kLimits:
      return "时限规定有变，时限重算 / counted anew by changed limits";
  }
  return {};
}

// Whether the timeline still lets its limit be counted: nobody has answered it.
bool IsCounted(const orders::Order& o) {
  using orders::State;
  return o.handed_at != Time{} && (o.state == State::kDispatched || o.state == State::kSigned ||
                                   o.state == State::kReturned || o.state == State::kObjected);
}

Result<std::optional<MovedOrder>> MoveOf(const orders::Order& order, const orders::Timetable& table) {
  std::optional<MovedOrder> out;
  const bool uncounted = orders::IsUncounted(order);
  if (order.due == orders::DueTimes{} && !uncounted) return out;  // it never had a limit
  auto now = orders::Recount(order, table);
  if (!now) return Fail(now.error());
  if (!*now || (*now)->reckoned.due == order.due) return out;
  out = MovedOrder{order.number, order.lead_unit, Why::kUncounted, order.due, std::move(**now)};
  if (uncounted) return out;
  const auto then = orders::Recount(order, table, orders::CountedOn(order));
  out->why = then && *then && (*then)->reckoned.due == order.due ? Why::kCalendar : Why::kLimits;
  return out;
}

Result<bool> Apply(store::Store& store, const orders::Order& order, const MovedOrder& moved, const std::string& by) {
  store::ActPlan act;
  act.event = {"", orders::Act::kReckon, by, std::string(ReasonOf(moved.why)), orders::DueFacts(moved.now.reckoned, ""),
               {}};
  act.expected = order.version;
  const auto done = store.Act(order.number, act);
  if (done) return true;
  // Somebody worked on it just now: the next run counts it.
  if (done.error().kind == ErrorKind::kConflict) return false;
  return Fail(done.error());
}

}  // namespace

Result<RecomputeCount> Recompute(store::Store& store, const orders::Timetable& table, const RecomputePlan& plan,
                                 const std::function<bool(const MovedOrder&)>& tell,
                                 const std::function<void(const std::string&, const Error&)>& tell_uncounted) {
  RecomputeCount count;
  for (std::string cursor;;) {
    const auto page = store.Chase().OpenOrders(cursor, plan.batch);
    if (!page) return Fail(page.error());
    if (page->empty()) return count;
    cursor = page->back().id;
    for (const auto& row : *page) {
      ++count.open;
      if (!IsCounted(row)) continue;
      const auto order = store.GetOrder(row.number);
      if (!order) return Fail(order.error());
      const auto moved = MoveOf(*order, table);
      if (!moved) {
        ++count.uncounted;
        tell_uncounted(order->number, moved.error());
        continue;
      }
      if (!*moved || ((*moved)->why == Why::kLimits && !plan.limits_too)) continue;
      ++count.moved;
      if (!tell(**moved)) return count;
      if (!plan.apply) continue;
      const auto applied = Apply(store, *order, **moved, plan.by);
      if (!applied) return Fail(applied.error());
      count.applied += *applied ? 1 : 0;
    }
  }
}

}  // namespace minsheng::chase
