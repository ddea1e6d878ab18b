// SPDX-License-Identifier: Apache-2.0
// Parked messages, counts, channel state, health.
#include <fmt/format.h>

#include "src/base/crypto.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::int64_t kMsPerHour = 3'600'000;
constexpr std::string_view kParkedColumns = "ttttttttiitti";

ParkedRow ParkedOf(Connection& c, const Query& q) {
  const auto open = [&](std::string_view column, const std::string& stored) {
    return OpenText(c, q.Text(11), {"message", q.Text(0), column}, stored, q.Int(12));
  };
  ParkedRow row;
  row.id = q.Text(0);
  row.channel = q.Text(1);
  row.account = q.Text(2);
  row.reason = q.Text(3);
  row.raw = q.Text(4) == "base64" ? crypto::Base64Decode(q.Text(5)).value_or("") : open("raw", q.Text(5));
  row.raw_blob = open("raw_blob", q.Text(6));
  row.message = open("message", q.Text(7));
  row.deliveries = static_cast<int>(q.Int(8));
  row.parked_at = FromMs(q.Int(9));
  row.resolution = q.Text(10);
  return row;
}

BalanceRow& RowFor(std::map<std::pair<std::int64_t, std::string>, BalanceRow>& rows, std::int64_t hour,
                   const std::string& channel) {
  BalanceRow& row = rows[{hour, channel}];
  row.hour = hour;
  row.channel = channel;
  return row;
}

}  // namespace

Result<std::vector<ParkedRow>> SqlStore::ListParked(bool resolved_too, int limit) {
  return database_->Read([&](Connection& c) -> Result<std::vector<ParkedRow>> {
    std::string sql =
        "SELECT p.id, m.channel, m.account, p.reason, '', '', m.raw_blob, m.message, p.deliveries, p.parked_at, "
        "p.resolution, COALESCE(m.citizen_id, ''), m.sealed FROM parked p JOIN message m ON m.id = p.id ";
    if (!resolved_too) sql += "WHERE p.resolution = '' ";
    sql += "ORDER BY p.id LIMIT :l";
    std::vector<ParkedRow> rows;
    Query& q = c.Prepared(sql, kParkedColumns);
    for (bool row = q.First(ClampLimit(limit)); row; row = q.Next()) rows.push_back(ParkedOf(c, q));
    return rows;
  });
}

Result<ParkedRow> SqlStore::GetParked(const std::string& id) {
  return database_->Read([&](Connection& c) -> Result<ParkedRow> {
    Query& q = c.Prepared(
        "SELECT p.id, m.channel, m.account, p.reason, m.raw_form, m.raw, m.raw_blob, m.message, p.deliveries, "
        "p.parked_at, p.resolution, COALESCE(m.citizen_id, ''), m.sealed FROM parked p JOIN message m ON m.id = p.id "
        "WHERE p.id = :i",
        kParkedColumns);
    if (!q.First(id))
      return MakeError(ErrorKind::kNotFound, fmt::format("没有滞留消息 {} / no parked message {}", id, id));
    return ParkedOf(c, q);
  });
}

Result<void> SqlStore::ResolveParked(const std::string& id, const std::string& resolution) {
  if (resolution != "retried" && resolution != "dropped") {
    return MakeError(ErrorKind::kInvalid, "a parked message is resolved as retried or dropped");
  }
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<void> {
    const auto changed =
        c.Prepared("UPDATE parked SET resolution = :r, resolved_at = :t WHERE id = :i AND resolution = ''")
            .Run(resolution, ToMs(now), id);
    if (changed == 1 || c.error()) return {};
    Query& q = c.Prepared("SELECT resolution FROM parked WHERE id = :i", "t");
    if (!q.First(id))
      return MakeError(ErrorKind::kNotFound, fmt::format("没有滞留消息 {} / no parked message {}", id, id));
    return MakeError(ErrorKind::kConflict,
                     fmt::format("滞留消息 {} 已处理（{}） / parked message {} is resolved already: {}", id, q.Text(0),
                                 id, q.Text(0)));
  });
}

