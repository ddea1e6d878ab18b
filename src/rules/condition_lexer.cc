// SPDX-License-Identifier: Apache-2.0
#include "src/rules/condition_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "src/model/message.h"
#include "src/rules/hint.h"
#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

constexpr std::array<std::string_view, 6> kFields = {"channel", "line", "type", "place", "hour", "length"};

// The ASCII operator a character stands for, or the character itself.
char32_t Operator(char32_t c) {
  switch (c) {
    case U'（':
      return U'(';
    case U'）':
      return U')';
    case U'｜':
      return U'|';
    case U'＆':
      return U'&';
    case U'！':
      return U'!';
    case U'～':
      return U'~';
    case U'：':
      return U':';
    case U'＜':
      return U'<';
    case U'＠':
      return U'@';
    case U'，':
      return U',';
    case U'“':
    case U'”':
    case U'＂':
      return U'"';
    case U'　':
    case U' ':
    case U'\t':
    case U'\n':
    case U'\r':
      return U' ';
    default:
      return c;
  }
}

bool EndsWord(char32_t op) { return std::u32string_view(U"()|&!~:<@\",/ ").find(op) != std::u32string_view::npos; }
bool NeedsQuotes(char32_t c) {
  return std::u32string_view(U"。、；;？?'‘’《》【】[]{}\\^$*=>#").find(c) != std::u32string_view::npos;
}

class Lexer {
 public:
  Lexer(std::string_view source, std::vector<SyntaxProblem>* problems) : s_(source), problems_(*problems) {}

  std::vector<Token> Run() {
    while (SkipBlanks(), pos_ < s_.size()) Next();
    Add(TokenKind::kEnd, s_.size());
    return std::move(tokens_);
  }

 private:
  char32_t Peek(std::size_t* after) const {
    if (pos_ >= s_.size()) return *after = pos_, U'\0';
    *after = pos_;
    return Operator(text::NextCodePoint(s_, after));
  }
  char32_t Peek() const {
    std::size_t after = 0;
    return Peek(&after);
  }
  char32_t Take() {
    std::size_t after = 0;
    const char32_t c = Peek(&after);
    pos_ = after;
    return c;
  }
  void SkipBlanks() {
    while (pos_ < s_.size() && Peek() == U' ') Take();
  }
  Token& Add(TokenKind kind, std::size_t begin, std::string text = {}) {
    tokens_.push_back(Token{kind, std::move(text), {}, 0, begin, pos_});
    return tokens_.back();
  }
  void Report(std::size_t at, std::string_view code, std::string zh, std::string en) {
    problems_.push_back({at, std::string(code), std::move(zh), std::move(en)});
  }

  void Next() {
    const std::size_t begin = pos_;
    const char32_t c = Take();
    switch (c) {
      case U'(':
        Add(TokenKind::kOpen, begin);
        return;
      case U')':
        Add(TokenKind::kClose, begin);
        return;
      case U'|':
        SkipDouble(U'|', begin), Add(TokenKind::kOr, begin);
        return;
      case U'&':
        SkipDouble(U'&', begin), Add(TokenKind::kAnd, begin);
        return;
      case U'!':
        Add(TokenKind::kNot, begin);
        return;
      case U'~':
        Near(begin);
        return;
      case U'"':
        Quoted(begin);
        return;
      case U'/':
        Regex(begin);
        return;
      case U'@':
        List(begin);
        return;
      default:
        pos_ = begin, Word(begin);
    }
  }

  void SkipDouble(char32_t op, std::size_t begin) {
    if (Peek() != op) return;
    Take();
    const std::string one(1, static_cast<char>(op));
    Report(begin, "syntax", "写一个“" + one + "”就够了", "write a single '" + one + "'");
  }

