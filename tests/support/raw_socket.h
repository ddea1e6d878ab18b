// SPDX-License-Identifier: Apache-2.0
// TCP by hand, for requests that no HTTP library would send and servers that none would write.
// Every wait ends after ten seconds.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace minsheng::testing_support {

constexpr int kRawWaitMs = 10'000;

class RawSocket {
 public:
  explicit RawSocket(int fd = -1) : fd_(fd) {}
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}
  RawSocket& operator=(RawSocket&& other) noexcept {
    Close();
    fd_ = std::exchange(other.fd_, -1);
    buffer_ = std::move(other.buffer_);
    return *this;
  }
  ~RawSocket() { Close(); }

  // From `source`, an address of the loopback net. ok() tells whether it worked.
  static RawSocket Connect(int port, const char* source = "127.0.0.1") {
    RawSocket raw(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in from = At(0, source);
    const sockaddr_in to = At(port, "127.0.0.1");
    if (::bind(raw.fd_, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) != 0 ||
        ::connect(raw.fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
      raw.Close();
    }
    return raw;
  }

  bool ok() const { return fd_ >= 0; }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  // One answer: head and as many bytes as its Content-Length says. What was read before the
  // connection ended, if it ended early; empty if nothing came.
  std::string ReadAnswer() {
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!Fill()) return std::exchange(buffer_, {});
    }
    const std::size_t head = buffer_.find("\r\n\r\n") + 4;
    std::size_t size = head;
    const std::size_t at = buffer_.find("Content-Length: ");
    if (at < head) size += static_cast<std::size_t>(std::atol(buffer_.c_str() + at + 16));
    while (buffer_.size() < size) {
      if (!Fill()) return std::exchange(buffer_, {});
    }
    std::string answer = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return answer;
  }

  // Reads until `mark` was seen; everything so far.
  std::string ReadUntil(std::string_view mark) {
    while (buffer_.find(mark) == std::string::npos && Fill()) {
    }
    return std::exchange(buffer_, {});
  }

  std::string ReadToEnd() {
    while (Fill()) {
    }
    return std::exchange(buffer_, {});
  }

  // Ends with a reset instead of a goodbye.
  void Reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    Close();
  }

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  static sockaddr_in At(int port, const char* address) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, address, &at.sin_addr);
    return at;
  }

 private:
  bool Fill() {
    pollfd wait{fd_, POLLIN, 0};
    if (fd_ < 0 || ::poll(&wait, 1, kRawWaitMs) <= 0) return false;
    char bytes[16384];
    const ssize_t n = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  int fd_;
  std::string buffer_;
};

// A server of one's own on a free loopback port.
class RawListener {
 public:
  RawListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at = RawSocket::At(0, "127.0.0.1");
    socklen_t size = sizeof(at);
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
  }
  RawListener(const RawListener&) = delete;
  ~RawListener() { Close(); }

  int port() const { return port_; }

  RawSocket Accept() {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, kRawWaitMs) <= 0) return RawSocket();
    return RawSocket(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
  }

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  int port_ = 0;
};

}  // namespace minsheng::testing_support
