// SPDX-License-Identifier: Apache-2.0
#include "src/desk/services.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/desk/form_desk.h"
#include "src/desk/notices.h"

namespace minsheng::desk {
namespace {

std::string CompletionKeys(const forms::Form& form) {
  std::string keys;
  for (const auto* list : {&form.completion_required, &form.completion_optional}) {
    for (const auto* field : *list) keys += (keys.empty() ? "" : " ") + field->key;
  }
  return keys;
}

const store::FieldFact* FindFact(const std::vector<store::FieldFact>& facts, std::string_view key) {
  const auto it = std::find_if(facts.begin(), facts.end(), [&](const auto& f) { return f.key == key; });
  return it == facts.end() ? nullptr : &*it;
}

std::int64_t FenOf(const std::vector<store::FieldFact>& facts, std::string_view key) {
  const auto* const fact = FindFact(facts, key);
  return fact == nullptr ? 0 : std::llround(std::stod(fact->value) * 100);
}

std::string Yuan(std::int64_t fen) {
  return fen % 100 == 0 ? std::to_string(fen / 100) : fmt::format("{}.{:02}", fen / 100, fen % 100);
}

Result<void> CheckCompletion(const forms::Form& form, const std::vector<store::FieldFact>& facts) {
  std::string missing;
  for (const auto* field : form.completion_required) {
    if (FindFact(facts, field->key) == nullptr)
      missing += (missing.empty() ? "" : "、") + field->name + " " + field->key;
  }
  if (!missing.empty()) {
    return MakeError(ErrorKind::kInvalid, fmt::format("缺少：{} / missing: {}", missing, missing));
  }
  const auto total = FenOf(facts, "paid-subsidy") + FenOf(facts, "paid-self");
  if (FindFact(facts, "price") != nullptr && FenOf(facts, "price") != total) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("服务价格 price 应等于补贴 paid-subsidy 加自付 paid-self（{} 元） / "
                                 "price must be paid-subsidy and paid-self together ({} yuan)",
                                 Yuan(total), Yuan(total)));
  }
  return {};
}

bool IsRendered(const store::ServiceRow& row) { return row.state == "completed" || row.state == "confirmed"; }

}  // namespace

Result<ServiceDesk::Matter> ServiceDesk::Find(const std::string& order_number) {
  auto service = desk_.store().Forms().Service(order_number);
  if (!service) return Fail(service.error());
  auto order = desk_.store().GetOrder(order_number);
  if (!order) return Fail(order.error());
  auto request = desk_.store().GetRequest(order->request_id);
  if (!request) return Fail(request.error());
  Matter m{std::move(*service), std::move(*order), std::move(*request), desk_.Current(), nullptr};
  m.form = m.knowledge.book.forms ? m.knowledge.book.forms->Find(m.order.topic) : nullptr;
  if (m.form == nullptr || m.form->service == nullptr) {
    return MakeError(ErrorKind::kConflict,
                     fmt::format("事项 {} 不是服务 / topic {} is no service", m.order.topic, m.order.topic));
  }
  return m;
}

Result<store::ServiceRow> ServiceDesk::Assign(const std::string& order_number, const std::string& unit,
                                              const std::string& by) {
  auto m = Find(order_number);
  if (!m) return Fail(m.error());
  auto& row = m->service;
  if (IsRendered(row)) {
    return MakeError(ErrorKind::kConflict, "服务已经完成 / the service has been rendered already");
  }
  std::string provider = unit;
  if (provider.empty()) {
    const auto named = m->form->providers.find(row.service);
    if (named != m->form->providers.end()) provider = named->second;
  }
  if (provider.empty()) {
    return MakeError(ErrorKind::kInvalid,
                     "没有为这种服务指定单位，请先填写服务种类，或用 --unit 指明 / no unit is named for "
                     "this service: fill in its kind first, or name one by --unit");
  }
  const std::string before = row.state;
  if (m->order.lead_unit != provider) {
    ActRequest act;
    act.act = orders::Act::kDispatch;
    act.by = by;
    act.unit = provider;
    act.reason = "交服务单位 to the provider";
    if (auto done = desk_.Do(order_number, act); !done) return Fail(done.error());
  }
  row.provider = provider;
  if (auto put = desk_.store().Forms().PutService(row, before, by, "服务单位 provider"); !put) return Fail(put.error());
  return row;
}

