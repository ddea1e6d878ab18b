// SPDX-License-Identifier: Apache-2.0
#include "src/mail/quote.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "src/mail/header_text.h"
#include "src/text/utf8.h"

namespace minsheng::mail {
namespace {

struct QuoteLine {
  std::size_t begin = 0;  // bytes of the text
  std::string plain;      // trimmed; blanks and colons of all widths are ' ' and ':'
};

bool Contains(std::string_view s, std::string_view what) { return s.find(what) != std::string_view::npos; }

std::string PlainLine(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size();) {
    const char32_t c = text::NextCodePoint(line, &i);
    if (c == 0x200B || c == 0xFEFF) continue;
    const bool blank =
        c == 0xA0 || c == 0x3000 || c == U'\t' || c == U'\r' || (c >= 0x2002 && c <= 0x200A) || c == 0x202F;
    text::AppendUtf8(blank ? U' ' : c == U'：' ? U':' : c == U'，' ? U',' : c, &out);
  }
  return std::string(text::Trim(out));
}

std::vector<QuoteLine> QuoteLines(std::string_view text) {
  std::vector<QuoteLine> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back({at, PlainLine(text.substr(at, std::min<std::size_t>(end - at, 2000)))});
    at = end + 1;
  }
  return out;
}

bool StartsWithAny(std::string_view s, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto w) { return s.starts_with(w); });
}

bool HasAddress(std::string_view s) {
  for (auto at = s.find('@'); at != std::string_view::npos; at = s.find('@', at + 1)) {
    if (at > 0 && at + 1 < s.size() && std::isalnum(static_cast<unsigned char>(s[at - 1])) != 0 &&
        std::isalnum(static_cast<unsigned char>(s[at + 1])) != 0)
      return true;
  }
  return false;
}

// "11:18" with digits on both sides.
bool HasClockTime(std::string_view s) {
  for (auto at = s.find(':'); at != std::string_view::npos; at = s.find(':', at + 1)) {
    if (at > 0 && at + 2 < s.size() && std::isdigit(static_cast<unsigned char>(s[at - 1])) != 0 &&
        std::isdigit(static_cast<unsigned char>(s[at + 1])) != 0 &&
        std::isdigit(static_cast<unsigned char>(s[at + 2])) != 0)
      return true;
  }
  return false;
}

// "------ 原始邮件 ------": dashes, a word of a mail client, dashes.
bool IsSeparator(std::string_view line) {
  if (!line.starts_with("--")) return false;
  const auto from = line.find_first_not_of('-');
  if (from == std::string_view::npos) return false;
  const auto to = line.find_last_not_of('-');
  if (from < 2 || line.size() - to - 1 < 2) return false;
  const auto word = Lower(text::Trim(line.substr(from, to - from + 1)));
  static constexpr std::array<std::string_view, 10> kWords = {
      "原始邮件", "原邮件",           "原始郵件",        "邮件原件", "回复的原邮件",
      "original", "original message", "replied message", "原始信件", "原始訊息"};
  if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
  return (word.starts_with("在") || word.starts_with("on ")) && (word.ends_with("撰写") || word.ends_with("wrote"));
}

bool IsRule(std::string_view line) {
  return line.size() >= 10 && line.find_first_not_of("-_=") == std::string_view::npos;
}

// Which label of a mail header the line begins with, or empty: "from", "sent", "to", "cc", "subject".
std::string_view LabelOf(std::string_view line) {
  const auto colon = line.substr(0, 40).find(':');
  if (colon == std::string_view::npos) return {};
  std::string word = Lower(line.substr(0, colon));
  std::erase_if(word, [](char c) { return c == ' ' || c == '*' || c == '>'; });
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kLabels = {{
      {"发件人", "from"},  {"寄件者", "from"},   {"寄件人", "from"},     {"发信人", "from"},  {"發件人", "from"},
      {"from", "from"},    {"发送时间", "sent"}, {"发送日期", "sent"},   {"日期", "sent"},    {"寄件日期", "sent"},
      {"已发送", "sent"},  {"sent", "sent"},     {"date", "sent"},       {"收件人", "to"},    {"收件者", "to"},
      {"收信人", "to"},    {"to", "to"},         {"抄送", "cc"},         {"副本", "cc"},      {"cc", "cc"},
      {"主题", "subject"}, {"主旨", "subject"},  {"subject", "subject"}, {"主題", "subject"},
  }};
  for (const auto& [text_of, label] : kLabels)
    if (word == text_of) return label;
  return {};
}

// A block of header labels begins at lines[i]: three different ones, or two when the first is the sender with an
// address. A citizen may write "发件人：" in a complaint.
bool IsLabelBlock(const std::vector<QuoteLine>& lines, std::size_t i) {
  const auto first = LabelOf(lines[i].plain);
  if (first.empty()) return false;
  std::set<std::string_view> seen;
  int strange = 0;
  for (std::size_t k = i; k < lines.size() && k < i + 14; ++k) {
    const auto& line = lines[k].plain;
    if (line.empty()) {
      if (++strange > 5) break;
      continue;
    }
    const auto label = LabelOf(line);
    if (label.empty() && !HasAddress(line)) break;  // a long list of recipients may wrap
    if (!label.empty()) seen.insert(label);
  }
  return seen.size() >= 3 || (seen.size() == 2 && first == "from" && HasAddress(lines[i].plain));
}

