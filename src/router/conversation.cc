// SPDX-License-Identifier: Apache-2.0
#include "src/router/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "src/incidents/similarity.h"
#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::router {
namespace {

constexpr int kWidePlaces = 2;  // city and district say nothing about "the same place"
constexpr Millis kMinutes{15 * 60'000};
constexpr Millis kHours{6 * 3'600'000};
constexpr Millis kDays{2 * 24 * 3'600'000};

// Points, and what they must reach. See docs/conversations.md.
constexpr int kSameTopic = 4;
constexpr int kMaybeSameTopic = 2;
constexpr int kSameCategory = 1;
constexpr int kOtherTopic = -5;
constexpr int kSamePlace = 4;
constexpr int kSameTown = 1;
constexpr int kElsewhere = -6;
constexpr int kPointsBack = 3;
constexpr int kPossible = 3;
constexpr int kPossibleForOwnTopic = 5;
constexpr std::size_t kFewChars = 12;
constexpr int kClearLead = 3;

bool HasTag(const Verdict& v, std::string_view tag) {
  return std::find(v.tags.begin(), v.tags.end(), tag) != v.tags.end();
}

// A topic by a rule's word; the learned words of a language say little about three characters.
bool NamesTopic(const Verdict& v) {
  return std::any_of(v.reasons.begin(), v.reasons.end(),
                     [](const Reason& r) { return !r.topic.empty() && r.rule != "lexicon" && r.weight > 0; });
}

std::string_view TopLevelOf(std::string_view topic) { return topic.substr(0, topic.find('.')); }

int TopicPoints(const Matter& fresh, const Matter& open) {
  if (fresh.topic.empty() || open.topic.empty()) return 0;
  if (fresh.topic == open.topic) return fresh.certain ? kSameTopic : kMaybeSameTopic;
  if (!fresh.certain) return 0;
  return TopLevelOf(fresh.topic) == TopLevelOf(open.topic) && !open.certain ? kSameCategory : kOtherTopic;
}

int PlacePoints(const Matter& a, const Matter& b) {
  switch (incidents::NearnessOf(a.places, a.words.anchors, b.places, b.words.anchors, kWidePlaces)) {
    case incidents::Nearness::kSamePlace:
      return kSamePlace;
    case incidents::Nearness::kSameTown:
      return kSameTown;
    case incidents::Nearness::kElsewhere:
      return kElsewhere;
    default:
      return 0;
  }
}

int WordPoints(const Matter& a, const Matter& b) {
  static const incidents::Commonness kNothingIsCommon;
  return std::min(4, incidents::Likeness(a.words, b.words, kNothingIsCommon) / 10);
}

// A few words, or words that point back, are likely about what was said just now; long ones speak for themselves.
int TimePoints(Millis apart, bool leans) {
  if (apart <= kMinutes) return leans ? 3 : 1;
  if (apart <= kHours) return 1;
  return apart <= kDays || leans ? 0 : -1;
}

// Digits of the folded text; -1: none of them.
int DigitOf(char16_t u) {
  constexpr std::u16string_view kHan = u"零一二三四五六七八九";
  if (u >= u'0' && u <= u'9') return u - u'0';
  if (u == u'两') return 2;
  const auto at = kHan.find(u);
  return at == std::u16string_view::npos ? -1 : static_cast<int>(at);
}

// Letters, digits and Chinese characters: what is left of "选 2。" is 选2.
std::u16string Bare(std::string_view text) {
  std::u16string out;
  for (const char16_t u : text::FoldToUnits(text)) {
    const bool word = (u >= u'0' && u <= u'9') || (u >= u'a' && u <= u'z') || (u >= 0x3400 && u <= 0x9FFF);
    if (word) out += u;
  }
  return out;
}

bool TakeAffix(std::u16string_view* text, std::initializer_list<std::u16string_view> affixes, bool front) {
  for (const auto affix : affixes) {
    if (text->size() <= affix.size()) continue;
    if (front ? !text->starts_with(affix) : !text->ends_with(affix)) continue;
    front ? text->remove_prefix(affix.size()) : text->remove_suffix(affix.size());
    return true;
  }
  return false;
}

// 1, 2, ... of "2", "二", "第二个", "我说的是2号", "选2吧"; 0: no number.
std::size_t NumberIn(std::u16string_view text) {
  while (TakeAffix(&text, {u"我说的是", u"我选", u"选择", u"选", u"是", u"就是", u"应该是", u"回复", u"答"}, true)) {
  }
  TakeAffix(&text, {u"第"}, true);
  while (TakeAffix(&text, {u"吧", u"的", u"个", u"号", u"件", u"条", u"项", u"那", u"啊", u"哦", u"谢谢"}, false)) {
  }
  if (text.empty() || text.size() > 2) return 0;
  int number = 0;
  for (const char16_t u : text) {
    const int digit = DigitOf(u);
    if (u == u'十' && text.size() == 1) return 10;
    if (digit < 0) return 0;
    number = number * 10 + digit;
  }
  return static_cast<std::size_t>(number);
}

bool SaysNew(std::u16string_view text) {
  constexpr std::array<std::u16string_view, 12> kNew = {u"新问题",   u"新的问题", u"新的",   u"都不是",
                                                        u"都不对",   u"新诉求",   u"新事情", u"另一件",
                                                        u"另外的事", u"其他",     u"不是",   u"别的"};
  TakeAffix(&text, {u"是", u"我说的是", u"这是"}, true);
  return std::find(kNew.begin(), kNew.end(), text) != kNew.end();
}

}  // namespace

TalkSigns SignsOf(const Verdict& v) {
  TalkSigns s;
  s.greeting = HasTag(v, "talk.greeting");
  s.thanks = HasTag(v, "talk.thanks") || HasTag(v, "talk.ok") || HasTag(v, "talk.bye");
  s.points_back = HasTag(v, "talk.follow-up");
  const bool calm = v.urgency == Urgency::kNormal;
  const bool spam = HasTag(v, "talk.spam");
  const bool small = s.greeting || s.thanks;
  s.asks_nothing = calm && (spam || (small && !NamesTopic(v) && !s.points_back));
  return s;
}

void RaiseUrgency(const Verdict& part, std::uint32_t at, Verdict* whole) {
  if (part.urgency <= whole->urgency) return;
  whole->urgency = part.urgency;
  for (const Reason& reason : part.reasons) {
    if (reason.effect.find("urgency=") == std::string::npos) continue;
    const bool known = std::any_of(whole->reasons.begin(), whole->reasons.end(),
                                   [&](const Reason& r) { return r.rule == reason.rule; });
    if (known) continue;
    Reason moved = reason;
    // Its topic was weighed in the whole: only the alarm is added.
    moved.topic.clear(), moved.weight = 0, moved.decisive = false;
    for (Span& span : moved.spans) span.begin += at, span.end += at;
    whole->reasons.push_back(std::move(moved));
  }
}

bool CannotWait(const Verdict& v) {
  if (v.urgency == Urgency::kEmergency) return true;
  return v.urgency == Urgency::kUrgent && !v.triage &&
         std::any_of(v.reasons.begin(), v.reasons.end(), [](const Reason& r) { return r.decisive; });
}

Matter MatterOf(std::string_view text, std::string_view place_hint, std::string topic, bool certain,
                std::vector<std::string> places, Time at) {
  return {std::move(topic),      certain, std::move(places), incidents::FeaturesOf(text, place_hint), at,
          text::CountChars(text)};
}

FollowUp WhichMatter(const Matter& fresh, bool words, bool points_back, const std::vector<Matter>& open) {
  FollowUp out;
  std::vector<int> points(open.size());
  // What names its own topic needs more than to come soon after another.
  const bool own = fresh.certain && !fresh.topic.empty() && !points_back;
  const bool leans = !own && (points_back || fresh.chars <= kFewChars);
  for (std::size_t i = 0; i < open.size(); ++i) {
    points[i] = TopicPoints(fresh, open[i]) + TimePoints(fresh.at - open[i].at, leans);
    if (words) points[i] += PlacePoints(fresh, open[i]) + WordPoints(fresh, open[i]);
    if (points_back) points[i] += kPointsBack;
    if (own && fresh.topic != open[i].topic) continue;
    if (points[i] >= (own ? kPossibleForOwnTopic : kPossible)) out.possible.push_back(i);
  }
  std::stable_sort(out.possible.begin(), out.possible.end(),
                   [&](std::size_t a, std::size_t b) { return points[a] > points[b]; });
  if (out.possible.empty()) return out;
  const auto lead = out.possible.size() == 1 ? kClearLead : points[out.possible[0]] - points[out.possible[1]];
  if (lead >= kClearLead) {
    out.kind = FollowUp::Kind::kOne;
    out.possible.resize(1);
    return out;
  }
  out.kind = FollowUp::Kind::kUnclear;
  out.clear_lead = lead > 0;
  return out;
}

std::optional<std::size_t> ReadChoice(std::string_view text, const std::vector<std::string>& labels) {
  const auto bare = Bare(text);
  if (bare.empty()) return std::nullopt;
  if (SaysNew(bare)) return labels.size();
  if (const auto number = NumberIn(bare); number > 0) {
    if (number > labels.size() + 1) return std::nullopt;
    return number - 1;
  }
  // "路灯", "路灯那个": the name of one of them alone.
  std::u16string_view name = bare;
  TakeAffix(&name, {u"我说的是", u"就是", u"是"}, true);
  while (TakeAffix(&name, {u"那个", u"的", u"这个", u"吧", u"问题"}, false)) {
  }
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < labels.size() && name.size() >= 2; ++i) {
    if (Bare(labels[i]).find(name) == std::u16string::npos) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

std::string AskWhich(std::string words, const std::vector<std::string>& labels) {
  std::string choices;
  for (std::size_t i = 0; i < labels.size(); ++i) choices += fmt::format("{} {} ", i + 1, labels[i]);
  choices += fmt::format("{} 新问题", labels.size() + 1);
  constexpr std::string_view kMark = "{choices}";
  if (const auto at = words.find(kMark); at != std::string::npos) words.replace(at, kMark.size(), choices);
  return words;
}

}  // namespace minsheng::router
