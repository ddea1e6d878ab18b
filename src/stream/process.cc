// SPDX-License-Identifier: Apache-2.0
#include "src/stream/process.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "src/base/crypto.h"

namespace minsheng::stream {

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? text.str() : std::string{};
}

std::optional<long long> ProcessStart(int pid) {
  const std::string stat = ReadWholeFile("/proc/" + std::to_string(pid) + "/stat");
  if (stat.empty()) {  // no such process, or /proc could not be read: only the first is an answer
    if (::kill(pid, 0) != 0 && errno == ESRCH) return 0;
    return std::nullopt;
  }
  // The second field is the name in parentheses and may hold anything, also ") ".
  const auto close = stat.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(close + 1));
  std::string field;
  fields >> field;  // 3: state
  if (field == "Z" || field == "X") return 0;
  for (int i = 4; i <= 22 && fields; ++i) fields >> field;  // 22: starttime
  if (!fields) return std::nullopt;
  return std::stoll(field);
}

const std::string& MachineName() {
  static const std::string name = [] {
    std::array<char, 128> link{};
    const auto size = ::readlink("/proc/self/ns/pid", link.data(), link.size());
    const std::string ns = size > 0 ? std::string(link.data(), static_cast<std::size_t>(size)) : std::string{};
    const std::string boot = ReadWholeFile("/proc/sys/kernel/random/boot_id");
    return crypto::Sha256Hex(boot.empty() || ns.empty() ? crypto::RandomBytes(16) : boot + ns).substr(0, 16);
  }();
  return name;
}

}  // namespace minsheng::stream
