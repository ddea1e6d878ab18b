// SPDX-License-Identifier: Apache-2.0
// The HTTP server over cpprestsdk 2.10.18, which is no longer maintained. What it gets wrong is
// kept out here. Long because it is the only file that may hold the library:
//  - its pool ends the process when a handler of its own throws (chunk size "-1"): our threads run
//    its io_service and go on;
//  - it never gives up on a body and answers only after the whole body: we complete the message
//    ourselves, which lets a 411, 413 or 408 out at once and closes the connection;
//  - its chunk parser loses data silently: a chunked body is refused with 411. nginx, which buffers
//    requests, never sends one;
//  - a task whose exception nobody looks at ends the process: every chain ends in a catch.
// Nothing in this file waits on a library thread.
#include <arpa/inet.h>
#include <cpprest/http_listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <thread>

#include "src/base/log.h"
#include "src/http/address.h"
#include "src/http/http.h"
#include "src/http/router.h"
#include "src/http/wire.h"

namespace minsheng::http {
namespace {

using web::http::experimental::listener::http_listener;
using Done = std::function<void(bool)>;

constexpr Millis kWatchEvery{100};

std::string_view What(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    return "bad_alloc";
  } catch (const web::http::http_exception&) {
    return "http_exception";
  } catch (const std::exception&) {
    return "exception";
  } catch (...) {
    return "unknown";
  }
}

std::atomic<int> pool_threads{0};

// A process that leaves by exit() destroys the library's service under the feet of our threads;
// this runs before that, since it is registered after the service was made. `serve` leaves by _exit.
void EndPoolThreads() {
  constexpr Millis kPatience{2'000};
  crossplat::threadpool::shared_instance().service().stop();
  for (Millis waited{0}; pool_threads > 0 && waited < kPatience; waited += Millis{1}) {
    std::this_thread::sleep_for(Millis{1});
  }
}

void RunPoolThread() {
  auto& service = crossplat::threadpool::shared_instance().service();
  for (;;) {
    try {
      service.run();
      --pool_threads;
      return;
    } catch (...) {
      log::Error("http-thread-caught", {{"error", What(std::current_exception())}});
    }
  }
}

// The library has one pool and one server per process, whatever the number of Server objects.
struct Library {
  std::mutex starting;  // one Start or Stop at a time
  int threads = 0;
  bool stuck = false;  // a close never returned; the library holds its lock for ever

  // Without a listener the library says "written" to answers that go nowhere, and while the last
  // one closes it uses what it has freed. So answers hold this shared, and none is given then.
  std::shared_mutex answering;
  int listeners = 0;

  static Library& Get() {
    static Library* const library = new Library();  // its threads outlive static destruction
    return *library;
  }

  // The library closes on a pool thread and waits there for others: one thread would hang.
  void EnsureThreads(int wanted) {
    if (threads == 0) {
      crossplat::threadpool::initialize_with_threads(0);
      std::atexit(EndPoolThreads);
    }
    for (wanted = std::max(wanted, 2); threads < wanted; ++threads) {
      ++pool_threads;
      std::thread(RunPoolThread).detach();
    }
  }

  void CountListeners(int change) {
    const std::lock_guard lock(answering);
    listeners += change;
  }
};

Response Refusal(int status) {
  struct Row {
    int status;
    std::string_view kind, zh, en;
  };
  static constexpr Row kRows[] = {
      {400, "invalid", "请求格式不正确", "the request is malformed"},
      {404, "not-found", "没有这个地址", "there is nothing at this address"},
      {405, "invalid", "该地址不支持此方法", "this address does not take this method"},
      {408, "invalid", "请求正文接收超时", "the body did not arrive in time"},
      {411, "invalid", "请求须带 Content-Length，不接受分块传输",
       "send a Content-Length; chunked bodies are not taken"},
      {413, "too-large", "请求正文过大", "the body is too large"},
      {500, "internal", "内部错误", "internal error"},
      {503, "unavailable", "服务繁忙或正在停止，请稍后重试", "busy or stopping; try again later"},
  };
  Response response;
  response.status = status;
  response.content_type = "application/json";
  for (const Row& row : kRows) {
    if (row.status != status) continue;
    response.body.append("{\"kind\":\"").append(row.kind).append("\",\"message\":\"");
    response.body.append(row.zh).append(" / ").append(row.en).append("\",\"fields\":{}}\n");
  }
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

struct Exchange;
using ExchangePtr = std::shared_ptr<Exchange>;

// Shared by the server, its watcher and every open request; outlives the Server object as long as
// a Responder does.
struct State {
  State(Server::Options o, const Clock& c) : options(std::move(o)), clock(c) {}

  const Server::Options options;
  const Clock& clock;
  Router router;

  std::mutex mutex;
  std::condition_variable changed;
  int open = 0;      // taken requests without a written answer
  int refusing = 0;  // refusals without a written answer
  bool draining = false;
  bool watching = true;
  std::uint64_t next_id = 0;
  std::map<std::uint64_t, std::pair<Millis, std::weak_ptr<Exchange>>> reading;  // id → deadline; ids grow with time

  bool WaitIdle(Millis limit) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, [this] { return open == 0; });
  }
  void WaitRefused(Millis limit) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, limit, [this] { return refusing == 0; });
  }
};

