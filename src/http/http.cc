// SPDX-License-Identifier: Apache-2.0
#include "src/http/http.h"

#include "src/base/log.h"

namespace minsheng::http {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsUnreserved(char c) {  // RFC 3986 section 2.3
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void AnswerDropped(std::unique_ptr<Responder::Sink> sink) {
  if (!sink) return;
  log::Error("request-dropped-unanswered");
  Response response;
  response.status = 500;
  response.body = "internal error\n";
  sink->Send(std::move(response), {});
}

}  // namespace

std::optional<std::string> Request::Query(std::string_view key) const {
  std::optional<std::string> found;
  for (const auto& [name, value] : query) {
    if (name != key) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

std::string Request::Header(std::string_view lower_case_name) const {
  const auto at = headers.find(std::string(lower_case_name));
  return at == headers.end() ? std::string() : at->second;
}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    AnswerDropped(std::move(sink_));
    sink_ = std::move(other.sink_);
  }
  return *this;
}

Responder::~Responder() { AnswerDropped(std::move(sink_)); }

void Responder::Send(Response response, std::function<void(bool written)> done) {
  const std::unique_ptr<Sink> sink = std::move(sink_);
  if (sink) {
    sink->Send(std::move(response), std::move(done));
    return;
  }
  log::Error("request-answered-twice");
  if (done) done(false);
}

std::string PercentEncode(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size());
  for (char c : bytes) {
    if (IsUnreserved(c)) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      bytes += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      bytes += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

Headers ParseQuery(std::string_view query) {
  Headers pairs;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = PercentDecode(pair.substr(0, equals), true);
    auto value = PercentDecode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (name && value) pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

}  // namespace minsheng::http
