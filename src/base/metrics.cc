// SPDX-License-Identifier: Apache-2.0
#include "src/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace minsheng::metrics {
namespace {

// Families and their children are looked up by name under one lock; callers count per batch or
// per request, not per character.
struct Families {
  std::mutex mutex;
  prometheus::Registry registry;
  std::map<std::string, prometheus::Family<prometheus::Counter>*, std::less<>> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*, std::less<>> gauges;
};

Families& All() {
  static auto* const all = new Families();
  return *all;
}

prometheus::Labels ToLabels(Labels labels) {
  prometheus::Labels out;
  for (const auto& [key, value] : labels) out.emplace(key, value);
  return out;
}

}  // namespace

void Count(std::string_view name, Labels labels, double by) {
  auto& all = All();
  const std::lock_guard lock(all.mutex);
  auto& family = all.counters[std::string(name)];
  if (family == nullptr) family = &prometheus::BuildCounter().Name(std::string(name)).Register(all.registry);
  family->Add(ToLabels(labels)).Increment(by);
}

void Set(std::string_view name, Labels labels, double value) {
  auto& all = All();
  const std::lock_guard lock(all.mutex);
  auto& family = all.gauges[std::string(name)];
  if (family == nullptr) family = &prometheus::BuildGauge().Name(std::string(name)).Register(all.registry);
  family->Add(ToLabels(labels)).Set(value);
}

std::string Text() { return prometheus::TextSerializer().Serialize(All().registry.Collect()); }

}  // namespace minsheng::metrics
