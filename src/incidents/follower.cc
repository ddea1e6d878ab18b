// SPDX-License-Identifier: Apache-2.0
#include "src/incidents/follower.h"

#include "src/base/log.h"
#include "src/base/metrics.h"

namespace minsheng::incidents {
namespace {

constexpr int kLoadBatch = 512;
constexpr Millis kPauseWhenDown{1'000};
constexpr Millis kLate{24 * 3'600'000};  // after that nobody is alarmed any more, only told

}  // namespace

Request RequestOf(const store::FeedRow& row) {
  Request r;
  r.seq = row.seq;
  r.request_id = row.request_id;
  r.at = row.at;
  r.caller = HashOf(row.caller);
  r.topic = row.topic;
  r.tags = row.tags;
  r.places = row.places;
  if (row.message) r.features = FeaturesOf(CitizenWords(*row.message), row.message->place_hint);
  return r;
}

Result<void> Follower::Load(const store::IncidentCursor& at) {
  grouper_.reset();
  auto grouper = std::make_unique<Grouper>(options_);
  const auto after = std::max<std::int64_t>(0, at.cursor - options_.max_entries);
  auto incidents = log_.IncidentsOf(after, at.cursor);
  if (!incidents) return Fail(incidents.error());
  for (auto& row : *incidents) grouper->RestoreIncident(std::move(row));
  for (auto seq = after; seq < at.cursor;) {
    const auto rows = log_.Feed(seq, at.cursor, kLoadBatch);
    if (!rows) return Fail(rows.error());
    if (rows->empty()) break;
    for (const auto& row : *rows) grouper->Restore(RequestOf(row), row.matter, row.incident_id);
    seq = rows->back().seq;
  }
  const auto rates = log_.Rates();
  if (!rates) return Fail(rates.error());
  for (const auto& rate : *rates) grouper->RestoreRate(rate);
  (void)grouper->Take();
  grouper_ = std::move(grouper);
  cursor_ = at.cursor;
  acts_ = at.acts;
  return {};
}

Result<int> Follower::Step() {
  const auto at = log_.ReadCursor();
  if (!at) return Fail(at.error());
  Gauges(*at);
  const auto now = clock_.Now();
  // A lease from a clock that has jumped since is none.
  if (at->holder != holder_ && at->lease_until > now && at->lease_until <= now + kLease) return 0;
  if (to_announce_) {
    if (const auto told = Announce(); !told) return Fail(told.error());
  }
  if (at->cursor >= at->last && at->stop_at > at->cursor) return 0;
  if (!grouper_ || at->cursor != cursor_ || at->acts != acts_) {
    if (const auto loaded = Load(*at); !loaded) return Fail(loaded.error());
  }
  if (at->stop_at <= at->cursor) {
    grouper_.reset();
    const auto repeated = log_.Repeat(*at);
    if (!repeated) return Fail(repeated.error());
    return *repeated ? 1 : 0;
  }
  const auto rows = log_.Feed(at->cursor, at->stop_at, kBatch);
  if (!rows) return Fail(rows.error());
  if (rows->empty()) return 0;
  for (const auto& row : *rows) grouper_->Add(RequestOf(row));
  const auto step = grouper_->Take();
  const auto written = log_.Advance(*at, rows->back().seq, step, holder_, now + kLease);
  if (!written || !*written) {
    grouper_.reset();  // it has seen what is not in the store
    if (!written) return Fail(written.error());
    return 0;
  }
  cursor_ = rows->back().seq;
  to_announce_ = to_announce_ || !step.alarms.empty();
  if (to_announce_) {
    if (const auto told = Announce(); !told) return Fail(told.error());
  }
  return static_cast<int>(rows->size());
}

// First told, then noted as told: killed in between, it is told twice rather than never.
Result<void> Follower::Announce() {
  const auto alarms = log_.Unannounced();
  if (!alarms) return Fail(alarms.error());
  for (const auto& alarm : *alarms) {
    const auto row = log_.Get(alarm.incident_id);
    const bool late = alarm.at < clock_.Now() - kLate;
    log::Warn("incident-alarm", {{"incident", alarm.incident_id},
                                 {"alarm", alarm.level},
                                 {"callers_within_hour", alarm.callers},
                                 {"expected", alarm.expected},
                                 {"topic", row ? row->topic : std::string()},
                                 {"at", IsoUtc(alarm.at)},
                                 {"late", late}});
    metrics::Count("minsheng_incident_alarms_total", {{"level", std::to_string(alarm.level)}});
    if (const auto noted = log_.Announced(alarm.incident_id, alarm.level); !noted) return noted;
  }
  to_announce_ = false;
  return {};
}

void Follower::Gauges(const store::IncidentCursor& at) {
  metrics::Set("minsheng_incidents_waiting", {}, static_cast<double>(at.last - at.cursor));
  if (const auto open = log_.CountOpen(clock_.Now() - options_.window, 2))
    metrics::Set("minsheng_incidents_open", {}, static_cast<double>(*open));
}

void Follower::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void Follower::Run(const std::atomic<bool>& stop) {
  while (!stop) {
    const auto done = Step();
    if (!done && !failing_) log::Warn("incidents-not-grouped", {{"error", done.error().what}});
    failing_ = !done;
    if (done && *done > 0) continue;
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, done ? kLook : kPauseWhenDown, [&] { return stop || (done && woken_); });
    woken_ = false;
  }
}

}  // namespace minsheng::incidents
