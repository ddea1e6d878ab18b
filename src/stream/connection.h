// SPDX-License-Identifier: Apache-2.0
// One connection to Redis over hiredis 0.14; private to this folder.
//
// hiredis 0.14 has traps: after any error a context is dead for ever, after a time-out it still
// holds the answers of the command before, and redisReconnect forgets the time-outs. So a
// connection that failed closes itself at once and is never used again: open a new one.
#pragma once
#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/stream/scripts.h"
#include "src/stream/url.h"

namespace minsheng::stream {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;
using Words = std::vector<std::string>;

inline std::string_view TextOf(const redisReply& reply) {
  return reply.str == nullptr ? std::string_view{} : std::string_view(reply.str, reply.len);
}
inline bool IsArray(const redisReply& reply, std::size_t at_least = 0) {
  return reply.type == REDIS_REPLY_ARRAY && reply.elements >= at_least;
}
inline bool IsText(const redisReply& reply) {
  return reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS;
}
inline const redisReply& At(const redisReply& array, std::size_t i) { return *array.element[i]; }

// The Error of a "-ERR ..." answer: kUnavailable where Redis did not take a write that it may take
// later (MISCONF, OOM, LOADING, READONLY, NOREPLICAS, MASTERDOWN, CLUSTERDOWN, BUSY, TRYAGAIN),
// kDenied for NOAUTH, WRONGPASS and NOPERM, else kInternal.
Error ErrorOf(std::string_view redis_error);

// Not thread-safe. SIGPIPE must be ignored in the process.
class Connection {
 public:
  // Connects, logs in and selects the database within `timeout`, which then holds for every
  // answer. kUnavailable: not reachable; kDenied: wrong login.
  static Result<std::unique_ptr<Connection>> Open(const Address& address, Millis timeout);

  bool usable() const { return context_ != nullptr; }
  // How long one answer may take. Must be longer than the BLOCK of a blocking command.
  void SetTimeout(Millis timeout);

  // One command. kUnknown: no answer (the connection is closed); else as ErrorOf.
  Result<Reply> Command(const Words& words);
  // All commands in one write, all answers in order. "-ERR" answers stay in their place;
  // kUnknown: the connection broke before the last answer.
  Result<std::vector<Reply>> Pipeline(const std::vector<Words>& commands);
  // EVALSHA, and EVAL where Redis does not know the script yet.
  Result<Reply> Run(const Script& script, const Words& keys, const Words& arguments);

 private:
  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  explicit Connection(redisContext* context) : context_(context) {}
  Fail Broken();
  bool Queue(const Words& words);

  std::unique_ptr<redisContext, FreeContext> context_;
};

}  // namespace minsheng::stream
