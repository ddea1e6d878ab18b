// SPDX-License-Identifier: Apache-2.0
// A ChannelHost for tests of channels: a clock moved by hand, state in memory, HTTP answers from a
// script, and an Acceptor that keeps what it was given. All parts are thread-safe. Needs no
// network, no disk and no other part of the program.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channels/channel.h"

namespace minsheng::testing {

// ChannelState in memory. `Break(true)` makes every call fail as a store that is down would.
class MemoryChannelState final : public ChannelState {
 public:
  Result<std::optional<std::string>> Get(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    if (broken_) return MakeError(ErrorKind::kUnavailable, "state is down");
    const auto it = values_.find(key);
    return it == values_.end() ? std::nullopt : std::optional<std::string>(it->second);
  }
  Result<void> Put(const std::string& key, const std::string& value) override {
    const std::lock_guard lock(mutex_);
    if (broken_) return MakeError(ErrorKind::kUnavailable, "state is down");
    values_[key] = value;
    return {};
  }
  Result<bool> CompareAndPut(const std::string& key, const std::optional<std::string>& expected,
                             const std::string& value) override {
    const std::lock_guard lock(mutex_);
    if (broken_) return MakeError(ErrorKind::kUnavailable, "state is down");
    const auto it = values_.find(key);
    const auto now = it == values_.end() ? std::nullopt : std::optional<std::string>(it->second);
    if (now != expected) return false;
    values_[key] = value;
    return true;
  }

  void Break(bool broken) {
    const std::lock_guard lock(mutex_);
    broken_ = broken;
  }
  std::map<std::string, std::string> Values() const {
    const std::lock_guard lock(mutex_);
    return values_;
  }

 private:
  mutable std::mutex mutex_;
  bool broken_ = false;
  std::map<std::string, std::string> values_;
};

// Answers calls from a script, in order, and keeps the calls. A call beyond the script fails the
// test, unless a handler was set with `Always`.
class ScriptedClient final : public http::Client {
 public:
  using Answer = std::function<Result<http::Response>(const http::Call&)>;

  ScriptedClient& Then(Answer answer) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(answer));
    return *this;
  }
  ScriptedClient& ThenBody(std::string body, int status = 200, std::string type = "application/json") {
    return Then([body = std::move(body), status, type = std::move(type)](const http::Call&) -> Result<http::Response> {
      return http::Response{.status = status, .body = body, .content_type = type, .headers = {}};
    });
  }
  ScriptedClient& ThenFail(ErrorKind kind, std::string what = "scripted failure") {
    return Then(
        [kind, what = std::move(what)](const http::Call&) -> Result<http::Response> { return MakeError(kind, what); });
  }
  // What answers when the script is empty.
  void Always(Answer answer) {
    const std::lock_guard lock(mutex_);
    always_ = std::move(answer);
  }

  Result<http::Response> Do(const http::Call& call) override {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(call);
      if (!script_.empty()) {
        answer = std::move(script_.front());
        script_.pop_front();
      } else {
        answer = always_;
      }
    }
    if (answer) return answer(call);
    ADD_FAILURE() << "a call that the test did not expect: " << call.method << " " << call.url;
    return MakeError(ErrorKind::kInternal, "no answer scripted");
  }

  std::vector<http::Call> Calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::size_t Left() const {  // answers that nobody asked for
    const std::lock_guard lock(mutex_);
    return script_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Answer> script_;
  Answer always_;
  std::vector<http::Call> calls_;
};

// Keeps what a poll hands over; `FailNext` makes the next calls fail, which a poll must repeat.
class RecordingAcceptor final : public Acceptor {
 public:
  Result<void> Accept(Inbound inbound) override {
    const std::lock_guard lock(mutex_);
    if (!failures_.empty()) {
      const ErrorKind kind = failures_.front();
      failures_.pop_front();
      return MakeError(kind, "scripted failure");
    }
    accepted_.push_back(std::move(inbound));
    return {};
  }
  void FailNext(ErrorKind kind, int times = 1) {
    const std::lock_guard lock(mutex_);
    failures_.insert(failures_.end(), static_cast<std::size_t>(times), kind);
  }
  std::vector<Inbound> Accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<ErrorKind> failures_;
  std::vector<Inbound> accepted_;
};

class FakeChannelHost final : public ChannelHost {
 public:
  explicit FakeChannelHost(std::string data_folder = {}, std::string public_url = {})
      : data_folder_(std::move(data_folder)), public_url_(std::move(public_url)) {}

  const Clock& clock() const override { return manual_clock; }
  http::Client& http() override { return client; }
  ChannelState& state() override { return memory; }
  const std::string& data_folder() const override { return data_folder_; }
  const std::string& public_url() const override { return public_url_; }

  ManualClock manual_clock;
  ScriptedClient client;
  MemoryChannelState memory;

 private:
  std::string data_folder_;
  std::string public_url_;
};

// Makes a channel as the program does: `keys` is the body of its TOML table ("token = \"t\"\n").
// Literal secrets are allowed. The error lists every problem of the configuration, in English.
inline Result<std::unique_ptr<Channel>> MakeChannel(std::string_view type, const std::string& keys, ChannelHost& host) {
  const ChannelType* found = FindChannelType(type);
  if (found == nullptr) return MakeError(ErrorKind::kNotFound, "no channel type " + std::string(type));
  auto reader = ConfigReader::FromText("[channel]\n" + keys, "test.toml", /*allow_literal_secrets=*/true);
  if (!reader) return Fail(reader.error());
  ConfigSection section = reader->Root().Table("channel", "a channel under test");
  auto channel = found->make(section, host);
  if (auto finished = reader->Finish("en"); !finished) return Fail(finished.error());
  return channel;
}

}  // namespace minsheng::testing
