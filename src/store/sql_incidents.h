// SPDX-License-Identifier: Apache-2.0
// SqlIncidents: the IncidentLog over Database. Private to src/store/; incidents.cc and incident_acts.cc.
#pragma once
#include <string>
#include <vector>

#include "src/store/database.h"
#include "src/store/incidents.h"

namespace minsheng::store {

class SqlIncidents final : public IncidentLog {
 public:
  explicit SqlIncidents(Database& database) : database_(database) {}

  Result<IncidentCursor> ReadCursor() override;
  Result<std::vector<FeedRow>> Feed(std::int64_t after, std::int64_t upto, int limit) override;
  Result<std::vector<IncidentRow>> IncidentsOf(std::int64_t after, std::int64_t upto) override;
  Result<std::vector<IncidentRate>> Rates() override;
  Result<bool> Advance(const IncidentCursor& from, std::int64_t to, const IncidentStep& step, const std::string& holder,
                       Time lease_until) override;
  Result<bool> Repeat(const IncidentCursor& from) override;
  Result<std::vector<IncidentAlarm>> Unannounced() override;
  Result<void> Announced(const std::string& incident_id, int level) override;

  Result<IncidentAct> Act(IncidentAct act) override;
  Result<void> Rebuild() override;

  Result<std::vector<IncidentRow>> List(Time since, int min_callers, int limit) override;
  Result<std::int64_t> CountOpen(Time since, int min_callers) override;
  Result<IncidentRow> Get(const std::string& id) override;
  Result<std::vector<FeedRow>> Members(const std::string& id, int limit) override;
  Result<std::vector<IncidentHour>> Hours(const std::string& id) override;
  Result<std::vector<std::pair<std::string, std::int64_t>>> Topics(const std::string& id) override;
  Result<std::vector<IncidentAlarm>> Alarms(const std::string& id) override;
  Result<std::vector<IncidentAct>> Acts(const std::string& id) override;
  Result<std::optional<IncidentRow>> IncidentOf(const std::string& request_id) override;

 private:
  Database& database_;
};

// --- inside a transaction ------------------------------------------------------------------------

// Gives a request that was just written its place in the order of commits.
void FeedRequest(Connection& c, const std::string& request_id, Time at, const std::string& caller,
                 const std::vector<std::string>& places);
IncidentCursor CursorIn(Connection& c);
Result<IncidentRow> IncidentIn(Connection& c, const std::string& id);
void WriteIncident(Connection& c, const IncidentRow& row);
// Writes what `act` says. Errors: IncidentLog::Act.
Result<void> DoAct(Connection& c, const IncidentAct& act);

}  // namespace minsheng::store
