// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <thread>
#include <vector>

#include "src/stream/connection.h"
#include "src/stream/stream.h"
#include "tests/support/private_redis.h"

namespace minsheng::stream {

// Looks until it is so, at most 20 s.
template <class Condition>
bool Eventually(Condition condition) {
  const auto start = SystemClock().Monotonic();
  while (!condition()) {
    if (SystemClock().Monotonic() - start > Millis{20'000}) return false;
    std::this_thread::yield();
  }
  return true;
}

inline Item MakeItem(const std::string& name, const std::string& sender, const std::string& id = {}) {
  Item item;
  item.identity = "wechat:gh:" + name;
  item.partition_key = "wechat|gh|" + sender;
  item.id = id.empty() ? "id-" + name : id;
  item.message = R"({"text":"路灯不亮"})";
  item.rx_ms = 1'440'000'000'000;
  item.count_field = "wechat|400000";
  return item;
}

class StreamTest : public testing::PrivateRedisTest {
 protected:
  std::unique_ptr<Redis> MustOpen(Options options) {
    auto redis = Redis::Open(std::move(options), SystemClock());
    EXPECT_TRUE(redis) << redis.error().what;
    return redis ? std::move(*redis) : nullptr;
  }
  std::unique_ptr<Redis> MustOpen() { return MustOpen(DefaultOptions()); }

  // Reads until something comes.
  static std::vector<Entry> MustRead(Reader& reader, int max, Millis wait = Millis{5'000}) {
    auto entries = reader.Read(max, wait);
    EXPECT_TRUE(entries) << entries.error().what;
    return entries ? std::move(*entries) : std::vector<Entry>{};
  }

  // id-<from> .. id-<to - 1>, all of one sender, in order.
  static void AppendMany(Redis& redis, int from, int to, const std::string& sender) {
    auto appender = redis.MakeAppender();
    for (int i = from; i < to; ++i) {
      auto item = MakeItem(std::to_string(i), sender);
      item.identity += sender;
      if (i + 1 == to) {
        EXPECT_TRUE(appender->AppendAndWait(item));
      } else {
        appender->Append(item, [](Result<Appended> r) { EXPECT_TRUE(r); });
      }
    }
  }

  // One command on a connection of its own; false on an error.
  bool Raw(const Words& words) {
    auto connection = Connection::Open(*ParseUrl(server_->url()), Millis{5'000});
    if (!connection) return false;
    const auto reply = (*connection)->Command(words);
    EXPECT_TRUE(reply) << reply.error().what;
    return reply.has_value();
  }

  std::int64_t CommandCalls(const std::string& command) {
    auto connection = Connection::Open(*ParseUrl(server_->url()), Millis{5'000});
    const auto info = (*connection)->Command({"INFO", "commandstats"});
    const auto text = std::string(TextOf(**info));
    const auto at = text.find("cmdstat_" + command + ":calls=");
    return at == std::string::npos ? 0 : std::stoll(text.substr(at + command.size() + 15));
  }
};

}  // namespace minsheng::stream
