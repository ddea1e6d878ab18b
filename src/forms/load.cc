// SPDX-License-Identifier: Apache-2.0
// Reads config/forms.json and says everything that is wrong with it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "src/forms/forms.h"
#include "src/orders/config_json.h"

namespace minsheng::forms {

struct Forms::Impl {
  std::vector<std::unique_ptr<Field>> fields;
  std::vector<Form> forms;
};

namespace {

using orders::JsonFile;
using orders::JsonObject;
using text::JsonValue;

std::optional<FieldKind> KindFrom(std::string_view word) {
  for (int k = 0; k <= static_cast<int>(FieldKind::kYesNo); ++k) {
    if (ToWord(static_cast<FieldKind>(k)) == word) return static_cast<FieldKind>(k);
  }
  return std::nullopt;
}

bool IsKey(std::string_view key) {
  return !key.empty() && key.size() <= 40 && key.front() >= 'a' && key.front() <= 'z' &&
         std::all_of(key.begin(), key.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

class Loader {
 public:
  Loader(JsonFile* file, const std::vector<std::string>& topics, const std::vector<std::string>& units)
      : file_(*file), topics_(topics), units_(units) {}

  void Read(std::vector<std::unique_ptr<Field>>* fields, std::vector<Form>* forms) {
    fields_ = fields;
    JsonObject root(&file_, file_.root(), {"note", "fields", "forms"});
    for (const auto* item : root.Array("fields", true)) ReadField(*item);
    for (const auto* item : root.Array("forms", true)) ReadForm(*item, forms);
    if (file_.readable()) FindUnused();
  }

 private:
  void ReadField(const JsonValue& item) {
    JsonObject o(&file_, item,
                 {"key", "name", "name_en", "kind", "ask", "choices", "yes", "no", "after", "ends", "units", "when",
                  "code", "plate", "least", "most", "max_chars", "tense", "personal"});
    if (!o.usable()) return;
    auto field = std::make_unique<Field>();
    field->key = o.Text("key", true);
    field->name = o.Text("name", true);
    field->name_en = o.Text("name_en", true);
    field->ask = o.Text("ask", false);
    if (!field->key.empty() && !IsKey(field->key)) {
      o.Problem("key", "键只能用小写字母、数字和 -", "a key has lower-case letters, digits and - only");
    }
    if (Find(field->key) != nullptr) {
      o.Problem("key", "已有同名要素 " + field->key, "there is a field " + field->key + " already");
    }
    const auto word = o.Text("kind", true);
    const auto kind = KindFrom(word);
    if (!kind && !word.empty()) {
      o.Problem("kind", "没有这种类型：" + word + "，可用：text choice date time place phone person number yes-no",
                "no such kind: " + word + "; there are text choice date time place phone person number yes-no");
    }
    field->kind = kind.value_or(FieldKind::kText);
    ReadRecognition(o, field.get());
    ReadLimits(o, field.get());
    lines_.push_back(&item);
    fields_->push_back(std::move(field));
  }

  void ReadRecognition(JsonObject& o, Field* field) {
    const auto words = [&](std::string_view key, std::vector<std::u32string>* out) {
      for (const auto* w : o.Texts(key)) out->push_back(Chars(w->string));
      // Of two words that both fit, the longer one is meant.
      std::stable_sort(out->begin(), out->end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    };
    words("after", &field->find.after);
    words("ends", &field->find.ends);
    words("units", &field->find.units);
    field->find.code = o.Bool("code", false);
    field->find.plate = o.Bool("plate", false);
    field->find.when = ReadPattern(o, "when");
    if (field->kind == FieldKind::kChoice) {
      for (const auto* item : o.Array("choices", true)) ReadChoice(*item, field);
      if (field->choices.empty()) o.Problem("choices", "至少要有一个选项", "at least one choice is needed");
    } else if (o.Find("choices") != nullptr) {
      o.Problem("choices", "只有 choice 类型有选项", "only a field of kind choice has choices");
    }
    if (field->kind == FieldKind::kYesNo) {
      field->choices.push_back({"yes", "是", "yes", ReadPattern(o, "yes")});
      field->choices.push_back({"no", "否", "no", ReadPattern(o, "no")});
    } else if (o.Find("yes") != nullptr || o.Find("no") != nullptr) {
      o.Problem(o.Find("yes") != nullptr ? "yes" : "no", "只有 yes-no 类型有 yes 和 no",
                "only a field of kind yes-no has yes and no");
    }
    if (!field->find.units.empty() && field->kind != FieldKind::kNumber) {
      o.Problem("units", "只有 number 类型有单位", "only a field of kind number has units");
    }
    if (field->find.code && field->find.after.empty()) {
      o.Problem("code", "编号要写明它前面的词 after", "a code needs the words before it: after");
    }
  }

  void ReadLimits(JsonObject& o, Field* field) {
    field->least = o.Int("least", 0, 1'000'000'000, 0);
    field->most = o.Int("most", 0, 1'000'000'000, 1'000'000'000);
    field->max_chars = o.Int("max_chars", 1, 1000, 100);
    if (field->least > field->most) o.Problem("least", "least 大于 most", "least is above most");
    const auto tense = o.Text("tense", false);
    if (!tense.empty() && tense != "past" && tense != "future") {
      o.Problem("tense", "tense 应为 past 或 future", "tense must be past or future");
    }
    field->tense = tense == "future" ? Tense::kFuture : Tense::kPast;
    field->personal = o.Bool("personal", field->kind == FieldKind::kPhone || field->kind == FieldKind::kPerson);
  }

  std::optional<Pattern> ReadPattern(JsonObject& o, std::string_view key) {
    const auto source = o.Text(key, false);
    if (source.empty()) return std::nullopt;
    std::vector<PatternProblem> problems;
    auto pattern = Pattern::Parse(source, &problems);
    for (const auto& p : problems) {
      o.Problem(key, fmt::format("{}（第 {} 字节）", p.zh, p.at + 1), fmt::format("{} (byte {})", p.en, p.at + 1));
    }
    return pattern;
  }

  void ReadChoice(const JsonValue& item, Field* field) {
    JsonObject o(&file_, item, {"id", "name", "name_en", "when"});
    if (!o.usable()) return;
    Choice choice{o.Text("id", true), o.Text("name", true), o.Text("name_en", true), ReadPattern(o, "when")};
    if (!choice.id.empty() && !IsKey(choice.id)) {
      o.Problem("id", "编号只能用小写字母、数字和 -", "an id has lower-case letters, digits and - only");
    }
    for (const auto& word : {choice.id, choice.name, choice.name_en}) {
      if (!word.empty() && field->FindChoice(word) != nullptr) {
        o.Problem("id", "选项重复：" + word, "this choice stands there twice: " + word);
        break;
      }
    }
    field->choices.push_back(std::move(choice));
  }

  const Field* Find(std::string_view key) const {
    const auto it = std::find_if(fields_->begin(), fields_->end(), [&](const auto& f) { return f->key == key; });
    return it == fields_->end() ? nullptr : it->get();
  }

  bool KnowsTopic(std::string_view topic) const {
    return std::any_of(topics_.begin(), topics_.end(), [&](const std::string& t) {
      return t == topic || (t.starts_with(topic) && t.size() > topic.size() && t[topic.size()] == '.');
    });
  }

  void ReadForm(const JsonValue& item, std::vector<Form>* forms) {
    JsonObject o(&file_, item,
                 {"topic", "name", "required", "optional", "completion", "completion_optional", "service", "visit",
                  "providers"});
    if (!o.usable()) return;
    Form form;
    form.topic = o.Text("topic", true);
    form.name = o.Text("name", true);
    if (!form.topic.empty() && !KnowsTopic(form.topic)) {
      o.Problem("topic", "没有这个事项或类别：" + form.topic, "no such topic or category: " + form.topic);
    }
    if (std::any_of(forms->begin(), forms->end(), [&](const Form& f) { return f.topic == form.topic; })) {
      o.Problem("topic", form.topic + " 已有表单", "there is a form for " + form.topic + " already");
    }
    std::set<std::string> seen;
    Fields(o, "required", &seen, &form.required);
    Fields(o, "optional", &seen, &form.optional);
    Fields(o, "completion", &seen, &form.completion_required);
    Fields(o, "completion_optional", &seen, &form.completion_optional);
    for (const auto* field : form.required) {
      if (field->ask.empty()) {
        o.Problem("required", "必填要素 " + field->key + " 缺少问句 ask",
                  "the required field " + field->key + " has no question (ask)");
      }
    }
    ReadService(o, &form);
    forms->push_back(std::move(form));
  }

  void ReadService(JsonObject& o, Form* form) {
    form->visit = o.Bool("visit", false);
    const auto service = o.Text("service", false);
    if (!service.empty()) {
      form->service = form->Find(service);
      if (form->service == nullptr || form->service->kind != FieldKind::kChoice) {
        o.Problem("service", "service 应为本表单的一个选项要素", "service must be a field of this form of kind choice");
        form->service = nullptr;
      }
    }
    const auto* const providers = o.Find("providers");
    if (providers == nullptr) return;
    for (const auto& member : providers->members) {
      const auto& unit = member.value.string;
      if (form->service == nullptr || form->service->FindChoice(member.key) == nullptr) {
        o.Problem("providers", "没有这种服务：" + member.key, "no such service: " + member.key);
      } else if (std::find(units_.begin(), units_.end(), unit) == units_.end()) {
        file_.Problem(member.value, "没有这个单位：" + unit, "no such unit: " + unit);
      }
      form->providers[member.key] = unit;
    }
  }

  void Fields(JsonObject& o, std::string_view key, std::set<std::string>* seen, std::vector<const Field*>* out) {
    for (const auto* item : o.Texts(key)) {
      const auto* const field = Find(item->string);
      if (field == nullptr) {
        file_.Problem(*item, "没有这个要素：" + item->string, "no such field: " + item->string);
      } else if (!seen->insert(item->string).second) {
        file_.Problem(*item, "要素重复：" + item->string, "this field stands there twice: " + item->string);
      } else {
        used_.insert(item->string);
        out->push_back(field);
      }
    }
  }

  void FindUnused() {
    for (std::size_t i = 0; i < fields_->size(); ++i) {
      const auto& key = (*fields_)[i]->key;
      if (key.empty() || used_.contains(key)) continue;
      file_.Problem(*lines_[i], "没有表单用到要素 " + key, "no form uses the field " + key);
    }
  }

  JsonFile& file_;
  const std::vector<std::string>& topics_;
  const std::vector<std::string>& units_;
  std::vector<std::unique_ptr<Field>>* fields_ = nullptr;
  std::vector<const JsonValue*> lines_;  // of each field
  std::set<std::string> used_;
};

}  // namespace

Forms::Forms() = default;
Forms::~Forms() = default;

Result<std::shared_ptr<const Forms>> Forms::Load(std::string_view json, const std::vector<std::string>& topics,
                                                 const std::vector<std::string>& units) {
  std::vector<std::string> problems;
  JsonFile file("forms.json", json, &problems);
  auto impl = std::make_unique<Impl>();
  Loader(&file, topics, units).Read(&impl->fields, &impl->forms);
  if (auto ok = orders::AsResult(problems); !ok) return Fail(ok.error());
  std::shared_ptr<Forms> forms(new Forms());
  forms->impl_ = std::move(impl);
  return std::shared_ptr<const Forms>(std::move(forms));
}

const Form* Forms::Find(std::string_view topic) const {
  const Form* best = nullptr;
  for (const Form& form : impl_->forms) {
    const bool fits =
        topic.starts_with(form.topic) && (topic.size() == form.topic.size() || topic[form.topic.size()] == '.');
    if (fits && (best == nullptr || form.topic.size() > best->topic.size())) best = &form;
  }
  return best;
}

const std::vector<Form>& Forms::forms() const { return impl_->forms; }

const Field* Forms::FindField(std::string_view key) const {
  for (const auto& field : impl_->fields) {
    if (field->key == key) return field.get();
  }
  return nullptr;
}

}  // namespace minsheng::forms
