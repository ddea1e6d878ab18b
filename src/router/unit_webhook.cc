// SPDX-License-Identifier: Apache-2.0
#include "src/router/unit_webhook.h"

#include "src/base/crypto.h"

namespace minsheng::router {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";

constexpr int kGone = 410;  // the only answer by which a unit refuses for good (Standard Webhooks)

}  // namespace

http::Headers SignWebhook(const std::string& id, const std::string& secret, const std::string& body, Time now) {
  auto key = secret;
  if (secret.starts_with(kSecretPrefix)) {
    key = crypto::Base64Decode(std::string_view(secret).substr(kSecretPrefix.size())).value_or(secret);
  }
  const auto timestamp = std::to_string(ToMs(now) / 1000);
  return {
      {"Content-Type", "application/json; charset=utf-8"},
      {"webhook-id", id},
      {"webhook-timestamp", timestamp},
      {"webhook-signature", "v1," + crypto::Base64Encode(crypto::HmacSha256(key, id + "." + timestamp + "." + body))}};
}

Result<UnitWebhooks> UnitWebhooks::Make(const orders::Catalogue& catalogue, http::Client& client, const Clock& clock) {
  UnitWebhooks hooks;
  hooks.client_ = &client;
  hooks.clock_ = &clock;
  std::string problems;
  for (const auto& unit : catalogue.units()) {
    if (unit.webhook_url.empty()) continue;
    auto secret = ReadSecret(unit.webhook_secret_ref);
    if (secret) {
      hooks.targets_[unit.id] = {unit.webhook_url, std::move(*secret)};
    } else {
      problems += (problems.empty() ? "" : "\n") + unit.id + ": " + secret.error().what;
    }
  }
  if (!problems.empty()) return MakeError(ErrorKind::kInvalid, problems);
  return hooks;
}

Result<Receipt> UnitWebhooks::Send(const store::OutboxRow& row) const {
  const auto target = targets_.find(row.draft.target);
  if (target == targets_.end()) return MakeError(ErrorKind::kInternal, "unit without webhook: " + row.draft.target);
  http::Call call;
  call.method = "POST";
  call.url = target->second.url;
  call.body = row.draft.payload;
  call.headers = SignWebhook(row.id, target->second.secret.Reveal(), call.body, clock_->Now());
  const auto answer = client_->Do(call);
  // An answer too long to read came after the unit had the order.
  if (!answer)
    return Fail(
        {answer.error().kind == ErrorKind::kTooLarge ? ErrorKind::kUnknown : answer.error().kind, answer.error().what});
  if (answer->status / 100 == 2) return Receipt{};
  return MakeError(answer->status == kGone ? ErrorKind::kRejected : ErrorKind::kUnavailable,
                   "unit answered " + std::to_string(answer->status));
}

}  // namespace minsheng::router