Result<std::vector<BalanceRow>> SqlStore::Balance(Time from, Time to, std::vector<std::string>* waiting) {
  const std::int64_t first = ToMs(from) / kMsPerHour;
  const std::int64_t end = (ToMs(to) + kMsPerHour - 1) / kMsPerHour;
  return database_->Read([&](Connection& c) -> Result<std::vector<BalanceRow>> {
    std::map<std::pair<std::int64_t, std::string>, BalanceRow> rows;
    Query& q = c.Prepared(
        "SELECT hour, channel, bucket, COUNT(*) FROM message WHERE hour >= :f AND hour < :e "
        "GROUP BY hour, channel, bucket",
        "itti");
    for (bool row = q.First(first, end); row; row = q.Next())
      RowFor(rows, q.Int(0), q.Text(1)).buckets[q.Text(2)] = q.Int(3);
    Query& r = c.Prepared(
        "SELECT hour, channel, SUM(n) FROM refused WHERE hour >= :f AND hour < :e GROUP BY hour, channel", "iti");
    for (bool row = r.First(first, end); row; row = r.Next())
      RowFor(rows, r.Int(0), r.Text(1)).buckets["refused"] = r.Int(2);
    if (waiting != nullptr) {
      Query& known = c.Prepared("SELECT id FROM message WHERE id = :i", "t");
      std::erase_if(*waiting, [&](const std::string& id) { return known.First(id); });
    }
    std::vector<BalanceRow> out;
    for (auto& [key, row] : rows) out.push_back(std::move(row));
    return out;
  });
}

Result<void> SqlStore::AddRefused(const std::string& channel, std::int64_t hour, const std::string& reason,
                                  std::int64_t n) {
  return database_->WriteBeside([&](Connection& c) -> Result<void> {
    c.Prepared(
         "INSERT INTO refused (channel, hour, reason, n) VALUES (:c, :h, :r, :n) "
         "ON CONFLICT (hour, channel, reason) DO UPDATE SET n = refused.n + excluded.n")
        .Run(channel, hour, reason, n);
    return {};
  });
}

Result<std::optional<std::string>> SqlStore::GetState(const std::string& scope, const std::string& key) {
  return database_->Read([&](Connection& c) -> Result<std::optional<std::string>> {
    Query& q = c.Prepared("SELECT value FROM channel_state WHERE scope = :s AND key = :k", "t");
    if (!q.First(scope, key)) return std::optional<std::string>();
    return std::optional<std::string>(q.Text(0));
  });
}

Result<bool> SqlStore::PutState(const std::string& scope, const std::string& key,
                                const std::optional<std::optional<std::string>>& expected, const std::string& value) {
  return database_->WriteBeside([&](Connection& c) -> Result<bool> {
    if (!expected) {
      c.Prepared(
           "INSERT INTO channel_state (scope, key, value) VALUES (:s, :k, :v) "
           "ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value")
          .Run(scope, key, value);
      return true;
    }
    if (!*expected) {
      return c.Prepared(
                  "INSERT INTO channel_state (scope, key, value) VALUES (:s, :k, :v) "
                  "ON CONFLICT (scope, key) DO NOTHING")
                 .Run(scope, key, value) == 1;
    }
    return c.Prepared("UPDATE channel_state SET value = :v WHERE scope = :s AND key = :k AND value = :e")
               .Run(value, scope, key, **expected) == 1;
  });
}

Result<void> SqlStore::Probe() {
  const Time now = clock_.Now();
  return database_->WriteBeside([&](Connection& c) -> Result<void> {
    c.Prepared("INSERT INTO probe (id, at) VALUES (1, :t) ON CONFLICT (id) DO UPDATE SET at = excluded.at")
        .Run(ToMs(now));
    return {};
  });
}

}  // namespace minsheng::store