  void Near(std::size_t begin) {
    SkipBlanks();
    const std::size_t digits = pos_;
    while (pos_ < s_.size() && s_[pos_] >= '0' && s_[pos_] <= '9') ++pos_;
    Token& t = Add(TokenKind::kNear, begin);
    if (digits == pos_) {
      Report(begin, "syntax", "“~”后面要写字数，例如 ~10", "'~' needs a number of characters after it, e.g. ~10");
      return;
    }
    const auto [end, failed] = std::from_chars(s_.data() + digits, s_.data() + pos_, t.gap);
    if (failed != std::errc() || t.gap > kMaxGap) {
      t.gap = kMaxGap;
      Report(begin, "out-of-range", "“~”后面的字数要在 0 到 200 之间", "the number after '~' must be from 0 to 200");
    }
  }

  void Quoted(std::size_t begin) {
    std::string text;
    while (pos_ < s_.size()) {
      const std::size_t at = pos_;
      const char32_t c = Take();
      if (c == U'"') return AddTerm(begin, std::move(text));
      if (c == U'\\' && pos_ < s_.size() && (Peek() == U'"' || Peek() == U'\\')) {
        const std::size_t escaped = pos_;
        Take();
        text.append(s_.substr(escaped, pos_ - escaped));
      } else {
        text.append(s_.substr(at, pos_ - at));
      }
    }
    Report(begin, "syntax", "引号没有结束", "the quotation mark is not closed");
    AddTerm(begin, text.empty() ? "?" : std::move(text));
  }

  void Regex(std::size_t begin) {
    std::string text;
    while (pos_ < s_.size() && s_[pos_] != '/') {
      if (s_[pos_] == '\\' && pos_ + 1 < s_.size() && s_[pos_ + 1] == '/')
        ++pos_;
      else if (s_[pos_] == '\\' && pos_ + 1 < s_.size())
        text.push_back(s_[pos_++]);
      text.push_back(s_[pos_++]);
    }
    if (pos_ >= s_.size()) {
      Report(begin, "syntax", "正则表达式缺少结尾的“/”", "the regular expression has no closing '/'");
    } else {
      ++pos_;
    }
    if (text.empty()) Report(begin, "empty-term", "正则表达式是空的", "the regular expression is empty");
    if (text.size() > kMaxRegexBytes) {
      Report(begin, "regex", "正则表达式超过 1000 字节，请拆成几条规则",
             "the regular expression is longer than 1000 bytes; split the rule");
    }
    Add(TokenKind::kRegex, begin, std::move(text));
  }

  std::string TakeWord() {
    const std::size_t begin = pos_;
    for (std::size_t after = 0; pos_ < s_.size(); pos_ = after) {
      if (EndsWord(Peek(&after))) break;
    }
    return std::string(s_.substr(begin, pos_ - begin));
  }

  void List(std::size_t begin) {
    std::string name = TakeWord();
    if (name.empty()) Report(begin, "syntax", "“@”后面要写词表的名字", "'@' needs the name of a list after it");
    Add(TokenKind::kList, begin, std::move(name));
  }

  void Word(std::size_t begin) {
    std::string word = TakeWord();
    if (word.empty()) {  // a lone : < or ,
      Take();
      const std::string mark(s_.substr(begin, pos_ - begin));
      Report(begin, "syntax", "这里不能有“" + mark + "”；如果它是要找的字，请加引号",
             "unexpected '" + mark + "'; put it in quotation marks if it is part of a term");
      return;
    }
    if (Peek() == U':' || (Peek() == U'<' && word == "length")) return Field(begin, std::move(word));
    for (std::size_t i = 0; i < word.size();) {
      const std::size_t at = i;
      if (!NeedsQuotes(text::NextCodePoint(word, &i))) continue;
      const std::string mark = word.substr(at, i - at);
      Report(begin + at, "syntax", "标点“" + mark + "”要写在引号里", "put the mark '" + mark + "' in quotation marks");
      break;
    }
    AddTerm(begin, std::move(word));
  }

  void AddTerm(std::size_t begin, std::string text) {
    if (text::FoldToUnits(text).empty()) {
      Report(begin, "empty-term", "这个词是空的（只有空白）", "this term is empty (white space only)");
    } else if (text::CountChars(text) > kMaxTermChars) {
      Report(begin, "out-of-range", "一个词最多 64 个字", "a term has at most 64 characters");
    }
    Add(TokenKind::kTerm, begin, std::move(text));
  }

