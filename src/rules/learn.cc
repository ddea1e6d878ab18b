// SPDX-License-Identifier: Apache-2.0
#include "src/rules/learn.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "src/rules/linear.h"
#include "src/rules/reporter.h"
#include "src/rules/sources.h"

namespace minsheng::rules {
namespace {

constexpr double kFarApart = 10;   // points; more distance between the sums of the rules says no more
constexpr double kRulesScale = 3;  // so that the part of the rules is hardly shrunk

std::string CategoryOf(const std::string& label) { return label.substr(0, label.find('.')); }

bool EndsWith(std::string_view path, std::string_view name) {
  return path == name ||
         (path.size() > name.size() && path.substr(path.size() - name.size() - 1) == fmt::format("/{}", name));
}

// 1: the text is of that label; -1: it is not; 0: unknown (only its category is told).
int Relation(const std::string& wanted, const std::string& label) {
  if (wanted == label || CategoryOf(label) == wanted) return 1;
  return CategoryOf(wanted) == label ? 0 : -1;
}

// The sum of a topic, or the best of a category.
double EvidenceFor(const std::string& label, const Verdict& v) {
  double best = 0;
  for (const TopicSum& s : v.sums) {
    if (s.topic == label || CategoryOf(s.topic) == label) best = std::max(best, s.sum);
  }
  return best;
}

// Which label an uncertain text is used with.
std::optional<std::string> Settle(const LabelledText& text, const Verdict& v, double sure) {
  if (!text.uncertain) return text.labels.front();
  if (v.triage || v.confidence < sure) {
    return text.labels.size() == 1 ? std::optional(text.labels.front()) : std::nullopt;
  }
  for (const std::string& label : text.labels) {
    if (label == v.topic || label == v.category || CategoryOf(label) == v.category) return label;
  }
  return std::nullopt;
}

Error Bad(std::string zh, std::string en) { return {ErrorKind::kInvalid, fmt::format("{} / {}", zh, en)}; }

// Every label is a topic, or a category whose general topic can take the evidence.
std::optional<Error> CheckLabels(const Sources& sources, const std::vector<LabelledText>& texts, bool by_topic) {
  for (const LabelledText& text : texts) {
    if (text.labels.empty()) return Bad(fmt::format("{} 没有标签", text.id), fmt::format("{} has no label", text.id));
    for (const std::string& label : text.labels) {
      const auto category = sources.categories.find(CategoryOf(label));
      const bool topic = sources.topics.count(label) > 0;
      if (!topic && (category == sources.categories.end() || label != category->first)) {
        return Bad(
            fmt::format("{}：没有类别或事项“{}”；用 --map {}=类别 说明它的意思，或 --map {}= 跳过", text.id, label,
                        label, label),
            fmt::format("{}: there is no category or topic '{}'; say by --map {}=CATEGORY what it stands for, or skip "
                        "it by --map {}=",
                        text.id, label, label, label));
      }
      if (!(topic && by_topic) && category->second.general.empty()) {
        return Bad(
            fmt::format("类别“{}”没有写 general，词典不能指向它", category->first),
            fmt::format("category '{}' names no general topic, so a lexicon cannot point to it", category->first));
      }
    }
  }
  return std::nullopt;
}

double PositiveCost(std::size_t positive, std::size_t all) {
  // Half way (in logarithms) between the texts as they are and both sides alike.
  return positive == 0 ? 1 : std::sqrt(static_cast<double>(all - positive) / static_cast<double>(positive));
}

class Trainer {
 public:
  Trainer(const Lessons& lessons, const LearnOptions& options, const std::vector<bool>* use)
      : lessons_(lessons), o_(options) {
    for (std::size_t i = 0; i < lessons.items.size(); ++i) {
      if (use == nullptr || (*use)[i]) used_.push_back(&lessons.items[i]);
    }
  }

  Result<Lexicon> Run() {
    std::vector<std::vector<Piece>> pieces;
    std::vector<std::uint32_t> labels;
    for (const Lesson* l : used_) pieces.push_back(l->pieces), labels.push_back(l->label);
    const auto count = static_cast<std::uint32_t>(lessons_.labels.size());
    pieces_ = ChoosePieces(pieces, labels, count, o_.pieces);
    Lexicon out;
    std::size_t learned = 0;
    for (std::uint32_t label = 0; label < count; ++label) {
      if (CountOf(label) < o_.least_label) continue;
      ++learned;
      std::map<std::string, double> terms = Train(label);
      if (!terms.empty()) out[lessons_.labels[label]] = std::move(terms);
    }
    if (learned < 2) {
      return Fail(Bad(fmt::format("至少要有两个标签各有 {} 条诉求（交叉验证时要在别的几份里）", o_.least_label),
                      fmt::format("at least two labels need {} texts each (in the other folds, for cross-validation)",
                                  o_.least_label)));
    }
    return out;
  }

 private:
  std::size_t CountOf(std::uint32_t label) const {
    return static_cast<std::size_t>(std::count_if(used_.begin(), used_.end(), [&](const Lesson* l) {
      return Relation(lessons_.labels[label], lessons_.labels[l->label]) > 0;
    }));
  }

  // How far the rules put the label before (or behind) the best other one: -1..1, scaled.
  double Distance(const Lesson& l, std::uint32_t label) const {
    double rival = 0;
    for (std::uint32_t i = 0; i < l.evidence.size(); ++i) {
      if (Relation(lessons_.labels[label], lessons_.labels[i]) < 0) rival = std::max(rival, l.evidence[i]);
    }
    return kRulesScale * std::clamp((l.evidence[label] - rival) / kFarApart, -1.0, 1.0);
  }

