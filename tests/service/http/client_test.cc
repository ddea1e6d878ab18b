// SPDX-License-Identifier: Apache-2.0
// The client against servers by hand: what it sends, what it refuses, and what it says about a
// request whose outcome is not known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "src/http/http.h"
#include "tests/support/raw_socket.h"

namespace minsheng::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_support::RawListener;
using testing_support::RawSocket;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";

class HttpClient : public testing::Test {
 protected:
  void TearDown() override {
    if (peer_.joinable()) peer_.join();
  }

  // What the other side does, on its own thread.
  template <class Script>
  void Peer(Script script) {
    peer_ = std::thread(script);
  }

  std::string Url(const std::string& host = "127.0.0.1", const std::string& path = "/a") const {
    return "http://" + host + ":" + std::to_string(listener_.port()) + path;
  }

  static Result<Response> DoOn(Client& client, const std::string& method, const std::string& url,
                               const std::string& body = "") {
    Call call;
    call.method = method;
    call.url = url;
    call.body = body;
    return client.Do(call);
  }
  Result<Response> Do(const std::string& method, const std::string& url, const std::string& body = "") {
    return DoOn(*client_, method, url, body);
  }

  RawListener listener_;
  std::unique_ptr<Client> client_ = MakeCurlClient({{"127.0.0.1"}});
  std::thread peer_;
};

TEST_F(HttpClient, SendsExactlyWhatWasAskedFor) {
  std::string seen;
  Peer([&] {
    RawSocket raw = listener_.Accept();
    seen = raw.ReadUntil("{\"a\":1}");
    raw.Send(kOk);
  });
  Call call;
  call.method = "POST";
  call.url = Url("127.0.0.1", "/hook?x=%20y");
  call.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  call.body = "{\"a\":1}";
  const auto answer = client_->Do(call);
  peer_.join();
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(seen, StartsWith("POST /hook?x=%20y HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nX-Empty:\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nContent-Length: 7\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nUser-Agent: minsheng\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Expect")));
}

TEST_F(HttpClient, ReturnsStatusHeadersAndBodyAndLeavesErrorsOfThePeerToTheCaller) {
  Peer([&] {
    RawSocket raw = listener_.Accept();
    raw.ReadUntil("\r\n\r\n");
    raw.Send("HTTP/1.1 503 No\r\nRetry-After:  7 \r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nb");
    raw.Send(std::string_view("b\0sy", 4).substr(1));
  });
  const auto answer = Do("GET", Url());
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->content_type, "text/html");
  EXPECT_EQ(answer->headers[0], (std::pair<std::string, std::string>("retry-after", "7")));
  EXPECT_EQ(answer->body, std::string("b\0sy", 4));
}

TEST_F(HttpClient, ARedirectIsAnAnswerAndNotFollowed) {
  Peer([&] {
    RawSocket raw = listener_.Accept();
    raw.ReadUntil("\r\n\r\n");
    raw.Send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/inside\r\nContent-Length: 0\r\n\r\n");
  });
  const auto answer = Do("GET", Url());
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 302);
}

TEST_F(HttpClient, PrivateAddressesAreRefusedInEverySpelling) {
  const auto strict = MakeCurlClient({});
  for (const char* host : {"127.0.0.1", "localhost", "LOCALHOST", "127.1", "2130706433", "0x7f.1", "0177.0.0.1",
                           "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]"}) {
    const auto answer = DoOn(*strict, "GET", Url(host));
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().kind, ErrorKind::kDenied) << host << ": " << answer.error().what;
    EXPECT_THAT(answer.error().what, HasSubstr("private")) << host;
  }
}

TEST_F(HttpClient, APrivateHostIsAllowedByNameByNameAndPortOrAltogether) {
  const std::string port = std::to_string(listener_.port());
  Peer([&] {
    for (int i = 0; i < 4; ++i) {
      RawSocket raw = listener_.Accept();
      raw.ReadUntil("\r\n\r\n");
      raw.Send(kOk);
    }
  });
  for (const std::string& entry : {std::string("127.0.0.1"), "127.0.0.1:" + port, std::string("*")}) {
    EXPECT_TRUE(DoOn(*MakeCurlClient({{entry}}), "GET", Url())) << entry;
  }
  EXPECT_TRUE(DoOn(*MakeCurlClient({{"LocalHost:" + port}}), "GET", Url("localhost")));
  for (const std::string& entry : {std::string("127.0.0.1:1"), std::string("127.0.0.2"), std::string("localhost")}) {
    const auto answer = DoOn(*MakeCurlClient({{entry}}), "GET", Url());
    ASSERT_FALSE(answer) << entry;
    EXPECT_EQ(answer.error().kind, ErrorKind::kDenied) << entry;
  }
}

TEST_F(HttpClient, UrlsThatAreNotPlainHttpAreInvalid) {
  for (const char* url :
       {"", "127.0.0.1/a b", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://u:p@127.0.0.1/",
        "http://u@127.0.0.1/", "http://127.0.0.1/a\r\nX: y", "http://", "http://127.0.0.1:99999/", "javascript:1"}) {
    const auto answer = Do("GET", url);
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid) << url << ": " << answer.error().what;
  }
}

