// SPDX-License-Identifier: Apache-2.0
// UnitApi: /unit/v1/orders, where a unit's own system reads its orders and acts on them. Every call is signed with the
// unit's secret as our webhooks are (https://www.standardwebhooks.com): docs/unit-api.md, docs/api/unit.yaml.
#pragma once
#include <map>
#include <string>

#include "src/base/secret.h"
#include "src/callback/background.h"
#include "src/callback/limiter.h"
#include "src/desk/desk.h"

namespace minsheng::callback {

// Whether `signature` ("v1,<base64>", several with blanks between) is that of `id`.`timestamp`.`signed_text` under
// `secret`, compared in constant time, and `timestamp` (seconds) at most `window` away from `now`. kDenied says neither
// which nor why.
Result<void> VerifyWebhook(const std::string& id, const std::string& timestamp, const std::string& signature,
                           const std::string& secret, const std::string& signed_text, Time now, Millis window);

// Secrets of the units that have one, by unit id.
using UnitSecrets = std::map<std::string, Secret>;
// A unit whose secret cannot be read is left out, and logged.
UnitSecrets ReadUnitSecrets(const orders::Catalogue& catalogue);

class UnitApi {
 public:
  static constexpr Millis kWindow{10 * 60'000};
  static constexpr int kPerMinute = 120;          // calls of one unit
  static constexpr int kStrangersPerMinute = 60;  // calls of one address that are not signed well

  UnitApi(desk::Desk& desk, UnitSecrets secrets)
      : desk_(desk),
        secrets_(std::move(secrets)),
        units_(kPerMinute, Millis{60'000}, desk.clock()),
        strangers_(kStrangersPerMinute, Millis{60'000}, desk.clock()) {}
  void AddRoutes(http::Server& server, Background& background);

  http::Response Show(const http::Request& request);     // GET  /unit/v1/orders/{number}
  http::Response Act(const http::Request& request);      // POST /unit/v1/orders/{number}/acts
  http::Response Contact(const http::Request& request);  // POST /unit/v1/orders/{number}/contact

 private:
  struct Caller {
    std::string unit;
    std::string call;  // webhook-id
  };
  Result<Caller> WhoCalls(const http::Request& request, const std::string& signed_text);
  // The order, if the caller leads it or helps; kNotFound as if there were none otherwise.
  Result<orders::Order> OrderFor(const Caller& caller, const std::string& number);
  Result<http::Response> Repeated(const Caller& caller, const orders::Order& order, const std::string& once,
                                  const std::string& digest);

  desk::Desk& desk_;
  UnitSecrets secrets_;
  Limiter units_;
  Limiter strangers_;
};

}  // namespace minsheng::callback
