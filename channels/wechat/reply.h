// SPDX-License-Identifier: Apache-2.0
// The answer that rides on WeChat's own call ("被动回复"). Pure functions, thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "channels/wechat/push.h"

namespace minsheng::wechat {

// User reports put the limit of a text at 2048 bytes of UTF-8; a longer passive answer makes the
// platform show a fault notice, a longer customer-service message is refused with 45002.
constexpr std::size_t kMaxTextBytes = 2048;

// Text that the client shows as it is: WeChat reads "<a href=...>" as a link, so every '<' becomes
// '＜' (an entity would be shown as typed). Code points that XML 1.0 forbids become U+FFFD.
std::string Plain(std::string_view text);

// One CDATA section, or several where the text holds "]]>".
std::string Cdata(std::string_view text);

struct TextAnswer {
  std::string to;            // the citizen's openid
  std::string from;          // gh_... of the account
  std::int64_t seconds = 0;  // since 1970
  std::string content;       // already Plain
};
std::string Encode(const TextAnswer& answer, Format format);

struct SealedAnswer {
  std::string encrypt;
  std::string signature;
  std::int64_t seconds = 0;
  std::string nonce;
};
std::string Encode(const SealedAnswer& answer, Format format);

}  // namespace minsheng::wechat
