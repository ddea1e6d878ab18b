// SPDX-License-Identifier: Apache-2.0
// minsheng orders|requests|outbox: what happened to whom, and a person's correction.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/ulid.h"
#include "src/cli/cli.h"
#include "src/forms/extract.h"
#include "src/orders/recount.h"
#include "src/router/decide.h"
#include "src/rules/reason_line.h"
#include "src/store/conversations.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

// Texts are shown masked on the terminal: it scrolls past people who need not know. Of who wants to stay unknown names,
// too.
std::string MaskedWords(const Message& m, const std::string& words) {
  return m.anonymous || m.confidential ? forms::MaskPeople(words, forms::NamesIn(m.text)) : text::Redact(words);
}

std::string UnitName(const router::Knowledge& knowledge, const std::string& id) {
  const auto* const unit = knowledge.catalogue->FindUnit(id);
  return unit == nullptr ? id : unit->name;
}

Json OrderJson(const orders::Order& o) {
  Json j{{"number", o.number},
         {"request", o.request_id},
         {"state", orders::ToWord(o.state)},
         {"topic", o.topic},
         {"urgency", ToWord(o.urgency)},
         {"lead_unit", o.lead_unit},
         {"helper_units", o.helper_units},
         {"catalogue_entry", o.catalogue_entry},
         {"channel", o.channel},
         {"line", o.line},
         {"type", o.type},
         {"parent", o.parent},
         {"version", o.version},
         {"hops", o.hops},
         {"returns", o.returns},
         {"reminders", o.reminders},
         {"redos", o.redos},
         {"direct", o.direct},
         {"late", o.late},
         {"supervised", o.supervised},
         {"solved", o.solved},
         {"satisfied", o.satisfied},
         {"close_reason", o.close_reason},
         {"opened_at", IsoUtc(o.opened_at)}};
  const auto time = [&](const char* key, Time t) {
    if (t != Time{}) j[key] = IsoUtc(t);
  };
  time("dispatched_at", o.dispatched_at);
  time("viewed_at", o.viewed_at);
  time("signed_at", o.signed_at);
  time("answered_at", o.answered_at);
  time("called_back_at", o.called_back_at);
  time("closed_at", o.closed_at);
  time("due_sign", o.due.sign);
  time("due_answer", o.due.answer);
  for (const auto& e : o.events) {
    j["events"].push_back(
        {{"at", IsoUtc(e.at)}, {"act", orders::ToWord(e.act)}, {"actor", e.actor}, {"reason", e.reason}});
  }
  return j;
}

// Texts are shown masked on the terminal: it scrolls past people who need not know.
Json RequestJson(const store::RequestRow& r) {
  Json j{{"id", r.id}, {"state", r.state}, {"order", r.order_number}, {"created_at", IsoUtc(r.created_at)}};
  if (r.verdict) j["verdict"] = Json::parse(Encode(*r.verdict));
  if (!r.corrected_topic.empty()) {
    j["correction"] = {{"topic", r.corrected_topic}, {"by", r.corrected_by}, {"note", r.corrected_note}};
  }
  for (const auto& c : store::DecodeChoices(r.candidates))
    j["candidates"].push_back({{"request", c.request_id}, {"order", c.order_number}, {"label", c.label}});
  for (const auto& m : r.messages) {
    j["messages"].push_back({{"id", m.id},
                             {"channel", m.channel},
                             {"line", m.line},
                             {"kind", ToWord(m.kind)},
                             {"received_at", IsoUtc(m.received_at)},
                             {"text", MaskedWords(m, m.text)},
                             {"attachments", m.attachments.size()}});
  }
  return j;
}

// The incident that a request belongs to, if any.
std::optional<store::IncidentRow> IncidentOf(store::Store& store, const std::string& request_id) {
  auto row = store.Incidents().IncidentOf(request_id);
  return row ? *row : std::nullopt;
}

Json WithIncident(Json request, const std::optional<store::IncidentRow>& incident) {
  if (incident) {
    request["incident"] = {{"id", incident->id},
                           {"requests", incident->requests},
                           {"callers", incident->callers},
                           {"alarm", incident->alarm}};
  }
  return request;
}