// One request from its head to its written answer.
struct Exchange {
  Exchange(std::shared_ptr<State> s, const web::http::http_request& r)
      : state(std::move(s)),
        request(r),
        arrived(state->clock.Monotonic()),
        close(request.http_version() == web::http::http_versions::HTTP_1_0) {}

  const std::shared_ptr<State> state;
  web::http::http_request request;
  const Millis arrived;
  std::atomic<bool> expired{false};
  bool close;         // answer with "Connection: close"; the library forgets it for HTTP/1.0
  bool taken = true;  // counts as open, else as refusing
  std::uint64_t id = 0;

  bool IsHead() const { return request.method() == web::http::methods::HEAD; }

  void Finish() {
    const std::lock_guard lock(state->mutex);
    --(taken ? state->open : state->refusing);
    state->changed.notify_all();
  }

  // Ends the reading of the body as if the peer had broken off. Without it the library sends no
  // answer before the last byte. It sets an event that is set at most once, so a body that
  // completes at the same time does no harm.
  void GiveUpBody() {
    try {
      request._get_impl()->_complete(0, std::make_exception_ptr(std::runtime_error("body refused")));
    } catch (...) {
      log::Warn("http-refuse-failed", {{"error", What(std::current_exception())}});
    }
  }
};

web::http::http_response ToLibrary(const Exchange& exchange, Response& response) {
  web::http::http_response out(static_cast<web::http::status_code>(response.status));
  for (const auto& [name, value] : response.headers) out.headers().add(name, value);
  if (exchange.close) out.headers().add(web::http::header_names::connection, "close");
  const bool bodiless = exchange.IsHead() || response.status == 204 || response.status == 304;
  if (!bodiless && !response.body.empty()) {
    const std::size_t size = response.body.size();
    out.set_body(concurrency::streams::bytestream::open_istream(std::move(response.body)), size, response.content_type);
  } else if (!response.content_type.empty()) {
    out.headers().set_content_type(response.content_type);
  }
  return out;
}

void FinishReply(const ExchangePtr& exchange, const Done& done, bool written) {
  try {
    if (done) done(written);
  } catch (...) {
    log::Error("http-done-threw", {{"error", What(std::current_exception())}});
  }
  exchange->Finish();
}

void Reply(const ExchangePtr& exchange, Response response, Done done) {
  if (const auto problem = ProblemOf(response)) {
    log::Error("http-bad-answer", {{"problem", *problem}});
    response = Refusal(500);
  }
  std::shared_lock lock(Library::Get().answering);
  if (Library::Get().listeners == 0) {
    lock.unlock();
    return FinishReply(exchange, done, false);
  }
  try {
    exchange->request.reply(ToLibrary(*exchange, response)).then([exchange, done](pplx::task<void> sent) {
      bool written = true;
      try {
        sent.get();
      } catch (...) {
        written = false;
      }
      FinishReply(exchange, done, written);
    });
  } catch (...) {  // the connection is closed already, or no memory
    lock.unlock();
    FinishReply(exchange, done, false);
  }
}

