// SPDX-License-Identifier: Apache-2.0
#include "src/cli/conversation_config.h"

namespace minsheng::cli {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

router::SettleTimes ReadSettle(ConfigSection& account) {
  router::SettleTimes times;
  account
      .Duration("settle", &times.quiet, 0ms, 30min,
                "a citizen's messages are judged as one when no further one came for so long; 0 = each by itself")
      .Duration("settle_longest", &times.longest, 1s, 2h, "and at the latest so long after the first of them");
  if (times.longest < times.quiet)
    account.Problem("settle_longest", "不能小于 settle", "must not be shorter than settle");
  return times;
}

router::Talks ReadTalks(ConfigSection& root) {
  router::Talks talks;
  talks.follow_ups = 168h;
  root.Table("conversations", "What belongs together in a conversation (docs/conversations.md)")
      .Duration("follow_ups", &talks.follow_ups, 0ms, 2160h,
                "how old an open request may be that further messages are attached to; 0 = never looked for")
      .Duration("answer_limit", &talks.answer_limit, 0ms, 72h,
                "how long a citizen may take to say which request is meant; 0 = never asked");
  return talks;
}

}  // namespace minsheng::cli