// Until when it waits, and for what.
Json WithHeld(Json request, const std::optional<store::HeldRequest>& held) {
  if (held)
    request["waits"] = {
        {"since", IsoUtc(held->since)}, {"until", IsoUtc(held->due)}, {"asked", held->asked_at != Time{}}};
  return request;
}

std::string HeldWords(const Context& context, const std::optional<store::HeldRequest>& held) {
  if (!held) return "";
  std::string words = fmt::format("{} {}", context.Say("等到", "until"), ShanghaiText(held->due));
  for (std::size_t i = 0; i < held->choices.size(); ++i) words += fmt::format("  {} {}", i + 1, held->choices[i].label);
  return words;
}

void PrintRequest(const Context& context, const router::Knowledge& knowledge, const store::RequestRow& r,
                  const std::optional<store::IncidentRow>& incident) {
  Print(fmt::format("{} {}  {}", context.Say("诉求", "request"), r.id, BucketName(r.state, context)));
  for (const auto& m : r.messages) {
    Print(fmt::format("  {} {} {}", ShanghaiText(m.received_at), ChannelName(m.channel),
                      OnOneLine(MaskedWords(m, m.text))));
  }
  if (r.verdict) {
    Print(fmt::format("  {}{}  {}", context.Say("研判：", "verdict: "), TopicName(*knowledge.rules, r.verdict->topic),
                      context.language == "en" ? ToWord(r.verdict->urgency) : ToChinese(r.verdict->urgency)));
    Print(fmt::format(
        "  {}{}", context.Say("理由：", "why: "),
        OnOneLine(MaskedWords(r.whole, rules::OneLine(*r.verdict, r.whole.text, *knowledge.rules, context.language)))));
  }
  for (const auto& c : store::DecodeChoices(r.candidates)) {
    Print(fmt::format("  {}{} {}", context.Say("可能属于：", "may belong to: "),
                      c.order_number.empty() ? c.request_id : c.order_number, c.label));
  }
  if (incident) {
    Print(fmt::format("  {}{}  {} {}", context.Say("群体事件：", "incident: "), incident->id, incident->callers,
                      context.Say("人", "callers")));
  }
  if (!r.corrected_topic.empty()) {
    Print(fmt::format("  {}{} ({}) {}", context.Say("更正：", "corrected: "),
                      TopicName(*knowledge.rules, r.corrected_topic), OnOneLine(r.corrected_by),
                      OnOneLine(r.corrected_note)));
  }
}

std::string LeadOf(Opened& opened, const store::RequestRow& request) {
  const auto order = opened.store->GetOrder(request.order_number);
  return order ? order->lead_unit : std::string();
}

std::string_view TextKind(const Context& context, std::string_view kind) {
  return kind == "public"     ? context.Say("公开答复", "answer")
         : kind == "internal" ? context.Say("内部备注", "note")
         : kind == "said"     ? context.Say("诉求人说", "the citizen said")
                              : kind;
}

// The due times, each with how it was counted. A sum that comes to another time than was promised (the Calendar or
// the limits changed since) says so.
void PrintDue(const Context& context, const orders::Order& o, const orders::Timetable* table) {
  const auto counted =
      table == nullptr ? Result<std::optional<orders::Recounted>>(std::nullopt) : orders::Recount(o, *table);
  if (orders::IsUncounted(o))
    Print(context.Say("  期限算不出：工作日历缺年份", "  no due times: the Calendar lacks the year"));
  const auto line = [&](std::string_view what, orders::Step step, Time due, Time done) {
    if (due == Time{}) return;
    const bool late = done == Time{} ? SystemClock().Now() >= due && o.closed_at == Time{} : done >= due;
    Print(fmt::format("  {}{}{}", what, orders::EndText(due), late ? context.Say("  超期", "  overdue") : ""));
    if (!counted || !*counted) return;
    const auto& deadline = (*counted)->Of(step);
    Print(fmt::format("    {}{}", Explain(deadline, context.language == "en"),
                      deadline.due == due ? ""
                                          : context.Say("（与承诺不同，见 calendar recompute）",
                                                        " (not what was promised: see calendar recompute)")));
  };
  line(context.Say("签收期限：", "sign by: "), orders::Step::kSign, o.due.sign,
       o.signed_at != Time{} ? o.signed_at : o.answered_at);
  line(context.Say("联系期限：", "contact by: "), orders::Step::kContact, o.due.contact,
       o.contacted_at != Time{} ? o.contacted_at : o.answered_at);
  line(context.Say("答复期限：", "answer by: "), orders::Step::kAnswer, o.due.answer, o.answered_at);
}

}  // namespace

