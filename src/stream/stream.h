// SPDX-License-Identifier: Apache-2.0
// The durable line between intake and decision: partitioned Redis streams (design 11.1).
//
// Promises: Append is durable when it answers; one identity is appended once; every entry comes
// back until it is acknowledged, also after a crash of whoever read it; entries of one partition
// come in order; nothing that is not acknowledged is ever trimmed.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::stream {

struct Options {
  std::string url;                           // "unix:/path/redis.sock" or "redis://[user:password@]host:port[/db]"
  std::string user;                          // with `password`: instead of the login in `url`
  std::string password;                      // empty: the login in `url`, if any
  int partitions = 16;                       // fixed in Redis at first start; a different later value is an error
  Millis claim_ttl{7LL * 24 * 3600 * 1000};  // how long Redis remembers an identity; SQL remembers for ever
  std::int64_t max_entries = 1'000'000;      // waiting entries above which Append refuses (kUnavailable)
  Millis lease{10'000};                      // a partition whose owner was silent for so long changes hands
  std::string owner;                         // unique name of this process, e.g. "host:pid"
};

// One message to append.
struct Item {
  std::string identity;       // "<channel>:<account>:<source_id>": unique, claimed in the same step
  std::string partition_key;  // "<channel>|<account>|<sender>": equal keys keep their order
  std::string id;             // our id (ULID) for a first append
  std::string message;        // Message JSON
  std::string raw;            // exact wire bytes, up to 32 KiB, or empty
  std::string blob;           // name of the blob that holds the wire bytes otherwise
  std::int64_t rx_ms = 0;
  std::string count_field;  // "<channel>|<hour since 1970>": counted in the same atomic step
};

struct Appended {
  std::string id;          // the id that holds the identity: ours, or the first one's
  bool duplicate = false;  // the identity was already there; nothing was appended
};

struct Entry {
  std::string stream_id;
  int partition = 0;
  int version = 1;
  std::string id;
  std::string message;
  std::string raw;
  std::string blob;
  std::int64_t rx_ms = 0;
  int deliveries = 1;  // 1 = first time; counts starts of work, so a crash counts too
};

// Appends of many threads share one pipeline and so one fsync (group commit). Thread-safe.
class Appender {
 public:
  virtual ~Appender() = default;
  // `done` runs exactly once: on the appender's thread, or, if the append is refused at once (full,
  // stopping), on the caller's before Append returns. At most some 4 s pass. kUnavailable: not
  // stored, the sender must try again. kUnknown: may be stored (connection lost before the answer): treat as not
  // stored, a repeat with the same identity is harmless.
  virtual void Append(Item item, std::function<void(Result<Appended>)> done) = 0;
  // Waits for the answer. For pollers and the command line; never on an HTTP thread.
  Result<Appended> AppendAndWait(Item item);
  // False while Redis is not reachable, refuses writes, or the stream is full. For /readyz. Never blocks.
  virtual bool Ready() const = 0;
};

// The worker's side. One object belongs to one thread. The living readers of all processes share
// the partitions evenly; a destroyed reader that did not release its leases counts as crashed.
// Every entry handed out must be acknowledged or given back; until then its partition stays busy.
// To keep a sender's order, a worker that gives an entry back also gives back, and does not
// acknowledge, the later entries of the same partition that it holds.
class Reader {
 public:
  virtual ~Reader() = default;
  // Up to `max` entries of the partitions this process owns. Entries that were delivered before
  // (their reader died, or work failed) come first and one at a time, so that one poisonous entry
  // counts alone. Empty after `wait`. Also renews leases and takes over free
  // partitions, so call it more often than `lease`. kUnavailable: no Redis; wait a little, repeat.
  virtual Result<std::vector<Entry>> Read(int max, Millis wait) = 0;
  // After the database committed. kUnavailable: not acknowledged; the entries will come back.
  virtual Result<void> Ack(const std::vector<Entry>& entries) = 0;
  // Work on these failed (not crashed): give them back; they come again, one at a time.
  virtual void GiveBack(const std::vector<Entry>& entries) = 0;
  // Removes acknowledged entries older than `keep`. Returns how many.
  virtual Result<std::int64_t> Trim(Millis keep) = 0;
  virtual void ReleaseLeases() = 0;  // orderly stop
};

struct Stats {
  std::int64_t length = 0;             // entries kept, acknowledged ones included
  std::int64_t waiting = 0;            // never read + read but not acknowledged
  std::int64_t pending = 0;            // read but not acknowledged
  std::int64_t oldest_waiting_ms = 0;  // age of the oldest waiting entry
};
// Entries that are waiting, decoded, oldest first; for `audit balance` and backups.
struct Waiting {
  std::string id;
  std::string message;
  std::int64_t rx_ms = 0;
  std::string raw;
  std::string blob;
};

// What Remove did.
struct Removed {
  std::int64_t entries = 0;  // acknowledged ones that were deleted
  std::int64_t waiting = 0;  // such that are not decided yet: nothing was done to them
};
// Whether an entry is to go; its identity (Item), so that the claim goes as well. nullopt: it stays.
using Pick = std::function<std::optional<std::string>(const Waiting& entry)>;

class Redis {  // the factory; one per process
 public:
  virtual ~Redis() = default;
  // Connects, checks append-only and eviction settings (a volatile Redis is an error that says
  // which setting to change), fixes the number of partitions, makes streams and groups.
  static Result<std::unique_ptr<Redis>> Open(Options options, const Clock& clock);
  virtual std::unique_ptr<Appender> MakeAppender() = 0;
  virtual std::unique_ptr<Reader> MakeReader() = 0;
  virtual Result<Stats> ReadStats() = 0;
  virtual Result<std::vector<Waiting>> ReadWaiting(std::size_t max) = 0;
  // How many first appends there were per count_field since the beginning: the "received" side of
  // the balance.
  virtual Result<std::map<std::string, std::int64_t>> ReadCounts() = 0;
  // The counts of an empty Redis, after a restore. kConflict: something was counted here before.
  virtual Result<void> SeedCounts(const std::map<std::string, std::int64_t>& counts) = 0;
  // Deletes acknowledged entries before their time, and has the append-only file written anew, so that
  // their bytes are in no file when it answers. kUnavailable: not rewritten within a minute; call again.
  virtual Result<Removed> Remove(const Pick& pick) = 0;
};

// Our own redis-server on a unix socket in `folder`: append-only, fsync always, noeviction, no
// TCP. Adopts one that outlived a killed parent (checked by its pid file and socket, never
// doubled); starts it again when it dies; stops it at the end.
class PrivateRedis {
 public:
  virtual ~PrivateRedis() = default;  // stops the server (SHUTDOWN, then SIGTERM) within 5 s
  static Result<std::unique_ptr<PrivateRedis>> Start(const std::string& folder, const Clock& clock);
  virtual std::string url() const = 0;
  // Where the server of `folder` listens, for other processes: "unix:<folder>/redis.sock", absolute, or the
  // short path that was chosen because that one is too long for a socket. Says nothing about whether it runs.
  static std::string UrlIn(const std::string& folder);
  virtual int pid() const = 0;
  virtual int restarts() const = 0;
};

}  // namespace minsheng::stream
