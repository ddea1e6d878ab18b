// SPDX-License-Identifier: Apache-2.0
// One Weibo account with the fan service (粉丝服务). See push.h for the facts, api.h for replies.
// The push signature does not cover the body: the address must stay secret and use TLS.
#pragma once
#include <memory>
#include <string>

#include "channels/channel.h"
#include "channels/push_tree.h"

namespace minsheng::weibo {

struct Settings {
  Secret app_secret;
  Secret access_token;
  std::string uid;  // ours; empty = any
  std::string line = "12345";
  std::string api_url = "https://m.api.weibo.com";
  bool save_sender_box = true;
  Millis signature_window = std::chrono::minutes(10);
};

// Reads the keys of the section and reports problems there.
Settings ReadSettings(ConfigSection& section);

class WeiboChannel final : public Channel {
 public:
  WeiboChannel(Settings settings, ChannelHost& host);

  // GET: URL verification, echoes `echostr`. POST: a push, acknowledged with an empty body. The
  // timestamp is in milliseconds. A body with a right signature that cannot be read becomes one
  // kUnreadable item.
  Result<Inbound> Receive(const http::Request& request) override;
  Result<Inbound> Parse(std::string_view bytes, std::string_view name) override;
  // A customer-service message, in several parts when it is long.
  Result<Receipt> Send(const Reply& reply) override;
  ChannelLimits Limits() const override;

 private:
  Result<void> CheckDoor(const http::Request& request) const;
  Result<Message> Read(std::string_view body) const;
  Result<std::string> SendOne(const std::string& to, const std::string& text);

  const std::shared_ptr<const Settings> settings_;
  ChannelHost& host_;
};

}  // namespace minsheng::weibo
