// SPDX-License-Identifier: Apache-2.0
#include "src/cli/conversation_commands.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "src/router/decide.h"
#include "src/store/conversations.h"

namespace minsheng::cli {
namespace {

// Does it in the store, for somebody who answers for it; the exit code.
int InStore(const Context& context, const std::function<int(Opened&)>& act) {
  if (context.user.empty()) {
    PrintErr(context.Say("请用 --as 说明是谁", "say by --as who does it"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  return opened ? act(*opened) : ReportStart(context, opened.error());
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
  return InStore(context, [&](Opened& opened) {
    const auto done = opened.store->Talks().Release(id, SystemClock().Now());
    if (!done) return Report(context, done.error());
    return Done(context, id, context.Say("不再等候，即将研判", "waits no longer and is judged now"));
  });
}

int RequestsAttach(const Context& context, const std::string& message, const std::string& order) {
  return InStore(context, [&](Opened& opened) {
    const auto knowledge = LoadKnowledge(context, opened);
    if (!knowledge) return ReportStart(context, knowledge.error());
    const auto added = [&](const Message& words, const orders::Order& to) {
      return router::AddedDrafts(words, to, *knowledge->catalogue, SystemClock().Now());
    };
    const auto done = opened.store->Talks().AttachMessage(message, order, context.user, added);
    if (!done) return Report(context, done.error());
    return Done(context, message, std::string(context.Say("已并入工单 ", "is attached to order ")) + done->number);
  });
}

int RequestsSpam(const Context& context, const std::string& id, const std::string& note) {
  return InStore(context, [&](Opened& opened) {
    const auto done = opened.store->Talks().MarkSpam(id, context.user, note);
    if (!done) return Report(context, done.error());
    return Done(context, id, context.Say("已标为垃圾信息，不生成工单", "is noted as spam and opens nothing"));
  });
}

}  // namespace minsheng::cli
