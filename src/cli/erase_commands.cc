// SPDX-License-Identifier: Apache-2.0
// minsheng erase: everything of one person, in database, files and stream.
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "src/base/replace_file.h"
#include "src/cli/cli.h"
#include "src/store/keeping.h"

namespace minsheng::cli {
namespace {

constexpr int kLooksForWaiting = 100;
constexpr Millis kPauseForWaiting{100};
constexpr int kScrubTries = 50;

void PrintFound(const Context& context, const store::PersonFound& found) {
  Print(fmt::format("{}{}  {}{}  {}{}", context.Say("市民：", "citizens: "), found.citizens.size(),
                    context.Say("诉求：", "requests: "), found.requests, context.Say("消息：", "messages: "),
                    found.messages));
  for (const auto& citizen : found.citizens) Print("  " + citizen);
  for (const auto& number : found.open_orders)
    Print(fmt::format("  {}{}", context.Say("未办结：", "still open: "), number));
}

// Entries of these persons that are not decided yet would bring them back.
Result<std::unique_ptr<stream::Redis>> WaitForStream(const Context& context, const Opened& opened,
                                                     const stream::Pick& pick) {
  auto redis = stream::Redis::Open(StreamOptions(opened.config, fmt::format("erase:{}", getpid())), SystemClock());
  if (!redis) return Fail(redis.error());
  for (int i = 0; i < kLooksForWaiting; ++i) {
    const auto waiting = (*redis)->ReadWaiting(10'000'000);
    if (!waiting) return Fail(waiting.error());
    bool any = false;
    for (const auto& entry : *waiting) any = any || pick(entry).has_value();
    if (!any) return std::move(*redis);
    std::this_thread::sleep_for(kPauseForWaiting);
  }
  return MakeError(ErrorKind::kUnavailable,
                   std::string(context.Say("这个人还有消息在等待研判，请稍后再试",
                                           "messages of this person still wait to be decided: try again later")));
}

Result<void> ScrubDatabase(store::Keeping& keeping) {
  for (int i = 0;; ++i) {
    auto done = keeping.Scrub();
    if (done || done.error().kind != ErrorKind::kUnavailable || i == kScrubTries) return done;
    std::this_thread::sleep_for(kPauseForWaiting);
  }
}

Result<store::ErasedPerson> EraseEverywhere(const Context& context, const Opened& opened, const EraseArgs& args,
                                            const store::PersonFound& found) {
  auto& keeping = opened.store->Keep();
  auto persons = keeping.PersonsOf(found.citizens);
  if (!persons) return Fail(persons.error());
  std::set<std::string> messages;
  const stream::Pick pick = [&](const stream::Waiting& entry) -> std::optional<std::string> {
    const auto m = DecodeMessage(entry.message);
    if (!messages.contains(entry.id) && !(m && persons->contains(keeping.PersonOf(*m)))) return std::nullopt;
    return m ? m->channel + ":" + m->account + ":" + m->source_id : std::string();
  };
  auto redis = WaitForStream(context, opened, pick);
  if (!redis) return Fail(redis.error());
  auto erased = keeping.Erase(found.citizens, context.user, args.reason, args.force);
  if (!erased) return erased;
  messages = erased->message_ids;
  // From here on every step may be repeated: the same command does it.
  if (auto done = WriteErasures(opened.config.data + "/erasures.jsonl", keeping); !done) return Fail(done.error());
  if (auto done = LoseFiles(opened.config, keeping); !done) return Fail(done.error());
  if (auto done = (*redis)->Remove(pick); !done) return Fail(done.error());
  if (auto done = ScrubDatabase(keeping); !done) return Fail(done.error());
  return erased;
}

Result<std::vector<store::ErasureRow>> ReadErasures(const std::string& file) {
  std::vector<store::ErasureRow> rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto row = nlohmann::ordered_json::parse(line, nullptr, false);
    if (!row.is_object()) return MakeError(ErrorKind::kInvalid, file + ": 读不懂 / cannot be read: " + line);
    rows.push_back({row.value("id", ""), row.value("person", ""), row.value("actor", ""), row.value("reason", ""),
                    FromMs(row.value("at", std::int64_t{0}))});
  }
  return rows;
}

}  // namespace

Result<void> WriteErasures(const std::string& file, store::Keeping& keeping) {
  const auto rows = keeping.Erasures();
  if (!rows) return Fail(rows.error());
  std::string lines;
  for (const auto& row : *rows) {
    lines +=
        nlohmann::ordered_json{
            {"id", row.id}, {"person", row.person}, {"actor", row.actor}, {"reason", row.reason}, {"at", ToMs(row.at)}}
            .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
        "\n";
  }
  return ReplaceFile(file, lines);
}

Result<void> LoseFiles(const AppConfig& config, store::Keeping& keeping) {
  const Blobs blobs(BlobsFolder(config), keeping.BlobSecret());
  for (store::SweepStep step{0, true}; step.more;) {
    auto done = keeping.DeleteFiles(blobs, 1000);
    if (!done) return Fail(done.error());
    step = *done;
  }
  return {};
}

Result<std::int64_t> ForgetAgain(const Opened& opened, const std::vector<std::string>& journals) {
  std::int64_t found = 0;
  for (const auto& journal : journals) {
    const auto rows = ReadErasures(journal);
    if (!rows) return Fail(rows.error());
    const auto erased = opened.store->Keep().EraseAgain(*rows);
    if (!erased) return Fail(erased.error());
    found += *erased;
  }
  if (auto done = LoseFiles(opened.config, opened.store->Keep()); !done) return Fail(done.error());
  if (auto done = opened.store->Keep().Scrub(); !done) return Fail(done.error());
  if (auto written = WriteErasures(opened.config.data + "/erasures.jsonl", opened.store->Keep()); !written) {
    return Fail(written.error());
  }
  return found;
}

int Erase(const Context& context, const EraseArgs& args) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (!args.journal.empty()) {
    const auto again = ForgetAgain(*opened, {args.journal});
    if (!again) return Report(context, again.error());
    Print(fmt::format("{}{}", context.Say("再次删除的人：", "persons erased again: "), *again));
    return kOk;
  }
  const auto found = opened->store->Keep().FindPerson({args.citizen, args.address, args.request});
  if (!found) return Report(context, found.error());
  if (found->citizens.empty()) {
    return Report(context, {ErrorKind::kNotFound, std::string(context.Say("没有找到这个人", "nobody was found"))});
  }
  if (!args.sure) {
    PrintFound(context, *found);
    PrintErr(context.Say("以上内容将被永久删除；确认请加 --sure",
                         "all of this will be gone for good; to do it, add --sure"));
    return kFindings;
  }
  const auto erased = EraseEverywhere(context, *opened, args, *found);
  if (!erased) return Report(context, erased.error());
  if (context.json) {
    PrintJson({{"citizens", found->citizens}, {"requests", found->requests}, {"messages", erased->message_ids.size()}});
  } else {
    PrintFound(context, *found);
    Print(context.Say("已删除", "erased"));
  }
  return kOk;
}

}  // namespace minsheng::cli
