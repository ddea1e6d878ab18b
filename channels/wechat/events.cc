// SPDX-License-Identifier: Apache-2.0
#include "channels/wechat/events.h"

#include <algorithm>
#include <array>

namespace minsheng::wechat {
namespace {

using push::Node;

// The events that are known, and which window for replies they open (see quota.h).
struct EventRow {
  std::string_view name;
  const char* trigger;
};
constexpr std::array kEvents = {
    EventRow{"subscribe", "follow"},
    EventRow{"unsubscribe", ""},
    EventRow{"scan", "scan"},
    EventRow{"location", ""},
    EventRow{"click", "menu"},
    EventRow{"view", "menu"},
    EventRow{"scancode_push", "menu"},
    EventRow{"scancode_waitmsg", "menu"},
    EventRow{"pic_sysphoto", "menu"},
    EventRow{"pic_photo_or_album", "menu"},
    EventRow{"pic_weixin", "menu"},
    EventRow{"location_select", "menu"},
    EventRow{"view_miniprogram", "menu"},
    EventRow{"templatesendjobfinish", ""},
    EventRow{"masssendjobfinish", ""},
    EventRow{"subscribe_msg_popup_event", ""},
    EventRow{"subscribe_msg_change_event", ""},
    EventRow{"subscribe_msg_sent_event", ""},
    EventRow{"kf_create_session", ""},
    EventRow{"kf_close_session", ""},
    EventRow{"kf_switch_session", ""},
};

void ReadSubscriptionAnswers(const Node& tree, Message* m) {
  // <SubscribeMsgPopupEvent><List>...</List><List>...</List>, or a JSON array named List.
  std::string templates;
  std::string answers;
  const auto add = [&](const Node& list) {
    templates += (templates.empty() ? "" : ",") + list.Text("TemplateId");
    const std::string status = list.Text("SubscribeStatusString");
    answers += (answers.empty() ? "" : ",") + (status.empty() ? list.Text("ErrorStatus") : status);
  };
  for (const Node& child : tree.children) {
    if (!child.name.starts_with("SubscribeMsg")) continue;
    for (const Node& list : child.children) {
      if (list.name != "List") continue;
      if (list.form != Node::Form::kArray) add(list);
      for (const Node& element : list.children) {
        if (list.form == Node::Form::kArray) add(element);
      }
    }
  }
  if (!templates.empty()) m->facts["template_id"] = templates;
  if (!answers.empty()) m->facts["answer"] = answers;
}

void ReadNested(const Node& tree, Message* m) {
  if (const Node* scan = tree.Child("ScanCodeInfo")) {
    SetFact(*scan, "ScanType", "scan_type", m);
    SetFact(*scan, "ScanResult", "scan_result", m);
  }
  if (const Node* place = tree.Child("SendLocationInfo")) {
    SetFact(*place, "Location_X", "latitude", m);
    SetFact(*place, "Location_Y", "longitude", m);
    SetFact(*place, "Scale", "scale", m);
    m->place_hint = place->Text("Label");
    const std::string poi = place->Text("Poiname");
    if (!poi.empty()) m->place_hint += (m->place_hint.empty() ? "" : " ") + poi;
  }
  ReadSubscriptionAnswers(tree, m);
}

}  // namespace

std::string LowerAscii(std::string s) {
  std::transform(s.begin(), s.end(), s.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return s;
}

void SetFact(const Node& tree, std::string_view field, const char* fact, Message* m) {
  std::string value = tree.Text(field);
  if (!value.empty()) m->facts[fact] = std::move(value);
}

void ReadEvent(const Node& tree, Message* m) {
  const std::string event = LowerAscii(tree.Text("Event"));
  m->facts["event"] = event;
  const auto row = std::find_if(kEvents.begin(), kEvents.end(), [&](const EventRow& r) { return r.name == event; });
  m->kind = row == kEvents.end() ? Kind::kUnsupported : Kind::kEvent;
  if (row != kEvents.end() && *row->trigger != '\0') {
    // Following by a QR code counts as following.
    m->facts["trigger"] = row->trigger;
    m->facts["trigger_at"] = std::to_string(ToMs(m->sent_at));
  }
  SetFact(tree, "EventKey", "event_key", m);
  SetFact(tree, "Ticket", "ticket", m);
  SetFact(tree, "Latitude", "latitude", m);
  SetFact(tree, "Longitude", "longitude", m);
  SetFact(tree, "Precision", "precision", m);
  SetFact(tree, "MenuID", "menu_id", m);
  SetFact(tree, "MenuId", "menu_id", m);
  SetFact(tree, "MsgID", "msg_id", m);
  SetFact(tree, "Status", "status", m);
  SetFact(tree, "KfAccount", "kf_account", m);
  SetFact(tree, "ToKfAccount", "kf_account", m);
  ReadNested(tree, m);
}

}  // namespace minsheng::wechat