  void Field(std::size_t begin, std::string name) {
    const bool less = Take() == U'<';
    if (std::find(kFields.begin(), kFields.end(), name) == kFields.end()) {
      const std::string hint = NearestWord(name, {kFields.begin(), kFields.end()});
      Report(begin, "unknown-field",
             "没有叫“" + name + "”的字段" + (hint.empty() ? "" : "，是不是 " + hint + "？") +
                 "（有 channel: line: type: place: hour: length<）",
             "there is no field '" + name + "'" + (hint.empty() ? "" : ", did you mean " + hint + "?") +
                 " (channel: line: type: place: hour: length<)");
    } else if (less != (name == "length")) {
      Report(begin, "syntax", "长度写作 length<100", "write a length as length<100");
    }
    std::vector<std::string> values;
    do {
      SkipBlanks();
      values.push_back(FieldValue());
      if (values.back().empty()) {
        Report(begin, "syntax", "字段 " + name + " 后面没有值", "field " + name + " has no value");
        break;
      }
    } while (Peek() == U',' && Take() == U',');
    CheckValues(begin, name, values);
    Add(TokenKind::kField, begin, std::move(name)).values = std::move(values);
  }

  std::string FieldValue() {
    if (Peek() != U'"') return TakeWord();
    Take();
    const std::size_t begin = pos_;
    std::size_t end = pos_;
    while (pos_ < s_.size()) {
      end = pos_;
      if (Take() == U'"') return std::string(s_.substr(begin, end - begin));
    }
    return {};
  }

  void CheckValues(std::size_t at, const std::string& name, const std::vector<std::string>& values) {
    if (values.back().empty()) return;
    if (name == "hour" && HourMask(values) == 0) {
      Report(at, "out-of-range", "hour: 的值是 0 到 23 的钟点或时段，例如 hour:22-6",
             "hour: takes hours from 0 to 23 or a range, e.g. hour:22-6");
    }
    if (name == "length") {
      int n = 0;
      const std::string& v = values.front();
      const auto [end, failed] = std::from_chars(v.data(), v.data() + v.size(), n);
      if (values.size() > 1 || failed != std::errc() || end != v.data() + v.size() || n < 1 || n > 100'000) {
        Report(at, "out-of-range", "length< 后面是 1 到 100000 的一个数", "length< takes one number from 1 to 100000");
      }
    }
    if (name != "type") return;
    for (const std::string& v : values) {
      if (RequestTypeFromWord(v)) continue;
      Report(at, "unknown-type", "没有诉求类型“" + v + "”（consultation help complaint report suggestion praise）",
             "there is no request type '" + v + "' (consultation help complaint report suggestion praise)");
    }
  }

  std::string_view s_;
  std::vector<SyntaxProblem>& problems_;
  std::vector<Token> tokens_;
  std::size_t pos_ = 0;
};

}  // namespace

unsigned HourMask(const std::vector<std::string>& values) {
  const auto number = [](std::string_view v) {
    int n = -1;
    const auto [end, failed] = std::from_chars(v.data(), v.data() + v.size(), n);
    return failed == std::errc() && end == v.data() + v.size() && n >= 0 && n <= 23 ? n : -1;
  };
  unsigned mask = 0;
  for (const std::string_view v : values) {
    const std::size_t dash = v.find('-');
    const int from = number(v.substr(0, dash));
    const int to = dash == std::string_view::npos ? from : number(v.substr(dash + 1));
    if (from < 0 || to < 0) return 0;
    for (int h = from;; h = (h + 1) % 24) {
      mask |= 1U << h;
      if (h == to) break;
    }
  }
  return mask;
}

std::vector<Token> Tokenize(std::string_view source, std::vector<SyntaxProblem>* problems) {
  return Lexer(source, problems).Run();
}

}  // namespace minsheng::rules
