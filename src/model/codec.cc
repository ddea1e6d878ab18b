// SPDX-License-Identifier: Apache-2.0
// JSON of the model, both ways. The only file that instantiates it.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "src/model/message.h"
#include "src/model/verdict.h"

namespace minsheng {
namespace {

using Json = nlohmann::ordered_json;

template <class E, std::size_t N>
using Words = std::array<std::pair<E, std::string_view>, N>;

constexpr Words<Kind, 11> kMessageKinds{{{Kind::kText, "text"},
                                         {Kind::kVoice, "voice"},
                                         {Kind::kImage, "image"},
                                         {Kind::kVideo, "video"},
                                         {Kind::kLocation, "location"},
                                         {Kind::kLink, "link"},
                                         {Kind::kEvent, "event"},
                                         {Kind::kMail, "mail"},
                                         {Kind::kCall, "call"},
                                         {Kind::kUnsupported, "unsupported"},
                                         {Kind::kUnreadable, "unreadable"}}};
constexpr Words<RequestType, 6> kTypes{{{RequestType::kConsultation, "consultation"},
                                        {RequestType::kHelp, "help"},
                                        {RequestType::kComplaint, "complaint"},
                                        {RequestType::kReport, "report"},
                                        {RequestType::kSuggestion, "suggestion"},
                                        {RequestType::kPraise, "praise"}}};
constexpr Words<Role, 4> kRoles{
    {{Role::kUnknown, "unknown"}, {Role::kCitizen, "citizen"}, {Role::kAgent, "agent"}, {Role::kIvr, "ivr"}}};
constexpr Words<Urgency, 3> kUrgencies{
    {{Urgency::kNormal, "normal"}, {Urgency::kUrgent, "urgent"}, {Urgency::kEmergency, "emergency"}}};

template <class E, std::size_t N>
std::string_view Word(const Words<E, N>& words, E value) {
  return words[static_cast<std::size_t>(value)].second;  // tables are in the order of the enum
}

template <class E, std::size_t N>
std::optional<E> FromWord(const Words<E, N>& words, std::string_view word) {
  const auto at = std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.second == word; });
  return at == words.end() ? std::nullopt : std::optional(at->first);
}

std::string Dump(const Json& j) { return j.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Every decoder goes through here: no exception of the JSON library leaves this file.
template <class T, class Fill>
Result<T> Decode(std::string_view what, std::string_view text, Fill fill) {
  try {
    const auto j = Json::parse(text);
    T value;
    fill(j, value);
    return value;
  } catch (const std::exception& e) {
    return MakeError(ErrorKind::kInvalid, std::string(what) + " JSON: " + e.what());
  }
}

template <class E, std::size_t N>
E Required(const Words<E, N>& words, const Json& j, const char* key) {
  const auto word = j.at(key).get<std::string>();
  if (const auto e = FromWord(words, word)) return *e;
  throw std::invalid_argument(std::string(key) + ": unknown word '" + word + "'");
}

Json TurnToJson(const Turn& t) {
  Json j{{"role", ToWord(t.role)}, {"start_ms", t.start_ms}, {"end_ms", t.end_ms}, {"begin", t.begin}, {"end", t.end}};
  if (t.confidence) j["confidence"] = *t.confidence;
  return j;
}

Turn TurnFromJson(const Json& j) {
  Turn t;
  t.role = Required(kRoles, j, "role");
  t.start_ms = j.at("start_ms");
  t.end_ms = j.at("end_ms");
  t.begin = j.at("begin");
  t.end = j.at("end");
  if (j.contains("confidence")) t.confidence = j["confidence"].get<double>();
  return t;
}

Json AttachmentToJson(const Attachment& a) {
  return {{"name", a.name}, {"type", a.type}, {"size", a.size}, {"blob", a.blob}, {"remote", a.remote}};
}

Attachment AttachmentFromJson(const Json& j) {
  return {j.at("name"), j.at("type"), j.at("size"), j.at("blob"), j.value("remote", "")};
}

Json SpansToJson(const std::vector<Span>& spans) {
  auto j = Json::array();
  for (const auto& s : spans) j.push_back({s.begin, s.end});
  return j;
}

Json ReasonToJson(const Reason& r) {
  return {{"rule", r.rule},         {"name", r.name},     {"topic", r.topic},   {"weight", r.weight},
          {"decisive", r.decisive}, {"effect", r.effect}, {"clause", r.clause}, {"spans", SpansToJson(r.spans)}};
}

Reason ReasonFromJson(const Json& j) {
  Reason r{j.at("rule"),     j.at("name"),   j.at("topic"),  j.at("weight"),
           j.at("decisive"), j.at("effect"), j.at("clause"), {}};
  for (const auto& s : j.at("spans")) r.spans.push_back({s.at(0), s.at(1)});
  return r;
}

void FillMessage(const Json& j, Message& m) {
  m.id = j.at("id");
  m.channel = j.at("channel");
  m.account = j.at("account");
  m.source_id = j.at("source_id");
  m.line = j.at("line");
  m.sender = j.at("sender");
  m.contact = j.at("contact");
  m.kind = Required(kMessageKinds, j, "kind");
  m.text = j.at("text");
  for (const auto& t : j.at("turns")) m.turns.push_back(TurnFromJson(t));
  for (const auto& a : j.at("attachments")) m.attachments.push_back(AttachmentFromJson(a));
  m.place_hint = j.at("place_hint");
  if (j.contains("stated_type")) m.stated_type = Required(kTypes, j, "stated_type");
  m.anonymous = j.at("anonymous");
  m.confidential = j.at("confidential");
  m.sent_at = FromMs(j.at("sent_at"));
  m.received_at = FromMs(j.at("received_at"));
  m.facts = j.at("facts").get<std::map<std::string, std::string>>();
}

void FillVerdict(const Json& j, Verdict& v) {
  v.rule_set = j.at("rule_set");
  v.category = j.at("category");
  v.topic = j.at("topic");
  if (j.contains("type")) v.type = Required(kTypes, j, "type");
  v.urgency = Required(kUrgencies, j, "urgency");
  v.tags = j.at("tags").get<std::vector<std::string>>();
  if (j.contains("place")) {
    const auto& p = j["place"];
    v.place = Place{p.at("id"), p.at("name"), {p.at("span").at(0), p.at("span").at(1)}};
  }
  v.confidence = j.at("confidence");
  v.topic_confidence = j.value("topic_confidence", v.confidence);  // verdicts of before had one figure
  v.triage = j.at("triage");
  v.runner_up = j.at("runner_up");
  if (j.contains("unread")) v.unread = j["unread"];
  v.reply = j.at("reply");
  for (const auto& s : j.at("sums")) v.sums.push_back({s.at("topic"), s.at("sum")});
  for (const auto& r : j.at("reasons")) v.reasons.push_back(ReasonFromJson(r));
}

}  // namespace

