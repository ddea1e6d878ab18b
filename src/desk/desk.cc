// SPDX-License-Identifier: Apache-2.0
#include "src/desk/desk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/desk/notices.h"
#include "src/orders/lifecycle.h"
#include "src/orders/recount.h"
#include "src/text/utf8.h"

namespace minsheng::desk {
namespace {

using orders::Act;
using orders::Order;
using Json = nlohmann::ordered_json;
using Drafts = std::vector<store::OutboxDraft>;

constexpr int kMostTries = 5;

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool HandsOver(Act act) { return act == Act::kDispatch || act == Act::kRule || act == Act::kRedo; }

Fail NoCalendar(const Error& why) {
  return MakeError(why.kind, "时限算不出，未作改动 / the limit cannot be counted, nothing was changed: " + why.what);
}

// One act being prepared: the order and its request as they are, and what is in force.
class Preparation {
 public:
  Preparation(const ActRequest& request, Order order, store::RequestRow row, const router::Knowledge& knowledge,
              const Options& options, Time now)
      : want_(request),
        order_(std::move(order)),
        row_(std::move(row)),
        knowledge_(knowledge),
        options_(options),
        now_(now) {}

  Result<store::ActPlan> Plan();
  Drafts Effects(const Order& before, const Order& after, const std::string& answer) const;

 private:
  Result<std::string> Facts();
  Result<std::string> HandOverFacts();
  Result<std::string> ExtensionFacts();
  Result<void> AddHelperLimit(Json* facts);
  Result<void> CheckUnit(const std::string& unit) const;
  Result<void> AddTexts(store::ActPlan* plan);

  const ActRequest& want_;
  const Order order_;
  const store::RequestRow row_;
  const router::Knowledge& knowledge_;
  const Options& options_;
  const Time now_;
};

Result<void> Preparation::CheckUnit(const std::string& unit) const {
  if (knowledge_.catalogue->FindUnit(unit) != nullptr) return {};
  return MakeError(ErrorKind::kInvalid,
                   fmt::format("没有承办单位 {}，见 units.json / there is no unit {}, see units.json", unit, unit));
}

Result<std::string> Preparation::HandOverFacts() {
  orders::Assignment to{"by-hand", want_.unit, want_.helpers};
  if (to.lead.empty() && want_.act == Act::kDispatch) {
    const auto& place = row_.verdict ? row_.verdict->place : std::nullopt;
    to = knowledge_.catalogue->Assign(order_.topic,
                                      place ? knowledge_.rules->PlaceChain(place->id) : std::vector<std::string>{});
  }
  if (!to.lead.empty()) {
    if (auto ok = CheckUnit(to.lead); !ok) return Fail(ok.error());
  }
  for (const auto& helper : to.helpers) {
    if (auto ok = CheckUnit(helper); !ok) return Fail(ok.error());
  }
  if (knowledge_.timetable) {
    if (const auto due = knowledge_.timetable->Reckon(orders::MatterOf(order_), now_); !due)
      return NoCalendar(due.error());
  }
  return orders::HandOverFacts(to.lead, to.helpers, to.entry, knowledge_.timetable.get(), orders::MatterOf(order_),
                               now_);
}

// Counting goes on from the limit as it was, through the extensions since the order came to this unit.
Result<std::string> Preparation::ExtensionFacts() {
  const auto by = orders::ParsePeriod(want_.period);
  if (!by || by->amount == 0) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("延期时间“{}”写法不对，如 3wd、24h / {} is no period such as 3wd or 24h", want_.period,
                                 want_.period));
  }
  if (!knowledge_.timetable)
    return MakeError(ErrorKind::kInvalid, "没有时限，无从延期 / there are no limits to extend");
  const auto& table = *knowledge_.timetable;
  // The row that the order came with: one of an emergency keeps it when the emergency is over.
  const auto* const row = orders::RowOf(order_, table);
  if (row == nullptr || order_.due.answer == Time{})
    return MakeError(ErrorKind::kInvalid, "没有时限，无从延期 / there is no limit to extend");
  const orders::Counting counting{*table.calendar, table.limits->day_rules()};
  orders::Deadline old;
  old.opened_at = order_.handed_at;
  old.due = order_.due.answer;
  const int made = static_cast<int>(order_.extensions);
  auto longer = orders::ExtendDeadline(old, row->Of(orders::Step::kAnswer), *by, made, counting);
  if (!longer) return Fail(longer.error());
  orders::Reckoned reckoned{order_.limit, order_.due};
  reckoned.due.answer = longer->due;
  reckoned.due.yellow = longer->yellow;
  reckoned.due.red = longer->red;
  return orders::DueFacts(reckoned, want_.period);
}

