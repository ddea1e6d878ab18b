// SPDX-License-Identifier: Apache-2.0
// minsheng search: what was said and answered before.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/cli/rules_history.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

// Brings the index up to what is committed, so that a search right after a change finds it; not for ever.
constexpr int kStepsBeforeSearch = 64;

Result<void> CatchUp(store::SearchIndex& index) {
  for (int i = 0; i < kStepsBeforeSearch; ++i) {
    const auto done = index.Sweep();
    if (!done) return Fail(done.error());
    if (*done == 0) break;
  }
  return {};
}

std::string Marked(const store::SearchHit& hit) {
  std::string out;
  std::uint32_t at = 0;
  for (const Span& mark : hit.marks) {
    out +=
        hit.snippet.substr(at, mark.begin - at) + "【" + hit.snippet.substr(mark.begin, mark.end - mark.begin) + "】";
    at = mark.end;
  }
  return out + hit.snippet.substr(at);
}

Json HitJson(const store::SearchHit& hit) {
  Json j{{"kind", hit.kind},   {"id", hit.id},          {"title", hit.title}, {"order", hit.order},
         {"state", hit.state}, {"topic", hit.topic},    {"unit", hit.unit},   {"at", IsoUtc(hit.at)},
         {"score", hit.score}, {"snippet", hit.snippet}};
  j["marks"] = Json::array();
  for (const Span& mark : hit.marks) j["marks"].push_back({mark.begin, mark.end});
  return j;
}

std::string StateName(const Context& context, const store::SearchHit& hit) {
  if (const auto state = orders::StateFromWord(hit.state); state && !hit.order.empty())
    return std::string(context.language == "en" ? hit.state : orders::ToChinese(*state));
  return hit.kind == "article" ? std::string(context.Say("知识库", "article")) : BucketName(hit.state, context);
}

}  // namespace

int Search(const Context& context, const SearchArgs& args) {
  store::SearchQuery query;
  query.words = args.words;
  query.kind = args.kind;
  query.state = args.state;
  query.unit = args.unit;
  query.topic = args.topic;
  query.by_score = args.by_score;
  query.cursor = args.cursor;
  query.limit = args.limit;
  const auto days = ParseDays(context, args.from, args.to);
  if (!days) {
    PrintErr(days.error().what);
    return kUsage;
  }
  query.from = days->begin;
  query.to = days->end;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  auto& index = opened->store->Search();
  if (const auto ready = CatchUp(index); !ready) return Report(context, ready.error());
  const auto page = index.Search(query);
  if (!page) {
    Report(context, page.error());
    return page.error().kind == ErrorKind::kInvalid ? kUsage : kFindings;
  }
  for (const auto& hit : page->hits) {
    if (context.json) {
      PrintJson(HitJson(hit));
      continue;
    }
    const auto* const unit = knowledge->catalogue->FindUnit(hit.unit);
    Print(fmt::format("{}  {}  {}  {}  {}", ShanghaiText(hit.at).substr(0, 16), hit.order.empty() ? hit.id : hit.order,
                      StateName(context, hit), TopicName(*knowledge->rules, hit.topic),
                      unit == nullptr ? hit.unit : unit->name));
    if (!hit.title.empty()) Print("    " + hit.title);
    Print("    " + OnOneLine(Marked(hit)));
  }
  if (context.json) {
    PrintJson({{"cursor", page->cursor}, {"waiting", page->waiting}});
    return kOk;
  }
  if (page->hits.empty()) Print(context.Say("没有找到", "nothing found"));
  if (!page->cursor.empty())
    Print(fmt::format("{} --cursor {}", context.Say("还有更多：", "there is more:"), page->cursor));
  if (page->waiting > 0)
    PrintErr(fmt::format("{} {}", context.Say("还没有收入检索的诉求：", "requests not indexed yet:"), page->waiting));
  return kOk;
}

int SearchRebuild(const Context& context) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁要求重建", "say by --as who asks for it"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  auto& index = opened->store->Search();
  if (const auto done = index.Rebuild(); !done) return Report(context, done.error());
  for (;;) {
    const auto done = index.Sweep();
    if (!done) return Report(context, done.error());
    if (*done == 0) break;
  }
  const auto state = index.ReadState();
  if (!state) return Report(context, state.error());
  if (context.json) {
    PrintJson({{"documents", state->documents},
               {"waiting", state->waiting},
               {"changed", state->changed},
               {"batches", state->batches}});
  } else {
    Print(fmt::format("{} {}", context.Say("已重建，收入诉求", "rebuilt; requests indexed:"), state->documents));
  }
  return kOk;
}

}  // namespace minsheng::cli
