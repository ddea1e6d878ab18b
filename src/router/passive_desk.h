// SPDX-License-Identifier: Apache-2.0
// The five-second answer (design 11.8): holds open webhook calls of WeChat and Weibo until the
// worker has decided, so that a Reply that is known by then rides on the platform's own call.
//
// One thread of its own does the database work. Thread-safe.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "src/base/clock.h"
#include "src/http/http.h"
#include "src/model/message.h"
#include "src/store/store.h"

namespace minsheng::router {

class PassiveDesk {
 public:
  // How long a call is held; the platforms give up after five seconds.
  static constexpr Millis kHold{3'000};

  struct Call {
    http::Responder responder;
    http::Response ack;  // when there is nothing to say, or not in time
    std::function<std::optional<http::Response>(const Reply&)> passive;
  };

  PassiveDesk(store::Store& store, const Clock& clock);
  ~PassiveDesk();  // answers what is still open

  // Before the append: the worker may be faster than the appender's answer.
  void Hold(const std::string& message_id, Call call);
  // The append failed: gives the call back to its door; nullopt = it ran out of time before.
  std::optional<Call> Release(const std::string& message_id);
  // The append is durable.
  void Durable(const std::string& message_id);
  // The platform repeats what was appended under `first_id`: it gets what the first call got, or
  // waits beside it.
  void MoveTo(const std::string& message_id, const std::string& first_id);
  // The worker has committed these.
  void Committed(const std::vector<store::Outcome>& outcomes);

 private:
  struct Waiting {
    Call call;
    Millis deadline;
    bool durable = false;  // on the stream: before that, running out of time means "try again"
    bool ready = false;    // committed
    bool look = false;     // perhaps committed before this call came: worth a look in the store
    bool silent = false;   // committed, and there is nothing to say
  };
  struct Written {  // a passive answer reached the wire, or did not
    std::string outbox_id;
    std::string claim_token;
    bool written;
  };
  // Shared with the callbacks of answers that are still being written when the desk is gone.
  struct Shared {
    std::mutex mutex;
    std::condition_variable wake;
    std::map<std::string, std::vector<Waiting>> waiting;  // by message id
    std::vector<Written> written;
    bool stop = false;
  };
  // All calls about one message, and what they get.
  struct Case {
    std::string message_id;
    std::vector<Waiting> calls;
    std::optional<http::Response> answer;  // none: the acknowledgement alone
    std::string outbox_id;                 // of the row that this answer carries for the first time
    std::string claim_token;
  };

  void Run();
  void LookFor(const std::vector<std::string>& message_ids);
  void AnswerAll(std::vector<Case> cases);
  void FindReplies(std::vector<Case>& cases);
  static void Choose(const std::vector<store::OutboxRow>& rows, Case* c);
  void Claim(std::vector<Case>& cases);
  void Send(Case c);
  void Record(const std::vector<Written>& written);

  store::Store& store_;
  const Clock& clock_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::thread thread_;
};

}  // namespace minsheng::router
