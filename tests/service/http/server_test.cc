// SPDX-License-Identifier: Apache-2.0
// The server against requests by hand. Each test holds one promise that the library alone breaks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

#include "src/http/http.h"
#include "tests/support/raw_socket.h"

namespace minsheng::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_support::RawListener;
using testing_support::RawSocket;

// Responders that a test answers when it wants.
class HeldResponders {
 public:
  void Put(Responder responder) {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(responder));
    changed_.notify_all();
  }
  bool WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return held_.size() >= count; });
  }
  Responder Take() {
    const std::lock_guard lock(mutex_);
    Responder responder = std::move(held_.front());
    held_.pop_front();
    return responder;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Responder> held_;
};

template <class Condition>
bool Eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// Address sanitizer ends the process itself where the library asks for 2^64-1 bytes.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kHugeAllocationsThrow = false;
#else
constexpr bool kHugeAllocationsThrow = true;
#endif

class HttpServer : public testing::Test {
 protected:
  explicit HttpServer(Server::Options options = {}) { server_ = std::make_unique<Server>(options, clock_); }

  void SetUp() override {
    server_->Route("POST", "/echo", [](Request request, Responder responder) {
      responder.Send({200, request.body, "application/octet-stream"});
    });
    server_->Route("GET", "/hello/{name}", [](Request request, Responder responder) {
      responder.Send({200, "hello " + request.params.at("name") + "\n"});
    });
    server_->Route("GET", "/remote", [](Request request, Responder responder) {
      responder.Send({200, request.remote});
    });
    server_->Route("GET", "/query", [](Request request, Responder responder) {
      responder.Send({200, request.Query("q").value_or("(none)")});
    });
    server_->Route(
        "POST", "/small",
        [](Request, Responder responder) {
          responder.Send({200, "small"});
        },
        8);
    server_->Route("POST", "/held", [this](Request, Responder responder) { held_.Put(std::move(responder)); });
    server_->Route("GET", "/held", [this](Request, Responder responder) { held_.Put(std::move(responder)); });
    server_->Route("GET", "/throws", [](Request, Responder) { throw std::runtime_error("on purpose"); });
    server_->Route("GET", "/drops", [](Request, Responder) {});
    server_->Route("GET", "/split", [](Request, Responder responder) {
      responder.Send({302, "", "text/plain", {{"Location", "/\r\nSet-Cookie: stolen=1"}}});
    });
    server_->Route("GET", "/cookies", [](Request, Responder responder) {
      responder.Send({200, "", "text/plain", {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}}});
    });
    server_->Route("GET", "/cookie", [](Request, Responder responder) {
      responder.Send({200, "x", "text/plain", {{"Set-Cookie", "a=1; Path=/"}}});
    });
    server_->Route("GET", "/big", [](Request, Responder responder) {
      responder.Send({200, std::string(3 << 20, 'b')});
    });
    server_->Route("GET", "/empty", [](Request, Responder responder) { responder.Send({204, "must not be sent"}); });
    ASSERT_TRUE(server_->Start());
  }

  RawSocket Connect() {
    RawSocket raw = RawSocket::Connect(server_->port());
    EXPECT_TRUE(raw.ok());
    return raw;
  }

  std::string Ask(std::string_view request) {
    RawSocket raw = Connect();
    EXPECT_TRUE(raw.Send(request));
    return raw.ReadAnswer();
  }

  std::string Get(std::string_view target, std::string_view more = "") {
    return Ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n");
  }

  std::string Post(std::string_view target, std::string_view body, std::string_view more = "") {
    return Ask("POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }

  void ExpectAlive() {
    EXPECT_THAT(Get("/hello/you"), EndsWith("\r\n\r\nhello you\n"));
    EXPECT_TRUE(Eventually([this] { return server_->in_flight() == 0; })) << server_->in_flight();
  }

  ManualClock clock_;
  HeldResponders held_;
  std::unique_ptr<Server> server_;
};

TEST_F(HttpServer, AnswersOneRequestAfterAnotherOnOneConnection) {
  RawSocket raw = Connect();
  for (int i = 0; i < 3; ++i) {
    raw.Send("GET /hello/%E6%B0%91%E5%A3%B0 HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = raw.ReadAnswer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, EndsWith("hello 民声\n"));
  }
}

TEST_F(HttpServer, BodiesArriveByteForByteWhateverTheirContentType) {
  std::string xml = "<xml><Content><![CDATA[门前积水，老人出不去。]]></Content></xml>";
  std::string all;
  for (int i = 0; i < 70'000; ++i) all += static_cast<char>(i * 7);
  for (const std::string& body : {xml, all}) {
    for (const char* type : {"", "Content-Type: text/xml\r\n", "Content-Type: application/xml\r\n",
                             "Content-Type: text/xml; charset=gbk\r\n", "Content-Type: \r\n",
                             "Content-Type: application/x-www-form-urlencoded\r\n"}) {
      const std::string answer = Post("/echo", body, type);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n")) << type;
      EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body) << type;
    }
  }
}

TEST_F(HttpServer, ABodyThatComesInPiecesIsWhole) {
  RawSocket raw = Connect();
  raw.Send("POST /echo HTTP/1.1\r\nContent-Length: 6\r\n\r\n");
  for (char c : std::string("abcdef")) raw.Send({&c, 1});
  EXPECT_THAT(raw.ReadAnswer(), EndsWith("\r\n\r\nabcdef"));
}

TEST_F(HttpServer, ChunkSizeMinusOneDoesNotEndTheProcess) {
  if (!kHugeAllocationsThrow) GTEST_SKIP() << "not with address sanitizer";
  for (const char* size : {"-1", "-2", "zz", "", "7fffffff", "ffffffff", "-80000000", "5", "0", "3;x=y"}) {
    RawSocket raw = Connect();
    raw.Send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(size) + "\r\nabc\r\n0\r\n\r\n");
    const std::string answer = raw.ReadToEnd();
    EXPECT_TRUE(answer.empty() || answer.find("HTTP/1.1 411 ") == 0) << size << ": " << answer;
  }
  ExpectAlive();
}

TEST_F(HttpServer, PoisonLeavesNothingBehindThatWouldKeepStopWaiting) {
  if (!kHugeAllocationsThrow) GTEST_SKIP() << "not with address sanitizer";
  for (int i = 0; i < 20; ++i) {
    RawSocket raw = Connect();
    raw.Send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n");
    raw.ReadToEnd();
  }
  ExpectAlive();
  const auto start = std::chrono::steady_clock::now();
  server_->Stop(Millis{5'000});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
}

TEST_F(HttpServer, AChunkedBodyIsNeverTakenHalfSilently) {
  // A broken size after good data would end the body early and look like success.
  const std::string answer =
      Ask("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\ndef\r\n0\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 411 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nTransfer-Encoding: xchunkedx\r\nContent-Length: 3\r\n\r\nabc"),
              StartsWith("HTTP/1.1 411 "));
}

TEST_F(HttpServer, AContentLengthThatIsNotANumberIsRefused) {
  for (const char* length : {"3x", "-3", "0x3", "99999999999999999999"}) {
    EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nContent-Length: " + std::string(length) + "\r\n\r\nabc"),
                StartsWith("HTTP/1.1 400 "))
        << length;
  }
  ExpectAlive();
}

TEST_F(HttpServer, HalfSentBodiesDoNotStopOthers) {
  std::vector<RawSocket> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(Connect());
    slow.back().Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  }
  EXPECT_TRUE(Eventually([this] { return server_->in_flight() == 100; })) << server_->in_flight();
  EXPECT_THAT(Get("/hello/you"), EndsWith("hello you\n"));
  for (RawSocket& raw : slow) raw.Send(" done!");
  for (RawSocket& raw : slow) EXPECT_THAT(raw.ReadAnswer(), EndsWith("half done!"));
  ExpectAlive();
}

