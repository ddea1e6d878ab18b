// SPDX-License-Identifier: Apache-2.0
// SqlConversations: Conversations over Database. Private to src/store/; conversations.cc, conversation_end.cc and
// conversation_people.cc; conversation_hold.cc is the part of the worker's transaction.
#pragma once
#include <string>
#include <vector>

#include "src/store/conversations.h"
#include "src/store/database.h"

namespace minsheng::store {

class SqlConversations final : public Conversations {
 public:
  SqlConversations(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<std::vector<HeldRequest>> Due(Time now, int limit) override;
  Result<std::vector<OpenRequest>> OpenOf(const std::string& conversation_id, Time since, int limit) override;
  Result<std::vector<std::optional<Outcome>>> Settle(const std::vector<Settlement>& settlements) override;
  Result<bool> Postpone(const std::string& request_id, std::int64_t version, Time due) override;
  Result<void> Release(const std::string& request_id, Time now) override;
  Result<orders::Order> AttachMessage(const std::string& message_id, const std::string& order_number,
                                      const std::string& by, const TellsOfAdded& added) override;
  Result<void> MarkSpam(const std::string& request_id, const std::string& by, const std::string& note) override;
  Result<std::optional<HeldRequest>> Held(const std::string& request_id) override;

 private:
  Database& database_;
  const Clock& clock_;
};

// --- inside a transaction ------------------------------------------------------------------------

// A waiting request that takes this message, or a new one to be made.
struct Hold {
  std::string request_id;  // empty: to be made
  Time since{};
  bool asked = false;
};
// Whether this message waits, and where. `thread`: request that its thread names and that waits itself, or empty.
// Locks the row that it finds.
std::optional<Hold> FindHold(Connection& c, const Decision& d, const std::string& conversation_id,
                             const std::string& thread);
// The newest open request that a picture without words belongs to; empty: none.
std::string NewestOpen(Connection& c, const Decision& d, const std::string& conversation_id);
// Writes when it is due. `hold.request_id` is set.
void WriteHold(Connection& c, const Hold& hold, bool joins, const HoldPlan& plan, const std::string& conversation_id,
               Time now);
// True once a day for each conversation.
bool MayGreet(Connection& c, const std::string& conversation_id, Time now);
// A corrected transcript of a call: the verdict is replaced, the order follows as far as nobody has signed, and no
// effect is repeated. `outcome` names the request; its outbox ids are filled.
Result<void> Revise(Connection& c, const Decision& d, Outcome* outcome, Time now);

// Tells the unit that has the order, of a merged one its parent, of what was attached. A parent that stands for an
// incident would drown in such words: nobody is told.
void TellOfAdded(Connection& c, const TellsOfAdded& added, const Message& words, const std::string& citizen_id,
                 const Outcome& attached, Time now);
// Hangs messages on an order's timeline; of a merged one also on that of its parent, unless that stands for an
// incident.
Result<void> AttachEvents(Connection& c, orders::Order* order, const std::vector<std::string>& message_ids,
                          const std::string& why, const std::string& actor, Time now);
// The same for the order of a request: its number, empty when the request has none.
Result<std::string> AttachTo(Connection& c, const std::string& request_id, const std::vector<std::string>& message_ids,
                             const std::string& why, const std::string& actor, Time now);

}  // namespace minsheng::store
