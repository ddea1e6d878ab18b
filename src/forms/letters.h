// SPDX-License-Identifier: Apache-2.0
// Letters to the head of the district: the formal answer, what may be published, and the citizen's word on it. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::forms {

struct LetterParts {
  std::string district;      // 大丰区
  std::string reply_number;  // 〔2015〕12号
  std::string salutation;    // 尊敬的王先生/女士; see SalutationFor
  std::string body;
  std::string unit;  // who signs
  Time date{};
};
// Fills a template: {district} {number} {salutation} {body} {unit} {date}. kInvalid names marks that it lacks or that
// do not exist.
Result<std::string> ComposeLetter(std::string_view pattern, const LetterParts& parts);
Result<void> CheckLetterTemplate(std::string_view pattern);

// 尊敬的王先生/女士, when the writer says who he is (我叫…) or `from_name` is a name; else 尊敬的来信人.
std::string SalutationFor(std::string_view letter, std::string_view from_name);

// "同意公开" and "不同意公开" in a short message, with or without words around; nothing else.
std::optional<bool> ConsentFrom(std::string_view words);

// What must not stand in a text that everybody may read: kinds of personal data in it, names by which people call
// themselves, and any of `known` (values that say who the citizen is; short ones are left out). Empty: it is clean. The
// kinds only, never what was found.
std::vector<std::string> FindLeaks(std::string_view text, const std::vector<std::string>& known);

}  // namespace minsheng::forms
