// SPDX-License-Identifier: Apache-2.0
// Verdict: what a RuleSet says of a Request, and why. Plain data.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/model/message.h"

namespace minsheng {

enum class Urgency { kNormal, kUrgent, kEmergency };

// Words of the original text that made a rule match: bytes of Message::text, [begin, end).
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const Span&) const = default;
};

// One rule (or lexicon term) that matched.
struct Reason {
  std::string rule;   // rule id, or "lexicon"
  std::string name;   // the rule's name for people
  std::string topic;  // topic it gave evidence for, or empty
  double weight = 0;  // evidence it added to the topic
  bool decisive = false;
  std::string effect;       // other effects in words: "urgency=emergency", "tag=flood", "type=complaint"
  std::string clause;       // source text of the condition, or the part of it that held
  std::vector<Span> spans;  // sorted, no overlaps
  bool operator==(const Reason&) const = default;
};

struct TopicSum {
  std::string topic;
  double sum = 0;
  bool operator==(const TopicSum&) const = default;
};

// What the gazetteer found in text and place hint.
struct Place {
  std::string id;    // id in the gazetteer
  std::string name;  // "大中镇"
  Span span;         // in the text; 0,0 when it came from the hint
  bool operator==(const Place&) const = default;
};

struct Verdict {
  std::int64_t rule_set = 0;  // version number of the RuleSet; 0 = straight from files
  std::string category;       // "urban"; empty when nothing matched
  std::string topic;          // "urban.greening"
  std::optional<RequestType> type;
  Urgency urgency = Urgency::kNormal;
  std::vector<std::string> tags;  // sorted, unique
  std::optional<Place> place;
  double confidence = 0;        // 0..1, that the category is right
  double topic_confidence = 0;  // 0..confidence, that the topic is
  bool triage = true;           // one of the two is below the RuleSet's threshold
  std::string runner_up;        // second topic, or empty
  std::uint32_t unread = 0;     // bytes at the end of a very long text that rules did not look at
  std::string reply;            // text to answer at once with, "article:ID", or empty
  std::vector<TopicSum> sums;   // by falling sum, then by topic; at most 8
  std::vector<Reason> reasons;  // decisive first, then by falling weight, then by rule id
  bool operator==(const Verdict&) const = default;
};

// The id in a reply "article:ID", which stands for the text of an article of the knowledge base; else empty.
inline std::string_view ArticleOf(std::string_view reply) {
  constexpr std::string_view kMark = "article:";
  return reply.starts_with(kMark) ? reply.substr(kMark.size()) : std::string_view();
}

// True when the Verdict's reply is all that the citizen needs: no order, and nobody is asked.
inline bool AnswersAtOnce(const Verdict& v) { return !v.triage && !v.reply.empty() && v.urgency == Urgency::kNormal; }

std::string_view ToWord(Urgency u);
std::optional<Urgency> UrgencyFromWord(std::string_view word);
std::string_view ToChinese(Urgency u);

std::string Encode(const Verdict& v);
Result<Verdict> DecodeVerdict(std::string_view json);

}  // namespace minsheng