std::string_view ToWord(Kind k) { return Word(kMessageKinds, k); }
std::string_view ToWord(RequestType t) { return Word(kTypes, t); }
std::string_view ToWord(Role r) { return Word(kRoles, r); }
std::string_view ToWord(Urgency u) { return Word(kUrgencies, u); }
std::optional<Kind> KindFromWord(std::string_view word) { return FromWord(kMessageKinds, word); }
std::optional<RequestType> RequestTypeFromWord(std::string_view word) { return FromWord(kTypes, word); }
std::optional<Role> RoleFromWord(std::string_view word) { return FromWord(kRoles, word); }
std::optional<Urgency> UrgencyFromWord(std::string_view word) { return FromWord(kUrgencies, word); }

std::string_view ToChinese(RequestType t) {
  constexpr std::string_view kNames[] = {"咨询", "求助", "投诉", "举报", "建议", "表扬"};
  return kNames[static_cast<int>(t)];
}

std::string_view ToChinese(Urgency u) {
  constexpr std::string_view kNames[] = {"一般", "紧急", "特急"};
  return kNames[static_cast<int>(u)];
}

std::string Encode(const Message& m) {
  Json j{{"id", m.id},     {"channel", m.channel},   {"account", m.account},         {"source_id", m.source_id},
         {"line", m.line}, {"sender", m.sender},     {"contact", m.contact},         {"kind", ToWord(m.kind)},
         {"text", m.text}, {"turns", Json::array()}, {"attachments", Json::array()}, {"place_hint", m.place_hint}};
  for (const auto& t : m.turns) j["turns"].push_back(TurnToJson(t));
  for (const auto& a : m.attachments) j["attachments"].push_back(AttachmentToJson(a));
  if (m.stated_type) j["stated_type"] = ToWord(*m.stated_type);
  j["anonymous"] = m.anonymous;
  j["confidential"] = m.confidential;
  j["sent_at"] = ToMs(m.sent_at);
  j["received_at"] = ToMs(m.received_at);
  j["facts"] = m.facts;
  return Dump(j);
}

Result<Message> DecodeMessage(std::string_view json) { return Decode<Message>("message", json, FillMessage); }

std::string Encode(const Reply& r) {
  return Dump({{"id", r.id},
               {"request_id", r.request_id},
               {"channel", r.channel},
               {"account", r.account},
               {"to", r.to},
               {"text", r.text},
               {"automatic", r.automatic},
               {"facts", r.facts}});
}

Result<Reply> DecodeReply(std::string_view json) {
  return Decode<Reply>("reply", json, [](const Json& j, Reply& r) {
    r = {j.at("id"),
         j.at("request_id"),
         j.at("channel"),
         j.at("account"),
         j.at("to"),
         j.at("text"),
         j.at("automatic").get<bool>(),
         j.at("facts").get<std::map<std::string, std::string>>()};
  });
}

std::string Encode(const Verdict& v) {
  Json j{{"rule_set", v.rule_set}, {"category", v.category}, {"topic", v.topic}};
  if (v.type) j["type"] = ToWord(*v.type);
  j["urgency"] = ToWord(v.urgency);
  j["tags"] = v.tags;
  if (v.place)
    j["place"] = {{"id", v.place->id}, {"name", v.place->name}, {"span", {v.place->span.begin, v.place->span.end}}};
  j["confidence"] = v.confidence;
  j["topic_confidence"] = v.topic_confidence;
  j["triage"] = v.triage;
  j["runner_up"] = v.runner_up;
  if (v.unread > 0) j["unread"] = v.unread;
  j["reply"] = v.reply;
  j["sums"] = Json::array();
  for (const auto& s : v.sums) j["sums"].push_back({{"topic", s.topic}, {"sum", s.sum}});
  j["reasons"] = Json::array();
  for (const auto& r : v.reasons) j["reasons"].push_back(ReasonToJson(r));
  return Dump(j);
}

Result<Verdict> DecodeVerdict(std::string_view json) { return Decode<Verdict>("verdict", json, FillVerdict); }

}  // namespace minsheng