TEST_F(HttpClient, NothingCanBeInjectedThroughHeadersOrMethod) {
  for (const Headers& headers : {Headers{{"X", "a\r\nHost: b"}}, Headers{{"X", "a\nb"}}, Headers{{"X\r\nY", "a"}},
                                 Headers{{"X: y", "a"}}, Headers{{"", "a"}}, Headers{{"X", std::string("\0", 1)}}}) {
    Call call;
    call.url = Url();
    call.headers = headers;
    const auto answer = client_->Do(call);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid);
  }
  const auto answer = Do("GET / HTTP/1.1\r\nX: y", Url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid);
}

TEST_F(HttpClient, ProxiesOfTheEnvironmentAreIgnored) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  Peer([&] {
    RawSocket raw = listener_.Accept();
    raw.ReadUntil("\r\n\r\n");
    raw.Send(kOk);
  });
  EXPECT_TRUE(Do("GET", Url()));
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
}

TEST_F(HttpClient, NoConnectionMeansUnavailable) {
  const std::string url = Url();
  listener_.Close();
  for (const std::string& target : {url, std::string("http://no-such-host.invalid/")}) {
    const auto answer = Do("POST", target, "x");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable) << answer.error().what;
  }
}

TEST_F(HttpClient, ATimeOutBeforeTheRequestWasSentMeansUnavailable) {
  Call call;
  call.method = "POST";
  call.url = "https://127.0.0.1:" + std::to_string(listener_.port()) + "/";  // nobody shakes hands
  call.body = "x";
  call.timeout = call.connect_timeout = Millis{100};
  const auto answer = client_->Do(call);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable) << answer.error().what;
}

TEST_F(HttpClient, ATimeOutAfterTheRequestWasSentMeansUnknown) {
  Call call;
  call.method = "POST";
  call.url = Url();
  call.body = "x";
  call.timeout = Millis{150};
  const auto answer = client_->Do(call);  // the kernel accepts, nobody answers
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnknown) << answer.error().what;
}

TEST_F(HttpClient, AConnectionThatBreaksAfterTheRequestMeansUnknown) {
  for (const char* part : {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
    Peer([&] {
      RawSocket raw = listener_.Accept();
      raw.ReadUntil("\r\n\r\nx");
      raw.Send(part);
    });
    const auto answer = Do("POST", Url(), "x");
    peer_.join();
    ASSERT_FALSE(answer) << part;
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnknown) << part << ": " << answer.error().what;
  }
}

TEST_F(HttpClient, AnswersWithoutEndAreCutOff) {
  for (const std::string& start : {std::string("HTTP/1.1 200 OK\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\n")}) {
    Peer([&] {
      RawSocket raw = listener_.Accept();
      raw.ReadUntil("\r\n\r\n");
      raw.Send(start);
      while (raw.Send("X-Filler: " + std::string(500, 'x') + "\r\n")) {
      }
    });
    Call call;
    call.url = Url();
    call.max_answer_bytes = 10'000;
    const auto answer = client_->Do(call);
    peer_.join();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kTooLarge) << answer.error().what;
  }
}

TEST_F(HttpClient, KeepsConnectionsForGet) {
  Peer([&] {
    RawSocket raw = listener_.Accept();
    for (int i = 0; i < 3; ++i) {
      EXPECT_THAT(raw.ReadUntil("\r\n\r\n"), StartsWith("GET /a HTTP/1.1\r\n"));
      raw.Send(kOk);
    }
  });
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Do("GET", Url()));
}

TEST_F(HttpClient, AGetOnAConnectionThatDiedIsSentAgain) {
  Peer([&] {
    RawSocket raw = listener_.Accept();
    raw.ReadUntil("\r\n\r\n");
    raw.Send(kOk);
    raw.ReadUntil("\r\n\r\n");  // the second request comes, and the peer closes without a word
    raw.Close();
    raw = listener_.Accept();
    raw.ReadUntil("\r\n\r\n");
    raw.Send(kOk);
  });
  EXPECT_TRUE(Do("GET", Url()));
  const auto answer = Do("GET", Url());
  EXPECT_TRUE(answer) << answer.error().what;
}

TEST_F(HttpClient, APostIsNeverSentTwiceAndItsOutcomeIsUnknownWhenThePeerFallsSilent) {
  int requests = 0;
  Peer([&] {
    RawSocket kept = listener_.Accept();
    kept.ReadUntil("\r\n\r\n");
    kept.Send(kOk);
    RawSocket raw = listener_.Accept();  // not the kept connection
    requests += raw.ReadUntil("once").empty() ? 0 : 1;
    raw.Close();
    listener_.Close();  // a second try would be refused and look like "not sent"
  });
  EXPECT_TRUE(Do("GET", Url()));
  const auto answer = Do("POST", Url(), "once");
  peer_.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnknown) << answer.error().what;
  EXPECT_EQ(requests, 1);
}

TEST_F(HttpClient, WorksFromManyThreadsAgainstOurOwnServer) {
  ManualClock clock;
  Server server({}, clock);
  server.Route("POST", "/echo", [](Request request, Responder responder) {
    responder.Send({200, request.method + request.body});
  });
  ASSERT_TRUE(server.Start());
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/echo";
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string body = std::to_string(t) + "-" + std::to_string(i);
        const auto answer = Do("POST", url, body);
        good += answer && answer->body == "POST" + body;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

}  // namespace
}  // namespace minsheng::http
