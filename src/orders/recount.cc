// SPDX-License-Identifier: Apache-2.0
#include "src/orders/recount.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace minsheng::orders {
namespace {

nlohmann::json FactsOf(const Event& event) {
  auto facts = nlohmann::json::parse(event.data, nullptr, /*allow_exceptions=*/false);
  return facts.is_object() ? facts : nlohmann::json::object();
}

bool IsHandOver(Act act) { return act == Act::kDispatch || act == Act::kRule || act == Act::kRedo; }

// The last hand-over, or end.
std::vector<Event>::const_iterator LastHandOver(const std::vector<Event>& events) {
  const auto last = std::find_if(events.rbegin(), events.rend(), [](const Event& e) { return IsHandOver(e.act); });
  return last == events.rend() ? events.end() : std::prev(last.base());
}

void SetDue(Recounted* out) {
  auto& due = out->reckoned.due;
  due.sign = out->Of(Step::kSign).due;
  due.contact = out->Of(Step::kContact).due;
  due.give_back = out->Of(Step::kReturn).due;
  due.answer = out->Of(Step::kAnswer).due;
  due.yellow = out->Of(Step::kAnswer).yellow;
  due.red = out->Of(Step::kAnswer).red;
}

}  // namespace

Matter MatterOf(const Life& order) {
  return {RequestTypeFromWord(order.type), order.topic, order.urgency, Profile::kNormal};
}

const LimitRow* RowOf(const Life& order, const Timetable& table) {
  if (!order.limit.empty()) {
    for (const auto& row : table.limits->rows()) {
      if (row.id == order.limit) return &row;
    }
  }
  auto matter = MatterOf(order);
  matter.profile = table.profile;
  return table.limits->Find(matter);
}

Result<std::optional<Recounted>> Recount(const Order& order, const Timetable& table, Date known_on) {
  const auto begin = LastHandOver(order.events);
  if (begin == order.events.end()) return std::optional<Recounted>();
  const auto* const row = RowOf(order, table);
  if (row == nullptr) {
    return MakeError(ErrorKind::kNotFound, fmt::format("{}: 事项 {} 没有时限 / no limit covers the topic {}",
                                                       order.number, order.topic, order.topic));
  }
  const Counting counting{*table.calendar, table.limits->day_rules(), known_on};
  Recounted out;
  out.reckoned.limit = row->id;
  for (const Step step : kSteps) {
    auto deadline = ComputeDeadline(begin->at, row->Of(step), counting);
    if (!deadline) return Fail(deadline.error());
    out.steps[static_cast<std::size_t>(step)] = std::move(*deadline);
  }
  auto& answer = out.steps[static_cast<std::size_t>(Step::kAnswer)];
  for (auto event = std::next(begin); event != order.events.end(); ++event) {
    if (event->act != Act::kExtend) continue;
    const auto by = ParsePeriod(FactsOf(*event).value("by", std::string()));
    if (!by) continue;
    // What was granted stays granted, also where the row allows less today.
    Limit granted = row->Of(Step::kAnswer);
    granted.extension = *by;
    granted.extensions = 1;
    auto longer = ExtendDeadline(answer, granted, *by, 0, counting);
    if (!longer) return Fail(longer.error());
    answer = std::move(*longer);
  }
  SetDue(&out);
  return std::optional<Recounted>(std::move(out));
}

Date CountedOn(const Order& order) {
  Time at = order.opened_at;
  for (const auto& event : order.events) {
    if (IsHandOver(event.act) || event.act == Act::kReckon || event.act == Act::kExtend) at = event.at;
  }
  return ShanghaiDay(at);
}

bool IsUncounted(const Order& order) {
  if (order.due != DueTimes{}) return false;
  const auto last = LastHandOver(order.events);
  return last != order.events.end() && FactsOf(*last).value("uncounted", false);
}

}  // namespace minsheng::orders
