// SPDX-License-Identifier: Apache-2.0
#include "src/callback/citizen_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/crypto.h"

namespace minsheng::callback {
namespace {

constexpr std::size_t kTokenDigits = 32;
constexpr std::size_t kMostForm = 16U << 10;
constexpr std::string_view kStyle =
    "body{font:18px/1.6 sans-serif;max-width:34em;margin:1em auto;padding:0 1em;color:#222;background:#fff}"
    "blockquote{margin:0;padding:.5em 1em;border-left:4px solid #888;white-space:pre-wrap}"
    "label{display:block;padding:.4em 0}textarea{width:100%;font:inherit;box-sizing:border-box}"
    "button{font:inherit;padding:.5em 2em}";

struct PageWords {
  std::string_view lang, title, topic, answer, ask, more, send, thanks, over, none, often, pick;
  std::string_view choices[4];
};
constexpr PageWords kChinese{"zh-CN",
                             "12345 热线：办理结果评价",
                             "事项",
                             "答复",
                             "您对办理结果是否满意？",
                             "想说的话（可不填，请勿填写身份证号等个人信息）",
                             "提交",
                             "感谢您的评价。",
                             "这个链接已经用过，或已过期。如有新情况，请拨打 12345。",
                             "没有这个链接，请核对邮件中的地址。",
                             "操作太频繁，请稍后再试。",
                             "请选择一项。",
                             {"满意", "基本满意", "不满意", "问题没有解决"}};
constexpr PageWords kEnglish{"en",
                             "12345 hotline: was the answer of help?",
                             "Matter",
                             "Answer",
                             "Are you satisfied with how your request was handled?",
                             "Your words (optional; please no identity numbers or the like)",
                             "Send",
                             "Thank you for your answer.",
                             "This link was used already, or is too old. If there is news, please call 12345.",
                             "There is no such link. Please check the address in your mail.",
                             "Too often. Please try again later.",
                             "Please choose one.",
                             {"Satisfied", "Mostly satisfied", "Not satisfied", "The problem is not solved"}};

const PageWords& WordsFor(const http::Request& request) {
  const auto asked = request.Query("lang");
  if (asked) return *asked == "en" ? kEnglish : kChinese;
  return request.Header("accept-language").starts_with("en") ? kEnglish : kChinese;
}

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

http::Headers PageHeaders(const PageWords& words) {
  return {{"Content-Security-Policy",
           "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
          {"Cache-Control", "no-store"},
          {"Referrer-Policy", "no-referrer"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Robots-Tag", "noindex, nofollow"},
          {"Content-Language", std::string(words.lang)}};
}

http::Response PageOf(int status, const PageWords& words, const std::string& main) {
  http::Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.headers = PageHeaders(words);
  response.body = fmt::format(
      "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><title>{}</title><link rel=\"stylesheet\" href=\"/t/style.css\">"
      "</head><body><main><h1>{}</h1>\n{}</main></body></html>\n",
      words.lang, words.title, words.title, main);
  return response;
}

http::Response PageSaying(int status, const PageWords& words, std::string_view text) {
  return PageOf(status, words, fmt::format("<p role=\"status\">{}</p>\n", text));
}

// What the form must bring back: only who has the page of this token can know it.
std::string FormToken(const std::string& token) { return crypto::Hex(crypto::HmacSha256(token, "call-back form")); }

bool IsToken(const std::string& token) {
  return token.size() == kTokenDigits && std::all_of(token.begin(), token.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string FormOf(const PageWords& words, const LinkView& view, const std::string& token) {
  std::string out = fmt::format("<p>{}　{}</p>\n<h2>{}</h2>\n<blockquote>{}</blockquote>\n", Escape(view.order_number),
                                Escape(view.topic), words.answer, Escape(view.answer));
  out +=
      fmt::format("<form method=\"post\" action=\"/t/{}?lang={}\"><input type=\"hidden\" name=\"form\" value=\"{}\">\n",
                  token, words.lang.substr(0, 2), FormToken(token));
  out += fmt::format("<fieldset><legend>{}</legend>\n", words.ask);
  for (int i = 0; i < 4; ++i) {
    out += fmt::format("<label><input type=\"radio\" name=\"choice\" value=\"{}\" required> {}</label>\n", i + 1,
                       words.choices[i]);
  }
  return out + fmt::format(
                   "</fieldset>\n<label>{}<textarea name=\"words\" rows=\"3\" maxlength=\"500\"></textarea></label>\n"
                   "<p><button>{}</button></p></form>\n",
                   words.more, words.send);
}

http::Response PageFor(const PageWords& words, const Error& error) {
  switch (error.kind) {
    case ErrorKind::kNotFound:
      return PageSaying(404, words, words.none);
    case ErrorKind::kConflict:
      return PageSaying(410, words, words.over);
    case ErrorKind::kInvalid:
      return PageSaying(400, words, words.pick);
    default:
      return PageSaying(503, words, words.often);
  }
}

}  // namespace

void CitizenPage::AddRoutes(http::Server& server, Background& background) {
  server.Route("GET", "/t/style.css", [](const http::Request&, http::Responder r) {
    r.Send({200, std::string(kStyle), "text/css; charset=utf-8", {{"Cache-Control", "public, max-age=86400"}}});
  });
  server.Route("GET", "/t/{token}", background.Handle([this](const http::Request& r) { return Show(r); }));
  server.Route("POST", "/t/{token}", background.Handle([this](const http::Request& r) { return Take(r); }), kMostForm);
}

http::Response CitizenPage::Show(const http::Request& request) {
  const auto& words = WordsFor(request);
  if (!limiter_.Allow(request.remote)) return PageSaying(429, words, words.often);
  const auto& token = request.params.at("token");
  if (!IsToken(token)) return PageSaying(404, words, words.none);
  const auto view = call_backs_.Look(token);
  if (!view) return PageFor(words, view.error());
  if (!view->open) return PageSaying(410, words, words.over);
  return PageOf(200, words, FormOf(words, *view, token));
}

http::Response CitizenPage::Take(const http::Request& request) {
  const auto& words = WordsFor(request);
  if (!limiter_.Allow(request.remote)) return PageSaying(429, words, words.often);
  const auto& token = request.params.at("token");
  if (!IsToken(token)) return PageSaying(404, words, words.none);
  std::string choice;
  std::string form;
  std::string said;
  for (const auto& [name, value] : http::ParseQuery(request.body)) {
    if (name == "choice") choice = value;
    if (name == "form") form = value;
    if (name == "words") said = value;
  }
  // Somebody else's page cannot send this form.
  if (!crypto::ConstantTimeEqual(form, FormToken(token))) return PageSaying(403, words, words.none);
  const int number = choice.size() == 1 && choice[0] >= '1' && choice[0] <= '4' ? choice[0] - '0' : 0;
  const auto answered = call_backs_.Answer(token, number, said);
  return answered ? PageSaying(200, words, words.thanks) : PageFor(words, answered.error());
}

}  // namespace minsheng::callback
