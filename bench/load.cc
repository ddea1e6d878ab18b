// SPDX-License-Identifier: Apache-2.0
#include "bench/load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>

#include "bench/corpus.h"
#include "bench/report.h"
#include "src/base/crypto.h"

extern char** environ;

namespace minsheng::bench {
namespace {

constexpr int kStuckMs = 30'000;
constexpr const char* kClientFlag = "--as-load-client";

struct Socket {
  int fd = -1;
  int index = -1;  // of the message
  std::string out;
  std::size_t written = 0;
  std::string in;
};

class Loop {
 public:
  explicit Loop(const LoadPlan& plan) : plan_(plan), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    result_.sent_ns.resize(static_cast<std::size_t>(plan.count));
    result_.answered_ns.resize(static_cast<std::size_t>(plan.count));
  }
  ~Loop() { close(epoll_); }

  LoadResult Run() {
    std::vector<Socket> sockets(static_cast<std::size_t>(std::min(plan_.connections, plan_.count)));
    for (auto& s : sockets) Begin(s, next_++);
    std::array<epoll_event, 256> events{};
    while (answered_ < plan_.count) {
      const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kStuckMs);
      if (n == 0) Die(fmt::format("no answer for {} s; {} of {} answered", kStuckMs / 1000, answered_, plan_.count));
      for (int i = 0; i < n; ++i) Handle(*static_cast<Socket*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
    return std::move(result_);
  }

 private:
  void Begin(Socket& s, int index) {
    const auto at = static_cast<std::size_t>(index);
    const auto number = plan_.first + index;
    s.index = index;
    s.written = 0;
    s.in.clear();
    s.out = PushOf(number, plan_.texts[static_cast<std::size_t>(number) % plan_.texts.size()]);
    s.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s.fd < 0) Die("no more sockets");
    const int on = 1;
    setsockopt(s.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (result_.sent_ns[at] == 0) result_.sent_ns[at] = NowNs();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(plan_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(s.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
      Die("cannot connect to the server");
    }
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.ptr = &s;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, s.fd, &event);
  }

  void Handle(Socket& s) {
    if (s.written < s.out.size()) return Write(s);
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto n = recv(s.fd, buffer.data(), buffer.size(), 0);
      if (n > 0) {
        s.in.append(buffer.data(), static_cast<std::size_t>(n));
        continue;
      }
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      return End(s);
    }
  }

  void Write(Socket& s) {
    const auto n = send(s.fd, s.out.data() + s.written, s.out.size() - s.written, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      return End(s);
    }
    s.written += static_cast<std::size_t>(n);
    if (s.written < s.out.size()) return;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &s;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, s.fd, &event);
  }

  void End(Socket& s) {
    const std::string_view answer = s.in;
    const bool good = answer.size() > 12 && answer.substr(9, 3) == "200";
    close(s.fd);
    if (!good) {
      ++result_.again;
      if (result_.again > 20LL * plan_.count + 1000) Die("the server refuses: " + s.in.substr(0, 200));
      const timespec pause{0, 1'000'000};
      nanosleep(&pause, nullptr);
      return Begin(s, s.index);
    }
    result_.answered_ns[static_cast<std::size_t>(s.index)] = NowNs();
    ++answered_;
    s.fd = -1;
    if (next_ < plan_.count) Begin(s, next_++);
  }

  const LoadPlan& plan_;
  LoadResult result_;
  int epoll_;
  int next_ = 0;
  int answered_ = 0;
};

std::string Query() {
  const auto now = std::to_string(time(nullptr));
  std::vector<std::string> parts{kToken, now, "bench"};
  std::sort(parts.begin(), parts.end());
  return fmt::format("signature={}&timestamp={}&nonce=bench", crypto::Sha1Hex(parts[0] + parts[1] + parts[2]), now);
}

void Put(std::ofstream& out, const std::vector<std::int64_t>& values) {
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(std::int64_t)));
}

void Get(std::ifstream& in, std::vector<std::int64_t>& values) {
  in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(std::int64_t)));
}

}  // namespace

std::string MsgIdOf(std::int64_t number) { return std::to_string(7'000'000'000'000'000'000 + number); }

std::string PushOf(std::int64_t number, const std::string& text) {
  const auto body = fmt::format(
      "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[oBench{:022}]]></FromUserName>"
      "<CreateTime>{}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{}]]></Content>"
      "<MsgId>{}</MsgId></xml>",
      number, time(nullptr), text, MsgIdOf(number));
  return fmt::format(
      "POST /hook/wechat/main?{} HTTP/1.0\r\nHost: bench\r\nContent-Type: text/xml\r\nConnection: close\r\n"
      "Content-Length: {}\r\n\r\n{}",
      Query(), body.size(), body);
}

LoadResult RunLoad(const LoadPlan& plan) { return Loop(plan).Run(); }

LoadResult RunLoadInProcess(const LoadPlan& plan, const std::string& folder) {
  const auto out = folder + "/load.out";
  const auto texts = folder + "/load.texts";
  {
    std::ofstream lines(texts, std::ios::binary);
    for (const auto& t : plan.texts) lines << t << '\0';
  }
  std::vector<std::string> words{"/proc/self/exe",
                                 kClientFlag,
                                 std::to_string(plan.port),
                                 std::to_string(plan.connections),
                                 std::to_string(plan.first),
                                 std::to_string(plan.count),
                                 texts,
                                 out};
  std::vector<char*> argv;
  for (auto& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, argv.data(), environ) != 0) Die("cannot start the client");
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || status != 0) Die("the load client failed");
  LoadResult result;
  result.sent_ns.resize(static_cast<std::size_t>(plan.count));
  result.answered_ns.resize(static_cast<std::size_t>(plan.count));
  std::vector<std::int64_t> again(1);
  std::ifstream in(out, std::ios::binary);
  Get(in, result.sent_ns);
  Get(in, result.answered_ns);
  Get(in, again);
  if (!in) Die("the load client left no result");
  result.again = again[0];
  return result;
}

bool ClientMain(int argc, char** argv) {
  if (argc != 8 || std::string_view(argv[1]) != kClientFlag) return false;
  LoadPlan plan;
  plan.port = std::atoi(argv[2]);
  plan.connections = std::atoi(argv[3]);
  plan.first = std::atoll(argv[4]);
  plan.count = std::atoi(argv[5]);
  std::ifstream in(argv[6], std::ios::binary);
  for (std::string text; std::getline(in, text, '\0');) plan.texts.push_back(text);
  const auto result = RunLoad(plan);
  std::ofstream out(argv[7], std::ios::binary);
  Put(out, result.sent_ns);
  Put(out, result.answered_ns);
  Put(out, {result.again});
  return true;
}

}  // namespace minsheng::bench