class RequestSink final : public Responder::Sink {
 public:
  explicit RequestSink(ExchangePtr exchange) : exchange_(std::move(exchange)) {}
  void Send(Response response, Done done) override { Reply(exchange_, std::move(response), std::move(done)); }

 private:
  ExchangePtr exchange_;
};

void RunHandler(const Router::Route& route, Request request, const ExchangePtr& exchange) {
  try {
    route.handler(std::move(request), Responder(std::make_unique<RequestSink>(exchange)));
  } catch (...) {  // the Responder has answered 500 on the way out
    log::Error("http-handler-threw", {{"error", What(std::current_exception())}});
  }
}

// Calls `next(body)` with the body, or nullopt when it did not arrive whole and in time.
void ReadBody(const ExchangePtr& exchange, std::uint64_t length, std::function<void(std::optional<std::string>)> next) {
  State& state = *exchange->state;
  {
    const std::lock_guard lock(state.mutex);
    exchange->id = state.next_id++;
    state.reading[exchange->id] = {exchange->arrived + state.options.body_timeout, exchange};
  }
  exchange->request.extract_vector().then([exchange, length, next](pplx::task<std::vector<unsigned char>> read) {
    std::optional<std::string> body;
    try {
      const std::vector<unsigned char> bytes = read.get();
      if (bytes.size() == length) body.emplace(bytes.begin(), bytes.end());
    } catch (...) {
      body.reset();
    }
    {
      const std::lock_guard lock(exchange->state->mutex);
      exchange->state->reading.erase(exchange->id);
    }
    try {
      next(std::move(body));
    } catch (...) {
      log::Error("http-request-threw", {{"error", What(std::current_exception())}});
      Reply(exchange, Refusal(500), {});
    }
  });
}

void AnswerUnread(const ExchangePtr& exchange) {
  exchange->close = true;
  Reply(exchange, Refusal(exchange->expired ? 408 : 400), {});
}

// What the head of a request decides.
struct Plan {
  int refuse = 0;      // a status, or 0 to go on
  bool abort = false;  // do not wait for the body: answer and close
  std::uint64_t length = 0;
  Router::Match match;
  Request request;
};

std::string RemoteOf(const web::http::http_request& request, const Request& parsed) {
  const std::string& peer = request.remote_address();
  if (!IsLoopbackAddress(peer)) return peer;
  const std::string real = parsed.Header("x-real-ip");
  return IsAddress(real) ? real : peer;
}

int ReadTarget(const web::http::http_request& request, Request& out) {
  const web::uri& uri = request.request_uri();
  // "//host/path" would be read as another host; an absolute URL names its scheme.
  if (!uri.host().empty() && uri.scheme() != "http" && uri.scheme() != "https") return 400;
  auto path = DecodePath(uri.path());
  if (!path) return 400;
  out.path = std::move(*path);
  out.query = ParseQuery(uri.query());
  return 0;
}

