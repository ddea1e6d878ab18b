// SPDX-License-Identifier: Apache-2.0
#include "src/router/intake.h"

#include <future>
#include <memory>
#include <mutex>

#include "src/base/ulid.h"

namespace minsheng::router {
namespace {

constexpr std::size_t kMaxRawInStream = 32 * 1024;
constexpr std::size_t kMaxMessageInStream = 8 << 20;
constexpr std::int64_t kMsPerHour = 3'600'000;

// Collects the answers to the appends of one Inbound.
struct Batch {
  std::mutex mutex;
  std::vector<Accepted> accepted;
  std::optional<Error> error;
  std::size_t open = 0;
  Intake::Done done;

  void Answer(std::size_t index, Result<stream::Appended> answer) {
    {
      const std::lock_guard lock(mutex);
      if (answer) {
        accepted[index] = {answer->id, answer->duplicate};
      } else if (!error) {
        error = answer.error();
      }
      if (--open != 0) return;
    }
    if (error) {
      done(Fail(*error));
    } else {
      done(std::move(accepted));
    }
  }
};

stream::Item ItemOf(const Message& m) {
  stream::Item item;
  item.identity = m.channel + ":" + m.account + ":" + m.source_id;
  item.partition_key = m.channel + "|" + m.account + "|" + m.sender;
  item.id = m.id;
  item.message = Encode(m);
  item.rx_ms = ToMs(m.received_at);
  item.count_field = m.channel + "|" + std::to_string(item.rx_ms / kMsPerHour);
  return item;
}

// A blob belongs to one sender; without one, to one message.
std::string OwnerOf(const Message& m, const std::string& channel) {
  return channel + "|" + (m.sender.empty() ? "|" + m.source_id : m.sender);
}

}  // namespace

Result<std::vector<stream::Item>> Intake::Prepare(const std::string& channel, const std::string& account,
                                                  Inbound& inbound) const {
  std::string raw_blob;
  if (inbound.raw.size() > kMaxRawInStream && !inbound.items.empty()) {
    // Whose bytes they are is known by the first message; a body of several senders is the platform's own.
    auto blob = blobs_.Put(OwnerOf(inbound.items.front().message, channel), inbound.raw);
    if (!blob) return Fail(blob.error());
    raw_blob = *blob;
  }
  std::vector<stream::Item> items;
  for (auto& [m, payloads] : inbound.items) {
    if (m.source_id.empty()) return MakeError(ErrorKind::kInvalid, channel + ": message without identity");
    const auto now = clock_.Now();
    m.id = NewUlid(now);
    m.channel = channel;
    m.account = account;
    m.received_at = now;
    if (ToMs(m.sent_at) == 0) m.sent_at = now;
    for (const auto& p : payloads) {
      auto blob = blobs_.Put(OwnerOf(m, channel), p.bytes);
      if (!blob) return Fail(blob.error());
      m.attachments.at(p.attachment).blob = *blob;
      m.attachments.at(p.attachment).size = static_cast<std::int64_t>(p.bytes.size());
    }
    auto item = ItemOf(m);
    if (item.message.size() > kMaxMessageInStream) {
      return MakeError(ErrorKind::kTooLarge,
                       channel + ": message of " + std::to_string(item.message.size()) + " bytes");
    }
    item.blob = raw_blob;
    if (raw_blob.empty()) item.raw = inbound.raw;
    items.push_back(std::move(item));
  }
  return items;
}

void Intake::Append(std::vector<stream::Item> items, Done done) const {
  if (items.empty()) {
    done(std::vector<Accepted>{});
    return;
  }
  const auto batch = std::make_shared<Batch>();
  batch->accepted.resize(items.size());
  batch->open = items.size();
  batch->done = std::move(done);
  for (std::size_t i = 0; i < items.size(); ++i) {
    appender_.Append(std::move(items[i]),
                     [batch, i](Result<stream::Appended> answer) { batch->Answer(i, std::move(answer)); });
  }
}

Result<std::vector<Accepted>> Intake::AcceptAndWait(const std::string& channel, const std::string& account,
                                                    Inbound inbound) const {
  auto items = Prepare(channel, account, inbound);
  if (!items) return Fail(items.error());
  // Shared, because the appender's thread may still touch it after the wait is over.
  const auto answer = std::make_shared<std::promise<Result<std::vector<Accepted>>>>();
  auto result = answer->get_future();
  Append(std::move(*items), [answer](Result<std::vector<Accepted>> a) { answer->set_value(std::move(a)); });
  return result.get();
}

}  // namespace minsheng::router
