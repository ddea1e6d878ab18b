// SPDX-License-Identifier: Apache-2.0
// The order's number in subjects ("[#20150810-00042-k7m2q9ax]") and in plus addresses
// ("12345+20150810-00042-k7m2q9ax@example.gov.cn"), signed, so that a mail whose headers were lost still finds its
// order, and nobody reaches another one's order by guessing. Pure, thread-safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/config_reader.h"

namespace minsheng::email {

class OrderTags {
 public:
  // `address`: the hotline's, lower case. Without a key there are no tags.
  OrderTags(Secret key, std::string address) : key_(std::move(key)), address_(std::move(address)) {}

  // "Re: 路灯 [#20150810-00042-k7m2q9ax]"; other tags go. The subject alone where there can be no tag.
  std::string Mark(std::string_view subject, std::string_view number) const;
  // Empty where there can be none.
  std::string ReplyTo(std::string_view number) const;

  // The number of the last genuine tag in the subject, else of the first genuine plus address.
  std::optional<std::string> OrderOf(std::string_view subject, const std::vector<std::string>& to) const;
  // The subject without anything that looks like a tag.
  static std::string Unmarked(std::string_view subject);

 private:
  // "20150810-00042-k7m2q9ax": eight characters of 5 bits each, of HMAC-SHA256 over number and address.
  std::string TokenOf(std::string_view number) const;
  std::optional<std::string> Genuine(std::string_view token) const;

  Secret key_;
  std::string address_;
};

}  // namespace minsheng::email
