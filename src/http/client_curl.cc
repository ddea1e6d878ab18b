// SPDX-License-Identifier: Apache-2.0
// Outgoing HTTP over libcurl 7.88. An outbox depends on the difference between "not sent" and
// "maybe taken", so nothing here sends a request twice: libcurl repeats a request by itself when a
// kept connection turns out dead, which is harmless for GET only; every other method therefore
// opens a connection of its own.
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "src/http/address.h"
#include "src/http/http.h"
#include "src/http/wire.h"

namespace minsheng::http {
namespace {

constexpr std::size_t kMaxIdleHandles = 8;
constexpr std::size_t kMaxHeaderBytes = 64 << 10;
constexpr long kMaxIdleSeconds = 30;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;
using Url = std::unique_ptr<CURLU, UrlDeleter>;

// What the callbacks see of one call.
struct Transfer {
  const Call& call;
  bool private_allowed = false;
  int refused = 0;    // addresses that are not allowed
  int attempted = 0;  // sockets opened to others
  bool too_large = false;
  bool head_complete = false;  // curl is content with a head that breaks off
  std::size_t header_bytes = 0;
  Response response{};
};

std::string AddressText(const curl_sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address.addr).sin_addr, text, sizeof(text));
  } else if (address.family == AF_INET6) {
    // curl's structure has room for the longer addresses behind its short `addr`.
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.addr);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
  }
  return text;
}

// The one place that sees the resolved address: safe from rebinding and odd spellings.
curl_socket_t OpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.private_allowed && IsPrivateAddress(AddressText(*address))) {
    ++transfer.refused;
    return CURL_SOCKET_BAD;
  }
  ++transfer.attempted;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t TakeBody(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + size > transfer.call.max_answer_bytes) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, size);
  return size;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

std::size_t TakeHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.too_large = true;
    return 0;
  }
  const std::string_view line(data, size);
  if (line.substr(0, 5) == "HTTP/") {  // the final answer replaces a 1xx
    transfer.response.headers.clear();
    transfer.response.content_type.clear();
    transfer.head_complete = false;
    return size;
  }
  if (Trimmed(line).empty()) transfer.head_complete = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name = LowerAscii(line.substr(0, colon));
  std::string value(Trimmed(line.substr(colon + 1)));
  if (name == "content-type") transfer.response.content_type = value;
  transfer.response.headers.emplace_back(std::move(name), std::move(value));
  return size;
}

struct Target {
  Url url;
  std::string host;  // lower case, IPv6 without brackets
  std::string port;
};

