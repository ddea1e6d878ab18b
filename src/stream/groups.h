// SPDX-License-Identifier: Apache-2.0
// What the consumer group of each partition has and has not seen.
#pragma once
#include <string>
#include <vector>

#include "src/stream/connection.h"

namespace minsheng::stream {

struct GroupState {
  std::int64_t length = 0;
  std::int64_t pending = 0;  // read, not acknowledged
  std::int64_t unread = 0;
  std::string last_delivered = "0-0";
};

// One per partition. A stream or group that is missing counts as empty.
Result<std::vector<GroupState>> ReadGroups(Connection& connection, int partitions);
// Makes streams and groups that are missing; those that are there stay as they are.
Result<void> MakeGroups(Connection& connection, int partitions);

// A parsed stream entry: id and the field-value list ("body" is null for a trimmed one).
struct RawEntry {
  std::string stream_id;
  const redisReply* body = nullptr;
};
// Of one "[id, [field, value, ...]]". False if the reply is not of that shape.
bool ParseEntry(const redisReply& reply, RawEntry* out);
std::string_view FieldOf(const RawEntry& entry, std::string_view field);

}  // namespace minsheng::stream
