// SPDX-License-Identifier: Apache-2.0
#include "channels/weibo/api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "channels/push_tree.h"
#include "src/http/http.h"
#include "src/text/utf8.h"

namespace minsheng::weibo {
namespace {

std::string DumpJson(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

ErrorKind KindOf(Act act) {
  switch (act) {
    case Act::kRetry:
      return ErrorKind::kUnavailable;
    case Act::kShorter:
      return ErrorKind::kTooLarge;
    case Act::kWindow:
    case Act::kRefused:
    case Act::kAlarm:
      break;
  }
  return ErrorKind::kRejected;
}

// Digits with an optional minus, at most 9.
std::optional<int> ParseCode(std::string_view s) {
  const bool minus = s.starts_with('-');
  if (minus) s.remove_prefix(1);
  if (s.empty() || s.size() > 9) return std::nullopt;
  int value = 0;
  for (const char c : s) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return minus ? -value : value;
}

}  // namespace

std::string TextData(std::string_view text) { return http::PercentEncode(DumpJson({{"text", text}})); }

std::string PassiveText(std::string_view our_uid, std::string_view fan_uid, std::string_view text) {
  return DumpJson(
      {{"result", true}, {"sender_id", our_uid}, {"receiver_id", fan_uid}, {"type", "text"}, {"data", TextData(text)}});
}

std::string ReplyForm(std::string_view fan_uid, std::string_view text, bool save_sender_box) {
  return "receiver_id=" + http::PercentEncode(fan_uid) + "&type=text&data=" + TextData(text) +
         "&save_sender_box=" + (save_sender_box ? "1" : "0");
}

const std::vector<ErrorRow>& ErrorTable() {
  static const auto* const table = new std::vector<ErrorRow>{
      {10001, 10001, Act::kRetry, "微博系统错误", "system error"},
      {10004, 10005, Act::kAlarm, "本机 IP 或应用没有权限", "this address or application is not allowed"},
      {10009, 10010, Act::kRetry, "微博系统繁忙", "Weibo is busy"},
      {10012, 10013, Act::kAlarm, "请求不合法", "the call is not valid"},
      {10014, 10014, Act::kAlarm, "应用没有该接口权限", "the application may not use this interface"},
      {10016, 10017, Act::kAlarm, "请求参数错误", "a parameter is missing or wrong"},
      {10020, 10021, Act::kAlarm, "接口或请求方式不正确，请检查 api_url", "wrong address or method: check api_url"},
      {10022, 10024, Act::kRetry, "调用次数超限，整点后恢复", "rate limit; it ends at the full hour"},
      {20012, 20013, Act::kShorter, "文本过长", "the text is too long"},
      {20016, 20016, Act::kRetry, "发送过于频繁", "calls come too fast"},
      {20017, 20017, Act::kRefused, "与已发内容相似", "similar to a text sent before"},
      {20019, 20019, Act::kRefused, "与已发内容相同", "same as a text sent before"},
      {20101, 20101, Act::kRefused, "微博已不存在", "the post does not exist any more"},
      {20201, 20201, Act::kRefused, "评论已不存在", "the comment does not exist any more"},
      {20206, 20207, Act::kRefused, "作者限制评论", "the author restricts comments"},
      {21314, 21315, Act::kAlarm, "access_token 已使用或过期，请重新获取",
       "the access token is used up or expired: renew it"},
      {21327, 21327, Act::kAlarm, "access_token 已过期，请重新获取", "the access token has expired: renew it"},
      {21332, 21332, Act::kAlarm, "access_token 不合法，请检查配置",
       "the access token is not valid: check the configuration"},
      {26403, 26403, Act::kWindow, "已经回复过，或超过 48 小时，微博不再接受回复",
       "answered already or more than 48 hours ago, so Weibo takes no reply"},
      {28400, 28499, Act::kAlarm, "粉丝服务平台参数错误", "fan service: wrong parameters"},
  };
  return *table;
}

ErrorRow FindError(int code) {
  const auto& table = ErrorTable();
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const ErrorRow& row) { return row.first <= code && code <= row.last; });
  if (at != table.end()) return *at;
  return {code, code, Act::kRefused, "微博拒绝了请求", "Weibo refused the call"};
}

Error ToError(int code, std::string_view platform_text) {
  const ErrorRow row = FindError(code);
  std::string what = std::string(row.chinese) + " / " + std::string(row.english) + " (" + std::to_string(code);
  if (!platform_text.empty()) what += ": " + text::Truncate(text::Repair(platform_text), 120);
  return {KindOf(row.act), what + ")"};
}

std::optional<Answer> ParseAnswer(std::string_view body) {
  const auto tree = push::FromJson(body);
  if (!tree) return std::nullopt;
  Answer answer;
  answer.text = tree->Text("error");
  if (const auto* code = tree->Child("error_code"); code != nullptr) {
    const auto number = ParseCode(code->text);
    if (!number) return std::nullopt;
    answer.code = *number;
    answer.ok = *number == 0;
    return answer;
  }
  if (tree->Child("result") == nullptr) return std::nullopt;
  answer.ok = tree->Text("result") == "true";
  return answer;
}

}  // namespace minsheng::weibo