  LinearModel Fit(std::uint32_t label, const std::vector<Piece>& pieces) const {
    std::vector<LinearRow> rows;
    std::size_t positive = 0;
    const auto features = static_cast<std::uint32_t>(pieces.size());
    for (const Lesson* l : used_) {
      const int relation = Relation(lessons_.labels[label], lessons_.labels[l->label]);
      if (relation == 0) continue;
      LinearRow& row = rows.emplace_back();
      row.positive = relation > 0;
      positive += row.positive ? 1 : 0;
      for (const Piece p : l->pieces) {
        const auto it = std::lower_bound(pieces.begin(), pieces.end(), p);
        if (it != pieces.end() && *it == p) row.values.emplace_back(it - pieces.begin(), 1);
      }
      row.values.emplace_back(features, Distance(*l, label));
    }
    return TrainLogistic(rows, features + 1, o_.cost, PositiveCost(positive, rows.size()));
  }

  std::map<std::string, double> Train(std::uint32_t label) const {
    const LinearModel first = Fit(label, pieces_);
    std::vector<std::pair<double, Piece>> order;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (first.weights[i] != 0) order.emplace_back(-std::abs(first.weights[i]), pieces_[i]);
    }
    std::sort(order.begin(), order.end());
    std::vector<Piece> kept;
    for (const auto& [weight, piece] : order) {
      if (kept.size() == o_.terms) break;
      // Of two that overlap in one word the stronger says it all.
      const bool said =
          std::any_of(kept.begin(), kept.end(), [p = piece](Piece k) { return Covers(k, p) || Covers(p, k); });
      if (!said) kept.push_back(piece);
    }
    std::sort(kept.begin(), kept.end());
    const LinearModel last = Fit(label, kept);
    std::map<std::string, double> out;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const double points = std::clamp(last.weights[i] * o_.strength, -o_.most, o_.most);
      const double rounded = std::round(points * 100) / 100;
      if (std::abs(rounded) >= o_.least) out[ToText(kept[i])] = rounded;
    }
    return out;
  }

  const Lessons& lessons_;
  const LearnOptions& o_;
  std::vector<const Lesson*> used_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<SourceFile> WithLexicon(const std::vector<SourceFile>& files, const Lexicon& lexicon) {
  std::vector<SourceFile> out;
  for (const SourceFile& f : files) {
    const bool golden = f.path.substr(0, 7) == "golden/" || f.path.find("/golden/") != std::string::npos;
    if (!golden && !EndsWith(f.path, "lexicon.json")) out.push_back(f);
  }
  if (!lexicon.empty()) out.push_back({"lexicon.json", ToFile(lexicon)});
  return out;
}

Result<Lessons> Prepare(const std::vector<SourceFile>& files, const std::vector<LabelledText>& texts,
                        const LearnOptions& options) {
  if (texts.empty()) return Fail(Bad("没有带标签的诉求", "there are no labelled texts"));
  const Compiled compiled = RuleSet::Compile(WithLexicon(files, {}));
  if (!compiled.set) return Fail(Bad("规则集有错误，先运行 rules check", "the RuleSet has errors: run rules check"));
  Reporter unused(files);
  if (auto error = CheckLabels(ReadSources(files, &unused), texts, options.by_topic)) return Fail(*error);
  std::vector<std::size_t> order(texts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(texts[a].id, texts[a].text) < std::tie(texts[b].id, texts[b].text);
  });
  Lessons out;
  std::vector<std::string> label_of;
  std::vector<Verdict> verdicts;
  RuleSet::Scratch scratch;
  for (const std::size_t i : order) {
    Input input;
    input.text = texts[i].text;
    Verdict v = compiled.set->Classify(input, scratch);
    const std::optional<std::string> label = Settle(texts[i], v, options.sure);
    if (!label) {
      ++out.left_out;
      continue;
    }
    label_of.push_back(options.by_topic ? *label : CategoryOf(*label));
    verdicts.push_back(std::move(v));
    out.items.push_back({i, 0, PiecesOf(texts[i].text, options.max_chars), {}});
  }
  const std::set<std::string> labels(label_of.begin(), label_of.end());
  out.labels.assign(labels.begin(), labels.end());
  for (std::size_t n = 0; n < out.items.size(); ++n) {
    Lesson& lesson = out.items[n];
    lesson.label = static_cast<std::uint32_t>(std::lower_bound(out.labels.begin(), out.labels.end(), label_of[n]) -
                                              out.labels.begin());
    for (const std::string& label : out.labels) lesson.evidence.push_back(EvidenceFor(label, verdicts[n]));
  }
  return out;
}

Result<Lexicon> LearnLexicon(const Lessons& lessons, const LearnOptions& options, const std::vector<bool>* use) {
  return Trainer(lessons, options, use).Run();
}

std::string ToFile(const Lexicon& lexicon) {
  std::string out = "{";
  for (const auto& [label, terms] : lexicon) {
    out += fmt::format("{}\n  {}: {{", out.size() == 1 ? "" : ",", nlohmann::json(label).dump());
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [term, weight] : terms) order.emplace_back(-weight, term);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < order.size(); ++i) {
      out += fmt::format("{}\n    {}: {}", i == 0 ? "" : ",", nlohmann::json(order[i].second).dump(), -order[i].first);
    }
    out += "\n  }";
  }
  return out + "\n}\n";
}

}  // namespace minsheng::rules
