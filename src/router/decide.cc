// SPDX-License-Identifier: Apache-2.0
#include "src/router/decide.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/forms/letters.h"
#include "src/router/call_back_word.h"
#include "src/router/conversation.h"
#include "src/rules/reason_line.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::router {
namespace {

using store::Bucket;
using store::Decision;
using store::OutboxDraft;

Decision Park(Decision d, std::string reason, int deliveries) {
  d.plan = Bucket::kParked;
  d.park_reason = std::move(reason);
  d.park_deliveries = deliveries;
  return d;
}

bool HasWords(const Message& m) { return !text::Trim(m.text).empty(); }

// Pictures, places and stickers without words say nothing by themselves.
bool IsCompanion(const Message& m) {
  switch (m.kind) {
    case Kind::kImage:
    case Kind::kVideo:
    case Kind::kLocation:
      return true;
    case Kind::kVoice:
    case Kind::kUnsupported:
      return !HasWords(m);
    default:
      return false;
  }
}

// A word that may be the answer to a call-back; whether one was asked, the store knows.
void NoteOpinion(Decision* d, const Policy& policy) {
  const auto opinion = ReadOpinion(d->message.text);
  if (!opinion || d->message.kind == Kind::kCall || d->message.kind == Kind::kMail) return;
  store::CallBackWord word{opinion->solved, opinion->satisfied, {}};
  word.thanks = [m = d->message, policy](const std::string& request) {
    return std::vector<OutboxDraft>{ReplyDraft(m, request, {policy.texts.call_back_thanks, "", 0}, policy)};
  };
  d->call_back = std::move(word);
}

void PlanFromVerdict(Decision& d, const Knowledge& knowledge, const Policy& policy) {
  const auto& verdict = *d.verdict;
  const auto& m = d.message;
  // A letter to the head of the district gets an answer that somebody wrote.
  const bool is_letter = m.line == kLetterLine;
  d.form.letter = is_letter;
  if (verdict.triage) return PlanTriage(&d, policy);
  if (const auto answer = is_letter ? std::nullopt : AnswerOf(verdict, knowledge, m.received_at)) {
    d.plan = Bucket::kAnswered;
    d.article = answer->article;
    d.article_version = answer->version;
    d.outbox = [m, policy, answer = *answer](Bucket bucket, const std::string& request, const std::string&) {
      std::vector<OutboxDraft> drafts;
      if (bucket == Bucket::kAnswered) drafts.push_back(ReplyDraft(m, request, answer, policy));
      return drafts;
    };
    return;
  }
  d.plan = Bucket::kOrder;
  const auto assignment = knowledge.catalogue->Assign(verdict.topic, d.places);
  d.lead_unit = assignment.lead;
  d.helper_units = assignment.helpers;
  d.catalogue_entry = assignment.entry;
  d.timetable = knowledge.timetable;
  d.form = PlanForm(m, verdict, d.places, knowledge.book, policy.ask);
  if (d.form.hold) d.lead_unit.clear();  // it is dispatched when the answers are there
  const auto asking = AskingWords(d.form, knowledge.book, verdict.topic, policy.ask);
  const auto facts = FactsForUnit(knowledge.book, verdict.topic, d.form.facts, m.anonymous || m.confidential);
  d.outbox = [m, verdict, assignment, policy, catalogue = knowledge.catalogue, rules = knowledge.rules, facts, asking,
              hold = d.form.hold](Bucket bucket, const std::string& request, const std::string& number) {
    std::vector<OutboxDraft> drafts;
    if (bucket != Bucket::kOrder) return drafts;
    if (!hold) drafts = DispatchDrafts(m, verdict, assignment, *catalogue, *rules, number, m.received_at, facts);
    if (!asking.empty() || WantsReceipt(m, policy)) {
      const auto& words = asking.empty() ? policy.texts.order_receipt : asking;
      drafts.push_back(ReplyDraft(m, request, {WithNumber(words, number), "", 0}, policy));
    }
    return drafts;
  };
}

// The text of a rule's reply, or of the article that it names.
std::optional<knowledge::Answer> Resolve(std::string_view reply, const Knowledge& knowledge, Time received) {
  if (knowledge.articles) return knowledge.articles->Resolve(reply, received);
  if (reply.empty() || !ArticleOf(reply).empty()) return std::nullopt;
  return knowledge::Answer{std::string(reply), "", 0};
}

// Small talk and advertising: noted. A greeting is answered where one chats.
void PlanSmallTalk(Decision& d, const TalkSigns& signs, const Knowledge& knowledge, const Policy& policy) {
  d.plan = Bucket::kNoted;
  d.added = nullptr;
  if (!signs.greeting || policy.talks->Find(d.message) == nullptr) return;
  if (const auto answer = Resolve(d.verdict->reply, knowledge, d.message.received_at))
    d.greeting = ReplyDraft(d.message, "", *answer, policy);
}

// How long it waits for further pieces, and whether it may belong to something earlier.
store::HoldPlan HoldOf(const Decision& d, const Policy& policy) {
  const Message& m = d.message;
  store::HoldPlan hold;
  if (const auto* const times = policy.talks->Find(m)) {
    hold.quiet = times->quiet;
    hold.longest = times->longest;
  }
  hold.at_once = d.verdict && CannotWait(*d.verdict);
  const bool may_follow = policy.talks->follow_ups > Millis{0} && m.line != kLetterLine;  // a letter stands for itself
  if (may_follow) hold.follow_since = m.received_at - policy.talks->follow_ups;
  return hold;
}

}  // namespace

