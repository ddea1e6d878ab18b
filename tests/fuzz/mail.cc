// SPDX-License-Identifier: Apache-2.0
#include "src/mail/html_text.h"
#include "src/mail/mime.h"
#include "src/mail/quote.h"
#include "src/text/utf8.h"
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {

void Mail(std::string_view input) {
  const mail::HtmlText html = mail::TextOfHtml(text::Repair(input));
  Require(text::IsValidUtf8(html.text), "text of HTML is valid UTF-8");
  Require(!html.quote_at || *html.quote_at <= html.text.size(), "a quote of HTML begins inside its text");
  mail::MailLimits limits;
  limits.max_text_bytes = 4096;
  limits.max_parts = 20;
  limits.max_depth = 8;
  limits.max_attachments = 5;
  const auto mail = mail::ParseMail(input, limits);
  if (!mail) {
    Require(!mail.error().what.empty(), "an error says what is wrong");
    return;
  }
  for (const std::string* field : {&mail->message_id, &mail->from, &mail->from_name, &mail->reply_to, &mail->subject,
                                   &mail->text, &mail->new_text}) {
    Require(text::IsValidUtf8(*field), "every text of a mail is valid UTF-8");
  }
  for (const auto& [name, value] : mail->headers) {
    Require(text::IsValidUtf8(name) && text::IsValidUtf8(value), "every header is valid UTF-8");
  }
  Require(!mail->quote_at || *mail->quote_at <= mail->text.size(), "a quote begins inside the text");
  Require(mail->text.size() <= limits.max_text_bytes + 4, "the limit of text is kept");
  Require(mail->attachments.size() <= 5, "the limit of attachments is kept");
  for (const auto& a : mail->attachments) {
    Require(!a.name.empty() && a.name.find('/') == std::string::npos, "an attachment has a safe name");
  }
}

}  // namespace minsheng::fuzz
