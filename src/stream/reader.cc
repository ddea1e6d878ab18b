// SPDX-License-Identifier: Apache-2.0
// Reading: first, one at a time, what somebody was given before and did not acknowledge; then
// what is new, of all owned partitions at once.
#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <thread>

#include "src/base/log.h"
#include "src/stream/connection.h"
#include "src/stream/groups.h"
#include "src/stream/keys.h"
#include "src/stream/leases.h"
#include "src/stream/parts.h"

namespace minsheng::stream {
namespace {

constexpr Millis kReadTimeout{3'000};  // beyond the BLOCK of the command
constexpr int kRedeliveriesInARow = 32;

struct PartitionState {
  bool reread = true;             // there may be pending entries: nothing new before they are done
  std::set<std::string> in_hand;  // handed out, neither acknowledged nor given back
};

std::int64_t NumberOf(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Entry MakeEntry(const RawEntry& raw, int partition, int deliveries) {
  Entry entry;
  entry.stream_id = raw.stream_id;
  entry.partition = partition;
  entry.version = static_cast<int>(NumberOf(FieldOf(raw, "v")));
  entry.id = FieldOf(raw, "id");
  entry.message = FieldOf(raw, "m");
  entry.raw = FieldOf(raw, "raw");
  entry.blob = FieldOf(raw, "blob");
  entry.rx_ms = NumberOf(FieldOf(raw, "rx"));
  entry.deliveries = deliveries;
  return entry;
}

class RedisReader final : public Reader {
 public:
  RedisReader(const Options& options, const Address& address, std::string token, const Clock& clock)
      : options_(options),
        address_(address),
        clock_(clock),
        leases_(std::move(token), options.partitions, options.lease),
        partitions_(static_cast<std::size_t>(options.partitions)) {}

  Result<std::vector<Entry>> Read(int max, Millis wait) override {
    auto entries = ReadUntil(std::max(max, 1), std::max(wait, Millis{0}));
    if (entries) return entries;
    Error error = entries.error();
    if (error.what.find("NOGROUP") != std::string::npos) RecoverGroups();
    // An answer that did not arrive may have held entries: they are pending now.
    for (auto& partition : partitions_) partition.reread = true;
    ready_.clear();
    if (error.kind == ErrorKind::kUnknown) error.kind = ErrorKind::kUnavailable;
    return Fail(error);
  }

  Result<void> Ack(const std::vector<Entry>& entries) override {
    if (entries.empty()) return {};
    std::map<int, Words> commands;
    for (const auto& entry : entries) {
      auto& words = commands[entry.partition];
      if (words.empty()) words = {"XACK", StreamKey(entry.partition), kGroup};
      words.push_back(entry.stream_id);
    }
    std::vector<Words> pipeline;
    for (auto& [partition, words] : commands) pipeline.push_back(std::move(words));
    const auto connected = Connect();
    if (!connected) return NotAcked(entries, connected.error().what);
    connection_->SetTimeout(kReadTimeout);
    const auto replies = connection_->Pipeline(pipeline);
    if (!replies) return NotAcked(entries, replies.error().what);
    for (const auto& reply : *replies)
      if (reply->type == REDIS_REPLY_ERROR) return NotAcked(entries, ErrorOf(TextOf(*reply)).what);
    for (const auto& entry : entries) StateOf(entry.partition).in_hand.erase(entry.stream_id);
    return {};
  }

  void GiveBack(const std::vector<Entry>& entries) override {
    for (const auto& entry : entries) {
      auto& state = StateOf(entry.partition);
      state.in_hand.erase(entry.stream_id);
      state.reread = true;
      DropReady(entry.partition);
    }
    // What fails again and again must not keep the other partitions waiting.
    if (!entries.empty()) fresh_turn_ = true;
  }

  Result<std::int64_t> Trim(Millis keep) override {
    if (const auto connected = Connect(); !connected) return Fail(connected.error());
    connection_->SetTimeout(kReadTimeout);
    std::int64_t removed = 0;
    for (int p = 0; p < options_.partitions; ++p) {
      const auto reply = connection_->Run(TrimScript(), {StreamKey(p)}, {std::to_string(keep.count())});
      if (!reply) return Fail(reply.error());
      removed += (*reply)->integer;
    }
    return removed;
  }

  void ReleaseLeases() override {
    if (!Connect()) return;
    connection_->SetTimeout(kReadTimeout);
    const auto released = leases_.ReleaseAll(*connection_);
    if (!released) log::Warn("leases-not-released", {{"error", released.error().what}});
    ready_.clear();
    leases_due_ = true;
  }

 private:
  Result<std::vector<Entry>> ReadUntil(int max, Millis wait) {
    if (const auto connected = Connect(); !connected) return Fail(connected.error());
    const Millis step = std::max(options_.lease / 3, Millis{1});
    while (true) {
      if (const auto maintained = MaintainLeases(step); !maintained) return Fail(maintained.error());
      const Millis block = std::min(wait, step);
      auto entries = ready_.empty() ? ReadOnce(max, block) : TakeReady(max);
      if (!entries || !entries->empty() || wait <= block) return entries;
      wait -= block;
    }
  }

  Result<void> MaintainLeases(Millis step) {
    const Millis now = clock_.Monotonic();
    if (!leases_due_ && now - leases_at_ < step) return {};
    connection_->SetTimeout(kReadTimeout);
    std::set<int> busy;
    for (int p = 0; p < options_.partitions; ++p)
      if (!StateOf(p).in_hand.empty()) busy.insert(p);
    const auto taken = leases_.Maintain(*connection_, busy);
    if (!taken) return Fail(taken.error());
    for (const int p : *taken) StateOf(p).reread = true;
    std::erase_if(
        ready_, [&](const Entry& e) { return !leases_.owned().contains(e.partition) || taken->contains(e.partition); });
    leases_at_ = now;
    leases_due_ = false;
    return {};
  }

  Result<std::vector<Entry>> ReadOnce(int max, Millis block) {
    const bool fresh_first = fresh_turn_;
    fresh_turn_ = false;
    if (!fresh_first) {
      auto again = ReadPending();
      if (!again || !again->empty()) return again;
    }
    const bool due = fresh_first && std::any_of(leases_.owned().begin(), leases_.owned().end(),
                                                [&](int p) { return IsDue(StateOf(p)); });
    auto fresh = ReadFresh(max, due ? Millis{0} : block);
    if (!fresh || !fresh->empty() || !due) return fresh;
    return ReadPending();
  }

  static bool IsDue(const PartitionState& state) { return state.reread && state.in_hand.empty(); }

  // At most one entry, alone: if it brings the process down, the count of no other one rises.
  Result<std::vector<Entry>> ReadPending() {
    connection_->SetTimeout(kReadTimeout);
    for (int i = 0; i < options_.partitions; ++i) {
      const int p = (next_pending_ + i) % options_.partitions;
      while (leases_.owned().contains(p) && IsDue(StateOf(p))) {
        auto entry = ClaimFirstPending(p);
        if (!entry) return Fail(entry.error());
        if (entry->stream_id.empty()) continue;
        next_pending_ = (p + 1) % options_.partitions;
        fresh_turn_ = ++pending_in_a_row_ % kRedeliveriesInARow == 0;
        StateOf(p).in_hand.insert(entry->stream_id);
        std::vector<Entry> alone;
        alone.push_back(std::move(*entry));
        return alone;
      }
    }
    pending_in_a_row_ = 0;
    return std::vector<Entry>{};
  }

  // XCLAIM, not XREADGROUP with an id: both count the delivery, but only XCLAIM writes the count
  // to the append-only file. Empty stream_id: nothing, look again.
  Result<Entry> ClaimFirstPending(int partition) {
    const std::string key = StreamKey(partition);
    const auto pending = connection_->Command({"XPENDING", key, kGroup, "-", "+", "1"});
    if (!pending) return Fail(pending.error());
    if (!IsArray(**pending, 1) || !IsArray(At(**pending, 0), 4)) {
      StateOf(partition).reread = false;
      return Entry{};
    }
    const auto& first = At(**pending, 0);
    const std::string id(TextOf(At(first, 0)));
    const auto deliveries = static_cast<int>(At(first, 3).integer) + 1;
    const auto claimed = connection_->Command({"XCLAIM", key, kGroup, kConsumer, "0", id});
    if (!claimed) return Fail(claimed.error());
    RawEntry raw;
    if (IsArray(**claimed, 1) && ParseEntry(At(**claimed, 0), &raw) && raw.body != nullptr)
      return MakeEntry(raw, partition, deliveries);
    log::Error("stream-entry-gone", {{"partition", partition}, {"entry", "e" + id}});
    if (const auto acked = connection_->Command({"XACK", key, kGroup, id}); !acked) return Fail(acked.error());
    return Entry{};
  }

  Result<std::vector<Entry>> ReadFresh(int max, Millis block) {
    std::vector<int> from;
    for (const int p : leases_.owned())
      if (!StateOf(p).reread) from.push_back(p);
    std::vector<Entry> entries;
    if (from.empty()) {
      std::this_thread::sleep_for(block);
      return entries;
    }
    // COUNT holds for each stream. A first round of even parts, a second for those that have more.
    const int part = std::max(max / static_cast<int>(from.size()), 1);
    if (const auto done = ReadNew(from, part, block, &entries); !done) return Fail(done.error());
    std::map<int, int> got;
    for (const auto& entry : entries) ++got[entry.partition];
    std::vector<int> more;
    for (const auto& [p, n] : got)
      if (n == part) more.push_back(p);
    const int room = max - static_cast<int>(entries.size());
    if (!more.empty() && room >= static_cast<int>(more.size())) {
      // If this fails, what the first round brought is pending, and Read marks it to be read again.
      const auto done = ReadNew(more, room / static_cast<int>(more.size()), Millis{0}, &entries);
      if (!done) return Fail(done.error());
    }
    ready_.insert(ready_.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end()));
    return TakeReady(max);
  }

  Result<void> ReadNew(const std::vector<int>& from, int count, Millis block, std::vector<Entry>* out) {
    Words words{"XREADGROUP", "GROUP", kGroup, kConsumer, "COUNT", std::to_string(count)};
    if (block > Millis{0}) words.insert(words.end(), {"BLOCK", std::to_string(block.count())});
    words.emplace_back("STREAMS");
    std::map<std::string, int, std::less<>> partition_of;
    for (const int p : from) {
      words.push_back(StreamKey(p));
      partition_of[StreamKey(p)] = p;
    }
    words.insert(words.end(), from.size(), ">");
    connection_->SetTimeout(block + kReadTimeout);
    const auto reply = connection_->Command(words);
    if (!reply) return Fail(reply.error());
    if (!IsArray(**reply)) return {};  // nil: nothing new
    for (std::size_t s = 0; s < (*reply)->elements; ++s) {
      const auto& stream = At(**reply, s);
      if (!IsArray(stream, 2)) continue;
      const auto partition = partition_of.find(TextOf(At(stream, 0)));
      if (partition == partition_of.end() || !IsArray(At(stream, 1))) continue;
      for (std::size_t i = 0; i < At(stream, 1).elements; ++i) {
        RawEntry raw;
        if (ParseEntry(At(At(stream, 1), i), &raw)) out->push_back(MakeEntry(raw, partition->second, 1));
      }
    }
    return {};
  }

  Result<std::vector<Entry>> TakeReady(int max) {
    std::vector<Entry> entries;
    while (!ready_.empty() && static_cast<int>(entries.size()) < max) {
      StateOf(ready_.front().partition).in_hand.insert(ready_.front().stream_id);
      entries.push_back(std::move(ready_.front()));
      ready_.pop_front();
    }
    return entries;
  }

  Fail NotAcked(const std::vector<Entry>& entries, const std::string& why) {
    GiveBack(entries);
    return MakeError(ErrorKind::kUnavailable, "not acknowledged, the entries will come back: " + why);
  }

  void RecoverGroups() {
    log::Error("stream-group-missing", {{"remedy", "the group is made again; was the Redis flushed or replaced?"}});
    if (!Connect()) return;
    const auto made = MakeGroups(*connection_, options_.partitions);
    if (!made) log::Error("stream-group-not-made", {{"error", made.error().what}});
  }

  void DropReady(int partition) {
    std::erase_if(ready_, [&](const Entry& entry) { return entry.partition == partition; });
  }

  Result<void> Connect() {
    if (connection_ && connection_->usable()) return {};
    auto connection = Connection::Open(address_, kReadTimeout);
    if (!connection) return Fail(connection.error());
    connection_ = std::move(*connection);
    leases_due_ = true;
    return {};
  }

  PartitionState& StateOf(int partition) { return partitions_[static_cast<std::size_t>(partition)]; }

  const Options options_;
  const Address address_;
  const Clock& clock_;
  std::unique_ptr<Connection> connection_;
  Leases leases_;
  Millis leases_at_{0};
  bool leases_due_ = true;
  std::vector<PartitionState> partitions_;
  std::deque<Entry> ready_;  // read from Redis, not yet handed out (COUNT is per stream)
  int next_pending_ = 0;
  int pending_in_a_row_ = 0;
  bool fresh_turn_ = false;
};

}  // namespace

std::unique_ptr<Reader> MakeRedisReader(const Options& options, const Address& address, std::string token,
                                        const Clock& clock) {
  return std::make_unique<RedisReader>(options, address, std::move(token), clock);
}

}  // namespace minsheng::stream
