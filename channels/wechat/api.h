// SPDX-License-Identifier: Apache-2.0
// WeChat's answers to our calls, and the bodies of our calls. Pure functions, thread-safe.
// Source: "发送客服消息", "获取稳定版接口调用凭据" and the global table of return codes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

namespace minsheng::wechat {

enum class Act {
  kRetry,    // busy or too fast: nothing was taken, later
  kToken,    // the access token is not good: renew it once
  kShorter,  // text too long: cut smaller
  kWindow,   // this citizen cannot be answered until they write again
  kRefused,  // never for this citizen or this text
  kAlarm,    // never until the operator repairs the account: log as an error
};

struct ErrorRow {
  int code;
  Act act;
  std::string_view chinese;
  std::string_view english;
};
const std::vector<ErrorRow>& ErrorTable();
// The row of a code; a code that is not in the table is kRefused.
ErrorRow FindError(int code);
// What Channel::Send returns for this code (kTooLarge for kShorter).
Error ToError(int code, std::string_view platform_text);

struct Answer {
  int code = 0;
  std::string text;   // errmsg
  std::string msgid;  // where the call gives one
};
// nullopt: no JSON object with a whole number `errcode`; then nobody knows what happened.
std::optional<Answer> ParseAnswer(std::string_view body);

struct Token {
  std::string value;
  std::int64_t seconds = 0;  // how long it lives
};
// kUnavailable for busy and for answers that are no JSON, else kRejected.
Result<Token> ParseToken(std::string_view body);

// UTF-8 without \u escapes (error 40033).
std::string TextCall(std::string_view openid, std::string_view text);
std::string TokenCall(std::string_view app_id, std::string_view secret, bool force);

}  // namespace minsheng::wechat
