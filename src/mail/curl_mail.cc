// SPDX-License-Identifier: Apache-2.0
// The only file of the mail part with <curl/*>: connection and login for IMAP, all of SMTP.
#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "src/mail/header_text.h"
#include "src/mail/smtp.h"

namespace minsheng::mail {
namespace {

struct CurlFree {
  void operator()(CURL* c) const { curl_easy_cleanup(c); }
  void operator()(curl_slist* l) const { curl_slist_free_all(l); }
};
using Easy = std::unique_ptr<CURL, CurlFree>;
using List = std::unique_ptr<curl_slist, CurlFree>;

Easy NewEasy() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return Easy(curl_easy_init());
}

std::size_t DropAnswer(char*, std::size_t size, std::size_t n, void*) { return size * n; }

void SetUp(CURL* c, const MailServer& server, char* error_text) {
  curl_easy_setopt(c, CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "imap,imaps,smtp,smtps");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_PROXY, "");
  curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, DropAnswer);
  curl_easy_setopt(c, CURLOPT_USE_SSL, static_cast<long>(server.require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(c, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!server.ca_file.empty()) curl_easy_setopt(c, CURLOPT_CAINFO, server.ca_file.c_str());
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server.connect_timeout.count()));
  // Silence also ends an exchange: slower than one byte a second for so long.
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, std::max<long>(1, static_cast<long>(server.timeout.count() / 1000)));
  curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   std::max<long>(1, static_cast<long>(server.timeout.count() / 1000)));
  if (!server.user.empty()) {
    curl_easy_setopt(c, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(c, CURLOPT_PASSWORD, server.password.Reveal().c_str());
  }
}

std::string Why(CURLcode rc, const char* text) {
  return std::string(text[0] != '\0' ? text : curl_easy_strerror(rc)) + " (curl " + std::to_string(rc) + ")";
}

class CurlWire final : public Wire {
 public:
  CurlWire(Easy easy, Millis timeout) : easy_(std::move(easy)), timeout_(timeout) {
    curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket_);
  }

  Result<void> Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      std::size_t n = 0;
      const auto rc = curl_easy_send(easy_.get(), bytes.data(), bytes.size(), &n);
      if (rc == CURLE_AGAIN) {
        if (!WaitFor(POLLOUT, timeout_)) return MakeError(ErrorKind::kUnavailable, "the server does not read");
        continue;
      }
      if (rc != CURLE_OK) return MakeError(ErrorKind::kUnavailable, Why(rc, ""));
      bytes.remove_prefix(n);
    }
    return {};
  }

  Result<std::size_t> Read(char* to, std::size_t max, Millis timeout) override {
    for (;;) {
      std::size_t n = 0;
      // Read until CURLE_AGAIN before waiting: TLS may hold bytes that the socket no longer shows.
      const auto rc = curl_easy_recv(easy_.get(), to, max, &n);
      if (rc == CURLE_OK && n > 0) return n;
      if (rc == CURLE_OK) return MakeError(ErrorKind::kUnavailable, "the server closed the connection");
      if (rc != CURLE_AGAIN) return MakeError(ErrorKind::kUnavailable, Why(rc, ""));
      if (!WaitFor(POLLIN, timeout)) return MakeError(ErrorKind::kUnavailable, "the server is silent");
    }
  }

 private:
  bool WaitFor(short what, Millis timeout) const {
    pollfd p{static_cast<int>(socket_), what, 0};
    int n = 0;
    do n = poll(&p, 1, static_cast<int>(timeout.count()));
    while (n < 0 && errno == EINTR);
    return n > 0;
  }

  Easy easy_;
  Millis timeout_;
  curl_socket_t socket_ = CURL_SOCKET_BAD;
};

// What curl reads the mail from.
struct Upload {
  std::string_view left;
  bool finished = false;  // curl has seen the end: the final dot is on its way
};

std::size_t ReadUpload(char* to, std::size_t size, std::size_t n, void* arg) {
  auto* upload = static_cast<Upload*>(arg);
  const auto take = std::min(size * n, upload->left.size());
  std::memcpy(to, upload->left.data(), take);
  upload->left.remove_prefix(take);
  if (take == 0) upload->finished = true;
  return take;
}

// Every line end becomes CR LF: libcurl passes a bare LF on, and a lone dot after one ends the mail for some
// servers (SMTP smuggling).
std::string WithCrLf(std::string_view s) {
  std::string out;
  out.reserve(s.size() + 64);
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '\r' && i + 1 < s.size() && s[i + 1] == '\n') continue;
    if (s[i] == '\r' || s[i] == '\n')
      out += "\r\n";
    else
      out += s[i];
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

class CurlSender final : public Sender {
 public:
  explicit CurlSender(MailServer server) : server_(std::move(server)) {}

  Result<void> Send(const ComposedMail& mail) override {
    // libcurl copies CR LF in an address into the SMTP dialogue.
    if (!IsMailAddress(mail.envelope_to) || (!mail.envelope_from.empty() && !IsMailAddress(mail.envelope_from)))
      return MakeError(ErrorKind::kInvalid, "SMTP: an envelope address is not acceptable");
    const Easy easy = NewEasy();
    CURL* c = easy.get();
    char text[CURL_ERROR_SIZE] = "";
    SetUp(c, server_, text);
    const std::string bytes = WithCrLf(mail.bytes);
    Upload upload{bytes};
    const std::string from = "<" + mail.envelope_from + ">";
    const List to(curl_slist_append(nullptr, ("<" + mail.envelope_to + ">").c_str()));
    curl_easy_setopt(c, CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to.get());
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, ReadUpload);
    curl_easy_setopt(c, CURLOPT_READDATA, &upload);
    const auto rc = curl_easy_perform(c);
    if (rc == CURLE_OK) return {};
    long code = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
    return MakeError(KindOf(rc, code, upload), "SMTP: " + Why(rc, text) + ", last answer " + std::to_string(code));
  }

 private:
  static ErrorKind KindOf(CURLcode rc, long code, const Upload& upload) {
    // 55: MAIL, RCPT or DATA were refused; 8 after the end of the mail: the final answer was not 250.
    const bool answered = rc == CURLE_SEND_ERROR || (upload.finished && rc == CURLE_WEIRD_SERVER_REPLY);
    if (answered && code >= 500 && code < 600) return ErrorKind::kRejected;
    if (answered && code >= 400 && code < 500) return ErrorKind::kUnavailable;
    return upload.finished ? ErrorKind::kUnknown : ErrorKind::kUnavailable;
  }

  MailServer server_;
};

}  // namespace

Result<std::unique_ptr<Wire>> ConnectImap(const MailServer& server) {
  Easy easy = NewEasy();
  char text[CURL_ERROR_SIZE] = "";
  SetUp(easy.get(), server, text);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_ONLY, 1L);
  const auto rc = curl_easy_perform(easy.get());
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, nullptr);  // `text` ends here, the handle lives on
  if (rc == CURLE_LOGIN_DENIED)
    return MakeError(
        ErrorKind::kDenied,
        "IMAP: the server refused the login. Chinese providers want an authorisation code (授权码) instead "
        "of the password");
  if (rc != CURLE_OK) return MakeError(ErrorKind::kUnavailable, "IMAP: " + Why(rc, text));
  return std::unique_ptr<Wire>(std::make_unique<CurlWire>(std::move(easy), server.timeout));
}

std::unique_ptr<Sender> MakeCurlSender(MailServer server) { return std::make_unique<CurlSender>(std::move(server)); }

}  // namespace minsheng::mail
