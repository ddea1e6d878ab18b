// SPDX-License-Identifier: Apache-2.0
// RuleSet: all rules, lists, lexicon, categories and places of one version, compiled once,
// evaluated often, never changed. Pure: no I/O, no clock; the same input gives the same bytes.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/model/message.h"
#include "src/model/verdict.h"
#include "src/text/fold.h"

namespace minsheng::rules {

// One file of a RuleSet, e.g. {"rules/urban/greening.json", "[...]"}. Which part it is, is told by
// its name: categories.json, settings.json, lists.json, places.json, lexicon.json, golden/*.json;
// everything else is an array of rules.
struct SourceFile {
  std::string path;
  std::string content;
};

// An error keeps the RuleSet from being used; a warning is a likely mistake; a note is good to know
// (what could not be decided, what is meant to overlap) and nothing to mend.
enum class Severity { kError, kWarning, kNote };

// Something wrong with a source. Every problem of all files is reported, in order of place.
struct Problem {
  Severity severity = Severity::kError;
  std::string file;
  int line = 0;      // 1-based
  int column = 0;    // 1-based, in characters
  std::string rule;  // id, or empty
  std::string code;  // stable: "syntax", "unknown-topic", "example-fails", ...
  std::string zh;    // what is wrong and what to do
  std::string en;
};

// "rules/urban/x.json:12:34: error[syntax] ..." in the wanted language ("zh" or "en").
std::string Format(const Problem& p, std::string_view language);

// What a condition may look at. `text` must be valid UTF-8 and outlive the call.
struct Input {
  std::string_view text;
  std::string_view channel;
  std::string_view line;
  std::string_view place_hint;
  std::optional<RequestType> stated_type;
  int hour = -1;        // 0..23 in Asia/Shanghai when received; -1 = unknown (hour: conditions are false)
  bool spoken = false;  // heard, not written (a call, a voice message): settings "spoken" apply
};
// Whether what comes by this channel was heard; for texts that are no Message (examples, command line).
inline bool IsSpokenChannel(std::string_view channel) { return channel == "phone"; }
// The view of a Message that rules see. The Message must outlive it.
Input InputOf(const Message& m);

struct Topic {
  std::string id;    // "urban.greening"
  std::string name;  // "园林绿化"
  std::string category;
  std::string category_name;  // "城市管理和建设"
  bool out_of_scope = false;
};

// What a RuleSet decides, without the reasons. Views and pointers live as long as the RuleSet.
struct BareVerdict {
  const Topic* topic = nullptr;  // null when nothing matched
  const Topic* runner_up = nullptr;
  double confidence = 0;  // as in Verdict
  double topic_confidence = 0;
  bool triage = true;
  std::optional<RequestType> type;
  Urgency urgency = Urgency::kNormal;
  std::vector<std::string_view> tags;  // sorted, unique
  std::string_view reply;
  std::string_view place;  // id in the gazetteer, or empty
  std::size_t rules = 0;   // that matched
};

// A value of channel: or line: in a rule's condition, or an article that a reply names, with its place. What there
// is, only the caller knows.
struct Mention {
  std::string field;  // "channel", "line", "article"
  std::string value;
  std::string rule;  // or the topic whose standard answer it is
  std::string file;
  int line = 0;
  int column = 0;
};

class RuleSet;
struct Compiled {
  std::shared_ptr<const RuleSet> set;  // null when there is an error among the problems
  std::vector<Problem> problems;
};

class RuleSet {
 public:
  // Working memory of one thread; reused, so that classifying need not allocate.
  class Scratch {
   public:
    Scratch();
    ~Scratch();
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;

    // The work that the last message took: units scanned, places of terms kept and weighed, bytes given to regexes.
    std::uint64_t steps() const;

   private:
    friend class RuleSet;
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  // Whether Compile looks for likely mistakes, too: parts that do nothing, rules that another one makes
  // useless. For those who write rules; not for a process that only uses them. Errors are the same.
  enum class Advice { kGive, kSkip };

  // Parses, checks and compiles. Rules whose examples fail are an error.
  static Compiled Compile(const std::vector<SourceFile>& files, std::int64_t version = 0,
                          Advice advice = Advice::kGive);

  // Thread-safe; one Scratch per thread. Never fails.
  Verdict Classify(const Input& input, Scratch& scratch) const;
  // The same, into `*out`. When `*out` is used again for the next text, its memory and that of the
  // Scratch are reused: nothing is allocated once both have seen texts as long, and with as many
  // reasons. `folded`, if given, is what text::Fold makes of the input's text: whoever asks several
  // RuleSets about one text folds it once.
  void Classify(const Input& input, Scratch& scratch, Verdict* out, const text::Folded* folded = nullptr) const;
  // Decides the same, without the reasons. Allocates nothing once its buffers have grown (cleaning a
  // heard text does, in both).
  void Decide(const Input& input, Scratch& scratch, BareVerdict* out, const text::Folded* folded = nullptr) const;

  // All clauses of all rules that were touched, as JSON: what matched and what failed. For
  // `rules explain` and the console. Slow (it evaluates each rule's tree in full).
  std::string Explain(const Input& input, Scratch& scratch) const;
  // The same as text for people: the matched rules as trees of clauses with ✓ and ✗; with `all` also the
  // rules that a single clause kept from matching. language: "zh" or "en".
  std::string ExplainText(const Input& input, Scratch& scratch, std::string_view language, bool all) const;

  std::int64_t version() const;
  const std::string& hash() const;           // SHA-256 over the files, hex: same content, same hash
  const std::vector<Topic>& topics() const;  // sorted by id
  const Topic* FindTopic(std::string_view id) const;
  bool KnowsPlace(std::string_view place_id) const;
  // `place` and all its parents in the gazetteer, nearest first.
  std::vector<std::string> PlaceChain(std::string_view place_id) const;
  std::size_t rule_count() const;
  std::size_t example_count() const;
  double threshold() const;
  // The answer that a rule (a topic out of scope) gives at once; empty if it gives none or does not exist.
  std::string_view ReplyOfRule(std::string_view id) const;
  std::string_view ReplyOfTopic(std::string_view id) const;
  const std::vector<Mention>& mentions() const;  // by rule

  ~RuleSet();

 private:
  RuleSet();
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

// SHA-256 over paths and contents, hex; the order of the files does not matter. Also of files that do not compile.
std::string HashOf(const std::vector<SourceFile>& files);

// Reads all *.json below `folder`, sorted by path relative to it. This and WriteFolder are the
// only I/O here, so that everybody loads a RuleSet in the same way.
Result<std::vector<SourceFile>> ReadFolder(const std::string& folder);
// Writes the files below `folder`, which must not exist or be empty: nothing is overwritten (kConflict).
Result<void> WriteFolder(const std::vector<SourceFile>& files, const std::string& folder);

}  // namespace minsheng::rules
