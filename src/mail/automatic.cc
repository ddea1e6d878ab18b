// SPDX-License-Identifier: Apache-2.0
#include "src/mail/automatic.h"

#include <algorithm>
#include <array>
#include <optional>

#include "src/mail/header_text.h"
#include "src/text/utf8.h"

namespace minsheng::mail {
namespace {

std::string LocalPart(std::string_view address) { return std::string(address.substr(0, address.find('@'))); }

bool SubjectSaysReturned(std::string_view subject) {
  static constexpr std::array<std::string_view, 10> kWords = {
      "系统退信",    "退信通知",      "邮件投递失败",    "投递失败",       "退信",
      "undelivered", "undeliverable", "delivery status", "failure notice", "returned mail"};
  const auto low = Lower(subject);
  return std::any_of(kWords.begin(), kWords.end(), [&](auto word) { return low.find(word) != std::string::npos; });
}

std::optional<OriginVerdict> ByReport(const Mail& mail) {
  if (mail.bounce || mail.report_type == "delivery-status")
    return OriginVerdict{Origin::kBounce, "multipart/report; report-type=delivery-status"};
  if (mail.report_type == "disposition-notification")
    return OriginVerdict{Origin::kReceipt, "multipart/report; report-type=disposition-notification"};
  return std::nullopt;
}

std::optional<OriginVerdict> BySender(const Mail& mail) {
  if (!IsDaemonAddress(mail.from)) return std::nullopt;
  const bool returned = SubjectSaysReturned(mail.subject);
  return OriginVerdict{returned ? Origin::kBounce : Origin::kRobot, "From: " + LocalPart(mail.from)};
}

// Fields that only programs write.
std::optional<OriginVerdict> ByField(const Mail& mail) {
  for (const auto& header : mail.headers) {
    const auto& name = header.first;
    const auto& value = header.second;
    const auto low = Lower(text::Trim(std::string_view(value).substr(0, value.find(';'))));
    const auto robot = [&] { return OriginVerdict{Origin::kRobot, name + ": " + text::Truncate(value, 60)}; };
    if (name == "auto-submitted" && low != "no" && !low.empty()) return robot();
    if (name == "return-path" && text::Trim(value) == "<>") return robot();
    if ((name == "x-autoreply" || name == "x-autorespond" || name == "x-autoreply-from" ||
         (name.starts_with("x-qq-") && name.find("autoreply") != std::string::npos)) &&
        low != "no" && low != "false" && low != "0")
      return robot();
    if (name == "precedence" && (low == "auto_reply" || low == "auto-reply")) return robot();
  }
  return std::nullopt;
}

std::optional<OriginVerdict> ByList(const Mail& mail) {
  const auto precedence = Lower(mail.Header("precedence"));
  if (precedence == "bulk" || precedence == "junk" || precedence == "list")
    return OriginVerdict{Origin::kList, "Precedence: " + precedence};
  for (const auto* name : {"list-id", "list-unsubscribe"})
    if (mail.HasHeader(name)) return OriginVerdict{Origin::kList, name};
  const auto local = LocalPart(mail.from);
  for (const auto word : {"noreply", "no-reply", "no_reply", "donotreply", "do-not-reply"})
    if (local.find(word) != std::string::npos) return OriginVerdict{Origin::kNoReply, "From: " + local};
  return std::nullopt;
}

}  // namespace

OriginVerdict JudgeOrigin(const Mail& mail, std::string_view own_address, std::string_view loop_mark) {
  // A bounce may carry our own fields in its returned part only; the top is the other server's.
  if (auto verdict = ByReport(mail)) return *verdict;
  if (!loop_mark.empty() && mail.Header("x-minsheng-loop") == loop_mark) return {Origin::kLoop, "X-Minsheng-Loop"};
  if (!own_address.empty() && mail.from == own_address) return {Origin::kLoop, "From: our own address"};
  if (auto verdict = BySender(mail)) return *verdict;
  if (auto verdict = ByField(mail)) return *verdict;
  if (auto verdict = ByList(mail)) return *verdict;
  return {};
}

bool IsDaemonAddress(std::string_view address) {
  const auto local = LocalPart(address);
  return local == "mailer-daemon" || local == "mailerdaemon" || local == "postmaster" || local == "mail-daemon";
}

std::string_view ToWord(Origin origin) {
  switch (origin) {
    case Origin::kPerson:
      return "person";
    case Origin::kList:
      return "list";
    case Origin::kNoReply:
      return "no-reply";
    case Origin::kRobot:
      return "auto-reply";
    case Origin::kBounce:
      return "bounce";
    case Origin::kReceipt:
      return "receipt";
    case Origin::kLoop:
      return "loop";
  }
  return "person";
}

}  // namespace minsheng::mail
