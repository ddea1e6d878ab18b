// SPDX-License-Identifier: Apache-2.0
#include "src/callback/unit_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/base/crypto.h"
#include "src/base/log.h"
#include "src/base/metrics.h"
#include "src/orders/lifecycle.h"
#include "src/router/unit_webhook.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::callback {
namespace {

using orders::Order;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBody = 64U << 10;
constexpr std::size_t kMostId = 128;
constexpr std::string_view kKeys[] = {"number", "act", "reason", "code",     "text",
                                      "note",   "by",  "period", "expected", "unit"};

http::Response JsonAnswer(int status, const Json& body) {
  http::Response response;
  response.status = status;
  response.content_type = "application/json; charset=utf-8";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return response;
}

http::Response Refuse(const Error& error, const std::string& field = "") {
  metrics::Count("minsheng_unit_calls_total", {{"outcome", Label(error.kind)}});
  Json body{{"kind", Label(error.kind)}, {"message", error.what}};
  if (!field.empty()) body["fields"] = Json::array({field});
  auto response = JsonAnswer(HttpStatus(error.kind), body);
  if (error.kind == ErrorKind::kUnavailable) response.headers.emplace_back("Retry-After", "5");
  return response;
}

http::Response TooOften() {
  metrics::Count("minsheng_unit_calls_total", {{"outcome", "too-often"}});
  auto response = JsonAnswer(429, {{"kind", "too-often"}, {"message", "调用太频繁 / too many calls"}});
  response.headers.emplace_back("Retry-After", "60");
  return response;
}

// A body's fields, checked for their types. Errors name the field.
struct Body {
  Json json;
  std::string field;  // that was wrong

  Result<std::string> Text(const char* key) {
    const auto at = json.find(key);
    if (at == json.end()) return std::string();
    if (at->is_string()) return text::Repair(at->get<std::string>());
    field = key;
    return MakeError(ErrorKind::kInvalid, fmt::format("{} 应是文字 / {} must be a text", key, key));
  }
};

Result<Body> ReadBody(const http::Request& request) {
  Body body{Json::parse(request.body, nullptr, false), ""};
  if (!body.json.is_object())
    return MakeError(ErrorKind::kInvalid, "正文应是 JSON 对象 / the body must be a JSON object");
  // The signature covers the body alone, so the body says which order is meant.
  if (body.json.value("number", Json()) != request.params.at("number")) {
    return MakeError(ErrorKind::kInvalid, "number 应与地址中的工单号相同 / number must be the order of the address");
  }
  for (const auto& [key, value] : body.json.items()) {
    if (std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys))
      return MakeError(ErrorKind::kInvalid, fmt::format("没有 {} 这一项 / there is no field {}", key, key));
  }
  return body;
}

Json DueJson(const orders::DueTimes& due) {
  Json json = Json::object();
  const auto add = [&](const char* key, Time t) {
    if (t != Time{}) json[key] = IsoUtc(t);
  };
  add("sign", due.sign);
  add("contact", due.contact);
  add("answer", due.answer);
  add("return", due.give_back);
  return json;
}

Json Brief(const Order& order) {
  return {{"number", order.number}, {"state", ToWord(order.state)}, {"version", order.version}};
}

}  // namespace

