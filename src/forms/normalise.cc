// SPDX-License-Identifier: Apache-2.0
// Values of fields: checked, brought into one form, shown, masked.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/forms/forms.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::forms {
namespace {

// The value itself is never repeated: it may be personal data.
Fail BadValue(const Field& field, std::string_view zh, std::string_view en) {
  return MakeError(ErrorKind::kInvalid,
                   fmt::format("{}（{}）：{} / {} ({}): {}", field.name, field.key, zh, field.name_en, field.key, en));
}

// One line, without control characters, trimmed.
std::string OnOneLineTrimmed(std::string_view value) {
  std::string out;
  const std::string repaired = text::Repair(value);
  for (std::size_t at = 0; at < repaired.size();) {
    const char32_t c = text::NextCodePoint(repaired, &at);
    const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
    if (bidi || (c >= 0x7F && c <= 0x9F)) continue;
    text::AppendUtf8(c < 0x20 || c == 0x2028 || c == 0x2029 ? U' ' : c, &out);
  }
  return std::string(text::Trim(out));
}

std::string ChoiceNames(const Field& field, bool english) {
  std::string names;
  for (const auto& c : field.choices) {
    if (!names.empty()) names += english ? ", " : "、";
    names += english ? c.id : c.name + " " + c.id;
  }
  return names;
}

Result<std::string> NormalWords(const Field& field, std::string value) {
  if (text::CountChars(value) > static_cast<std::size_t>(field.max_chars)) {
    return BadValue(field, fmt::format("最多 {} 个字", field.max_chars),
                    fmt::format("at most {} characters", field.max_chars));
  }
  return value;
}

Result<std::string> NormalPerson(const Field& field, std::string value) {
  bool good = true;
  std::size_t count = 0;
  for (std::size_t at = 0; at < value.size(); ++count) {
    const char32_t c = text::NextCodePoint(value, &at);
    good =
        good && (IsHan(c) || (c < 0x80 ? std::isalpha(static_cast<int>(c)) != 0 || c == U' ' || c == U'.' || c == U'-'
                                       : c == U'·' || c > 0xBF));
  }
  if (!good || count < 2 || count > 40) {
    return BadValue(field, "应为姓名，2 到 40 个字，不含数字", "must be a name of 2 to 40 characters, without digits");
  }
  return value;
}

Result<std::string> NormalPhone(const Field& field, const std::string& value) {
  const auto found = text::FindPersonal(value);
  for (const auto& p : found) {
    const bool phone = p.kind == text::PersonalKind::kMobile || p.kind == text::PersonalKind::kLandline;
    if (phone && found.size() == 1) return p.value;
  }
  std::string digits;
  bool other = false;
  for (const char c : value) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c != ' ' && c != '-') {
      other = true;
    }
  }
  if (!other && (digits.size() == 7 || digits.size() == 8) && digits.front() >= '2') return digits;
  return BadValue(field, "应为一个电话号码：手机 11 位，固定电话 7、8 位或带区号",
                  "must be one telephone number: a mobile of 11 digits, or a landline of 7 or 8, or with area code");
}

Result<std::string> NormalNumber(const Field& field, const std::string& value) {
  const Reading r(value);
  const auto n = NumberAt(r, 0);
  bool good = n.has_value();
  if (good && n->end < r.size()) {
    const auto& units = field.find.units;
    good = std::any_of(units.begin(), units.end(),
                       [&](const auto& u) { return r.Is(n->end, u) && n->end + u.size() == r.size(); });
  }
  const auto range = fmt::format("{:g}–{:g}", field.least, field.most);
  if (!good) return BadValue(field, "应为数字，范围 " + range, "must be a number, " + range);
  const double cents = std::round(n->value * 100);
  if (std::abs(cents - n->value * 100) > 1e-6) return BadValue(field, "最多两位小数", "at most two decimal places");
  if (n->value < field.least || n->value > field.most) {
    return BadValue(field, "应在 " + range + " 之间", "must be within " + range);
  }
  return std::fmod(cents, 100) == 0 ? fmt::format("{:.0f}", n->value) : fmt::format("{:.2f}", n->value);
}

