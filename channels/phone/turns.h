// SPDX-License-Identifier: Apache-2.0
// Segments of a recogniser -> the turns of a call, with roles, and the text that rules read. Pure, thread-safe.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "channels/phone/transcript.h"
#include "src/model/message.h"

namespace minsheng::phone {

struct CallText {
  std::string text;         // one line per turn, words only
  std::vector<Turn> turns;  // begin and end point into text
  int dropped = 0;          // segments that nobody spoke (see IsNobodysLine) or that were heard twice
};

// Who speaks on which track, as configured or as the call's sidecar says. Empty: not known.
using ChannelRoles = std::map<int, Role>;

// In order of start. Left out: nobody's lines, and a segment that the other track has too (same words of four or
// more characters within 500 ms). Joined: neighbours of one known speaker less than a second apart. Fillers stay.
// Roles, in this order: the label; the track; the greeting (below). Where tracks and greeting disagree on two
// speakers, the greeting wins: cables get swapped. What cannot be told is kUnknown; a confidence is the
// recogniser's, weighted by length, or none.
CallText MakeTurns(const Transcript& transcript, const ChannelRoles& channels);

// 坐席 客服 agent AGENT …: kAgent; 客户 市民 caller USER …: kCitizen; 系统 IVR …: kIvr; else kUnknown.
Role RoleOfLabel(std::string_view label);

// How much `words` sound like the hotline's greeting: "您好，12345…为您服务" > 0; a caller who asks
// "是12345吗" < 0; else 0.
int GreetingScore(std::string_view words);

// Lines that recognisers invent over silence (字幕由…提供, 请不吝点赞…) and prompts of the telephone system (通话可能被
// 录音, 满意请按1). Only whole lines of the list in turns.cc; docs/channels names it.
bool IsNobodysLine(std::string_view words);

}  // namespace minsheng::phone
