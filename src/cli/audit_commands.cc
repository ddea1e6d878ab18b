// SPDX-License-Identifier: Apache-2.0
// minsheng audit balance: received = attached + opened + answered + noted + triage + settling +
// waiting + parked + refused, per channel and hour (design section 3, promise 6).
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "src/cli/cli.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;
using Key = std::pair<std::int64_t, std::string>;  // hour, channel

constexpr std::int64_t kBalanceHourMs = 3'600'000;
constexpr int kMostLooks = 50;
constexpr std::string_view kColumns[] = {"order",    "attached", "answered", "noted",  "triage",
                                         "settling", "waiting",  "parked",   "refused"};

struct Row {
  std::int64_t received = 0;  // counted by Redis in the step that stored the message
  std::map<std::string, std::int64_t> in;
  std::int64_t Sum() const {
    std::int64_t sum = 0;
    for (const auto& [bucket, n] : in) sum += n;
    return sum;
  }
};

struct Reading {
  std::vector<stream::Waiting> waiting;  // and not stored
  std::vector<store::BalanceRow> stored;
  std::map<std::string, std::int64_t> counts;
};

// One consistent look at Redis and the store. What moves from one to the other meanwhile is seen in
// one of them, because Redis is read first and the store in one snapshot; if something arrived
// meanwhile (a counter moved), the look is repeated.
Result<Reading> Look(const Opened& opened, stream::Redis& redis, std::int64_t first_hour) {
  Reading seen;
  for (int tries = 0; tries < kMostLooks; ++tries) {
    const auto before = redis.ReadCounts();
    if (!before) return Fail(before.error());
    auto waiting = redis.ReadWaiting(10'000'000);
    if (!waiting) return Fail(waiting.error());
    std::vector<std::string> open;
    for (const auto& entry : *waiting) open.push_back(entry.id);
    auto stored = opened.store->Balance(FromMs(first_hour * kBalanceHourMs), FromMs(INT64_MAX / 2), &open);
    if (!stored) return Fail(stored.error());
    const auto after = redis.ReadCounts();
    if (!after) return Fail(after.error());
    const std::set<std::string> still(open.begin(), open.end());
    std::erase_if(*waiting, [&](const auto& entry) { return !still.contains(entry.id); });
    seen = {std::move(*waiting), std::move(*stored), *after};
    if (*before == *after) break;
  }
  return seen;
}

Result<std::map<Key, Row>> Collect(const Opened& opened, std::int64_t first_hour) {
  std::map<Key, Row> rows;
  const auto redis =
      stream::Redis::Open(StreamOptions(opened.config, fmt::format("audit:{}", getpid())), SystemClock());
  if (!redis) return Fail(redis.error());
  const auto seen = Look(opened, **redis, first_hour);
  if (!seen) return Fail(seen.error());
  for (const auto& r : seen->stored) {
    auto& row = rows[{r.hour, r.channel}];
    for (const auto& [bucket, n] : r.buckets) row.in[bucket] += n;
    const auto refused = r.buckets.find("refused");
    if (refused != r.buckets.end()) row.received += refused->second;  // refused at the door, so never counted by Redis
  }
  for (const auto& w : seen->waiting) {
    const auto m = DecodeMessage(w.message);
    if (w.rx_ms / kBalanceHourMs >= first_hour)
      ++rows[{w.rx_ms / kBalanceHourMs, m ? m->channel : "unknown"}].in["waiting"];
  }
  for (const auto& [field, n] : seen->counts) {
    const auto bar = field.rfind('|');
    std::int64_t hour = 0;
    if (bar != std::string::npos) std::from_chars(field.data() + bar + 1, field.data() + field.size(), hour);
    if (hour >= first_hour) rows[{hour, field.substr(0, bar)}].received += n;
  }
  return rows;
}

}  // namespace

int AuditBalance(const Context& context, int hours) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto now_hour = ToMs(SystemClock().Now()) / kBalanceHourMs;
  const auto rows = Collect(*opened, hours <= 0 ? 0 : now_hour - hours + 1);
  if (!rows) return Report(context, rows.error());
  bool balanced = true;
  Row total;
  if (!context.json) {
    std::string head = fmt::format("{:<16} {:<8} {:>9}", context.Say("小时", "hour"), context.Say("渠道", "channel"),
                                   context.Say("收到", "received"));
    for (const auto c : kColumns) head += fmt::format(" {:>9}", BucketName(c, context));
    Print(head);
  }
  const auto print = [&](const std::string& hour, const std::string& channel, const Row& row) {
    if (context.json) {
      Json j{{"hour", hour}, {"channel", channel}, {"received", row.received}};
      for (const auto c : kColumns) j[std::string(c)] = row.in.contains(std::string(c)) ? row.in.at(std::string(c)) : 0;
      j["difference"] = row.received - row.Sum();
      Print(j.dump());
      return;
    }
    std::string line = fmt::format("{:<16} {:<8} {:>9}", hour, channel, row.received);
    for (const auto c : kColumns)
      line += fmt::format(" {:>9}", row.in.contains(std::string(c)) ? row.in.at(std::string(c)) : 0);
    if (row.received != row.Sum())
      line += fmt::format("  {} {:+}", context.Say("不平：", "off by"), row.received - row.Sum());
    Print(line);
  };
  for (const auto& [key, row] : *rows) {
    balanced = balanced && row.received == row.Sum();
    total.received += row.received;
    for (const auto& [bucket, n] : row.in) total.in[bucket] += n;
    print(ShanghaiText(FromMs(key.first * kBalanceHourMs)).substr(0, 16), key.second, row);
  }
  print(std::string(context.Say("合计", "total")), "*", total);
  if (!context.json)
    Print(balanced ? context.Say("平衡：每条消息都在且只在一处", "balanced: every message is in exactly one place")
                   : context.Say("不平衡", "NOT balanced"));
  return balanced ? kOk : kFindings;
}

}  // namespace minsheng::cli
