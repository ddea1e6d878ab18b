// SPDX-License-Identifier: Apache-2.0
// Labelled requests from JSON lines: {"id", "text", "title"?, <label>, <accepted>?}. Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/rules/learn.h"

namespace minsheng::rules {

struct LabelMeaning {
  std::vector<std::string> labels;  // topics or categories; none: texts with this label are skipped
  bool uncertain = false;
};

struct LabelReading {
  std::string label_field = "label";
  std::string accepted_field;               // array of other right categories; may be absent in a line
  std::map<std::string, LabelMeaning> map;  // a label that is not in it stands for itself
};

// "城乡建设=urban" (certain), "教育=other,social-security" is wrong (two for certain), "教育~=other,social-security"
// (uncertain), "垃圾=" (skip).
Result<void> AddMeaning(std::string_view option, LabelReading* reading);

struct LabelledFile {
  std::vector<LabelledText> texts;
  std::size_t skipped = 0;  // lines without a label, or whose label is to be skipped
  std::vector<std::string>
      problems;  // "name:3: ..." for every bad line, both languages; then the texts are not complete
};

// `name` is for problems. A line without an id gets "name:line". Blank lines count for nothing.
LabelledFile ReadLabelled(std::string_view content, const std::string& name, const LabelReading& reading);

}  // namespace minsheng::rules
