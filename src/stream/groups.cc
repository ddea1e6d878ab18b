// SPDX-License-Identifier: Apache-2.0
#include "src/stream/groups.h"

#include "src/stream/keys.h"

namespace minsheng::stream {
namespace {

// "lag" is nil after an entry was deleted out of order: then the unread ones are counted.
Result<std::int64_t> CountUnread(Connection& connection, int partition, const std::string& last_delivered) {
  constexpr std::size_t kPage = 1000;
  std::int64_t unread = 0;
  std::string after = last_delivered;
  while (true) {
    const auto reply =
        connection.Command({"XRANGE", StreamKey(partition), "(" + after, "+", "COUNT", std::to_string(kPage)});
    if (!reply) return Fail(reply.error());
    const auto n = IsArray(**reply) ? (*reply)->elements : 0;
    unread += static_cast<std::int64_t>(n);
    RawEntry last;
    if (n < kPage || !ParseEntry(At(**reply, n - 1), &last)) return unread;
    after = last.stream_id;
  }
}

Result<void> ReadGroup(Connection& connection, int partition, const redisReply& group, GroupState* state) {
  bool lag_known = false;
  for (std::size_t i = 0; i + 1 < group.elements; i += 2) {
    const auto name = TextOf(At(group, i));
    const auto& value = At(group, i + 1);
    if (name == "name" && TextOf(value) != kGroup) return {};
    if (name == "pending") state->pending = value.integer;
    if (name == "last-delivered-id") state->last_delivered = TextOf(value);
    if (name == "lag" && value.type == REDIS_REPLY_INTEGER) {
      state->unread = value.integer;
      lag_known = true;
    }
  }
  if (lag_known) return {};
  const auto unread = CountUnread(connection, partition, state->last_delivered);
  if (!unread) return Fail(unread.error());
  state->unread = *unread;
  return {};
}

}  // namespace

Result<std::vector<GroupState>> ReadGroups(Connection& connection, int partitions) {
  std::vector<Words> commands;
  for (int p = 0; p < partitions; ++p) {
    commands.push_back({"XLEN", StreamKey(p)});
    commands.push_back({"XINFO", "GROUPS", StreamKey(p)});
  }
  const auto replies = connection.Pipeline(commands);
  if (!replies) return Fail(replies.error());
  std::vector<GroupState> states(static_cast<std::size_t>(partitions));
  for (std::size_t p = 0; p < states.size(); ++p) {
    const auto& length = *(*replies)[2 * p];
    const auto& groups = *(*replies)[2 * p + 1];
    if (length.type == REDIS_REPLY_ERROR) return Fail(ErrorOf(TextOf(length)));
    states[p].length = length.integer;
    if (!IsArray(groups)) continue;
    for (std::size_t g = 0; g < groups.elements; ++g) {
      const auto read = ReadGroup(connection, static_cast<int>(p), At(groups, g), &states[p]);
      if (!read) return Fail(read.error());
    }
  }
  return states;
}

Result<void> MakeGroups(Connection& connection, int partitions) {
  std::vector<Words> commands;
  // From 0, never from $: what was appended before the group was made belongs to it.
  for (int p = 0; p < partitions; ++p) commands.push_back({"XGROUP", "CREATE", StreamKey(p), kGroup, "0", "MKSTREAM"});
  const auto replies = connection.Pipeline(commands);
  if (!replies) return Fail(replies.error());
  for (const auto& reply : *replies) {
    if (reply->type == REDIS_REPLY_ERROR && !TextOf(*reply).starts_with("BUSYGROUP"))
      return Fail(ErrorOf(TextOf(*reply)));
  }
  return {};
}

bool ParseEntry(const redisReply& reply, RawEntry* out) {
  if (!IsArray(reply, 2) || !IsText(At(reply, 0))) return false;
  out->stream_id = TextOf(At(reply, 0));
  out->body = IsArray(At(reply, 1)) ? &At(reply, 1) : nullptr;
  return true;
}

std::string_view FieldOf(const RawEntry& entry, std::string_view field) {
  if (entry.body == nullptr) return {};
  for (std::size_t i = 0; i + 1 < entry.body->elements; i += 2)
    if (TextOf(At(*entry.body, i)) == field) return TextOf(At(*entry.body, i + 1));
  return {};
}

}  // namespace minsheng::stream
