// SPDX-License-Identifier: Apache-2.0
// CallBackLog: which citizen is still to be asked whether the matter is solved, by which way, and how far that is. Part
// of the Store; thread-safe, each call is one transaction. Holds no personal data: what a citizen says is kept with the
// act call-back (store/acts.h), and of a link's token its SHA-256 alone.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/orders/order.h"
#include "src/store/acts.h"

namespace minsheng::store {

// One call-back: a checked answer, and the question whether it helped. A further check (after a redo) makes another.
struct CallBack {
  std::string id;  // ULID
  std::string order_number;
  std::string request_id;
  Time checked_at{};          // of the order when this began: its name among the order's call-backs
  std::string way;            // "phone": a person telephones; "chat"; "link": a page of ours; "none": nobody to reach
  std::string state = "due";  // "asked": the question is out; "said": answered, not acted upon yet; "over"
  std::int64_t tries = 0;     // by telephone
  Time next_at{};             // due: not before; asked: the end of waiting
  std::string holder;         // who telephones
  std::string conversation;   // of chat
  std::string token_hash;     // of link
  int solved = -1;            // what was said in chat
  int satisfied = -1;
  Time created_at{};
  Time asked_at{};
  std::int64_t turn = 0;  // counts the changes
  // The order's, as they are now.
  orders::State order_state = orders::State::kChecked;
  std::string topic;
  bool current = true;  // the order has not been checked again since
};

// What a message says to the question of a call-back, and what its sender is told then. `thanks` must be pure.
struct CallBackWord {
  int solved = -1;  // 1, 0, -1: does not say
  int satisfied = -1;
  std::function<std::vector<OutboxDraft>(const std::string& request_id)> thanks;
};

struct CallBackFilter {
  std::string holder;  // with nobody's rows too
  std::string way;
  bool over_too = false;
  int limit = 50;
};

class CallBackLog {
 public:
  virtual ~CallBackLog() = default;

  // Numbers of orders that were checked, or called back by somebody, and have no call-back of that check; with a
  // request, the longest checked first.
  virtual Result<std::vector<std::string>> Waiting(int limit) = 0;
  // False: the order has one of that check already. id and created_at are filled.
  virtual Result<bool> Begin(const CallBack& row) = 0;
  // What the clock has to look at, the longest due first: questions to send, answers to act upon, waiting that is over,
  // and orders that have gone on by themselves. Of telephone calls only the last. In one conversation one question
  // is out at a time, and none is asked while words of the citizen wait (conversations.h).
  virtual Result<std::vector<CallBack>> Due(Time now, int limit) = 0;
  // Moves the row on if nobody did since `seen`, together with `act`; false, and nothing happened, if somebody did.
  // Errors: those of Store::Act.
  virtual Result<bool> Advance(const CallBack& seen, const CallBack& to,
                               const std::optional<ActPlan>& act = std::nullopt) = 0;
  virtual Result<CallBack> Of(const std::string& order_number) = 0;         // the newest; kNotFound
  virtual Result<CallBack> ByToken(const std::string& token_hash) = 0;      // kNotFound
  virtual Result<std::vector<CallBack>> List(const CallBackFilter& f) = 0;  // the longest due first
};

}  // namespace minsheng::store