int OrdersList(const Context& context, const store::OrderFilter& filter) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto orders = opened->store->ListOrders(filter);
  if (!orders) return Report(context, orders.error());
  for (const auto& o : *orders) {
    if (context.json) {
      PrintJson(OrderJson(o));
      continue;
    }
    Print(fmt::format("{}  {}  {:　<4}  {}  {}  {}", o.number, ShanghaiText(o.opened_at),
                      context.language == "en" ? orders::ToWord(o.state) : orders::ToChinese(o.state),
                      ChannelName(o.channel), TopicName(*knowledge->rules, o.topic),
                      UnitName(*knowledge, o.lead_unit)) +
          (o.urgency == Urgency::kNormal
               ? ""
               : "  " + std::string(context.language == "en" ? ToWord(o.urgency) : ToChinese(o.urgency))));
  }
  if (orders->empty() && !context.json) Print(context.Say("没有符合条件的工单", "no such orders"));
  return kOk;
}

int OrdersShow(const Context& context, const std::string& number) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto order = opened->store->GetOrder(number);
  if (!order) return Report(context, order.error());
  // A parent of an incident has no request of its own.
  const auto request = order->request_id.empty() ? Result<store::RequestRow>(store::RequestRow{})
                                                 : opened->store->GetRequest(order->request_id);
  if (!request) return Report(context, request.error());
  const auto texts = opened->store->OrderTexts(number);
  if (!texts) return Report(context, texts.error());
  const auto incident = IncidentOf(*opened->store, request->id);
  if (context.json) {
    auto j = OrderJson(*order);
    j["request"] = WithIncident(RequestJson(*request), incident);
    for (const auto& t : *texts) {
      j["texts"].push_back(
          {{"at", IsoUtc(t.at)}, {"kind", t.kind}, {"actor", t.actor}, {"text", text::Redact(t.text)}});
    }
    PrintJson(j);
    return kOk;
  }
  Print(fmt::format("{} {}  {}  {}{}", context.Say("工单", "order"), order->number,
                    context.language == "en" ? orders::ToWord(order->state) : orders::ToChinese(order->state),
                    context.Say("主办：", "lead: "), UnitName(*knowledge, order->lead_unit)));
  for (const auto& helper : order->helper_units)
    Print(fmt::format("  {}{}", context.Say("协办：", "helper: "), UnitName(*knowledge, helper)));
  PrintDue(context, *order, knowledge->timetable.get());
  if (!request->id.empty()) PrintRequest(context, *knowledge, *request, incident);
  for (const auto& t : *texts) {
    Print(fmt::format("  {}  {}  {}：{}", ShanghaiText(t.at), OnOneLine(t.actor), TextKind(context, t.kind),
                      OnOneLine(text::Redact(t.text))));
  }
  for (const auto& e : order->events) {
    Print(fmt::format("  {}  {}  {}  {}", ShanghaiText(e.at),
                      context.language == "en" ? orders::ToWord(e.act) : orders::ToChinese(e.act), OnOneLine(e.actor),
                      OnOneLine(e.reason)));
  }
  return kOk;
}

