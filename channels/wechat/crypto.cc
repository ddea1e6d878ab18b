// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/crypto.h"

#include <algorithm>
#include <cstdint>

#include "src/base/crypto.h"

namespace minsheng::wechat {
namespace {

constexpr std::size_t kBlock = 32;  // padding goes to 32, although AES blocks are 16
constexpr std::size_t kHead = 20;   // random bytes and length

}  // namespace

std::optional<std::string> DecodeKey(std::string_view encoding_aes_key) {
  if (encoding_aes_key.size() != 43 || encoding_aes_key.back() == '=') return std::nullopt;
  auto key = crypto::Base64Decode(std::string(encoding_aes_key) + "=", /*lenient_tail=*/true);
  return key && key->size() == 32 ? key : std::nullopt;
}

std::string Seal(const std::string& key, std::string_view random16, std::string_view message, std::string_view app_id) {
  std::string frame(random16);
  const auto size = static_cast<std::uint32_t>(message.size());
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>((size >> shift) & 0xFF);
  frame += message;
  frame += app_id;
  const std::size_t pad = kBlock - frame.size() % kBlock;
  frame.append(pad, static_cast<char>(pad));
  return crypto::Base64Encode(crypto::AesCbcEncrypt(key, std::string_view(key).substr(0, 16), frame).value());
}

Result<std::string> Open(const std::string& key, std::string_view encrypted, std::string_view app_id) {
  const auto refuse = [](const char* why) { return MakeError(ErrorKind::kInvalid, why); };
  const auto cipher = crypto::Base64Decode(encrypted);
  if (!cipher) return refuse("Encrypt is not base64");
  if (cipher->empty() || cipher->size() % kBlock != 0) return refuse("Encrypt is not a multiple of 32 bytes");
  const auto frame = crypto::AesCbcDecrypt(key, std::string_view(key).substr(0, 16), *cipher);
  if (!frame) return refuse("Encrypt cannot be decrypted");
  const auto pad = static_cast<unsigned char>(frame->back());
  if (pad < 1 || pad > kBlock || pad > frame->size() - 1) return refuse("padding is not 1..32; is aes_key right?");
  const std::string_view padding = std::string_view(*frame).substr(frame->size() - pad);
  if (std::any_of(padding.begin(), padding.end(), [&](char c) { return static_cast<unsigned char>(c) != pad; })) {
    return refuse("padding bytes differ; is aes_key right?");
  }
  const std::string_view body = std::string_view(*frame).substr(0, frame->size() - pad);
  if (body.size() < kHead) return refuse("frame is shorter than its head");
  std::size_t size = 0;
  for (const char c : body.substr(16, 4)) size = size << 8 | static_cast<unsigned char>(c);
  if (size > body.size() - kHead) return refuse("message length is beyond the frame");
  if (body.substr(kHead + size) != app_id) return refuse("sealed for another app_id");
  return std::string(body.substr(kHead, size));
}

}  // namespace minsheng::wechat