bool EndsWithWrote(std::string_view s) {
  static constexpr std::array<std::string_view, 7> kEnds = {
      "写道:", "寫道:", "来信:", "來信:", "wrote:", "写到:", "撰写:"};
  return std::any_of(kEnds.begin(), kEnds.end(), [&](auto end) { return s.ends_with(end); });
}

bool OpensAttribution(std::string_view s) {
  return StartsWithAny(s, {"在", "于", "At ", "On ", "at ", "on ", "20", "---- 在"});
}

// "在 2019-07-04 11:20:38，x 写道：" and its relatives: an address, or a year and a time of day.
bool IsAttribution(std::string_view s) {
  const bool dated = Contains(s, "20") && HasClockTime(s);
  return EndsWithWrote(s) && s.size() < 500 &&
         (HasAddress(s) || (dated && (OpensAttribution(s) || Contains(s, "于20"))));
}

// The line may be wrapped over two or three. Returns the first line of an attribution that ends at lines[end].
std::optional<std::size_t> AttributionEndingAt(const std::vector<QuoteLine>& lines, std::size_t end) {
  if (!EndsWithWrote(lines[end].plain)) return std::nullopt;
  std::optional<std::size_t> best;
  std::string joined;
  for (std::size_t start = end + 1; start-- > 0 && start + 3 > end;) {
    const auto& line = lines[start].plain;
    if (line.empty()) break;
    if (start != end && (line.ends_with("。") || line.ends_with("！") || line.ends_with("？"))) break;
    joined = line + (joined.empty() ? "" : " ") + joined;
    if (IsAttribution(joined) && (!best || OpensAttribution(line))) best = start;
    if (OpensAttribution(line) && best) break;
  }
  return best;
}

bool IsProductSignature(std::string_view line) {
  return line.size() <= 120 &&
         (StartsWithAny(line,
                        {"发自我的", "發自我的", "从我的", "从 Windows", "從 Windows", "获取 Outlook", "获取Outlook",
                         "来自 网易邮箱", "来自网易邮箱", "来自我的", "发送自", "Sent from my", "Sent from Mail",
                         "Sent from Outlook", "Get Outlook for", "发自QQ邮箱", "来自QQ邮箱", "从QQ邮箱"}) ||
          (line.starts_with("发自") && Contains(line, "手机") && line.size() <= 60));
}

// The quote that begins at `mark` is made of ">" lines with other lines between or below them.
bool HasAnswersBetween(const std::vector<QuoteLine>& lines, std::size_t mark) {
  bool quoted = false;
  for (std::size_t i = mark; i < lines.size(); ++i) {
    const auto& line = lines[i].plain;
    if (line.empty() || IsProductSignature(line)) continue;
    if (line.starts_with(">")) {
      quoted = true;
    } else if (quoted) {
      return true;
    } else if (i > mark + 3) {
      return false;
    }
  }
  return false;
}

std::optional<std::size_t> FindMark(const std::vector<QuoteLine>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].plain.empty()) continue;
    if (IsSeparator(lines[i].plain) || IsLabelBlock(lines, i)) return i;
    if (const auto start = AttributionEndingAt(lines, i)) return *start;
  }
  // ">" lines up to the end, without any head: at least two, below an empty line.
  std::size_t first = lines.size();
  int marked = 0;
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (lines[i].plain.empty()) continue;
    if (!lines[i].plain.starts_with(">")) break;
    first = i;
    ++marked;
  }
  return marked >= 2 && first > 0 && lines[first - 1].plain.empty() ? std::optional(first) : std::nullopt;
}

std::string WithoutSignature(std::string_view above) {
  for (;;) {
    above = text::Trim(above);
    const auto start = above.rfind('\n') == std::string_view::npos ? 0 : above.rfind('\n') + 1;
    const auto last = PlainLine(above.substr(start));
    if (last.empty() || !(IsProductSignature(last) || IsRule(last))) return std::string(above);
    above = above.substr(0, start);
  }
}

}  // namespace

QuoteSplit SplitQuote(std::string_view text, std::optional<std::size_t> hint) {
  const auto lines = QuoteLines(text);
  auto mark = FindMark(lines);
  if (mark && HasAnswersBetween(lines, *mark)) mark.reset();
  QuoteSplit out;
  if (mark) {
    // A rule of dashes just above belongs to the quote.
    auto i = *mark;
    while (i > 0 && (lines[i - 1].plain.empty() || IsRule(lines[i - 1].plain))) --i;
    out.quote_at = lines[i].begin;
  }
  if (hint && *hint <= text.size() && (!out.quote_at || *hint < *out.quote_at)) out.quote_at = hint;
  out.new_text = WithoutSignature(text.substr(0, out.quote_at.value_or(text.size())));
  if (out.new_text.empty()) {
    out.quote_at.reset();
    out.new_text = std::string(text::Trim(text));
  }
  return out;
}

bool IsForward(std::string_view subject) {
  const auto s = Lower(PlainLine(subject));
  return StartsWithAny(s, {"fw:", "fwd:", "转发:", "轉寄:", "转寄:", "轉發:"});
}

}  // namespace minsheng::mail
