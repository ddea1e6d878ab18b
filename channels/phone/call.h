// SPDX-License-Identifier: Apache-2.0
// One telephone call -> one Message. Pure, thread-safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "channels/phone/turns.h"
#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/message.h"

namespace minsheng::phone {

// What the telephone system knows of a call: the sidecar of a dropped file, or the envelope of a push.
struct CallMeta {
  std::string call_id{};
  std::string caller{};  // as written; empty or withheld: anonymous
  std::string line{};    // a line's name, or what the telephone system calls it (12301, 旅游, …)
  std::optional<Time> started_at{};
  std::string operator_name{};
  ChannelRoles channels{};  // "channels": {"0": "agent", "1": "citizen"} or ["agent", "citizen"]
};

// {call_id, caller, line, started_at, operator, channels}; every key may be missing, unknown ones are ignored.
// kInvalid: not a JSON object, or started_at or channels cannot be read.
Result<CallMeta> ReadCallMeta(std::string_view json);

// "2015-08-10T22:03:00+08:00", "…Z", "2015-08-10 22:03:00" (Asia/Shanghai), seconds or milliseconds since 1970.
std::optional<Time> ReadCallTime(std::string_view text);

// What a file's name says: the call id is the name without folder and extensions; the start only where the name
// holds an Asterisk unique id (1439215380.123) or a date of fourteen digits (20150810220300, Asia/Shanghai).
CallMeta MetaFromName(std::string_view file_name);

// The push envelope: {call_id, caller, line, started_at, operator, channels, format?, transcript: string or object}.
struct Push {
  CallMeta meta;
  std::string format;
  std::string transcript;  // as a file would hold it
};
bool LooksLikePush(std::string_view bytes);
// kInvalid: which key is missing or wrong.
Result<Push> ReadPush(std::string_view bytes);

// Kind::kCall, or Kind::kEvent when nobody said anything: an unanswered call is no request. source_id is
// "<start, 13 digits of ms>-<call id>-<16 hex digits of a hash>"; the hash covers the words, their times and `meta`,
// so the same content is the same Message however often and on whatever way it comes.
// Facts: call_id, thread_key ("call:<call id>"), engine, and where known operator, started_at, duration (seconds),
// dropped_lines, event ("empty-call"). `now` stands in for an unknown start.
Message MakeCallMessage(const CallMeta& meta, const Transcript& transcript, const ChannelRoles& configured, Time now);

// The item that keeps what could not be read. Facts: error; call_id and thread_key if known.
Message MakeUnreadableCall(const CallMeta& meta, std::string_view raw, std::string_view error, Time now);

}  // namespace minsheng::phone
