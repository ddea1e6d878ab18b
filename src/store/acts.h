// SPDX-License-Identifier: Apache-2.0
// What an act on a work order carries into the store. Plain data; Store::Act and Store::OpenExtra take it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/orders/order.h"
#include "src/orders/timetable.h"
#include "src/store/outbox.h"

namespace minsheng::store {

// Words of an act that are for people. They may hold personal data, so they are kept under the citizen.
struct ActText {
  std::string kind;  // "public": goes to the citizen; "internal"; "instruction"
  std::string text;
};

struct OrderText {
  std::string id;
  std::string event_id;
  std::string kind;
  std::string text;
  std::string actor;
  Time at{};
};

// An act on an order, with all that happens together with it.
struct ActPlan {
  orders::Event event;
  // The name of a step that happens at most once to an order ("remind-5d"), whoever tries it; kConflict after that.
  // Empty: as often as the lifecycle allows.
  std::string once = {};
  // Order::version that the person looked at. When the order has moved on, nothing happens: kConflict, whose text says
  // who did what since.
  std::optional<std::int64_t> expected = {};
  std::vector<ActText> texts = {};
  std::vector<orders::Event> more = {};  // further events, after the first
  // Not empty: opens a task for an operator to telephone the lead unit about this step (chase.h).
  std::string phone_step = {};
  // Called inside the transaction with the order as it is after the act.
  std::function<std::vector<OutboxDraft>(const orders::Order&)> outbox = {};
};

// An order without a message of its own: one that stands for an incident, or one that was split off.
struct ExtraOrder {
  std::string split_from;  // number; it shares that order's request
  std::string incident;    // id
  std::string topic;
  std::string type;
  Urgency urgency = Urgency::kNormal;
  std::string line;
  std::string channel;
  std::string lead_unit;  // empty: not dispatched yet
  std::vector<std::string> helper_units;
  std::string catalogue_entry;
  std::shared_ptr<const orders::Timetable> timetable;
  std::string by;
  std::string reason;
  std::function<std::vector<OutboxDraft>(const orders::Order&)> outbox;
};

}  // namespace minsheng::store
