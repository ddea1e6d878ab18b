// SPDX-License-Identifier: Apache-2.0
// docker/nginx.conf with the real nginx before the real server. Only the ports, the certificate
// and the folders are exchanged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "src/http/http.h"
#include "tests/support/raw_socket.h"

extern char** environ;

namespace minsheng::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_support::RawListener;
using testing_support::RawSocket;

std::string ReadWhole(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class Nginx : public testing::Test {
 protected:
  void SetUp() override {
    program_ = std::filesystem::exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
    server_.Route("POST", "/hook/echo", [this](Request request, Responder responder) {
      ++handled_;
      responder.Send({200, request.body, "application/octet-stream"});
    });
    server_.Route("GET", "/headers", [](Request request, Responder responder) {
      std::string text = "remote=" + request.remote + "\n";
      for (const auto& [name, value] : request.headers) text += name + "=" + value + "\n";
      responder.Send({200, text});
    });
    for (const char* path : {"/metrics", "/hello", "/t/{token}"}) {
      server_.Route("GET", path, [](Request, Responder responder) { responder.Send({200, "hello\n"}); });
    }
    ASSERT_TRUE(server_.Start());
    char folder[] = "/tmp/minsheng-nginx-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    ::chmod(folder, 0755);  // nginx's workers run as another user
    if (!listen_more_.empty()) MakeCertificate();
    // Somebody may take the free ports before nginx does.
    for (int attempt = 0; attempt < 10 && pid_ <= 0; ++attempt) StartNginx();
    ASSERT_GT(pid_, 0) << ReadWhole(folder_ / "error.log");
  }

  // nginx finishes what is open and writes its logs.
  void StopNginx() {
    if (pid_ > 0) {
      ::kill(pid_, SIGQUIT);
      ::waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
  }

  void TearDown() override {
    StopNginx();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void MakeCertificate() {
    const std::string command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout " +
                                folder_.string() + "/key.pem -out " + folder_.string() + "/fullchain.pem 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << "openssl is missing: apt-get install openssl";
  }

  void WriteConfig() {
    std::istringstream lines(ReadWhole(std::filesystem::path(MINSHENG_SOURCE_DIR) / "docker/nginx.conf"));
    std::ofstream out(folder_ / "nginx.conf");
    bool tls = false, plain = false;
    for (std::string line; std::getline(lines, line);) {
      const bool is_tls = line.size() > 6 && line.substr(line.size() - 5) == "# tls";
      const bool is_plain = line.size() > 8 && line.substr(line.size() - 7) == "# plain";
      if (is_tls && !std::exchange(tls, true)) out << "listen 127.0.0.1:" << port_ << listen_more_ << ";\n";
      if (is_tls && !listen_more_.empty() && line.find("ssl_certificate") != std::string::npos) {
        Exchange(line, "/etc/minsheng/tls/", folder_.string() + "/");
        out << line << "\n";
      }
      if (is_plain && !std::exchange(plain, true)) out << "listen 127.0.0.1:" << plain_port_ << ";\n";
      if (is_tls || is_plain) continue;
      if (line == "  # temp") {
        for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
          out << kind << "_temp_path " << folder_.string() << "/" << kind << ";\n";
        }
        continue;
      }
      Exchange(line, "/var/log/nginx/", folder_.string() + "/");
      Exchange(line, "/run/nginx.pid", folder_.string() + "/nginx.pid");
      Exchange(line, "127.0.0.1:12345", "127.0.0.1:" + std::to_string(server_.port()));
      out << line << "\n";
    }
    ASSERT_TRUE(tls && plain) << "the marked lines of docker/nginx.conf are gone";
  }

  static void Exchange(std::string& line, const std::string& from, const std::string& to) {
    if (const std::size_t at = line.find(from); at != std::string::npos) line.replace(at, from.size(), to);
  }

  void StartNginx() {
    {
      RawListener one, two;  // free ports, for now
      port_ = one.port();
      plain_port_ = two.port();
    }
    WriteConfig();
    const std::string config = (folder_ / "nginx.conf").string(), log = (folder_ / "error.log").string();
    std::vector<std::string> words = {program_, "-c", config, "-e", log, "-g", "daemon off;"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    ASSERT_EQ(::posix_spawnp(&pid, program_.c_str(), nullptr, nullptr, argv.data(), environ), 0)
        << "nginx is missing: apt-get install nginx-light";
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
      if (::waitpid(pid, nullptr, WNOHANG) == pid) return;  // it did not like something
      // The sockets are open when the file is there. Knocking instead could meet ourselves: a
      // connection to a free port may get that same port as its source.
      if (!ReadWhole(folder_ / "nginx.pid").empty()) {
        pid_ = pid;
        return;
      }
      std::this_thread::yield();
    }
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  std::string Ask(const std::string& request, const char* source = "127.0.0.1") {
    RawSocket raw = RawSocket::Connect(port_, source);
    EXPECT_TRUE(raw.ok());
    raw.Send(request);
    return raw.ReadAnswer();
  }

  std::string Get(const std::string& path, const std::string& more = "", const char* source = "127.0.0.1") {
    return Ask("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + more + "\r\n", source);
  }

  // A POST with this framing; the answer.
  std::string Hook(const std::string& headers, const std::string& body) {
    return Ask("POST /hook/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + "\r\n" + body);
  }

  void ExpectAlive() { EXPECT_THAT(Get("/hello"), EndsWith("hello\n")); }

  ManualClock clock_;
  std::atomic<int> handled_{0};
  Server server_{{}, clock_};
  std::string program_;
  std::filesystem::path folder_;
  std::string listen_more_;  // " ssl http2" with a certificate of our own
  int port_ = 0, plain_port_ = 0;
  pid_t pid_ = -1;
};

class NginxWithTls : public Nginx {
 protected:
  NginxWithTls() { listen_more_ = " ssl http2 default_server"; }
};

TEST_F(Nginx, RefusesBrokenFramingAndTheServerBehindItLives) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::pair<std::string, std::string> bad[] = {
      {chunked, "-1\r\nabc\r\n0\r\n\r\n"},
      {chunked, "-2\r\nabc\r\n0\r\n\r\n"},
      {chunked, "zz\r\nabc\r\n0\r\n\r\n"},
      {chunked, "3\r\nabc\r\nzz\r\ndef\r\n0\r\n\r\n"},
      {"Transfer-Encoding: xchunkedx\r\n", "3\r\nabc\r\n0\r\n\r\n"},
      {chunked + "Content-Length: 3\r\n", "3\r\nabc\r\n0\r\n\r\n"},
      {"Content-Length: 3\r\n" + chunked, "3\r\nabc\r\n0\r\n\r\n"},
      {"Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"},
      {"Content-Length: 3\r\nContent-Length: 3\r\n", "abc"},
      {"Content-Length: 3x\r\n", "abc"},
      {"Content-Length: -3\r\n", "abc"},
      {"Content-Length: 2000000\r\n", "abc"},
      {"X-Long: " + std::string(40'000, 'x') + "\r\nContent-Length: 3\r\n", "abc"},
  };
  for (const auto& [headers, body] : bad) {
    const std::string answer = Hook(headers, body);
    EXPECT_TRUE(answer.find("HTTP/1.1 4") == 0 || answer.find("HTTP/1.1 501") == 0)
        << headers.substr(0, 60) << ": " << answer;
  }
  EXPECT_EQ(handled_, 0);
  ExpectAlive();
}

TEST_F(Nginx, GoodChunkedBodiesArriveWhole) {
  const std::string answer =
      Hook("Transfer-Encoding: chunked\r\n", "3;x=y\r\n\xE6\xB0\x91\r\n3\r\n\xE5\xA3\xB0\r\n0\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, EndsWith("民声"));
}

TEST_F(Nginx, AnswersExpectContinueItself) {
  RawSocket raw = RawSocket::Connect(port_);
  raw.Send("POST /hook/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_THAT(raw.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 100 "));
  raw.Send("abc");
  EXPECT_THAT(raw.ReadAnswer(), EndsWith("abc"));
}

TEST_F(Nginx, PipelinedRequestsAreAllAnswered) {
  RawSocket raw = RawSocket::Connect(port_);
  const std::string get = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
  raw.Send(get + "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + get);
  EXPECT_THAT(raw.ReadAnswer(), EndsWith("hello\n"));
  EXPECT_THAT(raw.ReadAnswer(), EndsWith("\r\n\r\n"));
  EXPECT_THAT(raw.ReadAnswer(), EndsWith("hello\n"));
}

TEST_F(Nginx, RefusesMethodsThatNobodyNeeds) {
  for (const char* method : {"TRACE", "OPTIONS", "CONNECT", "PROPFIND"}) {
    const std::string answer = Ask(std::string(method) + " /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" +
                                   "Cookie: sid=secret\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 40")) << method;
    EXPECT_THAT(answer, Not(HasSubstr("secret"))) << method;
  }
  EXPECT_THAT(Ask("DELETE /hook/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 403 "));
}

TEST_F(Nginx, MetricsAreNotForOutsidersInAnySpelling) {
  for (const char* path : {"/metrics", "/metrics?x=1", "/%6Detrics", "//metrics", "/hello/../metrics", "/./metrics",
                           "/metrics/", "/metrics%2F", "/hello/%2e%2e/metrics"}) {
    EXPECT_THAT(Get(path), StartsWith("HTTP/1.1 403 ")) << path;
  }
}

TEST_F(Nginx, EncodedTraversalGetsNowhere) {
  for (const char* path :
       {"/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/hello%00", "/a%2F..%2Fhello", "/a%5Chello"}) {
    EXPECT_THAT(Get(path), StartsWith("HTTP/1.1 40")) << path;
  }
  ExpectAlive();
}

TEST_F(Nginx, SetsTheClientsAddressAndDropsWhatTheClientClaims) {
  const std::string answer = Get("/headers",
                                 "X-Real-IP: 203.0.113.1\r\nX-Forwarded-For: 203.0.113.2\r\n"
                                 "Forwarded: for=203.0.113.3\r\nX-Forwarded-Proto: gopher\r\n",
                                 "127.0.0.77");
  EXPECT_THAT(answer, HasSubstr("remote=127.0.0.77\n"));
  EXPECT_THAT(answer, HasSubstr("x-real-ip=127.0.0.77\n"));
  EXPECT_THAT(answer, HasSubstr("x-forwarded-for=127.0.0.77\n"));
  EXPECT_THAT(answer, Not(HasSubstr("203.0.113")));
  EXPECT_THAT(answer, Not(HasSubstr("gopher")));
}

TEST_F(Nginx, SlowClientsDoNotOccupyTheServer) {
  std::vector<RawSocket> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(RawSocket::Connect(port_));
    slow.back().Send("POST /hook/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nha");
  }
  ExpectAlive();
  EXPECT_EQ(handled_, 0);
  EXPECT_LE(server_.in_flight(), 1);  // the request just answered may still be counted, the slow ones never
  for (RawSocket& raw : slow) raw.Send("lf");
  for (RawSocket& raw : slow) EXPECT_THAT(raw.ReadToEnd(), EndsWith("half"));
  EXPECT_EQ(handled_, 50);
}

TEST_F(Nginx, ABodyJustBelowTheLimitPasses) {
  const std::string body(1 << 20, 'b');
  const std::string answer = Hook("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, body.size());
}

TEST_F(Nginx, PlainHttpIsSentToHttps) {
  RawSocket raw = RawSocket::Connect(plain_port_);
  raw.Send("GET /hello?x=1 HTTP/1.1\r\nHost: hotline.example\r\nConnection: close\r\n\r\n");
  const std::string answer = raw.ReadToEnd();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 308 "));
  EXPECT_THAT(answer, HasSubstr("Location: https://hotline.example/hello?x=1\r\n"));
}

TEST_F(Nginx, LogsNeitherQueriesNorTokens) {
  EXPECT_THAT(Get("/hello?signature=s3cret"), EndsWith("hello\n"));
  EXPECT_THAT(Get("/t/t0ken"), EndsWith("hello\n"));
  server_.Stop(Millis{1'000});
  EXPECT_THAT(Get("/hello?signature=s3cret"), StartsWith("HTTP/1.1 502 "));
  StopNginx();
  const std::string log = ReadWhole(folder_ / "access.log") + ReadWhole(folder_ / "error.log");
  EXPECT_THAT(log, HasSubstr(" GET /hello 200 "));
  EXPECT_THAT(log, HasSubstr(" GET /t/- 200 "));
  EXPECT_THAT(log, Not(HasSubstr("s3cret")));
  EXPECT_THAT(log, Not(HasSubstr("t0ken")));
}

TEST_F(NginxWithTls, TheClientTalksToNobodyWhoseCertificateItCannotCheck) {
  Call call;
  call.method = "POST";
  call.url = "https://127.0.0.1:" + std::to_string(port_) + "/hook/echo";
  call.body = "abc";
  const auto answer = MakeCurlClient({{"*"}})->Do(call);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(answer.error().what, HasSubstr("certificate"));
  EXPECT_EQ(handled_, 0);
}

TEST_F(Nginx, StoppedServerMeansAnErrorThatThePlatformRetries) {
  server_.Drain(Millis{0});
  EXPECT_THAT(Hook("Content-Length: 3\r\n", "abc"), StartsWith("HTTP/1.1 503 "));
  server_.Stop(Millis{1'000});
  EXPECT_THAT(Hook("Content-Length: 3\r\n", "abc"), StartsWith("HTTP/1.1 502 "));
}

}  // namespace
}  // namespace minsheng::http
