// SPDX-License-Identifier: Apache-2.0
// minsheng rules replay: what a draft would have changed, and whether people would have agreed.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/cli/rules_history.h"
#include "src/rules/replay.h"
#include "src/text/redact.h"

namespace minsheng::cli {
namespace {

using ReplayJson = nlohmann::ordered_json;
using rules::Change;
using rules::Comparison;
using rules::Standing;

constexpr std::size_t kShownCharacters = 60;
constexpr Standing kStandings[] = {Standing::kWrong, Standing::kTriage, Standing::kRight};

std::string_view StandingWord(Standing s) {
  return s == Standing::kRight ? "right" : s == Standing::kWrong ? "wrong" : "triage";
}

// Everything that the printing needs of one run.
struct Replayed {
  LoadedRules before;
  LoadedRules after;
  std::shared_ptr<const orders::Catalogue> catalogue;
  router::HistoryCounts counts;
  Comparison result;
};

class ReplayPrinter {
 public:
  ReplayPrinter(const Context& context, const Replayed& run) : context_(context), run_(run), r_(run.result) {}

  void Text() const {
    Summary();
    People();
    Topics();
    Units();
    Flows();
    List(context_.Say("变坏（与人的决定相比）", "losses, against what people decided"), r_.losses, r_.Losses());
    List(context_.Say("变好（与人的决定相比）", "wins, against what people decided"), r_.wins, r_.Wins());
    List(context_.Say("其他变化", "other changes"), r_.others, r_.changed - r_.Losses() - r_.Wins());
  }

  void Lines() const {
    PrintJson({{"kind", "summary"},
               {"before", {{"version", run_.before.set->version()}, {"hash", run_.before.set->hash()}}},
               {"after", {{"version", run_.after.set->version()}, {"hash", run_.after.set->hash()}}},
               {"requests", r_.requests},
               {"unjudged", run_.counts.unjudged},
               {"unreadable", run_.counts.unreadable},
               {"changed", r_.changed},
               {"topic", r_.topic},
               {"guess", r_.guess},
               {"triage_in", r_.triage_in},
               {"triage_out", r_.triage_out},
               {"unit", r_.unit},
               {"answered_in", r_.answered_in},
               {"answered_out", r_.answered_out},
               {"urgency_up", r_.urgency_up},
               {"urgency_down", r_.urgency_down},
               {"type", r_.type},
               {"tags", r_.tags},
               {"place", r_.place},
               {"closed", r_.closed},
               {"closed_changed", r_.closed_changed},
               {"labelled", r_.Labelled()},
               {"wins", r_.Wins()},
               {"losses", r_.Losses()}});
    for (const auto& [version, row] : r_.stored)
      PrintJson({{"kind", "stored"}, {"version", version}, {"requests", row.requests}, {"differ", row.differ}});
    for (const auto a : kStandings) {
      for (const auto b : kStandings)
        PrintJson({{"kind", "people"},
                   {"before", StandingWord(a)},
                   {"after", StandingWord(b)},
                   {"requests", r_.Count(a, b)}});
    }
    for (const auto& [topic, row] : r_.by_topic)
      PrintJson({{"kind", "topic"},
                 {"topic", topic},
                 {"before", row.before},
                 {"after", row.after},
                 {"labelled", row.labelled},
                 {"right_before", row.right_before},
                 {"right_after", row.right_after}});
    for (const auto& [unit, row] : r_.by_unit)
      PrintJson({{"kind", "unit"}, {"unit", unit}, {"before", row.before}, {"after", row.after}});
    FlowLines("topic-flow", r_.topic_flows);
    FlowLines("unit-flow", r_.unit_flows);
    FlowLines("urgency-flow", r_.urgency_flows);
    for (const auto& [topic, n] : r_.unknown_labels)
      PrintJson({{"kind", "unknown-label"}, {"topic", topic}, {"requests", n}});
    for (const auto& c : r_.losses) PrintJson(ChangeJson("loss", c));
    for (const auto& c : r_.wins) PrintJson(ChangeJson("win", c));
    for (const auto& c : r_.others) PrintJson(ChangeJson("other", c));
  }

