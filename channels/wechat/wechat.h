// SPDX-License-Identifier: Apache-2.0
// One Official Account (公众号). See push.h for the facts, quota.h for the window of replies,
// token.h for the access token, settings.cc for the keys of the configuration.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "channels/channel.h"
#include "channels/push_tree.h"
#include "channels/wechat/token.h"

namespace minsheng::wechat {

enum class Mode { kPlain, kCompatible, kSafe };

struct Settings {
  std::string app_id;
  std::string to_user;  // gh_...; empty = any
  std::string line = "12345";
  std::string api_url = "https://api.weixin.qq.com";
  Secret token;
  std::vector<std::string> keys;  // decoded: the current AES key, then the previous one
  Secret app_secret;
  Mode mode = Mode::kSafe;
  Millis signature_window = std::chrono::minutes(10);
};

// Reads the keys of the section and reports problems there.
Settings ReadSettings(ConfigSection& section);

class WechatChannel final : public Channel {
 public:
  WechatChannel(Settings settings, ChannelHost& host);

  // GET: URL verification, echoes `echostr`. POST: in safe mode only an encrypted push whose
  // msg_signature is right; in plain mode the clear fields, vouched for by `signature` alone; in
  // compatible mode either, the encrypted part when there is one. Acknowledged with "success".
  // A push with a right signature that cannot be opened or read becomes one kUnreadable item.
  Result<Inbound> Receive(const http::Request& request) override;
  // A body without its query: clear XML or JSON, or sealed with one of the configured keys.
  Result<Inbound> Parse(std::string_view bytes, std::string_view name) override;
  // A customer-service message ("客服消息"), in several parts when it is long.
  Result<Receipt> Send(const Reply& reply) override;
  ChannelLimits Limits() const override;

 private:
  struct Opened;
  Result<Inbound> Verify(const http::Request& request) const;
  Result<Opened> OpenSealed(const push::Node& tree) const;
  Result<Message> Read(const push::Node& clear) const;
  Result<Inbound> Accept(const http::Request& request, const Opened& opened) const;
  Result<std::string> SendOne(const Reply& reply, const std::string& text);

  const std::shared_ptr<const Settings> settings_;
  ChannelHost& host_;
  TokenKeeper tokens_;
};

}  // namespace minsheng::wechat
