// SPDX-License-Identifier: Apache-2.0
// minsheng rules shadow report|pin|pins|unpin: what the version in shadow says otherwise, and real
// requests that every later version must judge as people did.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/router/rule_versions.h"

namespace minsheng::cli {
namespace {

using PinJson = nlohmann::ordered_json;

constexpr std::size_t kPairsShown = 50;
constexpr std::size_t kExamplesShown = 3;

PinJson SideJson(const store::ShadowSide& side) {
  return {{"topic", side.topic}, {"urgency", ToWord(side.urgency)}, {"triage", side.triage}};
}

PinJson ShadowJson(const store::ShadowReport& report) {
  PinJson j{{"shadow", report.shadow},
            {"active", report.active},
            {"compared", report.compared},
            {"differed", report.differed},
            {"first_at", IsoUtc(report.first_at)},
            {"last_at", IsoUtc(report.last_at)},
            {"pairs", PinJson::array()}};
  for (const auto& pair : report.pairs) {
    PinJson p{{"from", SideJson(pair.from)}, {"to", SideJson(pair.to)}, {"n", pair.n}, {"examples", PinJson::array()}};
    for (const auto& e : pair.examples) {
      p["examples"].push_back({{"request", e.request_id},
                               {"from_confidence", e.from_confidence},
                               {"to_confidence", e.to_confidence},
                               {"at", IsoUtc(e.at)}});
    }
    j["pairs"].push_back(std::move(p));
  }
  return j;
}

std::string SideText(const Context& context, const store::ShadowSide& side) {
  std::string text = side.topic.empty() ? std::string(context.Say("无", "none")) : side.topic;
  if (side.urgency != Urgency::kNormal) {
    text += fmt::format(" {}", context.language == "en" ? ToWord(side.urgency) : ToChinese(side.urgency));
  }
  if (side.triage) text += context.Say("（待研判）", " (triage)");
  return text;
}

void PrintReport(const Context& context, const store::ShadowReport& report) {
  Print(fmt::format("{} {} {} {}: {} {}, {} {}  ({} – {})", context.Say("影子第", "shadow"), report.shadow,
                    context.Say("版，对照现行第", "beside active"), report.active, context.Say("比较", "compared"),
                    report.compared, context.Say("不同", "differed"), report.differed, ShanghaiText(report.first_at),
                    ShanghaiText(report.last_at)));
  for (std::size_t i = 0; i < std::min(kPairsShown, report.pairs.size()); ++i) {
    const auto& pair = report.pairs[i];
    Print(fmt::format("{:>6}  {} → {}", pair.n, SideText(context, pair.from), SideText(context, pair.to)));
    for (std::size_t k = 0; k < std::min(kExamplesShown, pair.examples.size()); ++k) {
      const auto& e = pair.examples[k];
      Print(
          fmt::format("          {}  {:.0f}% → {:.0f}%", e.request_id, e.from_confidence * 100, e.to_confidence * 100));
    }
  }
  if (report.pairs.size() > kPairsShown) {
    Print(fmt::format("{} {}", context.Say("…… 另有几种，用 --json 看全部：", "... more kinds, --json shows all:"),
                      report.pairs.size() - kPairsShown));
  }
}

// Without a version: the one in shadow now.
Result<std::int64_t> ShadowVersion(store::Store& store, std::int64_t version) {
  if (version != 0) return version;
  const auto in_force = store.RuleSetsInForce();
  if (!in_force) return Fail(in_force.error());
  if (in_force->shadow != 0) return in_force->shadow;
  return MakeError(ErrorKind::kNotFound,
                   "现在没有影子试运行；看以前的请写版本号 / nothing runs in shadow now; name a version to see an "
                   "earlier report");
}

PinJson PinToJson(const store::PinnedCase& pin) {
  PinJson j{{"id", pin.id},
            {"request", pin.request_id},
            {"text", pin.text},
            {"topic", pin.topic},
            {"category", pin.category},
            {"urgency", ToWord(pin.urgency)},
            {"channel", pin.channel},
            {"author", pin.author},
            {"note", pin.note},
            {"created_at", IsoUtc(pin.created_at)}};
  if (!pin.retired_by.empty()) {
    j["retired"] = {{"by", pin.retired_by}, {"note", pin.retired_note}, {"at", IsoUtc(pin.retired_at)}};
  }
  return j;
}

void PrintPin(const Context& context, const store::PinnedCase& pin) {
  Print(fmt::format("{:>4}  {}  {} {}  {}: {}", pin.id, pin.request_id, pin.topic,
                    context.language == "en" ? ToWord(pin.urgency) : ToChinese(pin.urgency), pin.author, pin.note));
  Print(fmt::format("      {}", OnOneLine(pin.text)));
  if (pin.retired_by.empty()) return;
  Print(fmt::format("      {} {} {}: {}", context.Say("已撤销", "retired"), ShanghaiText(pin.retired_at),
                    pin.retired_by, pin.retired_note));
}

int Doubtful(const Context& context, const router::PinDraft& draft) {
  std::string doubts;
  for (const auto& d : draft.doubts) doubts += (doubts.empty() ? "" : "、") + d;
  PrintErr(fmt::format("{}\n  {}\n{} {}",
                       context.Say("没有固定。遮盖后的文字：", "not pinned. The text after masking:"),
                       OnOneLine(draft.pin.text),
                       context.Say("其中这些可能仍能认出是谁；看过确认无妨，再加 --sure：",
                                   "these may still tell who it is; if you have looked and it is fine, add --sure:"),
                       doubts));
  return kFindings;
}

}  // namespace

int RulesShadowReport(const Context& context, std::int64_t version) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto of = ShadowVersion(*opened->store, version);
  if (!of) return Report(context, of.error());
  const auto reports = opened->store->ShadowReports(*of);
  if (!reports) return Report(context, reports.error());
  for (const auto& report : *reports) {
    if (context.json) {
      PrintJson(ShadowJson(report));
    } else {
      PrintReport(context, report);
    }
  }
  if (reports->empty() && !context.json)
    Print(context.Say("还没有比较过一件诉求", "not one request has been compared yet"));
  return kOk;
}

