// SPDX-License-Identifier: Apache-2.0
#include "src/rules/sources_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/rules/hint.h"
#include "src/rules/object_reader.h"

namespace minsheng::rules {
namespace {

constexpr double kMaxWeight = 100;

void ReadType(ObjectReader* r, std::optional<RequestType>* out) {
  std::string word;
  if (!r->Text("type", &word)) return;
  *out = RequestTypeFromWord(word);
  if (*out) return;
  const std::string hint = NearestWord(word, {"consultation", "help", "complaint", "report", "suggestion", "praise"});
  r->Error(r->SpotOf("type"), "unknown-type",
           fmt::format("没有诉求类型“{}”（consultation help complaint report suggestion praise）{}", word,
                       hint.empty() ? "" : "，是不是 " + hint + "？"),
           fmt::format("there is no request type '{}' (consultation help complaint report suggestion praise){}", word,
                       hint.empty() ? "" : ", did you mean " + hint + "?"));
}

void ReadUrgency(ObjectReader* r, std::optional<Urgency>* out) {
  std::string word;
  if (!r->Text("urgency", &word)) return;
  *out = UrgencyFromWord(word);
  if (*out) return;
  r->Error(r->SpotOf("urgency"), "unknown-urgency", fmt::format("没有紧急程度“{}”（normal urgent emergency）", word),
           fmt::format("there is no urgency '{}' (normal urgent emergency)", word));
}

void ReadAround(ObjectReader* r, Example* e) {
  r->RequiredText("text", &e->text);
  r->Text("channel", &e->channel);
  r->Text("line", &e->line);
  r->Text("place_hint", &e->place_hint);
  double hour = -1;
  if (r->Number("hour", 0, 23, &hour)) e->hour = static_cast<int>(hour);
}

// An example is a text, or {"text", "channel", "line", "place_hint", "hour", "type"}.
void ReadExamples(ObjectReader* r, std::string_view key, std::size_t file, Reporter* reporter, std::string_view rule,
                  std::vector<Example>* out) {
  const std::vector<JsonValue>* items = r->Array(key);
  if (items == nullptr) return;
  for (const JsonValue& item : *items) {
    Example e;
    e.spot = {file, item.begin, item.end};
    if (item.kind == JsonValue::Kind::kString) {
      e.text = item.string;
    } else {
      ObjectReader object(item, file, reporter);
      object.set_rule(rule);
      ReadAround(&object, &e);
      ReadType(&object, &e.stated_type);
      object.Finish();
    }
    out->push_back(std::move(e));
  }
}

void ParseWhen(ObjectReader* r, Reporter* reporter, RuleSource* rule) {
  rule->when_spot = r->SpotOf("when");
  if (!r->Has("when")) {
    r->Any("when");
    r->Error(r->spot(), "missing-key", "缺少“when”（条件）", "'when' (the condition) is missing");
    return;
  }
  if (!r->Text("when", &rule->when)) return;
  std::vector<SyntaxProblem> problems;
  rule->condition = ParseCondition(rule->when, &problems);
  for (const SyntaxProblem& p : problems) {
    reporter->Error(reporter->Inside(rule->when_spot, p.at), p.code, p.zh, p.en, rule->id);
  }
  rule->good = problems.empty();
}

void ReadEvidence(ObjectReader* r, RuleSource* rule) {
  r->Text("topic", &rule->topic);
  rule->topic_spot = r->SpotOf("topic");
  r->Bool("decisive", &rule->decisive);
  const bool weighed = r->Number("weight", -kMaxWeight, kMaxWeight, &rule->weight);
  if (weighed && rule->weight == 0) {
    r->Error(r->SpotOf("weight"), "bad-weight", "权重是 0，等于没有", "a weight of 0 has no effect");
  }
  if (rule->decisive && rule->weight < 0) {
    r->Error(r->SpotOf("weight"), "bad-weight", "决定性规则的权重不能是负数",
             "a decisive rule cannot have a negative weight");
  }
  if (!rule->topic.empty() && !r->Has("weight") && !rule->decisive) {
    r->Error(r->SpotOf("topic"), "missing-key", "有“topic”就要有“weight”或“decisive”",
             "'topic' needs 'weight' or 'decisive'");
  }
  if (rule->topic.empty() && (r->Has("weight") || rule->decisive)) {
    r->Error(r->SpotOf(r->Has("weight") ? "weight" : "decisive"), "missing-key", "“weight”和“decisive”要有“topic”",
             "'weight' and 'decisive' need a 'topic'");
  }
  if (rule->decisive && !r->Has("weight")) rule->weight = 1;
}

void CheckTags(ObjectReader* r, const RuleSource& rule) {
  for (const std::string& tag : rule.tags) {
    const bool plain = std::all_of(tag.begin(), tag.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || (c & 0x80) != 0;
    });
    if (!plain) {
      r->Error(r->SpotOf("tags"), "bad-tag", fmt::format("标签“{}”只能用小写字母、数字、-、. 和汉字", tag),
               fmt::format("tag '{}' may hold lower-case letters, digits, '-', '.' and Chinese only", tag));
    }
  }
}

// An id is written on command lines and in answers: it must be one word.
void CheckId(ObjectReader* r, const std::string& id) {
  const bool one_word = std::none_of(id.begin(), id.end(), [](unsigned char c) { return c <= ' ' || c == 0x7F; }) &&
                        id.find("\u3000") == std::string::npos;
  if (one_word) return;
  r->Error(r->SpotOf("id"), "bad-id", fmt::format("规则编号“{}”里不能有空格", id),
           fmt::format("rule id '{}' must not hold a blank", id));
}

RuleSource ReadRule(const JsonValue& value, std::size_t file, Reporter* reporter) {
  ObjectReader r(value, file, reporter);
  RuleSource rule;
  rule.spot = r.spot();
  if (!r.usable()) return rule;
  r.RequiredText("id", &rule.id);
  r.set_rule(rule.id);
  CheckId(&r, rule.id);
  r.RequiredText("name", &rule.name);
  ParseWhen(&r, reporter, &rule);
  ReadEvidence(&r, &rule);
  ReadType(&r, &rule.type);
  ReadUrgency(&r, &rule.urgency);
  r.Texts("tags", &rule.tags);
  CheckTags(&r, rule);
  r.Text("reply", &rule.reply);
  rule.reply_spot = r.SpotOf("reply");
  CheckReply(&r, rule.reply);
  if (const JsonValue* examples = r.Object("examples"); examples != nullptr) {
    ObjectReader e(*examples, file, reporter);
    e.set_rule(rule.id);
    ReadExamples(&e, "yes", file, reporter, rule.id, &rule.yes);
    ReadExamples(&e, "no", file, reporter, rule.id, &rule.no);
    e.Finish();
  }
  r.Finish();
  const bool effect = r.Has("topic") || r.Has("type") || r.Has("urgency") || !rule.tags.empty() || !rule.reply.empty();
  if (!effect) {
    r.Error(rule.spot, "no-effect", "这条规则没有作用：请写 topic、type、urgency、tags 或 reply",
            "this rule has no effect: give it a topic, type, urgency, tags or reply");
  }
  if (rule.yes.empty()) {
    reporter->Warn(rule.spot, "no-example", "这条规则没有正例（examples.yes）",
                   "this rule has no example that must match (examples.yes)", rule.id);
  }
  return rule;
}

}  // namespace

