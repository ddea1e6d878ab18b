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
std::string Sha256(std::string_view data);                            // 32 raw bytes
std::string Hex(std::string_view bytes);
std::optional<std::string> FromHex(std::string_view hex);  // either case; nullopt when it is none

// SHA-256 of what comes piece by piece.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Add(std::string_view piece);
  std::string Hex();  // of all pieces; once

 private:
  struct Context;
  Context* context_;
};

std::string Base64Encode(std::string_view bytes);
// Standard alphabet; empty on any other byte or wrong length. `lenient_tail` accepts non-zero
// spare bits in the last character (WeChat's EncodingAESKey has them).
std::optional<std::string> Base64Decode(std::string_view text, bool lenient_tail = false);

// AES-256-CBC without padding. key 32 bytes, iv 16 bytes, data a multiple of 16; else nullopt.
std::optional<std::string> AesCbcEncrypt(std::string_view key, std::string_view iv, std::string_view data);
std::optional<std::string> AesCbcDecrypt(std::string_view key, std::string_view iv, std::string_view data);

// AES-256-GCM (NIST SP 800-38D): ciphertext, then the 16 bytes of the tag. key 32 bytes, nonce 12 bytes and never
// twice with one key. `aad` is not kept, but must be the same to open. AesGcmOpen: nullopt when anything is not as
// sealed.
std::string AesGcmSeal(std::string_view key, std::string_view nonce, std::string_view aad, std::string_view text);
std::optional<std::string> AesGcmOpen(std::string_view key, std::string_view nonce, std::string_view aad,
                                      std::string_view sealed);

// Equal in time that depends on the lengths only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

std::string RandomBytes(std::size_t n);  // from the system's CSPRNG

// CRC-32 (ISO-HDLC, as zlib), for partitions.
std::uint32_t Crc32(std::initializer_list<std::string_view> parts);

}  // namespace minsheng::crypto