Result<void> Preparation::AddHelperLimit(Json* facts) {
  if (auto ok = CheckUnit(want_.unit); !ok) return ok;
  (*facts)["unit"] = want_.unit;
  if (want_.period.empty()) return {};
  const auto within = orders::ParsePeriod(want_.period);
  if (!within || !knowledge_.timetable) {
    return MakeError(
        ErrorKind::kInvalid,
        fmt::format("时限“{}”写法不对，如 3wd、24h / {} is no period such as 3wd or 24h", want_.period, want_.period));
  }
  const orders::Limit limit{*within, {}, {}, {}, 0};
  const auto& table = *knowledge_.timetable;
  const auto due = orders::ComputeDeadline(now_, limit, {*table.calendar, table.limits->day_rules()});
  if (!due) return NoCalendar(due.error());
  (*facts)["due"] = ToMs(due->due);
  return {};
}

Result<std::string> Preparation::Facts() {
  if (HandsOver(want_.act)) return HandOverFacts();
  if (want_.act == Act::kExtend) return ExtensionFacts();
  Json facts = want_.facts.empty() ? Json::object() : Json::parse(want_.facts, nullptr, false);
  if (!facts.is_object()) return MakeError(ErrorKind::kInvalid, "facts 应是 JSON 对象 / facts must be a JSON object");
  const auto code_as = [&](const char* key) {
    if (!want_.code.empty()) facts[key] = want_.code;
  };
  switch (want_.act) {
    case Act::kReturn:
    case Act::kObject:
      code_as("code");
      break;
    case Act::kClose:
      code_as("reason");
      break;
    case Act::kSupervise:
      code_as("cause");
      break;
    case Act::kFlag:
    case Act::kFalseAlarm:
      code_as("flag");
      break;
    case Act::kWarn:
    case Act::kRemind:
      code_as("step");
      break;
    case Act::kAddHelper:
      if (auto ok = AddHelperLimit(&facts); !ok) return Fail(ok.error());
      break;
    case Act::kAskTime:
      if (!orders::ParsePeriod(want_.period)) {
        return MakeError(ErrorKind::kInvalid, fmt::format("延期时间“{}”写法不对，如 3wd / {} is no period such as 3wd",
                                                          want_.period, want_.period));
      }
      facts["by"] = want_.period;
      break;
    case Act::kMerge:
      facts["parent"] = want_.parent;
      break;
    case Act::kCallBack:
      facts["solved"] = want_.solved;
      facts["satisfied"] = want_.satisfied;
      [[fallthrough]];
    case Act::kRing:
      if (!want_.way.empty()) facts["way"] = want_.way;
      break;
    default:
      break;
  }
  return facts.empty() ? std::string() : Dump(facts);
}

Result<void> Preparation::AddTexts(store::ActPlan* plan) {
  if (want_.act == Act::kAnswer && text::Trim(want_.public_text).empty()) {
    return MakeError(ErrorKind::kInvalid, "答复须有给诉求人的话 / an answer needs words for the citizen");
  }
  if (!want_.public_text.empty())
    plan->texts.push_back({want_.act == Act::kAnswer ? "public" : "said", want_.public_text});
  if (!want_.internal_text.empty()) plan->texts.push_back({"internal", want_.internal_text});
  return {};
}

