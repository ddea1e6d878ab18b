// SPDX-License-Identifier: Apache-2.0
// Writing a file so that readers, and whoever starts after a crash, find the old content or the new, never half.
#pragma once
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace minsheng {

// Writes beside `path`, syncs, renames over it, syncs the folder. The mode of an existing file is kept, a new one
// is 0644. kUnavailable with the system's words when something fails; the old file is untouched then.
Result<void> ReplaceFile(const std::string& path, std::string_view bytes);

}  // namespace minsheng
