// SPDX-License-Identifier: Apache-2.0
#include "src/desk/notices.h"

#include <nlohmann/json.hpp>

namespace minsheng::desk {

std::string TopicOf(const store::RequestRow& request) {
  if (!request.corrected_topic.empty()) return request.corrected_topic;
  return request.verdict ? request.verdict->topic : std::string();
}

router::UnitFacts FactsOfRequest(const Occasion& on, std::string_view topic) {
  const auto& privacy = on.request.privacy;
  return router::FactsForUnit(on.knowledge.book, topic, on.request.facts, privacy.anonymous || privacy.confidential);
}

std::vector<store::OutboxDraft> OrderDrafts(const Occasion& on, const orders::Order& order, const std::string& to) {
  if (on.request.messages.empty()) return {};
  auto verdict = on.request.verdict.value_or(Verdict{});
  verdict.topic = order.topic;
  verdict.urgency = order.urgency;
  const orders::Assignment assignment{order.catalogue_entry, to, order.helper_units};
  // What came later stands behind what was judged: the verdict's places in the text stay true.
  auto words = on.request.whole;
  for (const auto& m : on.request.added) {
    if (!m.text.empty()) words.text += "\n补充：" + m.text;
  }
  return router::DispatchDrafts(words, verdict, assignment, *on.knowledge.catalogue, *on.knowledge.rules, order.number,
                                on.now, FactsOfRequest(on, order.topic));
}

std::vector<store::OutboxDraft> UnitNotice(const Occasion& on, std::string_view type, const orders::Order& order,
                                           const std::string& unit, const std::string& reason,
                                           const router::UnitFacts& facts) {
  nlohmann::ordered_json data{{"number", order.number}, {"reason", reason}};
  if (order.due.answer != Time{}) data["due_at"] = IsoUtc(order.due.answer);
  router::AddFacts(facts, &data);
  return router::UnitDraft(*on.knowledge.catalogue, unit, type, data, on.now);
}

std::vector<store::OutboxDraft> CitizenDrafts(const Occasion& on, const std::string& words) {
  for (auto m = on.request.messages.rbegin(); m != on.request.messages.rend(); ++m) {
    if (m->sender.empty() || words.empty()) continue;
    auto draft = router::ReplyDraft(*m, on.request.id, {words, "", 0}, on.policy);
    draft.not_before = on.now;
    draft.prefer_passive_until = {};  // the open request of that message is long gone
    return {draft};
  }
  return {};
}

}  // namespace minsheng::desk
