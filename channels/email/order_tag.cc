// SPDX-License-Identifier: Apache-2.0
#include "channels/email/order_tag.h"

#include <algorithm>

#include "src/base/crypto.h"
#include "src/mail/header_text.h"
#include "src/text/utf8.h"

namespace minsheng::email {
namespace {

constexpr std::size_t kTokenChars = 8;
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsTokenChar(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Length of "20150810-00042-k7m2q9ax" at the beginning of `s`; 0: it is none.
std::size_t TagLength(std::string_view s) {
  std::size_t i = 0;
  const auto digits = [&](std::size_t least, std::size_t most) {
    const auto begin = i;
    while (i < s.size() && i - begin < most && IsDigit(s[i])) ++i;
    return i - begin >= least;
  };
  const auto dash = [&] { return i < s.size() && s[i++] == '-'; };
  if (!digits(8, 8) || !dash() || !digits(5, 9) || !dash()) return 0;
  const auto begin = i;
  while (i < s.size() && IsTokenChar(s[i])) ++i;
  return i - begin == kTokenChars ? i : 0;
}

}  // namespace

std::string OrderTags::TokenOf(std::string_view number) const {
  const auto mac = crypto::HmacSha256(key_.Reveal(), "order." + std::string(number) + "." + address_);
  std::string token = std::string(number) + "-";
  std::uint64_t bits = 0;
  for (int i = 0; i < 5; ++i) bits = bits << 8 | static_cast<unsigned char>(mac[static_cast<std::size_t>(i)]);
  for (std::size_t i = 0; i < kTokenChars; ++i) token += kAlphabet[bits >> (35 - 5 * i) & 31];
  return token;
}

std::optional<std::string> OrderTags::Genuine(std::string_view token) const {
  if (key_.empty()) return std::nullopt;
  const auto number = token.substr(0, token.size() - kTokenChars - 1);
  if (!crypto::ConstantTimeEqual(mail::Lower(token), TokenOf(number))) return std::nullopt;
  return std::string(number);
}

std::string OrderTags::Mark(std::string_view subject, std::string_view number) const {
  if (key_.empty() || number.empty()) return std::string(subject);
  return Unmarked(subject) + " [#" + TokenOf(number) + "]";
}

std::string OrderTags::ReplyTo(std::string_view number) const {
  const auto at = address_.rfind('@');
  if (key_.empty() || number.empty() || at == std::string::npos) return "";
  return address_.substr(0, at) + "+" + TokenOf(number) + address_.substr(at);
}

std::optional<std::string> OrderTags::OrderOf(std::string_view subject, const std::vector<std::string>& to) const {
  for (auto at = subject.rfind('#'); at != std::string_view::npos; at = at == 0 ? at - 1 : subject.rfind('#', at - 1)) {
    const auto rest = subject.substr(at + 1);
    const auto length = TagLength(rest);
    if (length == 0) continue;
    if (auto number = Genuine(rest.substr(0, length))) return number;
  }
  const auto sign = address_.rfind('@');
  if (sign == std::string::npos) return std::nullopt;
  const auto local = address_.substr(0, sign) + "+";
  const auto domain = address_.substr(sign);
  for (const auto& address : to) {
    if (!address.starts_with(local) || !address.ends_with(domain) || address.size() <= local.size() + domain.size())
      continue;
    const auto token = std::string_view(address).substr(local.size(), address.size() - local.size() - domain.size());
    if (TagLength(token) != token.size()) continue;
    if (auto number = Genuine(token)) return number;
  }
  return std::nullopt;
}

std::string OrderTags::Unmarked(std::string_view subject) {
  std::string out(subject);
  for (auto at = out.find("[#"); at != std::string::npos; at = out.find("[#", at)) {
    const auto length = TagLength(std::string_view(out).substr(at + 2));
    const auto end = at + 2 + length;
    if (length == 0 || end >= out.size() || out[end] != ']') {
      ++at;
      continue;
    }
    out.erase(at, end + 1 - at);
  }
  return std::string(text::Trim(out));
}

}  // namespace minsheng::email
