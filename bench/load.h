// SPDX-License-Identifier: Apache-2.0
// A closed-loop client: C connections, each sends the next signed WeChat push (plain mode) as soon
// as its last one was answered. As nginx does in front of the product, one connection per request.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace minsheng::bench {

inline constexpr const char* kToken = "benchtoken";

struct LoadPlan {
  int port = 0;
  int connections = 64;
  std::int64_t first = 0;  // number of the first message; numbers are the MsgIds
  int count = 0;
  std::vector<std::string> texts;  // message i says texts[i % size]
};

// By message, CLOCK_MONOTONIC.
struct LoadResult {
  std::vector<std::int64_t> sent_ns;      // when its (first) call was begun
  std::vector<std::int64_t> answered_ns;  // when its 200 was there
  std::int64_t again = 0;                 // calls that were answered otherwise, or broke, and were repeated
};

// The push of message `number`, with its HTTP head.
std::string PushOf(std::int64_t number, const std::string& text);
// The MsgId of message `number`.
std::string MsgIdOf(std::int64_t number);

// Blocks until every message was answered 200. Ends the process when nothing moves for 30 s.
LoadResult RunLoad(const LoadPlan& plan);

// The same in a process of its own, so that its CPU time is not the server's. The program's main
// must call ClientMain first.
LoadResult RunLoadInProcess(const LoadPlan& plan, const std::string& folder);
// True when this process is that client; the work is done then.
bool ClientMain(int argc, char** argv);

}  // namespace minsheng::bench
