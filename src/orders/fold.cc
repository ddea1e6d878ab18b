// SPDX-License-Identifier: Apache-2.0
#include "src/orders/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/orders/lifecycle.h"

namespace minsheng::orders {
namespace {

// The facts of one Event. What is absent reads as empty or 0.
class Facts {
 public:
  explicit Facts(const std::string& data)
      : json_(data.empty() ? nlohmann::json::object() : nlohmann::json::parse(data, nullptr, false)) {
    if (!json_.is_object()) json_ = nlohmann::json::object();
  }
  bool Has(const char* key) const { return json_.contains(key); }
  std::string Text(const char* key) const {
    const auto at = json_.find(key);
    return at != json_.end() && at->is_string() ? at->get<std::string>() : std::string();
  }
  std::int64_t Int(const char* key, std::int64_t otherwise) const {
    const auto at = json_.find(key);
    return at != json_.end() && at->is_number_integer() ? at->get<std::int64_t>() : otherwise;
  }
  std::vector<std::string> Texts(const char* key) const {
    std::vector<std::string> out;
    const auto at = json_.find(key);
    if (at == json_.end() || !at->is_array()) return out;
    for (const auto& item : *at) {
      if (item.is_string()) out.push_back(item.get<std::string>());
    }
    return out;
  }
  // "due" with those steps that have a limit.
  void Due(DueTimes* due) const {
    const auto at = json_.find("due");
    if (at == json_.end() || !at->is_object()) return;
    const auto set = [&](const char* key, Time* time) {
      const auto found = at->find(key);
      if (found != at->end() && found->is_number_integer()) *time = FromMs(found->get<std::int64_t>());
    };
    set("sign", &due->sign);
    set("contact", &due->contact);
    set("answer", &due->answer);
    set("yellow", &due->yellow);
    set("red", &due->red);
    set("return", &due->give_back);
  }

 private:
  nlohmann::json json_;
};

void Open(Life* life, const Facts& facts, const Event& event) {
  life->topic = facts.Text("topic");
  life->urgency = UrgencyFromWord(facts.Text("urgency")).value_or(Urgency::kNormal);
  life->type = facts.Text("type");
  life->line = facts.Text("line");
  life->channel = facts.Text("channel");
  life->incident = facts.Text("incident");
  life->catalogue_entry = facts.Text("entry");
  life->opened_by = event.actor;
  life->opened_at = event.at;
}

// The order comes to a unit: the clock of every step starts anew.
void HandOver(Life* life, const Facts& facts, Time at) {
  const auto unit = facts.Text("unit");
  if (!unit.empty()) {
    if (unit != life->lead_unit) ++life->hops;
    life->lead_unit = unit;
    life->helper_units = facts.Texts("helpers");
    life->catalogue_entry = facts.Text("entry");
  }
  if (life->dispatched_at == Time{}) life->dispatched_at = at;
  life->handed_at = at;
  life->viewed_at = life->signed_at = Time{};
  life->due = {};
  life->limit = facts.Text("limit");
  facts.Due(&life->due);
}

void Answer(Life* life, Time at) {
  life->answered_at = at;
  life->direct = life->dispatched_at == Time{};
  life->checked_at = Time{};
  life->late = life->late || (life->due.answer != Time{} && at >= life->due.answer);
}

void Correct(Life* life, const Facts& facts) {
  life->topic = facts.Text("to");
  if (const auto urgency = UrgencyFromWord(facts.Text("urgency"))) life->urgency = *urgency;
  if (facts.Has("type")) life->type = facts.Text("type");
}

void AddHelper(Life* life, const Facts& facts) {
  const auto unit = facts.Text("unit");
  auto& helpers = life->helper_units;
  if (unit != life->lead_unit && std::find(helpers.begin(), helpers.end(), unit) == helpers.end())
    helpers.push_back(unit);
}

void First(Time* time, Time at) {
  if (*time == Time{}) *time = at;
}

void ApplyFacts(Life* life, const Event& event) {
  const Facts facts(event.data);
  const Time at = event.at;
  switch (event.act) {
    case Act::kOpen:
      return Open(life, facts, event);
    case Act::kDispatch:
      life->bound = life->ruled = false;
      return HandOver(life, facts, at);
    case Act::kRule:
      life->ruled = true;
      return HandOver(life, facts, at);
    case Act::kRedo:
      ++life->redos;
      return HandOver(life, facts, at);
    case Act::kView:
      // A helper's look says nothing about the lead unit.
      if (event.actor == "unit:" + life->lead_unit || event.actor.starts_with("unit:" + life->lead_unit + "/"))
        First(&life->viewed_at, at);
      return;
    case Act::kSign:
      First(&life->viewed_at, at);
      life->signed_at = at;
      return;
    case Act::kContact:
      return First(&life->contacted_at, at);
    case Act::kReturn:
      ++life->returns;
      return;
    case Act::kRefuse:
      life->bound = true;
      return facts.Due(&life->due);
    case Act::kAddHelper:
      return AddHelper(life, facts);
    case Act::kExtend:
      ++life->extensions;
      return facts.Due(&life->due);
    case Act::kReckon:
      if (facts.Has("limit")) life->limit = facts.Text("limit");
      return facts.Due(&life->due);
    case Act::kAnswer:
      return Answer(life, at);
    case Act::kCheck:
      life->checked_at = at;
      return;
    case Act::kRing:
      ++life->rings;
      return;
    case Act::kCallBack:
      life->called_back_at = at;
      life->solved = facts.Int("solved", -1);
      life->satisfied = facts.Int("satisfied", -1);
      return;
    case Act::kClose:
      life->closed_at = at;
      life->close_reason = facts.Text("reason");
      return;
    case Act::kReopen:
      life->closed_at = Time{};
      life->close_reason.clear();
      return;
    case Act::kMerge:
      life->parent = facts.Text("parent");
      return;
    case Act::kUnmerge:
      life->parent.clear();
      return;
    case Act::kRemind:
      ++life->reminders;
      return;
    case Act::kSupervise:
      life->supervised = life->was_supervised = true;
      return;
    case Act::kRelieve:
      life->supervised = false;
      return;
    case Act::kCorrect:
      return Correct(life, facts);
    default:  // stands on the timeline, changes nothing else
      return;
  }
}

}  // namespace

Result<void> Apply(Life* life, const Event& event, bool first) {
  const auto next = Next(first ? std::nullopt : std::optional(life->state), event.act);
  if (!next) return Fail(next.error());
  if (event.act == Act::kMerge) life->before_merge = life->state;
  life->state = event.act == Act::kUnmerge ? life->before_merge : *next;
  ApplyFacts(life, event);
  return {};
}

Result<Life> Fold(const std::vector<Event>& events) {
  Life life;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (auto done = Apply(&life, events[i], i == 0); !done) {
      return MakeError(ErrorKind::kInternal, fmt::format("event {} ({}) of the timeline is not allowed: {}", i,
                                                         events[i].id, done.error().what));
    }
  }
  if (events.empty()) return MakeError(ErrorKind::kInternal, "a work order without events");
  return life;
}

}  // namespace minsheng::orders
