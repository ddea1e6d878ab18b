// SPDX-License-Identifier: Apache-2.0
// What Weibo's fan service pushes -> Message. Pure functions, thread-safe.
// Sources: open.weibo.com/wiki Receive_General_Message, Receive_Event_Push, 2/messages/receive.
//
// Facts that a Message of this channel carries (only those that came):
//   to_account                our uid, the sender of every reply
//   type                      as sent, for a kind that we do not know
//   event, event_key, ticket  subtype of an event, its key and ticket
//   word                      "dy" or "td" when the text was one of them (then it is an event)
//   mention, mention_id       "status", "comment" or "mention", and the id of the post or comment
//   latitude, longitude       degrees
//   media_id, media_id_sender the receiver's and the sender's copy of a picture or voice
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "channels/push_tree.h"
#include "src/base/clock.h"
#include "src/model/message.h"

namespace minsheng::weibo {

// JSON, or the XML that an account gets after push/set_format (WeChat's field names; put into the
// JSON shape here). The documentation shows one event with a comma too many: that is not JSON and
// an error here, so it is kept and shown with the unreadable ones.
Result<push::Node> ReadTree(std::string_view body);

// "Mon Jul 16 18:09:20 +0800 2012", English names whatever the locale; or digits: seconds.
std::optional<Time> ParseCreatedAt(std::string_view text);

// 1 to 20 digits, as the platform wrote them; "" for anything else.
std::string Id(const push::Node& tree, std::string_view name);

// id, account, channel, line and received_at are left alone. source_id is the platform's id where
// there is one (the older feed), else created_at in ms and a hash of type, sender, receiver, text
// and data: the documented key, sender and second, loses the second of two messages in a second.
// An unknown type or subtype is Kind::kUnsupported. kInvalid: no sender, time or type.
Result<Message> ToMessage(const push::Node& tree);

}  // namespace minsheng::weibo
