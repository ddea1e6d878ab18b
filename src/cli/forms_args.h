// SPDX-License-Identifier: Apache-2.0
// minsheng forms|letters: one function for each command.
#pragma once
#include <string>
#include <vector>

#include "src/cli/cli.h"

namespace minsheng::cli {

// forms_commands.cc; `key`: number of an order, or id of a request
int FormsShow(const Context& context, const std::string& topic);  // "": all forms
int FormsMissing(const Context& context, const std::string& key);
// reveal: why the values are shown in the clear; "" = masked
int FormsFacts(const Context& context, const std::string& key, bool history, const std::string& reveal);
int FormsFill(const Context& context, const std::string& key, const std::vector<std::string>& values);
int FormsPrivacy(const Context& context, const std::string& key, bool anonymous, bool confidential);
// services_commands.cc
int FormsAssign(const Context& context, const std::string& order, const std::string& unit);
int FormsAppoint(const Context& context, const std::string& order, const std::string& at);
int FormsComplete(const Context& context, const std::string& order, const std::vector<std::string>& values);
int FormsConfirm(const Context& context, const std::string& order, const std::string& word, const std::string& words);
int FormsCounts(const Context& context, const std::string& from, const std::string& to);

// letters_commands.cc; `key`: number of a letter or an order, or id of a request; texts: words, or @file
struct LetterArgs {
  std::string key, text, reason, title, question, answer, consent, state;
  bool published = false;
  bool preview = false;
  int limit = 50;
};
int LettersList(const Context& context, const LetterArgs& args);
int LettersShow(const Context& context, const LetterArgs& args);
// act: instruct, draft, refuse, approve, consent, publish, withdraw
int LettersAct(const Context& context, const std::string& act, const LetterArgs& args);

}  // namespace minsheng::cli
