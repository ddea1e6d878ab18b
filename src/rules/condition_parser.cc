// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/rules/condition.h"
#include "src/rules/condition_lexer.h"

namespace minsheng::rules {
namespace {

constexpr int kMaxDepth = 64;

bool IsNearOperand(const Condition& c) {
  if (c.op == Op::kTerm || c.op == Op::kList || c.op == Op::kBroken) return true;
  return c.op == Op::kOr && std::all_of(c.children.begin(), c.children.end(), IsNearOperand);
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, std::vector<SyntaxProblem>* problems)
      : tokens_(std::move(tokens)), problems_(*problems) {}

  Condition Run() {
    if (Now().kind == TokenKind::kEnd) {
      Report(0, "empty-condition", "条件是空的", "the condition is empty");
      return {};
    }
    Condition c = ParseOr();
    while (Now().kind != TokenKind::kEnd) {  // only a stray ")" stops ParseOr before the end
      Report(Now().begin, "syntax", "多了一个“)”", "there is a ')' too many");
      ++at_;
      if (Now().kind != TokenKind::kEnd && Now().kind != TokenKind::kClose) c = Continue(std::move(c));
    }
    return c;
  }

 private:
  const Token& Now() const { return tokens_[at_]; }
  void Report(std::size_t at, std::string_view code, std::string_view zh, std::string_view en) {
    problems_.push_back({at, std::string(code), std::string(zh), std::string(en)});
  }

  // After a stray ")": reads on for further problems; the tree is thrown away anyway.
  Condition Continue(Condition c) {
    if (Now().kind == TokenKind::kOr || Now().kind == TokenKind::kAnd || Now().kind == TokenKind::kNear) ++at_;
    ParseOr();
    return c;
  }

  static Condition Join(Op op, std::vector<Condition> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    Condition c;
    c.op = op;
    c.begin = parts.front().begin;
    c.end = parts.back().end;
    for (Condition& part : parts) {  // (a | b) | c is a | b | c
      if (part.op == op) {
        std::move(part.children.begin(), part.children.end(), std::back_inserter(c.children));
      } else {
        c.children.push_back(std::move(part));
      }
    }
    return c;
  }

  Condition ParseOr() {
    std::vector<Condition> parts;
    parts.push_back(ParseAnd());
    while (Now().kind == TokenKind::kOr) ++at_, parts.push_back(ParseAnd());
    return Join(Op::kOr, std::move(parts));
  }

  Condition ParseAnd() {
    std::vector<Condition> parts;
    parts.push_back(ParseNear());
    for (;;) {
      if (Now().kind == TokenKind::kAnd) {
        ++at_;
      } else if (StartsOperand(Now().kind)) {
        Report(Now().begin, "missing-operator", "两个词之间缺少 | & 或 ~N；如果是一个词，请加引号",
               "there must be | & or ~N between two terms; put one term with a blank in quotation marks");
      } else {
        return Join(Op::kAnd, std::move(parts));
      }
      parts.push_back(ParseNear());
    }
  }

  static bool StartsOperand(TokenKind k) {
    return k == TokenKind::kTerm || k == TokenKind::kList || k == TokenKind::kRegex || k == TokenKind::kField ||
           k == TokenKind::kNot || k == TokenKind::kOpen;
  }

  Condition ParseNear() {
    Condition first = ParseUnary();
    if (Now().kind != TokenKind::kNear) return first;
    Condition c;
    c.op = Op::kNear;
    c.begin = first.begin;
    c.children.push_back(std::move(first));
    while (Now().kind == TokenKind::kNear) {
      c.gaps.push_back(Now().gap);
      ++at_;
      c.children.push_back(ParseUnary());
    }
    c.end = c.children.back().end;
    for (const Condition& child : c.children) {
      if (IsNearOperand(child)) continue;
      Report(child.begin, "near-operand", "“~”两边只能是词、@词表或者它们的并列 (a | b)；要否定整个部分请写 !(a ~5 b)",
             "'~' stands between terms, @lists or alternatives of them (a | b); to negate the whole write !(a ~5 b)");
    }
    return c;
  }

  Condition ParseUnary() {
    if (Now().kind != TokenKind::kNot) return ParsePrimary();
    Condition c;
    c.op = Op::kNot;
    c.begin = Now().begin;
    ++at_;
    if (++depth_ > kMaxDepth) return TooDeep();
    c.children.push_back(ParseUnary());
    --depth_;
    c.end = c.children.front().end;
    return c;
  }

  Condition ParsePrimary() {
    const Token& t = Now();
    Condition c;
    c.begin = t.begin;
    c.end = t.end;
    switch (t.kind) {
      case TokenKind::kTerm:
        c.op = Op::kTerm;
        break;
      case TokenKind::kList:
        c.op = Op::kList;
        break;
      case TokenKind::kRegex:
        c.op = Op::kRegex;
        break;
      case TokenKind::kField:
        c.op = Op::kField;
        break;
      case TokenKind::kOpen:
        return ParseGroup();
      default:
        Report(t.begin, "syntax", "这里缺少一个词", "a term is missing here");
        return c;
    }
    c.text = t.text;
    c.values = t.values;
    ++at_;
    return c;
  }

  Condition ParseGroup() {
    const std::size_t open = Now().begin;
    ++at_;
    if (++depth_ > kMaxDepth) return TooDeep();
    Condition c = ParseOr();
    --depth_;
    if (Now().kind == TokenKind::kClose) {
      c.begin = open;
      c.end = Now().end;
      ++at_;
    } else if (!too_deep_) {
      Report(open, "syntax", "括号没有结束", "the parenthesis is not closed");
    }
    return c;
  }

  Condition TooDeep() {
    Report(Now().begin, "syntax", "条件嵌套超过 64 层", "the condition is nested more than 64 deep");
    too_deep_ = true;
    at_ = tokens_.size() - 1;
    return {};
  }

  std::vector<Token> tokens_;
  std::vector<SyntaxProblem>& problems_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool too_deep_ = false;  // the rest was not read
};

// A source that is wrong everywhere is told in bounded space.
void KeepFirstProblems(std::size_t before, std::vector<SyntaxProblem>* problems) {
  if (problems->size() - before <= kMaxConditionProblems) return;
  const std::size_t more = problems->size() - before - (kMaxConditionProblems - 1);
  problems->resize(before + kMaxConditionProblems);
  SyntaxProblem& last = problems->back();
  last.code = "syntax";
  last.zh = "从这里起还有 " + std::to_string(more) + " 处问题；请先改前面的";
  last.en = "from here on there are " + std::to_string(more) + " more problems; mend those before first";
}

}  // namespace

Condition ParseCondition(std::string_view source, std::vector<SyntaxProblem>* problems) {
  if (source.size() > kMaxConditionBytes) {
    problems->push_back({0, "out-of-range", "条件超过 20000 字节，请把词放进 @词表",
                         "the condition is longer than 20000 bytes; put the terms into a @list"});
    return {};
  }
  const std::size_t before = problems->size();
  std::vector<Token> tokens = Tokenize(source, problems);
  Condition c = Parser(std::move(tokens), problems).Run();
  std::stable_sort(problems->begin() + static_cast<std::ptrdiff_t>(before), problems->end(),
                   [](const SyntaxProblem& a, const SyntaxProblem& b) { return a.at < b.at; });
  KeepFirstProblems(before, problems);
  return c;
}

}  // namespace minsheng::rules
