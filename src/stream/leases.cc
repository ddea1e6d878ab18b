// SPDX-License-Identifier: Apache-2.0
#include "src/stream/leases.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "src/base/log.h"
#include "src/stream/keys.h"
#include "src/stream/process.h"

namespace minsheng::stream {
namespace {

std::vector<std::string> SplitToken(const std::string& token) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const auto end = token.find(';', begin);
    parts.push_back(token.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

template <class Number>
bool ReadNumber(const std::string& text, Number* out) {
  return std::from_chars(text.data(), text.data() + text.size(), *out).ptr == text.data() + text.size() &&
         !text.empty();
}

Words OwnerKeys(const std::set<int>& partitions) {
  Words keys;
  for (const int p : partitions) keys.push_back(OwnerKey(p));
  return keys;
}

}  // namespace

std::string MakeReaderToken(const std::string& owner) {
  static std::atomic<int> made{0};
  std::string plain = owner;
  std::replace(plain.begin(), plain.end(), ';', ',');
  return plain + ";" + MachineName() + ";" + std::to_string(::getpid()) + ";" +
         std::to_string(ProcessStart(::getpid()).value_or(0)) + ";" + std::to_string(++made);
}

bool IsDeadHere(const std::string& token) {
  const auto parts = SplitToken(token);
  int pid = 0;
  long long start = 0;
  if (parts.size() != 5 || parts[1] != MachineName()) return false;
  if (!ReadNumber(parts[2], &pid) || !ReadNumber(parts[3], &start)) return false;
  const auto found = ProcessStart(pid);
  // Who could not read its own start time wrote 0: then only the end of the process is a proof.
  return found && (*found == 0 || (start != 0 && *found != start));
}

Result<std::set<int>> Leases::Maintain(Connection& connection, const std::set<int>& busy) {
  if (const auto done = RemoveDeadReaders(connection); !done) return Fail(done.error());
  const auto alive = connection.Run(HeartbeatScript(), {kReadersKey}, {token_, std::to_string(lease_.count())});
  if (!alive) return Fail(alive.error());
  const auto readers = static_cast<std::size_t>(std::max<long long>((*alive)->integer, 1));
  const std::size_t share = (static_cast<std::size_t>(partitions_) + readers - 1) / readers;
  if (const auto done = Renew(connection); !done) return Fail(done.error());
  if (const auto done = GiveUp(connection, busy, share); !done) return Fail(done.error());
  return Take(connection, share);
}

// So that the dead have no share in what follows.
Result<void> Leases::RemoveDeadReaders(Connection& connection) {
  const auto readers = connection.Command({"ZRANGE", kReadersKey, "0", "-1"});
  if (!readers) return Fail(readers.error());
  Words remove{"ZREM", kReadersKey};
  for (std::size_t i = 0; i < (*readers)->elements; ++i) {
    const std::string token(TextOf(At(**readers, i)));
    if (IsDeadHere(token)) remove.push_back(token);
  }
  if (remove.size() == 2) return {};
  if (const auto gone = connection.Command(remove); !gone) return Fail(gone.error());
  return {};
}

Result<void> Leases::Renew(Connection& connection) {
  if (owned_.empty()) return {};
  const auto reply = connection.Run(RenewScript(), OwnerKeys(owned_), {token_, std::to_string(lease_.count())});
  if (!reply) return Fail(reply.error());
  if (!IsArray(**reply, owned_.size())) return MakeError(ErrorKind::kInternal, "Redis: malformed answer to renew");
  std::set<int> kept;
  std::size_t i = 0;
  for (const int p : owned_) {
    if (At(**reply, i++).integer == 1) {
      kept.insert(p);
    } else {
      log::Warn("lease-lost", {{"partition", p}});
    }
  }
  owned_ = std::move(kept);
  return {};
}

Result<void> Leases::GiveUp(Connection& connection, const std::set<int>& busy, std::size_t share) {
  std::set<int> surplus;
  for (auto p = owned_.rbegin(); p != owned_.rend() && owned_.size() - surplus.size() > share; ++p)
    if (!busy.contains(*p)) surplus.insert(*p);
  if (surplus.empty()) return {};
  for (const int p : surplus) owned_.erase(p);
  const auto reply = connection.Run(ReleaseScript(), OwnerKeys(surplus), {token_});
  if (!reply) return Fail(reply.error());
  return {};
}

Result<std::set<int>> Leases::Take(Connection& connection, std::size_t share) {
  std::set<int> taken;
  if (owned_.size() >= share) return taken;
  std::vector<int> others;
  std::vector<Words> look;
  for (int p = 0; p < partitions_; ++p) {
    if (owned_.contains(p)) continue;
    others.push_back(p);
    look.push_back({"GET", OwnerKey(p)});
  }
  const auto owners = connection.Pipeline(look);
  if (!owners) return Fail(owners.error());
  for (std::size_t i = 0; i < others.size() && owned_.size() + taken.size() < share; ++i) {
    const int p = others[i];
    const std::string owner(TextOf(*(*owners)[i]));
    if (owner.empty()) {
      const auto set = connection.Command({"SET", OwnerKey(p), token_, "NX", "PX", std::to_string(lease_.count())});
      if (!set) return Fail(set.error());
      if ((*set)->type == REDIS_REPLY_STATUS) taken.insert(p);
    } else if (owner == token_) {
      taken.insert(p);
    } else if (IsDeadHere(owner)) {
      const auto replaced = TakeFromDead(connection, p, owner);
      if (!replaced) return Fail(replaced.error());
      if (*replaced) taken.insert(p);
    }
  }
  owned_.insert(taken.begin(), taken.end());
  return taken;
}

Result<bool> Leases::TakeFromDead(Connection& connection, int partition, const std::string& dead) {
  const auto reply =
      connection.Run(ReplaceOwnerScript(), {OwnerKey(partition)}, {dead, token_, std::to_string(lease_.count())});
  if (!reply) return Fail(reply.error());
  return (*reply)->integer == 1;
}

Result<void> Leases::ReleaseAll(Connection& connection) {
  if (const auto gone = connection.Command({"ZREM", kReadersKey, token_}); !gone) return Fail(gone.error());
  if (owned_.empty()) return {};
  const auto reply = connection.Run(ReleaseScript(), OwnerKeys(owned_), {token_});
  if (!reply) return Fail(reply.error());
  owned_.clear();
  return {};
}

}  // namespace minsheng::stream