 private:
  std::string Topic(const std::string& id) const {
    if (id == rules::kToTriage) return std::string(context_.Say("待研判", "triage"));
    const auto* const topic = run_.after.set->FindTopic(id);
    return TopicName(topic == nullptr ? *run_.before.set : *run_.after.set, id);
  }
  std::string Unit(const std::string& id) const {
    if (id == rules::kToTriage) return std::string(context_.Say("待研判", "triage"));
    if (id == rules::kToAnswer) return std::string(context_.Say("当场答复", "answered at once"));
    if (id.empty()) return std::string(context_.Say("（派单目录里没有）", "(not in the Catalogue)"));
    const auto* const unit = run_.catalogue->FindUnit(id);
    return unit == nullptr ? id : unit->name;
  }
  std::string Urgent(const std::string& word) const {
    return std::string(context_.language == "en" ? word : ToChinese(UrgencyFromWord(word).value_or(Urgency::kNormal)));
  }

  void Summary() const {
    const auto say = [&](std::string_view zh, std::string_view en) { return fmt::runtime(context_.Say(zh, en)); };
    Print(fmt::format(say("重放 {} 件诉求：{} → {}", "replayed {} requests: {} -> {}"), r_.requests, run_.before.name,
                      run_.after.name));
    if (run_.counts.unjudged > 0)
      Print(fmt::format(say("  另有 {} 件没有文字，规则没有研判过", "  {} more have no words: rules never saw them"),
                        run_.counts.unjudged));
    if (run_.counts.unreadable > 0)
      Print(fmt::format(say("  另有 {} 件的存档读不出来", "  {} more are stored in a form that cannot be read"),
                        run_.counts.unreadable));
    for (const auto& [version, row] : r_.stored) {
      if (row.differ > 0)
        Print(fmt::format(say("  当时由第 {} 版研判的 {} 件中，{} 件的存档研判与现在的基线不同",
                              "  of {1} judged then by version {0}, {2} have a stored verdict that differs from the "
                              "baseline's"),
                          version, row.requests, row.differ));
    }
    for (const auto& [topic, n] : r_.unknown_labels)
      Print(fmt::format(say("  {} 件更正为 {}，草稿里没有这个事项",
                            "  {} were corrected to {}, a topic that the draft does not have"),
                        n, topic));
    Print(fmt::format(say("变化 {} 件：", "{} changed:"), r_.changed));
    Figure("改判事项", "another topic", r_.topic);
    Figure("离开待研判", "out of triage", r_.triage_out);
    Figure("进入待研判", "into triage", r_.triage_in);
    Figure("换承办单位", "another unit", r_.unit);
    Figure("改为当场答复", "now answered at once", r_.answered_in);
    Figure("不再当场答复", "no longer answered at once", r_.answered_out);
    Figure("紧急程度升高", "more urgent", r_.urgency_up);
    Figure("紧急程度降低", "less urgent", r_.urgency_down);
    Figure("诉求类型", "request type", r_.type);
    Figure("标签", "tags", r_.tags);
    Figure("地点", "place", r_.place);
    Figure("待研判中的首选", "the best guess in triage", r_.guess);
    if (r_.closed > 0)
      Print(fmt::format(
          say("已办结、无人更正的 {} 件中，{} 件的事项会变", "of {} closed and never corrected, {} change topic"),
          r_.closed, r_.closed_changed));
  }

  void Figure(std::string_view zh, std::string_view en, std::int64_t n) const {
    if (n > 0) Print(fmt::format("  {:>7}  {}", n, context_.Say(zh, en)));
  }

  void People() const {
    if (r_.Labelled() == 0) {
      Print(
          context_.Say("没有人更正过的诉求，无从比较对错", "nobody corrected any of them: nothing says what is right"));
      return;
    }
    Print(fmt::format(fmt::runtime(context_.Say("与人的决定相比（{} 件）：变好 {}，变坏 {}",
                                                "against what people decided ({}): wins {}, losses {}")),
                      r_.Labelled(), r_.Wins(), r_.Losses()));
    const auto name = [&](Standing s) {
      return s == Standing::kRight   ? context_.Say("对", "right")
             : s == Standing::kWrong ? context_.Say("错", "wrong")
                                     : context_.Say("待研判", "triage");
    };
    for (const auto a : kStandings) {
      for (const auto b : kStandings) {
        if (r_.Count(a, b) > 0) Print(fmt::format("  {:>7}  {} → {}", r_.Count(a, b), name(a), name(b)));
      }
    }
  }