OutboxDraft ReplyDraft(const Message& m, const std::string& request_id, const knowledge::Answer& answer,
                       const Policy& policy) {
  Reply reply;
  reply.request_id = request_id;
  reply.channel = m.channel;
  reply.account = m.account;
  reply.to = m.sender;
  reply.text = answer.text;
  reply.facts = m.facts;
  if (!answer.article.empty()) {
    reply.facts["article"] = answer.article;
    reply.facts["article_version"] = std::to_string(answer.version);
  }
  OutboxDraft draft;
  draft.kind = "reply";
  draft.channel = m.channel;
  draft.account = m.account;
  draft.target = m.sender;
  draft.payload = Encode(reply);
  draft.not_before = m.received_at;
  if (!m.Fact("open_call").empty()) draft.prefer_passive_until = m.received_at + policy.passive_hold;
  return draft;
}

bool WantsReceipt(const Message& m, const Policy& policy) {
  return policy.texts.receipts && m.kind != Kind::kCall && m.Fact("auto").empty() && !m.sender.empty();
}

std::string WithNumber(std::string words, const std::string& number) {
  constexpr std::string_view kMark = "{number}";
  if (const auto at = words.find(kMark); at != std::string::npos) words.replace(at, kMark.size(), number);
  return words;
}

void Judge(Decision* d, const Knowledge& knowledge, rules::RuleSet::Scratch& scratch, const Policy& policy) {
  // Of a call the unit hears by its revisions.
  if (d->message.kind != Kind::kCall) {
    d->added = [catalogue = knowledge.catalogue](const Message& words, const orders::Order& order) {
      return AddedDrafts(words, order, *catalogue, words.received_at);
    };
  }
  if (!HasWords(d->message)) {
    d->plan = Bucket::kTriage;
    return;
  }
  d->verdict = knowledge.rules->Classify(rules::InputOf(d->message), scratch);
  if (d->verdict->place) d->places = knowledge.rules->PlaceChain(d->verdict->place->id);
  MarkPrivacy(*d->verdict, &d->message);
  Plan(d, knowledge, policy);
}

