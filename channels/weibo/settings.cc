// SPDX-License-Identifier: Apache-2.0
#include "channels/weibo/weibo.h"

namespace minsheng::weibo {
namespace {

std::unique_ptr<Channel> MakeWeibo(ConfigSection& section, ChannelHost& host) {
  return std::make_unique<WeiboChannel>(ReadSettings(section), host);
}

const RegisterChannel kRegister({.name = "weibo",
                                 .chinese = "微博",
                                 .summary = "Weibo fan service: private messages, mentions, passive and active replies",
                                 .make = MakeWeibo,
                                 .chats = true});

}  // namespace

Settings ReadSettings(ConfigSection& section) {
  Settings s;
  section.Secret_("app_secret", &s.app_secret, "App Secret of the application, checks the signature of pushes")
      .Secret_("access_token", &s.access_token, "token of the fan service, needed to send replies")
      .Text("uid", &s.uid, "our own uid; pushes for another account are refused")
      .Text("line", &s.line, "the line that messages of this account belong to")
      .Text("api_url", &s.api_url, "address of the Weibo interface")
      .Bool("save_sender_box", &s.save_sender_box, "whether replies appear in our own message box at Weibo")
      .Duration("signature_window", &s.signature_window, std::chrono::minutes(1), std::chrono::hours(24),
                "how far the timestamp of a push may be from our clock; repeats of a push keep its timestamp");
  if (s.app_secret.empty()) {
    section.Problem("app_secret", "必填，与微博开放平台应用的 App Secret 相同",
                    "needed: the App Secret of the application at open.weibo.com");
  }
  if (!s.api_url.starts_with("https://") && !s.api_url.starts_with("http://")) {
    section.Problem("api_url", "必须以 https:// 开头", "must begin with https://");
  }
  while (s.api_url.ends_with('/')) s.api_url.pop_back();
  return s;
}

}  // namespace minsheng::weibo
