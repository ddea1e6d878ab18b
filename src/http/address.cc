// SPDX-License-Identifier: Apache-2.0
#include "src/http/address.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <optional>

namespace minsheng::http {
namespace {

using V6 = std::array<std::uint8_t, 16>;

std::optional<std::uint32_t> ParseV4(const std::string& text) {
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) != 1) return std::nullopt;
  return ntohl(v4.s_addr);
}

std::optional<V6> ParseV6(const std::string& text) {
  V6 bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

struct Range {
  std::uint32_t base;
  int bits;
};

constexpr Range kPrivateV4[] = {
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // RFC 1918
    {0x64400000, 10},  // CGNAT
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local, cloud metadata
    {0xAC100000, 12},  // RFC 1918
    {0xC0000000, 24},  // protocol assignments
    {0xC0A80000, 16},  // RFC 1918
    {0xC6120000, 15},  // benchmarking
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved and broadcast
};

bool PrivateV4(std::uint32_t address) {
  for (const Range& range : kPrivateV4) {
    if ((address >> (32 - range.bits)) == (range.base >> (32 - range.bits))) return true;
  }
  return false;
}

std::uint32_t V4At(const V6& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         std::uint32_t{bytes[at + 3]};
}

bool StartsWith(const V6& bytes, std::initializer_list<std::uint8_t> prefix) {
  std::size_t i = 0;
  for (std::uint8_t byte : prefix) {
    if (bytes[i++] != byte) return false;
  }
  return true;
}

bool PrivateV6(const V6& bytes) {
  if (StartsWith(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return PrivateV4(V4At(bytes, 12));  // mapped
  if (StartsWith(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) return true;  // ::, ::1 and the outdated ::a.b.c.d
  if (StartsWith(bytes, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return PrivateV4(V4At(bytes, 12));  // NAT64
  if (StartsWith(bytes, {0, 0x64, 0xFF, 0x9B, 0, 1})) return true;        // local-use NAT64
  if (StartsWith(bytes, {0x20, 0x02})) return PrivateV4(V4At(bytes, 2));  // 6to4
  if (StartsWith(bytes, {0x20, 0x01, 0, 0})) return true;                 // Teredo
  if ((bytes[0] & 0xFE) == 0xFC) return true;                             // ULA
  if (bytes[0] == 0xFE && (bytes[1] & 0x80) == 0x80) return true;         // link-local and old site-local
  return bytes[0] == 0xFF;                                                // multicast
}

}  // namespace

bool IsAddress(std::string_view text) {
  const std::string copy(text);
  return ParseV4(copy).has_value() || ParseV6(copy).has_value();
}

bool IsLoopbackAddress(std::string_view text) {
  const std::string copy(text);
  if (const auto v4 = ParseV4(copy)) return *v4 >> 24 == 127;
  const auto v6 = ParseV6(copy);
  if (!v6) return false;
  if (StartsWith(*v6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return (*v6)[12] == 127;
  return StartsWith(*v6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

bool IsPrivateAddress(std::string_view text) {
  const std::string copy(text);
  if (const auto v4 = ParseV4(copy)) return PrivateV4(*v4);
  const auto v6 = ParseV6(copy);
  return !v6 || PrivateV6(*v6);
}

}  // namespace minsheng::http
