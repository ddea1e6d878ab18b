// SPDX-License-Identifier: Apache-2.0
#include "src/router/review.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/orders/catalogue.h"

namespace minsheng::router {
namespace {

std::string_view SilenceInChinese(knowledge::Silence s) {
  switch (s) {
    case knowledge::Silence::kDraft:
      return "还是草稿";
    case knowledge::Silence::kRetired:
      return "已停用";
    case knowledge::Silence::kNotYet:
      return "未到有效期";
    case knowledge::Silence::kExpired:
      return "已过有效期";
    default:
      return "";
  }
}

}  // namespace

std::vector<rules::Problem> ReviewChannels(const rules::RuleSet& rules, const std::vector<std::string>& channels) {
  std::vector<rules::Problem> found;
  for (const rules::Mention& m : rules.mentions()) {
    if (m.field != "channel" || std::find(channels.begin(), channels.end(), m.value) != channels.end()) continue;
    rules::Problem p;
    p.severity = rules::Severity::kWarning;
    p.file = m.file;
    p.line = m.line;
    p.column = m.column;
    p.rule = m.rule;
    p.code = "unknown-channel";
    p.zh = fmt::format("没有渠道“{}”，这一部分永远不会成立（有 {}）", m.value, fmt::join(channels, " "));
    p.en = fmt::format("there is no channel '{}', so that this part never holds (there are {})", m.value,
                       fmt::join(channels, " "));
    found.push_back(std::move(p));
  }
  return found;
}

std::vector<rules::Problem> ReviewCatalogue(const rules::RuleSet& rules, std::string_view catalogue_json) {
  std::vector<std::string> topics;
  for (const rules::Topic& t : rules.topics()) topics.push_back(t.id);
  std::vector<rules::Problem> found;
  for (const std::string& topic : orders::TopicsWithoutEntry(catalogue_json, topics)) {
    rules::Problem p;
    p.file = "catalogue.json";
    p.code = "no-catalogue-entry";
    p.zh = fmt::format(
        R"(派单目录里没有事项“{}”的条目，研判出来也不知道派给谁；请加一条，如 {{"topic": "{}", "lead": "单位编号"}})",
        topic, topic);
    p.en = fmt::format(
        R"(the Catalogue has no entry for topic '{}', so that nobody is sent its orders; add one, such as {{"topic": "{}", "lead": "unit id"}})",
        topic, topic);
    found.push_back(std::move(p));
  }
  return found;
}

std::vector<rules::Problem> ReviewArticles(const rules::RuleSet& rules, const knowledge::ArticleBook& articles,
                                           Time now) {
  std::vector<rules::Problem> found;
  for (const rules::Mention& m : rules.mentions()) {
    if (m.field != "article") continue;
    const auto silence = articles.SilenceOf(m.value, now);
    if (silence == knowledge::Silence::kNone) continue;
    rules::Problem p;
    p.file = m.file;
    p.line = m.line;
    p.column = m.column;
    p.rule = m.rule;
    if (silence == knowledge::Silence::kUnknown) {
      p.code = "unknown-article";
      p.zh = fmt::format("知识库里没有条目“{}”（minsheng articles list 可查）", m.value);
      p.en = fmt::format("the knowledge base has no article '{}' (see minsheng articles list)", m.value);
    } else {
      p.severity = rules::Severity::kWarning;
      p.code = "article-silent";
      p.zh = fmt::format("条目“{}”现在不能答复（{}），命中的诉求会转给人处理", m.value, SilenceInChinese(silence));
      p.en = fmt::format("article '{}' answers nothing now ({}): such requests go to people", m.value,
                         knowledge::ToWord(silence));
    }
    found.push_back(std::move(p));
  }
  return found;
}

}  // namespace minsheng::router
