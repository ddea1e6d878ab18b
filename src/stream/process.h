// SPDX-License-Identifier: Apache-2.0
// What /proc knows about processes (proc(5)).
#pragma once
#include <string>

namespace minsheng::stream {

// Start time in clock ticks since boot; 0 if there is no such process or it is only a zombie.
long long ProcessStart(int pid);
inline bool ProcessLives(int pid) { return ProcessStart(pid) != 0; }
// Name of this boot and of the process-id namespace: equal = process ids can be compared.
const std::string& MachineName();
std::string ReadWholeFile(const std::string& path);  // empty if it cannot be read

}  // namespace minsheng::stream
