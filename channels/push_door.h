// SPDX-License-Identifier: Apache-2.0
// What WeChat and Weibo share at the door: a SHA-1 over sorted strings, and a window for the time
// of a push. Pure functions, thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/http/http.h"

namespace minsheng::push {

// Lower-case hex SHA-1 of the parts in byte order, concatenated.
// Sources: WeChat "消息推送 / 加解密说明", Weibo "Verify_Message_Authenticity".
std::string Signature(std::vector<std::string> parts);

// The value of a query key that must be there exactly once and not be empty; else kInvalid.
Result<std::string> Required(const http::Request& request, std::string_view key);

// The same for a key that may be missing: then "". Repeated is kInvalid.
Result<std::string> AtMostOnce(const http::Request& request, std::string_view key);

// Digits only, at most 18 of them.
std::optional<std::int64_t> ParseCount(std::string_view digits);

// `timestamp` counts units of `unit` since 1970. kDenied when it is further than `window` from
// now, in either direction; kInvalid when it is no number. A platform's retry carries the same
// timestamp, so the window must be generous.
Result<void> CheckFresh(std::string_view timestamp, Millis unit, Time now, Millis window);

// Identity of a body that cannot be read: the same bytes give the same id.
std::string UnreadableId(std::string_view body);

}  // namespace minsheng::push
