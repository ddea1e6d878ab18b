// SPDX-License-Identifier: Apache-2.0
#include "src/orders/lifecycle.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "src/orders/codes.h"
#include "src/orders/fold.h"

namespace minsheng::orders {
namespace {

constexpr Time kMonday = Time(std::chrono::milliseconds(1'439'168'400'000));  // 2015-08-10 09:00 in Asia/Shanghai

Event Made(Act act, const std::string& data = "", const std::string& actor = "li") {
  return {"e-" + std::string(ToWord(act)), act, actor, "", data, kMonday};
}

Event Opened() { return Made(Act::kOpen, R"({"topic":"urban.greening","urgency":"normal","channel":"wechat"})"); }
Event Dispatched(const std::string& unit) {
  return Made(Act::kDispatch, R"({"unit":")" + unit + R"(","helpers":["town"],"entry":"urban@*"})");
}

std::vector<Event> Timeline(std::initializer_list<Act> acts) {
  std::vector<Event> events;
  for (const Act act : acts) events.push_back(Made(act));
  return events;
}

Order After(std::vector<Event> events) {
  Order order;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto done = Apply(&order, events[i], i == 0);
    EXPECT_TRUE(done) << done.error().what;
  }
  order.number = "20150810-00001";
  return order;
}

TEST(Lifecycle, EveryWordIsReadBackAsItself) {
  std::set<std::string_view> words;
  for (int i = 0; i < kStates; ++i) {
    const State s = static_cast<State>(i);
    EXPECT_EQ(StateFromWord(ToWord(s)), s);
    EXPECT_FALSE(ToChinese(s).empty());
  }
  for (int i = 0; i < kActs; ++i) {
    const Act a = static_cast<Act>(i);
    EXPECT_EQ(ActFromWord(ToWord(a)), a);
    EXPECT_FALSE(ToChinese(a).empty());
    EXPECT_TRUE(words.insert(ToWord(a)).second) << ToWord(a);
    EXPECT_NE(MayMake(a), 0U) << "somebody must be able to " << ToWord(a);
  }
  EXPECT_FALSE(StateFromWord("Closed"));
  EXPECT_FALSE(ActFromWord(""));
}

TEST(Lifecycle, TheStraightWayLeadsFromOpenToClosed) {
  const auto folded = Fold(Timeline({Act::kOpen, Act::kDispatch, Act::kDeliver, Act::kView, Act::kSign, Act::kContact,
                                     Act::kAnswer, Act::kCheck, Act::kCallBack, Act::kClose}));
  EXPECT_EQ(folded.value().state, State::kClosed);
}

TEST(Lifecycle, TheLongWayOverReturnObjectionAndRulingEndsClosedToo) {
  const auto folded =
      Fold(Timeline({Act::kOpen,     Act::kDispatch, Act::kReturn,   Act::kRefuse,  Act::kObject,   Act::kRule,
                     Act::kSign,     Act::kAskTime,  Act::kExtend,   Act::kAnswer,  Act::kSendBack, Act::kAnswer,
                     Act::kCheck,    Act::kRing,     Act::kCallBack, Act::kRedo,    Act::kAnswer,   Act::kCheck,
                     Act::kCallBack, Act::kClose,    Act::kReopen,   Act::kDispatch}));
  ASSERT_TRUE(folded) << folded.error().what;
  EXPECT_EQ(folded->state, State::kDispatched);
  EXPECT_EQ(folded->redos, 1);
  EXPECT_EQ(folded->rings, 1);
  EXPECT_EQ(folded->returns, 1);
  EXPECT_EQ(folded->extensions, 1);
}

TEST(Lifecycle, ARefusedMoveNamesTheStateAndTheActsThatArePossible) {
  const auto next = Next(State::kSigned, Act::kClose);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::kConflict);
  EXPECT_NE(next.error().what.find("已签收"), std::string::npos);
  EXPECT_NE(next.error().what.find("possible: dispatch, deliver, view, contact, return"), std::string::npos)
      << next.error().what;
}

TEST(Lifecycle, OnlyOpenStartsALifeAndItHappensOnce) {
  for (int i = 0; i < kActs; ++i) {
    const Act act = static_cast<Act>(i);
    EXPECT_EQ(static_cast<bool>(Next(std::nullopt, act)), act == Act::kOpen) << ToWord(act);
  }
  for (int i = 0; i < kStates; ++i) EXPECT_FALSE(Next(static_cast<State>(i), Act::kOpen));
}

TEST(Lifecycle, AClosedOrderIsReopenedOrTakesWhatDoesNotChangeIt) {
  for (int i = 0; i < kActs; ++i) {
    const Act act = static_cast<Act>(i);
    const auto next = Next(State::kClosed, act);
    EXPECT_TRUE(!next || act == Act::kReopen || *next == State::kClosed) << ToWord(act);
  }
  EXPECT_EQ(Next(State::kClosed, Act::kReopen).value(), State::kAccepted);
  for (const Act act : {Act::kDispatch, Act::kSign, Act::kAnswer, Act::kCorrect, Act::kRedo, Act::kRemind})
    EXPECT_FALSE(Next(State::kClosed, act)) << ToWord(act);
}

