// SPDX-License-Identifier: Apache-2.0
// minsheng forms assign|appoint|complete|confirm|counts: services, from the provider to the citizen's word.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/cli/forms_args.h"
#include "src/desk/services.h"
#include "src/orders/civil.h"

namespace minsheng::cli {
namespace {

std::string YuanText(std::int64_t fen) { return fmt::format("{}.{:02}", fen / 100, fen % 100); }

std::string ServiceState(const Context& context, const std::string& state) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"requested", "已登记"},
                                                                      {"appointed", "已预约"},
                                                                      {"completed", "已完成"},
                                                                      {"confirmed", "已确认"},
                                                                      {"disputed", "有异议"}};
  for (const auto& [word, zh] : kNames) {
    if (word == state) return std::string(context.Say(zh, word));
  }
  return state;
}

int PrintService(const Context& context, const Result<store::ServiceRow>& row) {
  if (!row) return Report(context, row.error());
  if (context.json) {
    PrintJson({{"order", row->order_number},
               {"request", row->request_id},
               {"topic", row->topic},
               {"service", row->service},
               {"provider", row->provider},
               {"state", row->state},
               {"appointed_at", row->appointed_at == Time{} ? "" : IsoUtc(row->appointed_at)},
               {"completed_at", row->completed_at == Time{} ? "" : IsoUtc(row->completed_at)},
               {"confirmed_at", row->confirmed_at == Time{} ? "" : IsoUtc(row->confirmed_at)},
               {"subsidy_fen", row->subsidy_fen},
               {"self_fen", row->self_fen},
               {"signed", row->signed_for}});
    return kOk;
  }
  Print(fmt::format("{} {}  {}  {}  {}{}", context.Say("工单", "order"), row->order_number, row->service, row->provider,
                    ServiceState(context, row->state),
                    row->appointed_at == Time{} ? "" : "  " + ShanghaiText(row->appointed_at).substr(0, 16)));
  return kOk;
}

// With store, knowledge and desk; `body` gets the ServiceDesk.
template <class Body>
int WithServices(const Context& context, Body body) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁：姓名（话务员）或 unit:单位编号",
                         "say by --as who acts: a name (an operator) or unit:<id>"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  auto desk = MakeDesk(*opened, *knowledge);
  return PrintService(context, body(desk::ServiceDesk(desk)));
}

}  // namespace

int FormsAssign(const Context& context, const std::string& order, const std::string& unit) {
  return WithServices(context, [&](desk::ServiceDesk services) { return services.Assign(order, unit, context.user); });
}

int FormsAppoint(const Context& context, const std::string& order, const std::string& at) {
  const auto time = orders::ParseTime(at);
  if (!time) {
    PrintErr(context.Say("--at 应为时间，如 \"2015-08-12 09:00\"", "--at must be a time such as \"2015-08-12 09:00\""));
    return kUsage;
  }
  return WithServices(context,
                      [&](desk::ServiceDesk services) { return services.Appoint(order, *time, context.user); });
}

int FormsComplete(const Context& context, const std::string& order, const std::vector<std::string>& values) {
  return WithServices(context,
                      [&](desk::ServiceDesk services) { return services.Complete(order, values, context.user); });
}

int FormsConfirm(const Context& context, const std::string& order, const std::string& word, const std::string& words) {
  return WithServices(
      context, [&](desk::ServiceDesk services) { return services.Confirm(order, word == "yes", context.user, words); });
}

int FormsCounts(const Context& context, const std::string& from, const std::string& to) {
  const auto first = from.empty() ? std::optional(orders::Date{}) : orders::ParseDate(from);
  const auto last = to.empty() ? std::optional(orders::ShanghaiDay(SystemClock().Now())) : orders::ParseDate(to);
  if (!first || !last) {
    PrintErr(context.Say("日期应写作 2015-08-01", "write days as 2015-08-01"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto counts =
      opened->store->Forms().CountServices(orders::StartOf(*first), orders::StartOf(*last + std::chrono::days(1)));
  if (!counts) return Report(context, counts.error());
  for (const auto& c : *counts) {
    if (context.json) {
      PrintJson({{"topic", c.topic},
                 {"service", c.service},
                 {"provider", c.provider},
                 {"requested", c.requested},
                 {"completed", c.completed},
                 {"confirmed", c.confirmed},
                 {"disputed", c.disputed},
                 {"subsidy_fen", c.subsidy_fen},
                 {"self_fen", c.self_fen}});
    } else {
      Print(fmt::format("{:<26} {:<18} {:<20} {} {}  {} {}  {} {}  {} {}  {} {}", c.topic, c.service, c.provider,
                        context.Say("登记", "requested"), c.requested, context.Say("完成", "completed"), c.completed,
                        context.Say("确认", "confirmed"), c.confirmed, context.Say("补贴", "subsidy"),
                        YuanText(c.subsidy_fen), context.Say("自付", "self"), YuanText(c.self_fen)));
    }
  }
  if (counts->empty() && !context.json) Print(context.Say("这段时间没有服务", "no services in this time"));
  return kOk;
}

}  // namespace minsheng::cli
