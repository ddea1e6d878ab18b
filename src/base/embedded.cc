// SPDX-License-Identifier: Apache-2.0
#include "src/base/embedded.h"

#define MINSHENG_EMBEDDED(index, path)     \
  extern const char ms_embedded_##index[]; \
  extern const char ms_embedded_end_##index[];
extern "C" {
#include "embedded_table.inc"
}
#undef MINSHENG_EMBEDDED

namespace minsheng {

const std::vector<EmbeddedFile>& EmbeddedFiles() {
#define MINSHENG_EMBEDDED(index, path) \
  {path, {ms_embedded_##index, static_cast<std::size_t>(ms_embedded_end_##index - ms_embedded_##index)}},
  static const std::vector<EmbeddedFile> files{
#include "embedded_table.inc"
  };
#undef MINSHENG_EMBEDDED
  return files;
}

std::string_view EmbeddedContent(std::string_view path) {
  for (const auto& file : EmbeddedFiles()) {
    if (file.path == path) return file.content;
  }
  return {};
}

}  // namespace minsheng
