// SPDX-License-Identifier: Apache-2.0
// The commands about call-backs, and about what units gave back.
#pragma once
#include "src/cli/cli.h"

namespace minsheng::cli {

// callbacks_commands.cc
struct CallBackArgs {
  std::string number;
  bool reached = false;
  std::string solved, satisfied;  // "yes", "no", "unsaid"
  std::string words;
};
int CallBacksList(const Context& context, const store::CallBackFilter& filter);
int CallBacksTake(const Context& context, const std::string& number);  // "" = the next
int CallBacksDone(const Context& context, const CallBackArgs& args);
// returns_commands.cc
struct ReturnsArgs {
  std::string from, to;  // days in Asia/Shanghai, both included; empty = no limit
  std::string by = "rule";
  std::string output;  // rulings propose: file for the patch; empty = none
};
int ReturnsReport(const Context& context, const ReturnsArgs& args);
int RulingsList(const Context& context, const ReturnsArgs& args);
int RulingsPropose(const Context& context, const ReturnsArgs& args);

}  // namespace minsheng::cli
