// SPDX-License-Identifier: Apache-2.0
#include "src/stream/url.h"

#include <charconv>
#include <optional>

namespace minsheng::stream {
namespace {

constexpr std::size_t kSocketPathMax = 107;  // sun_path of unix(7), less the final zero

std::optional<int> WholeNumber(std::string_view text, int min, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max) return std::nullopt;
  return value;
}

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* begin = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

Fail BadUrl(std::string_view why) {
  return MakeError(ErrorKind::kInvalid,
                   "redis.url: " + std::string(why) +
                       "; write unix:/path/redis.sock or redis://[user:password@]host:port[/db] "
                       "(redis.url 的写法：unix:/路径/redis.sock 或 redis://[用户:密码@]主机:端口[/库号])");
}

Result<Address> ParseUnix(std::string_view path) {
  if (path.starts_with("//")) path.remove_prefix(2);
  if (!path.starts_with('/')) return BadUrl("the socket needs an absolute path");
  if (path.size() > kSocketPathMax) return BadUrl("the socket path is longer than 107 bytes");
  Address address;
  address.socket = path;
  return address;
}

// "host:port", "[::1]:port", "host"
bool ReadHost(std::string_view text, Address* address) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    address->host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    address->host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (address->host.empty()) return false;
  if (port.empty()) return true;
  const auto number = port.starts_with(':') ? WholeNumber(port.substr(1), 1, 65535) : std::nullopt;
  if (!number) return false;
  address->port = *number;
  return true;
}

}  // namespace

Result<Address> ParseUrl(std::string_view url) {
  if (url.starts_with("unix:")) return ParseUnix(url.substr(5));
  if (url.starts_with("rediss:"))
    return BadUrl("Redis over TLS is reached through stunnel; give the address of the local stunnel");
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme)) return BadUrl("unknown scheme");
  url.remove_prefix(kScheme.size());

  Address address;
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto login = url.substr(0, at);
    const auto colon = login.find(':');
    if (colon == std::string_view::npos) return BadUrl("a login needs user:password (or :password)");
    const auto user = PercentDecoded(login.substr(0, colon));
    const auto password = PercentDecoded(login.substr(colon + 1));
    if (!user || !password) return BadUrl("bad percent-encoding in the login");
    address.user = *user;
    address.password = *password;
    url.remove_prefix(at + 1);
  }
  if (const auto slash = url.find('/'); slash != std::string_view::npos) {
    if (const auto text = url.substr(slash + 1); !text.empty()) {
      const auto database = WholeNumber(text, 0, 1'000'000);
      if (!database) return BadUrl("the database after / is a number");
      address.database = *database;
    }
    url = url.substr(0, slash);
  }
  if (!ReadHost(url, &address)) return BadUrl("bad host or port");
  return address;
}

}  // namespace minsheng::stream
