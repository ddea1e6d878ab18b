// SPDX-License-Identifier: Apache-2.0
// Message: one inbound item of any channel, normalised. Immutable once it is on the stream.
//
// Plain data. Text is UTF-8 and always valid (channels replace what is not). Offsets anywhere in
// the system are bytes of Message::text, half-open. Times are UTC milliseconds.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng {

enum class Kind {
  kText,
  kVoice,
  kImage,
  kVideo,
  kLocation,
  kLink,
  kEvent,  // follow, menu click, delivery notice, bounce, read receipt, ...: never a request
  kMail,
  kCall,
  kUnsupported,  // a kind we do not know yet: kept raw
  kUnreadable,   // the wire form could not be parsed: facts["error"] says why; goes to parked
};

// What a citizen wants. Empty optional = not stated / not decided.
enum class RequestType { kConsultation, kHelp, kComplaint, kReport, kSuggestion, kPraise };

enum class Role { kUnknown, kCitizen, kAgent, kIvr };

// One turn of a telephone call. Its words are Message::text[begin, end).
struct Turn {
  Role role = Role::kUnknown;
  std::int64_t start_ms = 0;  // from the start of the call
  std::int64_t end_ms = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::optional<double> confidence;  // 0..1, only if the recogniser said so
  bool operator==(const Turn&) const = default;
};

struct Attachment {
  std::string name;
  std::string type;  // MIME type as stated
  std::int64_t size = 0;
  std::string blob;    // sha256 in the blob store, or empty
  std::string remote;  // platform's media id or URL, when not fetched yet
  bool operator==(const Attachment&) const = default;
};

struct Message {
  std::string id;         // ULID, given by intake
  std::string channel;    // "phone", "wechat", "weibo", "email"
  std::string account;    // which account of that channel (configuration)
  std::string source_id;  // the platform's id; (channel, account, source_id) is the identity
  std::string line = "12345";
  std::string sender;   // the platform's user id, mail address or caller number
  std::string contact;  // telephone or mail if known
  Kind kind = Kind::kText;
  std::string text;  // what rules read: as sent, minus quoted mail; for a call all turns, one a line
  std::vector<Turn> turns;
  std::vector<Attachment> attachments;
  std::string place_hint;  // address or label stated by the sender or the platform
  std::optional<RequestType> stated_type;
  bool anonymous = false;
  bool confidential = false;
  Time sent_at{};
  Time received_at{};
  // The channel's own facts that a Reply or threading needs ("subject", "message_id", "event",
  // "call_id", "thread", "to_account", ...). Keys are listed in each channel's header.
  std::map<std::string, std::string> facts;
  bool operator==(const Message&) const = default;

  std::string Fact(const std::string& key) const {
    const auto it = facts.find(key);
    return it == facts.end() ? std::string() : it->second;
  }
};

// What goes back to a citizen on their channel.
struct Reply {
  std::string id;  // outbox id; stable over retries
  std::string request_id;
  std::string channel;
  std::string account;
  std::string to;                            // Message::sender of the conversation
  std::string text;                          // UTF-8, any length: the channel splits
  bool automatic = true;                     // acknowledgement or rule answer, not a person's words
  std::map<std::string, std::string> facts;  // facts of the newest message of the conversation
};

// Stable wire words: "text", "voice", ...; "consultation", ...; "citizen", ...
std::string_view ToWord(Kind k);
std::string_view ToWord(RequestType t);
std::string_view ToWord(Role r);
std::optional<Kind> KindFromWord(std::string_view word);
std::optional<RequestType> RequestTypeFromWord(std::string_view word);
std::optional<Role> RoleFromWord(std::string_view word);
// 咨询 求助 投诉 举报 建议 表扬
std::string_view ToChinese(RequestType t);

// JSON form of design section 11.3. Encode always yields valid UTF-8 (bad bytes are replaced).
std::string Encode(const Message& m);
Result<Message> DecodeMessage(std::string_view json);
std::string Encode(const Reply& r);
Result<Reply> DecodeReply(std::string_view json);

}  // namespace minsheng
