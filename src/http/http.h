// SPDX-License-Identifier: Apache-2.0
// HTTP in our own words. Only server_cpprest.cc includes <cpprest/*>, only client_curl.cc <curl/*>.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"

namespace minsheng::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;                          // upper case
  std::string path;                            // percent-decoded once; starts with '/', no "..", no control bytes
  Headers query;                               // decoded, in order, duplicates kept
  std::map<std::string, std::string> headers;  // names in lower case
  std::map<std::string, std::string> params;   // "{name}" segments of the matched route
  std::string body;                            // bytes, exactly as received
  std::string remote;                          // peer address; from X-Real-IP when the peer is loopback

  // The single value of a query key; nullopt when it is missing or repeated.
  std::optional<std::string> Query(std::string_view key) const;
  std::string Header(std::string_view lower_case_name) const;  // empty when missing
};

struct Response {
  int status = 200;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
  Headers headers = {};  // control bytes in names or values are refused: the answer becomes a 500
};

// The one answer to one request. Movable, callable from any thread.
class Responder {
 public:
  class Sink {  // implemented by the server
   public:
    virtual ~Sink() = default;
    // Exactly once. `done(true)` when the bytes were handed to the peer's connection without
    // error, `done(false)` when the connection was already gone or broke while writing.
    virtual void Send(Response response, std::function<void(bool)> done) = 0;
  };

  explicit Responder(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();  // answers 500 if Send was never called

  void Send(Response response, std::function<void(bool written)> done = {});
  bool Answered() const { return sink_ == nullptr; }

 private:
  std::unique_ptr<Sink> sink_;
};

// Runs on a library thread: must not block. Work that blocks moves the Responder elsewhere.
using Handler = std::function<void(Request, Responder)>;

class Server {
 public:
  struct Options {
    std::string address = "127.0.0.1";     // IPv4 literal
    int port = 0;                          // 0 = any free one
    int threads = 2;                       // library threads, 2..4 is best (docs/performance.md)
    std::size_t max_body_bytes = 1 << 20;  // a longer body is answered 413
    int max_in_flight = 10'000;            // more open requests are answered 503
    Millis body_timeout{20'000};           // a body that takes longer to arrive is answered 408
  };
  Server(Options options, const Clock& clock);
  ~Server();
  Server(const Server&) = delete;

  // Before Start. pattern: literal segments and "{name}"; the most literal pattern wins.
  // A path that matches with another method answers 405; nothing matches: 404. HEAD without a
  // route of its own runs the GET handler; the body is left out.
  // max_body_bytes 0 = the server's.
  void Route(std::string method, const std::string& pattern, Handler handler, std::size_t max_body_bytes = 0);
  Result<void> Start();
  int port() const;  // after Start
  // New requests are answered 503 from now on; returns when no request is open, or after `limit`.
  void Drain(Millis limit);
  // Drain, then close. Never hangs: after `limit` it gives up on what is left. After Stop the
  // process should leave by _exit (trap 20 of platform notes: static destructors of the library).
  void Stop(Millis limit);
  int in_flight() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Call {
  std::string method = "GET";
  std::string url;  // http or https
  Headers headers = {};
  std::string body = {};
  Millis timeout{10'000};  // for the whole exchange
  Millis connect_timeout{3'000};
  std::size_t max_answer_bytes = 1 << 20;
};

// Outgoing HTTP. Thread-safe. No redirects are followed, no proxy, peers are verified.
// Errors: kUnavailable = nothing was sent (no connection); kUnknown = sent, no full answer;
// kDenied = the address is not allowed; kInvalid = bad URL; kTooLarge = answer too long.
// A status of 400 and more is NOT an error here: the caller knows what it means.
class Client {
 public:
  virtual ~Client() = default;
  virtual Result<Response> Do(const Call& call) = 0;
};

struct ClientOptions {
  // Addresses that are private (loopback, RFC 1918, link-local, ULA, CGNAT) are refused unless
  // the URL's host (or "host:port") stands here. Checked on the resolved address. "*" = all.
  std::vector<std::string> allow_private_hosts;
};
std::unique_ptr<Client> MakeCurlClient(const ClientOptions& options);

// application/x-www-form-urlencoded and URI components.
std::string PercentEncode(std::string_view bytes);
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space);
Headers ParseQuery(std::string_view query);  // undecodable pairs are dropped

}  // namespace minsheng::http
