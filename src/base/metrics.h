// SPDX-License-Identifier: Apache-2.0
// Counters and gauges of this process, for /metrics (Prometheus text format). Thread-safe.
// prometheus-cpp is included by metrics.cc only.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace minsheng::metrics {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Names follow the Prometheus habit: minsheng_<what>_total for counters. Label values are few and
// never hold personal data.
void Count(std::string_view name, Labels labels = {}, double by = 1);
void Set(std::string_view name, Labels labels, double value);
std::string Text();

}  // namespace minsheng::metrics