void ReadRuleFile(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out) {
  if (root.kind != JsonValue::Kind::kArray) {
    reporter->Error({file, root.begin, root.end}, "wrong-kind", "规则文件应该是一个数组 […]",
                    "a rule file is an array [...]");
    return;
  }
  for (const JsonValue& value : root.items) {
    RuleSource rule = ReadRule(value, file, reporter);
    if (!rule.id.empty()) out->rules.push_back(std::move(rule));
  }
}

void ReadGoldenFile(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out) {
  if (root.kind != JsonValue::Kind::kArray) {
    reporter->Error({file, root.begin, root.end}, "wrong-kind", "这个文件应该是一个数组 […]",
                    "this file is an array [...]");
    return;
  }
  for (const JsonValue& value : root.items) {
    ObjectReader r(value, file, reporter);
    if (!r.usable()) continue;
    GoldenCase g;
    g.example.spot = r.spot();
    r.RequiredText("id", &g.id);
    r.set_rule(g.id);
    ReadAround(&r, &g.example);
    std::string word;
    if (r.Text("topic", &word)) g.topic = word;
    g.topic_spot = r.SpotOf("topic");
    if (r.Text("category", &word)) g.category = word;
    ReadType(&r, &g.type);
    ReadUrgency(&r, &g.urgency);
    r.Texts("tags", &g.tags);
    bool triage = false;
    if (r.Bool("triage", &triage)) g.triage = triage;
    r.Finish();
    if (!g.topic && !g.category && !g.type && !g.urgency && g.tags.empty() && !g.triage) {
      r.Error(r.spot(), "no-effect", "这个用例没有写要得到什么", "this case does not say what it expects");
    }
    out->golden.push_back(std::move(g));
  }
}

