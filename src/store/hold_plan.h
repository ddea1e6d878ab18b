// SPDX-License-Identifier: Apache-2.0
// How a message waits that may be one piece of several, or belong to an earlier request (conversations.h).
#pragma once
#include <optional>

#include "src/base/clock.h"

namespace minsheng::store {

struct HoldPlan {
  Millis quiet{0};                   // judged when no further one came for so long; 0: at once
  Millis longest{0};                 // and at the latest so long after the first
  bool at_once = false;              // an emergency: waits for nobody, and ends the waiting of what came before it
  std::optional<Time> follow_since;  // may belong to a request of the conversation that was made at or after it
};

}  // namespace minsheng::store
