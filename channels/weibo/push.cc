// SPDX-License-Identifier: Apache-2.0
#include "channels/weibo/push.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "channels/push_door.h"
#include "src/base/crypto.h"
#include "src/text/utf8.h"

namespace minsheng::weibo {
namespace {

using push::Node;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 8> kEvents = {"follow", "unfollow",    "subscribe", "unsubscribe",
                                                     "scan",   "scan_follow", "click",     "view"};

std::string Lower(std::string s) {
  std::transform(s.begin(), s.end(), s.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return s;
}

Node TextNode(std::string name, std::string value) {
  Node node;
  node.name = std::move(name);
  node.text = std::move(value);
  return node;
}

struct XmlName {
  std::string_view xml;
  const char* json;
  bool in_data;
};
constexpr std::array kXmlNames = {
    XmlName{"ToUserName", "receiver_id", false}, XmlName{"FromUserName", "sender_id", false},
    XmlName{"CreateTime", "created_at", false},  XmlName{"MsgType", "type", false},
    XmlName{"Content", "text", false},           XmlName{"MsgId", "id", false},
    XmlName{"Event", "subtype", true},           XmlName{"EventKey", "key", true},
    XmlName{"Ticket", "ticket", true},           XmlName{"Location_X", "latitude", true},
    XmlName{"Location_Y", "longitude", true},    XmlName{"MediaId", "tovfid", true},
};

Node FromXmlNames(const Node& xml) {
  Node out;
  out.form = Node::Form::kObject;
  Node data;
  data.name = "data";
  data.form = Node::Form::kObject;
  for (const XmlName& name : kXmlNames) {
    std::string value = xml.Text(name.xml);
    if (value.empty()) continue;
    if (name.xml == "MsgType" && value == "location") value = "position";
    (name.in_data ? data : out).children.push_back(TextNode(name.json, std::move(value)));
  }
  out.children.push_back(std::move(data));
  return out;
}

void CopyFact(const Node* data, std::string_view field, const char* fact, Message* m) {
  if (data == nullptr) return;
  std::string value = data->Text(field);
  if (!value.empty()) m->facts[fact] = std::move(value);
}

void ReadMention(const Node* data, const std::string& subtype, Message* m) {
  m->kind = Kind::kText;
  m->facts["mention"] = subtype;
  CopyFact(data, "key", "mention_id", m);
}

void ReadFanEvent(const Node* data, Message* m) {
  const std::string subtype = data == nullptr ? std::string() : Lower(data->Text("subtype"));
  // Seen as an event too: a post that names us is a citizen's text all the same.
  if (subtype == "mention") return ReadMention(data, subtype, m);
  m->facts["event"] = subtype;
  CopyFact(data, "key", "event_key", m);
  CopyFact(data, "ticket", "ticket", m);
  m->kind = std::find(kEvents.begin(), kEvents.end(), subtype) == kEvents.end() ? Kind::kUnsupported : Kind::kEvent;
}

void ReadWords(Message* m) {
  m->kind = Kind::kText;
  const std::string word = Lower(std::string(text::Trim(m->text)));
  if (word != "dy" && word != "td") return;
  m->kind = Kind::kEvent;
  m->facts["event"] = word == "dy" ? "subscribe" : "unsubscribe";
  m->facts["word"] = word;
}

void ReadMedia(const Node* data, Kind kind, const char* mime, Message* m) {
  m->kind = kind;
  CopyFact(data, "tovfid", "media_id", m);
  CopyFact(data, "vfid", "media_id_sender", m);
  const std::string remote = m->facts.contains("media_id") ? m->Fact("media_id") : m->Fact("media_id_sender");
  if (!remote.empty()) m->attachments.push_back({.name = "", .type = mime, .size = 0, .blob = "", .remote = remote});
}

void ReadKind(const std::string& type, const Node* data, Message* m) {
  if (type == "text") {
    ReadWords(m);
  } else if (type == "position") {
    m->kind = Kind::kLocation;
    CopyFact(data, "latitude", "latitude", m);
    CopyFact(data, "longitude", "longitude", m);
  } else if (type == "voice") {
    ReadMedia(data, Kind::kVoice, "audio/amr", m);
  } else if (type == "image") {
    ReadMedia(data, Kind::kImage, "image/*", m);
  } else if (type == "event") {
    ReadFanEvent(data, m);
  } else if (type == "mention") {
    ReadMention(data, data == nullptr ? std::string("mention") : Lower(data->Text("subtype")), m);
  } else {
    m->kind = Kind::kUnsupported;
    m->facts["type"] = type;
  }
}

// `data` in a form that is the same for the same content: missing, "", null and {} are one.
std::string CanonicalData(const Node* data) {
  if (data == nullptr || (data->children.empty() && data->text.empty())) return {};
  return push::Canonical(*data);
}

std::string HashedId(const Message& m, const std::string& type, const Node* data) {
  std::string all;
  for (const std::string& part : {type, m.sender, m.Fact("to_account"), m.text, CanonicalData(data)}) {
    all += std::to_string(part.size()) + ":" + part;
  }
  return std::to_string(ToMs(m.sent_at)) + "-" + crypto::Sha256Hex(all).substr(0, 32);
}

std::optional<int> TwoDigits(std::string_view s) {
  const auto value = s.size() == 2 ? push::ParseCount(s) : std::nullopt;
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

std::optional<int> ClockSeconds(std::string_view s) {  // "18:09:20"
  if (s.size() != 8 || s[2] != ':' || s[5] != ':') return std::nullopt;
  const auto hour = TwoDigits(s.substr(0, 2));
  const auto minute = TwoDigits(s.substr(3, 2));
  const auto second = TwoDigits(s.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

std::optional<int> ZoneSeconds(std::string_view s) {  // "+0800"
  if (s.size() != 5 || (s[0] != '+' && s[0] != '-')) return std::nullopt;
  const auto hour = TwoDigits(s.substr(1, 2));
  const auto minute = TwoDigits(s.substr(3, 2));
  if (!hour || !minute || *hour > 14 || *minute > 59) return std::nullopt;
  return (s[0] == '-' ? -1 : 1) * (*hour * 3600 + *minute * 60);
}

}  // namespace

Result<Node> ReadTree(std::string_view body) {
  if (!text::Trim(body).starts_with('<')) return push::FromJson(body);
  auto xml = push::FromXml(body, "xml");
  if (!xml) return xml;
  return FromXmlNames(*xml);
}

std::optional<Time> ParseCreatedAt(std::string_view text) {
  if (const auto seconds = push::ParseCount(text); seconds && text.size() <= 11) return FromMs(*seconds * 1000);
  // Fixed columns: "Mon Jul 16 18:09:20 +0800 2012"
  if (text.size() != 30 || text[3] != ' ' || text[7] != ' ' || text[10] != ' ' || text[19] != ' ' || text[25] != ' ') {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(4, 3));
  const bool day_name = std::find(kDays.begin(), kDays.end(), text.substr(0, 3)) != kDays.end();
  const auto day = TwoDigits(text.substr(8, 2));
  const auto clock = ClockSeconds(text.substr(11, 8));
  const auto zone = ZoneSeconds(text.substr(20, 5));
  const auto year = push::ParseCount(text.substr(26, 4));
  if (month == kMonths.end() || !day_name || !day || !clock || !zone || !year) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + std::chrono::seconds(*clock - *zone);
}

std::string Id(const Node& tree, std::string_view name) {
  std::string value = tree.Text(name);
  const bool good = value.size() <= 20 && value.find_first_not_of("0123456789") == std::string::npos;
  return good ? value : std::string();
}

Result<Message> ToMessage(const Node& tree) {
  Message m;
  m.sender = Id(tree, "sender_id");
  std::string account = Id(tree, "receiver_id");
  if (account.empty()) account = Id(tree, "recipient_id");  // the older feed's name
  const std::string type = Lower(tree.Text("type"));
  const auto created = ParseCreatedAt(tree.Text("created_at"));
  if (m.sender.empty()) return MakeError(ErrorKind::kInvalid, "sender_id is missing or not a whole number");
  if (account.empty()) return MakeError(ErrorKind::kInvalid, "receiver_id is missing or not a whole number");
  if (!created) return MakeError(ErrorKind::kInvalid, "created_at is missing or no time of Weibo's form");
  if (type.empty()) return MakeError(ErrorKind::kInvalid, "type is missing");
  m.sent_at = *created;
  m.text = tree.Text("text");
  m.facts["to_account"] = account;
  const Node* data = tree.Child("data");
  ReadKind(type, data, &m);
  m.source_id = Id(tree, "id");
  if (m.source_id.empty()) m.source_id = HashedId(m, type, data);
  return m;
}

}  // namespace minsheng::weibo
