// SPDX-License-Identifier: Apache-2.0
#include "src/rules/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/rules/object_reader.h"
#include "src/rules/sources_lists.h"
#include "src/rules/sources_rules.h"
#include "src/text/fold.h"
#include "src/text/places.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

std::string_view BaseName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool IsGolden(std::string_view path) {
  return path.substr(0, 7) == "golden/" || path.find("/golden/") != std::string_view::npos;
}

void ReadTopic(const JsonValue& value, const std::string& category, std::size_t file, Reporter* reporter,
               Sources* out) {
  ObjectReader r(value, file, reporter);
  TopicSource t;
  t.spot = r.spot();
  t.topic.category = category;
  t.topic.category_name = out->categories[category].name;
  r.RequiredText("id", &t.topic.id);
  r.RequiredText("name", &t.topic.name);
  r.Bool("out_of_scope", &t.topic.out_of_scope);
  r.Text("reply", &t.reply);
  t.reply_spot = r.SpotOf("reply");
  CheckReply(&r, t.reply);
  r.Finish();
  if (t.topic.id.empty()) return;
  if (t.topic.id.substr(0, category.size() + 1) != category + ".") {
    r.Error(r.SpotOf("id"), "bad-id", fmt::format("事项编号要以“{}.”开头", category),
            fmt::format("the topic's id must begin with '{}.'", category));
  }
  if (t.topic.out_of_scope && t.reply.empty()) {
    reporter->Warn(r.spot(), "no-reply", "不受理事项最好有标准答复（reply）",
                   "a topic that is out of scope should have a standard answer (reply)");
  }
  if (!out->topics.try_emplace(t.topic.id, t).second) {
    r.Error(r.SpotOf("id"), "duplicate-id", fmt::format("事项编号“{}”已经用过", t.topic.id),
            fmt::format("topic id '{}' is already used", t.topic.id));
  }
}

void ReadCategories(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out) {
  ObjectReader r(root, file, reporter);
  if (const std::vector<JsonValue>* categories = r.Array("categories"); categories != nullptr) {
    for (const JsonValue& value : *categories) {
      ObjectReader c(value, file, reporter);
      std::string id;
      CategorySource category;
      c.RequiredText("id", &id);
      c.RequiredText("name", &category.name);
      c.Text("general", &category.general);
      if (!id.empty() && !out->categories.try_emplace(id, category).second) {
        c.Error(c.SpotOf("id"), "duplicate-id", fmt::format("类别编号“{}”已经用过", id),
                fmt::format("category id '{}' is already used", id));
      }
      if (const std::vector<JsonValue>* topics = c.Array("topics"); topics != nullptr && !id.empty()) {
        for (const JsonValue& topic : *topics) ReadTopic(topic, id, file, reporter, out);
      }
      const auto general = out->topics.find(category.general);
      if (!category.general.empty() && (general == out->topics.end() || general->second.topic.category != id)) {
        c.Error(c.SpotOf("general"), "unknown-topic", fmt::format("类别“{}”没有事项“{}”", id, category.general),
                fmt::format("category '{}' has no topic '{}'", id, category.general));
      }
      c.Finish();
    }
  }
  r.Finish();
}

bool GoodTerm(const std::string& term, const Spot& spot, Reporter* reporter) {
  const std::size_t chars = text::CountChars(term);
  if (!text::FoldToUnits(term).empty() && chars <= kMaxTermChars) return true;
  reporter->Error(spot, "bad-term", fmt::format("“{}”不能作为词：要有 1 到 64 个字", term),
                  fmt::format("'{}' cannot be a term: it must have 1 to 64 characters", term));
  return false;
}

void ReadSpoken(const JsonValue& value, std::size_t file, Reporter* reporter, SpokenSettings* out) {
  ObjectReader r(value, file, reporter);
  out->on = true;
  r.Texts("fillers", &out->fillers);
  r.Texts("words", &out->words);
  for (const std::string& filler : out->fillers) GoodTerm(filler, r.SpotOf("fillers"), reporter);
  for (const std::string& word : out->words) GoodTerm(word, r.SpotOf("words"), reporter);
  r.Finish();
}