Result<store::ServiceRow> ServiceDesk::Appoint(const std::string& order_number, Time at, const std::string& by) {
  auto m = Find(order_number);
  if (!m) return Fail(m.error());
  auto& row = m->service;
  const Time now = desk_.clock().Now();
  if (!m->form->visit) {
    return MakeError(ErrorKind::kInvalid, "这种服务不上门，无需预约 / no visit belongs to this service");
  }
  if (row.provider.empty()) {
    return MakeError(ErrorKind::kInvalid,
                     "还没有服务单位，请先用 forms assign / no provider yet: use forms assign first");
  }
  if (at <= now) return MakeError(ErrorKind::kInvalid, "上门时间应在现在以后 / the time of the visit must lie ahead");
  if (IsRendered(row)) return MakeError(ErrorKind::kConflict, "服务已经完成 / the service has been rendered already");
  const std::string before = row.state;
  row.state = "appointed";
  row.appointed_at = at;
  if (auto put = desk_.store().Forms().PutService(row, before, by, "预约上门 appointment"); !put)
    return Fail(put.error());
  const auto* const unit = m->knowledge.catalogue->FindUnit(row.provider);
  const auto words =
      fmt::format("您预约的上门服务（工单 {}）定于 {}，由{}提供。如需改期，请直接回复或致电12345。", order_number,
                  ShanghaiText(at).substr(0, 16), unit == nullptr ? "服务单位" : unit->name);
  store::ActPlan plan;
  plan.event = {"", orders::Act::kNote, by, "已告知预约 the citizen was told", "", now};
  plan.once = fmt::format("appoint-{}", ToMs(at));
  const Occasion on{m->knowledge, m->request, desk_.options().policy, now};
  plan.outbox = [&](const orders::Order&) { return CitizenDrafts(on, words); };
  if (auto told = desk_.store().Act(order_number, plan); !told && told.error().kind != ErrorKind::kConflict) {
    return Fail(told.error());
  }
  return row;
}

Result<store::ServiceRow> ServiceDesk::Complete(const std::string& order_number, const std::vector<std::string>& values,
                                                const std::string& by) {
  auto m = Find(order_number);
  if (!m) return Fail(m.error());
  auto& row = m->service;
  const Time now = desk_.clock().Now();
  if (IsRendered(row)) return MakeError(ErrorKind::kConflict, "已经登记过完成 / its completion is recorded already");
  const auto facts = CheckedFacts(
      values, [&](std::string_view key) { return m->form->FindCompletion(key); }, CompletionKeys(*m->form), by, now,
      m->knowledge.book.calendar.get());
  if (!facts) return Fail(facts.error());
  if (auto good = CheckCompletion(*m->form, *facts); !good) return Fail(good.error());
  const std::string before = row.state;
  row.state = "completed";
  row.completed_at = now;
  row.completed_by = by;
  row.subsidy_fen = FenOf(*facts, "paid-subsidy");
  row.self_fen = FenOf(*facts, "paid-self");
  const auto* const signature = FindFact(*facts, "signed");
  row.signed_for = signature != nullptr && signature->value == "yes";
  const auto* const kind = m->form->service->FindChoice(row.service);
  const auto* const at = FindFact(*facts, "completed-at");
  ActRequest answer;
  answer.act = orders::Act::kAnswer;
  answer.by = by;
  answer.public_text = fmt::format("您申请的{}（工单 {}）已于 {} 办理完毕。如有不满意，请直接回复或致电12345。",
                                   kind == nullptr ? "事项" : "“" + kind->name + "”", order_number,
                                   at == nullptr ? ShanghaiText(now).substr(0, 10) : at->value);
  // First what the table of acts may refuse; the record follows it, and a second try finds it missing only.
  const bool answered = m->order.state == orders::State::kAnswered || m->order.state == orders::State::kChecked;
  if (!answered) {
    if (auto done = desk_.Do(order_number, answer); !done) return Fail(done.error());
  }
  auto& forms = desk_.store().Forms();
  if (auto filled = forms.Fill(row.request_id, *facts, "", by); !filled) return Fail(filled.error());
  if (auto put = forms.PutService(row, before, by, "服务完成 rendered"); !put) return Fail(put.error());
  return row;
}

Result<store::ServiceRow> ServiceDesk::Confirm(const std::string& order_number, bool good, const std::string& by,
                                               const std::string& words) {
  auto m = Find(order_number);
  if (!m) return Fail(m.error());
  // After a kill between the call and the redo, the call is not made again.
  const bool called = !good && m->service.state == "disputed" && m->order.state == orders::State::kCalledBack;
  if (m->service.state != "completed" && !called) {
    return MakeError(ErrorKind::kConflict,
                     "服务尚未登记完成，或已回访 / its completion is not recorded yet, or it was confirmed already");
  }
  if (m->service.completed_by == by) {
    return MakeError(ErrorKind::kDenied, "须由登记完成以外的人回访 / somebody who did not record it must call back");
  }
  const auto act = [&](orders::Act what) {
    ActRequest request;
    request.act = what;
    request.by = by;
    return request;
  };
  if (m->order.state == orders::State::kAnswered) {
    if (auto done = desk_.Do(order_number, act(orders::Act::kCheck)); !done) return Fail(done.error());
  }
  if (!called) {
    auto call = act(orders::Act::kCallBack);  // the service's row follows it
    call.solved = good ? 1 : 0;
    call.satisfied = good ? 1 : 0;
    call.way = "phone";
    call.public_text = words;
    if (auto done = desk_.Do(order_number, call); !done) return Fail(done.error());
  }
  if (!good) {
    auto redo = act(orders::Act::kRedo);
    redo.reason = "诉求人称服务未到位 not rendered as recorded";
    if (auto done = desk_.Do(order_number, redo); !done) return Fail(done.error());
  }
  return desk_.store().Forms().Service(order_number);
}

}  // namespace minsheng::desk
