// SPDX-License-Identifier: Apache-2.0
// Asking for what is missing, and reading the answer. Pure, thread-safe.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/forms/extract.h"

namespace minsheng::forms {

// So many questions one message may hold.
inline constexpr std::size_t kMostQuestions = 3;

// The questions about these fields, numbered when there are several, one a line.
std::string Questions(const std::vector<const Field*>& fields);

struct AnswerReading {
  std::vector<Fact> facts;  // source "answer"
  bool unknown = false;     // 不知道: the citizen cannot say it
};

// What an answer to questions about `asked` (in their order) tells: what can be recognised in it for any field of the
// form; numbered or lined-up parts go to the questions by their place; an answer to a single question may be nothing
// but its value.
AnswerReading ReadAnswer(const Form& form, const std::vector<const Field*>& asked, const Message& message,
                         const ExtractContext& context);

}  // namespace minsheng::forms
