// SPDX-License-Identifier: Apache-2.0
// What becomes of one stream entry: classify, choose the bucket, the unit and what has to be sent.
// Pure: no I/O; the time comes in with the Message.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "src/knowledge/article_book.h"
#include "src/orders/catalogue.h"
#include "src/router/form_plan.h"
#include "src/rules/rule_set.h"
#include "src/store/store.h"
#include "src/stream/stream.h"

namespace minsheng::router {

// Texts that the system writes by itself. "{number}" is replaced by the order's number.
struct Texts {
  bool receipts = true;  // tell the citizen that the request arrived
  std::string order_receipt = "您反映的问题已受理，工单号 {number}。我们会尽快交由承办单位处理并向您答复。";
  std::string call_back_thanks = "感谢您的评价。";
  std::string triage_receipt = "您反映的问题已收到，工作人员正在核实，会尽快与您联系。";
  std::string follow_up_receipt = "您补充的内容已并入工单 {number}，会一并处理。";
  std::string question = "您说的是哪一件？{choices}。请回复数字。";  // {choices}: "1 路灯 2 新问题"
};

// How a citizen's messages on one account wait for each other.
struct SettleTimes {
  Millis quiet{60'000};     // judged when no further one came for so long; 0: each at once
  Millis longest{300'000};  // and at the latest so long after the first
};

// What makes a conversation of messages (docs/conversations.md).
struct Talks {
  std::map<std::string, SettleTimes, std::less<>> chats;  // "channel/account" of those that answer in chat
  Millis follow_ups{0};              // how long an open request takes what belongs to it; 0: never looked for
  Millis answer_limit{30 * 60'000};  // how long a citizen may take to say which request is meant

  const SettleTimes* Find(const Message& m) const {
    const auto at = chats.find(m.channel + "/" + m.account);
    return at == chats.end() ? nullptr : &at->second;
  }
};

struct Policy {
  Texts texts;
  int max_deliveries = 5;                // an entry whose work was begun more often is parked
  Millis attach_window{24 * 3'600'000};  // a picture without words belongs to a request this young
  Millis passive_hold{3'000};
  AskPolicy ask;
  std::shared_ptr<const Talks> talks = std::make_shared<Talks>();
};

// Everything that a decision depends on besides the entry.
struct Knowledge {
  std::shared_ptr<const rules::RuleSet> rules;  // null: the version in force cannot be used, nothing may be decided
  std::shared_ptr<const orders::Catalogue> catalogue;
  std::shared_ptr<const rules::RuleSet> shadow = nullptr;            // null: none; judges along, without effect
  std::shared_ptr<const orders::Timetable> timetable = nullptr;      // null: orders have no due times
  std::shared_ptr<const knowledge::ArticleBook> articles = nullptr;  // null: no article answers anything
  FormBook book = {};                                                // what matters of a topic need
};

// What a decided Verdict answers at once; nullopt: nothing, and it goes the way of an order. An article that is
// not published, or not valid when the message came, is as if its rule had no reply: the next strongest rule
// with a reply answers, or the standard answer of a topic out of scope.
std::optional<knowledge::Answer> AnswerOf(const Verdict& verdict, const Knowledge& knowledge, Time received);

store::Decision Decide(const stream::Entry& entry, const Knowledge& knowledge, rules::RuleSet::Scratch& scratch,
                       const Policy& policy);

// The same for a Request whose words are known: `d->message` is the whole of it (WholeOf). Fills verdict, places, plan,
// unit and what has to be sent; nothing waits for anything.
void Judge(store::Decision* d, const Knowledge& knowledge, rules::RuleSet::Scratch& scratch, const Policy& policy);

// Bucket, unit and what has to be sent, once the verdict is known.
void Plan(store::Decision* d, const Knowledge& knowledge, const Policy& policy);
// For a person to decide, whatever the verdict says.
void PlanTriage(store::Decision* d, const Policy& policy);

// A text of ours to who sent `m`, as an outbox row.
store::OutboxDraft ReplyDraft(const Message& m, const std::string& request_id, const knowledge::Answer& answer,
                              const Policy& policy);
// Nobody on the telephone or behind an automatic mail waits for a receipt.
bool WantsReceipt(const Message& m, const Policy& policy);
// `words` with {number} replaced.
std::string WithNumber(std::string words, const std::string& number);

// What the version in shadow says of a decided entry; nullopt without shadow or verdict.
std::optional<store::ShadowVerdict> JudgeInShadow(const store::Decision& decision, const Knowledge& knowledge,
                                                  rules::RuleSet::Scratch& scratch);

// "facts" and "missing" of an order or a notice to its unit.
void AddFacts(const UnitFacts& facts, nlohmann::ordered_json* data);

// A citizen's words as a unit may read them: personal numbers masked, and names of who wants to stay unknown.
std::string WordsForUnit(const Message& message, std::string_view words);
// {"type": type, "timestamp": now, "data": data} to a unit, by its webhook or mail; none when it has no address.
std::vector<store::OutboxDraft> UnitDraft(const orders::Catalogue& catalogue, const std::string& unit,
                                          std::string_view type, const nlohmann::ordered_json& data, Time now);
// "order.added": what the lead unit of an order hears when further words are attached to it; none unless it works on
// it now.
std::vector<store::OutboxDraft> AddedDrafts(const Message& words, const orders::Order& order,
                                            const orders::Catalogue& catalogue, Time now);

// What the lead unit gets for an order, as the drafts of its way there: none when it has no address.
// `text` is masked in it; contact data is never part of it (design 11.9). Of a citizen who wants to stay unknown names
// are masked, too.
std::vector<store::OutboxDraft> DispatchDrafts(const Message& message, const Verdict& verdict,
                                               const orders::Assignment& assignment, const orders::Catalogue& catalogue,
                                               const rules::RuleSet& rules, const std::string& number, Time now,
                                               const UnitFacts& facts = {});

}  // namespace minsheng::router
