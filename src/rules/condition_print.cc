// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "src/rules/condition.h"
#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

int Strength(Op op) {
  switch (op) {
    case Op::kOr:
      return 0;
    case Op::kAnd:
      return 1;
    case Op::kNear:
      return 2;
    case Op::kNot:
      return 3;
    default:
      return 4;
  }
}

std::string Quote(std::string_view s) {
  std::string out = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  // Curly quotation marks end a quoted term as well.
  for (const std::string_view mark : {"“", "”", "＂"}) {
    for (std::size_t at = out.find(mark); at != std::string::npos; at = out.find(mark, at + mark.size() + 1)) {
      out.insert(at, 1, '\\');
    }
  }
  return out + "\"";
}

std::string Slashed(std::string_view regex) {
  std::string out = "/";
  bool escaped = false;
  for (const char c : regex) {
    if (c == '/' && !escaped) out.push_back('\\');
    escaped = c == '\\' && !escaped;
    out.push_back(c);
  }
  return out + "/";
}

std::string Leaf(const Condition& c, const std::string& term) {
  switch (c.op) {
    case Op::kTerm:
      return Quote(term);
    case Op::kList:
      return "@" + c.text;
    case Op::kRegex:
      return Slashed(c.text);
    case Op::kField: {
      std::string out = c.text + (c.text == "length" ? "<" : ":");
      for (std::size_t i = 0; i < c.values.size(); ++i) {
        const bool plain = std::all_of(c.values[i].begin(), c.values[i].end(), [](char ch) {
          return std::isalnum(static_cast<unsigned char>(ch)) || ch == '-' || ch == '.' || ch == '_';
        });
        out += (i == 0 ? "" : ",") + (plain ? c.values[i] : "\"" + c.values[i] + "\"");
      }
      return out;
    }
    default:
      return "";
  }
}

void Print(const Condition& c, int around, std::string* out) {
  const int own = Strength(c.op);
  if (own == 4) {
    *out += Leaf(c, c.text);
    return;
  }
  const bool group = own < around;
  if (group) *out += "(";
  if (c.op == Op::kNot) *out += "!";
  for (std::size_t i = 0; i < c.children.size(); ++i) {
    if (i > 0 && c.op == Op::kOr) *out += " | ";
    if (i > 0 && c.op == Op::kAnd) *out += " & ";
    if (i > 0 && c.op == Op::kNear) out->append(" ~").append(std::to_string(c.gaps[i - 1])).append(" ");
    // A chain inside a chain needs its parentheses; and-in-and does not occur (the parser flattens).
    Print(c.children[i], c.op == Op::kNot ? own : own + 1, out);
  }
  if (group) *out += ")";
}

std::string NormalNear(const Condition& c) {
  std::vector<std::string> parts;
  for (const Condition& child : c.children) parts.push_back(NormalForm(child));
  const auto write = [&](const std::vector<std::string>& p, const std::vector<int>& gaps) {
    std::string out = "(" + p.front();
    for (std::size_t i = 1; i < p.size(); ++i) out.append("~").append(std::to_string(gaps[i - 1])).append(p[i]);
    return out + ")";
  };
  const std::string forward = write(parts, c.gaps);
  std::reverse(parts.begin(), parts.end());
  return std::min(forward, write(parts, std::vector<int>(c.gaps.rbegin(), c.gaps.rend())));
}

}  // namespace

bool SameTree(const Condition& a, const Condition& b) {
  return a.op == b.op && a.text == b.text && a.values == b.values && a.gaps == b.gaps &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(), SameTree);
}

std::string PrintCondition(const Condition& c) {
  std::string out;
  Print(c, 0, &out);
  return out;
}

std::string NormalForm(const Condition& c) {
  switch (c.op) {
    case Op::kNot:
      if (c.children.front().op == Op::kNot) return NormalForm(c.children.front().children.front());
      return "!" + NormalForm(c.children.front());
    case Op::kNear:
      return NormalNear(c);
    case Op::kAnd:
    case Op::kOr: {
      std::set<std::string> parts;
      for (const Condition& child : c.children) parts.insert(NormalForm(child));
      if (parts.size() == 1) return *parts.begin();
      std::string out;
      for (const std::string& part : parts) out += (out.empty() ? "(" : c.op == Op::kAnd ? "&" : "|") + part;
      return out + ")";
    }
    case Op::kField: {
      Condition sorted = c;
      std::sort(sorted.values.begin(), sorted.values.end());
      return Leaf(sorted, "");
    }
    default:
      return Leaf(c, text::FoldToUtf8(c.text));
  }
}

}  // namespace minsheng::rules
