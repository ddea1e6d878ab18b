// SPDX-License-Identifier: Apache-2.0
// WorkOrder: a Request that has to be handled. Its timeline of Events is append-only; its state is
// a fold over them. Plain data and the one table of allowed moves (lifecycle.cc).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/verdict.h"

namespace minsheng::orders {

enum class State { kAccepted, kDispatched, kSigned, kReturned, kAnswered, kClosed };

enum class Act {
  kOpen,      // -> accepted
  kDispatch,  // -> dispatched (also again, to another unit)
  kDeliver,   // the unit's system or mailbox took it; state unchanged
  kSign,      // -> signed
  kReturn,    // -> returned
  kAnswer,    // -> answered
  kClose,     // -> closed
  kAttach,    // a further message belongs to it; state unchanged
  kCorrect,   // a person corrected topic; state unchanged
  kNote,      // state unchanged
};

std::string_view ToWord(State s);
std::string_view ToWord(Act a);
std::optional<State> StateFromWord(std::string_view word);
std::optional<Act> ActFromWord(std::string_view word);
std::string_view ToChinese(State s);
std::string_view ToChinese(Act a);

struct Event {
  std::string id;  // ULID
  Act act = Act::kNote;
  std::string actor;   // "system", a user name or "unit:<id>"
  std::string reason;  // words for people, without personal data
  std::string data;    // JSON of the act's own facts, may be empty
  Time at{};
};

struct Order {
  std::string id;      // ULID
  std::string number;  // "20150810-00042": date in Asia/Shanghai and serial of that day
  std::string request_id;
  std::string topic;  // the one in force: a correction wins over the verdict
  Urgency urgency = Urgency::kNormal;
  State state = State::kAccepted;
  std::string lead_unit;
  std::vector<std::string> helper_units;
  std::string catalogue_entry;
  std::string channel;
  Time opened_at{};
  std::vector<Event> events;  // oldest first; empty in lists
};

// The state after `act` in `state`, or kConflict with the acts that would be allowed.
// kOpen starts a life: pass nullopt for `state`.
Result<State> Next(std::optional<State> state, Act act);
// Folds a timeline from its beginning. kInternal when it holds a move that is not allowed.
Result<State> Fold(const std::vector<Event>& events);

}  // namespace minsheng::orders
