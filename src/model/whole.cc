// SPDX-License-Identifier: Apache-2.0
#include "src/model/whole.h"

#include <algorithm>

namespace minsheng {
namespace {

bool IsOutdated(const std::vector<Message>& parts, std::size_t i) {
  const auto call = parts[i].Fact("call_id");
  if (parts[i].kind != Kind::kCall || call.empty()) return false;
  return std::any_of(parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, parts.end(),
                     [&](const Message& m) { return m.kind == Kind::kCall && m.Fact("call_id") == call; });
}

void Append(const Message& part, Message* whole) {
  if (!part.text.empty()) {
    if (!whole->text.empty()) whole->text += "\n";
    const auto at = static_cast<std::uint32_t>(whole->text.size());
    whole->text += part.text;
    for (Turn turn : part.turns) {
      turn.begin += at;
      turn.end += at;
      whole->turns.push_back(turn);
    }
  }
  whole->attachments.insert(whole->attachments.end(), part.attachments.begin(), part.attachments.end());
  if (whole->place_hint.empty()) whole->place_hint = part.place_hint;
  if (whole->contact.empty()) whole->contact = part.contact;
  if (!whole->stated_type) whole->stated_type = part.stated_type;
  whole->anonymous = whole->anonymous || part.anonymous;
  whole->confidential = whole->confidential || part.confidential;
}

// Heard only if all words were; pictures between texts do not make a text a picture.
Kind KindOf(const std::vector<Message>& parts) {
  Kind kind = parts.front().kind;
  bool words = !parts.front().text.empty();
  for (const Message& part : parts) {
    if (part.text.empty() || part.kind == kind) continue;
    kind = words ? Kind::kText : part.kind;
    words = true;
  }
  return kind;
}

}  // namespace

Message WholeOf(const std::vector<Message>& parts) {
  if (parts.empty()) return {};
  if (parts.size() == 1) {
    Message only = parts.front();
    only.facts.erase("open_call");
    return only;
  }
  Message whole = parts.front();
  whole.text.clear(), whole.turns.clear(), whole.attachments.clear(), whole.place_hint.clear(), whole.contact.clear();
  whole.stated_type.reset();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!IsOutdated(parts, i)) Append(parts[i], &whole);
  }
  whole.kind = KindOf(parts);
  whole.facts = parts.back().facts;
  whole.facts.erase("open_call");
  return whole;
}

}  // namespace minsheng