void ReadSettings(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out) {
  ObjectReader r(root, file, reporter);
  Settings& s = out->settings;
  r.Number("threshold", 0, 1, &s.threshold);
  r.Number("topic_threshold", 0, 1, &s.topic_threshold);
  r.Number("min_evidence", 0, 1000, &s.min_evidence);
  if (const JsonValue* value = r.Object("calibration"); value != nullptr) {
    ObjectReader c(*value, file, reporter);
    c.Number("bias", -100, 100, &s.bias);
    c.Number("margin", 0, 100, &s.margin);
    c.Number("evidence", 0, 100, &s.evidence);
    c.Number("evidence_cap", 0, 1000, &s.evidence_cap);
    c.Number("within_category", 0, 1, &s.within_category);
    c.Number("topic_power", 0, 100, &s.topic_power);
    c.Finish();
  }
  if (const JsonValue* value = r.Object("opening"); value != nullptr) {
    ObjectReader o(*value, file, reporter);
    double chars = s.opening_chars;
    if (o.Number("chars", 0, 1000, &chars)) s.opening_chars = static_cast<int>(chars);
    o.Number("factor", 1, 10, &s.opening_factor);
    o.Finish();
  }
  if (const JsonValue* value = r.Object("lexicon"); value != nullptr) {
    ObjectReader l(*value, file, reporter);
    l.Number("scale", 0, 1000, &s.lexicon_scale);
    l.Number("length", 0, 1, &s.lexicon_length);
    l.Finish();
  }
  if (const JsonValue* value = r.Object("spoken"); value != nullptr) ReadSpoken(*value, file, reporter, &s.spoken);
  r.Finish();
}

void ReadLists(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out) {
  ObjectReader r(root, file, reporter);
  for (const JsonMember& m : root.members) {
    ListSource list;
    list.spot = {file, m.at, m.at};
    const std::vector<JsonValue>* terms = r.Array(m);
    if (terms == nullptr) continue;
    if (terms->empty()) {
      r.Error(list.spot, "empty-list", fmt::format("词表“{}”是空的", m.key), fmt::format("list '{}' is empty", m.key));
    }
    std::set<std::u16string> seen;
    for (const JsonValue& term : *terms) {
      const Spot spot{file, term.begin, term.end};
      if (term.kind != JsonValue::Kind::kString) {
        r.Error(spot, "wrong-kind", "词表里应该都是文字", "a list holds texts only");
      } else if (term.string.size() > 1 && term.string.front() == '@') {
        list.includes.push_back({term.string.substr(1), spot});
      } else if (GoodTerm(term.string, spot, reporter)) {
        if (!seen.insert(text::FoldToUnits(term.string)).second) {
          reporter->Warn(spot, "duplicate-term", fmt::format("“{}”在词表里已经有了", term.string),
                         fmt::format("'{}' is in the list already", term.string));
        }
        list.terms.push_back(term.string);
      }
    }
    if (!out->lists.try_emplace(m.key, std::move(list)).second) {
      r.Error({file, m.at, m.at}, "duplicate-id", fmt::format("词表“{}”已经有了", m.key),
              fmt::format("list '{}' exists already", m.key));
    }
  }
}

void ReadPlaces(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out) {
  if (root.kind != JsonValue::Kind::kArray) {
    reporter->Error({file, root.begin, root.end}, "wrong-kind", "地名文件应该是一个数组 […]",
                    "the file of places is an array [...]");
    return;
  }
  for (const JsonValue& value : root.items) {
    ObjectReader r(value, file, reporter);
    PlaceSource p;
    p.spot = r.spot();
    r.RequiredText("id", &p.id);
    if (r.RequiredText("name", &p.name)) GoodTerm(p.name, r.SpotOf("name"), reporter);
    r.Texts("aliases", &p.aliases);
    for (const std::string& alias : p.aliases) GoodTerm(alias, r.SpotOf("aliases"), reporter);
    r.Text("parent", &p.parent);
    p.parent_spot = r.SpotOf("parent");
    r.Text("kind", &p.kind);
    r.Finish();
    if (!p.id.empty() && !out->places.try_emplace(p.id, p).second) {
      r.Error(r.SpotOf("id"), "duplicate-id", fmt::format("地名编号“{}”已经用过", p.id),
              fmt::format("place id '{}' is already used", p.id));
    }
  }
}