TEST(Lifecycle, EveryStateCanBeLeftAndReachedFromOpen) {
  std::set<State> reached{State::kAccepted};
  for (bool grown = true; grown;) {
    grown = false;
    for (const State from : std::set<State>(reached)) {
      bool left = false;
      for (int i = 0; i < kActs; ++i) {
        const auto next = Next(from, static_cast<Act>(i));
        left = left || (next && *next != from) || static_cast<Act>(i) == Act::kUnmerge;
        if (next) grown = reached.insert(*next).second || grown;
      }
      EXPECT_TRUE(left) << ToWord(from);
    }
  }
  EXPECT_EQ(reached.size(), static_cast<std::size_t>(kStates));
}

TEST(Lifecycle, ABrokenTimelineIsABugThatNamesItsEvent) {
  const auto folded = Fold(Timeline({Act::kOpen, Act::kSign}));
  ASSERT_FALSE(folded);
  EXPECT_EQ(folded.error().kind, ErrorKind::kInternal);
  EXPECT_NE(folded.error().what.find("event 1 (e-sign)"), std::string::npos);
  EXPECT_EQ(Fold({}).error().kind, ErrorKind::kInternal);
}

TEST(Lifecycle, AnUndoneMergeLeadsBackToWhereTheOrderWas) {
  for (const auto& before : {Timeline({Act::kOpen}), Timeline({Act::kOpen, Act::kDispatch, Act::kSign}),
                             Timeline({Act::kOpen, Act::kDispatch, Act::kAnswer, Act::kCheck})}) {
    const auto state = Fold(before).value().state;
    auto merged = before;
    merged.push_back(Made(Act::kMerge, R"({"parent":"20150810-00009"})"));
    EXPECT_EQ(Fold(merged).value().state, State::kMerged);
    EXPECT_EQ(Fold(merged).value().parent, "20150810-00009");
    merged.push_back(Made(Act::kUnmerge));
    EXPECT_EQ(Fold(merged).value().state, state);
    EXPECT_EQ(Fold(merged).value().parent, "");
  }
}

TEST(Fold, AHandOverStartsTheClocksAnewAndCountsTheHops) {
  auto order = After({Opened(), Dispatched("greening"), Made(Act::kSign), Dispatched("roads"), Dispatched("roads")});
  EXPECT_EQ(order.lead_unit, "roads");
  EXPECT_EQ(order.helper_units, std::vector<std::string>{"town"});
  EXPECT_EQ(order.hops, 2);
  EXPECT_EQ(order.signed_at, Time{});
  EXPECT_EQ(order.viewed_at, Time{});
}

TEST(Fold, AnAnswerAtItsLimitIsLateAndStaysLate) {
  const auto at = [](std::int64_t ms) { return FromMs(ms); };
  auto dispatch = Made(Act::kDispatch, R"({"unit":"roads","due":{"answer":1000,"yellow":800,"red":1000}})");
  auto answer = Made(Act::kAnswer);
  answer.at = at(999);
  EXPECT_FALSE(After({Opened(), dispatch, answer}).late);
  answer.at = at(1000);
  EXPECT_TRUE(After({Opened(), dispatch, answer}).late);
  auto second = answer;
  second.at = at(1001);
  auto redo = Made(Act::kRedo, R"({"due":{"answer":5000}})");
  EXPECT_TRUE(After({Opened(), dispatch, answer, redo, second}).late);
}

TEST(Fold, OnlyALookOfTheLeadUnitCountsAsViewed) {
  EXPECT_EQ(After({Opened(), Dispatched("greening"), Made(Act::kView, "", "unit:town")}).viewed_at, Time{});
  EXPECT_EQ(After({Opened(), Dispatched("greening"), Made(Act::kView, "", "li")}).viewed_at, Time{});
  EXPECT_EQ(After({Opened(), Dispatched("greening"), Made(Act::kView, "", "unit:greenings")}).viewed_at, Time{});
  EXPECT_EQ(After({Opened(), Dispatched("greening"), Made(Act::kView, "", "unit:greening/wu")}).viewed_at, kMonday);
}

TEST(Fold, AnAnswerOfTheDeskIsDirectAndAUnitsIsNot) {
  EXPECT_TRUE(After({Opened(), Made(Act::kAnswer)}).direct);
  EXPECT_FALSE(After({Opened(), Dispatched("greening"), Made(Act::kReturn), Made(Act::kAnswer)}).direct);
}