// What follows from the act. `answer`: the words of the last answer that the citizen has not got yet.
Drafts Preparation::Effects(const Order& before, const Order& after, const std::string& answer) const {
  const Occasion on{knowledge_, row_, options_.policy, now_};
  Drafts out;
  const auto add = [&](Drafts drafts) {
    for (auto& draft : drafts) out.push_back(std::move(draft));
  };
  const auto tell = [&](std::string_view type) { add(UnitNotice(on, type, after, after.lead_unit, want_.reason)); };
  if (HandsOver(want_.act)) {
    const bool moved = !before.lead_unit.empty() && before.lead_unit != after.lead_unit;
    // A unit that gave it back knows that it is gone.
    if (moved && before.state != orders::State::kReturned && before.state != orders::State::kObjected)
      add(UnitNotice(on, "order.withdrawn", after, before.lead_unit, want_.reason));
    add(OrderDrafts(on, after, after.lead_unit));
  }
  if (want_.act == Act::kWarn && after.state <= orders::State::kSigned) tell("order.warned");
  switch (want_.act) {
    case Act::kAddHelper:
      add(OrderDrafts(on, after, want_.unit));
      break;
    case Act::kRefuse:
      tell("order.return-refused");
      break;
    case Act::kSendBack:
      tell("order.sent-back");
      break;
    case Act::kRemind:
      tell("order.reminded");
      break;
    case Act::kSupervise:
      tell("order.supervised");
      break;
    case Act::kExtend:
      tell("order.extended");
      break;
    case Act::kMerge:
      if (before.state != orders::State::kAccepted && before.state != orders::State::kReturned) tell("order.withdrawn");
      break;
    default:
      break;
  }
  if (!answer.empty()) add(CitizenDrafts(on, answer));
  for (auto& draft : out) draft.not_before = std::max(draft.not_before, want_.tell_from);
  return out;
}

Result<store::ActPlan> Preparation::Plan() {
  store::ActPlan plan;
  plan.event = {"", want_.act, want_.by, want_.reason, "", now_};
  plan.once = want_.once;
  plan.expected = want_.expected;
  if (want_.phone) plan.phone_step = want_.code;
  // What the table does not allow is said before what is missing for it.
  if (auto next = orders::Next(order_.state, want_.act); !next) return Fail(next.error());
  auto facts = Facts();
  if (!facts) return Fail(facts.error());
  plan.event.data = std::move(*facts);
  if (auto ok = AddTexts(&plan); !ok) return Fail(ok.error());
  // The desk's own answer needs nobody to check it, nor does any if the district wants it so.
  const auto actor = orders::ParseActor(want_.by);
  const bool own = actor && actor->role != orders::Role::kUnitStaff;
  if (want_.act == Act::kAnswer && (own || !options_.check_answers))
    plan.more.push_back({"", Act::kCheck, own ? want_.by : "system", "", "", now_});
  return plan;
}

// The public text of the last answer.
std::string LastAnswer(store::Store& store, const std::string& number) {
  const auto texts = store.OrderTexts(number);
  if (!texts) return {};
  for (auto t = texts->rbegin(); t != texts->rend(); ++t) {
    if (t->kind == "public") return t->text;
  }
  return {};
}

}  // namespace

Result<Order> Desk::Do(const std::string& number, const ActRequest& request) {
  for (int tries = 0;; ++tries) {
    std::int64_t seen = 0;
    auto done = Try(number, request, &seen);
    if (done || request.expected || done.error().kind != ErrorKind::kConflict || tries == kMostTries) return done;
    // Something else happened between the look and the act: look again, unless the act itself is what cannot be.
    const auto now = store_.GetOrder(number);
    if (!now || now->version == seen) return done;
  }
}

Result<Order> Desk::Try(const std::string& number, const ActRequest& request, std::int64_t* seen) {
  auto order = store_.GetOrder(number);
  if (!order) return order;
  store::RequestRow row;
  if (!order->request_id.empty()) {
    auto found = store_.GetRequest(order->request_id);
    if (!found) return Fail(found.error());
    row = std::move(*found);
  }
  const auto knowledge = current_();
  if (!knowledge.rules)
    return MakeError(ErrorKind::kUnavailable,
                     "规则集不可用，稍后再试 / no usable RuleSet is in force; try again later");
  const Order before = *order;
  // What was prepared must still be what the transaction finds.
  auto want = request;
  *seen = before.version;
  if (!want.expected) want.expected = before.version;
  const Time now = clock_.Now();
  Preparation preparation(want, std::move(*order), std::move(row), knowledge, options_, now);
  auto plan = preparation.Plan();
  if (!plan) return Fail(plan.error());
  const bool checked = request.act == Act::kCheck || !plan->more.empty();
  const auto answer = !checked                      ? std::string()
                      : request.act == Act::kAnswer ? request.public_text
                                                    : LastAnswer(store_, number);
  plan->outbox = [&](const Order& after) { return preparation.Effects(before, after, answer); };
  return store_.Act(number, *plan);
}

