// SPDX-License-Identifier: Apache-2.0
// minsheng parked list|show|retry: what could not be read or worked on, with its bytes.
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/router/intake.h"
#include "src/store/keeping.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

Result<std::string> RawOf(const Opened& opened, const store::ParkedRow& row) {
  if (row.raw_blob.empty()) return row.raw;
  return Blobs(BlobsFolder(opened.config), opened.store->Keep().BlobSecret()).Get(row.raw_blob);
}

// The bytes are read again by today's program. What they claimed before is claimed already, so the
// retry carries the parked id in its identity and counts as received once more; a second retry of
// the same row has the same identity and so changes nothing.
Result<std::vector<router::Accepted>> RetryOne(const Opened& opened, const router::Intake& intake,
                                               const store::ParkedRow& row) {
  const auto old = DecodeMessage(row.message);
  if (!row.resolution.empty()) {
    return MakeError(ErrorKind::kConflict, "已处理过 / resolved before: " + row.resolution);
  }
  if (old && !old->Fact("too_large").empty()) {
    return MakeError(ErrorKind::kRejected,
                     "原文超过大小上限，没有保存完整；请到来源处取 / longer than the limit and not kept whole: fetch "
                     "it at its source");
  }
  auto* const channel = router::FindAccount(opened.config.accounts, row.channel, row.account);
  if (channel == nullptr) {
    return MakeError(ErrorKind::kNotFound,
                     row.channel + "/" + row.account + ": 配置里没有这个账号 / no such account in the configuration");
  }
  auto raw = RawOf(opened, row);
  if (!raw) return Fail(raw.error());
  auto inbound = channel->Parse(*raw, old ? old->Fact("file") : "");
  if (!inbound) return Fail(inbound.error());
  for (auto& item : inbound->items) {
    if (old && item.message.source_id == old->source_id) item.message.source_id += "~" + row.id;
  }
  return intake.AcceptAndWait(row.channel, row.account, std::move(*inbound));
}

}  // namespace

int ParkedList(const Context& context, bool all) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto rows = opened->store->ListParked(all, 1000);
  if (!rows) return Report(context, rows.error());
  for (const auto& r : *rows) {
    if (context.json) {
      PrintJson({{"id", r.id},
                 {"channel", r.channel},
                 {"account", r.account},
                 {"reason", r.reason},
                 {"deliveries", r.deliveries},
                 {"parked_at", IsoUtc(r.parked_at)},
                 {"resolution", r.resolution}});
    } else {
      Print(fmt::format("{}  {}  {}/{}  {}{}", r.id, ShanghaiText(r.parked_at), ChannelName(r.channel), r.account,
                        r.reason, r.resolution.empty() ? "" : "  [" + r.resolution + "]"));
    }
  }
  if (rows->empty() && !context.json) Print(context.Say("没有搁置的消息", "nothing is parked"));
  return rows->empty() ? kOk : kFindings;
}

int ParkedShow(const Context& context, const std::string& id) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto row = opened->store->GetParked(id);
  if (!row) return Report(context, row.error());
  const auto raw = RawOf(*opened, *row);
  if (!raw) return Report(context, raw.error());
  if (context.json) {
    PrintJson({{"id", row->id},
               {"reason", row->reason},
               {"channel", row->channel},
               {"message", row->message},
               {"raw", *raw}});
    return kOk;
  }
  PrintErr(fmt::format("{} {}/{}: {}", row->id, ChannelName(row->channel), row->account, row->reason));
  Print(*raw);
  return kOk;
}

int ParkedRetry(const Context& context, const std::vector<std::string>& ids) {
  auto opened = OpenStore(context, Scope::kEverything);
  if (!opened) return ReportStart(context, opened.error());
  for (const auto& account : opened->config.accounts) account.host->Bind(*opened->store);
  const auto redis =
      stream::Redis::Open(StreamOptions(opened->config, fmt::format("retry:{}", getpid())), SystemClock());
  if (!redis) return Report(context, redis.error());
  const auto appender = (*redis)->MakeAppender();
  const Blobs blobs(BlobsFolder(opened->config), opened->store->Keep().BlobSecret());
  const router::Intake intake(*appender, blobs, SystemClock());
  int code = kOk;
  for (const auto& id : ids) {
    const auto row = opened->store->GetParked(id);
    if (!row) {
      code = Report(context, row.error());
      continue;
    }
    const auto accepted = RetryOne(*opened, intake, *row);
    if (!accepted) {
      code = Report(context, {accepted.error().kind, id + ": " + accepted.error().what});
      continue;
    }
    if (const auto done = opened->store->ResolveParked(id, "retried"); !done) code = Report(context, done.error());
    for (const auto& a : *accepted) {
      Print(context.json ? Json{{"parked", id}, {"id", a.id}}.dump() : fmt::format("{} → {}", id, a.id));
    }
  }
  return code;
}

}  // namespace minsheng::cli
