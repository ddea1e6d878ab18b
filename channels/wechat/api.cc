// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/text/utf8.h"

namespace minsheng::wechat {
namespace {

std::string DumpCall(const nlohmann::json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

ErrorKind KindOf(Act act) {
  switch (act) {
    case Act::kRetry:
    case Act::kToken:  // still refused after a renewal: nothing was sent
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

// nullopt: not a JSON object.
std::optional<nlohmann::json> ParseObject(std::string_view body) {
  // Depth is bounded before the library builds values: its destructor and dump recurse.
  int depth = 0;
  for (const char c : body) {
    if ((c == '{' || c == '[') && ++depth > 64) return std::nullopt;
    if (c == '}' || c == ']') --depth;
  }
  auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::string TextOf(const nlohmann::json& json, const char* key) {
  const auto it = json.find(key);
  if (it == json.end()) return {};
  if (it->is_string()) return it->get<std::string>();
  return it->is_number_integer() ? it->dump() : std::string();
}

}  // namespace

const std::vector<ErrorRow>& ErrorTable() {
  static const auto* const table = new std::vector<ErrorRow>{
      {-1, Act::kRetry, "微信系统繁忙", "WeChat is busy"},
      {40001, Act::kToken, "access_token 无效或不是最新，或 app_secret 错误",
       "access token is not the newest, or app_secret is wrong"},
      {40003, Act::kRefused, "openid 不正确", "bad openid"},
      {40007, Act::kRefused, "media_id 不正确", "bad media id"},
      {40013, Act::kAlarm, "app_id 不正确，请检查配置", "bad app_id: check the configuration"},
      {40014, Act::kToken, "access_token 不合法", "invalid access token"},
      {40033, Act::kRefused, "请求含有 \\u 转义字符", "the call holds \\u escapes"},
      {40125, Act::kAlarm, "app_secret 不正确，请检查配置", "bad app_secret: check the configuration"},
      {40164, Act::kAlarm, "本机 IP 不在公众号白名单中，请在公众平台添加",
       "this machine's address is not on the account's list: add it in the WeChat console"},
      {42001, Act::kToken, "access_token 已过期", "access token expired"},
      {43004, Act::kRefused, "市民未关注公众号", "the citizen does not follow the account"},
      {43019, Act::kRefused, "市民在公众号黑名单中", "the citizen is on the account's blacklist"},
      {44004, Act::kRefused, "文本内容为空", "the text is empty"},
      {45002, Act::kShorter, "文本过长", "the text is too long"},
      {45009, Act::kRetry, "今日接口调用次数已用完", "today's calls are used up"},
      {45011, Act::kRetry, "调用过于频繁", "calls come too fast"},
      {45015, Act::kWindow, "市民最近 48 小时没有发来消息，微信不再接受回复",
       "the citizen has not written within 48 hours, so WeChat takes no reply"},
      {45047, Act::kWindow, "市民再次发来消息之前，客服消息条数已用完",
       "the replies allowed until the citizen writes again are used up"},
      {48001, Act::kAlarm, "公众号没有客服消息接口权限", "the account may not use this interface"},
      {48002, Act::kRefused, "市民拒收公众号消息", "the citizen refuses messages"},
      {48004, Act::kAlarm, "接口被封禁，请登录公众平台查看", "the interface is banned: see the WeChat console"},
      {48006, Act::kAlarm, "清零次数已用完", "clear_quota is used up"},
      {50002, Act::kAlarm, "公众号被限制使用", "the account is restricted"},
      {50005, Act::kRefused, "市民未关注公众号", "the citizen has not followed the account"},
      {61451, Act::kAlarm, "客服帐号参数错误", "customer-service account: bad parameter"},
      {61452, Act::kAlarm, "客服帐号不合法", "customer-service account: not valid"},
      {61453, Act::kAlarm, "客服帐号已存在", "customer-service account: exists already"},
      {61454, Act::kAlarm, "客服帐号名过长", "customer-service account: name too long"},
      {61455, Act::kAlarm, "客服帐号名含有非法字符", "customer-service account: bad character"},
      {61456, Act::kAlarm, "客服帐号个数超过限制", "customer-service account: too many"},
      {61457, Act::kAlarm, "客服头像文件类型不正确", "customer-service account: bad picture"},
      {61458, Act::kAlarm, "客服帐号不存在", "customer-service account: not found"},
      {61459, Act::kAlarm, "客服帐号状态不正确", "customer-service account: bad state"},
  };
  return *table;
}

ErrorRow FindError(int code) {
  const auto& table = ErrorTable();
  const auto at = std::find_if(table.begin(), table.end(), [&](const ErrorRow& row) { return row.code == code; });
  if (at != table.end()) return *at;
  return {code, Act::kRefused, "微信拒绝了请求", "WeChat refused the call"};
}

Error ToError(int code, std::string_view platform_text) {
  const ErrorRow row = FindError(code);
  std::string what = std::string(row.chinese) + " / " + std::string(row.english) + " (" + std::to_string(code);
  if (!platform_text.empty()) what += ": " + text::Truncate(text::Repair(platform_text), 120);
  return {KindOf(row.act), what + ")"};
}

std::optional<Answer> ParseAnswer(std::string_view body) {
  const auto json = ParseObject(body);
  if (!json) return std::nullopt;
  const auto code = json->find("errcode");
  if (code == json->end() || !code->is_number_integer()) return std::nullopt;
  return Answer{code->get<int>(), TextOf(*json, "errmsg"), TextOf(*json, "msgid")};
}

Result<Token> ParseToken(std::string_view body) {
  const auto json = ParseObject(body);
  if (!json) return MakeError(ErrorKind::kUnavailable, "stable_token: the answer is no JSON");
  const std::string value = TextOf(*json, "access_token");
  const auto seconds = json->find("expires_in");
  if (!value.empty() && seconds != json->end() && seconds->is_number_integer()) {
    return Token{value, std::clamp<std::int64_t>(seconds->get<std::int64_t>(), 0, 7200)};
  }
  if (const auto answer = ParseAnswer(body); answer && answer->code != 0) {
    Error error = ToError(answer->code, answer->text);
    // Here the codes speak of the secret, not of a token.
    if (FindError(answer->code).act == Act::kToken) error.kind = ErrorKind::kRejected;
    return Fail(error);
  }
  return MakeError(ErrorKind::kUnavailable, "stable_token: the answer holds no token");
}

std::string TextCall(std::string_view openid, std::string_view text) {
  return DumpCall({{"touser", openid}, {"msgtype", "text"}, {"text", {{"content", text}}}});
}

std::string TokenCall(std::string_view app_id, std::string_view secret, bool force) {
  return DumpCall(
      {{"grant_type", "client_credential"}, {"appid", app_id}, {"secret", secret}, {"force_refresh", force}});
}

}  // namespace minsheng::wechat
