// SPDX-License-Identifier: Apache-2.0
#include "src/stream/remove.h"

#include <charconv>
#include <set>
#include <thread>

#include "src/stream/groups.h"
#include "src/stream/keys.h"
#include "src/stream/scripts.h"

namespace minsheng::stream {
namespace {

constexpr std::size_t kPageOfEntries = 500;
constexpr int kRewriteLooks = 1200;
constexpr Millis kRewritePause{50};

struct StreamId {
  std::uint64_t ms = 0, seq = 0;
  auto operator<=>(const StreamId&) const = default;
};

StreamId ParseStreamId(std::string_view text) {
  StreamId id;
  const auto dash = std::min(text.find('-'), text.size());
  std::from_chars(text.data(), text.data() + dash, id.ms);
  if (dash < text.size()) std::from_chars(text.data() + dash + 1, text.data() + text.size(), id.seq);
  return id;
}

Result<std::set<std::string>> PendingOf(Connection& connection, int partition, std::int64_t pending) {
  std::set<std::string> ids;
  if (pending == 0) return ids;
  const auto reply =
      connection.Command({"XPENDING", StreamKey(partition), kGroup, "-", "+", std::to_string(pending + 1000)});
  if (!reply) return Fail(reply.error());
  for (std::size_t i = 0; i < (*reply)->elements; ++i) ids.emplace(TextOf(At(At(**reply, i), 0)));
  return ids;
}

Result<void> RemoveFrom(Connection& connection, int partition, const GroupState& group, const Pick& pick,
                        Removed* removed) {
  const auto pending = PendingOf(connection, partition, group.pending);
  if (!pending) return Fail(pending.error());
  const auto read_up_to = ParseStreamId(group.last_delivered);
  std::string after = "-";
  for (;;) {
    const auto page =
        connection.Command({"XRANGE", StreamKey(partition), after, "+", "COUNT", std::to_string(kPageOfEntries)});
    if (!page) return Fail(page.error());
    if (!IsArray(**page)) return {};
    std::vector<Words> commands;
    for (std::size_t i = 0; i < (*page)->elements; ++i) {
      RawEntry raw;
      if (!ParseEntry(At(**page, i), &raw)) continue;
      after = "(" + raw.stream_id;
      const auto identity = pick({std::string(FieldOf(raw, "id")), std::string(FieldOf(raw, "m")), 0, "", ""});
      if (!identity) continue;
      if (pending->contains(raw.stream_id) || ParseStreamId(raw.stream_id) > read_up_to) {
        ++removed->waiting;
        continue;
      }
      ++removed->entries;
      commands.push_back({"XDEL", StreamKey(partition), raw.stream_id});
      if (!identity->empty()) commands.push_back({"DEL", ClaimKey(partition, *identity)});
    }
    const auto size = (*page)->elements;
    if (!commands.empty()) {
      const auto done = connection.Pipeline(commands);
      if (!done) return Fail(done.error());
    }
    if (size < kPageOfEntries) break;
  }
  // XDEL only marks an entry inside its block; a block goes when all of it was acknowledged.
  const auto trimmed = connection.Run(TrimScript(), {StreamKey(partition)}, {"0"});
  if (!trimmed) return Fail(trimmed.error());
  return {};
}

Result<bool> Rewriting(Connection& connection) {
  const auto info = connection.Command({"INFO", "persistence"});
  if (!info) return Fail(info.error());
  const auto text = TextOf(**info);
  return text.find("aof_rewrite_in_progress:1") != std::string_view::npos ||
         text.find("aof_rewrite_scheduled:1") != std::string_view::npos;
}

Result<void> WaitForRewrite(Connection& connection) {
  for (int i = 0; i < kRewriteLooks; ++i) {
    const auto busy = Rewriting(connection);
    if (!busy) return Fail(busy.error());
    if (!*busy) return {};
    std::this_thread::sleep_for(kRewritePause);
  }
  return MakeError(ErrorKind::kUnavailable, "Redis is still writing its append-only file anew");
}

// One that runs already may have begun before the entries were deleted.
Result<void> RewriteFile(Connection& connection) {
  if (auto idle = WaitForRewrite(connection); !idle) return idle;
  // As commands, not as an image of the memory: blocks that hold waiting entries too still have the marked bytes.
  (void)connection.Command({"CONFIG", "SET", "aof-use-rdb-preamble", "no"});
  const auto started = connection.Command({"BGREWRITEAOF"});
  if (!started) return Fail(started.error());
  return WaitForRewrite(connection);
}

}  // namespace

Result<Removed> RemoveEntries(Connection& connection, int partitions, const Pick& pick) {
  Removed removed;
  const auto groups = ReadGroups(connection, partitions);
  if (!groups) return Fail(groups.error());
  for (std::size_t p = 0; p < groups->size(); ++p) {
    auto done = RemoveFrom(connection, static_cast<int>(p), (*groups)[p], pick, &removed);
    if (!done) return Fail(done.error());
  }
  if (auto rewritten = RewriteFile(connection); !rewritten) return Fail(rewritten.error());
  return removed;
}

}  // namespace minsheng::stream
