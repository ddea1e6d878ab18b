// SPDX-License-Identifier: Apache-2.0
#include "src/desk/form_desk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/log.h"
#include "src/base/metrics.h"
#include "src/desk/notices.h"

namespace minsheng::desk {
namespace {

std::string KeysJson(std::string_view name, const std::vector<std::string>& keys) {
  nlohmann::json data;
  data[std::string(name)] = keys;
  return data.dump();
}

std::string KeysOf(const forms::Form& form) {
  std::string keys;
  for (const auto* list : {&form.required, &form.optional}) {
    for (const auto* field : *list) keys += (keys.empty() ? "" : " ") + field->key;
  }
  return keys;
}

}  // namespace

Result<std::vector<store::FieldFact>> CheckedFacts(const std::vector<std::string>& values,
                                                   const std::function<const forms::Field*(std::string_view)>& find,
                                                   const std::string& known_keys, const std::string& by, Time now,
                                                   const orders::Calendar* calendar) {
  std::vector<store::FieldFact> facts;
  std::string problems;
  const auto problem = [&](const std::string& what) { problems += (problems.empty() ? "" : "\n") + what; };
  for (const auto& word : values) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      problem("应写作 要素=值 / write key=value");
      continue;
    }
    const auto key = word.substr(0, equals);
    const auto* const field = find(key);
    if (field == nullptr) {
      problem(fmt::format("没有要素 {}，可用：{} / no such field: {}; there are {}", key, known_keys, key, known_keys));
      continue;
    }
    auto value = forms::Normalise(*field, std::string_view(word).substr(equals + 1), {now, field->tense, calendar});
    if (!value) {
      problem(value.error().what);
      continue;
    }
    store::FieldFact fact;
    fact.key = key;
    fact.value = std::move(*value);
    fact.source = "person";
    fact.actor = by;
    facts.push_back(std::move(fact));
  }
  if (!problems.empty()) return MakeError(ErrorKind::kInvalid, problems);
  return facts;
}

Result<int> FormDesk::Sweep(int most) {
  const auto due = desk_.store().Forms().Due(desk_.clock().Now(), most);
  if (!due) return Fail(due.error());
  int done = 0;
  for (const auto& question : *due) {
    const auto handled = Handle(question);
    if (!handled) {
      const auto& why = handled.error();
      log::Warn("form-question-failed",
                {{"order", question.order_number}, {"kind", Label(why.kind)}, {"error", why.what}});
      continue;
    }
    done += *handled ? 1 : 0;
  }
  return done;
}

Result<bool> FormDesk::Handle(const store::OpenQuestion& question) {
  auto& forms = desk_.store().Forms();
  const auto order = desk_.store().GetOrder(question.order_number);
  if (!order) return Fail(order.error());
  if (question.hold) {
    if (order->state == orders::State::kAccepted) {
      if (auto gone = LetGo(question, *order); !gone) return gone;
    }
    return forms.Pass(question);
  }
  if (question.news) {
    if (auto told = Tell(*order, {}, "system"); !told) return Fail(told.error());
    return forms.Pass(question);
  }
  if (auto closed = forms.CloseQuestion(question.request_id); !closed) return Fail(closed.error());
  return true;
}

Result<bool> FormDesk::LetGo(const store::OpenQuestion& question, const orders::Order& order) {
  ActRequest act;
  act.act = orders::Act::kDispatch;
  act.by = "system";
  act.expected = order.version;
  act.once = "form-dispatch";
  auto done = desk_.Do(order.number, act);
  // Somebody acted in between: the next round sees what it was.
  if (!done) return done.error().kind == ErrorKind::kConflict ? Result<bool>(false) : Fail(done.error());
  metrics::Count("minsheng_form_questions_total", {{"end", question.asked.empty() ? "answered"
                                                           : question.unknown     ? "unknown"
                                                                                  : "timeout"}});
  if (question.asked.empty()) return true;
  ActRequest note;
  note.by = "system";
  note.reason = "要素不全，先行派出 dispatched with facts missing";
  note.facts = KeysJson("missing", question.asked);
  note.once = "form-missing";
  if (auto noted = desk_.Do(order.number, note); !noted && noted.error().kind != ErrorKind::kConflict) {
    return Fail(noted.error());
  }
  return true;
}

Result<void> FormDesk::Tell(const orders::Order& order, const std::vector<std::string>& keys, const std::string& by) {
  const bool with_unit = order.state == orders::State::kDispatched || order.state == orders::State::kSigned;
  if (!with_unit) return {};
  const auto row = desk_.store().GetRequest(order.request_id);
  if (!row) return Fail(row.error());
  const auto knowledge = desk_.Current();
  if (!knowledge.rules) return MakeError(ErrorKind::kUnavailable, "no usable RuleSet is in force");
  const Occasion on{knowledge, *row, desk_.options().policy, desk_.clock().Now()};
  store::ActPlan plan;
  plan.event = {"", orders::Act::kNote, by, "要素有补充，已通知承办单位 its unit was told new facts", "", on.now};
  if (!keys.empty()) plan.event.data = KeysJson("fields", keys);
  plan.expected = order.version;
  plan.outbox = [&](const orders::Order& after) {
    return UnitNotice(on, "order.facts", after, after.lead_unit, "", FactsOfRequest(on, after.topic));
  };
  const auto told = desk_.store().Act(order.number, plan);
  if (!told) return Fail(told.error());
  return {};
}

Result<std::vector<store::FieldFact>> FormDesk::Fill(const std::string& request_id,
                                                     const std::vector<std::string>& values, const std::string& by) {
  auto& store = desk_.store();
  const auto row = store.GetRequest(request_id);
  if (!row) return Fail(row.error());
  const auto knowledge = desk_.Current();
  const auto topic = TopicOf(*row);
  const auto* const form = knowledge.book.forms ? knowledge.book.forms->Find(topic) : nullptr;
  if (form == nullptr) {
    return MakeError(ErrorKind::kNotFound,
                     fmt::format("事项 {} 没有表单，请先更正事项 / there is no form for topic {}: "
                                 "correct the topic first",
                                 topic, topic));
  }
  const auto facts = CheckedFacts(
      values, [&](std::string_view key) { return form->Find(key); }, KeysOf(*form), by, desk_.clock().Now(),
      knowledge.book.calendar.get());
  if (!facts) return facts;
  const auto service_key = form->service == nullptr ? std::string() : form->service->key;
  if (auto filled = store.Forms().Fill(request_id, *facts, service_key, by); !filled) return Fail(filled.error());
  if (!row->order_number.empty()) {
    const auto order = store.GetOrder(row->order_number);
    if (!order) return Fail(order.error());
    std::vector<std::string> keys;
    for (const auto& fact : *facts) keys.push_back(fact.key);
    // Two acts of two persons at once: what they filled in is there, and the later one tells all of it.
    if (auto told = Tell(*order, keys, by); !told && told.error().kind != ErrorKind::kConflict)
      return Fail(told.error());
  }
  return store.Forms().Facts(request_id, false);
}

}  // namespace minsheng::desk
