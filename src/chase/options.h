// SPDX-License-Identifier: Apache-2.0
// How orders are chased: what [orders] and [perfunctory] of the configuration say. Plain data.
#pragma once
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/model/verdict.h"
#include "src/orders/limits.h"

namespace minsheng::chase {

// Which answers and refusals deserve a second look. 0 or false = not checked.
struct CheckOptions {
  bool no_contact = true;             // nobody spoke with the citizen before the answer
  int least_shared_words = 1;         // pairs of characters that request and answer have in common
  bool retyped = true;                // a complaint was made a consultation before the answer
  Millis hasty_answer{600'000};       // from signing to the answer
  Millis hasty_close{600'000};        // from the answer to the closing, without a call-back
  int template_uses = 10;             // other orders that the unit answered in the same words
  bool same_answer = true;            // after a redo, the answer of before
  bool refused_before = true;         // "not ours" for a topic that the unit had to keep before
  Millis history{90 * 86'400'000LL};  // how far back the last two look
  int supervise_from = 2;             // flags of one answer that put the order under supervision
};

struct Options {
  // By urgency: an order that its unit has not looked at is reminded of so long after it came there.
  std::array<std::vector<orders::Period>, 3> remind_after{{
      {{5, orders::PeriodUnit::kDays}, {7, orders::PeriodUnit::kDays}},
      {{2, orders::PeriodUnit::kHours}, {6, orders::PeriodUnit::kHours}},
      {{10, orders::PeriodUnit::kMinutes}, {30, orders::PeriodUnit::kMinutes}},
  }};
  // Supervision of an order that is still not looked at, so long after it came to its unit; none = never.
  std::optional<orders::Period> supervise_not_viewed = orders::Period{8, orders::PeriodUnit::kDays};
  // Supervision of an order that is not answered, so long after the red warning; none = never.
  std::optional<orders::Period> supervise_overdue = orders::Period{1, orders::PeriodUnit::kWorkingDays};
  // From, to: nobody is reminded then, except about emergencies. Equal = at any hour. Minutes of the day in Shanghai.
  std::chrono::minutes quiet_from{21 * 60};
  std::chrono::minutes quiet_to{8 * 60};
  CheckOptions checks;
  // Bounds of one round.
  int looks = 500;
  int acts = 50;

  const std::vector<orders::Period>& RemindAfter(Urgency u) const { return remind_after[static_cast<std::size_t>(u)]; }
};

}  // namespace minsheng::chase
