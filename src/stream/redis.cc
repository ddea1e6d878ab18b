// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>
#include <set>

#include "src/base/log.h"
#include "src/stream/connection.h"
#include "src/stream/groups.h"
#include "src/stream/keys.h"
#include "src/stream/leases.h"
#include "src/stream/parts.h"
#include "src/stream/remove.h"
#include "src/stream/stream.h"

namespace minsheng::stream {
namespace {

constexpr Millis kFactoryTimeout{5'000};
constexpr int kOldestServer = 7;  // XINFO GROUPS with lag
constexpr int kMaxPartitions = 1024;

// "name:value" lines of INFO.
std::string InfoField(std::string_view info, std::string_view name) {
  const auto at = info.find("\n" + std::string(name) + ":");
  if (at == std::string_view::npos) return {};
  const auto begin = at + name.size() + 2;
  return std::string(info.substr(begin, info.find_first_of("\r\n", begin) - begin));
}

Result<void> CheckOptions(const Options& options) {
  if (options.partitions < 1 || options.partitions > kMaxPartitions)
    return MakeError(ErrorKind::kInvalid, "redis.partitions must be 1 .. 1024 (redis.partitions 应在 1 到 1024 之间)");
  if (options.owner.empty()) return MakeError(ErrorKind::kInvalid, "stream owner must not be empty");
  if (options.lease < Millis{100}) return MakeError(ErrorKind::kInvalid, "redis.lease must be 100ms or more");
  return {};
}

Result<void> CheckServer(std::string_view info) {
  int major = 0;
  const auto version = InfoField(info, "redis_version");
  std::from_chars(version.data(), version.data() + version.size(), major);
  if (major < kOldestServer)
    return MakeError(ErrorKind::kInvalid, "redis.url: Redis " + version + " is too old, 7.0 or newer is needed");
  if (InfoField(info, "cluster_enabled") == "1")
    return MakeError(ErrorKind::kInvalid,
                     "redis.url points to a Redis Cluster, which is not supported; give a single Redis "
                     "(redis.url 指向集群，请改为单机 Redis)");
  if (InfoField(info, "role") == "slave")
    return MakeError(ErrorKind::kInvalid, "redis.url points to a replica; give the address of its master");
  return {};
}

Fail Volatile(const std::string& setting, const std::string& is, const std::string& needed) {
  return MakeError(ErrorKind::kInvalid,
                   "redis.url: this Redis would lose messages: " + setting + " is \"" + is + "\". Remedy: set \"" +
                       setting + " " + needed + "\" in its redis.conf, or run CONFIG SET " + setting + " " + needed +
                       " and CONFIG REWRITE (此 Redis 会丢失消息，请把 " + setting + " 设为 " + needed + ")");
}

struct Setting {
  const char* name;
  const char* needed;
  const char* info_field;  // what INFO shows of it, or null
  const char* info_needed;
};
constexpr Setting kSettings[] = {
    {"appendonly", "yes", "aof_enabled", "1"},
    {"appendfsync", "always", nullptr, nullptr},
    {"no-appendfsync-on-rewrite", "no", nullptr, nullptr},
    {"maxmemory-policy", "noeviction", "maxmemory_policy", "noeviction"},
};

Result<void> CheckDurable(Connection& connection, std::string_view info) {
  for (const auto& setting : kSettings) {
    const auto reply = connection.Command({"CONFIG", "GET", setting.name});
    if (reply && IsArray(**reply, 2)) {
      const std::string is(TextOf(At(**reply, 1)));
      if (is != setting.needed) return Volatile(setting.name, is, setting.needed);
      continue;
    }
    if (!reply && reply.error().kind == ErrorKind::kUnknown) return Fail(reply.error());
    // CONFIG is forbidden to this user: INFO tells a part of it.
    if (setting.info_field == nullptr) {
      log::Warn("redis-setting-not-visible", {{"setting", setting.name}, {"needed", setting.needed}});
    } else if (const auto is = InfoField(info, setting.info_field); is != setting.info_needed) {
      return Volatile(setting.name, is, setting.needed);
    }
  }
  return {};
}

Result<void> FixPartitions(Connection& connection, int partitions) {
  const auto set = connection.Command({"SET", kPartitionsKey, std::to_string(partitions), "NX"});
  if (!set) return Fail(set.error());
  const auto get = connection.Command({"GET", kPartitionsKey});
  if (!get) return Fail(get.error());
  const std::string fixed(TextOf(**get));
  if (fixed == std::to_string(partitions)) return {};
  return MakeError(ErrorKind::kInvalid,
                   "redis.partitions is " + std::to_string(partitions) + ", but this Redis was set up with " + fixed +
                       "; set redis.partitions = " + fixed +
                       " (a sender's messages would lose their order) (分区数与 Redis 中的不一致，请改回 " + fixed +
                       ")");
}

class RedisFactory final : public Redis {
 public:
  RedisFactory(Options options, Address address, const Clock& clock)
      : options_(std::move(options)), address_(std::move(address)), clock_(clock) {}

  Result<void> SetUp() {
    if (const auto connected = Connect(); !connected) return connected;
    const auto info = connection_->Command({"INFO"});
    if (!info) return Fail(info.error());
    const auto text = TextOf(**info);
    if (const auto ok = CheckServer(text); !ok) return ok;
    if (const auto ok = CheckDurable(*connection_, text); !ok) return ok;
    if (const auto ok = FixPartitions(*connection_, options_.partitions); !ok) return ok;
    return MakeGroups(*connection_, options_.partitions);
  }

  std::unique_ptr<Appender> MakeAppender() override { return MakeRedisAppender(options_, address_, clock_); }

  std::unique_ptr<Reader> MakeReader() override {
    return MakeRedisReader(options_, address_, MakeReaderToken(options_.owner), clock_);
  }

  Result<Stats> ReadStats() override {
    return Reading<Stats>([&] { return ReadStatsOnce(); });
  }

  Result<std::vector<Waiting>> ReadWaiting(std::size_t max) override {
    return Reading<std::vector<Waiting>>([&] { return ReadWaitingOnce(max); });
  }

  Result<Removed> Remove(const Pick& pick) override {
    return Reading<Removed>([&] { return RemoveEntries(*connection_, options_.partitions, pick); });
  }

  Result<void> SeedCounts(const std::map<std::string, std::int64_t>& counts) override {
    const auto before = ReadCounts();
    if (!before) return Fail(before.error());
    if (!before->empty()) return MakeError(ErrorKind::kConflict, "Redis 不是空的 / this Redis is not empty");
    return Reading<void>([&]() -> Result<void> {
      Words words{"HSET", CountsKey(0)};
      for (const auto& [field, n] : counts) words.insert(words.end(), {field, std::to_string(n)});
      if (counts.empty()) return {};
      const auto done = connection_->Command(words);
      if (!done) return Fail(done.error());
      return {};
    });
  }

  Result<std::map<std::string, std::int64_t>> ReadCounts() override {
    return Reading<std::map<std::string, std::int64_t>>([&] { return ReadCountsOnce(); });
  }

 private:
  struct Found {
    std::int64_t ms = 0;  // of the stream id
    Waiting waiting;
  };

  // A look that meets a broken connection (Redis was started again) is repeated once on a new one.
  template <class T, class Look>
  Result<T> Reading(Look look) {
    const std::lock_guard lock(mutex_);
    for (int attempt = 1;; ++attempt) {
      if (const auto connected = Connect(); !connected) return Fail(connected.error());
      Result<T> result = look();
      if (result || result.error().kind != ErrorKind::kUnknown) return result;
      if (attempt == 2) return MakeError(ErrorKind::kUnavailable, result.error().what);
    }
  }

  Result<Stats> ReadStatsOnce() {
    const auto groups = ReadGroups(*connection_, options_.partitions);
    if (!groups) return Fail(groups.error());
    Stats stats;
    for (const auto& group : *groups) {
      stats.length += group.length;
      stats.pending += group.pending;
      stats.waiting += group.pending + group.unread;
    }
    if (stats.waiting == 0) return stats;
    const auto oldest = OldestWaiting(*groups, 1);
    if (!oldest) return Fail(oldest.error());
    const auto now = ToMs(clock_.Now());
    for (const auto& found : *oldest)
      stats.oldest_waiting_ms = std::max(stats.oldest_waiting_ms, now - found.waiting.rx_ms);
    return stats;
  }

  Result<std::vector<Waiting>> ReadWaitingOnce(std::size_t max) {
    const auto groups = ReadGroups(*connection_, options_.partitions);
    if (!groups) return Fail(groups.error());
    auto found = OldestWaiting(*groups, max);
    if (!found) return Fail(found.error());
    std::stable_sort(found->begin(), found->end(), [](const Found& a, const Found& b) {
      return a.ms != b.ms ? a.ms < b.ms : a.waiting.id < b.waiting.id;
    });
    std::vector<Waiting> waiting;
    for (std::size_t i = 0; i < std::min(max, found->size()); ++i) waiting.push_back(std::move((*found)[i].waiting));
    return waiting;
  }

  Result<std::map<std::string, std::int64_t>> ReadCountsOnce() {
    std::vector<Words> commands;
    for (int p = 0; p < options_.partitions; ++p) commands.push_back({"HGETALL", CountsKey(p)});
    const auto replies = connection_->Pipeline(commands);
    if (!replies) return Fail(replies.error());
    std::map<std::string, std::int64_t> counts;
    for (const auto& reply : *replies) {
      if (!IsArray(*reply)) return Fail(ErrorOf(TextOf(*reply)));
      for (std::size_t i = 0; i + 1 < reply->elements; i += 2)
        counts[std::string(TextOf(At(*reply, i)))] += Number(TextOf(At(*reply, i + 1)));
    }
    return counts;
  }

  static std::int64_t Number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  // Of each partition the oldest `max` that wait: pending ones, then unread ones.
  Result<std::vector<Found>> OldestWaiting(const std::vector<GroupState>& groups, std::size_t max) {
    std::vector<Found> found;
    for (std::size_t p = 0; p < groups.size(); ++p) {
      const std::string key = StreamKey(static_cast<int>(p));
      std::vector<Words> commands;
      if (groups[p].pending > 0) {
        const auto pending = connection_->Command({"XPENDING", key, kGroup, "-", "+", std::to_string(max)});
        if (!pending) return Fail(pending.error());
        for (std::size_t i = 0; i < (*pending)->elements; ++i) {
          const std::string id(TextOf(At(At(**pending, i), 0)));
          commands.push_back({"XRANGE", key, id, id});
        }
      }
      if (commands.size() < max && groups[p].unread > 0)
        commands.push_back(
            {"XRANGE", key, "(" + groups[p].last_delivered, "+", "COUNT", std::to_string(max - commands.size())});
      const auto replies = connection_->Pipeline(commands);
      if (!replies) return Fail(replies.error());
      for (const auto& reply : *replies) AddFound(*reply, &found);
    }
    return found;
  }

  static void AddFound(const redisReply& reply, std::vector<Found>* found) {
    if (!IsArray(reply)) return;
    for (std::size_t i = 0; i < reply.elements; ++i) {
      RawEntry raw;
      if (!ParseEntry(At(reply, i), &raw)) continue;
      found->push_back(
          Found{Number(raw.stream_id),
                Waiting{std::string(FieldOf(raw, "id")), std::string(FieldOf(raw, "m")), Number(FieldOf(raw, "rx")),
                        std::string(FieldOf(raw, "raw")), std::string(FieldOf(raw, "blob"))}});
    }
  }

  Result<void> Connect() {
    if (connection_ && connection_->usable()) return {};
    auto connection = Connection::Open(address_, kFactoryTimeout);
    if (!connection) return Fail(connection.error());
    connection_ = std::move(*connection);
    return {};
  }

  const Options options_;
  const Address address_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<Redis>> Redis::Open(Options options, const Clock& clock) {
  if (const auto ok = CheckOptions(options); !ok) return Fail(ok.error());
  auto address = ParseUrl(options.url);
  if (!address) return Fail(address.error());
  if (!options.password.empty()) {
    address->user = options.user;
    address->password = options.password;
  }
  auto redis = std::make_unique<RedisFactory>(std::move(options), std::move(*address), clock);
  if (const auto ok = redis->SetUp(); !ok) {
    auto error = ok.error();
    if (error.kind == ErrorKind::kUnknown) error.kind = ErrorKind::kUnavailable;
    return Fail(error);
  }
  return redis;
}

}  // namespace minsheng::stream
