// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "src/orders/order.h"

namespace minsheng::orders {
namespace {

std::vector<Event> Timeline(std::initializer_list<Act> acts) {
  std::vector<Event> events;
  for (const Act act : acts) {
    Event event;
    event.id = "e" + std::to_string(events.size());
    event.act = act;
    events.push_back(event);
  }
  return events;
}

TEST(Lifecycle, EveryWordIsReadBackAsItself) {
  for (int i = 0; i <= static_cast<int>(State::kClosed); ++i) {
    const State s = static_cast<State>(i);
    EXPECT_EQ(StateFromWord(ToWord(s)), s);
    EXPECT_FALSE(ToChinese(s).empty());
  }
  for (int i = 0; i <= static_cast<int>(Act::kNote); ++i) {
    const Act a = static_cast<Act>(i);
    EXPECT_EQ(ActFromWord(ToWord(a)), a);
    EXPECT_FALSE(ToChinese(a).empty());
  }
  EXPECT_FALSE(StateFromWord("Closed"));
  EXPECT_FALSE(ActFromWord(""));
}

TEST(Lifecycle, TheStraightWayLeadsFromOpenToClosed) {
  const auto folded =
      Fold(Timeline({Act::kOpen, Act::kDispatch, Act::kDeliver, Act::kSign, Act::kAnswer, Act::kClose}));
  EXPECT_EQ(folded.value(), State::kClosed);
}

TEST(Lifecycle, AReturnedOrderIsDispatchedAgainAndAnAnsweredOneCanBeRedone) {
  EXPECT_EQ(Fold(Timeline({Act::kOpen, Act::kDispatch, Act::kReturn, Act::kDispatch})).value(), State::kDispatched);
  EXPECT_EQ(Fold(Timeline({Act::kOpen, Act::kDispatch, Act::kAnswer, Act::kDispatch})).value(), State::kDispatched);
}

TEST(Lifecycle, ARefusedMoveNamesTheStateAndTheActsThatArePossible) {
  const auto next = Next(State::kSigned, Act::kClose);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::kConflict);
  EXPECT_NE(next.error().what.find("已签收"), std::string::npos);
  EXPECT_NE(next.error().what.find("possible: dispatch, deliver, return, answer"), std::string::npos)
      << next.error().what;
}

TEST(Lifecycle, OnlyOpenStartsALifeAndItHappensOnce) {
  for (int i = 0; i <= static_cast<int>(Act::kNote); ++i) {
    const Act act = static_cast<Act>(i);
    EXPECT_EQ(static_cast<bool>(Next(std::nullopt, act)), act == Act::kOpen) << ToWord(act);
  }
  for (int i = 0; i <= static_cast<int>(State::kClosed); ++i) {
    EXPECT_FALSE(Next(static_cast<State>(i), Act::kOpen));
  }
}

TEST(Lifecycle, AClosedOrderOnlyTakesWhatDoesNotChangeIt) {
  for (int i = 0; i <= static_cast<int>(Act::kNote); ++i) {
    const Act act = static_cast<Act>(i);
    const auto next = Next(State::kClosed, act);
    const bool quiet = act == Act::kAttach || act == Act::kNote || act == Act::kDeliver;
    EXPECT_EQ(static_cast<bool>(next), quiet) << ToWord(act);
    EXPECT_EQ(next.value_or(State::kClosed), State::kClosed);
  }
}

TEST(Lifecycle, ABrokenTimelineIsABugThatNamesItsEvent) {
  const auto folded = Fold(Timeline({Act::kOpen, Act::kSign}));
  ASSERT_FALSE(folded);
  EXPECT_EQ(folded.error().kind, ErrorKind::kInternal);
  EXPECT_NE(folded.error().what.find("event 1 (e1)"), std::string::npos);
  EXPECT_EQ(Fold({}).error().kind, ErrorKind::kInternal);
}

}  // namespace
}  // namespace minsheng::orders