TEST(MayAdd, AUnitActsOnItsOwnOrdersOnly) {
  const auto order = After({Opened(), Dispatched("greening")});
  EXPECT_TRUE(MayAdd(order, Made(Act::kSign, "", "unit:greening")));
  EXPECT_EQ(MayAdd(order, Made(Act::kSign, "", "unit:roads")).error().kind, ErrorKind::kDenied);
  EXPECT_EQ(MayAdd(order, Made(Act::kSign, "", "unit:town")).error().kind, ErrorKind::kDenied);
  EXPECT_TRUE(MayAdd(order, Made(Act::kHelp, "", "unit:town/wu")));
  EXPECT_TRUE(MayAdd(order, Made(Act::kView, "", "unit:town")));
}

TEST(MayAdd, ARoleThatTheTableDoesNotNameIsDenied) {
  const auto order = After({Opened(), Dispatched("greening"), Made(Act::kReturn, R"({"code":"not-ours"})")});
  EXPECT_EQ(MayAdd(order, Made(Act::kRule, R"({"unit":"roads"})", "li")).error().kind, ErrorKind::kDenied);
  EXPECT_TRUE(MayAdd(order, Made(Act::kRule, R"({"unit":"roads"})", "supervisor:wang")));
  EXPECT_EQ(MayAdd(order, Made(Act::kClose, "", "auditor:zhao")).error().kind, ErrorKind::kDenied);
  EXPECT_EQ(MayAdd(order, Made(Act::kNote, "", "nobody:x")).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(MayAdd(order, Made(Act::kNote, "", "")).error().kind, ErrorKind::kInvalid);
}

TEST(MayAdd, AnActCarriesItsFactsAndKnownCodes) {
  const auto order = After({Opened(), Dispatched("greening")});
  const auto missing = MayAdd(order, Made(Act::kReturn, "", "unit:greening"));
  EXPECT_EQ(missing.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(missing.error().what.find("code"), std::string::npos);
  const auto unknown = MayAdd(order, Made(Act::kReturn, R"({"code":"lazy"})", "unit:greening"));
  EXPECT_NE(unknown.error().what.find("not-ours"), std::string::npos) << "the possible codes are named";
  EXPECT_TRUE(MayAdd(order, Made(Act::kReturn, R"({"code":"not-ours"})", "unit:greening")));
  EXPECT_EQ(MayAdd(order, Made(Act::kNote, "[]")).error().kind, ErrorKind::kInvalid);
}

TEST(MayAdd, AfterARefusedReturnOnlyAnObjectionIsLeftAndAfterARulingNeither) {
  const std::string code = R"({"code":"not-ours"})";
  auto order = After({Opened(), Dispatched("greening"), Made(Act::kReturn, code), Made(Act::kRefuse)});
  EXPECT_EQ(MayAdd(order, Made(Act::kReturn, code, "unit:greening")).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(MayAdd(order, Made(Act::kObject, code, "unit:greening")));
  ASSERT_TRUE(Apply(&order, Made(Act::kObject, code), false));
  ASSERT_TRUE(Apply(&order, Made(Act::kRule, R"({"unit":"greening"})"), false));
  EXPECT_EQ(MayAdd(order, Made(Act::kReturn, code, "unit:greening")).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(MayAdd(order, Made(Act::kObject, code, "unit:greening")).error().kind, ErrorKind::kConflict);
}

TEST(MayAdd, AnOrderIsGivenBackALimitedNumberOfTimes) {
  const std::string code = R"({"code":"not-ours"})";
  auto order = After({Opened(), Dispatched("u0")});
  for (int i = 0; i < kMostReturns; ++i) {
    const auto unit = "unit:u" + std::to_string(i);
    ASSERT_TRUE(MayAdd(order, Made(Act::kReturn, code, unit)));
    ASSERT_TRUE(Apply(&order, Made(Act::kReturn, code), false));
    ASSERT_TRUE(Apply(&order, Dispatched("u" + std::to_string(i + 1)), false));
  }
  EXPECT_EQ(MayAdd(order, Made(Act::kReturn, code, "unit:u3")).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(MayAdd(order, Made(Act::kObject, code, "unit:u3")));
}

TEST(Actors, AreReadFromTheirTexts) {
  EXPECT_EQ(ParseActor("li").value().role, Role::kOperator);
  EXPECT_EQ(ParseActor("supervisor:wang").value().role, Role::kSupervisor);
  EXPECT_EQ(ParseActor("unit:roads").value().unit, "roads");
  EXPECT_EQ(ParseActor("unit:roads/wu").value().name, "wu");
  EXPECT_EQ(ParseActor("system").value().role, Role::kSystem);
  for (const auto* bad :
       {"", " ", "unit:", "unit:/x", "unit:a/", "boss:x", "system:x", "citizen:x", "a b", "unit_staff:x"})
    EXPECT_FALSE(ParseActor(bad)) << bad;
}

}  // namespace
}  // namespace minsheng::orders
