// SPDX-License-Identifier: Apache-2.0
// Background: one thread for work that a handler of HTTP must not do itself, because it waits for the database.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "src/http/http.h"

namespace minsheng::callback {

class Background {
 public:
  using Work = std::function<http::Response(const http::Request&)>;

  explicit Background(std::size_t most_waiting = 200) : most_waiting_(most_waiting) {}
  ~Background() { Stop(); }
  Background(const Background&) = delete;

  void Start();
  void Stop();  // what waits is answered 503

  // A handler that answers with what `work` says, from the thread; 503 at once when too much is waiting.
  http::Handler Handle(Work work);

 private:
  struct Job {
    http::Request request;
    http::Responder responder;
    const Work* work = nullptr;
  };
  void Run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::deque<Work> works_;  // stay where they are
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace minsheng::callback
