// SPDX-License-Identifier: Apache-2.0
#include "src/forms/answers.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/forms/finders.h"
#include "src/text/utf8.h"

namespace minsheng::forms {
namespace {

constexpr std::size_t kMostUnknownChars = 14;
// Longer than any value: then it is a story, and only what is recognised in it counts.
constexpr std::size_t kMostBareChars = 40;

struct AnswerPart {
  std::size_t number = 0;  // from 1; 0: not numbered
  std::string_view text;
};

bool SaysUnknown(std::string_view answer) {
  constexpr std::string_view kWords[] = {"不知道", "不清楚",   "不晓得",   "不记得", "记不清", "记不得",
                                         "忘了",   "忘记了",   "说不清",   "说不上", "不方便", "没有了",
                                         "不想说", "不便透露", "无可奉告", "不确定"};
  if (text::CountChars(answer) > kMostUnknownChars) return false;
  const Reading r(answer);
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view w) { return r.chars().find(Chars(w)) != std::u32string::npos; });
}

// The number with which a line begins: 1. 1、 1) ①
std::size_t TakeNumber(std::string_view* line) {
  std::size_t at = 0;
  const char32_t first = text::NextCodePoint(*line, &at);
  if (first >= U'①' && first <= U'⑨') {
    *line = text::Trim(line->substr(at));
    return first - U'①' + 1;
  }
  if ((first < U'1' || first > U'9') && (first < U'１' || first > U'９')) return 0;
  if (at >= line->size()) return 0;
  const char32_t mark = text::NextCodePoint(*line, &at);
  constexpr std::u32string_view kMarks = U".．、)）:： ";
  if (kMarks.find(mark) == kMarks.npos) return 0;
  // 3.5, 8:30: a value, not a number of a question.
  const bool goes_on = at < line->size() && (*line)[at] >= '0' && (*line)[at] <= '9';
  if (goes_on && (mark == U'.' || mark == U':' || mark == U'：')) return 0;
  *line = text::Trim(line->substr(at));
  return first >= U'１' ? first - U'１' + 1 : first - U'1' + 1;
}

// The lines of the answer; a line such as 1.… 2.… is several.
std::vector<AnswerPart> PartsOf(std::string_view answer) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    const auto line = text::Trim(answer.substr(begin, end - begin));
    if (!line.empty()) lines.push_back(line);
    begin = end;
  };
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t start = at;
    const char32_t c = text::NextCodePoint(answer, &at);
    constexpr std::u32string_view kCuts = U" 　,，;；。\t";
    if (c == U'\n') {
      add(start);
    } else if (kCuts.find(c) != kCuts.npos && at < answer.size()) {
      auto rest = answer.substr(at);
      if (TakeNumber(&rest) > 0) add(at);
    } else if (c >= U'①' && c <= U'⑨') {
      add(start);
    }
  }
  add(answer.size());
  std::vector<AnswerPart> parts;
  for (auto line : lines) {
    const std::size_t number = TakeNumber(&line);
    if (!line.empty()) parts.push_back({number, line});
  }
  return parts;
}

class AnswerReader {
 public:
  AnswerReader(const Form& form, const std::vector<const Field*>& asked, const Message& message,
               const ExtractContext& context)
      : form_(form), asked_(asked), message_(message), context_(context) {}

  AnswerReading Run() {
    AnswerReading reading;
    const auto whole = text::Trim(message_.text);
    reading.unknown = SaysUnknown(whole);
    if (reading.unknown || !text::IsValidUtf8(message_.text)) return reading;
    const auto parts = PartsOf(message_.text);
    const bool numbered = std::any_of(parts.begin(), parts.end(), [](const AnswerPart& p) { return p.number > 0; });
    const auto by_place = [&] {
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t question = numbered ? parts[i].number : i + 1;
        if (question >= 1 && question <= asked_.size()) TakeBare(*asked_[question - 1], parts[i].text);
      }
    };
    // A number says which question is meant; without numbers what can be recognised says more than the place.
    if (numbered) by_place();
    for (auto& fact : Extract(form_, message_, context_)) Take(std::move(fact));
    if (!numbered && parts.size() == asked_.size()) by_place();
    for (const Field* field : asked_) {
      if (Has(field->key)) continue;
      const bool alone = asked_.size() == 1;
      const bool speaks = alone || (field->kind != FieldKind::kText && field->kind != FieldKind::kPerson &&
                                    field->kind != FieldKind::kPlace);
      if (speaks && !numbered) TakeBare(*field, whole);
    }
    reading.facts = std::move(facts_);
    return reading;
  }

 private:
  bool Has(const std::string& key) const {
    return std::any_of(facts_.begin(), facts_.end(), [&](const Fact& f) { return f.key == key; });
  }

  void Take(Fact fact) {
    if (Has(fact.key)) return;
    fact.source = "answer";
    facts_.push_back(std::move(fact));
  }

  // These words as the value of the field, if they are one.
  void TakeBare(const Field& field, std::string_view words) {
    while (words.ends_with("。") || words.ends_with("！")) words.remove_suffix(3);
    if (field.kind == FieldKind::kPlace) {
      for (const std::string_view lead : {"就在", "就是", "位于", "住在", "家在", "在", "住", "是"}) {
        if (words.starts_with(lead)) {
          words.remove_prefix(lead.size());
          break;
        }
      }
    }
    words = text::Trim(words);
    if (words.empty() || SaysUnknown(words) || text::CountChars(words) > kMostBareChars) return;
    auto value = Normalise(field, words, {message_.received_at, field.tense, context_.calendar});
    if (!value) value = FromPart(field, words);
    if (!value) return;
    const auto begin = static_cast<std::uint32_t>(words.data() - message_.text.data());
    Take({field.key, std::move(*value), {begin, begin + static_cast<std::uint32_t>(words.size())}, ""});
  }

  // What stands in the part of one question, with words around it.
  Result<std::string> FromPart(const Field& field, std::string_view words) const {
    if (field.kind == FieldKind::kDate || field.kind == FieldKind::kTime) {
      const Reading r(words);
      const auto found = FindWhen(r, {message_.received_at, field.tense, context_.calendar}, true);
      if (!found.empty()) {
        return Normalise(field, WhenText(found.front().when), {message_.received_at, field.tense, context_.calendar});
      }
    }
    if (field.kind == FieldKind::kPerson) {
      const Reading r(words);
      if (const auto names = FindNames(r); !names.empty())
        return std::string(r.Written(names[0].first, names[0].second));
    }
    return MakeError(ErrorKind::kInvalid, "");
  }

  const Form& form_;
  const std::vector<const Field*>& asked_;
  const Message& message_;
  const ExtractContext& context_;
  std::vector<Fact> facts_;
};

}  // namespace

std::string Questions(const std::vector<const Field*>& fields) {
  std::string text;
  for (std::size_t i = 0; i < fields.size() && i < kMostQuestions; ++i) {
    if (i > 0) text += '\n';
    text += fields.size() == 1 ? fields[i]->ask : fmt::format("{}. {}", i + 1, fields[i]->ask);
  }
  return text;
}

AnswerReading ReadAnswer(const Form& form, const std::vector<const Field*>& asked, const Message& message,
                         const ExtractContext& context) {
  return AnswerReader(form, asked, message, context).Run();
}

}  // namespace minsheng::forms
