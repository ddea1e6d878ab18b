// SPDX-License-Identifier: Apache-2.0
// minsheng keys status|rotate|retire: the master key above citizens' data keys.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/store/keeping.h"

namespace minsheng::cli {
namespace {

constexpr int kKeysAtOnce = 500;  // between two of these others may write

int PrintStatus(const Context& context, const Opened& opened, const store::KeyStatus& status) {
  if (context.json) {
    PrintJson({{"source", MasterKeySource(opened.config)},
               {"current", status.current},
               {"under_old", status.under_old},
               {"clear_rows", status.clear_rows}});
    return kOk;
  }
  Print(fmt::format("{}{}  ({})", context.Say("现用主密钥：", "master key in use: "), status.current,
                    MasterKeySource(opened.config)));
  Print(
      fmt::format("{}{}", context.Say("仍由旧主密钥加密的密钥：", "keys still under an old one: "), status.under_old));
  Print(fmt::format("{}{}", context.Say("旧版本留下、尚未加密的行：", "rows of an older version not sealed yet: "),
                    status.clear_rows));
  return kOk;
}

}  // namespace

int KeysStatus(const Context& context) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto status = opened->store->Keep().Keys();
  return status ? PrintStatus(context, *opened, *status) : Report(context, status.error());
}

int KeysRotate(const Context& context) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  auto& keeping = opened->store->Keep();
  const auto before = keeping.Keys();
  if (!before) return Report(context, before.error());
  // A rotation that was cut short is finished; only then a new key is made.
  if (before->under_old == 0 && MasterKeySource(opened->config).starts_with("file:")) {
    if (const auto added = keeping.AddMasterKey(); !added) return Report(context, added.error());
  } else if (before->under_old == 0) {
    return Report(
        context,
        {ErrorKind::kInvalid,
         std::string(context.Say("主密钥来自环境变量：请先把新密钥放在旧密钥前面（新,旧），重启各进程，再运行一次",
                                 "the master key is in the environment: put the new key in front of the old one "
                                 "(\"new,old\"), restart every process, then run this again"))});
  }
  for (store::SweepStep step{0, true}; step.more;) {
    const auto done = keeping.Rewrap(kKeysAtOnce);
    if (!done) return Report(context, done.error());
    step = *done;
  }
  const auto after = keeping.Keys();
  if (!after) return Report(context, after.error());
  const int code = PrintStatus(context, *opened, *after);
  if (!context.json) {
    Print(context.Say("请另存新的主密钥；确认各主机都已用上之后，运行 minsheng keys retire 去掉旧的。",
                      "Keep a copy of the new master key. When every host has it, minsheng keys retire removes the old "
                      "one."));
  }
  return code;
}

int KeysRetire(const Context& context) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (const auto done = opened->store->Keep().DropOldMasterKeys(); !done) return Report(context, done.error());
  return KeysStatus(context);
}

}  // namespace minsheng::cli
