// SPDX-License-Identifier: Apache-2.0
// The access token for calls to WeChat, shared by all processes of one account.
//
// Kept in ChannelState under "token". One holder fetches, chosen by CompareAndPut; the others go
// on with the old token, which both sides accept during its last five minutes. Thread-safe.
#pragma once
#include <mutex>
#include <string>

#include "channels/channel.h"
#include "channels/wechat/api.h"

namespace minsheng::wechat {

class TokenKeeper {
 public:
  TokenKeeper(ChannelHost& host, std::string api_url, std::string app_id, Secret secret);

  // A token that is good for now. Blocks while it is fetched. kUnavailable: try later (also while
  // another process fetches the first one); kRejected: app_id, app_secret or address are refused.
  Result<std::string> Get() { return Obtain({}); }
  // The platform has refused `refused`: a different one. A forced renewal is asked for only when
  // the platform hands out the refused one again, at most 20 times a day and 30 s apart.
  Result<std::string> Renew(const std::string& refused) { return Obtain(refused); }

 private:
  struct Stored;
  Result<std::string> Obtain(const std::string& refused);
  Result<Token> Fetch(const std::string& refused, Stored* stored);
  Result<Token> Call(bool force);

  ChannelHost& host_;
  const std::string api_url_;
  const std::string app_id_;
  const Secret secret_;
  std::mutex mutex_;  // threads of this process wait for one fetch instead of failing
};

}  // namespace minsheng::wechat
