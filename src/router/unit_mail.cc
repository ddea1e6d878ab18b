// SPDX-License-Identifier: Apache-2.0
#include "src/router/unit_mail.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace minsheng::router {
namespace {

// What is known for the form of its topic, and what nobody could tell.
std::string FactLines(const nlohmann::json& data) {
  std::string lines;
  for (const auto& fact : data.value("facts", nlohmann::json::array())) {
    lines += fmt::format("{}：{}\n", fact.value("name", ""), fact.value("value", ""));
  }
  for (const auto& field : data.value("missing", nlohmann::json::array())) {
    lines += fmt::format("缺少：{}\n", field.value("name", ""));
  }
  return lines;
}

// The order as a unit's staff read it. Everything in the payload is masked already.
std::string OrderText(const nlohmann::json& order) {
  const auto field = [&](const char* key) { return order.value(key, std::string()); };
  std::string text = fmt::format("工单号：{}\n事项：{}\n紧急程度：{}\n渠道：{}\n", field("number"), field("topic_name"),
                                 field("urgency"), field("channel"));
  if (!field("place").empty()) text += "地点：" + field("place") + "\n";
  if (order.value("confidential", false)) text += "诉求人要求保密，请勿打听、透露其身份。\n";
  if (order.value("anonymous", false)) text += "诉求人匿名。\n";
  text += FactLines(order);
  return text +
         fmt::format("受理时间：{}\n\n内容：\n{}\n\n研判理由：{}\n", field("received_at"), field("text"), field("why"));
}

// What the unit should look at, and how it says that all is well.
std::string ReviewText(const nlohmann::json& article) {
  const auto field = [&](const char* key) { return article.value(key, std::string()); };
  const std::string why = field("why") == "expired"
                              ? "已过有效期（最后一天 " + field("last_day") + "），热线不再用它答复"
                          : field("why") == "expiring" ? "有效期到 " + field("last_day")
                                                       : "已有一年以上没有复核";
  return fmt::format(
      "贵单位负责的知识库条目{}，请复核：内容仍然正确的请告诉热线；需要修改的，请把新的内容、依据和有效期发给热线。\n\n"
      "条目：{}  {}（第 {} 版）\n责任人：{}\n依据：{}\n\n现在的答复：\n{}\n",
      why, field("id"), field("title"), article.value("version", 0), field("owner"), field("source"), field("answer"));
}

// What happened to an order that the unit has already; empty for the order itself.
std::string_view NoticeTitle(std::string_view type) {
  constexpr std::pair<std::string_view, std::string_view> kTitles[] = {
      {"order.withdrawn", "工单已收回，无需再办"},
      {"order.warned", "预警"},
      {"order.reminded", "催办"},
      {"order.supervised", "督办"},
      {"order.return-refused", "退单未获同意，请继续办理"},
      {"order.sent-back", "答复未通过审核，请补充"},
      {"order.extended", "已同意延期"},
      {"order.facts", "要素有补充"},
      {"order.added", "诉求人有补充"},
      {"order.instructed", "区领导批示"},
  };
  for (const auto& [word, title] : kTitles) {
    if (word == type) return title;
  }
  return type == "order.dispatched" ? "" : "通知";
}

std::string NoticeText(std::string_view title, const nlohmann::json& data) {
  std::string text = fmt::format("工单号：{}\n{}\n", data.value("number", ""), title);
  if (const auto reason = data.value("reason", std::string()); !reason.empty()) text += "说明：" + reason + "\n";
  if (const auto due = data.value("due_at", std::string()); !due.empty()) text += "答复期限：" + due + "\n";
  if (const auto words = data.value("text", std::string()); !words.empty()) text += "内容：\n" + words + "\n";
  if (data.value("kind", "") == "image") text += "（附图片）\n";
  return text + FactLines(data);
}

}  // namespace

UnitMail::UnitMail(std::unique_ptr<mail::Sender> sender, std::string from,
                   std::shared_ptr<const orders::Catalogue> catalogue, const Clock& clock)
    : sender_(std::move(sender)), from_(std::move(from)), catalogue_(std::move(catalogue)), clock_(clock) {}

Result<Receipt> UnitMail::Send(const store::OutboxRow& row) const {
  const auto* const unit = catalogue_->FindUnit(row.draft.target);
  if (sender_ == nullptr || unit == nullptr || unit->mail.empty()) {
    return MakeError(ErrorKind::kRejected,
                     "没有配置发信服务器或单位邮箱 / no mail server or address for " + row.draft.target);
  }
  const auto payload = nlohmann::json::parse(row.draft.payload, nullptr, /*allow_exceptions=*/false);
  const auto order = payload.is_object() ? payload.value("data", nlohmann::json::object()) : nlohmann::json::object();
  mail::OutMail out;
  out.from = from_;
  out.from_name = "12345热线";
  out.to = unit->mail;
  const auto type = payload.is_object() ? payload.value("type", "order.dispatched") : std::string("order.dispatched");
  const auto title = NoticeTitle(type);
  if (type == "article.review") {
    out.subject = fmt::format("[知识库复核] {}", order.value("title", ""));
    out.text = ReviewText(order);
  } else {
    out.subject =
        fmt::format("[工单 {}] {}", order.value("number", ""), title.empty() ? order.value("topic_name", "") : title);
    out.text = title.empty() ? OrderText(order) : NoticeText(title, order);
  }
  out.message_id = row.id + "@" + from_.substr(from_.find('@') + 1);
  out.date = clock_.Now();
  out.purpose = mail::Purpose::kNotice;
  const auto composed = mail::Compose(out);
  if (!composed) return Fail(composed.error());
  const auto sent = sender_->Send(*composed);
  if (!sent) return Fail(sent.error());
  return Receipt{out.message_id, false};
}

}  // namespace minsheng::router