void Plan(Decision* d, const Knowledge& knowledge, const Policy& policy) {
  const auto signs = SignsOf(*d->verdict);
  d->form = {};
  // Of letters to the head of the district none is set aside by a rule.
  if (signs.asks_nothing && d->message.line != kLetterLine) {
    PlanSmallTalk(*d, signs, knowledge, policy);
  } else {
    PlanFromVerdict(*d, knowledge, policy);
  }
  d->form.consent = forms::ConsentFrom(d->message.text);
  d->answer = AnswerTo(d->message, *d->verdict, d->places, knowledge.book, policy.ask);
}

void PlanTriage(Decision* d, const Policy& policy) {
  d->plan = Bucket::kTriage;
  d->outbox = [m = d->message, policy](Bucket bucket, const std::string& request, const std::string&) {
    std::vector<OutboxDraft> drafts;
    if (bucket == Bucket::kTriage && WantsReceipt(m, policy)) {
      drafts.push_back(ReplyDraft(m, request, {policy.texts.triage_receipt, "", 0}, policy));
    }
    return drafts;
  };
}

Decision Decide(const stream::Entry& entry, const Knowledge& knowledge, rules::RuleSet::Scratch& scratch,
                const Policy& policy) {
  Decision d;
  d.raw = entry.raw;
  d.raw_blob = entry.blob;
  auto message = entry.version == 1 ? DecodeMessage(entry.message)
                                    : MakeError(ErrorKind::kInvalid, fmt::format("entry version {}", entry.version));
  if (!message) {
    d.message.id = entry.id;
    d.message.channel = "unknown";
    d.message.source_id = entry.id;
    d.message.kind = Kind::kUnreadable;
    d.message.received_at = FromMs(entry.rx_ms);
    return Park(std::move(d), message.error().what, entry.deliveries);
  }
  d.message = std::move(*message);
  const auto& m = d.message;
  if (entry.deliveries > policy.max_deliveries) {
    return Park(std::move(d),
                fmt::format("处理 {} 次均未完成 / work on it was begun {} times and never ended", entry.deliveries - 1,
                            entry.deliveries - 1),
                entry.deliveries);
  }
  if (m.kind == Kind::kUnreadable) return Park(std::move(d), m.Fact("error"), entry.deliveries);
  if (m.kind == Kind::kEvent) {
    d.plan = Bucket::kNoted;
    return d;
  }
  d.attach_request = m.Fact("thread");
  d.attach_order = m.Fact("thread_order");
  d.thread_key = m.Fact("thread_key");
  if (IsCompanion(m)) d.attach_since = m.received_at - policy.attach_window;
  if (m.kind == Kind::kUnsupported && !HasWords(m)) {
    d.plan = Bucket::kNoted;
    return d;
  }
  NoteOpinion(&d, policy);
  Judge(&d, knowledge, scratch, policy);
  d.hold = HoldOf(d, policy);
  return d;
}

std::optional<knowledge::Answer> AnswerOf(const Verdict& verdict, const Knowledge& knowledge, Time received) {
  if (!AnswersAtOnce(verdict)) return std::nullopt;
  const auto resolve = [&](std::string_view reply) { return Resolve(reply, knowledge, received); };
  if (auto answer = resolve(verdict.reply)) return answer;
  for (const Reason& reason : verdict.reasons) {
    if (!reason.topic.empty() && reason.topic != verdict.topic) continue;
    if (auto answer = resolve(knowledge.rules->ReplyOfRule(reason.rule))) return answer;
  }
  const auto* const topic = knowledge.rules->FindTopic(verdict.topic);
  if (topic == nullptr || !topic->out_of_scope) return std::nullopt;
  return resolve(knowledge.rules->ReplyOfTopic(verdict.topic));
}

