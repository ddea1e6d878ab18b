// SPDX-License-Identifier: Apache-2.0
#include "src/router/unit_webhook.h"

#include <gtest/gtest.h>

namespace minsheng::router {
namespace {

std::string HeaderOf(const http::Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

// The worked example of the specification, https://github.com/standard-webhooks/standard-webhooks.
TEST(UnitWebhookTest, TheSignatureEqualsThePublishedExample) {
  const auto headers = SignWebhook("msg_loFOjxBNrRLzqYUf", "whsec_plJ3nmyCDGBKInavdOK15jsl",
                                   R"({"event_type":"ping","data":{"success":true}})", FromMs(1'731'705'121'000));
  EXPECT_EQ(HeaderOf(headers, "webhook-id"), "msg_loFOjxBNrRLzqYUf");
  EXPECT_EQ(HeaderOf(headers, "webhook-timestamp"), "1731705121");
  EXPECT_EQ(HeaderOf(headers, "webhook-signature"), "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
}

}  // namespace
}  // namespace minsheng::router
