// SPDX-License-Identifier: Apache-2.0
// minsheng ingest CHANNEL FILE...: raw wire bytes of that channel, through the running system.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "src/cli/cli.h"
#include "src/router/intake.h"
#include "src/rules/reason_line.h"
#include "src/store/conversations.h"
#include "src/store/keeping.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

constexpr Millis kWaitForVerdict{30'000};
constexpr Millis kLookEvery{20};
constexpr Millis kSoon{3'000};

Result<std::string> ReadInput(const std::string& file) {
  std::ostringstream bytes;
  if (file == "-") {
    bytes << std::cin.rdbuf();
    return bytes.str();
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, file + ": 读不到文件 / cannot read the file");
  bytes << in.rdbuf();
  return bytes.str();
}

// Head and body of an HTTP request as one file, as a proxy or `curl --trace` would show it.
Result<http::Request> ParseHttp(const std::string& bytes) {
  const auto end = bytes.find("\r\n\r\n");
  const auto lf_end = bytes.find("\n\n");
  const bool crlf = end != std::string::npos && (lf_end == std::string::npos || end < lf_end);
  if (!crlf && lf_end == std::string::npos) {
    return MakeError(ErrorKind::kInvalid,
                     "没有空行，不是 HTTP 请求 / no empty line after the head: not an HTTP request");
  }
  http::Request request;
  std::istringstream head(bytes.substr(0, crlf ? end : lf_end));
  request.body = bytes.substr(crlf ? end + 4 : lf_end + 2);
  std::string line;
  std::getline(head, line);
  std::istringstream first(line);
  std::string target;
  first >> request.method >> target;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = http::ParseQuery(target.substr(question + 1));
  while (std::getline(head, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto colon = line.find(':');
    if (colon == std::string::npos)
      return MakeError(ErrorKind::kInvalid, "HTTP 头缺少冒号 / header line without colon: " + line);
    auto name = line.substr(0, colon);
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    request.headers[name] = std::string(text::Trim(std::string_view(line).substr(colon + 1)));
  }
  return request;
}

bool IsServing(const std::string& data) {
  const int fd = open((data + "/lock").c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = flock(fd, LOCK_EX | LOCK_NB) != 0;
  close(fd);
  return held;
}

// Whether what waits will be judged in a moment: by itself, or because we ended the waiting.
bool IsJudgedSoon(store::Store& store, const std::string& request_id, bool now) {
  const auto at = SystemClock().Now();
  if (now) {
    // An error: it was judged meanwhile, and there is nothing to end.
    [[maybe_unused]] const auto released = store.Talks().Release(request_id, at);
  }
  const auto held = store.Talks().Held(request_id);
  return held && (!*held || (*held)->due <= at + kSoon);
}

std::optional<store::Outcome> WaitForOutcome(store::Store& store, const std::string& id, bool now) {
  const auto until = SystemClock().Monotonic() + kWaitForVerdict;
  while (SystemClock().Monotonic() < until) {
    const auto outcome = store.OutcomeOf(id);
    const bool known = outcome && *outcome;
    if (known && ((*outcome)->bucket != store::Bucket::kSettling || !IsJudgedSoon(store, (*outcome)->request_id, now)))
      return **outcome;
    std::this_thread::sleep_for(kLookEvery);
  }
  return std::nullopt;
}

void PrintOutcome(const Context& context, const Opened& opened, const router::Knowledge& knowledge,
                  const std::string& file, const store::Outcome& outcome, bool duplicate) {
  auto& store = *opened.store;
  nlohmann::ordered_json line{{"file", file},
                              {"id", outcome.message_id},
                              {"duplicate", duplicate},
                              {"bucket", store::ToWord(outcome.bucket)},
                              {"request", outcome.request_id},
                              {"order", outcome.order_number}};
  std::string text;
  std::string unit_name;
  const auto request = outcome.request_id.empty() ? Result<store::RequestRow>(MakeError(ErrorKind::kNotFound, ""))
                                                  : store.GetRequest(outcome.request_id);
  const auto order = outcome.order_number.empty() ? Result<orders::Order>(MakeError(ErrorKind::kNotFound, ""))
                                                  : store.GetOrder(outcome.order_number);
  if (order) {
    const auto* unit = knowledge.catalogue->FindUnit(order->lead_unit);
    unit_name = unit == nullptr ? order->lead_unit : unit->name;
    line["unit"] = order->lead_unit;
    line["unit_name"] = unit_name;
  }
  std::string why;
  std::string where;
  if (request && request->verdict) {
    line["verdict"] = nlohmann::ordered_json::parse(Encode(*request->verdict));
    if (!request->messages.empty())
      why = rules::OneLine(*request->verdict, request->whole.text, *knowledge.rules, context.language);
    where = TopicName(*knowledge.rules, request->verdict->topic);
    if (request->verdict->urgency != Urgency::kNormal)
      where += "，" + std::string(ToChinese(request->verdict->urgency));
    line["why"] = why;
  }
  if (context.json) {
    PrintJson(line);
    return;
  }
  Print(fmt::format(
      "{}{}\n    {}{}{}{}", file, duplicate ? std::string(context.Say("（重复，已有）", " (seen before)")) : "",
      BucketName(store::ToWord(outcome.bucket), context), order ? " " + outcome.order_number + " → " + unit_name : "",
      where.empty() ? "" : "  [" + where + "]",
      why.empty() ? "" : "\n    " + std::string(context.Say("理由：", "why: ")) + why));
}

}  // namespace

int Ingest(const Context& context, const IngestArgs& args) {
  auto opened = OpenStore(context, Scope::kEverything);
  if (!opened) return ReportStart(context, opened.error());
  const auto& config = opened->config;
  if (!IsServing(config.data)) {
    return Report(context, {ErrorKind::kUnavailable,
                            std::string(context.Say("系统没有在运行，请先运行 minsheng serve",
                                                    "nothing is running here: start minsheng serve first"))});
  }
  const auto account_name = [&] {
    if (!args.account.empty()) return args.account;
    for (const auto& a : config.accounts) {
      if (a.channel == args.channel) return a.account;
    }
    return std::string();
  }();
  auto* const channel = router::FindAccount(config.accounts, args.channel, account_name);
  if (channel == nullptr) {
    return Report(
        context,
        {ErrorKind::kNotFound,
         fmt::format("{}{}/{}", context.Say("配置里没有这个渠道账号：", "no such account in the configuration: "),
                     args.channel, account_name)});
  }
  for (const auto& account : config.accounts) account.host->Bind(*opened->store);
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto redis = stream::Redis::Open(StreamOptions(config, fmt::format("ingest:{}", getpid())), SystemClock());
  if (!redis) return Report(context, redis.error());
  const auto appender = (*redis)->MakeAppender();
  const Blobs blobs(BlobsFolder(config), opened->store->Keep().BlobSecret());
  const router::Intake intake(*appender, blobs, SystemClock());

  int code = kOk;
  for (const auto& file : args.files) {
    const auto bytes = ReadInput(file);
    if (!bytes) {
      code = Report(context, bytes.error());
      continue;
    }
    auto inbound = [&]() -> Result<Inbound> {
      if (!args.http) return channel->Parse(*bytes, file == "-" ? "" : file);
      const auto request = ParseHttp(*bytes);
      if (!request) return Fail(request.error());
      return channel->Receive(*request);
    }();
    const auto accepted = inbound ? intake.AcceptAndWait(args.channel, account_name, std::move(*inbound))
                                  : Result<std::vector<router::Accepted>>(Fail(inbound.error()));
    if (!accepted) {
      code = Report(context, {accepted.error().kind, file + ": " + accepted.error().what});
      continue;
    }
    for (const auto& [id, duplicate] : *accepted) {
      if (args.no_wait) {
        Print(context.json ? nlohmann::ordered_json{{"file", file}, {"id", id}, {"duplicate", duplicate}}.dump()
                           : file + "  " + id);
        continue;
      }
      const auto outcome = WaitForOutcome(*opened->store, id, args.now);
      if (outcome) {
        PrintOutcome(context, *opened, *knowledge, file, *outcome, duplicate);
        if (outcome->bucket == store::Bucket::kParked) code = kFindings;
      } else {
        code = Report(
            context,
            {ErrorKind::kUnavailable,
             file + ": " + id +
                 std::string(context.Say(" 已入队，但还没有研判结果", " is stored, but there is no verdict yet"))});
      }
    }
  }
  return code;
}

}  // namespace minsheng::cli
