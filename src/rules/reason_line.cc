// SPDX-License-Identifier: Apache-2.0
#include "src/rules/reason_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxEvidence = 3;  // rules named
constexpr std::size_t kMaxWordsOfRule = 4;
constexpr std::size_t kMaxWordChars = 16;
constexpr double kNearShare = 0.5;  // a rival with this share of the winner's sum is near

class LineWriter {
 public:
  LineWriter(const Verdict& v, std::string_view text, const RuleSet& rules, std::string_view language)
      : v_(v), text_(text), rules_(rules), zh_(language != "en") {}

  std::string Run() {
    Head();
    Effects();
    Answer();
    if (v_.unread > 0) {
      out_ += zh_ ? fmt::format("；文字太长，最后 {} 字节没有看", v_.unread)
                  : fmt::format("; too long a text: its last {} bytes were not read", v_.unread);
    }
    if (v_.triage) {
      Triage();
    } else if (!v_.runner_up.empty()) {
      out_ += Say("；其次：", "; next: ") + Topic(v_.runner_up, v_.category);
    }
    for (char& c : out_) {
      if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    }
    return out_;
  }

 private:
  std::string Say(std::string_view zh, std::string_view en) const { return std::string(zh_ ? zh : en); }
  std::string Quote(const std::string& words) const { return zh_ ? "“" + words + "”" : "\"" + words + "\""; }
  std::string Named(const std::string& name) const { return zh_ ? "（" + name + "）" : " (" + name + ")"; }

  // Without its category where that is `known` already.
  std::string Topic(const std::string& id, std::string_view known = {}) const {
    const rules::Topic* const topic = zh_ ? rules_.FindTopic(id) : nullptr;
    if (topic == nullptr) return id;
    return topic->category == known ? topic->name : topic->category_name + " › " + topic->name;
  }

  // The matched words as they stand in the text, with … for what lies between.
  std::string Words(const Reason& r) const {
    std::string out;
    std::vector<std::string> seen;
    std::size_t end = 0;
    for (const Span& s : r.spans) {
      if (s.begin >= s.end || s.end > text_.size() || seen.size() == kMaxWordsOfRule) continue;
      const std::string word = text::Truncate(text_.substr(s.begin, s.end - s.begin), kMaxWordChars);
      if (std::find(seen.begin(), seen.end(), word) != seen.end()) continue;
      if (!out.empty() && s.begin != end) out += "…";
      out += word;
      end = s.end;
      seen.push_back(word);
    }
    return out;
  }

  std::string NameOf(const Reason& r) const {
    if (r.rule == "lexicon") return Say("用词", "wording");
    return r.name.empty() ? r.rule : r.name;
  }

  // `“words”（name）`; each name once in the whole line.
  std::string Evidence(const Reason& r) {
    const std::string name = NameOf(r);
    if (std::find(named_.begin(), named_.end(), name) != named_.end()) return "";
    named_.push_back(name);
    const std::string words = Words(r);
    return words.empty() ? name : Quote(words) + Named(name);
  }

  void Head() {
    if (v_.topic.empty()) {
      out_ = v_.reasons.empty() ? Say("没有规则命中", "no rule matched")
                                : Say("没有规则指向哪个事项", "no rule speaks for a topic");
      return;
    }
    const bool decided = std::any_of(v_.reasons.begin(), v_.reasons.end(),
                                     [&](const Reason& r) { return r.decisive && r.topic == v_.topic; });
    out_ = Topic(v_.topic) + Say("，", ", ");
    if (decided) {
      out_ += Say("决定性规则认定", "decided by a decisive rule");
    } else {
      out_ += zh_ ? fmt::format("把握 {:.0f}%", v_.confidence * 100) : fmt::format("{:.0f}% sure", v_.confidence * 100);
      if (TopicIsLessSure()) {
        out_ += zh_ ? fmt::format("（事项 {:.0f}%）", v_.topic_confidence * 100)
                    : fmt::format(" (of the topic {:.0f}%)", v_.topic_confidence * 100);
      }
    }
    std::string all;
    std::size_t shown = 0;
    for (const Reason& r : v_.reasons) {
      const bool speaks = (r.topic == v_.topic || r.topic == v_.category) && (r.weight > 0 || r.decisive);
      if (!speaks || shown == kMaxEvidence || (decided && !r.decisive)) continue;
      const std::string evidence = Evidence(r);
      if (evidence.empty()) continue;
      all += (shown++ == 0 ? "" : Say("、", ", ")) + evidence;
    }
    if (!all.empty()) out_ += Say("：", ": ") + all;
  }

