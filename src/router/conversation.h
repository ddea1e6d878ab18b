// SPDX-License-Identifier: Apache-2.0
// What words mean in a conversation that has open requests: small talk, a follow-up, a new matter, the answer to a
// question of ours. Pure.
//
// Which words are small talk or point back, the RuleSet says by tags:
//   talk.greeting talk.thanks talk.ok talk.bye   nothing but that: it asks for nothing
//   talk.spam                                    obvious advertising, whatever topic its words suggest
//   talk.follow-up                               points back to something said before ("怎么还没人来")
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/incidents/features.h"
#include "src/model/verdict.h"

namespace minsheng::router {

struct TalkSigns {
  bool asks_nothing = false;  // small talk or spam, and nothing else in it: no order
  bool greeting = false;
  bool thanks = false;  // or any other word that closes a talk
  bool points_back = false;
};
TalkSigns SignsOf(const Verdict& verdict);

// The urgency of the whole is at least that of its loudest piece: words that come later may take a topic away, but
// never an alarm. Reasons of the piece are added with their place in the whole, which `part` begins at `at`.
void RaiseUrgency(const Verdict& part, std::uint32_t at, Verdict* whole);

// True when nobody should wait for further pieces: an emergency, or an urgent matter that a decisive rule named.
bool CannotWait(const Verdict& verdict);

// One side of the comparison: the new words, or a request that is open.
struct Matter {
  std::string topic;     // empty: not known
  bool certain = false;  // the topic
  std::vector<std::string> places;
  incidents::Features words;
  Time at{};  // of the new words; of a request its newest message
  std::size_t chars = 0;
};
Matter MatterOf(std::string_view text, std::string_view place_hint, std::string topic, bool certain,
                std::vector<std::string> places, Time at);

struct FollowUp {
  enum class Kind { kNew, kOne, kUnclear };
  Kind kind = Kind::kNew;
  // Places in `open` that are possible, likeliest first: one for kOne, two or more for kUnclear.
  std::vector<std::size_t> possible;
  bool clear_lead = false;  // kUnclear: the first is likelier than the others
};
// Which of the open requests new words belong to. `words`: there are any; a picture alone can only follow. The newest
// request counts as nearest in time. docs/conversations.md has the points and what they mean.
FollowUp WhichMatter(const Matter& fresh, bool words, bool points_back, const std::vector<Matter>& open);

// The answer to "您说的是：1 … 2 … 3 新问题": "2", "２", "二", "第二个", "选2", "②", a label, "新问题", "都不是".
// 0 = the first label, labels.size() = a new matter; nullopt: it is no answer. Only a text that says nothing else.
std::optional<std::size_t> ReadChoice(std::string_view text, const std::vector<std::string>& labels);

// `words` with {choices} replaced by "1 树木遮挡 2 路灯 3 新问题".
std::string AskWhich(std::string words, const std::vector<std::string>& labels);

}  // namespace minsheng::router
