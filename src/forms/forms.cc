// SPDX-License-Identifier: Apache-2.0
#include "src/forms/forms.h"

#include <algorithm>
#include <array>

namespace minsheng::forms {
namespace {

struct KindRow {
  std::string_view word;
  std::string_view chinese;
};
constexpr std::array<KindRow, 9> kFieldKinds{{{"text", "文字"},
                                              {"choice", "选项"},
                                              {"date", "日期"},
                                              {"time", "时间"},
                                              {"place", "地点"},
                                              {"phone", "电话"},
                                              {"person", "姓名"},
                                              {"number", "数量"},
                                              {"yes-no", "是否"}}};

const Field* FindIn(const std::vector<const Field*>& fields, std::string_view key) {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field* f) { return f->key == key; });
  return it == fields.end() ? nullptr : *it;
}

}  // namespace

std::string_view ToWord(FieldKind k) { return kFieldKinds[static_cast<std::size_t>(k)].word; }
std::string_view ToChinese(FieldKind k) { return kFieldKinds[static_cast<std::size_t>(k)].chinese; }

const Choice* Field::FindChoice(std::string_view id_or_name) const {
  const auto it = std::find_if(choices.begin(), choices.end(), [&](const Choice& c) {
    return c.id == id_or_name || c.name == id_or_name || c.name_en == id_or_name;
  });
  return it == choices.end() ? nullptr : &*it;
}

bool Form::Requires(const Field& field) const { return FindIn(required, field.key) != nullptr; }

const Field* Form::Find(std::string_view key) const {
  const auto* const found = FindIn(required, key);
  return found != nullptr ? found : FindIn(optional, key);
}

const Field* Form::FindCompletion(std::string_view key) const {
  const auto* const found = FindIn(completion_required, key);
  return found != nullptr ? found : FindIn(completion_optional, key);
}

}  // namespace minsheng::forms
