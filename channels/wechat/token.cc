// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/token.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "src/base/log.h"

namespace minsheng::wechat {
namespace {

constexpr Millis kRenewBefore = std::chrono::minutes(5);
constexpr Millis kLease = std::chrono::seconds(30);  // longer than the call below may take
constexpr Millis kCallTimeout = std::chrono::seconds(10);
constexpr Millis kForceApart = std::chrono::seconds(30);
constexpr int kForcePerDay = 20;
constexpr const char* kStateKey = "token";

}  // namespace

struct TokenKeeper::Stored {
  std::string token;
  std::int64_t end_ms = 0;
  std::int64_t lease_ms = 0;   // somebody fetches until then
  std::int64_t forced_ms = 0;  // last forced renewal
  std::string forced_day;
  int forced_count = 0;

  // A damaged value counts as absent: the token is fetched again.
  static Stored Decode(const std::optional<std::string>& raw) {
    Stored s;
    const auto json = raw ? nlohmann::json::parse(*raw, nullptr, false) : nlohmann::json();
    if (!json.is_object()) return s;
    try {
      s.token = json.at("token").get<std::string>();
      s.end_ms = json.at("end_ms").get<std::int64_t>();
      s.lease_ms = json.at("lease_ms").get<std::int64_t>();
      s.forced_ms = json.at("forced_ms").get<std::int64_t>();
      s.forced_day = json.at("forced_day").get<std::string>();
      s.forced_count = json.at("forced_count").get<int>();
    } catch (const nlohmann::json::exception&) {
      return {};
    }
    return s;
  }
  std::string Encode() const {
    return nlohmann::json{{"token", token},         {"end_ms", end_ms},         {"lease_ms", lease_ms},
                          {"forced_ms", forced_ms}, {"forced_day", forced_day}, {"forced_count", forced_count}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
};

TokenKeeper::TokenKeeper(ChannelHost& host, std::string api_url, std::string app_id, Secret secret)
    : host_(host), api_url_(std::move(api_url)), app_id_(std::move(app_id)), secret_(std::move(secret)) {}

Result<Token> TokenKeeper::Call(bool force) {
  http::Call call;
  call.method = "POST";
  call.url = api_url_ + "/cgi-bin/stable_token";
  call.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  call.body = TokenCall(app_id_, secret_.Reveal(), force);
  call.timeout = kCallTimeout;
  auto answer = host_.http().Do(call);
  // Whatever became of this call, no Reply has left yet: later is always right.
  if (!answer) return MakeError(ErrorKind::kUnavailable, "stable_token: " + answer.error().what);
  auto token = ParseToken(answer->body);
  if (!token && token.error().kind == ErrorKind::kRejected) {
    log::Error("wechat-token-refused", {{"app_id", app_id_}, {"error", token.error().what}});
  }
  return token;
}

Result<Token> TokenKeeper::Fetch(const std::string& refused, Stored* stored) {
  auto token = Call(/*force=*/false);
  if (!token || token->value != refused) return token;
  const Time now = host_.clock().Now();
  const std::string day = ShanghaiDate(now);
  const int count = stored->forced_day == day ? stored->forced_count : 0;
  if (count >= kForcePerDay || ToMs(now) - stored->forced_ms < kForceApart.count()) {
    return MakeError(ErrorKind::kUnavailable, "WeChat refuses the token that it gives; no forced renewal is left now");
  }
  stored->forced_day = day;
  stored->forced_count = count + 1;
  stored->forced_ms = ToMs(now);
  log::Warn("wechat-token-forced", {{"app_id", app_id_}, {"today", stored->forced_count}});
  return Call(/*force=*/true);
}

Result<std::string> TokenKeeper::Obtain(const std::string& refused) {
  const std::lock_guard lock(mutex_);
  auto& state = host_.state();
  for (int attempt = 0; attempt < 5; ++attempt) {
    auto raw = state.Get(kStateKey);
    if (!raw) return MakeError(ErrorKind::kUnavailable, "channel state: " + raw.error().what);
    Stored stored = Stored::Decode(*raw);
    const std::int64_t now = ToMs(host_.clock().Now());
    const bool usable = !stored.token.empty() && stored.token != refused && now < stored.end_ms;
    if (usable && now < stored.end_ms - kRenewBefore.count()) return stored.token;
    if (stored.lease_ms > now) {
      if (usable) return stored.token;
      return MakeError(ErrorKind::kUnavailable, "another process is fetching the access token");
    }
    stored.lease_ms = now + kLease.count();
    const std::string leased = stored.Encode();
    auto first = state.CompareAndPut(kStateKey, *raw, leased);
    if (!first) return MakeError(ErrorKind::kUnavailable, "channel state: " + first.error().what);
    if (!*first) continue;

    auto token = Fetch(refused, &stored);
    stored.lease_ms = 0;
    if (token) {
      stored.token = token->value;
      stored.end_ms = ToMs(host_.clock().Now()) + token->seconds * 1000;
    }
    // Losing this race or the store only costs another fetch.
    if (auto put = state.CompareAndPut(kStateKey, leased, stored.Encode()); !put) {
      log::Warn("wechat-token-not-kept", {{"error", put.error().what}});
    }
    if (token) return token->value;
    if (usable) return stored.token;
    return Fail(token.error());
  }
  return MakeError(ErrorKind::kUnavailable, "the access token is being renewed by others");
}

}  // namespace minsheng::wechat