namespace {

std::vector<std::string_view> TopicIds(const Sources& s) {
  std::vector<std::string_view> ids;
  for (const auto& [id, topic] : s.topics) ids.push_back(id);
  return ids;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& known, bool zh) {
  const std::string hint = NearestWord(word, known);
  if (hint.empty()) return "";
  return zh ? "，是不是“" + hint + "”？" : ", did you mean '" + hint + "'?";
}

void CheckNames(const Condition& c, const Sources& s, Reporter* reporter, RuleSource* rule) {
  const auto unknown = [&](std::string_view code, std::string_view kind_zh, std::string_view kind_en,
                           const std::string& name, const std::vector<std::string_view>& known) {
    rule->good = false;
    reporter->Error(reporter->Inside(rule->when_spot, c.begin), code,
                    fmt::format("没有{}“{}”{}", kind_zh, name, DidYouMean(name, known, true)),
                    fmt::format("there is no {} '{}'{}", kind_en, name, DidYouMean(name, known, false)), rule->id);
  };
  if (c.op == Op::kList && s.lists.count(c.text) == 0) {
    std::vector<std::string_view> known;
    for (const auto& [name, list] : s.lists) known.push_back(name);
    unknown("unknown-list", "词表", "list", c.text, known);
  }
  if (c.op == Op::kField && c.text == "place") {
    std::vector<std::string_view> known;
    for (const auto& [id, place] : s.places) known.push_back(id);
    for (const std::string& id : c.values) {
      if (s.places.count(id) == 0) unknown("unknown-place", "地名编号", "place", id, known);
    }
  }
  for (const Condition& child : c.children) CheckNames(child, s, reporter, rule);
}

void CheckTopic(const std::string& id, const Spot& spot, std::string_view rule, const Sources& s, Reporter* reporter) {
  if (id.empty() || s.topics.count(id) > 0) return;
  const std::vector<std::string_view> known = TopicIds(s);
  reporter->Error(spot, "unknown-topic", fmt::format("没有事项“{}”{}", id, DidYouMean(id, known, true)),
                  fmt::format("there is no topic '{}'{}", id, DidYouMean(id, known, false)), rule);
}

void CheckCategoryEvidence(const RuleSource& rule, const CategorySource& category, Reporter* reporter) {
  if (category.general.empty()) {
    reporter->Error(
        rule.topic_spot, "no-general-topic",
        fmt::format("类别“{}”没有写 general（证据只指向类别时归入的事项），规则不能指向它", rule.topic),
        fmt::format("category '{}' has no 'general' topic, so that no rule can give it evidence", rule.topic), rule.id);
  }
  if (rule.decisive) {
    reporter->Error(rule.topic_spot, "decisive-category", "决定性规则要指向一个事项，不能只指向类别",
                    "a decisive rule must name a topic, not a category", rule.id);
  }
}

template <class Items, class IdOf, class SpotOf>
void CheckUnique(const Items& items, IdOf id_of, SpotOf spot_of, Reporter* reporter) {
  std::set<std::string_view> seen;
  for (const auto& item : items) {
    if (id_of(item).empty() || seen.insert(id_of(item)).second) continue;
    reporter->Error(spot_of(item), "duplicate-id", fmt::format("编号“{}”已经用过", id_of(item)),
                    fmt::format("id '{}' is already used", id_of(item)), id_of(item));
  }
}

}  // namespace

void CheckRules(Reporter* reporter, Sources* out) {
  CheckUnique(
      out->rules, [](const RuleSource& r) -> const std::string& { return r.id; },
      [](const RuleSource& r) { return r.spot; }, reporter);
  CheckUnique(
      out->golden, [](const GoldenCase& g) -> const std::string& { return g.id; },
      [](const GoldenCase& g) { return g.example.spot; }, reporter);
  for (RuleSource& rule : out->rules) {
    if (const auto category = out->categories.find(rule.topic); category != out->categories.end()) {
      CheckCategoryEvidence(rule, category->second, reporter);
    } else {
      CheckTopic(rule.topic, rule.topic_spot, rule.id, *out, reporter);
    }
    if (rule.good) CheckNames(rule.condition, *out, reporter, &rule);
  }
  for (const GoldenCase& g : out->golden) {
    CheckTopic(g.topic.value_or(""), g.topic_spot, g.id, *out, reporter);
    if (g.category && out->categories.count(*g.category) == 0) {
      reporter->Error(g.example.spot, "unknown-category", fmt::format("没有类别“{}”", *g.category),
                      fmt::format("there is no category '{}'", *g.category), g.id);
    }
  }
  std::stable_sort(out->rules.begin(), out->rules.end(),
                   [](const RuleSource& a, const RuleSource& b) { return a.id < b.id; });
}

}  // namespace minsheng::rules
