// SPDX-License-Identifier: Apache-2.0
// WorkOrder: a Request that has to be handled. Its timeline of Events is append-only and never changed; what the order
// is now (Life) is a fold over them (fold.h), and which Event may follow is one table (lifecycle.h). Plain data.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/verdict.h"

namespace minsheng::orders {

enum class State {
  kAccepted,    // the hotline has it
  kDispatched,  // a unit has it and has not signed
  kSigned,
  kReturned,  // the unit gave it back, the hotline decides
  kObjected,  // the unit disputes that it must act; a supervisor rules
  kAnswered,
  kChecked,     // the answer was read and found good
  kCalledBack,  // the citizen was reached and asked
  kClosed,
  kMerged,  // lives on in its parent
};

// Who may make which, and from where to where: lifecycle.cc. Facts that an Event of the act carries in its data, as a
// JSON object, are named here; [] = may be absent. `due` is what DueFacts (timetable.h) writes.
enum class Act {
  kOpen,        // topic, urgency, [type, line, channel, split_from, incident]
  kDispatch,    // unit, [helpers, entry, limit, due]: to a unit, or to another one
  kDeliver,     // the unit's system or mailbox took it
  kView,        // somebody of the lead unit has looked at it; apart from signing
  kSign,        //
  kContact,     // the unit has spoken with the citizen
  kReturn,      // code (codes.h): the unit gives it back
  kRefuse,      // the return is not accepted; same unit. [due]
  kObject,      // code: the unit objects to that
  kRule,        // unit, [helpers, entry, limit, due]: the supervisor's ruling, final
  kAddHelper,   // unit, [due: ms]
  kHelp,        // a helper unit's part is done
  kAskTime,     // by ("3wd"): the unit asks for an extension
  kExtend,      // by, due
  kDenyTime,    //
  kAnswer,      // [article]: by a unit, or by the desk
  kCheck,       // the answer is good
  kSendBack,    // the answer is not good: the unit goes on
  kRing,        // call-back tried, the citizen was not reached. [way]
  kCallBack,    // solved, satisfied: 1, 0 or -1 (did not say). [way]
  kRedo,        // [unit, helpers, entry, limit, due]: handled anew, the same unit if none is named
  kClose,       // [reason] (codes.h)
  kReopen,      //
  kMerge,       // parent: number of the order that it lives on in
  kUnmerge,     //
  kAdopt,       // child: number; on the parent
  kRelease,     // child: number; on the parent
  kSplit,       // order: number of what became an order of its own
  kWarn,        // step: a limit comes near or has passed
  kRemind,      // step
  kSupervise,   // cause (codes.h): the supervising office takes it up
  kRelieve,     // supervision ends
  kFlag,        // flag, [evidence]: something about it deserves a look
  kFalseAlarm,  // [flag]: it was none
  kReckon,      // due, [limit]: limits were counted anew
  kAttach,      // message: a further message belongs to it
  kCorrect,     // from, to, [urgency, type]: a person corrected what it is about
  kNote,
};
constexpr int kStates = static_cast<int>(State::kMerged) + 1;
constexpr int kActs = static_cast<int>(Act::kNote) + 1;

std::string_view ToWord(State s);
std::string_view ToWord(Act a);
std::optional<State> StateFromWord(std::string_view word);
std::optional<Act> ActFromWord(std::string_view word);
std::string_view ToChinese(State s);
std::string_view ToChinese(Act a);

struct Event {
  std::string id;  // ULID
  Act act = Act::kNote;
  std::string actor;   // roles.h
  std::string reason;  // words for people, without personal data
  std::string data;    // JSON of the act's own facts, may be empty
  Time at{};
};

// When the steps are due; 0 = no limit, or none could be counted.
struct DueTimes {
  Time sign{};
  Time contact{};
  Time answer{};
  Time yellow{};  // of the answer
  Time red{};
  Time give_back{};
  bool operator==(const DueTimes&) const = default;
};

// What the timeline says. Times are 0 when it has not happened.
struct Life {
  State state = State::kAccepted;
  State before_merge = State::kAccepted;
  std::string parent;    // number
  std::string incident;  // of a parent that stands for one
  std::string topic;     // the one in force: a correction wins over the verdict
  std::string type;      // word of RequestType, or empty
  Urgency urgency = Urgency::kNormal;
  std::string line;
  std::string channel;
  std::string opened_by;
  std::string lead_unit;
  std::vector<std::string> helper_units;
  std::string catalogue_entry;
  std::string limit;  // id of the LimitRow by which due was counted
  DueTimes due;
  Time opened_at{};
  Time dispatched_at{};  // the first time
  Time handed_at{};      // to the lead unit of now
  Time viewed_at{};      // by the lead unit of now
  Time signed_at{};
  Time contacted_at{};
  Time answered_at{};  // the last answer
  Time checked_at{};
  Time called_back_at{};
  Time closed_at{};
  std::int64_t hops = 0;  // how often it was handed to another lead unit, the first included
  std::int64_t returns = 0;
  std::int64_t extensions = 0;
  std::int64_t reminders = 0;
  std::int64_t redos = 0;
  std::int64_t rings = 0;       // call-backs that reached nobody
  std::int64_t solved = -1;     // what the citizen said last: 1, 0, -1 = nothing
  std::int64_t satisfied = -1;  // the same
  bool direct = false;          // answered by the desk, without a unit
  bool late = false;            // an answer came at or after its limit
  bool supervised = false;      // now
  bool was_supervised = false;
  bool bound = false;  // a return was refused: the unit may object, not return again
  bool ruled = false;  // by a supervisor: neither
  std::string close_reason;
  bool operator==(const Life&) const = default;
};

struct Order : Life {
  std::string id;             // ULID
  std::string number;         // "20150810-00042": date in Asia/Shanghai and serial of that day
  std::string request_id;     // empty: a parent that stands for an incident
  std::int64_t version = 0;   // number of Events
  std::vector<Event> events;  // oldest first; empty in lists
};

}  // namespace minsheng::orders
