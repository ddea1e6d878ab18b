// SPDX-License-Identifier: Apache-2.0
// Intake: gives Messages their id, saves what is too big for the stream, claims and appends.
// Nothing is acknowledged to the outside before `done` ran with a value.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "channels/channel.h"
#include "src/base/blobs.h"
#include "src/base/clock.h"
#include "src/stream/stream.h"

namespace minsheng::router {

struct Accepted {
  std::string id;          // of the Message that holds the identity
  bool duplicate = false;  // this one was here before
};

// Thread-safe.
class Intake {
 public:
  using Done = std::function<void(Result<std::vector<Accepted>>)>;

  Intake(stream::Appender& appender, const Blobs& blobs, const Clock& clock)
      : appender_(appender), blobs_(blobs), clock_(clock) {}

  // Fills id, channel, account, received_at; saves payloads and long wire bytes as blobs (synced).
  // kInvalid: a message without identity. kTooLarge: more text than the stream may hold.
  // kUnavailable: blobs cannot be written.
  Result<std::vector<stream::Item>> Prepare(const std::string& channel, const std::string& account,
                                            Inbound& inbound) const;
  // Appends all items; `done` runs once, with one Accepted per item or the first error.
  void Append(std::vector<stream::Item> items, Done done) const;
  // Both, and waits. For polls and the command line, never on an HTTP thread.
  Result<std::vector<Accepted>> AcceptAndWait(const std::string& channel, const std::string& account,
                                              Inbound inbound) const;

 private:
  stream::Appender& appender_;
  const Blobs& blobs_;
  const Clock& clock_;
};

}  // namespace minsheng::router
