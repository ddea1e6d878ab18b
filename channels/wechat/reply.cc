// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/reply.h"

#include <nlohmann/json.hpp>

#include "src/text/utf8.h"

namespace minsheng::wechat {
namespace {

std::string Element(std::string_view name, std::string_view value) {
  return "<" + std::string(name) + ">" + std::string(value) + "</" + std::string(name) + ">";
}

std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string Plain(std::string_view text) {
  const std::string clean = text::Repair(text);
  std::string out;
  out.reserve(clean.size());
  for (std::size_t pos = 0; pos < clean.size();) {
    const char32_t c = text::NextCodePoint(clean, &pos);
    if (c == U'<') {
      out += "＜";
    } else {
      text::AppendUtf8(c == 0xFFFE || c == 0xFFFF ? 0xFFFD : c, &out);
    }
  }
  return out;
}

std::string Cdata(std::string_view text) {
  constexpr std::string_view kEnd = "]]>";
  std::string out = "<![CDATA[";
  for (std::size_t at = text.find(kEnd); at != std::string_view::npos; at = text.find(kEnd)) {
    out += text.substr(0, at + 2);
    out += "]]><![CDATA[";
    text.remove_prefix(at + 2);
  }
  out += text;
  out += kEnd;
  return out;
}

std::string Encode(const TextAnswer& answer, Format format) {
  if (format == Format::kJson) {
    return Dump({{"ToUserName", answer.to},
                 {"FromUserName", answer.from},
                 {"CreateTime", answer.seconds},
                 {"MsgType", "text"},
                 {"Content", answer.content}});
  }
  return "<xml>" + Element("ToUserName", Cdata(answer.to)) + Element("FromUserName", Cdata(answer.from)) +
         Element("CreateTime", std::to_string(answer.seconds)) + Element("MsgType", Cdata("text")) +
         Element("Content", Cdata(answer.content)) + "</xml>";
}

std::string Encode(const SealedAnswer& answer, Format format) {
  if (format == Format::kJson) {
    return Dump({{"Encrypt", answer.encrypt},
                 {"MsgSignature", answer.signature},
                 {"TimeStamp", answer.seconds},
                 {"Nonce", answer.nonce}});
  }
  return "<xml>" + Element("Encrypt", Cdata(answer.encrypt)) + Element("MsgSignature", Cdata(answer.signature)) +
         Element("TimeStamp", std::to_string(answer.seconds)) + Element("Nonce", Cdata(answer.nonce)) + "</xml>";
}

}  // namespace minsheng::wechat
