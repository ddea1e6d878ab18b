// SPDX-License-Identifier: Apache-2.0
// Extraction: the facts of a form that a text tells by itself, each with the words that tell it. Pure, thread-safe.
// Doubt leaves a field open: it can be asked for, and a wrong fact sends somebody to the wrong door.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/forms/forms.h"
#include "src/model/message.h"
#include "src/model/verdict.h"

namespace minsheng::forms {

struct Fact {
  std::string key;
  std::string value;   // as Normalise gives it
  Span span;           // in the text; 0,0 when it came from the hint
  std::string source;  // "text", "hint" (stated by the sender or the platform), "answer"
  bool operator==(const Fact&) const = default;
};

// What the gazetteer knows about the place that a Verdict found.
struct KnownPlace {
  Place place;
  int levels = 0;  // places from the top of the gazetteer down to it, itself included
};
// A place says where something is from this level on: town or street; above it are district and city.
inline constexpr int kPreciseLevels = 3;

struct ExtractContext {
  const orders::Calendar* calendar = nullptr;
  std::optional<KnownPlace> place;
};

// At most one fact for each field, in the order of the form. Of a call only what the citizen said counts.
std::vector<Fact> Extract(const Form& form, const Message& message, const ExtractContext& context);

// The required fields for which there is no fact, in the order of the form.
std::vector<const Field*> Missing(const Form& form, const std::vector<std::string>& known_keys);

// Names by which people call themselves or those they speak for (我叫…, 姓名：…), each once.
std::vector<std::string> NamesIn(std::string_view text);

// The text with these names masked wherever they stand, also those of `names`, and all that text::Redact masks. For
// what leaves of a confidential or anonymous request.
std::string MaskPeople(std::string_view text, const std::vector<std::string>& names = {});

}  // namespace minsheng::forms
