// SPDX-License-Identifier: Apache-2.0
// ArticleShelf: the articles of the knowledge base, their versions, what people did with them, and which request
// each of them answered. What an article must look like is src/knowledge/. Part of the Store; thread-safe, each
// call is one transaction.
//
//   version 1 draft -> published by another person -> version 2 draft (1 stays in force) -> published -> ... -> retired
//
// Versions never change. Errors: kNotFound, kConflict (it is not what the person saw), kDenied (author and publisher
// are one person).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::store {

struct OutboxDraft;  // store.h

// What an editor writes. Days are "2026-12-31" in Asia/Shanghai, both included; empty = no limit.
struct ArticleText {
  std::string id;                      // "social-security.card-lost"
  std::string title;                   // 社保卡遗失补办
  std::vector<std::string> questions;  // as citizens ask
  std::string answer;                  // short, goes out by chat
  std::string details;                 // long, for operators on the phone; may be empty
  std::string topic;                   // or a category
  std::string unit;                    // that answers for its content
  std::string owner;                   // person there
  std::string valid_from;
  std::string valid_to;
  std::string source;  // law, notice or counter that it comes from
  std::vector<std::string> tags;
  bool operator==(const ArticleText&) const = default;

  // Whether `at` lies in its days.
  bool ValidAt(Time at) const;
};

struct ArticleVersion {
  ArticleText text;
  std::int64_t version = 0;
  std::string author;
  std::string note;
  Time created_at{};
  std::string approved_by;  // empty: never published
  Time approved_at{};
};

struct ArticleRow {
  std::string id;
  std::int64_t number = 0;     // 1, 2, 3, ... in the order of their making
  std::int64_t latest = 0;     // newest version
  std::int64_t published = 0;  // version in force; 0 = none
  bool retired = false;
  Time confirmed_at{};   // when somebody last said that it is still right; 0 = never
  ArticleVersion shown;  // the published version, else the latest
  // "draft" (nothing published yet), "published", "retired".
  std::string_view state() const { return retired ? "retired" : published == 0 ? "draft" : "published"; }
};

struct ArticleFilter {
  std::string state;
  std::string topic;  // this one or below it
  std::string unit;
};

struct ArticleAct {
  std::int64_t seq = 0;
  std::string article_id;
  std::int64_t version = 0;
  std::string act;  // "seed", "import", "publish", "retire", "confirm", "ask"
  std::string actor;
  std::string note;
  Time at{};
};

struct SavedArticle {
  std::int64_t version = 0;
  bool fresh = true;  // false: the latest version says the same, nothing was written
};

struct ArticleUse {
  std::string request_id;
  std::string article_id;
  std::int64_t version = 0;
  std::string topic;  // of the request
  std::string actor;  // "system", or who answered with it
  Time at{};
};

struct ArticleStats {
  std::string article_id;
  std::int64_t uses = 0;       // requests that it answered
  std::int64_t by_people = 0;  // of these, chosen by a person
  // Of these, after which the citizen brought nothing that needed work for kFirstContact, in the same conversation.
  std::int64_t settled = 0;
  Time last_at{};  // 0 = never
};
constexpr Millis kFirstContact{7LL * 24 * 3'600'000};

struct ArticleTopicUse {
  std::string article_id;
  std::string topic;
  std::int64_t by_people = 0;
  std::int64_t by_rules = 0;
};

class ArticleShelf {
 public:
  virtual ~ArticleShelf() = default;

  // --- reading ----------------------------------------------------------------------------------
  virtual Time Now() const = 0;              // of the store's clock: what is valid depends on the day
  virtual Result<std::int64_t> Stamp() = 0;  // changes with every act; cheap, polled
  virtual Result<std::vector<ArticleRow>> List(const ArticleFilter& filter) = 0;  // by id
  virtual Result<ArticleRow> Get(const std::string& id) = 0;
  virtual Result<std::vector<ArticleVersion>> Versions(const std::string& id) = 0;  // newest first
  virtual Result<std::vector<ArticleAct>> Acts(const std::string& id) = 0;          // oldest first

  // --- editors ----------------------------------------------------------------------------------
  // Into an empty shelf only, each published at once unless it says otherwise. False: there were articles already.
  struct Seedling {
    ArticleText text;
    bool publish = true;
  };
  virtual Result<bool> Seed(const std::vector<Seedling>& articles) = 0;
  // A new draft version. A retired article comes back as a draft.
  virtual Result<SavedArticle> Save(const ArticleText& text, const std::string& author, const std::string& note) = 0;
  // Puts version `seen` in force; it must be the latest. Whoever wrote it, or a draft since the one in force, cannot.
  virtual Result<void> Publish(const std::string& id, std::int64_t seen, const std::string& by,
                               const std::string& note) = 0;
  virtual Result<void> Retire(const std::string& id, const std::string& by, const std::string& note) = 0;
  // Somebody looked at the version in force and found it still right.
  virtual Result<void> Confirm(const std::string& id, const std::string& by, const std::string& note) = 0;
  // Asks the unit by `ask` (to the outbox) to look at the version in force; `about` says what for
  // ("expired:2026-12-31"). False, and nothing written: it was asked for the same before, or another version is in
  // force.
  virtual Result<bool> Ask(const std::string& id, std::int64_t version, const std::string& about,
                           const OutboxDraft& ask) = 0;

  // --- use --------------------------------------------------------------------------------------
  // A person answers a request with the version in force. The same again changes nothing.
  virtual Result<void> Use(const std::string& article_id, const std::string& request_id, const std::string& by) = 0;
  virtual Result<std::vector<ArticleUse>> UsesOf(const std::string& request_id) = 0;
  // Every article that is published or was used in [from, to), by falling use.
  virtual Result<std::vector<ArticleStats>> Stats(Time from, Time to) = 0;
  virtual Result<std::vector<ArticleTopicUse>> UsesByTopic(Time from) = 0;
};

}  // namespace minsheng::store