int RulesPin(const Context& context, const PinArgs& args) {
  if (context.user.empty() || args.note.empty()) {
    PrintErr(
        context.Say("请用 --as 写明操作人，用 --note 写明为什么固定", "say by --as who pins it, and by --note why"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  auto draft = router::DraftPin(*opened->store, args.request, args.topic, *knowledge->rules);
  if (!draft) return Report(context, draft.error());
  if (!draft->doubts.empty() && !args.sure) return Doubtful(context, *draft);
  draft->pin.author = context.user;
  draft->pin.note = args.note;
  const auto id = opened->store->AddPin(draft->pin);
  if (!id) return Report(context, id.error());
  draft->pin.id = *id;
  if (context.json) {
    auto j = PinToJson(draft->pin);
    j["active_passes"] = draft->active_passes;
    PrintJson(j);
    return kOk;
  }
  PrintPin(context, draft->pin);
  if (!draft->active_passes) {
    Print(fmt::format(
        "{} {} {}", context.Say("现行规则还不这样判，它判为", "the active version says otherwise:"),
        draft->active_says.topic.empty() ? "-" : draft->active_says.topic,
        context.language == "en" ? ToWord(draft->active_says.urgency) : ToChinese(draft->active_says.urgency)));
  }
  return kOk;
}

int RulesPins(const Context& context, bool all) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto pins = opened->store->ListPins(all);
  if (!pins) return Report(context, pins.error());
  for (const auto& pin : *pins) {
    if (context.json) {
      PrintJson(PinToJson(pin));
    } else {
      PrintPin(context, pin);
    }
  }
  return kOk;
}

int RulesUnpin(const Context& context, std::int64_t id, const std::string& note) {
  if (context.user.empty() || note.empty()) {
    PrintErr(context.Say("请用 --as 写明操作人，用 --note 写明原因", "say by --as who acts, and by --note why"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (const auto done = opened->store->RetirePin(id, context.user, note); !done) return Report(context, done.error());
  if (context.json) {
    PrintJson({{"retired", id}});
  } else {
    Print(fmt::format("{} {}", context.Say("已撤销固定案例", "retired pinned case"), id));
  }
  return kOk;
}

}  // namespace minsheng::cli
