// SPDX-License-Identifier: Apache-2.0
// Names in Redis. The braces are a hash tag: all keys of one partition live in one slot.
#pragma once
#include <string>
#include <string_view>

#include "src/base/crypto.h"

namespace minsheng::stream {

constexpr const char* kGroup = "workers";
// One consumer name for everybody: a partition has one owner at a time, and the next owner finds
// what the last one left pending simply by reading on as the same consumer.
constexpr const char* kConsumer = "owner";
constexpr const char* kPartitionsKey = "minsheng:partitions";
constexpr const char* kReadersKey = "minsheng:readers";  // sorted set: reader token -> alive until, ms
constexpr const char* kProbeKey = "minsheng:probe";

// Equal keys fall into the same partition, for ever: 0 .. partitions - 1.
inline int PartitionOf(std::string_view partition_key, int partitions) {
  return static_cast<int>(crypto::Crc32({partition_key}) % static_cast<std::uint32_t>(partitions));
}

inline std::string PartitionTag(int partition) { return "{p" + std::to_string(partition) + "}:"; }
inline std::string StreamKey(int partition) { return PartitionTag(partition) + "in"; }
inline std::string CountsKey(int partition) { return PartitionTag(partition) + "n"; }
inline std::string OwnerKey(int partition) { return PartitionTag(partition) + "owner"; }
inline std::string ClaimKey(int partition, std::string_view identity) {
  return PartitionTag(partition) + "d:" + std::string(identity);
}

}  // namespace minsheng::stream
