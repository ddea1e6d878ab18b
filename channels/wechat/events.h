// SPDX-License-Identifier: Apache-2.0
// Events of WeChat (follow, menu, scan, delivery notices, ...) -> facts. Pure, thread-safe.
// Sources: "接收事件推送", "自定义菜单事件推送", "模板消息", "订阅通知", "客服消息" of developers.weixin.qq.com.
#pragma once
#include <string>
#include <string_view>

#include "channels/push_tree.h"
#include "src/model/message.h"

namespace minsheng::wechat {

// Fills kind, facts and place_hint. Event names are compared without regard to case, because the
// platform's own documents mix it. An unknown event is Kind::kUnsupported.
void ReadEvent(const push::Node& tree, Message* m);

// Copies a field into a fact; an absent or empty field leaves no fact.
void SetFact(const push::Node& tree, std::string_view field, const char* fact, Message* m);
std::string LowerAscii(std::string s);

}  // namespace minsheng::wechat
