// SPDX-License-Identifier: Apache-2.0
// Settler: ends the waiting of requests whose citizen has finished writing: judges the pieces as one text, attaches
// what belongs to an open request, asks where two are possible, takes the answer.
//
// Each end is one conditional transaction of the store (conversations.h): a Settler that is killed leaves the request
// waiting, two that work at once end it once. One thread; Wake is thread-safe.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "src/router/conversation.h"
#include "src/router/decide.h"
#include "src/store/conversations.h"

namespace minsheng::router {

class Settler {
 public:
  static constexpr int kBatch = 128;
  static constexpr Millis kLook{500};             // between two looks for what is due
  static constexpr Millis kAgain{30'000};         // what could not be written is tried again after so long
  static constexpr std::size_t kMostChoices = 8;  // open requests that are weighed

  using Current = std::function<Knowledge()>;
  using Committed = std::function<void(const std::vector<store::Outcome>&)>;

  Settler(store::Conversations& talks, Current current, Policy policy, Committed committed, const Clock& clock)
      : talks_(talks),
        current_(std::move(current)),
        policy_(std::move(policy)),
        committed_(std::move(committed)),
        clock_(clock) {}

  // Ends what is due, one batch. How many ended or were asked; kBatch: there may be more. 0 also while no RuleSet can
  // be used: everything waits.
  Result<int> Sweep();
  // Until `stop`.
  void Run(const std::atomic<bool>& stop);
  void Wake();

 private:
  Result<store::Settlement> End(const store::HeldRequest& held, const Knowledge& knowledge);
  void RaiseByPieces(const std::vector<Message>& pieces, const Knowledge& knowledge, store::Decision* d);
  Result<void> TakeAnswer(const store::HeldRequest& held, std::size_t choice, store::Settlement* s);
  Result<void> Place(const store::HeldRequest& held, const Knowledge& knowledge, store::Settlement* s);
  void AskOrDecide(const store::HeldRequest& held, const std::vector<const store::OpenRequest*>& possible,
                   bool clear_lead, const Knowledge& knowledge, store::Settlement* s);
  Result<int> Write(const std::vector<store::Settlement>& settlements);
  int Finished(const std::vector<store::Settlement>& settlements,
               const std::vector<std::optional<store::Outcome>>& outcomes);

  store::Conversations& talks_;
  const Current current_;
  const Policy policy_;
  const Committed committed_;
  const Clock& clock_;
  rules::RuleSet::Scratch scratch_;
  rules::RuleSet::Scratch shadow_scratch_;
  bool failing_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
};

}  // namespace minsheng::router
