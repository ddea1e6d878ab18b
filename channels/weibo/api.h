// SPDX-License-Identifier: Apache-2.0
// Weibo's replies, passive and active, and its errors. Pure functions, thread-safe.
// Sources: open.weibo.com/wiki Send_Passive_Response_Message, Send_Customer_Service_Message, Error_code.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

namespace minsheng::weibo {

// "below 300 Chinese characters"; every code point counts as one here.
constexpr std::size_t kMaxTextChars = 299;

// JSON text of {"text": ...}, percent-encoded: the value of `data` in both kinds of reply.
std::string TextData(std::string_view text);

// {"result":true,"sender_id":ours,"receiver_id":fan,"type":"text","data":...}
std::string PassiveText(std::string_view our_uid, std::string_view fan_uid, std::string_view text);

// Form body of messages/reply without the access token.
std::string ReplyForm(std::string_view fan_uid, std::string_view text, bool save_sender_box);

enum class Act {
  kRetry,    // busy, or a rate limit: nothing was taken, later
  kShorter,  // text too long
  kWindow,   // this fan cannot be answered now
  kRefused,  // never for this fan or this text
  kAlarm,    // never until the operator repairs token, rights or configuration
};
struct ErrorRow {
  int first;
  int last;  // inclusive
  Act act;
  std::string_view chinese;
  std::string_view english;
};
const std::vector<ErrorRow>& ErrorTable();
ErrorRow FindError(int code);
// What Channel::Send returns for this code (kTooLarge for kShorter).
Error ToError(int code, std::string_view platform_text);

struct Answer {
  bool ok = false;
  int code = 0;  // error_code, given as number or string
  std::string text;
};
// nullopt: no JSON object with `result` or `error_code`; then nobody knows what happened.
std::optional<Answer> ParseAnswer(std::string_view body);

}  // namespace minsheng::weibo