  // One figure while both say the same to a person.
  bool TopicIsLessSure() const { return v_.confidence - v_.topic_confidence >= 0.05; }

  // The labels of an effect that show in the Verdict, an urgency and tags: each once.
  std::string Labels(const Reason& r) {
    std::string out;
    std::string_view rest = r.effect;
    while (!rest.empty()) {
      const std::size_t blank = rest.find(' ');
      const std::string_view part = rest.substr(0, blank);
      rest = blank == std::string_view::npos ? std::string_view() : rest.substr(blank + 1);
      std::string label;
      if (part == "urgency=" + std::string(ToWord(v_.urgency)) && v_.urgency != Urgency::kNormal) {
        label = zh_ ? ToChinese(v_.urgency) : ToWord(v_.urgency);
      } else if (part.substr(0, 4) == "tag=") {
        label = Say("标签 ", "tag ") + std::string(part.substr(4));
      }
      if (label.empty() || std::find(labelled_.begin(), labelled_.end(), label) != labelled_.end()) continue;
      labelled_.push_back(label);
      out += (out.empty() ? "" : Say("、", ", ")) + label;
    }
    return out;
  }

  void Effects() {
    std::size_t shown = 0;
    for (const Reason& r : v_.reasons) {
      if (shown == kMaxEvidence) return;
      const std::string labels = Labels(r);
      if (labels.empty()) continue;
      const std::string evidence = Evidence(r);
      out_ += Say("；", "; ") + labels + (evidence.empty() ? "" : Say("：", ": ") + evidence);
      ++shown;
    }
  }

  void Answer() {
    if (v_.reply.empty()) return;
    for (const Reason& r : v_.reasons) {
      if (rules_.ReplyOfRule(r.rule) != v_.reply) continue;
      out_ += Say("；当场答复：规则“", "; answered at once by rule \"") + NameOf(r) + Say("”", "\"");
      return;
    }
    const bool standard = rules_.ReplyOfTopic(v_.topic) == v_.reply;
    out_ += standard ? Say("；当场答复：该事项的标准答复", "; answered at once with the topic's standard answer")
                     : Say("；已当场答复", "; answered at once");
  }

  double SumOf(const std::string& topic) const {
    const auto at = std::find_if(v_.sums.begin(), v_.sums.end(), [&](const TopicSum& s) { return s.topic == topic; });
    return at == v_.sums.end() ? 0 : at->sum;
  }

  void Triage() {
    out_ += Say("；待研判", "; to triage");
    if (v_.topic.empty()) return;
    const double own = SumOf(v_.topic);
    const double other = SumOf(v_.runner_up);
    const rules::Topic* const second = rules_.FindTopic(v_.runner_up);
    const bool kin = second != nullptr && second->category == v_.category;
    // Two topics of one category are in each other's way only when it is the topic that is unsure.
    if (!v_.runner_up.empty() && other >= own * kNearShare && (!kin || TopicIsLessSure())) {
      const std::string rival = Topic(v_.runner_up, v_.category);
      out_ += zh_ ? fmt::format("：与“{}”难分（{:.1f} 比 {:.1f} 分）", rival, own, other)
                  : fmt::format(": close to {} ({:.1f} against {:.1f} points)", rival, own, other);
      return;
    }
    out_ +=
        zh_ ? fmt::format("：证据不够（{:.1f} 分，把握要有 {:.0f}%）", own, rules_.threshold() * 100)
            : fmt::format(": little evidence ({:.1f} points; {:.0f}% are asked for)", own, rules_.threshold() * 100);
    if (!v_.runner_up.empty()) out_ += Say("；其次：", "; next: ") + Topic(v_.runner_up, v_.category);
  }

  const Verdict& v_;
  std::string_view text_;
  const RuleSet& rules_;
  bool zh_;
  std::string out_;
  std::vector<std::string> named_;     // rules named so far
  std::vector<std::string> labelled_;  // labels given so far
};

}  // namespace

std::string OneLine(const Verdict& v, std::string_view text, const RuleSet& rules, std::string_view language) {
  return LineWriter(v, text, rules, language).Run();
}

}  // namespace minsheng::rules
