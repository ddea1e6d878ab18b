// SPDX-License-Identifier: Apache-2.0
// Doors: /hook/{channel}/{account}. Verifies and parses through the Channel, makes durable through
// Intake, and only then answers the platform. Refusals are counted, and logged at a bounded rate.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "channels/channel.h"
#include "src/router/intake.h"
#include "src/router/passive_desk.h"

namespace minsheng::router {

// Counts what was refused, for the balance. Thread-safe.
class Refusals {
 public:
  explicit Refusals(const Clock& clock) : clock_(clock) {}
  void Add(const std::string& channel, const Error& error);
  // Writes the counts since the last call; what cannot be written is kept.
  void Flush(store::Store& store);

 private:
  struct Key {
    std::string channel;
    std::int64_t hour;
    std::string reason;
    auto operator<=>(const Key&) const = default;
  };
  const Clock& clock_;
  std::mutex mutex_;
  std::map<Key, std::int64_t> counts_;
  std::int64_t logged_second_ = 0;
  int logged_ = 0;
};

using FindChannel = std::function<Channel*(const std::string& channel, const std::string& account)>;

class Doors {
 public:
  Doors(FindChannel find, const Intake& intake, PassiveDesk& desk, Refusals& refusals)
      : find_(std::move(find)), intake_(intake), desk_(desk), refusals_(refusals) {}
  void AddRoutes(http::Server& server);

 private:
  void Handle(http::Request request, http::Responder responder);
  void AcceptHeld(const std::string& channel, const std::string& account, Inbound inbound, http::Responder responder);
  void AcceptPlain(const std::string& channel, const std::string& account, Inbound inbound, http::Responder responder);

  FindChannel find_;
  const Intake& intake_;
  PassiveDesk& desk_;
  Refusals& refusals_;
};

}  // namespace minsheng::router
