// SPDX-License-Identifier: Apache-2.0
#include "src/cli/cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "src/base/embedded.h"
#include "src/router/rules_holder.h"
#include "src/text/utf8.h"

namespace minsheng::cli {

void Print(std::string_view line) { fmt::print(stdout, "{}\n", line); }
void PrintErr(std::string_view line) { fmt::print(stderr, "{}\n", line); }

void PrintJson(const nlohmann::ordered_json& value) {
  Print(value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

int Report(const Context& context, const Error& error) {
  PrintErr(fmt::format("{}: {}", context.Say("错误", "error"), error.what));
  return kFindings;
}

int ReportStart(const Context& context, const Error& error) {
  Report(context, error);
  return error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kNotFound ? kConfig : kFindings;
}

std::string OnOneLine(std::string_view words) {
  std::string out;
  for (std::size_t at = 0; at < words.size();) {
    const char32_t c = text::NextCodePoint(words, &at);
    const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
    if (c == U'\n' || c == 0x2028 || c == 0x2029) {
      out += " ⏎ ";
    } else if (c >= 0x20 && (c < 0x7F || c > 0x9F) && !bidi) {
      text::AppendUtf8(c, &out);
    }
  }
  return out;
}

Result<Opened> OpenStore(const Context& context, Scope scope) {
  auto config = LoadConfig(context.config_path, context.demo, context.data, context.language, scope);
  if (!config) return Fail(config.error());
  const auto url = StoreUrl(*config);
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite) && !std::filesystem::exists(url.substr(kSqlite.size()))) {
    return MakeError(
        ErrorKind::kUnavailable,
        fmt::format("{}{}", url.substr(kSqlite.size()),
                    context.Say("：还没有数据。请先运行 minsheng serve，或用 --data 指定数据目录",
                                ": no data yet. Run minsheng serve first, or name the data folder by --data")));
  }
  auto store = store::Store::Open(url, SystemClock(), StoreAccess(*config));
  if (!store) return MakeError(store.error().kind, url + ": " + store.error().what);
  return Opened{std::move(*config), std::move(*store)};
}

Result<router::Knowledge> LoadKnowledge(const Context& context, Opened& opened) {
  const auto files = RuleFiles(opened.config);
  if (!files) return Fail(files.error());
  auto rules = router::LoadActive(*opened.store, *files, context.language);
  if (!rules) return Fail(rules.error());
  auto guide = LoadGuide(opened.config, **rules);
  if (!guide) return Fail(guide.error());
  const auto profile = opened.store->Chase().ProfileAt(SystemClock().Now());
  if (!profile) return Fail(profile.error());
  guide->timetable = router::InProfile(std::move(guide->timetable), *profile);
  auto articles = LoadArticles(*opened.store);
  if (!articles) return Fail(articles.error());
  return router::Knowledge{std::move(*rules),           std::move(guide->catalogue), nullptr,
                           std::move(guide->timetable), std::move(*articles),        std::move(guide->book)};
}

Result<std::shared_ptr<const knowledge::ArticleBook>> LoadArticles(store::Store& store) {
  const auto seeded = knowledge::SeedArticles(store.Articles(), EmbeddedContent("config/articles.json"));
  if (!seeded) return Fail(seeded.error());
  return knowledge::ArticleBook::Load(store.Articles());
}

knowledge::Surroundings SurroundingsOf(const router::Knowledge& knowledge) {
  return {[&knowledge](std::string_view wanted) {
            const auto& topics = knowledge.rules->topics();
            return std::any_of(topics.begin(), topics.end(),
                               [&](const rules::Topic& t) { return t.id == wanted || t.category == wanted; });
          },
          [&knowledge](std::string_view unit) { return knowledge.catalogue->FindUnit(unit) != nullptr; }};
}

desk::Desk MakeDesk(Opened& opened, const router::Knowledge& knowledge) {
  return {*opened.store,
          [knowledge] { return knowledge; },
          {opened.config.policy, opened.config.check_answers},
          SystemClock()};
}

std::string TopicName(const rules::RuleSet& rules, const std::string& id) {
  const auto* const topic = rules.FindTopic(id);
  return topic == nullptr ? id : topic->category_name + " / " + topic->name;
}

std::string ChannelName(std::string_view channel) {
  const auto* const type = FindChannelType(channel);
  return std::string(type == nullptr ? channel : type->chinese);
}

std::string BucketName(std::string_view bucket, const Context& context) {
  struct Row {
    std::string_view word;
    std::string_view zh;
  };
  constexpr Row kNames[] = {{"order", "已派单"},      {"attached", "并入原单"}, {"answered", "直接答复"},
                            {"noted", "已记录"},      {"triage", "待研判"},     {"parked", "搁置"},
                            {"refused", "拒收"},      {"waiting", "待处理"},    {"closed", "已办结"},
                            {"settling", "等候补充"}, {"asked", "等候选择"}};
  for (const auto& row : kNames) {
    if (row.word == bucket) return std::string(context.Say(row.zh, row.word));
  }
  return std::string(bucket);
}

}  // namespace minsheng::cli
