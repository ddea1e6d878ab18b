// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/rules/rule_set.h"

namespace minsheng::rules {

Result<std::vector<SourceFile>> ReadFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<SourceFile> files;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return MakeError(ErrorKind::kNotFound, "规则文件夹不存在 / no such folder of rules: " + folder);
  }
  fs::recursive_directory_iterator it(folder, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error) || it->path().extension() != ".json") continue;
    std::ifstream in(it->path(), std::ios::binary);
    std::ostringstream content;
    if (in.peek() != std::ifstream::traits_type::eof()) content << in.rdbuf();
    if (in.bad() || (!in.is_open())) {
      return MakeError(ErrorKind::kUnavailable, "读不了规则文件 / cannot read " + it->path().string());
    }
    files.push_back({fs::path(it->path()).lexically_relative(folder).generic_string(), content.str()});
  }
  if (error)
    return MakeError(ErrorKind::kUnavailable, "读不了规则文件夹 / cannot read " + folder + ": " + error.message());
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

Result<void> WriteFolder(const std::vector<SourceFile>& files, const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_empty(folder, error)) {
    return MakeError(ErrorKind::kConflict,
                     folder + ": 文件夹不是空的，不覆盖任何东西 / the folder is not empty; nothing is overwritten");
  }
  for (const SourceFile& f : files) {
    const fs::path path = fs::path(f.path).lexically_normal();
    if (path.is_absolute() || path.empty() || *path.begin() == "..") {
      return MakeError(ErrorKind::kInvalid, f.path + ": 路径不在文件夹之内 / this path leads out of the folder");
    }
  }
  for (const SourceFile& f : files) {
    const fs::path path = fs::path(folder) / f.path;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary);
    out << f.content;
    out.close();
    if (!out) return MakeError(ErrorKind::kUnavailable, "写不了文件 / cannot write " + path.string());
  }
  return {};
}

}  // namespace minsheng::rules