void CheckPlaces(Reporter* reporter, const Sources& s) {
  for (const auto& [id, place] : s.places) {
    std::set<std::string> above = {id};
    for (const PlaceSource* p = &place; !p->parent.empty();) {
      const auto it = s.places.find(p->parent);
      if (it == s.places.end()) {
        if (p == &place) {
          reporter->Error(place.parent_spot, "unknown-place", fmt::format("地名“{}”的上级“{}”不存在", id, p->parent),
                          fmt::format("place '{}' has a parent '{}' that does not exist", id, p->parent));
        }
        break;
      }
      if (!above.insert(it->first).second) {
        reporter->Error(place.spot, "place-circle", fmt::format("地名“{}”的上级绕成了圈", id),
                        fmt::format("the parents of place '{}' form a circle", id));
        break;
      }
      if (above.size() > text::kMaxPlaceDepth) {
        reporter->Error(place.parent_spot, "out-of-range",
                        fmt::format("地名“{}”的上级超过 {} 层", id, text::kMaxPlaceDepth),
                        fmt::format("place '{}' has more than {} places above it", id, text::kMaxPlaceDepth));
        break;
      }
      p = &it->second;
    }
  }
}

void ReadLexicon(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out) {
  ObjectReader r(root, file, reporter);
  for (const JsonMember& topic : root.members) {
    if (!r.IsObject(topic)) continue;
    for (const JsonMember& term : topic.value.members) {
      const Spot spot{file, term.at, term.at};
      const bool number = term.value.kind == JsonValue::Kind::kNumber;
      if (!number || term.value.number < -100 || term.value.number > 100) {
        r.Error({file, term.value.begin, term.value.end}, "bad-weight", "权重是 -100 到 100 的数",
                "a weight is a number from -100 to 100");
      } else if (GoodTerm(term.key, spot, reporter)) {
        out->lexicon.push_back({term.key, topic.key, term.value.number});
      }
    }
    const auto category = out->categories.find(topic.key);
    const bool known_category = category != out->categories.end() && !category->second.general.empty();
    if (out->topics.count(topic.key) == 0 && !known_category) {
      r.Error({file, topic.at, topic.at}, "unknown-topic", fmt::format("没有事项“{}”", topic.key),
              fmt::format("there is no topic '{}'", topic.key));
    }
  }
}

using Reader = void (*)(const JsonValue&, std::size_t, Reporter*, Sources*);

Reader ReaderOf(std::string_view path) {
  switch (PartOf(path)) {
    case Part::kGolden:
      return ReadGoldenFile;
    case Part::kCategories:
      return ReadCategories;
    case Part::kSettings:
      return ReadSettings;
    case Part::kLists:
      return ReadLists;
    case Part::kPlaces:
      return ReadPlaces;
    case Part::kLexicon:
      return ReadLexicon;
    case Part::kRules:
      break;
  }
  return ReadRuleFile;
}

}  // namespace

Part PartOf(std::string_view path) {
  const std::string_view name = BaseName(path);
  if (IsGolden(path)) return Part::kGolden;
  if (name == "categories.json") return Part::kCategories;
  if (name == "settings.json") return Part::kSettings;
  if (name == "lists.json") return Part::kLists;
  if (name == "places.json") return Part::kPlaces;
  if (name == "lexicon.json") return Part::kLexicon;
  return Part::kRules;
}

Sources ReadSources(const std::vector<SourceFile>& files, Reporter* reporter) {
  Sources out;
  std::vector<std::pair<std::size_t, JsonValue>> later;  // the lexicon names topics of another file
  for (std::size_t i = 0; i < files.size(); ++i) {
    JsonValue root;
    JsonFault fault;
    if (!ReadJson(files[i].content, &root, &fault)) {
      reporter->Error({i, fault.at, fault.at}, "json", fault.zh, fault.en);
    } else if (const Reader reader = ReaderOf(files[i].path); reader == ReadLexicon) {
      later.emplace_back(i, std::move(root));
    } else {
      reader(root, i, reporter, &out);
    }
  }
  for (const auto& [file, root] : later) ReadLexicon(root, file, reporter, &out);
  ExpandLists(reporter, &out);
  CheckPlaces(reporter, out);
  CheckRules(reporter, &out);
  return out;
}

}  // namespace minsheng::rules
