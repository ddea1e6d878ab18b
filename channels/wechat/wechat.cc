// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/wechat.h"

#include <optional>
#include <utility>

#include "channels/parts.h"
#include "channels/push_door.h"
#include "channels/wechat/crypto.h"
#include "channels/wechat/push.h"
#include "channels/wechat/quota.h"
#include "channels/wechat/reply.h"
#include "src/base/crypto.h"
#include "src/base/log.h"
#include "src/text/utf8.h"

namespace minsheng::wechat {
namespace {

using push::Node;

http::Response TextResponse(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

bool SameSignature(std::vector<std::string> parts, const std::string& given) {
  return crypto::ConstantTimeEqual(push::Signature(std::move(parts)), given);
}

// Turns a Reply into the answer of the call that it answers.
struct PassiveAnswer {
  std::shared_ptr<const Settings> settings;
  const Clock* clock;
  std::string to;
  std::string from;
  Format format;
  std::string key;  // the AES key that opened the call; empty = answer in clear
  std::string nonce;

  std::optional<http::Response> operator()(const Reply& reply) const {
    const std::string content = Plain(reply.text);
    if (text::Trim(content).empty() || content.size() > kMaxTextBytes) return std::nullopt;
    const std::int64_t seconds = ToMs(clock->Now()) / 1000;
    std::string body = Encode(TextAnswer{to, from, seconds, content}, format);
    if (!key.empty()) {
      SealedAnswer sealed{Seal(key, crypto::RandomBytes(16), body, settings->app_id), "", seconds, nonce};
      sealed.signature = push::Signature({settings->token.Reveal(), std::to_string(seconds), nonce, sealed.encrypt});
      body = Encode(sealed, format);
    }
    http::Response response;
    response.body = std::move(body);
    response.content_type = format == Format::kJson ? "application/json; charset=utf-8" : "text/xml; charset=utf-8";
    return response;
  }
};

Inbound Unreadable(const http::Request& request, const Settings& settings, const std::string& why) {
  log::Warn("wechat-push-unreadable", {{"error", why}, {"bytes", request.body.size()}});
  Message m;
  m.kind = Kind::kUnreadable;
  m.line = settings.line;
  m.source_id = push::UnreadableId(request.body);
  m.facts["error"] = why;
  m.sent_at = FromMs(push::ParseCount(request.Query("timestamp").value_or("")).value_or(0) * 1000);
  Inbound inbound;
  inbound.raw = request.body;
  inbound.ack = TextResponse("success");
  inbound.items.push_back({std::move(m), {}});
  return inbound;
}

}  // namespace

// A push after the door.
struct WechatChannel::Opened {
  Node tree;        // the clear push
  std::string key;  // what opened it; empty = it came in clear
};

WechatChannel::WechatChannel(Settings settings, ChannelHost& host)
    : settings_(std::make_shared<const Settings>(std::move(settings))),
      host_(host),
      tokens_(host, settings_->api_url, settings_->app_id, settings_->app_secret) {}

Result<Inbound> WechatChannel::Verify(const http::Request& request) const {
  const auto signature = push::Required(request, "signature");
  if (!signature) return Fail(signature.error());
  const auto timestamp = push::Required(request, "timestamp");
  if (!timestamp) return Fail(timestamp.error());
  const auto nonce = push::Required(request, "nonce");
  if (!nonce) return Fail(nonce.error());
  const auto echo = push::Required(request, "echostr");
  if (!echo) return Fail(echo.error());
  if (!SameSignature({settings_->token.Reveal(), *timestamp, *nonce}, *signature)) {
    return MakeError(ErrorKind::kDenied, "signature does not match; is `token` the one of the WeChat console?");
  }
  auto fresh = push::CheckFresh(*timestamp, Millis(1000), host_.clock().Now(), settings_->signature_window);
  if (!fresh) return Fail(fresh.error());
  Inbound inbound;
  inbound.ack = TextResponse(*echo);
  return inbound;
}

Result<WechatChannel::Opened> WechatChannel::OpenSealed(const Node& tree) const {
  const std::string encrypted = tree.Text("Encrypt");
  Error why{ErrorKind::kInvalid, "no aes_key is configured"};
  for (const std::string& key : settings_->keys) {
    auto clear = wechat::Open(key, encrypted, settings_->app_id);
    if (clear) {
      auto inner = ReadTree(*clear);
      if (!inner) return Fail(inner.error());
      return Opened{*std::move(inner), key};
    }
    why = clear.error();
  }
  return Fail(why);
}

Result<Message> WechatChannel::Read(const Node& clear) const {
  auto message = ToMessage(clear);
  if (!message) return message;
  message->line = settings_->line;
  return message;
}

Result<Inbound> WechatChannel::Accept(const http::Request& request, const Opened& opened) const {
  auto message = Read(opened.tree);
  if (!message) return Unreadable(request, *settings_, message.error().what);
  const std::string account = message->Fact("to_account");
  if (!settings_->to_user.empty() && account != settings_->to_user) {
    return MakeError(ErrorKind::kDenied, "the push is for another account than to_user");
  }
  if (message->kind == Kind::kUnsupported) {
    log::Info("wechat-kind-unknown", {{"type", text::Truncate(message->Fact("msg_type"), 40)},
                                      {"what", text::Truncate(message->Fact("event"), 40)}});
  }
  Inbound inbound;
  inbound.raw = request.body;
  inbound.ack = TextResponse("success");
  if (!account.empty()) {
    inbound.passive = PassiveAnswer{settings_,
                                    &host_.clock(),
                                    message->sender,
                                    account,
                                    FormatOf(request.body),
                                    opened.key,
                                    request.Query("nonce").value_or("")};
  }
  inbound.items.push_back({*std::move(message), {}});
  return inbound;
}

Result<Inbound> WechatChannel::Receive(const http::Request& request) {
  if (request.method == "GET") return Verify(request);
  if (request.body.empty()) return MakeError(ErrorKind::kInvalid, "the push has no body");
  const auto timestamp = push::Required(request, "timestamp");
  if (!timestamp) return Fail(timestamp.error());
  const auto nonce = push::Required(request, "nonce");
  if (!nonce) return Fail(nonce.error());
  const auto encrypt_type = push::AtMostOnce(request, "encrypt_type");
  if (!encrypt_type) return Fail(encrypt_type.error());
  const bool sealed = *encrypt_type == "aes" && settings_->mode != Mode::kPlain;
  if (!sealed && settings_->mode == Mode::kSafe) {
    return MakeError(ErrorKind::kDenied, "the push is not encrypted, but mode is \"safe\"");
  }
  const auto signature = push::Required(request, sealed ? "msg_signature" : "signature");
  if (!signature) return Fail(signature.error());

  // A sealed body has to be looked at before it can be verified: its signature covers Encrypt only.
  Result<Node> tree = sealed ? ReadTree(request.body) : Result<Node>(Node{});
  if (!tree) return Fail(tree.error());
  std::vector<std::string> signed_parts{settings_->token.Reveal(), *timestamp, *nonce};
  if (sealed) signed_parts.push_back(tree->Text("Encrypt"));
  if (!SameSignature(std::move(signed_parts), *signature)) {
    return MakeError(ErrorKind::kDenied, "signature does not match; is `token` the one of the WeChat console?");
  }
  auto fresh = push::CheckFresh(*timestamp, Millis(1000), host_.clock().Now(), settings_->signature_window);
  if (!fresh) return Fail(fresh.error());

  if (sealed) {
    auto opened = OpenSealed(*tree);
    return opened ? Accept(request, *opened) : Unreadable(request, *settings_, opened.error().what);
  }
  tree = ReadTree(request.body);
  if (!tree) return Unreadable(request, *settings_, tree.error().what);
  return Accept(request, Opened{*std::move(tree), ""});
}

Result<Inbound> WechatChannel::Parse(std::string_view bytes, std::string_view /*name*/) {
  auto tree = ReadTree(bytes);
  if (!tree) return Fail(tree.error());
  if (tree->Child("Encrypt") != nullptr && tree->Child("MsgType") == nullptr) {
    auto opened = OpenSealed(*tree);
    if (!opened) return Fail(opened.error());
    tree = Result<Node>(std::move(opened->tree));
  }
  auto message = Read(*tree);
  if (!message) return Fail(message.error());
  Inbound inbound;
  inbound.raw = std::string(bytes);
  inbound.ack = TextResponse("success");
  inbound.items.push_back({*std::move(message), {}});
  return inbound;
}

Result<std::string> WechatChannel::SendOne(const Reply& reply, const std::string& text) {
  auto token = tokens_.Get();
  for (int attempt = 0;; ++attempt) {
    if (!token) return Fail(token.error());
    http::Call call;
    call.method = "POST";
    call.url = settings_->api_url + "/cgi-bin/message/custom/send?access_token=" + http::PercentEncode(*token);
    call.headers = {{"Content-Type", "application/json; charset=utf-8"}};
    call.body = TextCall(reply.to, text);
    auto response = host_.http().Do(call);
    if (!response) return Fail(CallFailed("custom/send", response.error()));
    const auto answer = ParseAnswer(response->body);
    if (!answer) {
      return MakeError(ErrorKind::kUnknown,
                       "custom/send: HTTP " + std::to_string(response->status) + " without an errcode");
    }
    if (answer->code == 0) {
      NoteSent(host_.state(), reply.to, reply.facts, 0);
      return answer->msgid;
    }
    const ErrorRow row = FindError(answer->code);
    if (row.act == Act::kToken && attempt == 0) {
      token = tokens_.Renew(*token);
      continue;
    }
    Error error = ToError(answer->code, answer->text);
    if (row.act == Act::kWindow) NoteSent(host_.state(), reply.to, reply.facts, answer->code);
    if (row.act == Act::kAlarm) log::Error("wechat-account-needs-repair", {{"error", error.what}});
    return Fail(error);
  }
}

Result<Receipt> WechatChannel::Send(const Reply& reply) {
  if (settings_->app_id.empty() || settings_->app_secret.empty()) {
    return MakeError(ErrorKind::kRejected,
                     "app_id 或 app_secret 未配置，无法发送 / app_id or app_secret is not configured");
  }
  const std::string content = Plain(reply.text);
  if (reply.to.empty() || text::Trim(content).empty()) {
    return MakeError(ErrorKind::kRejected, "答复没有收件人或正文 / the reply has no receiver or no text");
  }
  PartSender sender;
  sender.limit = {kMaxTextBytes, kMaxTextBytes};
  sender.admit = [&](int parts) -> Result<void> {
    auto quota = LoadQuota(host_.state(), reply.to, reply.facts);
    if (!quota) return Fail(quota.error());
    return Admit(*quota, parts);
  };
  sender.send = [&](const std::string& part) { return SendOne(reply, part); };
  return SendParts(host_.state(), reply.id, content, sender);
}

ChannelLimits WechatChannel::Limits() const {
  return {.max_text_bytes = kMaxTextBytes, .reply_window = std::chrono::hours(48), .replies_per_window = 5};
}

}  // namespace minsheng::wechat
