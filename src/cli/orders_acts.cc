// SPDX-License-Identifier: Apache-2.0
// minsheng orders act|acts|split: what people and units do with a work order.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/orders/lifecycle.h"

namespace minsheng::cli {
namespace {

constexpr orders::Role kActingRoles[] = {orders::Role::kOperator, orders::Role::kUnitStaff, orders::Role::kSupervisor,
                                         orders::Role::kLeader,   orders::Role::kCitizen,   orders::Role::kSystem};

int YesNo(const std::string& word) { return word == "yes" ? 1 : word == "no" ? 0 : -1; }

void PrintDone(const Context& context, const orders::Order& order) {
  if (context.json) {
    PrintJson({{"number", order.number}, {"state", orders::ToWord(order.state)}, {"version", order.version}});
    return;
  }
  Print(fmt::format("{} {}  {}  {}{}", context.Say("工单", "order"), order.number,
                    context.language == "en" ? orders::ToWord(order.state) : orders::ToChinese(order.state),
                    context.Say("版本 ", "version "), order.version));
}

std::string AllActs() {
  std::string out;
  for (int i = 0; i < orders::kActs; ++i)
    out += (i > 0 ? " " : "") + std::string(orders::ToWord(static_cast<orders::Act>(i)));
  return out;
}

}  // namespace

int OrdersAct(const Context& context, const ActArgs& args) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁：姓名（话务员）、unit:单位编号、supervisor:姓名",
                         "say by --as who acts: a name (an operator), unit:<id>, supervisor:<name>"));
    return kUsage;
  }
  const auto act = orders::ActFromWord(args.act);
  if (!act) {
    PrintErr(fmt::format("{} {}: {}", context.Say("没有这个动作", "no such act"), args.act, AllActs()));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  auto desk = MakeDesk(*opened, *knowledge);
  desk::ActRequest want;
  want.act = *act;
  want.by = context.user;
  want.reason = args.reason;
  if (args.expected >= 0) want.expected = args.expected;
  want.unit = args.unit;
  want.helpers = args.helpers;
  want.code = args.code;
  want.period = args.period;
  want.parent = args.parent;
  want.solved = YesNo(args.solved);
  want.satisfied = YesNo(args.satisfied);
  want.way = args.way;
  want.public_text = args.text;
  want.internal_text = args.note;
  const auto done = desk.Do(args.number, want);
  if (!done) return Report(context, done.error());
  PrintDone(context, *done);
  return kOk;
}

int OrdersActs(const Context& context, const std::string& number) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto order = opened->store->GetOrder(number);
  if (!order) return Report(context, order.error());
  for (int i = 0; i < orders::kActs; ++i) {
    const auto act = static_cast<orders::Act>(i);
    const auto next = orders::Next(order->state, act);
    if (!next) continue;
    std::string who;
    auto roles = nlohmann::ordered_json::array();
    for (const auto role : kActingRoles) {
      if ((orders::MayMake(act) & orders::Bit(role)) == 0) continue;
      roles.push_back(orders::ToWord(role));
      who += (who.empty() ? "" : "、") + std::string(context.Say(orders::ToChinese(role), orders::ToWord(role)));
    }
    if (context.json) {
      PrintJson({{"act", orders::ToWord(act)}, {"to", orders::ToWord(*next)}, {"roles", roles}});
    } else {
      Print(fmt::format("{:<12} {} → {}  （{}）", orders::ToWord(act),
                        context.language == "en" ? orders::ToWord(act) : orders::ToChinese(act),
                        context.language == "en" ? orders::ToWord(*next) : orders::ToChinese(*next), who));
    }
  }
  return kOk;
}

int OrdersSplit(const Context& context, const std::string& number, const std::string& topic,
                const std::string& reason) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁", "say by --as who acts"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  auto desk = MakeDesk(*opened, *knowledge);
  const auto order = desk.Split(number, topic, context.user, reason);
  if (!order) return Report(context, order.error());
  PrintDone(context, *order);
  return kOk;
}

}  // namespace minsheng::cli
