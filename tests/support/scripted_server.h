// SPDX-License-Identifier: Apache-2.0
// A TCP server on a free loopback port whose every word stands in the test: for servers that break the rules.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace minsheng::testing {

class ScriptedServer {
 public:
  // One connection. All calls end when the client is gone or the server is destroyed.
  class Peer {
   public:
    Peer(int socket, const std::atomic<bool>& stop) : socket_(socket), stop_(stop) {}
    // The next line without its line end; "" when the client is gone.
    std::string ReadLine() {
      for (;;) {
        const auto end = buffer_.find('\n');
        if (end != std::string::npos) {
          std::string line = buffer_.substr(0, end);
          buffer_.erase(0, end + 1);
          if (line.ends_with('\r')) line.pop_back();
          return line;
        }
        if (!Fill()) return {};
      }
    }
    // Waits for the client to say something or to go; false while something unread is there.
    bool Gone() { return buffer_.empty() && !Fill(); }
    void Write(std::string_view bytes) {
      while (!bytes.empty()) {
        const auto n = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(n));
      }
    }

   private:
    bool Fill() {
      for (;;) {
        pollfd p{socket_, POLLIN, 0};
        if (stop_) return false;
        if (poll(&p, 1, 50) <= 0) continue;
        char bytes[4096];
        const auto n = recv(socket_, bytes, sizeof(bytes), 0);
        if (n <= 0) return false;
        buffer_.append(bytes, static_cast<std::size_t>(n));
        return true;
      }
    }
    int socket_;
    const std::atomic<bool>& stop_;
    std::string buffer_;
  };

  explicit ScriptedServer(std::function<void(Peer&)> script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no listening socket");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~ScriptedServer() {
    stop_ = true;
    thread_.join();
    close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;

  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void Run() {
    while (!stop_) {
      pollfd p{listener_, POLLIN, 0};
      if (poll(&p, 1, 50) <= 0) continue;
      const int socket = accept(listener_, nullptr, nullptr);
      if (socket < 0) continue;
      ++connections_;
      Peer peer(socket, stop_);
      script_(peer);
      close(socket);
    }
  }

  std::function<void(Peer&)> script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace minsheng::testing
