// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/push.h"

#include <algorithm>
#include <array>

#include "channels/push_door.h"
#include "channels/wechat/events.h"
#include "src/base/crypto.h"
#include "src/text/utf8.h"

namespace minsheng::wechat {
namespace {

using push::Node;

void Attach(const std::string& type, const std::string& remote, Message* m) {
  if (!remote.empty()) m->attachments.push_back({.name = "", .type = type, .size = 0, .blob = "", .remote = remote});
}

void ReadText(const Node& tree, Message* m) {
  m->kind = Kind::kText;
  m->text = tree.Text("Content");
  SetFact(tree, "bizmsgmenuid", "menu_id", m);
}

void ReadImage(const Node& tree, Message* m) {
  m->kind = Kind::kImage;
  SetFact(tree, "PicUrl", "pic_url", m);
  SetFact(tree, "MediaId", "media_id", m);
  Attach("image/*", m->facts.contains("media_id") ? m->Fact("media_id") : m->Fact("pic_url"), m);
}

void ReadVoice(const Node& tree, Message* m) {
  m->kind = Kind::kVoice;
  m->text = tree.Text("Recognition");
  SetFact(tree, "MediaId", "media_id", m);
  SetFact(tree, "MediaId16K", "media_id_16k", m);
  SetFact(tree, "Format", "media_format", m);
  const std::string format = m->Fact("media_format");
  Attach(format.empty() ? "audio/*" : "audio/" + LowerAscii(format), m->Fact("media_id"), m);
}

void ReadVideo(const Node& tree, Message* m) {
  m->kind = Kind::kVideo;
  SetFact(tree, "MediaId", "media_id", m);
  SetFact(tree, "ThumbMediaId", "thumb_media_id", m);
  Attach("video/mp4", m->Fact("media_id"), m);
}

void ReadLocation(const Node& tree, Message* m) {
  m->kind = Kind::kLocation;
  SetFact(tree, "Location_X", "latitude", m);
  SetFact(tree, "Location_Y", "longitude", m);
  SetFact(tree, "Scale", "scale", m);
  m->place_hint = tree.Text("Label");
  m->text = "[位置] " + m->place_hint;
  if (m->facts.contains("latitude") && m->facts.contains("longitude")) {
    m->text += "（" + m->Fact("latitude") + "," + m->Fact("longitude") + "）";
  }
}

void AppendLine(const std::string& line, std::string* text) {
  if (line.empty()) return;
  if (!text->empty()) *text += '\n';
  *text += line;
}

void ReadLink(const Node& tree, Message* m) {
  m->kind = Kind::kLink;
  for (const char* field : {"Title", "Description", "Url"}) AppendLine(tree.Text(field), &m->text);
  SetFact(tree, "Title", "title", m);
  SetFact(tree, "Url", "url", m);
}

void ReadMiniProgram(const Node& tree, Message* m) {
  m->kind = Kind::kLink;
  m->text = tree.Text("Title");
  SetFact(tree, "Title", "title", m);
  SetFact(tree, "AppId", "mini_app_id", m);
  SetFact(tree, "PagePath", "page_path", m);
  SetFact(tree, "ThumbMediaId", "thumb_media_id", m);
  Attach("image/*", tree.Text("ThumbUrl"), m);
}

struct Reader {
  std::string_view type;
  void (*read)(const Node& tree, Message* m);
};
constexpr std::array kReaders = {
    Reader{"text", ReadText},        Reader{"image", ReadImage},
    Reader{"voice", ReadVoice},      Reader{"video", ReadVideo},
    Reader{"shortvideo", ReadVideo}, Reader{"location", ReadLocation},
    Reader{"link", ReadLink},        Reader{"miniprogrampage", ReadMiniProgram},
};

// "" when there is none, or none that the platform would give: up to 20 digits.
std::string MessageId(const Node& tree) {
  std::string id = tree.Text("MsgId");
  if (id.empty()) id = tree.Text("MsgID");
  const bool good = id.size() <= 20 && id.find_first_not_of("0123456789") == std::string::npos;
  return good ? id : std::string();
}

// A key may be a long URL; the identity stays short.
std::string EventIdentity(const Message& m, const std::string& created, const Node& tree) {
  std::string key = m.Fact("event_key");
  if (key.empty()) key = MessageId(tree);
  if (key.size() > 128) key = crypto::Sha256Hex(key).substr(0, 32);
  return m.sender + "|" + created + "|" + m.Fact("event") + "|" + key;
}

}  // namespace

Format FormatOf(std::string_view body) { return text::Trim(body).starts_with('{') ? Format::kJson : Format::kXml; }

Result<Node> ReadTree(std::string_view body) {
  return FormatOf(body) == Format::kJson ? push::FromJson(body) : push::FromXml(body, "xml");
}

Result<Message> ToMessage(const Node& tree) {
  Message m;
  m.sender = tree.Text("FromUserName");
  const std::string created = tree.Text("CreateTime");
  const auto seconds = push::ParseCount(created);
  const std::string type = LowerAscii(tree.Text("MsgType"));
  if (m.sender.empty()) return MakeError(ErrorKind::kInvalid, "FromUserName is missing");
  if (!seconds || created.size() > 11) return MakeError(ErrorKind::kInvalid, "CreateTime is not a count of seconds");
  if (type.empty()) return MakeError(ErrorKind::kInvalid, "MsgType is missing");
  m.sent_at = FromMs(*seconds * 1000);
  SetFact(tree, "ToUserName", "to_account", &m);

  if (type == "event") {
    ReadEvent(tree, &m);
    m.source_id = EventIdentity(m, created, tree);
    return m;
  }
  m.source_id = MessageId(tree);
  if (m.source_id.empty()) m.source_id = created + "-" + crypto::Sha256Hex(push::Canonical(tree)).substr(0, 32);
  m.facts["trigger"] = "message";
  m.facts["trigger_at"] = std::to_string(ToMs(m.sent_at));
  const auto reader = std::find_if(kReaders.begin(), kReaders.end(), [&](const Reader& r) { return r.type == type; });
  if (reader == kReaders.end()) {
    m.kind = Kind::kUnsupported;
    m.facts["msg_type"] = type;
  } else {
    reader->read(tree, &m);
  }
  return m;
}

}  // namespace minsheng::wechat
