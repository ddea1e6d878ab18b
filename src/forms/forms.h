// SPDX-License-Identifier: Apache-2.0
// Forms: what a matter of a topic needs before anybody can handle it (要素). Data in config/forms.json: fields, and
// for each topic (the longest prefix wins) which of them it needs. Immutable after loading; thread-safe.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/forms/pattern.h"
#include "src/forms/times.h"

namespace minsheng::forms {

enum class FieldKind { kText, kChoice, kDate, kTime, kPlace, kPhone, kPerson, kNumber, kYesNo };
std::string_view ToWord(FieldKind k);     // "text", "choice", ..., "yes-no"
std::string_view ToChinese(FieldKind k);  // 文字, 选项, ...

struct Choice {
  std::string id;
  std::string name;
  std::string name_en;
  std::optional<Pattern> when;  // words that tell it
};

// How a value is written in the words of a citizen. Besides: a choice by its patterns, a place by the gazetteer and the
// form of addresses, a phone and a plate by their form, a date and a time by the words for days.
struct Recognition {
  std::vector<std::u32string> after;  // the value stands right behind one of these: 订单号, 我叫
  std::vector<std::u32string> ends;   // a name that ends so: 旅行社
  std::vector<std::u32string> units;  // a number before one of these: 人, 元
  std::optional<Pattern> when;        // only in a text of which this holds
  bool code = false;                  // behind `after`: letters and digits only
  bool plate = false;                 // the plate number of a vehicle
};

struct Field {
  std::string key;  // "visit-time"
  std::string name;
  std::string name_en;
  FieldKind kind = FieldKind::kText;
  std::string ask;              // one question to a citizen
  std::vector<Choice> choices;  // of kChoice; of kYesNo: yes and no, when words tell them
  Recognition find;
  double least = 0;  // of kNumber
  double most = 1e9;
  int max_chars = 100;         // of kText, kPlace and kPerson
  Tense tense = Tense::kPast;  // of kDate and kTime
  bool personal = false;       // says who somebody is or where he lives: never leaves in the clear

  const Choice* FindChoice(std::string_view id_or_name) const;
};

// What a matter of a topic needs. Fields live as long as the Forms.
struct Form {
  std::string topic;  // a topic, or what stands before a dot in one
  std::string name;
  std::vector<const Field*> required;
  std::vector<const Field*> optional;
  // Of a service (居家养老): what is noted when it has been rendered.
  std::vector<const Field*> completion_required;
  std::vector<const Field*> completion_optional;
  const Field* service = nullptr;                // the choice by which services are counted
  bool visit = false;                            // somebody comes to the house: an appointment is made
  std::map<std::string, std::string> providers;  // choice of `service` -> unit that renders it

  bool Requires(const Field& field) const;
  const Field* Find(std::string_view key) const;            // required or optional
  const Field* FindCompletion(std::string_view key) const;  // of the completion
};

class Forms {
 public:
  // Parses config/forms.json. kInvalid with every problem, one a line, with file and line: not JSON, unknown keys and
  // words, fields that no form uses or that do not exist, patterns that cannot be read, topics that are not of `topics`
  // and not above one of them, units that are not of `units`.
  static Result<std::shared_ptr<const Forms>> Load(std::string_view json, const std::vector<std::string>& topics,
                                                   const std::vector<std::string>& units);

  // The form of the longest prefix; null when none fits.
  const Form* Find(std::string_view topic) const;
  const std::vector<Form>& forms() const;  // in the order of the file
  const Field* FindField(std::string_view key) const;

  ~Forms();

 private:
  Forms();
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

// The value in the form in which it is kept, or kInvalid with the field's name and the remedy. Everything that comes
// in, from whatever side, goes through here. `context`: for words such as 昨天; its tense is the field's.
//   choice: the id; yes-no: yes, no; date: 2015-08-09; time: WhenText; phone: digits; number: 12 or 12.5, at most two
//   places; the rest: trimmed, on one line.
Result<std::string> Normalise(const Field& field, std::string_view value, TimeContext context);

// For people: the choice's name, 是/否, the rest as it is.
std::string ShowValue(const Field& field, std::string_view value, bool english);
// The same as it may leave to people who need not know who it is: names and telephone numbers masked.
std::string MaskValue(const Field& field, std::string_view value);

}  // namespace minsheng::forms