std::string PartOf(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

Result<Target> ParseTarget(const std::string& text) {
  Target target{Url(curl_url()), {}, {}};
  const CURLUcode code = curl_url_set(target.url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
  const bool whole = text.find('\0') == std::string::npos;  // curl would stop there
  if (code != CURLUE_OK || !whole) {
    return MakeError(ErrorKind::kInvalid, std::string("bad URL: ") + (whole ? curl_url_strerror(code) : "NUL byte"));
  }
  const std::string scheme = PartOf(target.url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return MakeError(ErrorKind::kInvalid, "bad URL: not http or https");
  if (!PartOf(target.url.get(), CURLUPART_USER).empty() || !PartOf(target.url.get(), CURLUPART_PASSWORD).empty()) {
    return MakeError(ErrorKind::kInvalid, "bad URL: user and password belong in an Authorization header");
  }
  target.host = LowerAscii(PartOf(target.url.get(), CURLUPART_HOST));
  if (target.host.size() > 2 && target.host.front() == '[') target.host = target.host.substr(1, target.host.size() - 2);
  if (!target.host.empty() && target.host.back() == '.') target.host.pop_back();
  target.port = PartOf(target.url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return target;
}

Result<List> MakeHeaderList(const Call& call) {
  curl_slist* list = nullptr;
  const auto add = [&list](const std::string& line) {
    if (curl_slist* longer = curl_slist_append(list, line.c_str())) list = longer;
  };
  bool typed = false;
  for (const auto& [name, value] : call.headers) {
    if (!IsToken(name) || !IsHeaderValue(value)) {
      curl_slist_free_all(list);
      return MakeError(ErrorKind::kInvalid, "control byte or bad name in a request header");
    }
    typed = typed || EqualsIgnoreCase(name, "content-type");
    add(value.empty() ? name + ";" : name + ": " + value);  // "Name:" alone would remove the header
  }
  add("Expect:");
  if (!typed) add("Content-Type:");
  return List(list);
}

// Was the request possibly taken? Only what fails before the first byte is certain.
bool NothingWasSent(CURL* easy, CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
      return true;
    default: {
      long sent = 0;
      curl_off_t ready = 0;  // when the connection was ready for the request; 0 = never
      curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
      curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
      return sent == 0 && ready == 0;
    }
  }
}

bool MayReuseConnection(const std::string& method) { return method == "GET" || method == "HEAD"; }

class CurlClient final : public Client {
 public:
  explicit CurlClient(const ClientOptions& options) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_ALL); });
    for (const std::string& host : options.allow_private_hosts) allowed_.push_back(LowerAscii(host));
  }

  Result<Response> Do(const Call& call) override {
    if (!IsToken(call.method)) return MakeError(ErrorKind::kInvalid, "bad method");
    auto target = ParseTarget(call.url);
    if (!target) return Fail(target.error());
    auto headers = MakeHeaderList(call);
    if (!headers) return Fail(headers.error());
    Easy easy = Borrow();
    if (!easy) return MakeError(ErrorKind::kInternal, "no memory for a connection");
    Transfer transfer{call};
    transfer.private_allowed = IsAllowed(*target);
    Prepare(easy.get(), transfer, *target, headers->get());
    const CURLcode code = curl_easy_perform(easy.get());
    auto result = Outcome(easy.get(), code, transfer, target->host);
    GiveBack(std::move(easy));
    return result;
  }

 private:
  bool IsAllowed(const Target& target) const {
    const bool v6 = target.host.find(':') != std::string::npos;
    const std::string with_port = (v6 ? "[" + target.host + "]" : target.host) + ":" + target.port;
    return std::any_of(allowed_.begin(), allowed_.end(), [&](const std::string& entry) {
      return entry == "*" || entry == target.host || entry == with_port || (v6 && entry == "[" + target.host + "]");
    });
  }

  static void SetBodyAndMethod(CURL* easy, const Call& call) {
    if (call.method == "HEAD") {
      curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (call.method == "GET" && call.body.empty()) {
      curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.data());
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
    }
  }

  static void Prepare(CURL* easy, Transfer& transfer, const Target& target, curl_slist* headers) {
    const Call& call = transfer.call;
    curl_easy_reset(easy);  // keeps live connections
    curl_easy_setopt(easy, CURLOPT_CURLU, target.url.get());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // also hides http_proxy and all_proxy
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "minsheng");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
    if (!MayReuseConnection(call.method)) curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    // 0 would mean "no limit" to curl.
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max(call.timeout, Millis{1}).count()));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::max(call.connect_timeout, Millis{1}).count()));
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    SetBodyAndMethod(easy, call);
  }

  static Result<Response> Outcome(CURL* easy, CURLcode code, Transfer& transfer, const std::string& host) {
    if (code == CURLE_OK && !transfer.head_complete) {
      return MakeError(ErrorKind::kUnknown, host + ": the answer broke off in its head");
    }
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      transfer.response.status = static_cast<int>(status);
      return std::move(transfer.response);
    }
    const std::string where = host + ": " + curl_easy_strerror(code);
    if (transfer.too_large) return MakeError(ErrorKind::kTooLarge, host + ": the answer is longer than allowed");
    if (transfer.refused > 0 && transfer.attempted == 0) {
      return MakeError(ErrorKind::kDenied, host + " has a private address; list it under the allowed private hosts");
    }
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT) return MakeError(ErrorKind::kInvalid, where);
    return MakeError(NothingWasSent(easy, code) ? ErrorKind::kUnavailable : ErrorKind::kUnknown, where);
  }

  Easy Borrow() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  void GiveBack(Easy easy) {
    curl_easy_reset(easy.get());  // no pointer into this call may stay behind
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdleHandles) idle_.push_back(std::move(easy));
  }

  std::vector<std::string> allowed_;
  std::mutex mutex_;
  std::vector<Easy> idle_;  // with their kept connections
};

}  // namespace

std::unique_ptr<Client> MakeCurlClient(const ClientOptions& options) { return std::make_unique<CurlClient>(options); }

}  // namespace minsheng::http
