// SPDX-License-Identifier: Apache-2.0
#include "src/base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace minsheng::crypto {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

std::string Digest(const EVP_MD* kind, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int n = 0;
  if (EVP_Digest(data.data(), data.size(), out.data(), &n, kind, nullptr) != 1) std::abort();
  return {reinterpret_cast<const char*>(out.data()), n};
}

std::array<std::int8_t, 256> DecodeTable() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    table[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  return table;
}

std::optional<std::string> AesCbc(bool encrypt, std::string_view key, std::string_view iv, std::string_view data) {
  if (key.size() != 32 || iv.size() != 16 || data.size() % 16 != 0) return std::nullopt;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> ctx(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string out(data.size(), '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int n = 0;
  int tail = 0;
  if (!ctx || EVP_CipherInit_ex(ctx.get(), EVP_aes_256_cbc(), nullptr, Bytes(key), Bytes(iv), encrypt ? 1 : 0) != 1)
    return std::nullopt;
  EVP_CIPHER_CTX_set_padding(ctx.get(), 0);
  if (EVP_CipherUpdate(ctx.get(), to, &n, Bytes(data), static_cast<int>(data.size())) != 1) return std::nullopt;
  if (EVP_CipherFinal_ex(ctx.get(), to + n, &tail) != 1) return std::nullopt;
  return out;
}

constexpr std::size_t kGcmKey = 32;
constexpr std::size_t kGcmNonce = 12;
constexpr std::size_t kGcmTag = 16;
constexpr std::size_t kLongestGcm = std::size_t{1} << 30;  // OpenSSL counts in int

// Fetched once and held by each thread: looking a cipher up costs more than a short text.
EVP_CIPHER_CTX* GcmContext() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                             &EVP_CIPHER_CTX_free);
  if (cipher == nullptr || !context || EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, 1, nullptr) != 1) {
    std::abort();
  }
  return context.get();
}

}  // namespace

struct Sha256Stream::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256Stream::Sha256Stream() : context_(new Context) {
  if (EVP_DigestInit_ex(context_->digest.get(), EVP_sha256(), nullptr) != 1) std::abort();
}
Sha256Stream::~Sha256Stream() { delete context_; }

void Sha256Stream::Add(std::string_view piece) {
  if (EVP_DigestUpdate(context_->digest.get(), piece.data(), piece.size()) != 1) std::abort();
}

std::string Sha256Stream::Hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int n = 0;
  if (EVP_DigestFinal_ex(context_->digest.get(), out.data(), &n) != 1) std::abort();
  return crypto::Hex({reinterpret_cast<const char*>(out.data()), n});
}

std::string AesGcmSeal(std::string_view key, std::string_view nonce, std::string_view aad, std::string_view text) {
  if (key.size() != kGcmKey || nonce.size() != kGcmNonce || text.size() > kLongestGcm) std::abort();
  EVP_CIPHER_CTX* const context = GcmContext();
  std::string out(text.size() + kGcmTag, '\0');
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  int n = 0;
  if (EVP_EncryptInit_ex2(context, nullptr, Bytes(key), Bytes(nonce), nullptr) != 1 ||
      EVP_EncryptUpdate(context, nullptr, &n, Bytes(aad), static_cast<int>(aad.size())) != 1 ||
      EVP_EncryptUpdate(context, to, &n, Bytes(text), static_cast<int>(text.size())) != 1 ||
      EVP_EncryptFinal_ex(context, to + n, &n) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kGcmTag, to + text.size()) != 1) {
    std::abort();
  }
  return out;
}

std::optional<std::string> AesGcmOpen(std::string_view key, std::string_view nonce, std::string_view aad,
                                      std::string_view sealed) {
  if (key.size() != kGcmKey || nonce.size() != kGcmNonce || sealed.size() < kGcmTag || sealed.size() > kLongestGcm) {
    return std::nullopt;
  }
  EVP_CIPHER_CTX* const context = GcmContext();
  std::string out(sealed.size() - kGcmTag, '\0');
  std::string tag(sealed.substr(out.size()));
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  int n = 0;
  if (EVP_DecryptInit_ex2(context, nullptr, Bytes(key), Bytes(nonce), nullptr) != 1 ||
      EVP_DecryptUpdate(context, nullptr, &n, Bytes(aad), static_cast<int>(aad.size())) != 1 ||
      EVP_DecryptUpdate(context, to, &n, Bytes(sealed), static_cast<int>(out.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kGcmTag, tag.data()) != 1 ||
      EVP_DecryptFinal_ex(context, to + n, &n) != 1) {
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    int byte = 0;
    for (const char c : hex.substr(i, 2)) {
      const char low = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
      const auto digit = kHexDigits.find(low);
      if (digit == std::string_view::npos) return std::nullopt;
      byte = byte * 16 + static_cast<int>(digit);
    }
    out += static_cast<char>(byte);
  }
  return out;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const unsigned char b : bytes) {
    out += kHexDigits[b >> 4];
    out += kHexDigits[b & 15];
  }
  return out;
}

std::string Sha1Hex(std::string_view data) { return Hex(Digest(EVP_sha1(), data)); }
std::string Sha256(std::string_view data) { return Digest(EVP_sha256(), data); }
std::string Sha256Hex(std::string_view data) { return Hex(Digest(EVP_sha256(), data)); }

std::string HmacSha256(std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int n = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(data), data.size(), out.data(), &n))
    std::abort();
  return {reinterpret_cast<const char*>(out.data()), n};
}

std::string Base64Encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  if (!bytes.empty()) {
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), Bytes(bytes), static_cast<int>(bytes.size()));
  }
  return out;
}

std::optional<std::string> Base64Decode(std::string_view text, bool lenient_tail) {
  static const auto table = DecodeTable();
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t pad = 0;
  while (pad < 2 && pad < text.size() && text[text.size() - 1 - pad] == '=') ++pad;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int have = 0;
  for (const unsigned char c : text.substr(0, text.size() - pad)) {
    if (table[c] < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(table[c]);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>((bits >> have) & 0xFF);
    }
  }
  if (!lenient_tail && (bits & ((1U << have) - 1)) != 0) return std::nullopt;
  return out;
}

std::optional<std::string> AesCbcEncrypt(std::string_view key, std::string_view iv, std::string_view data) {
  return AesCbc(true, key, iv, data);
}
std::optional<std::string> AesCbcDecrypt(std::string_view key, std::string_view iv, std::string_view data) {
  return AesCbc(false, key, iv, data);
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomBytes(std::size_t n) {
  std::string out(n, '\0');
  if (n != 0 && RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(n)) != 1) std::abort();
  return out;
}

std::uint32_t Crc32(std::initializer_list<std::string_view> parts) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const auto part : parts) {
    for (const unsigned char b : part) {
      crc ^= b;
      for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~crc;
}

}  // namespace minsheng::crypto
