// SPDX-License-Identifier: Apache-2.0
// The trees of an explanation as text for people.
#include <fmt/format.h>

#include <algorithm>

#include "src/rules/explain.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxNearly = 20;
constexpr std::size_t kMaxShownSource = 60;  // characters of a clause's source
constexpr std::size_t kMaxShownWords = 4;

class TreeWriter {
 public:
  TreeWriter(const Compilation& c, const Input& input, const Verdict& v, Matcher& matcher, std::string_view language)
      : c_(c), input_(input), v_(v), m_(matcher), zh_(language != "en") {}

  std::string Run(bool all) {
    for (const Reason& r : v_.reasons) {
      if (const auto number = c_.book.Find(r.rule)) {
        Rule(*number, &r);
      } else {
        Line(0, fmt::format("✓ {}  {} {:+.2f}  {}", Say("用词", "wording"), r.topic, r.weight, r.clause));
      }
    }
    const std::vector<std::uint32_t> nearly = NearlyMatched(c_, m_);
    if (nearly.empty()) return out_;
    if (!all) {
      Line(0, fmt::format(fmt::runtime(Say("另有 {} 条规则只差一处没有命中（--all 列出）",
                                           "{} more rules miss by one clause (--all lists them)")),
                          nearly.size()));
      return out_;
    }
    Line(0, Say("只差一处没有命中的规则：", "rules that miss by one clause:"));
    for (std::size_t i = 0; i < nearly.size() && i < kMaxNearly; ++i) Rule(nearly[i], nullptr);
    if (nearly.size() > kMaxNearly) {
      Line(0, fmt::format(fmt::runtime(Say("另有 {} 条", "and {} more")), nearly.size() - kMaxNearly));
    }
    return out_;
  }

 private:
  std::string_view Say(std::string_view zh, std::string_view en) const { return zh_ ? zh : en; }
  void Line(int depth, std::string_view line) {
    out_.append(static_cast<std::size_t>(depth) * 4, ' ').append(line) += '\n';
  }

  void Rule(std::uint32_t number, const Reason* reason) {
    const RuleFacts& rule = c_.book.Facts(number);
    const bool topic = rule.topic != kNoTopic;
    std::string head = fmt::format("{} {} {}", reason != nullptr ? "✓" : "✗", c_.book.Id(number), c_.book.Name(number));
    if (topic) {
      head += fmt::format("  {} {:+.2f}", c_.book.TopicId(number), reason != nullptr ? reason->weight : rule.weight);
    }
    if (reason != nullptr && topic && reason->weight != rule.weight && rule.weight != 0) {
      head += fmt::format(fmt::runtime(Say("（{:g} × {:g}，在开头）", " ({:g} × {:g}, in the opening)")), rule.weight,
                          reason->weight / rule.weight);
    }
    if (rule.decisive) head += Say("  决定性", "  decisive");
    if (reason != nullptr && !reason->effect.empty()) head += "  " + reason->effect;
    Line(0, head);
    Clause(1, ExplainRule(c_, input_, number, m_).condition);
  }

  std::string Source(const ExplainedClause& c) const {
    std::string shown = text::Truncate(c.text, kMaxShownSource);
    std::replace(shown.begin(), shown.end(), '\n', ' ');
    return shown;
  }

  // “石楠”（第 5 字）; where the rule's own spelling differs, also that.
  std::string Words(const ExplainedClause& c) const {
    std::string out;
    for (std::size_t i = 0; i < c.words.size() && i < kMaxShownWords; ++i) {
      const ExplainedWord& w = c.words[i];
      const std::size_t at = text::CountChars(input_.text.substr(0, w.span.begin)) + 1;
      std::string word = w.text;
      std::replace(word.begin(), word.end(), '\n', ' ');
      out += i == 0 ? "" : Say("、", ", ");
      out += zh_ ? fmt::format("“{}”（第 {} 字{}）", word, at,
                               w.term.empty() || w.term == word ? "" : "，即“" + w.term + "”")
                 : fmt::format("\"{}\" (character {}{})", word, at,
                               w.term.empty() || w.term == word ? "" : ", that is \"" + w.term + "\"");
    }
    if (c.words.size() > kMaxShownWords) out += Say("…", "...");
    return out;
  }

  std::string Distance(const ExplainedClause& c) const {
    std::string out;
    for (const auto& d : c.distances) {
      out += fmt::format(
          fmt::runtime(d.found <= d.allowed
                           ? Say("  相距 {} 字（最多 {}）", "  {} characters apart (at most {})")
                           : Say("  最近相距 {} 字，超过 {}", "  nearest {} characters apart, more than {}")),
          d.found, d.allowed);
    }
    return out;
  }

  void Clause(int depth, const ExplainedClause& c) {
    std::string line = fmt::format("{} {}", c.held ? "✓" : "✗", Source(c));
    if (c.op == Op::kNear) line += Distance(c);
    if (c.op == Op::kField) {
      line += fmt::format(fmt::runtime(Say("  实际：{}", "  actual: {}")),
                          c.actual.empty() ? Say("没有", "none") : c.actual);
    }
    const bool leaf = c.clauses.empty() || OnlyWords(c) || (c.op == Op::kNot && c.held);
    if (leaf) {
      const std::string words = c.op == Op::kOr ? Words(Joined(c)) : Words(c);
      if (!words.empty()) line += "  " + words;
      if (words.empty() && !c.held && c.op != Op::kField && c.op != Op::kNot)
        line += Say("  没有出现", "  does not occur");
    }
    Line(depth, line);
    if (leaf) return;
    std::size_t hidden = 0;  // alternatives that failed beside one that held, or of which no word occurs
    for (const ExplainedClause& child : c.clauses) {
      if (c.op == Op::kOr && !child.held && (c.held || !AnyWord(child))) {
        ++hidden;
      } else {
        Clause(depth + 1, child);
      }
    }
    if (hidden > 0) {
      Line(depth + 1, fmt::format(fmt::runtime(Say("✗ 其余 {} 个没有成立", "✗ the other {} do not hold")), hidden));
    }
  }

  static bool AnyWord(const ExplainedClause& c) {
    return !c.words.empty() || std::any_of(c.clauses.begin(), c.clauses.end(), AnyWord);
  }

  // Alternatives that are all terms or lists: shown as one.
  static bool OnlyWords(const ExplainedClause& c) {
    return c.op == Op::kOr && std::all_of(c.clauses.begin(), c.clauses.end(), [](const ExplainedClause& child) {
             return child.op == Op::kTerm || child.op == Op::kList || OnlyWords(child);
           });
  }
  static ExplainedClause Joined(const ExplainedClause& c) {
    ExplainedClause all;
    for (const ExplainedClause& child : c.clauses) {
      const std::vector<ExplainedWord> words = child.clauses.empty() ? child.words : Joined(child).words;
      all.words.insert(all.words.end(), words.begin(), words.end());
    }
    std::sort(all.words.begin(), all.words.end(),
              [](const ExplainedWord& a, const ExplainedWord& b) { return a.span.begin < b.span.begin; });
    return all;
  }

  const Compilation& c_;
  const Input& input_;
  const Verdict& v_;
  Matcher& m_;
  bool zh_;
  std::string out_;
};

}  // namespace

std::string ExplainText(const Compilation& c, const Input& input, const Verdict& verdict, Matcher& matcher,
                        std::string_view language, bool all) {
  return TreeWriter(c, input, verdict, matcher, language).Run(all);
}

}  // namespace minsheng::rules
