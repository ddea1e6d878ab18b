// SPDX-License-Identifier: Apache-2.0
// What /proc knows about processes (proc(5)).
#pragma once
#include <optional>
#include <string>

namespace minsheng::stream {

// Start time in clock ticks since boot; 0 if there is certainly no such process or it is only a
// zombie; nothing if it cannot be told (no descriptor is free, /proc is closed to us).
std::optional<long long> ProcessStart(int pid);
inline bool ProcessLives(int pid) { return ProcessStart(pid).value_or(1) != 0; }  // also where it cannot be told
// Name of this boot and of the process-id namespace: equal = process ids can be compared. Equal to
// no other one's where it cannot be told.
const std::string& MachineName();
std::string ReadWholeFile(const std::string& path);  // empty if it cannot be read

}  // namespace minsheng::stream