  void Topics() const {
    bool headed = false;
    for (const auto& [id, row] : r_.by_topic) {
      if (row.before == row.after && row.right_before == row.right_after) continue;
      if (!headed)
        Print(fmt::format("\n{:>7} {:>7} {:>7}  {:>6} {:>6} {:>6}  {}", context_.Say("原", "before"),
                          context_.Say("新", "after"), context_.Say("差", "diff"), context_.Say("人定", "people"),
                          context_.Say("原对", "right"), context_.Say("新对", "now"), context_.Say("事项", "topic")));
      headed = true;
      Print(fmt::format("{:>7} {:>7} {:>+7}  {:>6} {:>6} {:>6}  {}", row.before, row.after, row.after - row.before,
                        row.labelled, row.right_before, row.right_after, Topic(id)));
    }
  }

  void Units() const {
    bool headed = false;
    for (const auto& [id, row] : r_.by_unit) {
      if (row.before == row.after) continue;
      if (!headed)
        Print(fmt::format("\n{:>7} {:>7} {:>7}  {}", context_.Say("原", "before"), context_.Say("新", "after"),
                          context_.Say("差", "diff"), context_.Say("去向", "goes to")));
      headed = true;
      Print(fmt::format("{:>7} {:>7} {:>+7}  {}", row.before, row.after, row.after - row.before, Unit(id)));
    }
  }

  void Flows() const {
    FlowTable(context_.Say("事项的变化", "topics, from and to"), r_.topic_flows, [&](auto& id) { return Topic(id); });
    FlowTable(context_.Say("去向的变化", "where they go, from and to"), r_.unit_flows,
              [&](auto& id) { return Unit(id); });
    FlowTable(context_.Say("紧急程度的变化", "urgency, from and to"), r_.urgency_flows,
              [&](auto& word) { return Urgent(word); });
  }

  template <class Name>
  static void FlowTable(std::string_view head, const std::map<rules::Flow, std::int64_t>& flows, const Name& name) {
    if (flows.empty()) return;
    Print(fmt::format("\n{}", head));
    for (const auto& [n, flow] : ByCount(flows))
      Print(fmt::format("{:>7}  {} → {}", n, name(flow->first), name(flow->second)));
  }

  static std::vector<std::pair<std::int64_t, const rules::Flow*>> ByCount(
      const std::map<rules::Flow, std::int64_t>& flows) {
    std::vector<std::pair<std::int64_t, const rules::Flow*>> sorted;
    for (const auto& [flow, n] : flows) sorted.emplace_back(n, &flow);
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    return sorted;
  }

  static void FlowLines(std::string_view kind, const std::map<rules::Flow, std::int64_t>& flows) {
    for (const auto& [n, flow] : ByCount(flows))
      PrintJson({{"kind", kind}, {"from", flow->first}, {"to", flow->second}, {"requests", n}});
  }

  void List(std::string_view head, const std::vector<Change>& changes, std::int64_t all) const {
    if (changes.empty()) return;
    Print(fmt::format("\n{}", head) +
          (static_cast<std::int64_t>(changes.size()) < all
               ? fmt::format(fmt::runtime(context_.Say("（{} 件中最新的 {} 件）", " (the newest {1} of {0})")), all,
                             changes.size())
               : ""));
    for (const auto& c : changes) {
      Print(fmt::format(
          "  {}  {} → {}{}", c.id, One(c.before), One(c.after),
          c.label.empty() ? "" : fmt::format("  {}{}", context_.Say("人定：", "people: "), Topic(c.label))));
      Print(fmt::format("      {}", Masked(c.text, kShownCharacters)));
    }
  }

