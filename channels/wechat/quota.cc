// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/quota.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "channels/push_door.h"
#include "channels/wechat/api.h"
#include "src/base/log.h"

namespace minsheng::wechat {
namespace {

struct TriggerRow {
  std::string_view trigger;
  int messages;
};
constexpr std::array kTriggers = {
    TriggerRow{"message", 5},
    TriggerRow{"menu", 3},
    TriggerRow{"follow", 3},
    TriggerRow{"scan", 3},
};

std::string QuotaKey(const std::string& openid) { return "quota/" + openid; }

Quota DecodeQuota(const std::optional<std::string>& raw) {
  Quota quota;
  const auto json = raw ? nlohmann::json::parse(*raw, nullptr, false) : nlohmann::json();
  if (!json.is_object()) return quota;
  try {
    quota.trigger = json.at("trigger").get<std::string>();
    quota.at_ms = json.at("at_ms").get<std::int64_t>();
    quota.sent = json.at("sent").get<int>();
    quota.closed = json.at("closed").get<int>();
  } catch (const nlohmann::json::exception&) {
    return {};
  }
  return quota;
}

std::string EncodeQuota(const Quota& quota) {
  return nlohmann::json{
      {"trigger", quota.trigger}, {"at_ms", quota.at_ms}, {"sent", quota.sent}, {"closed", quota.closed}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Quota Newer(const Quota& kept, const std::map<std::string, std::string>& facts) {
  const auto trigger = facts.find("trigger");
  const auto at = facts.find("trigger_at");
  if (trigger == facts.end() || at == facts.end()) return kept;
  const std::int64_t at_ms = push::ParseCount(at->second).value_or(0);
  if (at_ms <= kept.at_ms) return kept;
  return {trigger->second, at_ms, 0, 0};
}

}  // namespace

std::optional<int> Quota::Left() const {
  const auto row =
      std::find_if(kTriggers.begin(), kTriggers.end(), [&](const TriggerRow& r) { return r.trigger == trigger; });
  if (row == kTriggers.end()) return std::nullopt;
  return std::max(0, row->messages - sent);
}

Result<Quota> LoadQuota(ChannelState& state, const std::string& openid,
                        const std::map<std::string, std::string>& facts) {
  auto raw = state.Get(QuotaKey(openid));
  if (!raw) return MakeError(ErrorKind::kUnavailable, "channel state: " + raw.error().what);
  return Newer(DecodeQuota(*raw), facts);
}

Result<void> Admit(const Quota& quota, int parts) {
  if (quota.closed != 0) return Fail(ToError(quota.closed, ""));
  const auto left = quota.Left();
  if (!left || parts <= std::max(1, *left)) return {};
  return MakeError(ErrorKind::kRejected, "答复需要 " + std::to_string(parts) +
                                             " 条消息，市民再次发来消息之前只能再发 " + std::to_string(*left) +
                                             " 条 / the reply needs " + std::to_string(parts) + " messages, but only " +
                                             std::to_string(*left) + " may be sent until the citizen writes again");
}

void NoteSent(ChannelState& state, const std::string& openid, const std::map<std::string, std::string>& facts,
              int closed) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    auto raw = state.Get(QuotaKey(openid));
    if (!raw) break;
    Quota quota = Newer(DecodeQuota(*raw), facts);
    // Without a known act there is nothing that could open the window again.
    if (quota.at_ms == 0) return;
    if (closed != 0) {
      quota.closed = closed;
    } else {
      ++quota.sent;
    }
    auto put = state.CompareAndPut(QuotaKey(openid), *raw, EncodeQuota(quota));
    if (put && *put) return;
    if (!put) break;
  }
  log::Warn("wechat-quota-not-kept");
}

}  // namespace minsheng::wechat
