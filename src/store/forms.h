// SPDX-License-Identifier: Apache-2.0
// FormLog: facts of a request by the fields of its form, questions that wait for a citizen's answer, and services that
// were rendered. Part of the Store; thread-safe, each call is one transaction.
//
// Values are personal data: they are kept in rows of the citizen and nowhere else. What asks and what is asked for are
// keys of fields.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::store {

struct FieldFact {
  std::string key;
  std::string value;
  std::string source;  // "text", "hint", "answer", "person"
  std::string message_id;
  std::uint32_t begin = 0;  // bytes of the message's text that tell it, half-open; 0,0: none
  std::uint32_t end = 0;
  std::string actor;  // of "person"
  Time at{};
  bool current = true;  // in force; a person's value wins over an answer, and that over the text
};

// What is written with a request that opens.
struct FormPlan {
  std::vector<FieldFact> facts;
  std::vector<std::string> asked;  // keys; empty: nobody is asked
  bool hold = false;               // the order is dispatched when they are answered, or when `due` has passed
  Time due{};
  Time until{};             // so long answers are taken as answers
  bool counted = false;     // a service that is counted by its kind
  std::string service_key;  // the field that says which
  bool letter = false;      // to the head of the district: kept in the list of letters
  // Of a message that attaches: the writer of a letter agrees to its being published, or does not.
  std::optional<bool> consent;
};

// A question that has gone out and may still be answered.
struct OpenQuestion {
  std::string request_id;
  std::string conversation_id;
  std::string order_number;
  std::string topic;               // when it was asked
  std::vector<std::string> asked;  // not answered yet, in the order of the questions
  bool hold = false;               // the order waits for it
  bool news = false;               // the order has left, and something came that its unit does not have
  bool unknown = false;            // the citizen cannot say it
  Time asked_at{};
  Time due{};
  Time until{};
};

// What a message says to an open question.
struct FormAnswer {
  bool belongs = false;  // it goes to that request
  bool unknown = false;
  std::vector<FieldFact> facts;
  std::vector<std::string> left;  // keys that are still open
  std::string service_key;
};

struct Privacy {
  bool anonymous = false;     // nobody knows, or may be told, who it is
  bool confidential = false;  // known to the hotline alone
};

// A service of an order: what, by whom, how far. Holds no personal data.
struct ServiceRow {
  std::string order_number;
  std::string request_id;
  std::string topic;
  std::string service;              // id of the choice; empty: not said yet
  std::string provider;             // unit
  std::string state = "requested";  // requested, appointed, completed, confirmed, disputed
  Time created_at{};
  Time appointed_at{};  // when the visit is to be
  Time completed_at{};  // when it was recorded
  Time confirmed_at{};
  std::string completed_by;      // who recorded it: a user
  std::string confirmed_by;      // who asked the citizen
  std::int64_t subsidy_fen = 0;  // hundredths of a yuan
  std::int64_t self_fen = 0;
  bool signed_for = false;
};

struct ServiceCount {
  std::string topic;
  std::string service;
  std::string provider;
  std::int64_t requested = 0;  // all of them
  std::int64_t completed = 0;  // of these: rendered, also confirmed and disputed ones
  std::int64_t confirmed = 0;
  std::int64_t disputed = 0;
  std::int64_t subsidy_fen = 0;
  std::int64_t self_fen = 0;
};

class FormLog {
 public:
  virtual ~FormLog() = default;

  // --- facts ------------------------------------------------------------------------------------
  // Those in force by key, or with `all` every one that ever came, oldest first.
  virtual Result<std::vector<FieldFact>> Facts(const std::string& request_id, bool all) = 0;
  // A person's or an extraction's facts; which win is told by FieldFact::source. The order gets a note with the keys.
  // kNotFound: no such request. kConflict: it is closed.
  virtual Result<void> Fill(const std::string& request_id, const std::vector<FieldFact>& facts,
                            const std::string& service_key, const std::string& by) = 0;

  // --- questions --------------------------------------------------------------------------------
  virtual Result<std::optional<OpenQuestion>> QuestionOf(const std::string& request_id) = 0;
  // Held orders whose time has come or whose answers are there, answers that a unit does not have, questions that are
  // over; the longest due first.
  virtual Result<std::vector<OpenQuestion>> Due(Time now, int limit) = 0;
  // Its order has left, or its unit has heard: not held any more, nothing new, to be looked at again at its end. False
  // when something came meanwhile that `seen` does not know: then it is due again.
  virtual Result<bool> Pass(const OpenQuestion& seen) = 0;
  virtual Result<void> CloseQuestion(const std::string& request_id) = 0;

  // --- privacy ----------------------------------------------------------------------------------
  virtual Result<Privacy> PrivacyOf(const std::string& request_id) = 0;
  // A person may add to what was asked for, or take it back at the citizen's wish. The order gets a note.
  virtual Result<void> SetPrivacy(const std::string& request_id, const Privacy& privacy, const std::string& by) = 0;

  // --- services ---------------------------------------------------------------------------------
  virtual Result<ServiceRow> Service(const std::string& order_number) = 0;
  // Writes the row if its state still is `expected`; kConflict otherwise. The order gets a note.
  virtual Result<void> PutService(const ServiceRow& row, const std::string& expected, const std::string& by,
                                  const std::string& note) = 0;
  // Opened in [from, to), by topic, service and provider.
  virtual Result<std::vector<ServiceCount>> CountServices(Time from, Time to) = 0;
};

}  // namespace minsheng::store