Result<std::string> NormalWhen(const Field& field, const std::string& value, TimeContext context) {
  const bool day = field.kind == FieldKind::kDate;
  auto when = ParseWhen(value);
  if (!when) {
    context.tense = field.tense;
    const Reading r(value);
    const auto found = FindWhen(r, context, /*answer=*/true);
    if (found.size() == 1) when = found.front().when;
  }
  if (when && day) {
    if (when->month_only || when->first != when->last) when = MakeError(ErrorKind::kInvalid, "");
    if (when) when->at = when->to = std::nullopt;
  }
  if (when) return WhenText(*when);
  return day ? BadValue(field, "应为一天，如 2015-08-09、昨天、9月12日", "must be one day, such as 2015-08-09")
             : BadValue(field, "应为时间，如 2015-08-09、2015-08-09 18:30、昨晚八点",
                        "must be a time, such as 2015-08-09 or 2015-08-09 18:30");
}

Result<std::string> NormalChoice(const Field& field, const std::string& value) {
  if (const auto* const choice = field.FindChoice(value)) return choice->id;
  if (field.kind == FieldKind::kYesNo) {
    for (const std::string_view yes : {"是", "是的", "对", "有", "同意", "true", "1", "y"}) {
      if (value == yes) return std::string("yes");
    }
    for (const std::string_view no : {"否", "不是", "不", "没有", "无", "不同意", "false", "0", "n"}) {
      if (value == no) return std::string("no");
    }
  }
  const Reading r(value);
  for (const auto& choice : field.choices) {
    if (choice.when && choice.when->Find(r)) return choice.id;
  }
  return BadValue(field, "应为以下之一：" + ChoiceNames(field, false), "must be one of " + ChoiceNames(field, true));
}

std::string MaskPerson(std::string_view name) {
  std::size_t at = 0;
  text::NextCodePoint(name, &at);
  std::string masked(name.substr(0, at));
  for (std::size_t n = text::CountChars(name.substr(at)); n > 0; --n) masked += '*';
  return masked;
}

}  // namespace

Result<std::string> Normalise(const Field& field, std::string_view raw, TimeContext context) {
  auto value = OnOneLineTrimmed(raw);
  if (value.empty()) return BadValue(field, "不能为空", "must not be empty");
  if (value.size() > 8192) return BadValue(field, "太长", "is too long");
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kPlace:
      return NormalWords(field, std::move(value));
    case FieldKind::kPerson:
      return NormalPerson(field, std::move(value));
    case FieldKind::kPhone:
      return NormalPhone(field, value);
    case FieldKind::kNumber:
      return NormalNumber(field, value);
    case FieldKind::kDate:
    case FieldKind::kTime:
      return NormalWhen(field, value, context);
    case FieldKind::kChoice:
    case FieldKind::kYesNo:
      return NormalChoice(field, value);
  }
  return BadValue(field, "未知类型", "unknown kind");
}

std::string ShowValue(const Field& field, std::string_view value, bool english) {
  if (const auto* const choice = field.FindChoice(value)) return english ? choice->name_en : choice->name;
  return std::string(value);
}

std::string MaskValue(const Field& field, std::string_view value) {
  if (field.kind == FieldKind::kPerson) return MaskPerson(value);
  if (field.kind == FieldKind::kPhone) {
    auto masked = text::Redact(value);
    if (masked == value && value.size() >= 4) {  // a local number has no form of its own
      masked = std::string(value.size() - 2, '*') + std::string(value.substr(value.size() - 2));
    }
    return masked;
  }
  return text::Redact(ShowValue(field, value, false));
}

}  // namespace minsheng::forms
