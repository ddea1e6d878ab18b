// SPDX-License-Identifier: Apache-2.0
#include "src/rules/learn_score.h"

#include <algorithm>
#include <charconv>

#include "src/base/crypto.h"
#include "src/rules/reporter.h"

namespace minsheng::rules {
namespace {

// The sums around the winner, from what a Verdict tells of them.
Contest ContestOf(const RuleSet& set, const Verdict& v) {
  Contest out;
  const Topic* won = set.FindTopic(v.topic);
  for (const TopicSum& s : v.sums) {
    const Topic* other = set.FindTopic(s.topic);
    if (s.topic == v.topic) {
      out.sum = s.sum;
    } else if (won != nullptr && other != nullptr && s.sum > 0) {
      const bool kin = other->category == won->category && other->out_of_scope == won->out_of_scope;
      double& best = kin ? out.kin : out.rival;
      best = std::max(best, s.sum);
    }
  }
  return out;
}

Outcome OutcomeOf(const RuleSet& set, const Settings& settings, const LabelledText& text, const Verdict& v) {
  Outcome out;
  const std::string& label = text.labels.front();
  out.category = label.substr(0, label.find('.'));
  out.found = v.category;
  out.accepted = v.category == out.category ||
                 std::find(text.accepted.begin(), text.accepted.end(), v.category) != text.accepted.end();
  out.topic_known = label != out.category;
  out.topic_right = v.topic == label;
  out.triage = v.triage;
  out.confidence = v.confidence;
  for (const Reason& r : v.reasons) out.decisive = out.decisive || (r.decisive && r.topic == v.topic);
  const Contest contest = ContestOf(set, v);
  if (contest.sum > 0) out.figures = FiguresOf(settings, contest);
  return out;
}

}  // namespace

double Score::MacroF1() const {
  double sum = 0;
  std::size_t seen = 0;
  for (const auto& [id, c] : classes) {
    if (c.gold == 0) continue;
    sum += c.F1();
    ++seen;
  }
  return seen == 0 ? 0 : sum / static_cast<double>(seen);
}

Score ScoreOf(const std::vector<Outcome>& outcomes) {
  Score s;
  for (const Outcome& o : outcomes) {
    ++s.texts;
    const bool hit = o.found == o.category;
    s.strict += hit ? 1 : 0;
    s.accepted += o.accepted ? 1 : 0;
    s.triage += o.triage ? 1 : 0;
    s.decided_accepted += !o.triage && o.accepted ? 1 : 0;
    s.topics += o.topic_known ? 1 : 0;
    s.topics_right += o.topic_known && o.topic_right ? 1 : 0;
    ++s.classes[o.category].gold;
    if (hit) ++s.classes[o.category].hits;
    if (!o.found.empty()) ++s.classes[o.found].found;
  }
  return s;
}

int FoldOf(const std::string& id, int folds) {
  const std::string hex = crypto::Sha256Hex(id).substr(0, 8);
  std::uint32_t number = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
  return static_cast<int>(number % static_cast<std::uint32_t>(folds));
}

Result<std::vector<Outcome>> Judge(const std::vector<SourceFile>& files, const std::vector<LabelledText>& texts,
                                   const std::vector<std::size_t>& which) {
  const Compiled compiled = RuleSet::Compile(files);
  if (!compiled.set) {
    return MakeError(ErrorKind::kInvalid, "规则集有错误，先运行 rules check / the RuleSet has errors: run rules check");
  }
  Reporter unused(files);
  const Settings settings = ReadSources(files, &unused).settings;
  RuleSet::Scratch scratch;
  std::vector<Outcome> out;
  for (const std::size_t i : which) {
    if (texts[i].uncertain) continue;
    Input input;
    input.text = texts[i].text;
    out.push_back(OutcomeOf(*compiled.set, settings, texts[i], compiled.set->Classify(input, scratch)));
  }
  return out;
}

Result<Validation> CrossValidate(const std::vector<SourceFile>& files, const std::vector<LabelledText>& texts,
                                 const Lessons& lessons, const LearnOptions& options, int folds) {
  Validation out;
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<bool> use;
    std::vector<std::size_t> held_out;
    for (const Lesson& l : lessons.items) {
      use.push_back(FoldOf(texts[l.text].id, folds) != fold);
      if (!use.back()) held_out.push_back(l.text);
    }
    const auto lexicon = LearnLexicon(lessons, options, &use);
    if (!lexicon) return Fail(lexicon.error());
    for (const bool learned : {false, true}) {
      auto outcomes = Judge(WithLexicon(files, learned ? *lexicon : Lexicon{}), texts, held_out);
      if (!outcomes) return Fail(outcomes.error());
      auto& all = learned ? out.lexicon : out.rules;
      all.insert(all.end(), outcomes->begin(), outcomes->end());
    }
  }
  return out;
}

std::vector<CalibrationCase> CasesOf(const std::vector<Outcome>& outcomes) {
  std::vector<CalibrationCase> cases;
  for (const Outcome& o : outcomes) {
    if (!o.found.empty() && !o.decisive) cases.push_back({o.figures, o.accepted});
  }
  return cases;
}

}  // namespace minsheng::rules
