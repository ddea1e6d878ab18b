// SPDX-License-Identifier: Apache-2.0
#include "src/chase/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "src/text/utf8.h"

namespace minsheng::chase {
namespace {

using Json = nlohmann::ordered_json;
using orders::Act;
using orders::Event;
using Evidence = std::optional<Json>;

constexpr int kEnoughWords = 4;  // a shorter request says too little to compare with

// Places of the timeline that the checks speak about; end() = has not happened.
struct Timeline {
  explicit Timeline(const std::vector<Event>& events) : all(events), answer(events.end()), hand_over(events.end()) {
    for (auto e = events.begin(); e != events.end(); ++e) {
      if (e->act == Act::kAnswer) answer = e;
    }
    for (auto e = events.begin(); e != answer; ++e) {
      if (e->act == Act::kDispatch || e->act == Act::kRule || e->act == Act::kRedo) hand_over = e;
    }
    if (hand_over == answer) hand_over = events.end();
  }
  // The last event of the act between the hand-over and the answer.
  const Event* Before(Act act) const {
    const Event* found = nullptr;
    for (auto e = hand_over; e != all.end() && e != answer; ++e) {
      if (e->act == act) found = &*e;
    }
    return found;
  }
  const std::vector<Event>& all;
  std::vector<Event>::const_iterator answer;
  std::vector<Event>::const_iterator hand_over;  // the last one before the answer
};

struct Look {
  const Case& c;
  const CheckOptions& options;
  const Timeline& timeline;
};

Json FactsOf(const Event& event) {
  auto facts = Json::parse(event.data, nullptr, /*allow_exceptions=*/false);
  return facts.is_object() ? facts : Json::object();
}

// A question can be answered out of hand, and thanks need nobody's visit.
bool NeedsWork(const orders::Order& order) {
  const auto type = RequestTypeFromWord(order.type);
  return !type || *type == RequestType::kHelp || *type == RequestType::kComplaint || *type == RequestType::kReport;
}

std::int64_t MinutesBetween(Time from, Time to) {
  return std::chrono::duration_cast<std::chrono::minutes>(to - from).count();
}

Evidence NoContact(const Look& look) {
  if (!look.options.no_contact || !NeedsWork(look.c.order)) return {};
  for (auto e = look.timeline.all.begin(); e != look.timeline.answer; ++e) {
    if (e->act == Act::kContact || e->act == Act::kRing || e->act == Act::kCallBack) return {};
  }
  return Json{{"contacts", 0}};
}

Evidence OffTopic(const Look& look) {
  if (look.options.least_shared_words == 0 || look.c.answers.empty()) return {};
  const auto words = SharedWords(look.c.asked, look.c.answers.back());
  if (words.asked < kEnoughWords || words.shared >= look.options.least_shared_words) return {};
  return Json{{"asked", words.asked}, {"shared", words.shared}};
}

Evidence Retyped(const Look& look) {
  if (!look.options.retyped) return {};
  std::string type;
  for (auto e = look.timeline.all.begin(); e != look.timeline.answer; ++e) {
    if (e->act != Act::kOpen && e->act != Act::kCorrect) continue;
    const auto facts = FactsOf(*e);
    const auto now = facts.value("type", e->act == Act::kOpen ? std::string() : type);
    if ((type == "complaint" || type == "report") && now == "consultation")
      return Json{{"from", type}, {"to", now}, {"event", e->id}};
    type = now;
  }
  return {};
}

Evidence HastyAnswer(const Look& look) {
  if (look.options.hasty_answer == Millis{0} || !NeedsWork(look.c.order)) return {};
  const auto* begin = look.timeline.Before(Act::kSign);
  if (begin == nullptr) begin = look.timeline.Before(Act::kView);
  if (begin == nullptr) begin = &*look.timeline.hand_over;
  const Time answered = look.timeline.answer->at;
  if (answered - begin->at >= look.options.hasty_answer) return {};
  return Json{{"from", ToWord(begin->act)}, {"minutes", MinutesBetween(begin->at, answered)}};
}

Evidence HastyClose(const Look& look) {
  if (look.options.hasty_close == Millis{0}) return {};
  for (auto e = look.timeline.answer; e != look.timeline.all.end(); ++e) {
    if (e->act == Act::kCallBack) return {};
    if (e->act != Act::kClose) continue;
    const auto taken = e->at - look.timeline.answer->at;
    if (taken >= look.options.hasty_close) return {};
    return Json{{"minutes", MinutesBetween(look.timeline.answer->at, e->at)}, {"event", e->id}};
  }
  return {};
}

Evidence Template(const Look& look) {
  if (look.options.template_uses == 0 || look.c.same_answers < look.options.template_uses) return {};
  return Json{{"orders", look.c.same_answers}};
}

Evidence SameAnswer(const Look& look) {
  const auto& answers = look.c.answers;
  if (!look.options.same_answer || answers.size() < 2 || look.c.order.redos == 0) return {};
  if (PrintOf(answers.back()) != PrintOf(answers[answers.size() - 2])) return {};
  return Json{{"answers", answers.size()}, {"redos", look.c.order.redos}};
}

Evidence RefusedBefore(const Look& look) {
  if (!look.options.refused_before || look.c.had_to_keep.empty()) return {};
  for (auto e = look.timeline.all.rbegin(); e != look.timeline.all.rend(); ++e) {
    if (e->act != Act::kReturn) continue;
    const auto code = FactsOf(*e).value("code", std::string());
    if (code != "not-ours") return {};
    return Json{{"code", code}, {"event", e->id}, {"orders", look.c.had_to_keep}};
  }
  return {};
}

struct Check {
  CheckName name;
  Evidence (*find)(const Look&);
  bool refusal = false;
};

constexpr Check kChecks[] = {
    {{"no-contact", "答复前没有联系诉求人", "nobody spoke with the citizen before the answer"}, NoContact},
    {{"off-topic", "答复没有提到诉求所说的事", "the answer shares no words with the request"}, OffTopic},
    {{"retyped", "答复前由投诉改成了咨询", "a complaint was made a consultation before the answer"}, Retyped},
    {{"hasty-answer", "几分钟就答复", "answered within minutes"}, HastyAnswer},
    {{"hasty-close", "未经回访，几分钟就办结", "closed within minutes, without a call-back"}, HastyClose},
    {{"template", "多张工单用同一段答复", "the same words for many orders"}, Template},
    {{"same-answer", "重办后的答复与上次相同", "after a redo, the answer of before"}, SameAnswer},
    {{"refused-before", "同类事项曾被裁定归该单位", "the unit had to keep such matters before"}, RefusedBefore, true},
};
constexpr auto kNames = [] {
  std::array<CheckName, std::size(kChecks)> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kChecks[i].name;
  return names;
}();

}  // namespace

std::span<const CheckName> CheckNames() { return kNames; }

std::vector<Finding> Examine(const Case& c, const CheckOptions& options) {
  const Timeline timeline(c.order.events);
  const bool answered = timeline.answer != c.order.events.end() && timeline.hand_over != c.order.events.end();
  const bool returned = c.order.state == orders::State::kReturned || c.order.state == orders::State::kObjected;
  std::vector<Finding> out;
  for (const auto& check : kChecks) {
    if (check.refusal ? !returned : !answered || returned) continue;
    auto evidence = check.find({c, options, timeline});
    if (!evidence) continue;
    // Once for each answer, or each return.
    const auto of = check.refusal ? "r" + std::to_string(c.order.returns) : timeline.answer->id;
    if (!check.refusal) (*evidence)["answer"] = timeline.answer->id;
    out.push_back({std::string(check.name.flag), evidence->dump(), fmt::format("flag:{}/{}", check.name.flag, of),
                   check.refusal});
  }
  return out;
}

std::string ExplainFlag(std::string_view flag, std::string_view evidence, bool english) {
  const auto known =
      std::find_if(kNames.begin(), kNames.end(), [&](const CheckName& name) { return name.flag == flag; });
  const auto what = known == kNames.end() ? flag : english ? known->en : known->zh;
  const auto facts = Json::parse(evidence, nullptr, /*allow_exceptions=*/false);
  if (!facts.is_object()) return std::string(what);
  std::string details;
  const auto add = [&](const char* key, std::string_view zh, std::string_view en) {
    const auto found = facts.find(key);
    if (found == facts.end()) return;
    std::string value = found->is_string() ? found->get<std::string>() : found->dump();
    if (found->is_array()) {
      value.clear();
      for (const auto& item : *found)
        value += (value.empty() ? "" : " ") + (item.is_string() ? item.get<std::string>() : item.dump());
    }
    details += fmt::format("{}{} {}", details.empty() ? "" : english ? ", " : "，", english ? en : zh, value);
  };
  add("minutes", "分钟", "minutes");
  add("asked", "诉求词组", "pairs asked");
  add("shared", "相同", "shared");
  add("from", "由", "from");
  add("to", "到", "to");
  add("code", "退单原因", "code");
  add("orders", "工单", "orders");
  add("answers", "答复次数", "answers");
  if (details.empty()) return std::string(what);
  return english ? fmt::format("{} ({})", what, details) : fmt::format("{}（{}）", what, details);
}

}  // namespace minsheng::chase