int RequestsList(const Context& context, const std::string& state, int limit) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto requests = opened->store->ListRequests(state, "", limit);
  if (!requests) return Report(context, requests.error());
  for (const auto& r : *requests) {
    const bool waits = r.state == "settling" || r.state == "asked";
    const auto held = waits ? opened->store->Talks().Held(r.id)
                            : Result<std::optional<store::HeldRequest>>(std::optional<store::HeldRequest>());
    if (!held) return Report(context, held.error());
    if (context.json) {
      PrintJson(WithHeld(RequestJson(r), *held));
    } else {
      Print(fmt::format("{}  {}  {}  {}{}{}", r.id, ShanghaiText(r.created_at), BucketName(r.state, context),
                        r.verdict ? TopicName(*knowledge->rules, r.verdict->topic) : "",
                        r.order_number.empty() ? "" : "  " + r.order_number, HeldWords(context, *held)));
    }
  }
  if (requests->empty() && !context.json) Print(context.Say("没有符合条件的诉求", "no such requests"));
  return kOk;
}

int RequestsShow(const Context& context, const std::string& id) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto request = opened->store->GetRequest(id);
  if (!request) return Report(context, request.error());
  const auto incident = IncidentOf(*opened->store, id);
  if (context.json) {
    PrintJson(WithIncident(RequestJson(*request), incident));
  } else {
    PrintRequest(context, *knowledge, *request, incident);
  }
  return kOk;
}

int RequestsCorrect(const Context& context, const std::string& id, const std::string& topic, const std::string& note) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁作的更正", "say by --as who corrects"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto* const known = knowledge->rules->FindTopic(topic);
  if (known == nullptr) {
    std::string near;
    for (const auto& t : knowledge->rules->topics()) {
      if (t.id.find(topic) != std::string::npos || t.name.find(topic) != std::string::npos)
        near += "\n  " + t.id + "  " + t.name;
    }
    return Report(context, {ErrorKind::kInvalid,
                            fmt::format("{} {}{}", context.Say("没有这个事项：", "no such topic:"), topic, near)});
  }
  auto desk = MakeDesk(*opened, *knowledge);
  const auto corrected = desk.Correct(id, topic, context.user, note);
  if (!corrected) return Report(context, corrected.error());
  if (context.json) {
    PrintJson(RequestJson(*corrected));
  } else {
    Print(fmt::format("{} {} → {}，{} {} → {}", context.Say("已更正", "corrected"), id, known->name,
                      context.Say("工单", "order"), corrected->order_number,
                      UnitName(*knowledge, LeadOf(*opened, *corrected))));
  }
  return kOk;
}

int OutboxList(const Context& context, const std::string& state, int limit) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto rows = opened->store->ListOutbox(state, limit);
  if (!rows) return Report(context, rows.error());
  for (const auto& r : *rows) {
    if (context.json) {
      PrintJson({{"id", r.id},
                 {"kind", r.draft.kind},
                 {"state", store::ToWord(r.state)},
                 {"order", r.order_number},
                 {"request", r.request_id},
                 {"channel", r.draft.channel},
                 {"attempts", r.attempts},
                 {"error", r.last_error},
                 {"next_at", IsoUtc(r.next_at)}});
    } else {
      Print(fmt::format("{}  {:<16}  {:<8}  {}  {} {}", r.id, r.draft.kind, store::ToWord(r.state), r.order_number,
                        r.attempts, r.last_error));
    }
  }
  return kOk;
}

int OutboxRetry(const Context& context, const std::vector<std::string>& ids) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁要求重发", "say by --as who asks for it"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return Report(context, opened.error());
  int code = kOk;
  for (const auto& id : ids) {
    const auto row = opened->store->RetryOutbox(id, SystemClock().Now());
    if (!row) {
      code = Report(context, row.error());
      continue;
    }
    Print(fmt::format("{} {} {}", id, row->draft.kind, context.Say("将重新发送", "is due again")));
    if (row->order_number.empty()) continue;
    orders::Event event;
    event.id = NewUlid(SystemClock().Now());
    event.actor = context.user;
    event.reason = std::string("重发 sent again: ") + row->draft.kind;
    event.at = SystemClock().Now();
    if (const auto done = opened->store->Act(row->order_number, event); !done) code = Report(context, done.error());
  }
  return code;
}

}  // namespace minsheng::cli