Result<void> VerifyWebhook(const std::string& id, const std::string& timestamp, const std::string& signature,
                           const std::string& secret, const std::string& signed_text, Time now, Millis window) {
  const auto denied = [] {
    return MakeError(ErrorKind::kDenied, "签名不对或已过时 / the signature is wrong or too old");
  };
  constexpr std::size_t kMostDigits = 12;
  if (id.empty() || id.size() > kMostId || timestamp.empty() || timestamp.size() > kMostDigits ||
      !std::all_of(timestamp.begin(), timestamp.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return denied();
  const Time said = FromMs(std::stoll(timestamp) * 1000);
  if (said - now > window || now - said > window) return denied();
  std::string expected;
  for (const auto& [name, value] : router::SignWebhook(id, secret, signed_text, said)) {
    if (name == "webhook-signature") expected = value;
  }
  bool found = false;
  std::string_view rest = signature;
  while (!rest.empty()) {
    const auto one = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    found = crypto::ConstantTimeEqual(one, expected) || found;
  }
  if (!found) return denied();
  return {};
}

UnitSecrets ReadUnitSecrets(const orders::Catalogue& catalogue) {
  UnitSecrets secrets;
  for (const auto& unit : catalogue.units()) {
    if (unit.webhook_secret_ref.empty()) continue;
    auto secret = ReadSecret(unit.webhook_secret_ref);
    if (secret && !secret->empty()) {
      secrets[unit.id] = std::move(*secret);
    } else {
      log::Warn("unit-secret-unreadable", {{"unit", unit.id}});
    }
  }
  return secrets;
}

void UnitApi::AddRoutes(http::Server& server, Background& background) {
  server.Route("GET", "/unit/v1/orders/{number}",
               background.Handle([this](const http::Request& r) { return Show(r); }));
  server.Route("POST", "/unit/v1/orders/{number}/acts",
               background.Handle([this](const http::Request& r) { return Act(r); }), kMostBody);
  server.Route("POST", "/unit/v1/orders/{number}/contact",
               background.Handle([this](const http::Request& r) { return Contact(r); }), kMostBody);
}

Result<UnitApi::Caller> UnitApi::WhoCalls(const http::Request& request, const std::string& signed_text) {
  Caller caller{request.Header("minsheng-unit"), request.Header("webhook-id")};
  const auto secret = secrets_.find(caller.unit);
  // An unknown unit takes as long as a wrong signature.
  const std::string key = secret == secrets_.end() ? "nobody" : secret->second.Reveal();
  const auto verified =
      VerifyWebhook(caller.call, request.Header("webhook-timestamp"), request.Header("webhook-signature"), key,
                    signed_text, desk_.clock().Now(), kWindow);
  if (verified && secret != secrets_.end()) return caller;
  return MakeError(ErrorKind::kDenied, "签名不对或已过时 / the signature is wrong or too old");
}

Result<Order> UnitApi::OrderFor(const Caller& caller, const std::string& number) {
  const auto none = [&] {
    return MakeError(ErrorKind::kNotFound,
                     fmt::format("本单位没有工单 {} / this unit has no order {}", number, number));
  };
  auto order = desk_.store().GetOrder(number);
  if (!order) return order.error().kind == ErrorKind::kNotFound ? Result<Order>(none()) : order;
  const auto& helpers = order->helper_units;
  if (order->lead_unit == caller.unit || std::find(helpers.begin(), helpers.end(), caller.unit) != helpers.end())
    return order;
  return none();
}

http::Response UnitApi::Show(const http::Request& request) {
  const auto caller = WhoCalls(request, "GET " + request.path);
  if (!caller) return strangers_.Allow(request.remote) ? Refuse(caller.error()) : TooOften();
  if (!units_.Allow(caller->unit)) return TooOften();
  const auto order = OrderFor(*caller, request.params.at("number"));
  if (!order) return Refuse(order.error());
  const auto knowledge = desk_.Current();
  const auto* const topic = knowledge.rules ? knowledge.rules->FindTopic(order->topic) : nullptr;
  auto body = Brief(*order);
  body["topic"] = order->topic;
  body["topic_name"] = topic == nullptr ? order->topic : topic->name;
  body["type"] = order->type;
  body["urgency"] = ToWord(order->urgency);
  body["line"] = order->line;
  body["lead_unit"] = order->lead_unit;
  body["helper_units"] = order->helper_units;
  body["due"] = DueJson(order->due);
  body["supervised"] = order->supervised;
  body["messages"] = Json::array();
  if (!order->request_id.empty()) {
    const auto row = desk_.store().GetRequest(order->request_id);
    if (!row) return Refuse(row.error());
    if (row->verdict && row->verdict->place) body["place"] = row->verdict->place->name;
    for (const auto& m : row->messages)
      body["messages"].push_back({{"at", IsoUtc(m.received_at)}, {"text", router::WordsForUnit(m, m.text)}});
  }
  body["acts"] = Json::array();
  for (const auto act : orders::ActsFor(order->state, orders::Role::kUnitStaff))
    body["acts"].push_back(orders::ToWord(act));
  body["events"] = Json::array();
  for (const auto& e : order->events) {
    const auto actor = orders::ParseActor(e.actor);
    // People of the hotline stay unnamed.
    const auto who = actor && actor->role == orders::Role::kUnitStaff ? e.actor
                     : actor                                          ? std::string(orders::ToWord(actor->role))
                                                                      : std::string();
    body["events"].push_back({{"act", orders::ToWord(e.act)}, {"by", who}, {"at", IsoUtc(e.at)}});
  }
  metrics::Count("minsheng_unit_calls_total", {{"outcome", "ok"}});
  return JsonAnswer(200, body);
}

// What an earlier call under the same id did; nothing was done by this one.
Result<http::Response> UnitApi::Repeated(const Caller& caller, const Order& order, const std::string& once,
                                         const std::string& digest) {
  const auto earlier = desk_.store().Units().EventOnce(order.number, once);
  if (!earlier) return Fail(earlier.error());
  if (!*earlier) return MakeError(ErrorKind::kNotFound, "new");
  const auto facts = nlohmann::json::parse((*earlier)->data, nullptr, false);
  if (!facts.is_object() || facts.value("call", "") != digest) {
    return MakeError(ErrorKind::kConflict,
                     fmt::format("webhook-id {} 已用于另一次调用 / the webhook-id {} was used for "
                                 "another call",
                                 caller.call, caller.call));
  }
  auto body = Brief(order);
  body["repeated"] = true;
  metrics::Count("minsheng_unit_calls_total", {{"outcome", "repeated"}});
  return JsonAnswer(200, body);
}

http::Response UnitApi::Act(const http::Request& request) {
  const auto caller = WhoCalls(request, request.body);
  if (!caller) return strangers_.Allow(request.remote) ? Refuse(caller.error()) : TooOften();
  if (!units_.Allow(caller->unit)) return TooOften();
  auto body = ReadBody(request);
  if (!body) return Refuse(body.error());
  const auto order = OrderFor(*caller, request.params.at("number"));
  if (!order) return Refuse(order.error());
  const auto once = "unit-call:" + crypto::Sha256Hex(caller->unit + "\n" + caller->call).substr(0, 32);
  const auto digest = crypto::Sha256Hex(request.body).substr(0, 32);
  if (auto earlier = Repeated(*caller, *order, once, digest); earlier || earlier.error().kind != ErrorKind::kNotFound)
    return earlier ? std::move(*earlier) : Refuse(earlier.error());

  desk::ActRequest want;
  std::string word;
  std::string by;
  for (const auto& [key, out] : {std::pair{"act", &word},
                                 {"by", &by},
                                 {"reason", &want.reason},
                                 {"code", &want.code},
                                 {"text", &want.public_text},
                                 {"note", &want.internal_text},
                                 {"period", &want.period},
                                 {"unit", &want.unit}}) {
    auto value = body->Text(key);
    if (!value) return Refuse(value.error(), key);
    *out = std::move(*value);
  }
  if (const auto at = body->json.find("expected"); at != body->json.end()) {
    if (!at->is_number_integer())
      return Refuse({ErrorKind::kInvalid, "expected 应是整数 / expected must be a whole number"}, "expected");
    want.expected = at->get<std::int64_t>();
  }
  const auto act = orders::ActFromWord(word);
  if (!act || (orders::MayMake(*act) & orders::Bit(orders::Role::kUnitStaff)) == 0) {
    return Refuse(
        {ErrorKind::kInvalid, fmt::format("承办单位没有“{}”这个动作 / a unit cannot make the act {}", word, word)},
        "act");
  }
  want.act = *act;
  want.by = "unit:" + caller->unit + (by.empty() ? "" : "/" + by);
  want.reason = text::Redact(want.reason);
  want.once = once;
  want.facts = Json{{"call", digest}}.dump();
  const auto done = desk_.Do(order->number, want);
  if (!done) {
    // Two at once under one id: the other one did it.
    if (auto earlier = Repeated(*caller, *order, once, digest); earlier) return std::move(*earlier);
    return Refuse(done.error());
  }
  metrics::Count("minsheng_unit_calls_total", {{"outcome", "ok"}});
  return JsonAnswer(200, Brief(*done));
}

http::Response UnitApi::Contact(const http::Request& request) {
  const auto caller = WhoCalls(request, request.body);
  if (!caller) return strangers_.Allow(request.remote) ? Refuse(caller.error()) : TooOften();
  if (!units_.Allow(caller->unit)) return TooOften();
  auto body = ReadBody(request);
  if (!body) return Refuse(body.error());
  auto reason = body->Text("reason");
  auto by = body->Text("by");
  if (!reason || text::Trim(*reason).empty())
    return Refuse({ErrorKind::kInvalid, "请写明查看联系方式的理由 / say why the contact data is needed"}, "reason");
  if (!by || text::Trim(*by).empty()) return Refuse({ErrorKind::kInvalid, "请写明查看人 / say who looks at it"}, "by");
  const auto order = OrderFor(*caller, request.params.at("number"));
  if (!order) return Refuse(order.error());
  const auto closed = order->state == orders::State::kClosed || order->state == orders::State::kMerged;
  if (order->request_id.empty() || closed) {
    return Refuse({ErrorKind::kConflict, "工单已办结或没有诉求人 / the order is closed, or has no citizen"});
  }
  const auto row = desk_.store().GetRequest(order->request_id);
  if (!row) return Refuse(row.error());
  const auto privacy = desk_.store().Forms().PrivacyOf(order->request_id);
  if (!privacy) return Refuse(privacy.error());
  const bool hidden = privacy->anonymous || privacy->confidential ||
                      std::any_of(row->messages.begin(), row->messages.end(),
                                  [](const Message& m) { return m.anonymous || m.confidential; });
  if (hidden)
    return Refuse({ErrorKind::kDenied, "诉求人要求匿名或保密 / the citizen asked to stay anonymous or confidential"});
  // On the timeline before anything is told.
  desk::ActRequest note;
  note.act = orders::Act::kNote;
  note.by = "unit:" + caller->unit + "/" + *by;
  note.reason = "查看联系方式：" + text::Redact(*reason);
  note.facts = R"({"revealed":"contact"})";
  if (const auto noted = desk_.Do(order->number, note); !noted) return Refuse(noted.error());
  auto contacts = Json::array();
  for (const auto& m : row->messages) {
    for (const auto& value : {m.contact, m.channel == "phone" || m.channel == "email" ? m.sender : std::string()}) {
      if (!value.empty() && std::find(contacts.begin(), contacts.end(), value) == contacts.end())
        contacts.push_back(value);
    }
  }
  metrics::Count("minsheng_unit_calls_total", {{"outcome", "ok"}});
  return JsonAnswer(200, {{"number", order->number}, {"contact", contacts}});
}

}  // namespace minsheng::callback
