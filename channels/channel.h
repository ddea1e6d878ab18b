// SPDX-License-Identifier: Apache-2.0
// Channel: one way to talk with citizens. The whole contract; a new channel is one folder that
// registers itself, and the conformance suite finds and tests it without being told.
//
// A Channel object stands for one account of one channel. It owns no threads and keeps no queue.
// Inbound: bytes -> zero or more Messages, or an error that says what to answer. Outbound: Reply
// -> wire. All methods may be called from many threads at once.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/config_reader.h"
#include "src/base/result.h"
#include "src/http/http.h"
#include "src/model/message.h"

namespace minsheng {

// What must survive a restart for a channel: tokens, quotas, mailbox cursors. Kept in the store,
// one name space per (channel, account). Thread-safe, also over processes.
class ChannelState {
 public:
  virtual ~ChannelState() = default;
  virtual Result<std::optional<std::string>> Get(const std::string& key) = 0;
  virtual Result<void> Put(const std::string& key, const std::string& value) = 0;
  // Writes only if the stored value still is `expected` (nullopt = absent). False: somebody else
  // was first.
  virtual Result<bool> CompareAndPut(const std::string& key, const std::optional<std::string>& expected,
                                     const std::string& value) = 0;
};

// Bytes that came with a message and are too big for the stream.
struct Payload {
  std::size_t attachment = 0;  // index into Message::attachments
  std::string bytes;
};

// What one webhook call, one mail or one file contained.
struct Inbound {
  struct Item {
    Message message;  // id, account, channel, received_at are filled by intake
    std::vector<Payload> payloads;
  };
  std::vector<Item> items;
  std::string raw;  // exact bytes, for the record and for `parked retry`
  // What the platform gets once every item is durable.
  http::Response ack;
  // Set when the platform lets a Reply ride on this very answer (the five-second rule): turns a
  // Reply into the answer's body. nullopt: this Reply does not fit a passive answer.
  std::function<std::optional<http::Response>(const Reply&)> passive;
};

// Takes what a poll has found. Durable when it returns a value: only then move the cursor, the
// mail or the file. Blocks. Errors: kUnavailable = try again later with the same bytes.
class Acceptor {
 public:
  virtual ~Acceptor() = default;
  virtual Result<void> Accept(Inbound inbound) = 0;
};

// Everything a channel may use of the rest of the program. Outlives the channel.
class ChannelHost {
 public:
  virtual ~ChannelHost() = default;
  virtual const Clock& clock() const = 0;
  virtual http::Client& http() = 0;
  virtual ChannelState& state() = 0;  // of this (channel, account)
  virtual const std::string& data_folder() const = 0;
  virtual const std::string& public_url() const = 0;  // "" when not configured
};

// The platform's limits, as data that the console shows.
struct ChannelLimits {
  std::size_t max_text_bytes = 0;  // per outgoing message; 0 = none
  Millis reply_window{0};          // after the citizen's last message; 0 = none
  int replies_per_window = 0;      // 0 = none
};

// How sending went well.
struct Receipt {
  std::string platform_id;      // the platform's id of what was sent, or empty
  bool call_back_task = false;  // nothing was sent: a person has to telephone
};

class Channel {
 public:
  virtual ~Channel() = default;

  // A call to /hook/<channel>/<account>: verifies, then parses. Errors become the HTTP answer by
  // their kind (kDenied 403, kInvalid 400, ...). A body that is genuine but cannot be parsed is
  // NOT an error: return one item of Kind::kUnreadable (facts["error"]), so that it is kept.
  // A GET verification returns no items and the answer in `ack`.
  virtual Result<Inbound> Receive(const http::Request& request);

  // The same bytes without the door: `ingest`, `parked retry`, polls. `name` is the file's name
  // where there is one. Unreadable input is an error here, and its text says what and where.
  virtual Result<Inbound> Parse(std::string_view bytes, std::string_view name) = 0;

  // Pull channels: looks once, hands over what is new. Never two at once for one object.
  virtual Result<void> Poll(Acceptor& acceptor);
  // How long to wait between two polls; 0 = this channel is not polled.
  virtual Millis PollPeriod() const { return Millis{0}; }

  // Sends one Reply, all parts of it. kUnavailable: nothing was sent, later. kRejected: never
  // (window over, blocked, ...). kUnknown: may have been sent; never repeated by itself.
  virtual Result<Receipt> Send(const Reply& reply) = 0;

  virtual ChannelLimits Limits() const { return {}; }
};

// One line per kind of channel. `make` reads its keys from the section with ConfigSection and
// reports problems there; it must not do I/O.
struct ChannelType {
  std::string_view name;     // "wechat"
  std::string_view chinese;  // "微信"
  std::string_view summary;  // one line
  std::unique_ptr<Channel> (*make)(ConfigSection& section, ChannelHost& host);
  bool chats = false;  // people write in pieces and answer at once: settle applies, and they can be asked back
};

// A namespace-scope constant of this type is all that a channel needs to be known. Two with one
// name stop the program before main().
struct RegisterChannel {
  explicit RegisterChannel(const ChannelType& type);
};
const std::vector<ChannelType>& AllChannelTypes();  // sorted by name
const ChannelType* FindChannelType(std::string_view name);

}  // namespace minsheng
