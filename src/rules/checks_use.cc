// SPDX-License-Identifier: Apache-2.0
// Lists and topics that no rule uses; effects that can never show.
#include <fmt/format.h>

#include <set>

#include "src/rules/checks.h"

namespace minsheng::rules {
namespace {

void CollectLists(const Condition& c, std::set<std::string>* used) {
  if (c.op == Op::kList) used->insert(c.text);
  for (const Condition& child : c.children) CollectLists(child, used);
}

void CheckLists(const Sources& s, Reporter* reporter) {
  std::set<std::string> used;
  for (const RuleSource& rule : s.rules) CollectLists(rule.condition, &used);
  for (const auto& [name, list] : s.lists) {
    for (const ListSource::Include& include : list.includes) used.insert(include.list);
  }
  for (const auto& [name, list] : s.lists) {
    if (used.count(name) > 0) continue;
    reporter->Warn(list.spot, "unused-list", fmt::format("没有规则用到词表“{}”", name),
                   fmt::format("no rule uses list '{}'", name));
  }
}

// A topic that nothing speaks for is never found. The general topic of a category is, by evidence for
// the category.
void CheckTopics(const Sources& s, Reporter* reporter) {
  std::set<std::string> reached;
  const auto reach = [&](const std::string& topic) {
    reached.insert(topic);
    if (const auto category = s.categories.find(topic); category != s.categories.end()) {
      reached.insert(category->second.general);
    }
  };
  for (const RuleSource& rule : s.rules) {
    if (rule.decisive || rule.weight > 0) reach(rule.topic);
  }
  for (const LexiconEntry& e : s.lexicon) {
    if (e.weight > 0) reach(e.topic);
  }
  for (const auto& [id, topic] : s.topics) {
    if (reached.count(id) > 0) continue;
    reporter->Warn(topic.spot, "topic-without-rule",
                   fmt::format("没有规则或词典为事项“{}”加分，它永远不会被研判出来", id),
                   fmt::format("no rule and no lexicon term speaks for topic '{}', so that it is never found", id));
  }
}

void CheckEffects(const Sources& s, Reporter* reporter) {
  for (const RuleSource& rule : s.rules) {
    const bool other = !rule.topic.empty() || rule.type || !rule.tags.empty() || !rule.reply.empty();
    if (other || !rule.urgency || *rule.urgency != Urgency::kNormal) continue;
    reporter->Warn(rule.spot, "no-effect", "urgency 是 normal 等于没有：诉求本来就是 normal",
                   "urgency normal has no effect: every Request begins with it", rule.id);
  }
}

}  // namespace

namespace {

void CollectMentions(const Condition& c, const RuleSource& rule, const Reporter& reporter, std::vector<Mention>* out) {
  if (c.op == Op::kField && (c.text == "channel" || c.text == "line")) {
    const Problem at = reporter.PlaceOf(reporter.Inside(rule.when_spot, c.begin));
    for (const std::string& value : c.values) {
      out->push_back({c.text, value, rule.id, at.file, at.line, at.column});
    }
  }
  for (const Condition& child : c.children) CollectMentions(child, rule, reporter, out);
}

void AddArticle(const std::string& owner, const std::string& reply, const Spot& spot, const Reporter& reporter,
                std::vector<Mention>* out) {
  const auto article = ArticleOf(reply);
  if (article.empty()) return;
  const Problem at = reporter.PlaceOf(spot);
  out->push_back({"article", std::string(article), owner, at.file, at.line, at.column});
}

}  // namespace

std::vector<Mention> FindMentions(const Sources& sources, const Reporter& reporter) {
  std::vector<Mention> mentions;
  for (const RuleSource& rule : sources.rules) {
    if (rule.good) CollectMentions(rule.condition, rule, reporter, &mentions);
    AddArticle(rule.id, rule.reply, rule.reply_spot, reporter, &mentions);
  }
  for (const auto& [id, topic] : sources.topics) {
    AddArticle(id, topic.reply, topic.reply_spot, reporter, &mentions);
  }
  return mentions;
}

void CheckUse(const Sources& sources, Reporter* reporter) {
  CheckLists(sources, reporter);
  if (!sources.rules.empty()) CheckTopics(sources, reporter);
  CheckEffects(sources, reporter);
}

}  // namespace minsheng::rules