Plan MakePlan(State& state, const web::http::http_request& request) {
  Plan plan;
  Request& out = plan.request;
  out.method = request.method();
  std::transform(out.method.begin(), out.method.end(), out.method.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  for (const auto& [name, value] : request.headers()) out.headers[LowerAscii(name)] = value;
  out.remote = RemoteOf(request, out);

  const auto refuse = [&plan](int status, bool abort) {
    plan.refuse = status;
    plan.abort = abort;
  };
  if (out.headers.count("transfer-encoding") != 0) return refuse(411, true), std::move(plan);
  if (const auto at = out.headers.find("content-length"); at != out.headers.end()) {
    const auto length = ParseContentLength(at->second);
    if (!length) return refuse(400, true), std::move(plan);
    plan.length = *length;
  }
  const bool huge = plan.length > state.options.max_body_bytes;
  if (const int status = ReadTarget(request, out)) return refuse(status, huge), std::move(plan);
  plan.match = state.router.Find(out.method, out.path);
  if (!plan.match.route) return refuse(plan.match.allow.empty() ? 404 : 405, huge), std::move(plan);
  const std::size_t own_limit = plan.match.route->max_body_bytes;
  if (plan.length > (own_limit ? own_limit : state.options.max_body_bytes)) refuse(413, true);
  out.params = std::move(plan.match.params);
  return plan;
}

// Counts the request; a status when there is no room for it.
int Admit(Exchange& exchange, Plan& plan) {
  State& state = *exchange.state;
  const std::lock_guard lock(state.mutex);
  if (state.draining || state.open >= state.options.max_in_flight) {
    plan.refuse = 503;
    plan.abort = plan.abort || !state.draining;  // an overload does not wait for bodies
    exchange.close = true;
  }
  exchange.taken = plan.refuse == 0;
  ++(exchange.taken ? state.open : state.refusing);
  return plan.refuse;
}

void Refuse(const ExchangePtr& exchange, const Plan& plan) {
  Response refusal = Refusal(plan.refuse);
  if (plan.refuse == 405) refusal.headers.emplace_back("Allow", plan.match.allow);
  if (plan.abort || plan.length == 0) {
    // A bad Content-Length leaves unknown bytes on the connection, so an abort always closes it.
    if (plan.abort) exchange->close = true;
    Reply(exchange, std::move(refusal), {});
    if (plan.abort) exchange->GiveUpBody();
    return;
  }
  ReadBody(exchange, plan.length, [exchange, refusal](std::optional<std::string> body) {
    if (!body) return AnswerUnread(exchange);
    Reply(exchange, refusal, {});
  });
}

void Accept(const std::shared_ptr<State>& state, const web::http::http_request& request) {
  const auto exchange = std::make_shared<Exchange>(state, request);
  Plan plan = MakePlan(*state, request);
  if (Admit(*exchange, plan) != 0) return Refuse(exchange, plan);
  const Router::Route* route = plan.match.route;
  if (plan.length == 0) return RunHandler(*route, std::move(plan.request), exchange);
  auto held = std::make_shared<Request>(std::move(plan.request));
  ReadBody(exchange, plan.length, [exchange, route, held](std::optional<std::string> body) {
    if (!body) return AnswerUnread(exchange);
    held->body = std::move(*body);
    RunHandler(*route, std::move(*held), exchange);
  });
}

// Gives up on bodies that are late, until the server stops.
void Watch(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (state->watching) {
    const Millis now = state->clock.Monotonic();
    std::vector<ExchangePtr> late;
    for (auto at = state->reading.begin(); at != state->reading.end() && at->second.first <= now;) {
      if (auto exchange = at->second.second.lock()) late.push_back(std::move(exchange));
      at = state->reading.erase(at);
    }
    lock.unlock();
    for (const ExchangePtr& exchange : late) {
      exchange->expired = true;
      exchange->GiveUpBody();
    }
    late.clear();
    lock.lock();
    state->changed.wait_for(lock, kWatchEvery, [&state] { return !state->watching; });
  }
}

// A port nobody uses now. The library cannot tell which port it got for 0.
int FreePort(const std::string& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  sockaddr_in at{};
  at.sin_family = AF_INET;
  socklen_t size = sizeof(at);
  int port = 0;
  if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) == 1 &&
      ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0) {
    port = ntohs(at.sin_port);
  }
  ::close(fd);
  return port;
}

// The library opens its sockets so that child processes inherit them: a Redis that we start would
// keep the port busy after our end.
void KeepFromChildren(int port) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const std::string name = entry.path().filename().string();
    int fd = 0;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    sockaddr_in at{};
    socklen_t size = sizeof(at);
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0 || at.sin_family != AF_INET) continue;
    if (ntohs(at.sin_port) == port) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

std::shared_ptr<http_listener> OpenListener(const std::shared_ptr<State>& state, int port) {
  const std::string url = "http://" + state->options.address + ":" + std::to_string(port) + "/";
  auto listener = std::make_shared<http_listener>(web::uri(url));
  const auto handler = [state](const web::http::http_request& request) {
    try {
      Accept(state, request);
    } catch (...) {  // no memory: the library answers 500
      log::Error("http-accept-threw", {{"error", What(std::current_exception())}});
      throw;
    }
  };
  listener->support(handler);
  // The library would answer these two itself, TRACE with an echo of the cookies.
  listener->support(web::http::methods::TRCE, handler);
  listener->support(web::http::methods::OPTIONS, handler);
  listener->open().wait();
  return listener;
}

}  // namespace

