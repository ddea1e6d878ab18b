// SPDX-License-Identifier: Apache-2.0
// A corrected transcript of a call: judged anew, without repeating what was done.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

// Until then the unit has not begun.
bool NobodyHasSigned(orders::State state) {
  return state == orders::State::kAccepted || state == orders::State::kDispatched || state == orders::State::kReturned;
}

class Revision {
 public:
  Revision(Connection& c, const Decision& d, Outcome* outcome, Time now) : c_(c), d_(d), out_(*outcome), now_(now) {}

  Result<void> Run() {
    auto request = ReadRequest(c_, out_.request_id);
    if (!request) return Fail(request.error());
    ChangedForSearch(c_, out_.request_id);
    if (d_.verdict) TakeWords(*request);
    if (request->state == "triage" && d_.verdict && d_.plan == Bucket::kOrder && request->corrected_topic.empty()) {
      return OpenFromTriage();
    }
    auto order = ReadOrder(c_, "request_id", out_.request_id);
    if (!order) {
      if (order.error().kind == ErrorKind::kNotFound) return {};
      return Fail(order.error());
    }
    out_.order_number = order->number;
    if (auto done = AttachEvents(c_, &*order, {d_.message.id}, "revised", "system", now_); !done) return done;
    if (!d_.verdict || order->state == orders::State::kClosed) return {};
    return Follow(&*order, *request);
  }

 private:
  // The last transcript is what the verdict is about.
  void TakeWords(const RequestRow& request) {
    c_.Prepared("UPDATE message SET judged = 0 WHERE request_id = :r").Run(request.id);
    c_.Prepared("UPDATE message SET judged = 1 WHERE id = :i").Run(d_.message.id);
    c_.Prepared("UPDATE request SET verdict = :j, rule_set = :n WHERE id = :i")
        .Run(Encode(*d_.verdict), d_.verdict->rule_set, request.id);
    // A person's word on the topic stands.
    if (request.corrected_topic.empty())
      c_.Prepared("UPDATE request SET topic = :t WHERE id = :i").Run(d_.verdict->topic, request.id);
  }

  Result<void> OpenFromTriage() {
    c_.Prepared("UPDATE request SET state = 'order', candidates = '' WHERE id = :i").Run(out_.request_id);
    c_.Prepared("UPDATE message SET bucket = 'order' WHERE request_id = :i AND bucket = 'triage'").Run(out_.request_id);
    auto number = OpenPlanned(c_, d_, out_.request_id, now_);
    if (!number) return Fail(number.error());
    out_.order_number = *number;
    auto order = ReadOrder(c_, "number", *number);
    if (!order) return Fail(order.error());
    if (auto done = AttachEvents(c_, &*order, {d_.message.id}, "revised", "system", now_); !done) return done;
    TellUnit(*number);
    return {};
  }

  Result<void> Dispatch(orders::Order* order) {
    const HandOver to{d_.lead_unit, d_.helper_units, d_.catalogue_entry, d_.timetable.get()};
    if (auto done = DispatchOrder(c_, order, to, "system", now_); !done) return done;
    TellUnit(order->number);
    return {};
  }

  // The unit alone: the citizen was told once.
  void TellUnit(const std::string& number) {
    if (!d_.outbox || c_.error()) return;
    auto drafts = d_.outbox(Bucket::kOrder, out_.request_id, number);
    std::erase_if(drafts, [](const OutboxDraft& draft) { return draft.kind == "reply"; });
    Query& q = c_.Prepared("SELECT citizen_id FROM request WHERE id = :i", "t");
    const std::string citizen = q.First(out_.request_id) ? q.Text(0) : std::string();
    out_.outbox_ids = AddOutbox(c_, drafts, citizen, d_.message.id, out_.request_id, number, now_);
  }

  // What the new verdict changes about an open order.
  Result<void> Follow(orders::Order* order, const RequestRow& request) {
    const Verdict& v = *d_.verdict;
    const bool person = !request.corrected_topic.empty();
    const bool clear = d_.plan == Bucket::kOrder;
    const bool other_topic = clear && !person && v.topic != order->topic;
    const bool other_urgency = v.urgency != order->urgency;
    if (order->state == orders::State::kMerged) {
      return other_topic || other_urgency ? Note(order, "已并案，请人工核对 it is merged: a person must look")
                                          : Result<void>{};
    }
    if (!other_topic && !other_urgency) {
      return clear || person ? Result<void>{} : Note(order, "研判已无把握 the verdict is no longer certain");
    }
    const bool free = NobodyHasSigned(order->state);
    // Whoever works on it keeps it; but an alarm must not wait for a person.
    const bool raise = v.urgency > order->urgency;
    if (!free && !raise) return Note(order, "已有单位签收，请人工核对 a unit has signed: a person must look");
    if (auto done = Correct(order, other_topic && free ? v.topic : order->topic, v.urgency); !done) return done;
    if (!free) {
      return other_topic ? Note(order, "已有单位签收，事项未改 a unit has signed: the topic was left") : Result<void>{};
    }
    if (!other_topic || d_.lead_unit.empty() || d_.lead_unit == order->lead_unit) return {};
    return Dispatch(order);
  }

  Result<void> Correct(orders::Order* order, const std::string& topic, Urgency urgency) {
    orders::Event event{"", orders::Act::kCorrect, "system", "转写修订 revised transcript", "", now_};
    event.data = nlohmann::json{{"from", order->topic},
                                {"to", topic},
                                {"urgency_from", ToWord(order->urgency)},
                                {"urgency", ToWord(urgency)},
                                {"message", d_.message.id}}
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return AppendEvent(c_, order, event, now_);
  }

  Result<void> Note(orders::Order* order, const std::string& words) {
    orders::Event event{"",  orders::Act::kNote, "system", "转写修订后 after the revised transcript: " + words, "",
                        now_};
    event.data = nlohmann::json{{"message", d_.message.id},
                                {"topic", d_.verdict->topic},
                                {"urgency", ToWord(d_.verdict->urgency)},
                                {"unit", d_.lead_unit}}
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return AppendEvent(c_, order, event, now_);
  }

  Connection& c_;
  const Decision& d_;
  Outcome& out_;
  const Time now_;
};

}  // namespace

Result<void> Revise(Connection& c, const Decision& d, Outcome* outcome, Time now) {
  return Revision(c, d, outcome, now).Run();
}

}  // namespace minsheng::store
