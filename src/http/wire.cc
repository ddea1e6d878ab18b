// SPDX-License-Identifier: Apache-2.0
#include "src/http/wire.h"

#include <algorithm>
#include <charconv>

namespace minsheng::http {
namespace {

char LowerChar(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsTokenChar(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), LowerChar);
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerChar(x) == LowerChar(y); });
}

bool IsToken(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar); }

bool IsHeaderValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return IsControl(c) && c != '\t'; });
}

std::optional<std::string> DecodePath(std::string_view raw) {
  if (raw.empty() || raw.front() != '/') return std::nullopt;
  const std::string lower = LowerAscii(raw);
  if (lower.find("%2f") != std::string::npos || lower.find("%5c") != std::string::npos) return std::nullopt;
  auto path = PercentDecode(raw, false);
  if (!path || std::any_of(path->begin(), path->end(), IsControl)) return std::nullopt;
  if (path->find('\\') != std::string::npos) return std::nullopt;
  for (std::size_t at = 0; at != std::string::npos; at = path->find('/', at + 1)) {
    const std::size_t end = std::min(path->find('/', at + 1), path->size());
    const std::string_view segment = std::string_view(*path).substr(at + 1, end - at - 1);
    if (segment == "." || segment == "..") return std::nullopt;
  }
  return path;
}

std::optional<std::uint64_t> ParseContentLength(std::string_view text) {
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

std::optional<std::string> ProblemOf(const Response& response) {
  if (response.status < 200 || response.status > 599) return "status outside 200..599";
  if (!IsHeaderValue(response.content_type)) return "control byte in the content type";
  int cookies = 0;
  for (const auto& [name, value] : response.headers) {
    if (!IsToken(name)) return "bad header name";
    if (!IsHeaderValue(value)) return "control byte in header " + name;
    for (std::string_view ours : {"content-length", "transfer-encoding", "connection", "content-type"}) {
      if (EqualsIgnoreCase(name, ours)) return "header " + name + " belongs to the server";
    }
    // The library joins repeated headers with a comma, which breaks cookies.
    if (EqualsIgnoreCase(name, "set-cookie") && ++cookies > 1) return "Set-Cookie twice";
  }
  return std::nullopt;
}

}  // namespace minsheng::http
