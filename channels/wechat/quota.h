// SPDX-License-Identifier: Apache-2.0
// How many messages WeChat still takes for one citizen.
//
// A ceiling that every act of the citizen sets anew, never added up (rule since 2023-06-12):
// a message 5 within 48 h; a menu tap, a follow, a scan 3 within 1 min; a payment any number
// within 48 h. Passive answers do not count. The last act comes with the Reply's facts (trigger,
// trigger_at); how many went out since is kept in ChannelState under "quota/<openid>". WeChat's own
// word (45015, 45047) stands above this book-keeping, which only saves half-sent answers.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "channels/channel.h"

namespace minsheng::wechat {

struct Quota {
  std::string trigger;     // message, menu, follow, scan, pay; empty = not known
  std::int64_t at_ms = 0;  // when
  int sent = 0;            // since then
  int closed = 0;          // 45015 or 45047 once WeChat has said so

  // nullopt: no limit is known.
  std::optional<int> Left() const;
  bool operator==(const Quota&) const = default;
};

// What is kept, or the newer act of `facts`. A damaged record counts as none.
Result<Quota> LoadQuota(ChannelState& state, const std::string& openid,
                        const std::map<std::string, std::string>& facts);

// kRejected when WeChat has closed the window, or when `parts` messages are more than are left: an
// answer of several messages is sent whole or not at all. A single one is left to WeChat's word.
// The text is in Chinese and English.
Result<void> Admit(const Quota& quota, int parts);

// Counts one message, or notes that WeChat has closed the window (`closed` != 0). Safe against
// other processes; when the store is down it only logs.
void NoteSent(ChannelState& state, const std::string& openid, const std::map<std::string, std::string>& facts,
              int closed);

}  // namespace minsheng::wechat
