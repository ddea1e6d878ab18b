// SPDX-License-Identifier: Apache-2.0
// One thread takes all that waits and appends it with one script call: with `appendfsync always`
// that is one fsync however many came together (group commit).
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "src/base/log.h"
#include "src/stream/connection.h"
#include "src/stream/groups.h"
#include "src/stream/keys.h"
#include "src/stream/parts.h"

namespace minsheng::stream {
namespace {

constexpr std::size_t kBatchItems = 512;
constexpr std::size_t kBatchBytes = 4u << 20;
constexpr std::size_t kQueueItems = 8192;
constexpr std::size_t kQueueBytes = 64u << 20;
constexpr Millis kAnswerTimeout{1'200};  // one attempt; a second one fits into the budget
constexpr Millis kBatchBudget{2'500};    // from taking a batch to its last answer
constexpr Millis kQueueBudget{1'500};    // longer in the queue than this: the sender has given up, or soon will
constexpr Millis kWaitingRefresh{200};   // how old the count of waiting entries may get
constexpr Millis kProbeEvery{1'000};     // idle and well
constexpr Millis kProbeWhenDown{100};    // idle and not well
constexpr Millis kReconnectPause{20};

struct Job {
  Item item;
  std::function<void(Result<Appended>)> done;
  Millis queued{0};
  std::size_t bytes = 0;
};

std::size_t BytesOf(const Item& item) {
  return item.message.size() + item.raw.size() + item.identity.size() + item.partition_key.size() + 200;
}

// What a failed append means to its sender: a refused login or a bug does not lose anything
// either, so whatever is not unknown may be tried again.
ErrorKind KindForSender(ErrorKind kind) {
  return kind == ErrorKind::kUnknown ? ErrorKind::kUnknown : ErrorKind::kUnavailable;
}

class RedisAppender final : public Appender {
 public:
  RedisAppender(const Options& options, const Address& address, const Clock& clock)
      : options_(options), address_(address), clock_(clock), thread_([this] { Run(); }) {}

  ~RedisAppender() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void Append(Item item, std::function<void(Result<Appended>)> done) override {
    std::string refused;
    {
      const std::lock_guard lock(mutex_);
      const std::size_t bytes = BytesOf(item);
      if (stopping_) {
        refused = "the appender is stopping";
      } else if (waiting_.load() + static_cast<std::int64_t>(queue_.size()) >= options_.max_entries) {
        refused = "the stream holds " + std::to_string(options_.max_entries) + " waiting entries, its limit";
      } else if (queue_.size() >= kQueueItems || queued_bytes_ + bytes > kQueueBytes) {
        refused = "the queue before Redis is full";
      } else {
        queued_bytes_ += bytes;
        queue_.push_back(Job{std::move(item), std::move(done), clock_.Monotonic(), bytes});
      }
    }
    if (refused.empty()) {
      wake_.notify_one();
    } else {
      done(MakeError(ErrorKind::kUnavailable, refused));  // NOLINT(bugprone-use-after-move): moved only if taken
    }
  }

  bool Ready() const override { return well_.load() && waiting_.load() < options_.max_entries; }

 private:
  void Run() {
    RefreshWaiting();
    while (true) {
      std::vector<Job> batch;
      bool stop = false;
      {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, well_ ? kProbeEvery : kProbeWhenDown, [&] { return stopping_ || !queue_.empty(); });
        batch = TakeBatch();
        stop = stopping_;
      }
      if (!batch.empty()) {
        AppendBatch(std::move(batch));
      } else if (stop) {
        return;
      } else {
        Probe();
      }
      if (!stop && well_) RefreshWaitingIfOld();  // a Redis that hangs must not hold up the answers
    }
  }

  // Under the lock.
  std::vector<Job> TakeBatch() {
    std::vector<Job> batch;
    std::size_t bytes = 0;
    while (!queue_.empty() && batch.size() < kBatchItems && (batch.empty() || bytes < kBatchBytes)) {
      bytes += queue_.front().bytes;
      queued_bytes_ -= queue_.front().bytes;
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return batch;
  }

  void AppendBatch(std::vector<Job> batch) {
    const Millis now = clock_.Monotonic();
    std::vector<Job> fresh;
    for (auto& job : batch) {
      if (now - job.queued > kQueueBudget) {
        job.done(MakeError(ErrorKind::kUnavailable, "Redis was too slow; the append was not tried"));
      } else {
        fresh.push_back(std::move(job));
      }
    }
    if (fresh.empty()) return;
    const auto reply = Send(fresh);
    if (!reply) {
      if (well_.exchange(false)) log::Error("append-failed", {{"items", fresh.size()}, {"error", reply.error().what}});
      const Error error{KindForSender(reply.error().kind), reply.error().what};
      for (auto& job : fresh) job.done(Fail(error));
      return;
    }
    Answer(fresh, **reply);
  }

  // One attempt, and after a broken connection a second on a fresh one: the claim of the identity
  // makes the repeat harmless. Once something was sent without an answer, the outcome of the whole
  // is unknown unless a later attempt is answered.
  Result<Reply> Send(const std::vector<Job>& jobs) {
    Words keys;
    Words arguments;
    BuildScriptCall(jobs, &keys, &arguments);
    const Millis start = clock_.Monotonic();
    Error error{ErrorKind::kUnavailable, "Redis is not reachable"};
    int sent = 0;
    while (sent < 2) {
      const Millis left = kBatchBudget - (clock_.Monotonic() - start);
      if (left <= Millis{0}) break;
      if (const auto connected = Connect(std::min(left, kAnswerTimeout)); !connected) {
        if (sent == 0) error = connected.error();
        if (connected.error().kind == ErrorKind::kDenied) break;
        std::this_thread::sleep_for(kReconnectPause);
        continue;
      }
      connection_->SetTimeout(std::min(left, kAnswerTimeout));
      auto reply = connection_->Run(AppendScript(), keys, arguments);
      if (reply) return reply;
      if (sent == 0 || reply.error().kind == ErrorKind::kUnknown) error = reply.error();
      if (reply.error().kind == ErrorKind::kUnknown) {
        ++sent;
      } else if (reply.error().what.starts_with("Redis: LOADING")) {
        std::this_thread::sleep_for(kReconnectPause);
      } else {
        // Redis said no before it did anything; yet an earlier attempt may have been taken.
        if (sent > 0) error.kind = ErrorKind::kUnknown;
        break;
      }
    }
    return Fail(error);
  }

  void BuildScriptCall(const std::vector<Job>& jobs, Words* keys, Words* arguments) const {
    arguments->push_back(std::to_string(std::max<std::int64_t>(options_.claim_ttl.count(), 1)));
    for (const auto& job : jobs) {
      const Item& item = job.item;
      const int partition = PartitionOf(item.partition_key, options_.partitions);
      keys->push_back(StreamKey(partition));
      keys->push_back(ClaimKey(partition, item.identity));
      keys->push_back(CountsKey(partition));
      const bool inline_bytes = item.blob.empty();
      const Words words{item.id,
                        item.count_field,
                        "10",
                        "v",
                        "1",
                        "id",
                        item.id,
                        "m",
                        item.message,
                        inline_bytes ? "raw" : "blob",
                        inline_bytes ? item.raw : item.blob,
                        "rx",
                        std::to_string(item.rx_ms)};
      arguments->insert(arguments->end(), words.begin(), words.end());
    }
  }

  void Answer(std::vector<Job>& jobs, const redisReply& reply) {
    if (!IsArray(reply, 2 * jobs.size())) {
      well_ = false;
      log::Error("append-answer-malformed");
      for (auto& job : jobs) job.done(MakeError(ErrorKind::kUnknown, "Redis answered something else than asked"));
      return;
    }
    // State before answers: who was answered may look at once.
    std::string refused;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const auto flag = At(reply, 2 * i).integer;
      if (flag == 1) ++waiting_;
      // A refusal that concerns one partition alone (WRONGTYPE) does not make Redis unwell.
      if (flag < 0 && ErrorAt(reply, i).kind != ErrorKind::kInternal) refused = ErrorAt(reply, i).what;
    }
    const bool well = refused.empty();
    if (well_.exchange(well) && !well) log::Error("append-refused", {{"error", refused}});
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const auto flag = At(reply, 2 * i).integer;
      if (flag < 0) {
        jobs[i].done(MakeError(ErrorKind::kUnavailable, ErrorAt(reply, i).what));
      } else {
        jobs[i].done(Appended{std::string(TextOf(At(reply, 2 * i + 1))), flag == 0});
      }
    }
  }

  static Error ErrorAt(const redisReply& reply, std::size_t job) {
    auto text = TextOf(At(reply, 2 * job + 1));
    if (text.starts_with('-')) text.remove_prefix(1);
    return ErrorOf(text);
  }

  Result<void> Connect(Millis timeout) {
    if (connection_ && connection_->usable()) return {};
    connection_.reset();
    auto connection = Connection::Open(address_, timeout);
    if (!connection) return Fail(connection.error());
    connection_ = std::move(*connection);
    return {};
  }

  // PING fails when Redis cannot write its file, not when it is out of memory; so the way back
  // from "not well" is a write.
  void Probe() {
    if (!Connect(kAnswerTimeout)) {
      if (well_.exchange(false)) log::Error("redis-not-reachable");
      return;
    }
    connection_->SetTimeout(kAnswerTimeout);
    const auto reply =
        well_ ? connection_->Command({"PING"}) : connection_->Command({"SET", kProbeKey, "1", "PX", "1000"});
    const bool well = reply.has_value();
    if (well_.exchange(well) == well) return;
    if (well) {
      log::Info("redis-well-again");
    } else {
      log::Error("redis-not-well", {{"error", reply.error().what}});
    }
  }

  void RefreshWaitingIfOld() {
    if (clock_.Monotonic() - waiting_at_ >= kWaitingRefresh) RefreshWaiting();
  }

  void RefreshWaiting() {
    waiting_at_ = clock_.Monotonic();
    if (!Connect(kAnswerTimeout)) return;
    connection_->SetTimeout(kAnswerTimeout);
    const auto groups = ReadGroups(*connection_, options_.partitions);
    if (!groups) return;
    std::int64_t waiting = 0;
    for (const auto& group : *groups) waiting += group.pending + group.unread;
    waiting_ = waiting;
  }

  const Options options_;
  const Address address_;
  const Clock& clock_;
  std::unique_ptr<Connection> connection_;  // the thread's own
  Millis waiting_at_{0};                    // the thread's own

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;

  std::atomic<bool> well_{true};
  std::atomic<std::int64_t> waiting_{0};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

Result<Appended> Appender::AppendAndWait(Item item) {
  std::promise<Result<Appended>> answer;
  auto future = answer.get_future();
  Append(std::move(item), [&answer](Result<Appended> result) { answer.set_value(std::move(result)); });
  return future.get();
}

std::unique_ptr<Appender> MakeRedisAppender(const Options& options, const Address& address, const Clock& clock) {
  return std::make_unique<RedisAppender>(options, address, clock);
}

}  // namespace minsheng::stream
