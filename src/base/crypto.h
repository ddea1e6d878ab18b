// SPDX-License-Identifier: Apache-2.0
// Digests, encodings and random bytes, over OpenSSL. Pure functions, thread-safe.
// The only file with <openssl/*> is crypto.cc.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace minsheng::crypto {

std::string Sha1Hex(std::string_view data);                           // 40 lower-case hex digits
std::string Sha256Hex(std::string_view data);                         // 64 lower-case hex digits
std::string HmacSha256(std::string_view key, std::string_view data);  // 32 raw bytes
std::string Hex(std::string_view bytes);

std::string Base64Encode(std::string_view bytes);
// Standard alphabet; empty on any other byte or wrong length. `lenient_tail` accepts non-zero
// spare bits in the last character (WeChat's EncodingAESKey has them).
std::optional<std::string> Base64Decode(std::string_view text, bool lenient_tail = false);

// AES-256-CBC without padding. key 32 bytes, iv 16 bytes, data a multiple of 16; else nullopt.
std::optional<std::string> AesCbcEncrypt(std::string_view key, std::string_view iv, std::string_view data);
std::optional<std::string> AesCbcDecrypt(std::string_view key, std::string_view iv, std::string_view data);

// Equal in time that depends on the lengths only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

std::string RandomBytes(std::size_t n);  // from the system's CSPRNG

// CRC-32 (ISO-HDLC, as zlib), for partitions.
std::uint32_t Crc32(std::initializer_list<std::string_view> parts);

}  // namespace minsheng::crypto
