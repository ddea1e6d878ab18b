// SPDX-License-Identifier: Apache-2.0
// When and how citizens are asked whether their matter is solved. Plain data, and the hours in which nobody is asked.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::callback {

// Minutes of the day in Asia/Shanghai, from inclusive, to exclusive; may run over midnight. Equal: none.
struct QuietHours {
  int from = 21 * 60;
  int to = 8 * 60;
};

struct Options {
  bool on = true;
  Millis after{24 * 3'600'000};   // after the check of the answer
  int tries = 3;                  // telephone calls that reach nobody, then the order is closed as unreachable
  Millis between{4 * 3'600'000};  // two calls
  Millis answer_limit{3 * 24 * 3'600'000};  // how long chat and link wait for an answer
  QuietHours quiet;
  std::string public_url;  // for links; empty: none can be made
  // How long after the citizen's last message a chat takes words of ours; 0: always.
  std::function<Millis(const std::string& channel, const std::string& account)> reply_window;
  std::string question =
      "您反映的问题（工单 {number}）已答复。请回复数字评价：1 满意 2 基本满意 3 不满意 4 问题没有解决";
  std::string letter = "您反映的问题（工单 {number}）已答复。请点开下面的链接评价办理结果，{days} 天内有效：\n{link}";
};

// "21:00-08:00", or "" for none. kInvalid says how it is written.
Result<QuietHours> ParseQuietHours(std::string_view text);
// `t`, or the end of the quiet hours that hold it.
Time AfterQuiet(const QuietHours& quiet, Time t);

}  // namespace minsheng::callback