struct Server::Impl {
  std::shared_ptr<State> state;
  std::shared_ptr<http_listener> listener;
  std::thread watcher;
  int port = 0;

  void StopWatching() {
    {
      const std::lock_guard lock(state->mutex);
      state->watching = false;
      state->changed.notify_all();
    }
    if (watcher.joinable()) watcher.join();
  }

  // False when the library did not come back in time; it is left to itself then.
  bool CloseListener(Millis limit) {
    Library::Get().CountListeners(-1);
    auto closed = std::make_shared<std::promise<void>>();
    auto future = closed->get_future();
    std::thread([closed, held = std::move(listener)] {
      try {
        held->close().wait();
      } catch (...) {
        log::Warn("http-close-failed", {{"error", What(std::current_exception())}});
      }
      closed->set_value();
    }).detach();
    return future.wait_for(limit) == std::future_status::ready;
  }
};

Server::Server(Options options, const Clock& clock) : impl_(std::make_unique<Impl>()) {
  impl_->state = std::make_shared<State>(std::move(options), clock);
}

Server::~Server() { Stop(Millis{5'000}); }

void Server::Route(std::string method, const std::string& pattern, Handler handler, std::size_t max_body_bytes) {
  impl_->state->router.Add(std::move(method), pattern, std::move(handler), max_body_bytes);
}

Result<void> Server::Start() {
  const Options& options = impl_->state->options;
  in_addr ignored{};
  if (inet_pton(AF_INET, options.address.c_str(), &ignored) != 1) {
    return MakeError(ErrorKind::kInvalid, "listen address must be an IPv4 literal such as 127.0.0.1, not \"" +
                                              options.address + "\"; nginx in front serves IPv6 and TLS");
  }
  Library& library = Library::Get();
  const std::lock_guard lock(library.starting);
  if (library.stuck) return MakeError(ErrorKind::kInternal, "the HTTP library never closed an earlier server");
  library.EnsureThreads(options.threads);
  // Somebody may take the free port before we do.
  for (int attempt = 0; attempt < (options.port ? 1 : 20) && !impl_->listener; ++attempt) {
    impl_->port = options.port ? options.port : FreePort(options.address);
    library.CountListeners(1);
    try {
      impl_->listener = OpenListener(impl_->state, impl_->port);
    } catch (...) {
      library.CountListeners(-1);
      log::Warn("http-listen-failed", {{"port", impl_->port}, {"error", What(std::current_exception())}});
    }
  }
  if (!impl_->listener) {
    return MakeError(ErrorKind::kUnavailable, "cannot listen on " + options.address + ":" +
                                                  std::to_string(impl_->port) + ": in use or not allowed");
  }
  KeepFromChildren(impl_->port);
  impl_->watcher = std::thread(Watch, impl_->state);
  return {};
}

int Server::port() const { return impl_->port; }

void Server::Drain(Millis limit) {
  {
    const std::lock_guard lock(impl_->state->mutex);
    impl_->state->draining = true;
  }
  if (!impl_->state->WaitIdle(limit)) log::Warn("http-drain-late", {{"open", in_flight()}});
}

void Server::Stop(Millis limit) {
  if (!impl_->listener) return impl_->StopWatching();
  const auto start = std::chrono::steady_clock::now();
  Drain(limit);
  impl_->state->WaitRefused(std::min(limit, Millis{500}));
  const auto spent = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start);
  // The library closes in milliseconds or never.
  const std::lock_guard lock(Library::Get().starting);
  if (!impl_->CloseListener(std::max(limit - spent, Millis{1'000}))) {
    Library::Get().stuck = true;
    log::Error("http-close-stuck");
  }
  impl_->StopWatching();
}

int Server::in_flight() const {
  const std::lock_guard lock(impl_->state->mutex);
  return impl_->state->open;
}

}  // namespace minsheng::http
