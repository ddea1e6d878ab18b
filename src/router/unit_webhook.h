// SPDX-License-Identifier: Apache-2.0
// Orders to units by signed webhook, as Standard Webhooks says (https://www.standardwebhooks.com):
// webhook-id (the outbox id, equal over repeats), webhook-timestamp (seconds), webhook-signature
// "v1,<base64 of HMAC-SHA256 over id.timestamp.body>".
#pragma once
#include <map>
#include <string>

#include "channels/channel.h"
#include "src/base/config_reader.h"
#include "src/http/http.h"
#include "src/orders/catalogue.h"
#include "src/store/store.h"

namespace minsheng::router {

// secret: "whsec_<base64>" or the bytes themselves.
http::Headers SignWebhook(const std::string& id, const std::string& secret, const std::string& body, Time now);

class UnitWebhooks {
 public:
  // Resolves every unit's secret reference ("env:NAME", "file:/path"). kInvalid names each unit
  // whose secret cannot be read.
  static Result<UnitWebhooks> Make(const orders::Catalogue& catalogue, http::Client& client, const Clock& clock);

  // 2xx = taken; 410 = kRejected; every other status = kUnavailable: most are repaired some day.
  Result<Receipt> Send(const store::OutboxRow& row) const;

 private:
  struct Target {
    std::string url;
    Secret secret;
  };
  std::map<std::string, Target> targets_;  // by unit id
  http::Client* client_ = nullptr;
  const Clock* clock_ = nullptr;
};

}  // namespace minsheng::router
