// SPDX-License-Identifier: Apache-2.0
#include "src/cli/conversation_commands.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/store/conversations.h"

namespace minsheng::cli {
namespace {

// Opens the store for somebody who answers for it.
Result<Opened> OpenFor(const Context& context, int* code) {
  if (context.user.empty()) {
    *code = kUsage;
    return MakeError(ErrorKind::kInvalid, std::string(context.Say("请用 --as 说明是谁", "say by --as who does it")));
  }
  auto opened = OpenStore(context);
  if (!opened) *code = ReportStart(context, opened.error());
  return opened;
}

int Done(const Context& context, const std::string& id, std::string_view words) {
  if (context.json) {
    PrintJson({{"id", id}, {"done", true}});
  } else {
    Print(fmt::format("{} {}", id, words));
  }
  return kOk;
}

}  // namespace

int RequestsRelease(const Context& context, const std::string& id) {
  int code = kOk;
  auto opened = OpenFor(context, &code);
  if (!opened) {
    if (code == kUsage) PrintErr(opened.error().what);
    return code;
  }
  if (const auto done = opened->store->Talks().Release(id, SystemClock().Now()); !done)
    return Report(context, done.error());
  return Done(context, id, context.Say("不再等候，即将研判", "waits no longer and is judged now"));
}

int RequestsAttach(const Context& context, const std::string& message, const std::string& order) {
  int code = kOk;
  auto opened = OpenFor(context, &code);
  if (!opened) {
    if (code == kUsage) PrintErr(opened.error().what);
    return code;
  }
  const auto done = opened->store->Talks().AttachMessage(message, order, context.user);
  if (!done) return Report(context, done.error());
  return Done(context, message, std::string(context.Say("已并入工单 ", "is attached to order ")) + done->number);
}

int RequestsSpam(const Context& context, const std::string& id, const std::string& note) {
  int code = kOk;
  auto opened = OpenFor(context, &code);
  if (!opened) {
    if (code == kUsage) PrintErr(opened.error().what);
    return code;
  }
  if (const auto done = opened->store->Talks().MarkSpam(id, context.user, note); !done)
    return Report(context, done.error());
  return Done(context, id, context.Say("已标为垃圾信息，不生成工单", "is noted as spam and opens nothing"));
}

}  // namespace minsheng::cli
