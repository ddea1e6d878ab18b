// SPDX-License-Identifier: Apache-2.0
#include "src/stream/connection.h"

#include <algorithm>
#include <array>

namespace minsheng::stream {
namespace {

timeval TimevalOf(Millis timeout) {
  const auto ms = std::max<std::int64_t>(timeout.count(), 1);
  return timeval{static_cast<time_t>(ms / 1000), static_cast<suseconds_t>(ms % 1000 * 1000)};
}

std::string NameOf(const Address& address) {
  return address.socket.empty() ? address.host + ":" + std::to_string(address.port) : address.socket;
}

Result<void> LogIn(Connection& connection, const Address& address) {
  if (!address.password.empty()) {
    Words words{"AUTH"};
    if (!address.user.empty()) words.push_back(address.user);
    words.push_back(address.password);
    if (const auto reply = connection.Command(words); !reply) return Fail(reply.error());
  }
  if (address.database != 0) {
    if (const auto reply = connection.Command({"SELECT", std::to_string(address.database)}); !reply)
      return Fail(reply.error());
  }
  return {};
}

}  // namespace

Error ErrorOf(std::string_view redis_error) {
  constexpr std::array<std::string_view, 9> kLater{"MISCONF",    "OOM",         "LOADING", "READONLY", "NOREPLICAS",
                                                   "MASTERDOWN", "CLUSTERDOWN", "BUSY ",   "TRYAGAIN"};
  constexpr std::array<std::string_view, 4> kLogin{"NOAUTH", "WRONGPASS", "NOPERM", "ERR AUTH"};
  const auto starts = [&](std::string_view word) { return redis_error.starts_with(word); };
  auto kind = ErrorKind::kInternal;
  if (std::any_of(kLater.begin(), kLater.end(), starts)) kind = ErrorKind::kUnavailable;
  if (std::any_of(kLogin.begin(), kLogin.end(), starts)) kind = ErrorKind::kDenied;
  return Error{kind, "Redis: " + std::string(redis_error)};
}

Result<std::unique_ptr<Connection>> Connection::Open(const Address& address, Millis timeout) {
  const timeval limit = TimevalOf(timeout);
  redisContext* context = address.socket.empty() ? redisConnectWithTimeout(address.host.c_str(), address.port, limit)
                                                 : redisConnectUnixWithTimeout(address.socket.c_str(), limit);
  if (context == nullptr) return MakeError(ErrorKind::kInternal, "out of memory for a Redis connection");
  std::unique_ptr<Connection> connection(new Connection(context));
  if (context->err != 0)
    return MakeError(ErrorKind::kUnavailable,
                     "cannot connect to Redis at " + NameOf(address) + ": " + std::string(context->errstr));
  connection->SetTimeout(timeout);
  if (address.socket.empty()) redisEnableKeepAlive(context);
  if (const auto login = LogIn(*connection, address); !login) {
    auto error = login.error();
    if (error.kind == ErrorKind::kUnknown) error.kind = ErrorKind::kUnavailable;
    return Fail(error);
  }
  return connection;
}

void Connection::SetTimeout(Millis timeout) {
  if (context_) redisSetTimeout(context_.get(), TimevalOf(timeout));
}

Fail Connection::Broken() {
  const std::string why = context_ ? context_->errstr : "closed";
  context_.reset();
  return MakeError(ErrorKind::kUnknown, "the connection to Redis broke: " + why);
}

bool Connection::Queue(const Words& words) {
  std::vector<const char*> values;
  std::vector<std::size_t> sizes;
  values.reserve(words.size());
  sizes.reserve(words.size());
  for (const auto& word : words) {
    values.push_back(word.data());
    sizes.push_back(word.size());
  }
  return redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), values.data(), sizes.data()) ==
         REDIS_OK;
}

Result<std::vector<Reply>> Connection::Pipeline(const std::vector<Words>& commands) {
  if (!context_) return Broken();
  for (const auto& words : commands)
    if (!Queue(words)) return Broken();
  std::vector<Reply> replies;
  replies.reserve(commands.size());
  while (replies.size() < commands.size()) {
    void* raw = nullptr;
    if (redisGetReply(context_.get(), &raw) != REDIS_OK || raw == nullptr) return Broken();
    replies.emplace_back(static_cast<redisReply*>(raw));
  }
  return replies;
}

Result<Reply> Connection::Command(const Words& words) {
  auto replies = Pipeline({words});
  if (!replies) return Fail(replies.error());
  auto& reply = replies->front();
  if (reply->type == REDIS_REPLY_ERROR) return Fail(ErrorOf(TextOf(*reply)));
  return std::move(reply);
}

Result<Reply> Connection::Run(const Script& script, const Words& keys, const Words& arguments) {
  Words words{"EVALSHA", script.sha, std::to_string(keys.size())};
  words.reserve(words.size() + keys.size() + arguments.size());
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto replies = Pipeline({words});
  if (replies && replies->front()->type == REDIS_REPLY_ERROR && TextOf(*replies->front()).starts_with("NOSCRIPT")) {
    words[0] = "EVAL";
    words[1] = script.text;
    replies = Pipeline({words});
  }
  if (!replies) return Fail(replies.error());
  auto& reply = replies->front();
  if (reply->type == REDIS_REPLY_ERROR) return Fail(ErrorOf(TextOf(*reply)));
  return std::move(reply);
}

}  // namespace minsheng::stream
