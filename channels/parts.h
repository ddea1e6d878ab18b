// SPDX-License-Identifier: Apache-2.0
// Sends a long text as several numbered messages, so that a retry never repeats a sent part.
//
// How far a Reply has come is kept in ChannelState under "reply/<id>", as a byte offset of the
// text: it stays right when the platform's limit turns out smaller and the rest is cut anew.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/channel.h"

namespace minsheng {

// One message of a platform: at most max_bytes bytes of UTF-8 and max_chars code points.
struct PartLimit {
  std::size_t max_bytes = 0;  // at least 64
  std::size_t max_chars = 0;  // at least 32
};

// Cuts at sentence ends where possible, never inside a character or an emoji sequence. One part if
// it fits as it is; otherwise every part leaves room for its number. Never empty.
std::vector<std::string> CutText(std::string_view text, PartLimit limit);
bool FitsOne(std::string_view text, PartLimit limit);

// What a failed call to a platform means for the message it carried: kRejected when the address may
// not be called at all, kUnavailable when nothing was sent, else kUnknown. `call` names the call.
Error CallFailed(std::string_view call, const Error& error);

struct PartSender {
  PartLimit limit;
  // Before the first call of this attempt: may the `parts` that are left go out? An error ends the
  // attempt with nothing sent.
  std::function<Result<void>(int parts)> admit;
  // Sends one message; returns the platform's id or "". kTooLarge = the platform wants shorter
  // messages: the rest is cut to half the size and tried again, down to the least sizes above.
  std::function<Result<std::string>(const std::string& part)> send;
};

// Sends `text` for the reply `reply_id`. Blocks. Errors as Channel::Send: with kUnavailable the
// parts sent before are remembered and a retry goes on behind them. If the progress cannot be
// written after a part went out, the outcome is kUnknown, so that nobody repeats it by itself.
Result<Receipt> SendParts(ChannelState& state, const std::string& reply_id, const std::string& text,
                          const PartSender& sender);

}  // namespace minsheng
