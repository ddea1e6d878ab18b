// SPDX-License-Identifier: Apache-2.0
#include "src/callback/background.h"

namespace minsheng::callback {
namespace {

http::Response BusyAnswer() { return {503, "busy, try again\n", "text/plain; charset=utf-8", {{"Retry-After", "5"}}}; }

}  // namespace

void Background::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Background::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::deque<Job> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(jobs_);
  }
  for (auto& job : left) job.responder.Send(BusyAnswer());
}

http::Handler Background::Handle(Work work) {
  works_.push_back(std::move(work));
  return [this, kept = &works_.back()](http::Request request, http::Responder responder) {
    {
      const std::lock_guard lock(mutex_);
      if (!stop_ && jobs_.size() < most_waiting_) {
        jobs_.push_back({std::move(request), std::move(responder), kept});
        wake_.notify_one();
        return;
      }
    }
    responder.Send(BusyAnswer());
  };
}

void Background::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (stop_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.responder.Send((*job.work)(job.request));
    lock.lock();
  }
}

}  // namespace minsheng::callback
