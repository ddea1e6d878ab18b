// SPDX-License-Identifier: Apache-2.0
// Clock: the only source of time. Nothing else may ask the system what time it is.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace minsheng {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;  // UTC

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;          // wall clock, UTC; may jump
  virtual Millis Monotonic() const = 0;  // since some start; never goes back. For time-outs.
};

const Clock& SystemClock();  // lives for ever

// A clock that tests move by hand. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = Time{Millis{1'439'200'800'000}}) : now_(start.time_since_epoch().count()) {}
  Time Now() const override { return Time{Millis{now_.load()}}; }
  Millis Monotonic() const override { return Millis{now_.load()}; }
  void Advance(Millis by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

inline std::int64_t ToMs(Time t) { return t.time_since_epoch().count(); }
inline Time FromMs(std::int64_t ms) { return Time{Millis{ms}}; }

// "2015-08-10 22:03:00" in Asia/Shanghai (UTC+8 all year since 1992), for people.
std::string ShanghaiText(Time t);
// "2015-08-10T14:03:00.000Z", for JSON and logs.
std::string IsoUtc(Time t);
// Hour of the day 0..23 and date "20150810" in Asia/Shanghai.
int ShanghaiHour(Time t);
std::string ShanghaiDate(Time t);

}  // namespace minsheng
