// SPDX-License-Identifier: Apache-2.0
// SqlCallBacks: the CallBackLog over Database. Private to src/store/; call_backs.cc.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/store/call_backs.h"
#include "src/store/database.h"

namespace minsheng::store {

class SqlCallBacks final : public CallBackLog {
 public:
  SqlCallBacks(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<std::vector<std::string>> Waiting(int limit) override;
  Result<bool> Begin(const CallBack& row) override;
  Result<std::vector<CallBack>> Due(Time now, int limit) override;
  Result<bool> Advance(const CallBack& seen, const CallBack& to, const std::optional<ActPlan>& act) override;
  Result<CallBack> Of(const std::string& order_number) override;
  Result<CallBack> ByToken(const std::string& token_hash) override;
  Result<std::vector<CallBack>> List(const CallBackFilter& f) override;

 private:
  Database& database_;
  const Clock& clock_;
};

// --- inside a transaction ------------------------------------------------------------------------

// The request whose citizen was asked in this conversation and has not answered; nullopt: none, or another question was
// asked since.
std::optional<std::string> AskedIn(Connection& c, const std::string& conversation_id);
// Notes what was said there.
void WriteSaid(Connection& c, const std::string& conversation_id, int solved, int satisfied, Time now);

}  // namespace minsheng::store
