// SPDX-License-Identifier: Apache-2.0
// The one table of allowed moves of a WorkOrder.
#include "src/orders/lifecycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/orders/codes.h"

namespace minsheng::orders {
namespace {

struct StateRow {
  std::string_view word;
  std::string_view chinese;
};

// In the order of State.
constexpr StateRow kStateRows[] = {
    {"accepted", "已受理"}, {"dispatched", "已派单"}, {"signed", "已签收"},  {"returned", "已退单"},
    {"objected", "有异议"}, {"answered", "已答复"},   {"checked", "已审核"}, {"called-back", "已回访"},
    {"closed", "已办结"},   {"merged", "已并案"},
};
static_assert(std::size(kStateRows) == kStates);

// Who: the program, Citizen, Operator, Unit staff, superVisor, Leader. Supervisors may do what operators may.
constexpr Roles S = Bit(Role::kSystem), C = Bit(Role::kCitizen), O = Bit(Role::kOperator) | Bit(Role::kSupervisor),
                U = Bit(Role::kUnitStaff), V = Bit(Role::kSupervisor), L = Bit(Role::kLeader);

struct ActRow {
  std::string_view word;
  std::string_view chinese;
  Roles who;
  // One letter for each state before, in the order of State: the letter of the state afterwards, '=' for no change,
  // '.' for not allowed.
  std::string_view moves;
  std::string_view facts;  // those that it must carry, with blanks between
};

// Letters of the states, in their order.
constexpr std::string_view kLetters = "adsroikbcm";

// In the order of Act. Why some moves are as they are:
// - an order that lies with a unit cannot be closed over its head: it is answered, returned or dispatched away first.
// - the desk answers what it has not handed out (accepted, returned); a unit may answer without having signed: its
//   answer proves that it took the order. An operator may sign and answer for a unit that works by telephone.
// - after an answer nothing is dispatched: it is redone (重办), so that the figures count it.
// - delivery notices may arrive late, so they are taken in every state after the first dispatch.
// - a merged order rests: what happens, happens to its parent. Its citizen is called back, and it closes, with it.
constexpr ActRow kActRows[] = {
    //                                                adsroikbcm
    {"open", "受理", S | O, "..........", "topic"},
    {"dispatch", "派单", S | O, "dddd......", "unit"},
    {"deliver", "送达", S, ".=========", ""},
    {"view", "查看", U | O, ".========.", ""},
    {"sign", "签收", U | O, ".s........", ""},
    {"contact", "联系诉求人", U | O, ".=======..", ""},
    {"return", "退单", U | O, ".rr.......", "code"},
    {"refuse", "不同意退单", O, "...d......", ""},
    {"object", "提出异议", U, ".oo.......", "code"},
    {"rule", "裁定", V, ".ddddd....", "unit"},
    {"add-helper", "增加协办", O | U, ".==.......", "unit"},
    {"help", "协办完成", U | O, ".======...", ""},
    {"ask-time", "申请延期", U | O, ".==.......", "by"},
    {"extend", "延期", S | O, ".==.......", "by due"},
    {"deny-time", "不同意延期", O, ".==.......", ""},
    {"answer", "答复", S | U | O, "iiii......", ""},
    {"check", "审核通过", S | O, ".....k....", ""},
    {"send-back", "退回重写", S | O, ".....s....", ""},
    {"ring", "回访未接通", S | O, ".....===..", ""},
    {"call-back", "回访", S | O | C, ".....bbb..", "solved satisfied"},
    {"redo", "重办", S | O, ".....ddd..", ""},
    {"close", "办结", S | O, "c..c.ccc.c", ""},
    {"reopen", "重新受理", S | O | L, "........a.", ""},
    {"merge", "并案", S | O, "mmmmmmmm..", "parent"},
    {"unmerge", "撤销并案", S | O, ".........m", ""},
    {"adopt", "并入子单", S | O, "=========.", "child"},
    {"release", "移出子单", S | O, "==========", "child"},
    {"split", "拆分", S | O, "========..", "order"},
    {"warn", "预警", S, "=======...", "step"},
    {"remind", "催办", S | O, "=======...", "step"},
    {"supervise", "督办", S | V | L, "========..", "cause"},
    {"relieve", "解除督办", V, "==========", ""},
    {"flag", "标记", S | O, "==========", "flag"},
    {"false-alarm", "误报", O | L, "==========", ""},
    {"reckon", "重算时限", S | O, "=======...", "due"},
    {"attach", "并入来件", S | O, "==========", "message"},
    {"correct", "更正研判", S | O, "========..", "from to"},
    {"note", "备注", S | C | O | U | L, "==========", ""},
};
static_assert(std::size(kActRows) == kActs);

const ActRow& RowOf(Act act) { return kActRows[static_cast<int>(act)]; }

std::optional<State> NextIn(State state, Act act) {
  const char letter = RowOf(act).moves[static_cast<std::size_t>(state)];
  if (letter == '.') return std::nullopt;
  if (letter == '=') return state;
  return static_cast<State>(kLetters.find(letter));
}

std::string AllowedActs(State state) {
  std::string out;
  for (int i = 0; i < kActs; ++i) {
    const auto act = static_cast<Act>(i);
    if (NextIn(state, act)) fmt::format_to(std::back_inserter(out), "{}{}", out.empty() ? "" : ", ", ToWord(act));
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

// Of unit staff: acts that a helper unit may make too.
bool HelperMayMake(Act act) {
  return act == Act::kView || act == Act::kHelp || act == Act::kContact || act == Act::kNote;
}

Result<void> CheckActor(const Order& order, const Event& event) {
  const auto actor = ParseActor(event.actor);
  if (!actor) return Fail(actor.error());
  if ((MayMake(event.act) & Bit(actor->role)) == 0) {
    return MakeError(ErrorKind::kDenied, fmt::format("{}不能“{}” / a {} may not {}", ToChinese(actor->role),
                                                     ToChinese(event.act), ToWord(actor->role), ToWord(event.act)));
  }
  if (actor->role != Role::kUnitStaff || actor->unit == order.lead_unit) return {};
  const bool helps =
      std::find(order.helper_units.begin(), order.helper_units.end(), actor->unit) != order.helper_units.end();
  if (helps && HelperMayMake(event.act)) return {};
  return MakeError(ErrorKind::kDenied,
                   helps
                       ? fmt::format("协办单位不能“{}”，应由主办单位 {} 来做 / a helper unit may not {}; the lead unit "
                                     "{} may",
                                     ToChinese(event.act), order.lead_unit, ToWord(event.act), order.lead_unit)
                       : fmt::format("工单不在单位 {} / the work order is not with unit {}", actor->unit, actor->unit));
}

Result<void> CheckFacts(const Event& event) {
  const auto facts = event.data.empty() ? nlohmann::json::object() : nlohmann::json::parse(event.data, nullptr, false);
  if (!facts.is_object())
    return MakeError(ErrorKind::kInvalid, "事实应是 JSON 对象 / the facts of an act must be a JSON object");
  std::string_view need = RowOf(event.act).facts;
  while (!need.empty()) {
    const auto key = need.substr(0, need.find(' '));
    need.remove_prefix(std::min(need.size(), key.size() + 1));
    const auto found = facts.find(key);
    if (found == facts.end() || (found->is_string() && found->get_ref<const std::string&>().empty())) {
      return MakeError(ErrorKind::kInvalid, fmt::format("“{}”缺少 {} / {} needs the fact {}", ToChinese(event.act), key,
                                                        ToWord(event.act), key));
    }
  }
  return CheckCodes(event.act, facts);
}

Result<void> CheckReturns(const Order& order, Act act) {
  if (act == Act::kReturn && order.ruled) {
    return MakeError(ErrorKind::kConflict, "已经裁定，不能再退单 / the ruling is final: the order cannot be returned");
  }
  if (act == Act::kReturn && (order.bound || order.returns >= kMostReturns)) {
    return MakeError(ErrorKind::kConflict,
                     "退单次数已用完，可以提出异议，由督办裁定 / no return is left: object, and a supervisor rules");
  }
  if (act == Act::kObject && order.ruled) {
    return MakeError(ErrorKind::kConflict, "已经裁定，不能再提异议 / the ruling is final: no further objection");
  }
  return {};
}

}  // namespace

std::string_view ToWord(State s) { return kStateRows[static_cast<int>(s)].word; }
std::string_view ToWord(Act a) { return RowOf(a).word; }
std::string_view ToChinese(State s) { return kStateRows[static_cast<int>(s)].chinese; }
std::string_view ToChinese(Act a) { return RowOf(a).chinese; }
std::optional<State> StateFromWord(std::string_view word) { return FromWord<State>(kStateRows, word); }
std::optional<Act> ActFromWord(std::string_view word) { return FromWord<Act>(kActRows, word); }

Result<State> Next(std::optional<State> state, Act act) {
  if (!state) {
    if (act == Act::kOpen) return State::kAccepted;
    return MakeError(ErrorKind::kConflict, fmt::format("工单尚未受理，不能“{}”，只能“受理”。 A work order begins with "
                                                       "open, not with {}.",
                                                       ToChinese(act), ToWord(act)));
  }
  if (const auto next = NextIn(*state, act)) return *next;
  return MakeError(ErrorKind::kConflict,
                   fmt::format("工单{}，不能“{}”。 The work order is {}, {} is not possible now; possible: {}.",
                               ToChinese(*state), ToChinese(act), ToWord(*state), ToWord(act), AllowedActs(*state)));
}

Roles MayMake(Act act) { return RowOf(act).who; }

std::vector<Act> ActsFor(State state, Role role) {
  std::vector<Act> acts;
  for (int i = 0; i < kActs; ++i) {
    const auto act = static_cast<Act>(i);
    if ((MayMake(act) & Bit(role)) != 0 && NextIn(state, act)) acts.push_back(act);
  }
  return acts;
}

Result<void> MayAdd(const Order& order, const Event& event) {
  if (const auto next = Next(order.state, event.act); !next) return Fail(next.error());
  if (auto ok = CheckActor(order, event); !ok) return ok;
  if (auto ok = CheckFacts(event); !ok) return ok;
  return CheckReturns(order, event.act);
}

}  // namespace minsheng::orders
