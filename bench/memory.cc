// SPDX-License-Identifier: Apache-2.0
// Memory of a serving process: starts `minsheng serve` with the shipped rules and receipts on,
// sends it many different messages, and prints what it holds. Fails above the limit.
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "bench/corpus.h"
#include "bench/load.h"
#include "bench/report.h"
#include "bench/running.h"
#include "src/base/log.h"
#include "src/http/http.h"

extern char** environ;

namespace minsheng::bench {
namespace {

constexpr double kLimitMib = 100;
constexpr int kReadyTries = 300;

// The platform: takes every reply.
void AddPlatform(http::Server& server, std::atomic<std::int64_t>* replies) {
  const auto token = [](http::Request, http::Responder r) {
    r.Send({200, R"({"access_token":"bench","expires_in":7200})", "application/json", {}});
  };
  const auto send = [replies](http::Request, http::Responder r) {
    ++*replies;
    r.Send({200, R"({"errcode":0,"errmsg":"ok"})", "application/json", {}});
  };
  server.Route("GET", "/cgi-bin/token", token);
  server.Route("POST", "/cgi-bin/stable_token", token);
  server.Route("POST", "/cgi-bin/message/custom/send", send);
}

pid_t StartProduct(const std::string& program, const std::string& config) {
  std::vector<std::string> words{program, "--lang", "en", "--config", config, "serve"};
  std::vector<char*> argv;
  for (auto& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0) Die("cannot start " + program);
  return pid;
}

int Get(http::Client& client, int port, const std::string& path, std::string* body = nullptr) {
  http::Call call;
  call.url = fmt::format("http://127.0.0.1:{}{}", port, path);
  const auto answer = client.Do(call);
  if (!answer) return 0;
  if (body != nullptr) *body = answer->body;
  return answer->status;
}

// Messages that were committed, by the process' own counter.
std::int64_t Committed(const std::string& metrics) {
  constexpr std::string_view kName = "minsheng_messages_total{";
  std::int64_t sum = 0;
  for (std::size_t at = metrics.find(kName); at != std::string::npos; at = metrics.find(kName, at + 1)) {
    sum += std::atoll(metrics.c_str() + metrics.find("} ", at) + 2);
  }
  return sum;
}

int Run(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  log::SetLevel(log::Level::kOff);
  const int count = IntOption(argc, argv, "--count", 100'000);
  const int connections = IntOption(argc, argv, "--connections", 64);
  const auto program = Option(argc, argv, "--program", "build/release/bin/minsheng");
  const Folder folder(Option(argc, argv, "--folder", "var"));
  Report report("memory", Flag(argc, argv, "--json"));
  AddMachineFacts(report);

  std::atomic<std::int64_t> replies{0};
  http::Server platform({}, SystemClock());
  AddPlatform(platform, &replies);
  if (const auto started = platform.Start(); !started) Die(started.error().what);
  const int port = FreePort();
  const auto pid = StartProduct(
      program, WriteConfig(folder.path(), port, true, fmt::format("http://127.0.0.1:{}", platform.port())));
  const auto client = http::MakeCurlClient({{"*"}});
  for (int i = 0; Get(*client, port, "/readyz") != 200; ++i) {
    if (i == kReadyTries || waitpid(pid, nullptr, WNOHANG) != 0) Die("minsheng does not get ready");
    std::this_thread::sleep_for(Millis{100});
  }
  report.Add({"ready VmRSS", StatusMib(pid, "VmRSS"), "MiB", ""});

  constexpr int kParts = 4;
  const auto texts = InventedTexts(5'000);
  const auto start = NowNs();
  for (int part = 0; part < kParts; ++part) {
    RunLoadInProcess({port, connections, static_cast<std::int64_t>(part) * (count / kParts), count / kParts, texts},
                     folder.path());
    report.Add({fmt::format("after {} VmRSS", (part + 1) * (count / kParts)), StatusMib(pid, "VmRSS"), "MiB", ""});
  }
  const double seconds = static_cast<double>(NowNs() - start) / 1e9;
  const std::int64_t sent = static_cast<std::int64_t>(count / kParts) * kParts;
  std::string metrics;
  for (int i = 0; Get(*client, port, "/metrics", &metrics) != 200 || Committed(metrics) < sent; ++i) {
    if (i == kReadyTries) Die(fmt::format("{} of {} committed", Committed(metrics), sent));
    std::this_thread::sleep_for(Millis{100});
  }
  const double rss = StatusMib(pid, "VmRSS");
  report.Add({"all committed VmRSS", rss, "MiB", ""});
  report.Add({"highest VmHWM", StatusMib(pid, "VmHWM"), "MiB", ""});
  report.Add({"rate with receipts", static_cast<double>(sent) / seconds, "msg/s", ""});
  report.Add({"CPU", CpuSecondsOf(pid) * 1e6 / static_cast<double>(sent), "us/msg", ""});
  kill(pid, SIGTERM);
  int status = 0;
  waitpid(pid, &status, 0);
  CheckCommitted(folder.path() + "/data/minsheng.db", sent);
  report.Fact("messages",
              fmt::format("{}, all committed once; {} replies went through the platform", sent, replies.load()));
  report.Print();
  std::fflush(stdout);
  if (rss > kLimitMib) Die(fmt::format("{:.1f} MiB is more than {} MiB", rss, kLimitMib));
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) {
  if (minsheng::bench::ClientMain(argc, argv)) return 0;
  const int code = minsheng::bench::Run(argc, argv);
  _exit(code);
}
