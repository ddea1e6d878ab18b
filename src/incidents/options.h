// SPDX-License-Identifier: Apache-2.0
// What grouping may be told: [incidents] of the configuration. Plain data; docs/incidents.md explains each value.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::incidents {

// Matters that one happening brings about together. Without tags it says that its topics are one matter
// under several names; with tags, a surge of requests that carry one of them gathers them all.
struct Family {
  std::string name;
  std::vector<std::string> tags;
  std::vector<std::string> topics;
};

// "台风暴雨: #flood #outage urban.drainage": a name, then tags (#) and topics. kInvalid says what is wrong.
Result<Family> ParseFamily(std::string_view text);
const std::vector<std::string>& DefaultFamilies();

struct Options {
  Millis window{6 * 3'600'000};    // requests further apart than this do not meet
  Millis longest{72 * 3'600'000};  // nothing joins an incident that began longer ago
  int wide_places = 2;             // levels of the gazetteer, from the top, that say nothing about "near"
  int max_entries = 20'000;        // requests held in memory
  // Likeness of words (0..100, see similarity.h) from which two requests of one topic are about the same.
  int like_same_place = 8;
  int like_same_town = 32;
  int like_anywhere = 46;     // one of them names no place
  int like_other_topic = 14;  // so much more when the topics differ
  int surge_callers = 12;     // callers within an hour from which a surge may open
  int surge_odds = 1'000'000;
  // Callers within an hour at which an incident's alarm rises to level 1, 2, 3.
  int alarm_callers[3] = {5, 20, 50};
  int alarm_odds = 10'000;
  int expected_per_hour = 2;  // of a topic or family, while there is no history
  int history_days = 14;
  std::vector<Family> families;  // at most 32
};

}  // namespace minsheng::incidents
