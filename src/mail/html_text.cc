// SPDX-License-Identifier: Apache-2.0
#include "src/mail/html_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "src/mail/header_text.h"
#include "src/text/utf8.h"

namespace minsheng::mail {
namespace {

constexpr std::array<std::string_view, 25> kBlocks = {
    "p",  "div", "br", "tr", "li", "ul",  "ol",   "table", "h1",      "h2",      "h3",         "h4",     "h5",
    "h6", "hr",  "dl", "dt", "dd", "pre", "form", "title", "section", "article", "blockquote", "address"};

constexpr std::array<std::pair<std::string_view, char32_t>, 24> kEntities = {{
    {"nbsp", U' '},   {"lt", U'<'},    {"gt", U'>'},     {"amp", U'&'},   {"quot", U'"'},  {"apos", U'\''},
    {"ensp", U' '},   {"emsp", U' '},  {"thinsp", U' '}, {"copy", U'©'},  {"reg", U'®'},   {"middot", U'·'},
    {"hellip", U'…'}, {"mdash", U'—'}, {"ndash", U'–'},  {"ldquo", U'“'}, {"rdquo", U'”'}, {"lsquo", U'‘'},
    {"rsquo", U'’'},  {"times", U'×'}, {"yen", U'¥'},    {"deg", U'°'},   {"bull", U'•'},  {"sect", U'§'},
}};

struct Tag {
  std::string name;  // lower case
  bool closing = false;
  std::string attributes;  // lower case, quotes and blanks removed: "class=qmbox"
};

// Reads the tag at s[*pos] == '<' and moves behind it. Quotes protect '>', unless a quote is never closed.
// nullopt: no '>' follows at all, so '<' is text.
std::optional<Tag> ReadTag(std::string_view s, std::size_t* pos) {
  const auto first_end = s.find('>', *pos);
  if (first_end == std::string_view::npos) return std::nullopt;
  Tag tag;
  std::size_t i = *pos + 1;
  if (i < s.size() && s[i] == '/') {
    tag.closing = true;
    ++i;
  }
  const auto start = i;
  while (i < s.size() && s[i] != '>' && s[i] != ' ' && s[i] != '/' && s[i] != '\n' && s[i] != '\t' && s[i] != '\r') ++i;
  tag.name = Lower(s.substr(start, std::min<std::size_t>(i - start, 32)));
  char quote = 0;
  for (; i < s.size() && (quote != 0 || s[i] != '>'); ++i) {
    const char c = s[i];
    if (quote != 0 ? c == quote : (c == '"' || c == '\'') && s[i - 1] == '=') {
      quote = quote != 0 ? 0 : c;
      tag.attributes += '|';  // ends of values are visible to the quote signs below
    } else if (tag.attributes.size() < 2000 && c != '\r' && c != '\n') {
      tag.attributes += c;
    }
  }
  tag.attributes = Lower(tag.attributes);
  std::erase(tag.attributes, ' ');
  *pos = i < s.size() ? i + 1 : first_end + 1;
  return tag;
}

// Elements that stand around a quoted mail, by client (Foxmail and QQ, NetEase, Sina, 139, Aliyun, Outlook, Gmail,
// Apple, Yahoo, Proton).
bool StartsQuote(const Tag& tag) {
  static constexpr std::array<std::string_view, 16> kSigns = {"class=|qmbox",
                                                              "id=|isreplycontent",
                                                              "class=|ntes-mailmaster-quote",
                                                              "class=|ntes-pcmail-quote",
                                                              "id=|origbody",
                                                              "id=|reply139content",
                                                              "id=|orimsghtmlseperator",
                                                              "id=|divrplyfwdmsg",
                                                              "class=|gmail_quote",
                                                              "type=|cite",
                                                              "class=|yahoo_quoted",
                                                              "class=|protonmail_quote",
                                                              "id=|appendonsend",
                                                              "id=|mail-editor-reference-message-container",
                                                              "border-top:solid#b5c4df",
                                                              "border-top:solid#e1e1e1"};
  if (tag.closing) return false;
  const auto& a = tag.attributes;
  if (std::any_of(kSigns.begin(), kSigns.end(), [&](auto sign) { return a.find(sign) != std::string::npos; }))
    return true;
  // QQ's grey block and Outlook's line carry widths in the middle of the style.
  const auto border = a.find("border-top:solid");
  const bool outlook = border != std::string::npos &&
                       (a.find("b5c4df", border) != std::string::npos || a.find("e1e1e1", border) != std::string::npos);
  return outlook || (tag.name == "div" && a.find("background:#efefef") != std::string::npos);
}

char32_t Entity(std::string_view s, std::size_t* pos) {  // s[*pos] == '&'
  const auto end = s.substr(0, *pos + 12).find(';', *pos);
  if (end == std::string_view::npos) return 0;
  const auto name = s.substr(*pos + 1, end - *pos - 1);
  char32_t c = 0;
  if (name.size() > 1 && name[0] == '#') {
    const bool hex = name[1] == 'x' || name[1] == 'X';
    for (const char d : name.substr(hex ? 2 : 1)) {
      const int v = d >= '0' && d <= '9'          ? d - '0'
                    : hex && d >= 'a' && d <= 'f' ? d - 'a' + 10
                    : hex && d >= 'A' && d <= 'F' ? d - 'A' + 10
                                                  : -1;
      if (v < 0) return 0;
      c = c * (hex ? 16 : 10) + static_cast<char32_t>(v);
    }
    if (c == 0xA0) c = U' ';
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = 0xFFFD;
  } else {
    for (const auto& [word, value] : kEntities)
      if (word == name) c = value;
  }
  if (c != 0) *pos = end + 1;
  return c;
}

class HtmlWriter {
 public:
  explicit HtmlWriter(std::size_t max) : max_(max) {}

