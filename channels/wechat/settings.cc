// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/crypto.h"
#include "channels/wechat/wechat.h"

namespace minsheng::wechat {
namespace {

void ReadKey(ConfigSection& section, std::string_view name, const Secret& secret, Settings* s) {
  if (secret.empty()) return;
  if (auto key = DecodeKey(secret.Reveal())) {
    s->keys.push_back(*std::move(key));
  } else {
    section.Problem(name, "必须是公众平台给出的 43 个字符的 EncodingAESKey",
                    "must be the EncodingAESKey of the WeChat console, 43 characters");
  }
}

void CheckSettings(ConfigSection& section, const Secret& aes_key, const Settings& s) {
  if (s.token.Reveal().size() < 3 || s.token.Reveal().size() > 32) {
    section.Problem("token", "必填，3 到 32 个字符，与公众平台“服务器配置”中的 Token 相同",
                    "needed: 3 to 32 characters, the Token of the WeChat console's server settings");
  }
  if (s.mode != Mode::kPlain && (s.app_id.empty() || aes_key.empty())) {
    section.Problem("mode", "安全模式和兼容模式需要 app_id 和 aes_key；明文模式请写 mode = \"plain\"",
                    "safe and compatible mode need app_id and aes_key; for clear pushes write mode = \"plain\"");
  }
  if (!s.api_url.starts_with("https://") && !s.api_url.starts_with("http://")) {
    section.Problem("api_url", "必须以 https:// 开头", "must begin with https://");
  }
}

std::unique_ptr<Channel> MakeWechat(ConfigSection& section, ChannelHost& host) {
  return std::make_unique<WechatChannel>(ReadSettings(section), host);
}

const RegisterChannel kRegister(
    {.name = "wechat",
     .chinese = "微信",
     .summary = "WeChat Official Account: pushes, passive answers, customer-service messages",
     .make = MakeWechat,
     .chats = true});

}  // namespace

Settings ReadSettings(ConfigSection& section) {
  Settings s;
  Secret aes_key;
  Secret previous;
  std::string mode = "safe";
  section.Text("app_id", &s.app_id, "AppID of the Official Account (wx...)")
      .Text("to_user", &s.to_user, "original id of the account (gh_...); pushes for another one are refused")
      .Text("line", &s.line, "the line that messages of this account belong to")
      .Text("api_url", &s.api_url, "address of the WeChat interface")
      .Secret_("token", &s.token, "Token of the server settings in the WeChat console")
      .Secret_("aes_key", &aes_key, "EncodingAESKey of the server settings")
      .Secret_("previous_aes_key", &previous, "the EncodingAESKey before the last change, for pushes under way")
      .Secret_("app_secret", &s.app_secret, "AppSecret, needed to send replies")
      .Choice("mode", &mode, {"plain", "compatible", "safe"}, "message encryption as set in the WeChat console")
      .Duration("signature_window", &s.signature_window, std::chrono::minutes(1), std::chrono::hours(24),
                "how far the timestamp of a push may be from our clock; repeats of a push keep its timestamp");
  s.mode = mode == "plain" ? Mode::kPlain : mode == "compatible" ? Mode::kCompatible : Mode::kSafe;
  ReadKey(section, "aes_key", aes_key, &s);
  ReadKey(section, "previous_aes_key", previous, &s);
  CheckSettings(section, aes_key, s);
  while (s.api_url.ends_with('/')) s.api_url.pop_back();
  return s;
}

}  // namespace minsheng::wechat
