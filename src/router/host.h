// SPDX-License-Identifier: Apache-2.0
// What a Channel sees of the rest of the program, and the list of configured accounts.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "channels/channel.h"
#include "src/store/store.h"

namespace minsheng::router {

// One name space of the store's channel state. Thread-safe.
class StoredState final : public ChannelState {
 public:
  explicit StoredState(std::string scope) : scope_(std::move(scope)) {}
  void Bind(store::Store& store) { store_ = &store; }  // once, before any use
  Result<std::optional<std::string>> Get(const std::string& key) override;
  Result<void> Put(const std::string& key, const std::string& value) override;
  Result<bool> CompareAndPut(const std::string& key, const std::optional<std::string>& expected,
                             const std::string& value) override;

 private:
  std::string scope_;
  store::Store* store_ = nullptr;
};

class Host final : public ChannelHost {
 public:
  Host(std::string scope, const Clock& clock, http::Client& client, std::string data, std::string public_url)
      : clock_(clock),
        client_(client),
        state_(std::move(scope)),
        data_(std::move(data)),
        public_url_(std::move(public_url)) {}
  void Bind(store::Store& store) { state_.Bind(store); }

  const Clock& clock() const override { return clock_; }
  http::Client& http() override { return client_; }
  ChannelState& state() override { return state_; }
  const std::string& data_folder() const override { return data_; }
  const std::string& public_url() const override { return public_url_; }

 private:
  const Clock& clock_;
  http::Client& client_;
  StoredState state_;
  std::string data_;
  std::string public_url_;
};

// One configured account of a channel.
struct Account {
  std::string channel;
  std::string account;
  std::unique_ptr<Host> host;
  std::unique_ptr<Channel> adapter;
};

// nullptr when there is none.
Channel* FindAccount(const std::vector<Account>& accounts, std::string_view channel, std::string_view account);

}  // namespace minsheng::router