std::optional<store::ShadowVerdict> JudgeInShadow(const Decision& decision, const Knowledge& knowledge,
                                                  rules::RuleSet::Scratch& scratch) {
  if (!knowledge.shadow || !decision.verdict) return std::nullopt;
  const auto v = knowledge.shadow->Classify(rules::InputOf(decision.message), scratch);
  return store::ShadowVerdict{v.rule_set, v.topic, v.urgency, v.triage, v.confidence};
}

void AddFacts(const UnitFacts& facts, nlohmann::ordered_json* data) {
  for (const auto& f : facts.facts) {
    (*data)["facts"].push_back({{"key", f.key}, {"name", f.name}, {"value", f.value}});
  }
  for (const auto& f : facts.missing) (*data)["missing"].push_back({{"key", f.key}, {"name", f.name}});
}

std::string WordsForUnit(const Message& message, std::string_view words) {
  const bool stays_unknown = message.anonymous || message.confidential;
  return stays_unknown ? forms::MaskPeople(words, forms::NamesIn(message.text)) : text::Redact(words);
}

std::vector<OutboxDraft> UnitDraft(const orders::Catalogue& catalogue, const std::string& unit, std::string_view type,
                                   const nlohmann::ordered_json& data, Time now) {
  const auto* const known = catalogue.FindUnit(unit);
  if (known == nullptr || (known->webhook_url.empty() && known->mail.empty())) return {};
  OutboxDraft draft;
  draft.kind = known->webhook_url.empty() ? "dispatch-mail" : "dispatch-webhook";
  draft.target = unit;
  draft.payload = nlohmann::ordered_json{{"type", type}, {"timestamp", IsoUtc(now)}, {"data", data}}.dump(
      -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  draft.not_before = now;
  return {draft};
}

std::vector<OutboxDraft> AddedDrafts(const Message& words, const orders::Order& order,
                                     const orders::Catalogue& catalogue, Time now) {
  if (order.state != orders::State::kDispatched && order.state != orders::State::kSigned) return {};
  const nlohmann::ordered_json data{{"number", order.number},
                                    {"text", WordsForUnit(words, words.text)},
                                    {"kind", ToWord(words.kind)},
                                    {"received_at", IsoUtc(words.received_at)}};
  return UnitDraft(catalogue, order.lead_unit, "order.added", data, now);
}

std::vector<OutboxDraft> DispatchDrafts(const Message& message, const Verdict& verdict,
                                        const orders::Assignment& assignment, const orders::Catalogue& catalogue,
                                        const rules::RuleSet& rules, const std::string& number, Time now,
                                        const UnitFacts& facts) {
  const auto* const unit = catalogue.FindUnit(assignment.lead);
  if (unit == nullptr || (unit->webhook_url.empty() && unit->mail.empty())) return {};
  const auto* const topic = rules.FindTopic(verdict.topic);
  const auto masked = [&](std::string_view words) { return WordsForUnit(message, words); };
  auto tags = verdict.tags;  // what is small talk or points back says nothing to a unit
  std::erase_if(tags, [](const std::string& tag) { return tag.starts_with("talk."); });
  nlohmann::ordered_json order{{"number", number},
                               {"topic", verdict.topic},
                               {"topic_name", topic == nullptr ? verdict.topic : topic->name},
                               {"urgency", ToWord(verdict.urgency)},
                               {"tags", tags},
                               {"channel", message.channel},
                               {"line", message.line},
                               {"place", verdict.place ? verdict.place->name : ""},
                               {"text", masked(message.text)},
                               {"why", masked(rules::OneLine(verdict, message.text, rules, "zh"))},
                               {"lead_unit", assignment.lead},
                               {"helper_units", assignment.helpers},
                               {"received_at", IsoUtc(message.received_at)}};
  if (verdict.type) order["type"] = ToWord(*verdict.type);
  AddFacts(facts, &order);
  if (message.anonymous) order["anonymous"] = true;
  if (message.confidential) order["confidential"] = true;
  return UnitDraft(catalogue, assignment.lead, "order.dispatched", order, now);
}

}  // namespace minsheng::router
