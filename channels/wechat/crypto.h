// SPDX-License-Identifier: Apache-2.0
// WeChat's message envelope: AES-256-CBC over a frame of random bytes, length, message and app id.
// Source: developers.weixin.qq.com, "消息推送 / 加解密说明". Pure functions, thread-safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace minsheng::wechat {

// EncodingAESKey (43 characters of base64) -> 32 bytes. The spare bits of the last character may
// be anything: WeChat's own console makes such keys.
std::optional<std::string> DecodeKey(std::string_view encoding_aes_key);

// `random16`: 16 bytes. Returns base64. `key` is what DecodeKey returned.
std::string Seal(const std::string& key, std::string_view random16, std::string_view message, std::string_view app_id);

// The message inside `encrypted`. Strict: base64, whole blocks of 32 bytes, padding 1..32 with all
// bytes equal, length within the frame, and exactly our app id behind the message. kInvalid says
// which check failed.
Result<std::string> Open(const std::string& key, std::string_view encrypted, std::string_view app_id);

}  // namespace minsheng::wechat
