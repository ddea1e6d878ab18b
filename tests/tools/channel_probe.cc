// SPDX-License-Identifier: Apache-2.0
// One channel behind standard input and output, so that programs in other languages can talk with
// it over the very bytes of the wire. Tests only.
//
// One JSON object a line in, one out:
//   {"op":"make","type":"wechat","keys":"<body of its TOML table>"}
//   {"op":"clock","ms":1700000000000}
//   {"op":"receive","method":"POST","query":"a=1&b=2","body":"<base64>","reply":"text or absent"}
//   {"op":"send","id":"out-1","to":"openid","text":"...","facts":{}}
// Out: {"ok":true, ...} or {"ok":false,"kind":"denied","status":403,"what":"..."}. Bodies of
// answers are base64. HTTP calls of the channel are real ones, to any address.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "src/base/crypto.h"
#include "tests/support/fake_channel_host.h"

namespace minsheng {
namespace {

using nlohmann::json;

class ProbeHost final : public ChannelHost {
 public:
  const Clock& clock() const override { return clock_; }
  http::Client& http() override { return *client_; }
  ChannelState& state() override { return state_; }
  const std::string& data_folder() const override { return none_; }
  const std::string& public_url() const override { return none_; }
  void MoveTo(std::int64_t ms) { clock_.Advance(Millis(ms) - clock_.Now().time_since_epoch()); }

 private:
  ManualClock clock_;
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient({.allow_private_hosts = {"*"}});
  testing::MemoryChannelState state_;
  const std::string none_;
};

json Failed(const Error& error) {
  return {{"ok", false}, {"kind", Label(error.kind)}, {"status", HttpStatus(error.kind)}, {"what", error.what}};
}

json Wire(const http::Response& response) {
  return {{"status", response.status}, {"type", response.content_type}, {"body", crypto::Base64Encode(response.body)}};
}

json Receive(Channel& channel, const json& in) {
  http::Request request;
  request.method = in.at("method").get<std::string>();
  request.path = "/hook/test/a";
  request.query = http::ParseQuery(in.at("query").get<std::string>());
  request.body = crypto::Base64Decode(in.value("body", "")).value();
  const auto inbound = channel.Receive(request);
  if (!inbound) return Failed(inbound.error());
  json out{{"ok", true}, {"ack", Wire(inbound->ack)}, {"items", json::array()}, {"passive", nullptr}};
  for (const auto& item : inbound->items) out["items"].push_back(json::parse(Encode(item.message)));
  if (in.contains("reply") && inbound->passive) {
    Reply reply;
    reply.text = in.at("reply").get<std::string>();
    if (const auto answer = inbound->passive(reply)) out["passive"] = Wire(*answer);
  }
  return out;
}

json Send(Channel& channel, const json& in) {
  Reply reply;
  reply.id = in.at("id").get<std::string>();
  reply.to = in.at("to").get<std::string>();
  reply.text = in.at("text").get<std::string>();
  reply.facts = in.value("facts", std::map<std::string, std::string>{});
  const auto receipt = channel.Send(reply);
  if (!receipt) return Failed(receipt.error());
  return {{"ok", true}, {"platform_id", receipt->platform_id}};
}

json Handle(const json& in, ProbeHost& host, std::unique_ptr<Channel>& channel) {
  const std::string op = in.at("op").get<std::string>();
  if (op == "clock") {
    host.MoveTo(in.at("ms").get<std::int64_t>());
    return {{"ok", true}};
  }
  if (op == "make") {
    auto made = testing::MakeChannel(in.at("type").get<std::string>(), in.at("keys").get<std::string>(), host);
    if (!made) return Failed(made.error());
    channel = *std::move(made);
    return {{"ok", true}};
  }
  if (channel && op == "receive") return Receive(*channel, in);
  if (channel && op == "send") return Send(*channel, in);
  return {{"ok", false}, {"what", "unknown op, or no channel made"}};
}

}  // namespace
}  // namespace minsheng

int main() {
  minsheng::ProbeHost host;
  std::unique_ptr<minsheng::Channel> channel;
  for (std::string line; std::getline(std::cin, line);) {
    nlohmann::json out;
    try {
      out = minsheng::Handle(nlohmann::json::parse(line), host, channel);
    } catch (const std::exception& e) {
      out = {{"ok", false}, {"what", e.what()}};
    }
    std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }
}
