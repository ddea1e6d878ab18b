// SPDX-License-Identifier: Apache-2.0
// By which way a citizen can be asked. Pure.
#pragma once
#include <string>

#include "src/callback/options.h"
#include "src/store/store.h"

namespace minsheng::callback {

struct Reach {
  std::string way;                   // store::CallBack::way
  const Message* message = nullptr;  // whose sender is asked, by chat and link; points into the request
  std::string number;                // telephone
  Time until{};                      // after it this way is closed; 0: never
};

// The newest message that somebody can be reached by decides: a call, or a chat whose window is closed with a telephone
// number left, is telephoned; an open chat is asked there; a mail gets a link, if links can be made.
Reach ReachOf(const store::RequestRow& request, const Options& options, Time now);

// Digits (with +, -, blanks between) of a length that telephone numbers have.
bool IsTelephone(const std::string& text);

}  // namespace minsheng::callback
