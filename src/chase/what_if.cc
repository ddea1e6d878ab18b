// SPDX-License-Identifier: Apache-2.0
#include "src/chase/what_if.h"

#include <algorithm>

#include "src/orders/recount.h"

namespace minsheng::chase {
namespace {

constexpr int kPage = 500;

void Add(Late* late, bool was, const Result<orders::Deadline>& deadline, Time end) {
  ++late->orders;
  late->late += was ? 1 : 0;
  if (!deadline) {
    ++late->uncountable;
    return;
  }
  const bool would_be = deadline->LateAt(end);
  late->would_be += would_be ? 1 : 0;
  late->newly += would_be && !was ? 1 : 0;
}

}  // namespace

Result<WhatIf> TryLimits(store::Store& store, const orders::Timetable& other, Time from, Time to, Time now) {
  const auto emergencies = store.Chase().Emergencies();
  if (!emergencies) return Fail(emergencies.error());
  const auto profile_at = [&](Time t) {
    const bool emergency =
        std::any_of(emergencies->begin(), emergencies->end(), [&](const auto& e) { return e.InForceAt(t); });
    return emergency ? orders::Profile::kEmergency : orders::Profile::kNormal;
  };
  WhatIf out;
  auto table = other;
  for (std::string cursor;;) {
    const auto page = store.Chase().OpenedBetween(from, to, cursor, kPage);
    if (!page) return Fail(page.error());
    if (page->empty()) return out;
    cursor = page->back().id;
    for (const auto& order : *page) {
      if (order.handed_at == Time{}) continue;
      // An answer before the last hand-over was to an earlier one.
      const bool answered = order.answered_at >= order.handed_at;
      const Time end = answered ? order.answered_at : order.closed_at != Time{} ? order.closed_at : now;
      const bool was = order.due.answer != Time{} && end >= order.due.answer;
      table.profile = profile_at(order.handed_at);
      const auto deadline = table.Count(orders::MatterOf(order), orders::Step::kAnswer, order.handed_at);
      Add(&out.all, was, deadline, end);
      Add(&out.by[{order.lead_unit, order.type}], was, deadline, end);
    }
  }
}

}  // namespace minsheng::chase