TEST_F(HttpServer, ABodyThatIsLateIsAnswered408) {
  RawSocket raw = Connect();
  raw.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  ASSERT_TRUE(Eventually([this] { return server_->in_flight() == 1; }));
  clock_.Advance(Millis{20'001});
  EXPECT_THAT(raw.ReadToEnd(), StartsWith("HTTP/1.1 408 "));
  ExpectAlive();
}

TEST_F(HttpServer, APeerThatLeavesInTheMiddleOfTheBodyIsForgotten) {
  for (int i = 0; i < 10; ++i) {
    RawSocket raw = Connect();
    raw.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
    if (i % 2) raw.Reset();
  }
  ExpectAlive();
}

TEST_F(HttpServer, ATooLongBodyIsRefusedBeforeItIsSent) {
  const std::string answer = Ask("POST /echo HTTP/1.1\r\nContent-Length: 2000000000\r\n\r\nabc");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, HasSubstr("\"kind\":\"too-large\""));
  EXPECT_THAT(Post("/small", "123456789"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Post("/small", "12345678"), EndsWith("\r\n\r\nsmall"));
  ExpectAlive();
}

TEST_F(HttpServer, TraceDoesNotEchoAndOptionsDoesNotSucceed) {
  const std::string trace = Ask("TRACE /hello/you HTTP/1.1\r\nCookie: sid=secret\r\n\r\n");
  EXPECT_THAT(trace, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(trace, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(trace, Not(HasSubstr("secret")));
  EXPECT_THAT(Ask("OPTIONS /hello/you HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Ask("CONNECT /hello/you HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(HttpServer, HeadHasNoBodyAndTheNextAnswerIsNotShifted) {
  RawSocket raw = Connect();
  raw.Send("HEAD /hello/you HTTP/1.1\r\n\r\n");
  const std::string head = raw.ReadUntil("\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
  raw.Send("GET /hello/me HTTP/1.1\r\n\r\n");
  const std::string next = raw.ReadAnswer();
  EXPECT_THAT(next, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(next, EndsWith("hello me\n"));
}

TEST_F(HttpServer, NoContentHasNoBody) {
  const std::string answer = Get("/empty", "Connection: close\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(answer, Not(HasSubstr("must not")));
}

TEST_F(HttpServer, PathsThatCouldMeanAnotherPathAreRefused) {
  for (const char* path : {"/hello%2Fyou", "/hello%5cyou", "/hello/%00", "/hello/..", "/hello/%2e%2e/remote",
                           "/hello/../remote", "/%zz", "/hello/%", "//remote", "//evil/remote", "/hello/%0d%0aX:y"}) {
    const std::string answer = Get(path);
    EXPECT_TRUE(answer.find("HTTP/1.1 400 ") == 0 || answer.find("HTTP/1.1 404 ") == 0) << path << ": " << answer;
  }
  ExpectAlive();
}

TEST_F(HttpServer, AnUndecodableQueryPairIsDroppedNotFatal) {
  EXPECT_THAT(Get("/query?q=%zz"), EndsWith("(none)"));
  EXPECT_THAT(Get("/query?bad=%zz&q=a%20b+c"), EndsWith("a b c"));
  EXPECT_THAT(Get("/query?q=1&q=2"), EndsWith("(none)"));
  EXPECT_THAT(Get("/query?q=%E7%A7%AF%E6%B0%B4"), EndsWith("积水"));
}

TEST_F(HttpServer, ResponseSplittingBecomesA500) {
  const std::string answer = Get("/split");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("stolen")));
}

TEST_F(HttpServer, ASecondCookieInOneAnswerIsRefusedNotJoined) {
  EXPECT_THAT(Get("/cookies"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Get("/cookie"), HasSubstr("Set-Cookie: a=1; Path=/\r\n"));
}

TEST_F(HttpServer, AHandlerThatThrowsOrForgetsIsAnswered500) {
  EXPECT_THAT(Get("/throws"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Get("/drops"), StartsWith("HTTP/1.1 500 "));
  ExpectAlive();
}

TEST_F(HttpServer, UnknownPathsAre404AndOtherMethods405) {
  EXPECT_THAT(Get("/nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Post("/nothing", "abc"), StartsWith("HTTP/1.1 404 "));
  const std::string answer = Post("/hello/you", "abc");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(Get("/echo"), HasSubstr("Allow: POST\r\n"));
}

TEST_F(HttpServer, XRealIpCountsFromLoopbackOnlyWhenItIsOneAddress) {
  EXPECT_THAT(Get("/remote"), EndsWith("\r\n\r\n127.0.0.1"));
  EXPECT_THAT(Get("/remote", "X-Real-IP: 203.0.113.9\r\n"), EndsWith("\r\n\r\n203.0.113.9"));
  EXPECT_THAT(Get("/remote", "X-Real-IP: 2001:db8::9\r\n"), EndsWith("\r\n\r\n2001:db8::9"));
  EXPECT_THAT(Get("/remote", "X-Real-IP: 203.0.113.9, 10.0.0.1\r\n"), EndsWith("\r\n\r\n127.0.0.1"));
  EXPECT_THAT(Get("/remote", "X-Real-IP: a\r\n"), EndsWith("\r\n\r\n127.0.0.1"));
}

TEST_F(HttpServer, LargeAnswersAreWhole) {
  const std::string answer = Get("/big");
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, std::size_t{3 << 20});
}

TEST_F(HttpServer, Http10GetsAnAnswerAndTheEndOfTheConnection) {
  RawSocket raw = Connect();
  raw.Send("GET /hello/you HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string answer = raw.ReadToEnd();  // would wait for ever if the connection were kept
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("hello you\n"));
}

TEST_F(HttpServer, AnswersFromOtherThreadsAndSaysThatTheyWereWritten) {
  RawSocket raw = Connect();
  raw.Send("GET /held HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(held_.WaitFor(1));
  std::atomic<int> written{-1};
  std::thread([&] { held_.Take().Send({200, "late"}, [&](bool ok) { written = ok; }); }).join();
  EXPECT_THAT(raw.ReadAnswer(), EndsWith("\r\n\r\nlate"));
  EXPECT_TRUE(Eventually([&] { return written == 1; }));
}

TEST_F(HttpServer, SaysWhenTheAnswerCouldNotBeWritten) {
  RawSocket raw = Connect();
  raw.Send("GET /held HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(held_.WaitFor(1));
  raw.Reset();
  std::atomic<int> written{-1};
  // Long enough that it cannot hide in the kernel's buffers.
  held_.Take().Send({200, std::string(32 << 20, 'x')}, [&](bool ok) { written = ok; });
  EXPECT_TRUE(Eventually([&] { return written == 0; })) << written;
  ExpectAlive();
}

TEST_F(HttpServer, DrainAnswers503ToNewRequestsAndFinishesOpenOnes) {
  RawSocket open = Connect();
  open.Send("POST /held HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
  ASSERT_TRUE(held_.WaitFor(1));
  server_->Drain(Millis{0});  // the limit passes while one request is open
  EXPECT_EQ(server_->in_flight(), 1);
  const std::string refused = Get("/hello/you");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(Post("/echo", "abc"), StartsWith("HTTP/1.1 503 "));
  std::thread drain([this] { server_->Drain(Millis{10'000}); });
  held_.Take().Send({200, "finished"});
  EXPECT_THAT(open.ReadAnswer(), EndsWith("finished"));
  drain.join();
  EXPECT_EQ(server_->in_flight(), 0);
}

TEST_F(HttpServer, StopDoesNotHangOnOpenRequestsIdleConnectionsOrHalfHeads) {
  RawSocket idle = Connect();
  RawSocket half = Connect();
  half.Send("GET /hello");
  RawSocket body = Connect();
  body.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  RawSocket open = Connect();
  open.Send("GET /held HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(held_.WaitFor(1));
  ASSERT_TRUE(Eventually([this] { return server_->in_flight() == 2; }));
  const auto start = std::chrono::steady_clock::now();
  server_->Stop(Millis{200});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  std::atomic<int> written{-1};
  held_.Take().Send({200, "too late"}, [&](bool ok) { written = ok; });
  EXPECT_TRUE(Eventually([&] { return written == 0; }));
  server_->Stop(Millis{200});  // again: nothing to do
}

TEST_F(HttpServer, StopUnderLoadLeavesNoTakenRequestUnanswered) {
  std::atomic<int> handled{0}, answered{0}, refused{0}, broken{0};
  Server server({}, clock_);
  server.Route("POST", "/count", [&](Request, Responder responder) {
    ++handled;
    std::thread([held = std::make_shared<Responder>(std::move(responder))] { held->Send({200, "ok"}); }).detach();
  });
  ASSERT_TRUE(server.Start());
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (true) {
        RawSocket raw = RawSocket::Connect(server.port());
        if (!raw.ok()) return;
        for (bool more = true; more;) {
          if (!raw.Send("POST /count HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")) break;
          const std::string answer = raw.ReadAnswer();
          if (answer.find("HTTP/1.1 200") == 0) {
            ++answered;
          } else if (answer.find("HTTP/1.1 503") == 0) {
            ++refused;
            return;
          } else {
            ++broken;
            return;
          }
        }
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return answered > 500; }));
  const auto start = std::chrono::steady_clock::now();
  server.Stop(Millis{10'000});
  for (std::thread& client : clients) client.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << "a client waited in vain";
  EXPECT_EQ(handled, answered);
}

TEST_F(HttpServer, ABusyPortIsAnErrorAndTheNextServerStillStarts) {
  RawListener busy;
  Server::Options options;
  options.port = busy.port();
  Server server(options, clock_);
  const auto started = server.Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(started.error().what, HasSubstr(std::to_string(busy.port())));
  ExpectAlive();
  Server next({}, clock_);
  EXPECT_TRUE(next.Start());
}

TEST(HttpServers, AnAddressThatIsNotAnIpv4LiteralIsRefusedWithTheRemedy) {
  ManualClock clock;
  for (const char* address : {"localhost", "::1", "", "*"}) {
    Server::Options options;
    options.address = address;
    Server server(options, clock);
    const auto started = server.Start();
    ASSERT_FALSE(started) << address;
    EXPECT_EQ(started.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(started.error().what, HasSubstr("IPv4"));
  }
}

TEST(HttpServers, OneAfterAnotherWorkAndTheClosedOnesAreGone) {
  ManualClock clock;
  for (int i = 0; i < 10; ++i) {
    Server server({}, clock);
    server.Route("GET", "/n", [i](Request, Responder responder) { responder.Send({200, std::to_string(i)}); });
    ASSERT_TRUE(server.Start());
    RawSocket raw = RawSocket::Connect(server.port());
    raw.Send("GET /n HTTP/1.1\r\n\r\n");
    EXPECT_THAT(raw.ReadAnswer(), EndsWith("\r\n\r\n" + std::to_string(i)));
    const int port = server.port();
    server.Stop(Millis{1'000});
    EXPECT_FALSE(RawSocket::Connect(port).ok());
  }
}

TEST(HttpServers, AChildProcessDoesNotKeepThePortOpen) {
  ManualClock clock;
  Server server({}, clock);
  ASSERT_TRUE(server.Start());
  char name[] = "sleep", seconds[] = "60";
  char* argv[] = {name, seconds, nullptr};
  pid_t child = 0;
  ASSERT_EQ(::posix_spawnp(&child, name, nullptr, nullptr, argv, environ), 0);
  const int port = server.port();
  server.Stop(Millis{1'000});
  EXPECT_FALSE(RawSocket::Connect(port).ok());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(HttpServers, MoreRequestsThanTheLimitAreAnswered503) {
  ManualClock clock;
  HeldResponders held;
  Server::Options options;
  options.max_in_flight = 2;
  Server server(options, clock);
  server.Route("GET", "/held", [&](Request, Responder responder) { held.Put(std::move(responder)); });
  server.Route("POST", "/held", [&](Request, Responder responder) { held.Put(std::move(responder)); });
  ASSERT_TRUE(server.Start());
  std::vector<RawSocket> open;
  for (std::size_t i = 1; i <= 2; ++i) {
    open.push_back(RawSocket::Connect(server.port()));
    open.back().Send("GET /held HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(held.WaitFor(i));
  }
  RawSocket third = RawSocket::Connect(server.port());
  third.Send("POST /held HTTP/1.1\r\nContent-Length: 10\r\n\r\n");  // refused without waiting for the body
  EXPECT_THAT(third.ReadAnswer(), StartsWith("HTTP/1.1 503 "));
  for (RawSocket& raw : open) {
    held.Take().Send({200, "ok"});
    EXPECT_THAT(raw.ReadAnswer(), EndsWith("ok"));
  }
  ASSERT_TRUE(Eventually([&] { return server.in_flight() == 0; }));
  RawSocket again = RawSocket::Connect(server.port());
  again.Send("GET /held HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(held.WaitFor(1));
  held.Take().Send({200, "ok"});
  EXPECT_THAT(again.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace minsheng::http
