// SPDX-License-Identifier: Apache-2.0
#include "channels/weibo/weibo.h"

#include <optional>
#include <utility>

#include "channels/parts.h"
#include "channels/push_door.h"
#include "channels/weibo/api.h"
#include "channels/weibo/push.h"
#include "src/base/crypto.h"
#include "src/base/log.h"
#include "src/text/utf8.h"

namespace minsheng::weibo {
namespace {

// Four bytes at most for each of the characters allowed.
constexpr std::size_t kMaxTextBytes = kMaxTextChars * 4;

std::optional<http::Response> Passive(const std::string& ours, const std::string& fan, const Reply& reply) {
  const std::string content = text::Repair(reply.text);
  if (text::Trim(content).empty() || text::CountChars(content) > kMaxTextChars) return std::nullopt;
  http::Response response;
  response.body = PassiveText(ours, fan, content);
  response.content_type = "application/json; charset=utf-8";
  return response;
}

Message UnreadableMessage(const http::Request& request, const std::string& why) {
  log::Warn("weibo-push-unreadable", {{"error", why}, {"bytes", request.body.size()}});
  Message m;
  m.kind = Kind::kUnreadable;
  m.source_id = push::UnreadableId(request.body);
  m.facts["error"] = why;
  m.sent_at = FromMs(push::ParseCount(request.Query("timestamp").value_or("")).value_or(0));
  return m;
}

}  // namespace

WeiboChannel::WeiboChannel(Settings settings, ChannelHost& host)
    : settings_(std::make_shared<const Settings>(std::move(settings))), host_(host) {}

Result<void> WeiboChannel::CheckDoor(const http::Request& request) const {
  const auto signature = push::Required(request, "signature");
  if (!signature) return Fail(signature.error());
  const auto timestamp = push::Required(request, "timestamp");
  if (!timestamp) return Fail(timestamp.error());
  const auto nonce = push::Required(request, "nonce");
  if (!nonce) return Fail(nonce.error());
  const auto expected = push::Signature({settings_->app_secret.Reveal(), *timestamp, *nonce});
  if (!crypto::ConstantTimeEqual(expected, *signature)) {
    return MakeError(ErrorKind::kDenied, "signature does not match; is `app_secret` the one of the application?");
  }
  return push::CheckFresh(*timestamp, Millis(1), host_.clock().Now(), settings_->signature_window);
}

Result<Message> WeiboChannel::Read(std::string_view body) const {
  const auto tree = ReadTree(body);
  if (!tree) return Fail(tree.error());
  return ToMessage(*tree);
}

Result<Inbound> WeiboChannel::Receive(const http::Request& request) {
  const bool verification = request.method == "GET";
  if (!verification && request.body.empty()) return MakeError(ErrorKind::kInvalid, "the push has no body");
  if (auto door = CheckDoor(request); !door) return Fail(door.error());
  Inbound inbound;
  if (verification) {
    const auto echo = push::Required(request, "echostr");
    if (!echo) return Fail(echo.error());
    inbound.ack.body = *echo;
    return inbound;
  }
  auto message = Read(request.body);
  Message item = message ? *std::move(message) : UnreadableMessage(request, message.error().what);
  item.line = settings_->line;
  inbound.raw = request.body;
  if (item.kind != Kind::kUnreadable) {
    const std::string ours = item.Fact("to_account");
    if (!settings_->uid.empty() && ours != settings_->uid) {
      return MakeError(ErrorKind::kDenied, "the push is for another account than uid");
    }
    inbound.passive = [ours, fan = item.sender](const Reply& reply) { return Passive(ours, fan, reply); };
  }
  inbound.items.push_back({std::move(item), {}});
  return inbound;
}

Result<Inbound> WeiboChannel::Parse(std::string_view bytes, std::string_view /*name*/) {
  auto message = Read(bytes);
  if (!message) return Fail(message.error());
  message->line = settings_->line;
  Inbound inbound;
  inbound.raw = std::string(bytes);
  inbound.items.push_back({*std::move(message), {}});
  return inbound;
}

Result<std::string> WeiboChannel::SendOne(const std::string& to, const std::string& text) {
  http::Call call;
  call.method = "POST";
  call.url = settings_->api_url + "/2/messages/reply.json";
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  call.body = "access_token=" + http::PercentEncode(settings_->access_token.Reveal()) + "&" +
              ReplyForm(to, text, settings_->save_sender_box);
  auto response = host_.http().Do(call);
  if (!response) return Fail(CallFailed("messages/reply", response.error()));
  const auto answer = ParseAnswer(response->body);
  if (!answer) {
    return MakeError(ErrorKind::kUnknown,
                     "messages/reply: HTTP " + std::to_string(response->status) + " without result or error_code");
  }
  if (answer->ok) return std::string();
  const Error error = ToError(answer->code, answer->text);
  if (FindError(answer->code).act == Act::kAlarm) log::Error("weibo-account-needs-repair", {{"error", error.what}});
  return Fail(error);
}

Result<Receipt> WeiboChannel::Send(const Reply& reply) {
  if (settings_->access_token.empty()) {
    return MakeError(ErrorKind::kRejected, "access_token 未配置，无法发送 / access_token is not configured");
  }
  const std::string content = text::Repair(reply.text);
  if (reply.to.empty() || text::Trim(content).empty()) {
    return MakeError(ErrorKind::kRejected, "答复没有收件人或正文 / the reply has no receiver or no text");
  }
  PartSender sender;
  sender.limit = {kMaxTextBytes, kMaxTextChars};
  sender.send = [&](const std::string& part) { return SendOne(reply.to, part); };
  return SendParts(host_.state(), reply.id, content, sender);
}

ChannelLimits WeiboChannel::Limits() const {
  // Chinese text: three bytes a character. Weibo publishes no count of replies per window.
  return {.max_text_bytes = kMaxTextChars * 3, .reply_window = std::chrono::hours(48), .replies_per_window = 0};
}

}  // namespace minsheng::weibo
