// SPDX-License-Identifier: Apache-2.0
// What differs between two versions of a RuleSet, by id and field. Pure. Works on files as they
// are, so that drafts with errors, and keys and files of later versions, can be compared as well.
//
// Not a difference: the order of rules and of the items of a list, in which file a rule stands,
// blanks and line breaks of the JSON, 3 instead of 3.0.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/rules/rule_set.h"

namespace minsheng::rules {

// A field that differs. Values are JSON texts; empty = not there. Of a field that is a list, each
// item that came or went is a change of its own (`item`).
struct FieldChange {
  std::string field;  // "weight", "examples.yes", "calibration.bias"
  std::string from;
  std::string to;
  bool item = false;
};

struct ItemChange {
  std::string id;
  std::string name;                 // for people; may be empty
  std::vector<FieldChange> fields;  // sorted; of an added or removed item all its fields
};

struct SectionDifference {
  // "rules", "lists", "lexicon", "categories", "topics", "places", "settings", "golden", "files"
  // (files that cannot be read as any of these: id is the path).
  std::string section;
  std::vector<ItemChange> added;  // sorted by id
  std::vector<ItemChange> removed;
  std::vector<ItemChange> changed;
};

struct Difference {
  std::vector<SectionDifference> sections;  // only those with a difference, in the order above
  bool same_files = false;                  // byte for byte
  bool empty() const { return sections.empty(); }
};

// Deterministic: the same files give the same bytes.
Difference Compare(const std::vector<SourceFile>& from, const std::vector<SourceFile>& to);

// For people: language "zh" or "en". Long lists are cut and say so.
std::string DifferenceText(const Difference& d, std::string_view language);
// {"same", "same_files", "sections": [{"section", "added": [{"id","name","value"}], "removed", "changed":
//   [{"id","name","fields": [{"field","from","to"} or {"field","added"} or {"field","removed"}]}]}]}
std::string DifferenceJson(const Difference& d);

}  // namespace minsheng::rules