  // "园林绿化 [区园林绿化管理处，紧急]"
  std::string One(const rules::Judged& j) const {
    std::string out = Topic(j.Topic());
    std::string more = j.judgement.triage ? "" : Unit(j.goes_to);
    if (j.judgement.triage && !j.judgement.topic.empty())
      more = fmt::format("{}{}", context_.Say("首选：", "guess: "), Topic(j.judgement.topic));
    const auto add = [&](std::string_view words) { more += fmt::format("{}{}", more.empty() ? "" : "，", words); };
    if (j.judgement.urgency != Urgency::kNormal) add(Urgent(std::string(ToWord(j.judgement.urgency))));
    if (j.judgement.type) add(context_.language == "en" ? ToWord(*j.judgement.type) : ToChinese(*j.judgement.type));
    for (const auto& tag : j.judgement.tags) add("#" + tag);
    return more.empty() ? out : fmt::format("{} [{}]", out, more);
  }

  static ReplayJson JudgedJson(const rules::Judged& j) {
    ReplayJson out{{"topic", j.judgement.topic},
                   {"triage", j.judgement.triage},
                   {"goes_to", j.goes_to},
                   {"urgency", ToWord(j.judgement.urgency)}};
    out["type"] = j.judgement.type ? ReplayJson(ToWord(*j.judgement.type)) : ReplayJson(nullptr);
    out["tags"] = j.judgement.tags;
    out["place"] = j.judgement.place;
    return out;
  }

  static ReplayJson ChangeJson(std::string_view what, const Change& c) {
    return {{"kind", "change"},
            {"what", what},
            {"request", c.id},
            {"people", c.label},
            {"before", JudgedJson(c.before)},
            {"after", JudgedJson(c.after)},
            {"text", text::Redact(c.text)}};
  }

  const Context& context_;
  const Replayed& run_;
  const Comparison& r_;
};

// Catalogue for both sets: the draft may have topics that it does not cover yet. That is said, and
// those go to no unit.
Result<std::shared_ptr<const orders::Catalogue>> CatalogueFor(const Context& context, const AppConfig& config,
                                                              const Replayed& run) {
  if (auto whole = LoadCatalogue(config, *run.after.set))
    return whole;
  else
    PrintErr(fmt::format("{}\n{}",
                         context.Say("派单目录与草稿不合，草稿的新事项没有承办单位：",
                                     "the Catalogue does not fit the draft; its new topics have no unit:"),
                         whole.error().what));
  return LoadCatalogue(config, *run.before.set);
}

}  // namespace

int RulesReplay(const Context& context, const ReplayArgs& args) {
  if ((args.draft > 0) == !args.folder.empty()) {
    PrintErr(context.Say("请写草稿的版本号，或用 --rules 指定规则目录，二者之一",
                         "name the draft by its version number, or a folder by --rules; one of the two"));
    return kUsage;
  }
  const auto days = ParseDays(context, args.from, args.to);
  if (!days) {
    Report(context, days.error());
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  Replayed run;
  auto before = LoadVersion(context, *opened->store, args.against);
  if (!before) return Report(context, before.error());
  run.before = std::move(*before);
  auto after = args.folder.empty() ? LoadVersion(context, *opened->store, args.draft)
                                   : LoadNamed(context, *opened->store, args.folder);
  if (!after) return Report(context, after.error());
  run.after = std::move(*after);
  auto catalogue = CatalogueFor(context, opened->config, run);
  if (!catalogue) return ReportStart(context, catalogue.error());
  run.catalogue = std::move(*catalogue);
  rules::Replay replay(*run.before.set, *run.after.set, router::UnitsOf(run.catalogue), args.threads,
                       static_cast<std::size_t>(args.limit));
  const auto counts = router::StreamHistory(*opened->store, OptionsOf(context, *days, args.threads),
                                            [&](const auto& cases) { replay.Add(cases); });
  if (!counts) return Report(context, counts.error());
  run.counts = *counts;
  run.result = replay.result();
  const ReplayPrinter printer(context, run);
  if (context.json) {
    printer.Lines();
  } else {
    printer.Text();
  }
  return run.result.Losses() > 0 ? kFindings : kOk;
}

}  // namespace minsheng::cli
