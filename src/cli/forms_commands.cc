// SPDX-License-Identifier: Apache-2.0
// minsheng forms show|missing|facts|fill|privacy: what a matter needs, and what is known of one.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/cli/forms_args.h"
#include "src/desk/form_desk.h"
#include "src/desk/notices.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Name(const Context& context, const forms::Field& field) {
  return std::string(context.Say(field.name, field.name_en));
}

Json FieldJson(const forms::Field& field, bool required) {
  Json j{{"key", field.key},         {"name", field.name},
         {"name_en", field.name_en}, {"kind", forms::ToWord(field.kind)},
         {"required", required},     {"personal", field.personal},
         {"ask", field.ask}};
  for (const auto& c : field.choices) j["choices"].push_back({{"id", c.id}, {"name", c.name}, {"name_en", c.name_en}});
  return j;
}

void PrintField(const Context& context, const forms::Field& field, std::string_view mark) {
  std::string choices;
  if (field.kind == forms::FieldKind::kChoice) {
    for (const auto& c : field.choices)
      choices += (choices.empty() ? "  " : " | ") + c.id + " " + std::string(context.Say(c.name, c.name_en));
  }
  Print(fmt::format("  {} {:<18} {}（{}）{}", mark, field.key, Name(context, field),
                    context.Say(forms::ToChinese(field.kind), forms::ToWord(field.kind)), choices));
  if (!field.ask.empty()) Print(fmt::format("      {}", field.ask));
}

// What is known and what is missing of one request, by the form of its topic.
struct Known {
  store::RequestRow request;
  const forms::Form* form = nullptr;
  std::vector<store::FieldFact> facts;
};

Result<Known> FindKnown(Opened& opened, const router::Knowledge& knowledge, const std::string& key) {
  std::string id = key;
  if (const auto order = opened.store->GetOrder(key)) id = order->request_id;
  auto request = opened.store->GetRequest(id);
  if (!request) return Fail(request.error());
  Known known{std::move(*request), nullptr, {}};
  const auto topic = desk::TopicOf(known.request);
  known.form = knowledge.book.forms ? knowledge.book.forms->Find(topic) : nullptr;
  if (known.form == nullptr) {
    return MakeError(ErrorKind::kNotFound,
                     fmt::format("事项 {} 没有表单 / there is no form for topic {}", topic, topic));
  }
  known.facts = known.request.facts;
  return known;
}

bool Has(const Known& known, const forms::Field& field) {
  return std::any_of(known.facts.begin(), known.facts.end(), [&](const auto& f) { return f.key == field.key; });
}

int NeedUser(const Context& context) {
  PrintErr(context.Say("请用 --as 说明是谁", "say by --as who acts"));
  return kUsage;
}

int PrintFacts(const Context& context, const router::Knowledge& knowledge, const std::vector<store::FieldFact>& facts,
               bool clear) {
  for (const auto& fact : facts) {
    const auto* const field = knowledge.book.forms ? knowledge.book.forms->FindField(fact.key) : nullptr;
    const auto value = field == nullptr ? std::string("***")
                       : clear          ? forms::ShowValue(*field, fact.value, context.language == "en")
                                        : forms::MaskValue(*field, fact.value);
    if (context.json) {
      PrintJson({{"key", fact.key},
                 {"value", value},
                 {"source", fact.source},
                 {"by", fact.actor},
                 {"message", fact.message_id},
                 {"span", {fact.begin, fact.end}},
                 {"at", IsoUtc(fact.at)},
                 {"current", fact.current}});
    } else {
      Print(fmt::format("  {:<18} {}：{}  ({}{}){}", fact.key, field == nullptr ? "" : Name(context, *field),
                        OnOneLine(value), fact.source, fact.actor.empty() ? "" : " " + fact.actor,
                        fact.current ? "" : std::string(context.Say("  已被取代", "  replaced"))));
    }
  }
  return kOk;
}

}  // namespace

