// SPDX-License-Identifier: Apache-2.0
// What the files of a RuleSet say, read and checked, not yet compiled.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/message.h"
#include "src/model/verdict.h"
#include "src/rules/condition.h"
#include "src/rules/reporter.h"
#include "src/rules/rule_set.h"
#include "src/rules/source_json.h"

namespace minsheng::rules {

// An example of a rule or a golden case: a text, and what stands around it if a condition asks.
struct Example {
  std::string text;
  std::string channel;
  std::string line;
  std::string place_hint;
  std::optional<RequestType> stated_type;
  int hour = -1;
  Spot spot;

  Input AsInput() const { return {text, channel, line, place_hint, stated_type, hour, IsSpokenChannel(channel)}; }
};

struct RuleSource {
  std::string id;
  std::string name;
  std::string when;
  Condition condition;
  std::string topic;  // or a category: evidence for its topics in general
  double weight = 0;
  bool decisive = false;
  std::optional<RequestType> type;
  std::optional<Urgency> urgency;
  std::vector<std::string> tags;
  std::string reply;  // a text, or "article:ID"
  std::vector<Example> yes;
  std::vector<Example> no;
  Spot spot;  // of the rule
  Spot topic_spot;
  Spot reply_spot;
  Spot when_spot;     // of the string value of "when"
  bool good = false;  // the condition may be compiled
};

struct TopicSource {
  Topic topic;
  Spot spot;
  std::string reply;  // standard answer of an out-of-scope topic
  Spot reply_spot;
};

struct CategorySource {
  std::string name;
  std::string general;  // topic that gets the category's evidence when no other topic of it has any
};

struct PlaceSource {
  std::string id;
  std::string name;
  std::vector<std::string> aliases;
  std::string parent;
  Spot parent_spot;
  std::string kind;
  Spot spot;
};

struct ListSource {
  std::vector<std::string> terms;  // with those of the lists it includes
  struct Include {
    std::string list;
    Spot spot;
  };
  std::vector<Include> includes;  // "@other" in the file
  Spot spot;
};

struct LexiconEntry {
  std::string term;
  std::string topic;  // or a category
  double weight = 0;
};

struct GoldenCase {
  std::string id;
  Example example;
  std::optional<std::string> topic;
  Spot topic_spot;
  std::optional<std::string> category;
  std::optional<RequestType> type;
  std::optional<Urgency> urgency;
  std::vector<std::string> tags;  // all of these must be there
  std::optional<bool> triage;
};

// How heard texts are read: spoken.h.
struct SpokenSettings {
  bool on = false;                   // settings.json has "spoken"
  std::vector<std::string> fillers;  // 嗯, 那个, ...
  std::vector<std::string> words;    // ordinary words that hold a filler or a numeral
};

// settings.json. Meaning of the calibration: decision.h.
struct Settings {
  double threshold = 0.6;      // confidence below it goes to triage
  double topic_threshold = 0;  // so does a topic that is less sure than this
  double min_evidence = 2;     // and a winner with less evidence
  double bias = -3.2;
  double margin = 2.4;
  double evidence = 1.6;
  double evidence_cap = 6;
  double within_category = 0.25;
  double topic_power = 4;     // how fast a topic gets sure as it leaves its kin behind; 0: kin do not count
  int opening_chars = 40;     // evidence found among the first characters (title, first words) ...
  double opening_factor = 1;  // ... counts so many times
  double lexicon_scale = 1;   // every lexicon weight is multiplied by it
  double lexicon_length = 0;  // 0: as it is; 1: divided by the root of the number of lexicon terms in the text
  SpokenSettings spoken;
};

struct Sources {
  std::map<std::string, CategorySource> categories;
  std::map<std::string, TopicSource> topics;
  std::map<std::string, ListSource> lists;
  std::map<std::string, PlaceSource> places;
  std::vector<LexiconEntry> lexicon;
  std::vector<RuleSource> rules;  // sorted by id
  std::vector<GoldenCase> golden;
  Settings settings;
};

// What a file of a RuleSet holds, told by its path.
enum class Part { kRules, kGolden, kCategories, kSettings, kLists, kPlaces, kLexicon };
Part PartOf(std::string_view path);

// Reads all files. Problems of form, and unknown names, go to `reporter`.
Sources ReadSources(const std::vector<SourceFile>& files, Reporter* reporter);

}  // namespace minsheng::rules
