// SPDX-License-Identifier: Apache-2.0
// CallBacks: after an answer was checked, the citizen is asked whether it helped. Who is satisfied ends the order; who
// is not gets it handled anew under supervision, once; who cannot be reached or does not answer ends it as unreachable,
// which no figure counts as satisfied. docs/callback.md. Thread-safe; several processes may do the same at once.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "src/callback/options.h"
#include "src/callback/reach.h"
#include "src/desk/desk.h"

namespace minsheng::callback {

// What somebody who telephoned reports.
struct CallReport {
  std::string by;  // orders/roles.h
  bool reached = false;
  int solved = -1;  // 1, 0, -1: did not say
  int satisfied = -1;
  std::string words;  // of the citizen
};

// What a citizen sees behind a link. Holds no personal data.
struct LinkView {
  std::string order_number;
  std::string topic;
  std::string answer;  // public, masked
  bool open = true;    // false: answered, or too late
};

// What is needed to telephone.
struct CallTask {
  store::CallBack row;
  std::string number;  // personal data: shown to who took it, kept nowhere
  std::string answer;  // public, as the citizen got it
};

class CallBacks {
 public:
  static constexpr int kPerSweep = 50;

  CallBacks(desk::Desk& desk, Options options) : desk_(desk), options_(std::move(options)) {}

  // One bounded round by the clock; how many things it did. Whatever fails is logged, and tried again in a minute.
  // By one thread.
  int Sweep();

  // Somebody takes a call: `number`, or the longest due one that nobody has. The timeline says so.
  // kNotFound: none is due. kConflict: somebody else has it. kInvalid: it is asked by another way.
  Result<CallTask> Take(const std::string& number, const std::string& by);
  // After the call. The order after what followed from it. Errors: Desk::Do.
  Result<orders::Order> Done(const std::string& number, const CallReport& report);

  // Behind a link. kNotFound: no such token.
  Result<LinkView> Look(const std::string& token);
  // choice: router::OpinionOfChoice. kNotFound, kInvalid; kConflict: it was answered, or is too late.
  Result<void> Answer(const std::string& token, int choice, const std::string& words);

  const Options& options() const { return options_; }

 private:
  Result<void> Begin(const std::string& order_number);
  Result<void> Step(const store::CallBack& row);
  Result<void> Ask(const store::CallBack& row);
  Result<bool> SendQuestion(const store::CallBack& row, const Reach& reach, const store::RequestRow& request);
  Result<orders::Order> FollowUp(const orders::Order& order, const std::string& once);
  Result<orders::Order> CloseAs(const std::string& number, const std::string& reason, const std::string& words,
                                const std::string& once);
  Result<bool> EndRow(const store::CallBack& row);

  desk::Desk& desk_;
  Options options_;
  std::map<std::string, Time> resting_;  // orders whose step failed, until when
};

}  // namespace minsheng::callback
