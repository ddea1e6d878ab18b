// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "channels/wechat/push.h"
#include "tests/support/social.h"

namespace minsheng::wechat {
namespace {

using minsheng::testing::WechatXml;

Message Read(const std::string& body) {
  const auto tree = ReadTree(body);
  EXPECT_TRUE(tree) << tree.error().what;
  if (!tree) return {};
  auto message = ToMessage(*tree);
  EXPECT_TRUE(message) << message.error().what;
  return message ? *message : Message{};
}

std::string C(const std::string& name, const std::string& value) {
  return "<" + name + "><![CDATA[" + value + "]]></" + name + ">";
}

const std::string kId = "<MsgId>23456789012345678</MsgId>";

TEST(WechatPush, ATextKeepsSenderTimeIdAndWindow) {
  const Message m = Read(WechatXml("text", C("Content", "幸福路路灯坏了\n请修") + kId + C("bizmsgmenuid", "101")));
  EXPECT_EQ(m.kind, Kind::kText);
  EXPECT_EQ(m.text, "幸福路路灯坏了\n请修");
  EXPECT_EQ(m.sender, "openid-A");
  EXPECT_EQ(m.source_id, "23456789012345678");
  EXPECT_EQ(ToMs(m.sent_at), 1'439'200'790'000);
  EXPECT_EQ(
      m.facts,
      (std::map<std::string, std::string>{
          {"to_account", "gh_test"}, {"trigger", "message"}, {"trigger_at", "1439200790000"}, {"menu_id", "101"}}));
}

TEST(WechatPush, AnImageIsAnAttachmentByMediaIdOrByAddress) {
  const Message m = Read(WechatXml("image", C("PicUrl", "http://mmbiz.qpic.cn/p") + C("MediaId", "M1") + kId));
  EXPECT_EQ(m.kind, Kind::kImage);
  ASSERT_EQ(m.attachments.size(), 1U);
  EXPECT_EQ(m.attachments[0].remote, "M1");
  EXPECT_EQ(m.attachments[0].type, "image/*");
  EXPECT_EQ(m.Fact("pic_url"), "http://mmbiz.qpic.cn/p");
  EXPECT_EQ(Read(WechatXml("image", C("PicUrl", "http://mmbiz.qpic.cn/p") + kId)).attachments.at(0).remote,
            "http://mmbiz.qpic.cn/p");
}

TEST(WechatPush, AVoiceHasItsRecognitionAsTextWhenThereIsOne) {
  const std::string media = C("MediaId", "V1") + C("Format", "amr") + C("MediaId16K", "V16");
  const Message m = Read(WechatXml("voice", media + C("Recognition", "楼下太吵了") + C("MsgID", "77")));
  EXPECT_EQ(m.kind, Kind::kVoice);
  EXPECT_EQ(m.text, "楼下太吵了");
  EXPECT_EQ(m.source_id, "77") << "one page of the documents spells it MsgID";
  ASSERT_EQ(m.attachments.size(), 1U);
  EXPECT_EQ(m.attachments[0].type, "audio/amr");
  EXPECT_EQ(m.attachments[0].remote, "V1");
  EXPECT_EQ(m.Fact("media_id_16k"), "V16");
  EXPECT_EQ(Read(WechatXml("voice", media + "<Recognition></Recognition>" + kId)).text, "");
  EXPECT_EQ(Read(WechatXml("voice", media + kId)).text, "");
}

TEST(WechatPush, VideosAreAttachments) {
  for (const char* type : {"video", "shortvideo"}) {
    const Message m = Read(WechatXml(type, C("MediaId", "W1") + C("ThumbMediaId", "T1") + kId));
    EXPECT_EQ(m.kind, Kind::kVideo) << type;
    ASSERT_EQ(m.attachments.size(), 1U);
    EXPECT_EQ(m.attachments[0].remote, "W1");
    EXPECT_EQ(m.Fact("thumb_media_id"), "T1");
  }
}

TEST(WechatPush, ALocationGivesAPlaceAndATextThatRulesCanRead) {
  const Message m = Read(WechatXml("location",
                                   "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y>"
                                   "<Scale>20</Scale>" +
                                       C("Label", "幸福路12号") + kId));
  EXPECT_EQ(m.kind, Kind::kLocation);
  EXPECT_EQ(m.place_hint, "幸福路12号");
  EXPECT_EQ(m.text, "[位置] 幸福路12号（23.134521,113.358803）");
  EXPECT_EQ(m.Fact("latitude"), "23.134521");
  EXPECT_EQ(m.Fact("longitude"), "113.358803");
}

TEST(WechatPush, ALinkAndAMiniProgramPageAreLinks) {
  const Message link =
      Read(WechatXml("link", C("Title", "标题") + C("Description", "说明") + C("Url", "https://a/b") + kId));
  EXPECT_EQ(link.kind, Kind::kLink);
  EXPECT_EQ(link.text, "标题\n说明\nhttps://a/b");
  EXPECT_EQ(link.Fact("url"), "https://a/b");
  const Message page = Read(WechatXml("miniprogrampage", C("Title", "办事") + C("AppId", "wx1") + C("PagePath", "p/i") +
                                                             C("ThumbUrl", "http://t") + kId));
  EXPECT_EQ(page.kind, Kind::kLink);
  EXPECT_EQ(page.text, "办事");
  EXPECT_EQ(page.Fact("mini_app_id"), "wx1");
  EXPECT_EQ(page.Fact("page_path"), "p/i");
  EXPECT_EQ(page.attachments.at(0).remote, "http://t");
}

struct EventCase {
  const char* event;
  std::string fields;
  std::map<std::string, std::string> facts;  // beside event, to_account and trigger_at
};

TEST(WechatPush, EveryEventOfTheDocumentsIsAnEventWithItsFacts) {
  const std::vector<EventCase> cases = {
      {"subscribe", "", {{"trigger", "follow"}}},
      {"subscribe",
       C("EventKey", "qrscene_12") + C("Ticket", "TK"),
       {{"trigger", "follow"}, {"event_key", "qrscene_12"}, {"ticket", "TK"}}},
      {"unsubscribe", "", {}},
      {"SCAN", C("EventKey", "12") + C("Ticket", "TK"), {{"trigger", "scan"}, {"event_key", "12"}, {"ticket", "TK"}}},
      {"LOCATION",
       "<Latitude>23.1</Latitude><Longitude>113.3</Longitude><Precision>119.3</Precision>",
       {{"latitude", "23.1"}, {"longitude", "113.3"}, {"precision", "119.3"}}},
      {"CLICK", C("EventKey", "PROGRESS"), {{"trigger", "menu"}, {"event_key", "PROGRESS"}}},
      {"VIEW",
       C("EventKey", "https://a/b") + "<MenuID>4</MenuID>",
       {{"trigger", "menu"}, {"event_key", "https://a/b"}, {"menu_id", "4"}}},
      {"scancode_push",
       C("EventKey", "6") + "<ScanCodeInfo>" + C("ScanType", "qrcode") + C("ScanResult", "1") + "</ScanCodeInfo>",
       {{"trigger", "menu"}, {"event_key", "6"}, {"scan_type", "qrcode"}, {"scan_result", "1"}}},
      {"scancode_waitmsg", C("EventKey", "6"), {{"trigger", "menu"}, {"event_key", "6"}}},
      {"pic_sysphoto",
       C("EventKey", "6") + "<SendPicsInfo><Count>1</Count><PicList><item>" + C("PicMd5Sum", "1b") +
           "</item></PicList></SendPicsInfo>",
       {{"trigger", "menu"}, {"event_key", "6"}}},
      {"pic_photo_or_album", C("EventKey", "6"), {{"trigger", "menu"}, {"event_key", "6"}}},
      {"pic_weixin", C("EventKey", "6"), {{"trigger", "menu"}, {"event_key", "6"}}},
      {"location_select",
       C("EventKey", "6") + "<SendLocationInfo>" + C("Location_X", "23") + C("Location_Y", "113") + C("Scale", "15") +
           C("Label", "幸福路") + C("Poiname", "幸福小区") + "</SendLocationInfo>",
       {{"trigger", "menu"}, {"event_key", "6"}, {"latitude", "23"}, {"longitude", "113"}, {"scale", "15"}}},
      {"view_miniprogram",
       C("EventKey", "pages/index") + "<MenuId>7</MenuId>",
       {{"trigger", "menu"}, {"event_key", "pages/index"}, {"menu_id", "7"}}},
      {"TEMPLATESENDJOBFINISH",
       "<MsgID>200163836</MsgID>" + C("Status", "failed:user block"),
       {{"msg_id", "200163836"}, {"status", "failed:user block"}}},
      {"MASSSENDJOBFINISH",
       "<MsgID>1988</MsgID>" + C("Status", "sendsuccess") + "<TotalCount>100</TotalCount>",
       {{"msg_id", "1988"}, {"status", "sendsuccess"}}},
      {"subscribe_msg_popup_event",
       "<SubscribeMsgPopupEvent><List>" + C("TemplateId", "T1") + C("SubscribeStatusString", "accept") +
           "</List><List>" + C("TemplateId", "T2") + C("SubscribeStatusString", "reject") +
           "</List></SubscribeMsgPopupEvent>",
       {{"template_id", "T1,T2"}, {"answer", "accept,reject"}}},
      {"subscribe_msg_change_event",
       "<SubscribeMsgChangeEvent><List>" + C("TemplateId", "T1") + C("SubscribeStatusString", "reject") +
           "</List></SubscribeMsgChangeEvent>",
       {{"template_id", "T1"}, {"answer", "reject"}}},
      {"subscribe_msg_sent_event",
       "<SubscribeMsgSentEvent><List>" + C("TemplateId", "T1") + "<MsgID>5</MsgID><ErrorCode>0</ErrorCode>" +
           C("ErrorStatus", "success") + "</List></SubscribeMsgSentEvent>",
       {{"template_id", "T1"}, {"answer", "success"}}},
      {"kf_create_session", C("KfAccount", "a@b"), {{"kf_account", "a@b"}}},
      {"kf_close_session", C("KfAccount", "a@b"), {{"kf_account", "a@b"}}},
      {"kf_switch_session", C("FromKfAccount", "a@b") + C("ToKfAccount", "c@b"), {{"kf_account", "c@b"}}},
  };
  for (const EventCase& c : cases) {
    const Message m = Read(WechatXml("event", C("Event", c.event) + c.fields));
    EXPECT_EQ(m.kind, Kind::kEvent) << c.event;
    std::map<std::string, std::string> facts = c.facts;
    facts["to_account"] = "gh_test";
    std::string lower = c.event;
    for (char& ch : lower) ch = static_cast<char>(std::tolower(static_cast<unsigned char>(ch)));
    facts["event"] = lower;
    if (facts.contains("trigger")) facts["trigger_at"] = "1439200790000";
    EXPECT_EQ(m.facts, facts) << c.event;
    EXPECT_TRUE(m.source_id.starts_with("openid-A|1439200790|" + lower + "|")) << m.source_id;
  }
  EXPECT_EQ(Read(WechatXml("event", C("Event", "location_select") + "<SendLocationInfo>" + C("Label", "幸福路") +
                                        C("Poiname", "幸福小区") + "</SendLocationInfo>"))
                .place_hint,
            "幸福路 幸福小区");
}

TEST(WechatPush, EventNamesAreComparedWithoutRegardToCase) {
  const auto upper = Read(WechatXml("event", C("Event", "SUBSCRIBE")));
  const auto lower = Read(WechatXml("Event", C("Event", "subscribe")));
  EXPECT_EQ(upper.kind, Kind::kEvent);
  EXPECT_EQ(upper.source_id, lower.source_id);
}

TEST(WechatPush, TwoEventsOfOneSecondStayTwo) {
  std::set<std::string> ids;
  for (const auto& fields :
       {C("Event", "subscribe") + C("EventKey", "qrscene_1"), C("Event", "SCAN") + C("EventKey", "1"),
        C("Event", "CLICK") + C("EventKey", "A"), C("Event", "CLICK") + C("EventKey", "B"),
        C("Event", "TEMPLATESENDJOBFINISH") + "<MsgID>1</MsgID>",
        C("Event", "TEMPLATESENDJOBFINISH") + "<MsgID>2</MsgID>",
        C("Event", "VIEW") + C("EventKey", "https://a/" + std::string(500, 'x') + "1"),
        C("Event", "VIEW") + C("EventKey", "https://a/" + std::string(500, 'x') + "2")}) {
    const auto id = Read(WechatXml("event", fields)).source_id;
    EXPECT_LT(id.size(), 200U);
    EXPECT_TRUE(ids.insert(id).second) << id;
  }
}

TEST(WechatPush, WhatWeDoNotKnowIsKeptAsUnsupported) {
  const Message type = Read(WechatXml("hologram", kId));
  EXPECT_EQ(type.kind, Kind::kUnsupported);
  EXPECT_EQ(type.Fact("msg_type"), "hologram");
  EXPECT_EQ(type.source_id, "23456789012345678");
  const Message event = Read(WechatXml("event", C("Event", "debug_demo")));
  EXPECT_EQ(event.kind, Kind::kUnsupported);
  EXPECT_EQ(event.Fact("event"), "debug_demo");
}

TEST(WechatPush, AMessageWithoutAGoodIdGetsOneFromItsContent) {
  const auto a = Read(WechatXml("text", C("Content", "第一条")));
  EXPECT_TRUE(a.source_id.starts_with("1439200790-")) << a.source_id;
  EXPECT_EQ(a.source_id, Read(WechatXml("text", C("Content", "第一条"))).source_id);
  EXPECT_NE(a.source_id, Read(WechatXml("text", C("Content", "第二条"))).source_id);
  EXPECT_TRUE(Read(WechatXml("text", C("MsgId", "1|2") + C("Content", "x"))).source_id.starts_with("1439200790-"));
}

TEST(WechatPush, JsonAndXmlOfOnePushGiveOneMessage) {
  const auto xml = Read(WechatXml("text", C("Content", "路灯") + kId));
  const auto json = Read(R"({"ToUserName":"gh_test","FromUserName":"openid-A","CreateTime":1439200790,"MsgType":"text",
                             "Content":"路灯","MsgId":23456789012345678})");
  EXPECT_EQ(xml, json);
  const auto popup =
      Read(R"({"ToUserName":"gh_test","FromUserName":"openid-A","CreateTime":1439200790,"MsgType":"event",
      "Event":"subscribe_msg_popup_event","SubscribeMsgPopupEvent":{"List":[
      {"TemplateId":"T1","SubscribeStatusString":"accept"},{"TemplateId":"T2","SubscribeStatusString":"reject"}]}})");
  EXPECT_EQ(popup.Fact("template_id"), "T1,T2");
  EXPECT_EQ(popup.Fact("answer"), "accept,reject");
}

TEST(WechatPush, APushWithoutSenderTimeOrKindIsAnErrorThatNamesTheField) {
  const auto error = [](const std::string& body) { return ToMessage(*ReadTree(body)).error().what; };
  EXPECT_NE(error("<xml><CreateTime>1</CreateTime><MsgType>text</MsgType></xml>").find("FromUserName"),
            std::string::npos);
  EXPECT_NE(error("<xml><FromUserName>a</FromUserName><CreateTime>x</CreateTime><MsgType>text</MsgType></xml>")
                .find("CreateTime"),
            std::string::npos);
  EXPECT_NE(error("<xml><FromUserName>a</FromUserName><CreateTime>1439200790123</CreateTime></xml>").find("CreateTime"),
            std::string::npos);
  EXPECT_NE(error("<xml><FromUserName>a</FromUserName><CreateTime>1</CreateTime></xml>").find("MsgType"),
            std::string::npos);
}

}  // namespace
}  // namespace minsheng::wechat