Result<Order> Desk::Split(const std::string& number, const std::string& topic, const std::string& by,
                          const std::string& reason) {
  const auto order = store_.GetOrder(number);
  if (!order) return order;
  const auto knowledge = current_();
  if (!knowledge.rules || knowledge.rules->FindTopic(topic) == nullptr) {
    return MakeError(ErrorKind::kInvalid, fmt::format("没有事项 {} / there is no topic {}", topic, topic));
  }
  store::RequestRow row;
  if (!order->request_id.empty()) {
    auto found = store_.GetRequest(order->request_id);
    if (!found) return Fail(found.error());
    row = std::move(*found);
  }
  const auto& place = row.verdict ? row.verdict->place : std::nullopt;
  const auto to =
      knowledge.catalogue->Assign(topic, place ? knowledge.rules->PlaceChain(place->id) : std::vector<std::string>{});
  store::ExtraOrder extra;
  extra.split_from = number;
  extra.topic = topic;
  extra.type = order->type;
  extra.urgency = order->urgency;
  extra.line = order->line;
  extra.channel = order->channel;
  extra.lead_unit = to.lead;
  extra.helper_units = to.helpers;
  extra.catalogue_entry = to.entry;
  extra.timetable = knowledge.timetable;
  extra.by = by;
  extra.reason = reason;
  const Occasion on{knowledge, row, options_.policy, clock_.Now()};
  extra.outbox = [&](const Order& opened) { return OrderDrafts(on, opened, opened.lead_unit); };
  return store_.OpenExtra(extra);
}

Result<store::RequestRow> Desk::Correct(const std::string& request_id, const std::string& topic, const std::string& by,
                                        const std::string& note) {
  const auto knowledge = current_();
  const auto* const known = knowledge.rules ? knowledge.rules->FindTopic(topic) : nullptr;
  if (known == nullptr)
    return MakeError(ErrorKind::kInvalid, fmt::format("没有事项 {} / there is no topic {}", topic, topic));
  auto row = store_.GetRequest(request_id);
  if (!row) return row;
  std::string first_unit;
  if (!row->order_number.empty()) {
    const auto order = store_.GetOrder(row->order_number);
    if (!order) return Fail(order.error());
    first_unit = order->lead_unit;
  }
  const auto& place = row->verdict ? row->verdict->place : std::nullopt;
  const auto to =
      knowledge.catalogue->Assign(topic, place ? knowledge.rules->PlaceChain(place->id) : std::vector<std::string>{});
  store::Correction correction;
  correction.request_id = request_id;
  correction.topic = topic;
  correction.by = by;
  correction.note = note;
  // The unit that has the order keeps it: a correction of the topic alone sends it nothing twice.
  if (to.lead != first_unit) {
    correction.lead_unit = to.lead;
    correction.helper_units = to.helpers;
    correction.catalogue_entry = to.entry;
    correction.timetable = knowledge.timetable;
    correction.outbox = [&](const std::string& number) {
      const Occasion on{knowledge, *row, options_.policy, clock_.Now()};
      Order order;
      order.number = number;
      order.topic = topic;
      order.urgency = row->verdict ? row->verdict->urgency : Urgency::kNormal;
      order.helper_units = to.helpers;
      order.catalogue_entry = to.entry;
      auto drafts = OrderDrafts(on, order, to.lead);
      if (!first_unit.empty()) {
        for (auto& draft : UnitNotice(on, "order.withdrawn", order, first_unit, note))
          drafts.push_back(std::move(draft));
      }
      return drafts;
    };
  }
  return store_.Correct(correction);
}

}  // namespace minsheng::desk
