// SPDX-License-Identifier: Apache-2.0
// Files of rules/ and config/ that were put into the binary when it was built.
#pragma once
#include <string_view>
#include <vector>

namespace minsheng {

struct EmbeddedFile {
  std::string_view path;  // "rules/categories.json"
  std::string_view content;
};

// Sorted by path; lives for ever.
const std::vector<EmbeddedFile>& EmbeddedFiles();
// Empty when there is no such file.
std::string_view EmbeddedContent(std::string_view path);

}  // namespace minsheng
