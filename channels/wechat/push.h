// SPDX-License-Identifier: Apache-2.0
// What WeChat pushes -> Message. Pure functions, thread-safe.
//
// Facts that a Message of this channel carries (only those that came):
//   to_account                gh_... of the account, the sender of every reply
//   msg_type                  as sent, lower case, for a kind that we do not know
//   event, event_key, ticket  event name in lower case
//   trigger, trigger_at       what opened a window for replies (message, menu, follow, scan, pay)
//                             and when, ms UTC; see quota.h
//   latitude, longitude, scale, precision   degrees (GCJ-02 in mainland China), map scale, metres
//   media_id, media_id_16k, media_format, thumb_media_id, pic_url
//   url, title, mini_app_id, page_path, menu_id, msg_id, status, scan_type, scan_result,
//   template_id, answer, kf_account
#pragma once
#include <string>
#include <string_view>

#include "channels/push_tree.h"
#include "src/model/message.h"

namespace minsheng::wechat {

enum class Format { kXml, kJson };

// By the first byte that is not white space: '{' is JSON, everything else XML.
Format FormatOf(std::string_view body);
Result<push::Node> ReadTree(std::string_view body);

// The Message of a clear push; id, account, channel, line and received_at are left alone.
// source_id is MsgId, or for events openid|CreateTime|event|EventKey (MsgID where the event has no
// key), so that two events of one second stay two. A message without MsgId gets CreateTime and a
// hash of its fields. A kind or event that we do not know is Kind::kUnsupported. kInvalid: no
// FromUserName, CreateTime or MsgType.
Result<Message> ToMessage(const push::Node& tree);

}  // namespace minsheng::wechat
