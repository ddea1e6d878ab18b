// SPDX-License-Identifier: Apache-2.0
// Conversations: requests that wait, for more pieces of a chat or for the citizen's word which order is meant, and
// what people do with them. Part of the Store; thread-safe, each call is one transaction.
//
// A waiting request has state "settling" or "asked" and its messages stand in bucket "settling". It ends once, by
// Settle, which names the version it looked at: whoever looked at an older one changes nothing. So any number of
// processes may sweep, and be killed, at any time.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/store/store.h"

namespace minsheng::store {

// An open request that another one may belong to, as the citizen is asked about it.
struct Choice {
  std::string request_id;
  std::string order_number;  // empty in triage
  std::string label;         // name of topic and place: no words of a citizen
  bool operator==(const Choice&) const = default;
};
std::string Encode(const std::vector<Choice>& choices);  // empty for none
std::vector<Choice> DecodeChoices(std::string_view json);

struct HeldRequest {
  std::string request_id;
  std::string conversation_id;
  std::int64_t version = 0;
  Time since{};  // first message
  Time due{};    // to be judged then
  std::vector<Choice> choices;
  Time asked_at{};  // 0 = not asked
  Time answer_by{};
  std::vector<Message> messages;  // oldest first
};

// What is open, or was answered, in a conversation.
struct OpenRequest {
  std::string request_id;
  std::string order_number;  // empty in triage
  std::string state;         // of the order, of a merged one that of its parent; or "triage"
  std::string topic;         // in force
  std::optional<Verdict> verdict;
  Time created_at{};
  Time last_at{};  // newest message
  Message whole;   // what was judged
};

// What becomes of a waiting request.
struct Settlement {
  enum class End {
    kJudged,    // opened, answered, noted or left to a person: decision.plan
    kAttached,  // to target
    kAsked,     // the citizen, by `question`, which one of decision's `choices` is meant
    kWaits,     // until due
  };
  std::string request_id;
  std::int64_t version = 0;
  End end = End::kJudged;
  Decision decision;                  // about the whole; its outbox is called with the bucket that results
  std::vector<std::string> unjudged;  // ids of its messages that are no part of the text: answers to a question
  std::string target;                 // request id
  std::string why;                    // for the timeline: "follow-up", "thanks", "chosen", ...
  std::vector<Choice> choices;        // kAsked; with plan kTriage shown to the person who decides
  std::optional<OutboxDraft> question;
  Time due{};         // kAsked: the time limit of the answer
  std::string after;  // number of an answered order that the citizen comes back to, noted on the new one
};

class Conversations {
 public:
  virtual ~Conversations() = default;

  // --- the sweep ------------------------------------------------------------------------------
  // Waiting requests that are due, the longest due first, with their messages.
  virtual Result<std::vector<HeldRequest>> Due(Time now, int limit) = 0;
  // Requests of the conversation that are in triage or have an order that is not closed, made at or after `since`,
  // newest first, at most `limit`.
  virtual Result<std::vector<OpenRequest>> OpenOf(const std::string& conversation_id, Time since, int limit) = 0;
  // All in one transaction. nullopt for one that has moved on since: nothing was changed for it.
  virtual Result<std::vector<std::optional<Outcome>>> Settle(const std::vector<Settlement>& settlements) = 0;
  // To be looked at again at `due`; false when it has moved on.
  virtual Result<bool> Postpone(const std::string& request_id, std::int64_t version, Time due) = 0;

  // --- people ---------------------------------------------------------------------------------
  // kNotFound / kConflict say why it cannot be, with the remedy.
  // Ends the waiting now; the next sweep judges it.
  virtual Result<void> Release(const std::string& request_id, Time now) = 0;
  // Puts a message into the request of an order: away from triage, waiting or noted ones. The order, with its events.
  // added: may be empty.
  virtual Result<orders::Order> AttachMessage(const std::string& message_id, const std::string& order_number,
                                              const std::string& by, const TellsOfAdded& added) = 0;
  // A waiting or triaged request asks for nothing: its messages are noted. The verdict stays.
  virtual Result<void> MarkSpam(const std::string& request_id, const std::string& by, const std::string& note) = 0;

  // --- reading --------------------------------------------------------------------------------
  virtual Result<std::optional<HeldRequest>> Held(const std::string& request_id) = 0;  // without messages
};

}  // namespace minsheng::store
