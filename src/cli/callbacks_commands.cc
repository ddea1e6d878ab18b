// SPDX-License-Identifier: Apache-2.0
// minsheng callbacks list|take|done: citizens who are to be telephoned after an answer.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/callback/call_backs.h"
#include "src/cli/callback_commands.h"

namespace minsheng::cli {
namespace {

int OpinionOf(const std::string& word) { return word == "yes" ? 1 : word == "no" ? 0 : -1; }

std::string WayName(const Context& context, const std::string& way) {
  if (way == "phone") return std::string(context.Say("电话", "phone"));
  if (way == "chat") return std::string(context.Say("聊天", "chat"));
  if (way == "link") return std::string(context.Say("链接", "link"));
  return std::string(context.Say("无法联系", "nobody to reach"));
}

std::string StateName(const Context& context, const std::string& state) {
  if (state == "due") return std::string(context.Say("待回访", "due"));
  if (state == "asked") return std::string(context.Say("已询问", "asked"));
  if (state == "said") return std::string(context.Say("已回答", "answered"));
  return std::string(context.Say("已结束", "over"));
}

// Store, knowledge, desk and call-backs of one command.
struct CallBackTools {
  Opened opened;
  router::Knowledge knowledge;
  std::unique_ptr<desk::Desk> desk;
  std::unique_ptr<callback::CallBacks> call_backs;
};

Result<std::unique_ptr<CallBackTools>> OpenCallBacks(const Context& context) {
  auto opened = OpenStore(context);
  if (!opened) return Fail(opened.error());
  auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return Fail(knowledge.error());
  auto tools = std::make_unique<CallBackTools>();
  tools->opened = std::move(*opened);
  tools->knowledge = std::move(*knowledge);
  tools->desk = std::make_unique<desk::Desk>(MakeDesk(tools->opened, tools->knowledge));
  tools->call_backs = std::make_unique<callback::CallBacks>(*tools->desk, CallBackOptions(tools->opened.config));
  return tools;
}

bool NobodyActs(const Context& context) {
  if (!context.user.empty()) return false;
  PrintErr(context.Say("请用 --as 说明是谁", "say by --as who acts"));
  return true;
}

}  // namespace

int CallBacksList(const Context& context, const store::CallBackFilter& filter) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto rows = opened->store->CallBacks().List(filter);
  if (!rows) return Report(context, rows.error());
  for (const auto& row : *rows) {
    if (context.json) {
      PrintJson({{"number", row.order_number},
                 {"topic", row.topic},
                 {"way", row.way},
                 {"state", row.state},
                 {"tries", row.tries},
                 {"next_at", IsoUtc(row.next_at)},
                 {"operator", row.holder},
                 {"order_state", orders::ToWord(row.order_state)}});
    } else {
      Print(fmt::format("{}  {}  {}  {}  {} {}  {}  {}", row.order_number, WayName(context, row.way),
                        StateName(context, row.state), ShanghaiText(row.next_at), row.tries,
                        context.Say("次未接通", "calls unanswered"), row.holder.empty() ? "-" : row.holder, row.topic));
    }
  }
  if (rows->empty() && !context.json) PrintErr(context.Say("没有待回访的工单", "nothing to call back"));
  return kOk;
}

int CallBacksTake(const Context& context, const std::string& number) {
  if (NobodyActs(context)) return kUsage;
  auto tools = OpenCallBacks(context);
  if (!tools) return ReportStart(context, tools.error());
  const auto task = (*tools)->call_backs->Take(number, context.user);
  if (!task) return Report(context, task.error());
  if (context.json) {
    PrintJson({{"number", task->row.order_number},
               {"topic", task->row.topic},
               {"telephone", task->number},
               {"answer", task->answer},
               {"tries", task->row.tries}});
    return kOk;
  }
  Print(fmt::format("{} {}  {}", context.Say("工单", "order"), task->row.order_number,
                    TopicName(*(*tools)->knowledge.rules, task->row.topic)));
  Print(fmt::format("{} {}", context.Say("电话", "telephone"), OnOneLine(task->number)));
  Print(fmt::format("{} {}", context.Say("答复", "answer"), OnOneLine(task->answer)));
  return kOk;
}

int CallBacksDone(const Context& context, const CallBackArgs& args) {
  if (NobodyActs(context)) return kUsage;
  if (!args.reached && (!args.solved.empty() || !args.satisfied.empty())) {
    PrintErr(context.Say("写了 --solved 或 --satisfied，就要写 --reached（已接通）",
                         "--solved and --satisfied go with --reached"));
    return kUsage;
  }
  auto tools = OpenCallBacks(context);
  if (!tools) return ReportStart(context, tools.error());
  const auto order = (*tools)->call_backs->Done(
      args.number, {context.user, args.reached, OpinionOf(args.solved), OpinionOf(args.satisfied), args.words});
  if (!order) return Report(context, order.error());
  if (context.json) {
    PrintJson({{"number", order->number}, {"state", orders::ToWord(order->state)}, {"version", order->version}});
  } else {
    Print(fmt::format("{} {}  {}", context.Say("工单", "order"), order->number,
                      context.language == "en" ? orders::ToWord(order->state) : orders::ToChinese(order->state)));
  }
  return kOk;
}

}  // namespace minsheng::cli
