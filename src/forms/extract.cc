// SPDX-License-Identifier: Apache-2.0
#include "src/forms/extract.h"

#include <algorithm>

#include "src/forms/finders.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::forms {
namespace {

// The text with what the hotline's own side said blanked out, byte by byte, so that places stay.
std::string CitizensWords(const Message& m) {
  std::string words = m.text;
  for (const Turn& t : m.turns) {
    if (t.role != Role::kAgent && t.role != Role::kIvr) continue;
    const std::size_t end = std::min<std::size_t>(t.end, words.size());
    for (std::size_t i = t.begin; i < end; ++i) words[i] = ';';
  }
  return words;
}

std::string DigitsOf(std::string_view s) {
  std::string digits;
  for (const char c : s) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

class Extractor {
 public:
  Extractor(const Message& message, const ExtractContext& context)
      : message_(message),
        context_(context),
        words_(CitizensWords(message)),
        reading_(words_),
        personal_(text::FindPersonal(words_)),
        days_(FindWhen(reading_, {message.received_at, Tense::kPast, context.calendar})) {
    // A holiday of a year without a Calendar is found on the other side.
    const auto ahead = FindWhen(reading_, {message.received_at, Tense::kFuture, context.calendar});
    days_.insert(days_.end(), ahead.begin(), ahead.end());
  }

  std::optional<Fact> Find(const Field& field) const {
    if (field.find.when && !field.find.when->Find(reading_)) return std::nullopt;
    switch (field.kind) {
      case FieldKind::kChoice:
      case FieldKind::kYesNo:
        return FindChosen(field);
      case FieldKind::kPhone:
        return FindPhone(field);
      case FieldKind::kDate:
      case FieldKind::kTime:
        return FindTime(field);
      case FieldKind::kNumber:
        return FindNumber(field);
      case FieldKind::kPlace:
        return FindPlace(field);
      case FieldKind::kPerson:
        return FindPerson(field);
      case FieldKind::kText:
        return FindText(field);
    }
    return std::nullopt;
  }

 private:
  // A fact of these characters; nothing when the value is none of the field's.
  std::optional<Fact> FactOf(const Field& field, std::string_view value, CharRange at) const {
    auto normal = Normalise(field, value, Context(field));
    if (!normal) return std::nullopt;
    return Fact{field.key, std::move(*normal), reading_.SpanOf(at.first, at.second), "text"};
  }
  std::optional<Fact> FactOf(const Field& field, CharRange at) const {
    return FactOf(field, reading_.Written(at.first, at.second), at);
  }

  TimeContext Context(const Field& field) const { return {message_.received_at, field.tense, context_.calendar}; }

  std::optional<Fact> FindChosen(const Field& field) const {
    std::optional<Fact> best;
    std::size_t best_at = SIZE_MAX;
    for (const auto& choice : field.choices) {
      const auto at = choice.when ? choice.when->Find(reading_) : std::nullopt;
      if (!at || at->second == 0 || at->first >= best_at) continue;
      best_at = at->first;
      best = Fact{field.key, choice.id, reading_.SpanOf(at->first, at->second), "text"};
    }
    return best;
  }

  // A number in the text that is not the one they called or wrote from.
  std::optional<Fact> FindPhone(const Field& field) const {
    const auto sender = DigitsOf(message_.sender);
    const auto contact = DigitsOf(message_.contact);
    for (const auto& p : personal_) {
      if (p.kind != text::PersonalKind::kMobile && p.kind != text::PersonalKind::kLandline) continue;
      const auto own = [&](const std::string& digits) { return digits.size() >= 7 && digits.ends_with(p.value); };
      if (own(sender) || own(contact)) continue;
      return Fact{field.key, p.value, {p.begin, p.end}, "text"};
    }
    return std::nullopt;
  }

  std::optional<Fact> FindTime(const Field& field) const {
    const auto found = FindWhen(reading_, Context(field));
    for (const auto& one : found) {
      const auto today = orders::ShanghaiDay(message_.received_at);
      // What happened is not ahead of us, what is planned not behind us: that day is another one's.
      if (field.tense == Tense::kPast ? one.when.first > today : one.when.last < today && !one.when.month_only)
        continue;
      if (!BehindOneOf(field.find.after, one.begin)) continue;
      if (auto fact = FactOf(field, WhenText(one.when), {one.begin, one.end})) return fact;
    }
    return std::nullopt;
  }

  // Whether one of the words stands shortly before; without words, anything does.
  bool BehindOneOf(const std::vector<std::u32string>& words, std::size_t at) const {
    constexpr std::size_t kReach = 8;
    if (words.empty()) return true;
    return std::any_of(words.begin(), words.end(), [&](const auto& w) {
      for (std::size_t gap = 0; gap <= kReach && gap + w.size() <= at; ++gap) {
        if (reading_.Is(at - gap - w.size(), w)) return true;
      }
      return false;
    });
  }

  bool IsPersonal(CharRange at) const {
    const Span s = reading_.SpanOf(at.first, at.second);
    return std::any_of(personal_.begin(), personal_.end(),
                       [&](const auto& p) { return p.begin < s.end && s.begin < p.end; });
  }

  std::optional<Fact> FindNumber(const Field& field) const {
    for (std::size_t i = 0; i < reading_.size(); ++i) {
      const auto n = NumberAt(reading_, i);
      if (!n) continue;
      const bool ranked = i > 0 && (reading_.At(i - 1) == U'第' || reading_.At(i - 1) == U'-');
      std::size_t end = n->end;
      for (const auto& unit : field.find.units) {
        if (reading_.Is(n->end, unit)) {
          end = n->end + unit.size();
          break;
        }
      }
      const bool unit_fits = end > n->end || field.find.units.empty();
      if (unit_fits && !ranked && !IsPersonal({i, n->end}) && BehindOneOf(field.find.after, i)) {
        if (auto fact = FactOf(field, reading_.Written(i, n->end), {i, end})) return fact;
      }
      i = n->end - 1;
    }
    return std::nullopt;
  }

  std::optional<Fact> FindPlace(const Field& field) const {
    const auto& known = context_.place;
    const bool precise = known && known->levels >= kPreciseLevels;
    const bool in_text =
        precise && known->place.span.end > known->place.span.begin && known->place.span.end <= words_.size();
    if (in_text) {
      const std::size_t first = reading_.CharAt(known->place.span.begin);
      const std::size_t last = reading_.CharAt(known->place.span.end);
      if (first < last && last <= reading_.size()) {
        // What follows the name says where exactly: 朝阳景都3号楼.
        auto at = AddressAt(reading_, first).value_or(CharRange{first, last});
        at.second = std::max(at.second, last);
        if (auto fact = FactOf(field, at)) return fact;
      }
    }
    if (const auto at = FindAddress(reading_)) {
      if (auto fact = FactOf(field, *at)) return fact;
    }
    const auto hint = text::Trim(message_.place_hint);
    if (!hint.empty()) {
      if (auto value = Normalise(field, hint, Context(field))) return Fact{field.key, std::move(*value), {}, "hint"};
    }
    if (!precise) return std::nullopt;
    auto value = Normalise(field, known->place.name, Context(field));
    return value ? std::optional(Fact{field.key, std::move(*value), {}, "hint"}) : std::nullopt;
  }

  std::optional<Fact> FindPerson(const Field& field) const {
    for (std::size_t i = 0; i < reading_.size(); ++i) {
      for (const auto& lead : field.find.after) {
        if (!reading_.Is(i, lead)) continue;
        const std::size_t from = i + lead.size() + (reading_.At(i + lead.size()) == U':' ? 1 : 0);
        const auto name = NameAt(reading_, from);
        if (!name) continue;
        if (auto fact = FactOf(field, *name)) return fact;
      }
    }
    return std::nullopt;
  }

  std::optional<Fact> FindText(const Field& field) const {
    if (field.find.plate) {
      for (const auto& p : personal_) {
        if (p.kind == text::PersonalKind::kPlate) return Fact{field.key, p.value, {p.begin, p.end}, "text"};
      }
    }
    for (std::size_t i = 0; i < reading_.size(); ++i) {
      for (const auto& word : field.find.after) {
        if (!field.find.code || !reading_.Is(i, word)) continue;
        const auto code = CodeBehind(reading_, i + word.size());
        if (!code || IsPersonal(*code)) continue;
        if (auto fact = FactOf(field, *code)) return fact;
      }
      for (const auto& end : field.find.ends) {
        if (!reading_.Is(i, end)) continue;
        auto name = NameEndingAt(reading_, i, end);
        if (!name) continue;
        for (const auto& day : days_) {  // 国庆期间荷兰花海
          if (day.end > name->first && day.end <= i) name->first = day.end;
        }
        if (name->first + 2 > i) continue;
        if (auto fact = FactOf(field, *name)) return fact;
      }
    }
    return std::nullopt;
  }

  const Message& message_;
  const ExtractContext& context_;
  const std::string words_;
  const Reading reading_;
  const std::vector<text::PersonalSpan> personal_;
  std::vector<FoundWhen> days_;
};

}  // namespace

std::vector<Fact> Extract(const Form& form, const Message& message, const ExtractContext& context) {
  std::vector<Fact> facts;
  if (!text::IsValidUtf8(message.text)) return facts;
  const Extractor extractor(message, context);
  for (const auto* list : {&form.required, &form.optional}) {
    for (const Field* field : *list) {
      if (auto fact = extractor.Find(*field)) facts.push_back(std::move(*fact));
    }
  }
  return facts;
}

std::vector<const Field*> Missing(const Form& form, const std::vector<std::string>& known_keys) {
  std::vector<const Field*> missing;
  for (const Field* field : form.required) {
    if (std::find(known_keys.begin(), known_keys.end(), field->key) == known_keys.end()) missing.push_back(field);
  }
  return missing;
}

std::vector<std::string> NamesIn(std::string_view text) {
  std::vector<std::string> names;
  const Reading r(text);
  for (const auto& [begin, end] : FindNames(r)) {
    std::string name(r.Written(begin, end));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

std::string MaskPeople(std::string_view text, const std::vector<std::string>& known) {
  const Reading r(text);
  std::vector<std::u32string> names;
  for (const auto& name : known) names.push_back(Chars(name));
  for (const auto& [begin, end] : FindNames(r)) names.push_back(r.chars().substr(begin, end - begin));
  std::erase_if(names, [](const auto& name) { return name.size() < 2; });
  // Of two that begin alike the longer one is meant.
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::string out;
  std::size_t from = 0;
  for (std::size_t i = 0; i < r.size();) {
    const auto name = std::find_if(names.begin(), names.end(), [&](const auto& n) { return r.Is(i, n); });
    if (name == names.end()) {
      ++i;
      continue;
    }
    out.append(text.substr(from, r.SpanOf(i, i + 1).end - from));
    out.append(name->size() - 1, '*');
    from = r.SpanOf(i, i + name->size()).end;
    i += name->size();
  }
  out.append(text.substr(from));
  return text::Redact(out);
}

}  // namespace minsheng::forms