int FormsShow(const Context& context, const std::string& topic) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto& book = *knowledge->book.forms;
  if (topic.empty()) {
    for (const auto& form : book.forms()) {
      if (context.json) {
        PrintJson({{"topic", form.topic},
                   {"name", form.name},
                   {"required", form.required.size()},
                   {"optional", form.optional.size()}});
      } else {
        Print(fmt::format("{:<28} {}  {} {}", form.topic, form.name, form.required.size(),
                          context.Say("项必填", "required")));
      }
    }
    return kOk;
  }
  const auto* const form = book.Find(topic);
  if (form == nullptr) {
    return Report(
        context, {ErrorKind::kNotFound, fmt::format("事项 {} 没有表单 / there is no form for topic {}", topic, topic)});
  }
  if (context.json) {
    Json j{{"topic", form->topic}, {"name", form->name}, {"visit", form->visit}, {"fields", Json::array()}};
    for (const auto* field : form->required) j["fields"].push_back(FieldJson(*field, true));
    for (const auto* field : form->optional) j["fields"].push_back(FieldJson(*field, false));
    for (const auto* field : form->completion_required) j["completion"].push_back(FieldJson(*field, true));
    for (const auto* field : form->completion_optional) j["completion"].push_back(FieldJson(*field, false));
    for (const auto& [service, unit] : form->providers) j["providers"][service] = unit;
    PrintJson(j);
    return kOk;
  }
  Print(fmt::format("{}  {}", form->topic, form->name));
  for (const auto* field : form->required) PrintField(context, *field, "*");
  for (const auto* field : form->optional) PrintField(context, *field, " ");
  if (!form->completion_required.empty()) Print(context.Say("完成时登记：", "noted when it is done:"));
  for (const auto* field : form->completion_required) PrintField(context, *field, "*");
  for (const auto* field : form->completion_optional) PrintField(context, *field, " ");
  return kOk;
}

int FormsMissing(const Context& context, const std::string& key) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto known = FindKnown(*opened, *knowledge, key);
  if (!known) return Report(context, known.error());
  int missing = 0;
  const auto show = [&](const forms::Field& field, bool required) {
    if (Has(*known, field)) return;
    missing += required ? 1 : 0;
    if (context.json) {
      PrintJson(FieldJson(field, required));
    } else {
      PrintField(context, field, required ? "*" : " ");
    }
  };
  for (const auto* field : known->form->required) show(*field, true);
  for (const auto* field : known->form->optional) show(*field, false);
  if (missing == 0 && !context.json) Print(context.Say("必填的要素都有了", "every required fact is there"));
  return missing == 0 ? kOk : kFindings;
}

int FormsFacts(const Context& context, const std::string& key, bool history, const std::string& reveal) {
  if (!reveal.empty() && context.user.empty()) return NeedUser(context);
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto known = FindKnown(*opened, *knowledge, key);
  if (!known) return Report(context, known.error());
  if (!reveal.empty()) {
    if (known->request.privacy.confidential) {
      return Report(context,
                    {ErrorKind::kDenied, std::string("诉求人要求保密，不能在此显示 / the citizen asked for secrecy: it "
                                                     "is not shown here")});
    }
    // Who looked, and why, stands on the order before anything is shown.
    if (!known->request.order_number.empty()) {
      desk::ActRequest note;
      note.by = context.user;
      note.reason = "查看要素原文 facts revealed: " + reveal;
      auto desk = MakeDesk(*opened, *knowledge);
      if (const auto done = desk.Do(known->request.order_number, note); !done) return Report(context, done.error());
    }
  }
  if (!history) return PrintFacts(context, *knowledge, known->facts, !reveal.empty());
  const auto all = opened->store->Forms().Facts(known->request.id, true);
  if (!all) return Report(context, all.error());
  return PrintFacts(context, *knowledge, *all, !reveal.empty());
}

int FormsFill(const Context& context, const std::string& key, const std::vector<std::string>& values) {
  if (context.user.empty()) return NeedUser(context);
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto known = FindKnown(*opened, *knowledge, key);
  if (!known) return Report(context, known.error());
  auto desk = MakeDesk(*opened, *knowledge);
  const auto facts = desk::FormDesk(desk).Fill(known->request.id, values, context.user);
  if (!facts) return Report(context, facts.error());
  return PrintFacts(context, *knowledge, *facts, false);
}

int FormsPrivacy(const Context& context, const std::string& key, bool anonymous, bool confidential) {
  if (context.user.empty()) return NeedUser(context);
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  std::string id = key;
  if (const auto order = opened->store->GetOrder(key)) id = order->request_id;
  if (const auto done = opened->store->Forms().SetPrivacy(id, {anonymous, confidential}, context.user); !done) {
    return Report(context, done.error());
  }
  Print(fmt::format("{}  {}{}", id, anonymous ? context.Say("匿名 ", "anonymous ") : "",
                    confidential ? context.Say("保密", "confidential") : ""));
  return kOk;
}

}  // namespace minsheng::cli