  void Char(char32_t c) {
    if (c == U' ' || c == U'\n' || c == U'\t' || c == U'\r' || c == 0xA0) {
      blank_ = true;
      return;
    }
    if (out_.text.size() >= max_) return;
    if (blank_ && !out_.text.empty() && out_.text.back() != '\n') out_.text += ' ';
    blank_ = false;
    text::AppendUtf8(c, &out_.text);
  }
  void Line() {
    blank_ = false;
    if (!out_.text.empty() && !out_.text.ends_with("\n")) out_.text += '\n';
  }
  void Break() {  // <br>: an empty line may stay
    blank_ = false;
    if (!out_.text.empty() && !out_.text.ends_with("\n\n")) out_.text += '\n';
  }
  void Quote() {
    Line();
    if (!out_.quote_at) out_.quote_at = out_.text.size();
  }
  HtmlText Take() { return std::move(out_); }

 private:
  std::size_t max_;
  bool blank_ = false;
  HtmlText out_;
};

// Skips to behind "</name" ... ">", for elements whose content is not text.
std::size_t SkipElement(std::string_view s, std::size_t from, std::string_view name) {
  for (auto i = s.find("</", from); i != std::string_view::npos; i = s.find("</", i + 2)) {
    if (Lower(s.substr(i + 2, name.size())) == name) return std::min(s.find('>', i), s.size() - 1) + 1;
  }
  return s.size();
}

}  // namespace

HtmlText TextOfHtml(std::string_view s, std::size_t max_bytes) {
  HtmlWriter out(max_bytes);
  bool tags_left = true;
  for (std::size_t i = 0; i < s.size();) {
    if (s[i] == '&') {
      if (const char32_t c = Entity(s, &i)) {
        out.Char(c);
      } else {
        out.Char(U'&');
        ++i;
      }
    } else if (s.substr(i, 4) == "<!--") {
      const auto end = s.find("-->", i + 4);
      i = end == std::string_view::npos ? s.size() : end + 3;
    } else if (tags_left && s[i] == '<' && i + 1 < s.size() &&
               (s[i + 1] == '/' || s[i + 1] == '!' || s[i + 1] == '?' || (s[i + 1] | 0x20) >= 'a') && s[i + 1] > 0) {
      const auto found = ReadTag(s, &i);
      tags_left = found.has_value();
      if (!found) continue;
      const Tag& tag = *found;
      if (!tag.closing && (tag.name == "script" || tag.name == "style" || tag.name == "title")) {
        i = SkipElement(s, i, tag.name);
      } else if (StartsQuote(tag)) {
        out.Quote();
      } else if (tag.name == "br") {
        out.Break();
      } else if (tag.name == "td" || tag.name == "th") {
        out.Char(U' ');
      } else if (std::find(kBlocks.begin(), kBlocks.end(), tag.name) != kBlocks.end()) {
        out.Line();
      }
    } else {
      out.Char(text::NextCodePoint(s, &i));
    }
  }
  return out.Take();
}

std::string MetaCharset(std::string_view html) {
  const auto head = Lower(html.substr(0, 2048));
  const auto meta = head.find("<meta");
  const auto at = meta == std::string::npos ? meta : head.find("charset=", meta);
  if (at == std::string::npos) return {};
  auto begin = at + 8;
  if (begin < head.size() && (head[begin] == '"' || head[begin] == '\'')) ++begin;
  return head.substr(begin, head.find_first_of("\"'/> ;\r\n", begin) - begin);
}

}  // namespace minsheng::mail
