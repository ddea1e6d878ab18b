// SPDX-License-Identifier: Apache-2.0
// minsheng returns report, rulings list|propose: what came back from units, and what rulings teach the Catalogue.
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "src/callback/returns.h"
#include "src/cli/callback_commands.h"
#include "src/cli/rules_history.h"

namespace minsheng::cli {
namespace {

constexpr int kWaysAtOnce = 500;

Result<std::vector<callback::Trip>> TripsOf(const Context& context, store::Store& store, const std::string& from,
                                            const std::string& to) {
  const auto days = ParseDays(context, from, to);
  if (!days) return Fail(days.error());
  std::vector<callback::Trip> trips;
  std::string cursor;
  for (;;) {
    const auto ways = store.Units().Ways(days->begin, days->end, cursor, kWaysAtOnce);
    if (!ways) return Fail(ways.error());
    for (const auto& way : *ways) trips.push_back(callback::TripOf(way));
    if (ways->size() < kWaysAtOnce) return trips;
    cursor = ways->back().number;
  }
}

std::string Joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

// Writes the patch, and checks first that the Catalogue with it can be loaded.
Result<void> WritePatch(const Opened& opened, const router::Knowledge& knowledge,
                        const std::vector<callback::Proposal>& proposals, const std::string& output) {
  const auto text = CatalogueText(opened.config);
  if (!text) return Fail(text.error());
  const auto patch = callback::CataloguePatch(*text, proposals);
  if (!patch) return Fail(patch.error());
  const auto patched = callback::ApplyPatch(*text, *patch);
  if (!patched) return Fail(patched.error());
  std::vector<std::string> topics;
  for (const auto& t : knowledge.rules->topics()) topics.push_back(t.id);
  const auto units = UnitsText(opened.config);
  if (!units) return Fail(units.error());
  if (const auto loaded = orders::Catalogue::Load(*units, *patched, topics); !loaded) return Fail(loaded.error());
  std::ofstream out(output, std::ios::binary);
  out << *patch << "\n";
  out.close();
  if (!out) return MakeError(ErrorKind::kInvalid, output + ": 写不了文件 / cannot write the file");
  return {};
}

}  // namespace

int ReturnsReport(const Context& context, const ReturnsArgs& args) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto trips = TripsOf(context, *opened->store, args.from, args.to);
  if (!trips) return Report(context, trips.error());
  const auto lines = callback::ReportReturns(*trips, args.by);
  if (!lines) return Report(context, lines.error());
  for (const auto& line : *lines) {
    if (context.json) {
      PrintJson({{args.by, line.key},
                 {"orders", line.orders},
                 {"came_back", line.came_back},
                 {"returns", line.returns},
                 {"objections", line.objections},
                 {"right", line.right},
                 {"wrong", line.wrong},
                 {"open", line.open},
                 {"hops", line.hops}});
      continue;
    }
    if (line.came_back == 0 && args.by != "hops") continue;
    Print(fmt::format("{:<32} {} {}/{}  {} {}  {} {}  {} {}  {} {}  {} {}", line.key, context.Say("退回", "came back"),
                      line.came_back, line.orders, context.Say("退单", "returns"), line.returns,
                      context.Say("异议", "objections"), line.objections, context.Say("单位有理", "unit right"),
                      line.right, context.Say("单位无理", "unit wrong"), line.wrong, context.Say("未定", "open"),
                      line.open));
  }
  if (lines->empty() && !context.json)
    PrintErr(context.Say("这段时间没有派出的工单", "no orders were sent in this time"));
  return kOk;
}

int RulingsList(const Context& context, const ReturnsArgs& args) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto trips = TripsOf(context, *opened->store, args.from, args.to);
  if (!trips) return Report(context, trips.error());
  for (const auto& trip : *trips) {
    for (const auto& r : trip.rulings) {
      if (context.json) {
        PrintJson({{"number", r.number},
                   {"topic", r.topic},
                   {"place", r.place},
                   {"lead", r.lead},
                   {"helpers", r.helpers},
                   {"reason", r.reason},
                   {"by", r.by},
                   {"at", IsoUtc(r.at)},
                   {"topic_was_wrong", r.topic_was_wrong}});
        continue;
      }
      Print(fmt::format("{}  {}  {}{}  {} {}{}  {}  {}{}", r.number, ShanghaiText(r.at), r.topic,
                        r.place.empty() ? "" : "@" + r.place, context.Say("主办", "lead"), r.lead,
                        r.helpers.empty() ? "" : std::string(context.Say(" 协办 ", " helpers ")) + Joined(r.helpers),
                        r.by, OnOneLine(r.reason),
                        r.topic_was_wrong ? context.Say("（事项曾更正）", " (topic was corrected)") : ""));
    }
  }
  return kOk;
}

int RulingsPropose(const Context& context, const ReturnsArgs& args) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto trips = TripsOf(context, *opened->store, args.from, args.to);
  if (!trips) return Report(context, trips.error());
  const auto proposals = callback::ProposeEntries(*trips, *knowledge->catalogue);
  for (const auto& p : proposals) {
    if (context.json) {
      PrintJson({{"topic", p.topic},
                 {"place", p.place},
                 {"lead", p.lead},
                 {"helpers", p.helpers},
                 {"orders", p.orders},
                 {"disputed", p.disputed}});
      continue;
    }
    Print(
        fmt::format("{}@{}  {} {}  {} {}  {} {}{}", p.topic, p.place.empty() ? "*" : p.place,
                    context.Say("主办", "lead"), p.lead, context.Say("协办", "helpers"),
                    p.helpers.empty() ? "-" : Joined(p.helpers), context.Say("依据", "because of"), Joined(p.orders),
                    p.disputed ? context.Say("  裁定不一致，不提建议", "  rulings differ, nothing is proposed") : ""));
  }
  std::int64_t wrong_topics = 0;
  for (const auto& trip : *trips) wrong_topics += !trip.rulings.empty() && trip.rulings.back().topic_was_wrong ? 1 : 0;
  if (wrong_topics > 0 && !context.json) {
    PrintErr(fmt::format("{} {}", wrong_topics,
                         context.Say("件裁定的工单更正过事项：用 minsheng rules suggest 从更正中找规则",
                                     "orders with a ruling had a wrong topic: minsheng rules suggest finds rules in "
                                     "corrections")));
  }
  if (args.output.empty()) return kOk;
  if (const auto written = WritePatch(*opened, *knowledge, proposals, args.output); !written)
    return Report(context, written.error());
  return kOk;
}

}  // namespace minsheng::cli
