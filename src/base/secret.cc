// SPDX-License-Identifier: Apache-2.0
#include "src/base/secret.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace minsheng {

Result<Secret> ReadSecret(std::string_view reference) {
  if (reference.starts_with("env:")) {
    const std::string name(reference.substr(4));
    const char* value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0') return Secret(value);
    return MakeError(ErrorKind::kNotFound,
                     fmt::format("环境变量 {} 未设置 / environment variable {} is not set", name, name));
  }
  if (!reference.starts_with("file:")) {
    return MakeError(ErrorKind::kInvalid,
                     "密钥不能写在配置里，请用 \"env:名称\" 或 \"file:/路径\" / "
                     "a secret may not stand here: use \"env:NAME\" or \"file:/path\"");
  }
  const std::string path(reference.substr(5));
  struct stat st {};
  std::ifstream in(path, std::ios::binary);
  if (stat(path.c_str(), &st) != 0 || !in) {
    return MakeError(ErrorKind::kNotFound,
                     fmt::format("读不到密钥文件 {} / cannot read the secret file {}", path, path));
  }
  if ((st.st_mode & S_IROTH) != 0) {
    return MakeError(
        ErrorKind::kDenied,
        fmt::format("密钥文件 {} 对所有人可读，请 chmod 600 / the secret file {} is readable by everyone: chmod 600",
                    path, path));
  }
  std::string value((std::istreambuf_iterator<char>(in)), {});
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
  return Secret(std::move(value));
}

}  // namespace minsheng
