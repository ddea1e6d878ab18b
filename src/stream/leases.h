// SPDX-License-Identifier: Apache-2.0
// Which partitions a reader owns. A lease is the key {pN}:owner with the reader's token and a time
// to live; Redis' own clock ends it. Readers that live share the partitions evenly.
#pragma once
#include <set>
#include <string>

#include "src/stream/connection.h"

namespace minsheng::stream {

// "<owner>;<machine>;<pid>;<start>;<n>": machine is this boot and process-id namespace, start the
// start time of the process, so that a reader here can tell a dead neighbour for certain.
std::string MakeReaderToken(const std::string& owner);
// True only if the token's process ran in this boot and namespace and is gone.
bool IsDeadHere(const std::string& token);

// Not thread-safe.
class Leases {
 public:
  Leases(std::string token, int partitions, Millis lease)
      : token_(std::move(token)), partitions_(partitions), lease_(lease) {}

  // Renews what is ours, drops what was lost, gives up what is above our share (never one of
  // `busy`), takes what is free or belonged to the dead. Returns what was taken just now, also
  // what was lost and won back: somebody else may have had it in between.
  Result<std::set<int>> Maintain(Connection& connection, const std::set<int>& busy);
  Result<void> ReleaseAll(Connection& connection);

  const std::set<int>& owned() const { return owned_; }

 private:
  Result<void> Renew(Connection& connection);
  Result<void> GiveUp(Connection& connection, const std::set<int>& busy, std::size_t share);
  Result<void> RemoveDeadReaders(Connection& connection);
  Result<std::set<int>> Take(Connection& connection, std::size_t share);
  Result<bool> TakeFromDead(Connection& connection, int partition, const std::string& dead);

  const std::string token_;
  const int partitions_;
  const Millis lease_;
  std::set<int> owned_;
};

}  // namespace minsheng::stream
