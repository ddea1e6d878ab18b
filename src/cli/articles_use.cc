// SPDX-License-Identifier: Apache-2.0
// minsheng articles review|suggest|use|stats: what is to be looked at, what fits, what was used.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/cli/articles_print.h"
#include "src/cli/rules_history.h"
#include "src/knowledge/suggest.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Millis kRememberUse{365LL * 24 * 3'600'000};

std::string WhyName(const Context& context, const std::string& why) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"expired", "已过有效期，不再答复"}, {"expiring", "有效期将满"},       {"unconfirmed", "一年以上没有复核"},
      {"draft", "有草稿等待发布"},         {"blanks", "有空待填，不能发布"}, {"named", "规则引用了它，但它不能答复"}};
  for (const auto& [word, zh] : kNames) {
    if (word == why) return std::string(context.Say(zh, word));
  }
  return why;
}

Json SuggestionJson(const knowledge::Suggestion& s) {
  return {{"id", s.article->id},
          {"version", s.article->published},
          {"title", s.article->shown.text.title},
          {"score", s.score},
          {"words", s.words},
          {"topic", s.topic},
          {"used", s.used},
          {"times", s.times},
          {"matched", s.matched},
          {"answer", s.article->shown.text.answer}};
}

void PrintSuggestion(const Context& context, const knowledge::Suggestion& s) {
  Print(fmt::format("{:.2f}  {}  {}", s.score, s.article->id, s.article->shown.text.title));
  std::string why = fmt::format("{} {:.2f}（{}）", context.Say("用词", "words"), s.words, fmt::join(s.matched, "、"));
  if (s.topic > 0) why += fmt::format(" + {} {:.2f}", context.Say("事项", "topic"), s.topic);
  if (s.used > 0)
    why +=
        fmt::format(" + {} {:.2f}（{} {}）", context.Say("用过", "used"), s.used, s.times, context.Say("次", "times"));
  Print("    " + why);
  Print("    " + OnOneLine(s.article->shown.text.answer));
}

// Replies of the rules in force that name what answers nothing now.
std::vector<rules::Mention> SilentlyNamed(const router::Knowledge& knowledge, Time now) {
  std::vector<rules::Mention> named;
  for (const auto& mention : knowledge.rules->mentions()) {
    if (mention.field == "article" && knowledge.articles->SilenceOf(mention.value, now) != knowledge::Silence::kNone)
      named.push_back(mention);
  }
  return named;
}

}  // namespace

int ArticlesReview(const Context& context, int days) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto now = SystemClock().Now();
  const auto items = knowledge::ReviewArticles(*knowledge->articles, now, days);
  const auto named = SilentlyNamed(*knowledge, now);
  for (const auto& mention : named) {
    if (context.json) {
      PrintJson({{"id", mention.value}, {"why", "named"}, {"rule", mention.rule}});
    } else {
      Print(fmt::format("{}  {}  {}{}", mention.value, WhyName(context, "named"), context.Say("规则 ", "rule "),
                        mention.rule));
    }
  }
  for (const auto& item : items) {
    const auto& text = item.article->shown.text;
    if (context.json) {
      PrintJson({{"id", item.article->id},
                 {"why", item.why},
                 {"day", item.day},
                 {"title", text.title},
                 {"unit", text.unit},
                 {"owner", text.owner}});
      continue;
    }
    const auto* const unit = knowledge->catalogue->FindUnit(text.unit);
    Print(fmt::format("{}  {}  {}  {}  {} {}", item.article->id, text.title, WhyName(context, item.why), item.day,
                      unit == nullptr ? text.unit : unit->name, text.owner));
  }
  if (items.empty() && named.empty() && !context.json) Print(context.Say("没有要复核的条目", "nothing to review"));
  return items.empty() && named.empty() ? kOk : kFindings;
}

int ArticlesSuggest(const Context& context, const std::string& request, const std::string& text,
                    const std::string& topic, int limit) {
  if (request.empty() == text.empty()) {
    PrintErr(context.Say("请写诉求编号，或用 --text 写一段话", "name a request, or give words by --text"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  std::string words = text::Repair(text);
  std::string about = topic;
  if (!request.empty()) {
    const auto row = opened->store->GetRequest(request);
    if (!row) return Report(context, row.error());
    for (const auto& m : row->messages) words += m.text + "\n";
    if (about.empty() && !row->corrected_topic.empty()) about = row->corrected_topic;
    if (about.empty() && row->verdict) about = row->verdict->topic;
  } else if (about.empty()) {
    rules::RuleSet::Scratch scratch;
    rules::Input input;
    input.text = words;
    about = knowledge->rules->Classify(input, scratch).topic;
  }
  const auto now = SystemClock().Now();
  const auto uses = opened->store->Articles().UsesByTopic(now - kRememberUse);
  if (!uses) return Report(context, uses.error());
  const knowledge::Suggester suggester(knowledge->articles, *uses);
  const auto found = suggester.Suggest(words, about, now, limit);
  if (!context.json && !about.empty())
    Print(fmt::format("{}{}", context.Say("事项：", "topic: "), TopicName(*knowledge->rules, about)));
  for (const auto& s : found) {
    if (context.json) {
      PrintJson(SuggestionJson(s));
    } else {
      PrintSuggestion(context, s);
    }
  }
  if (found.empty() && !context.json) Print(context.Say("知识库里没有合适的条目", "no article fits"));
  return kOk;
}

int ArticlesUse(const Context& context, const std::string& id, const std::string& request) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明谁用它作答", "say by --as who answers with it"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  auto& shelf = opened->store->Articles();
  if (const auto done = shelf.Use(id, request, context.user); !done) return Report(context, done.error());
  const auto row = shelf.Get(id);
  if (!row) return Report(context, row.error());
  if (context.json) {
    PrintJson({{"id", id}, {"version", row->published}, {"request", request}});
  } else {
    Print(row->shown.text.answer);
    if (!row->shown.text.details.empty()) Print(row->shown.text.details);
  }
  return kOk;
}

int ArticlesStats(const Context& context, const std::string& from, const std::string& to) {
  const auto days = ParseDays(context, from, to);
  if (!days) {
    PrintErr(days.error().what);
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (const auto articles = LoadArticles(*opened->store); !articles) return ReportStart(context, articles.error());
  const auto stats = opened->store->Articles().Stats(days->begin, days->end);
  if (!stats) return Report(context, stats.error());
  if (!context.json) {
    Print(context.Say("用了几次  其中人选  一次办结  条目", "uses  by people  settled at first contact  article"));
  }
  for (const auto& s : *stats) {
    if (context.json) {
      PrintJson({{"id", s.article_id},
                 {"uses", s.uses},
                 {"by_people", s.by_people},
                 {"settled", s.settled},
                 {"last_at", s.uses == 0 ? Json(nullptr) : Json(IsoUtc(s.last_at))}});
      continue;
    }
    const auto share =
        s.uses == 0 ? std::string("—")
                    : fmt::format("{:.0f}%", 100.0 * static_cast<double>(s.settled) / static_cast<double>(s.uses));
    Print(fmt::format("{:>8}  {:>8}  {:>8}  {}{}", s.uses, s.by_people, share, s.article_id,
                      s.uses == 0 ? context.Say("（没有用过）", " (never used)") : ""));
  }
  return kOk;
}

}  // namespace minsheng::cli
