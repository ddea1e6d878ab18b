// SPDX-License-Identifier: Apache-2.0
// The one table of allowed moves of a WorkOrder.
#include <fmt/format.h>

#include "src/orders/order.h"

namespace minsheng::orders {
namespace {

struct StateRow {
  std::string_view word;
  std::string_view chinese;
};

// In the order of State.
constexpr StateRow kStates[] = {
    {"accepted", "已受理"}, {"dispatched", "已派单"}, {"signed", "已签收"},
    {"returned", "已退单"}, {"answered", "已答复"},   {"closed", "已办结"},
};
constexpr int kStateCount = std::size(kStates);

constexpr State kAccepted = State::kAccepted, kDispatched = State::kDispatched, kSigned = State::kSigned,
                kReturned = State::kReturned, kAnswered = State::kAnswered, kClosed = State::kClosed;
constexpr std::optional<State> kNo = std::nullopt;

struct ActRow {
  std::string_view word;
  std::string_view chinese;
  // The state afterwards, by the state before; kNo = not allowed.
  std::optional<State> next[kStateCount];
};

// In the order of Act. Why some moves are as they are:
// - dispatch from answered is a redo (重办); after closing only a new order can follow.
// - the hotline itself may answer what it has not handed out (accepted, returned), and a unit may
//   answer without having signed first: its answer proves that it took the order.
// - an order that lies with a unit cannot be closed over its head: it is answered or returned first.
// - delivery notices may arrive late, so they are taken in every state after the first dispatch.
constexpr ActRow kActs[] = {
    // act                  accepted     dispatched   signed       returned     answered     closed
    {"open", "受理", {kNo, kNo, kNo, kNo, kNo, kNo}},
    {"dispatch", "派单", {kDispatched, kDispatched, kDispatched, kDispatched, kDispatched, kNo}},
    {"deliver", "送达", {kNo, kDispatched, kSigned, kReturned, kAnswered, kClosed}},
    {"sign", "签收", {kNo, kSigned, kNo, kNo, kNo, kNo}},
    {"return", "退单", {kNo, kReturned, kReturned, kNo, kNo, kNo}},
    {"answer", "答复", {kAnswered, kAnswered, kAnswered, kAnswered, kNo, kNo}},
    {"close", "办结", {kClosed, kNo, kNo, kClosed, kClosed, kNo}},
    {"attach", "并入来件", {kAccepted, kDispatched, kSigned, kReturned, kAnswered, kClosed}},
    {"correct", "更正研判", {kAccepted, kDispatched, kSigned, kReturned, kAnswered, kNo}},
    {"note", "备注", {kAccepted, kDispatched, kSigned, kReturned, kAnswered, kClosed}},
};

std::string AllowedActs(State state) {
  std::string out;
  for (const ActRow& row : kActs) {
    if (row.next[static_cast<int>(state)])
      fmt::format_to(std::back_inserter(out), "{}{}", out.empty() ? "" : ", ", row.word);
  }
  return out;
}

template <class Enum, class Row, std::size_t N>
std::optional<Enum> FromWord(const Row (&rows)[N], std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (rows[i].word == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToWord(State s) { return kStates[static_cast<int>(s)].word; }
std::string_view ToWord(Act a) { return kActs[static_cast<int>(a)].word; }
std::string_view ToChinese(State s) { return kStates[static_cast<int>(s)].chinese; }
std::string_view ToChinese(Act a) { return kActs[static_cast<int>(a)].chinese; }
std::optional<State> StateFromWord(std::string_view word) { return FromWord<State>(kStates, word); }
std::optional<Act> ActFromWord(std::string_view word) { return FromWord<Act>(kActs, word); }

Result<State> Next(std::optional<State> state, Act act) {
  if (!state) {
    if (act == Act::kOpen) return State::kAccepted;
    return MakeError(ErrorKind::kConflict, fmt::format("工单尚未受理，不能“{}”，只能“受理”。 A work order begins with "
                                                       "open, not with {}.",
                                                       ToChinese(act), ToWord(act)));
  }
  if (const auto next = kActs[static_cast<int>(act)].next[static_cast<int>(*state)]) return *next;
  return MakeError(ErrorKind::kConflict,
                   fmt::format("工单{}，不能“{}”。 The work order is {}, {} is not possible now; possible: {}.",
                               ToChinese(*state), ToChinese(act), ToWord(*state), ToWord(act), AllowedActs(*state)));
}

Result<State> Fold(const std::vector<Event>& events) {
  std::optional<State> state;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto next = Next(state, events[i].act);
    if (!next) {
      return MakeError(ErrorKind::kInternal, fmt::format("event {} ({}) of the timeline is not allowed: {}", i,
                                                         events[i].id, next.error().what));
    }
    state = *next;
  }
  if (!state) return MakeError(ErrorKind::kInternal, "a work order without events");
  return *state;
}

}  // namespace minsheng::orders
