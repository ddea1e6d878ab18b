// SPDX-License-Identifier: Apache-2.0
// CitizenPage: /t/{token}, where a citizen says whether the answer helped. One page of HTML without script. A GET
// changes nothing, so that a mail server that opens links answers nobody's question; only the form does.
#pragma once
#include <string>

#include "src/callback/background.h"
#include "src/callback/call_backs.h"
#include "src/callback/limiter.h"

namespace minsheng::callback {

class CitizenPage {
 public:
  static constexpr int kPerMinute = 60;  // looks and answers of one address

  CitizenPage(CallBacks& call_backs, const Clock& clock)
      : call_backs_(call_backs), limiter_(kPerMinute, Millis{60'000}, clock) {}
  void AddRoutes(http::Server& server, Background& background);

  http::Response Show(const http::Request& request);
  http::Response Take(const http::Request& request);

 private:
  CallBacks& call_backs_;
  Limiter limiter_;
};

}  // namespace minsheng::callback
