// SPDX-License-Identifier: Apache-2.0
// Catalogue (派单目录): topic x place -> lead unit and helper units. Data in config/units.json and
// config/catalogue.json. Immutable after loading; thread-safe.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

namespace minsheng::orders {

// How an order reaches a unit. Without an address it waits in the command line or console.
struct Unit {
  std::string id;     // "urban-greening"
  std::string name;   // "园林绿化管理处"
  std::string place;  // a town's or street's own place id, else empty
  std::string webhook_url;
  std::string webhook_secret_ref;  // "env:NAME" or "file:/path"
  std::string mail;
};

struct Assignment {
  std::string entry;  // id of the catalogue entry that decided, e.g. "urban.greening@*"
  std::string lead;
  std::vector<std::string> helpers;
};

// The topics for which catalogue.json (the text of the file) has no entry without a place. Empty when the
// file is no list of entries: Catalogue::Load says what is wrong with it.
std::vector<std::string> TopicsWithoutEntry(std::string_view catalogue_json, const std::vector<std::string>& topics);

class Catalogue {
 public:
  // Parses both files. Every problem is in the error's text, one a line, with file and place:
  // unknown unit, entry for a topic that no category has (checked against `topics`), topic
  // without an entry. Lead "@place" means: the unit of the town or street where it happened.
  static Result<std::shared_ptr<const Catalogue>> Load(std::string_view units_json, std::string_view catalogue_json,
                                                       const std::vector<std::string>& topics);

  // place_chain: the found place and its parents, nearest first; may be empty. The entry with the
  // longest topic prefix wins, among those the nearest place. Always answers for a known topic.
  Assignment Assign(std::string_view topic, const std::vector<std::string>& place_chain) const;

  const Unit* FindUnit(std::string_view id) const;
  const std::vector<Unit>& units() const;

  ~Catalogue();

 private:
  Catalogue();
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace minsheng::orders
