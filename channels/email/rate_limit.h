// SPDX-License-Identifier: Apache-2.0
// Counts automatic mails in ChannelState, against loops with other machines. Keys are hashed: no addresses in the
// state.
#pragma once
#include <string_view>

#include "channels/channel.h"

namespace minsheng::email {

class RateLimit {
 public:
  RateLimit(ChannelState& state, const Clock& clock) : state_(state), clock_(clock) {}
  // kRejected when `who` already had `most` in the current window; kUnavailable when the state is down.
  Result<void> Check(std::string_view what, std::string_view who, Millis window, int most) const;
  // Adds one. A state that is down loses the count, not the mail.
  void Count(std::string_view what, std::string_view who, Millis window) const;

 private:
  ChannelState& state_;
  const Clock& clock_;
};

}  // namespace minsheng::email
