// SPDX-License-Identifier: Apache-2.0
// SqlChase: the ChaseLog over Database. Private to src/store/; chase.cc and emergencies.cc.
#pragma once
#include <string>
#include <vector>

#include "src/store/chase.h"
#include "src/store/database.h"

namespace minsheng::store {

class SqlChase final : public ChaseLog {
 public:
  SqlChase(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<std::vector<LookRow>> ToLookAt(Time now, int limit) override;
  Result<void> SetLooked(const std::vector<Looked>& looked) override;
  Result<std::vector<std::string>> StepsDone(const std::string& order_id) override;
  Result<std::vector<PhoneTask>> Tasks(bool done_too, const std::string& number, int limit) override;
  Result<PhoneTask> FinishTask(const std::string& id, const std::string& outcome, const std::string& by) override;
  Result<std::vector<orders::Order>> Supervised(const std::string& cursor, int limit) override;
  Result<EmergencyRow> BeginEmergency(EmergencyRow row) override;
  Result<EmergencyRow> EndEmergency(const std::string& by) override;
  Result<std::vector<EmergencyRow>> Emergencies() override;
  Result<orders::Profile> ProfileAt(Time t) override;
  Result<std::int64_t> CountSameAnswers(const std::string& unit, const std::string& print, const std::string& order_id,
                                        Time at, Time since) override;
  Result<std::vector<std::string>> HadToKeep(const std::string& unit, const std::string& topic,
                                             const std::string& other_than, Time since) override;
  Result<std::vector<FlagCount>> FlagCounts(Time since) override;
  Result<std::vector<orders::Order>> OpenOrders(const std::string& cursor, int limit) override;
  Result<std::vector<orders::Order>> OpenedBetween(Time from, Time to, const std::string& cursor, int limit) override;

 private:
  Database& database_;
  const Clock& clock_;
};

// --- inside a transaction ------------------------------------------------------------------------

// Opens a task to telephone the order's lead unit.
void OpenPhoneTask(Connection& c, const orders::Order& order, const std::string& step, Time now);

}  // namespace minsheng::store
