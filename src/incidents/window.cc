// SPDX-License-Identifier: Apache-2.0
#include "src/incidents/window.h"

#include <algorithm>
#include <unordered_set>

namespace minsheng::incidents {

const Entry* Window::Find(std::int64_t seq) const {
  const auto it =
      std::lower_bound(entries_.begin(), entries_.end(), seq, [](const Entry& e, std::int64_t s) { return e.seq < s; });
  return it == entries_.end() || it->seq != seq ? nullptr : &*it;
}

std::vector<std::uint64_t> Window::KeysOf(const Entry& entry) const {
  std::vector<std::uint64_t> keys;
  // The same matter at the same place, in whatever words.
  const auto narrow = static_cast<std::ptrdiff_t>(entry.places.size()) - wide_;
  for (std::ptrdiff_t i = 0; i < narrow && i < 3; ++i)
    keys.push_back(HashOf("p|" + entry.topic + "|" + entry.places[static_cast<std::size_t>(i)]));
  for (const Anchor& a : entry.features.anchors) keys.push_back(HashOf("a|") ^ a.name);
  for (const std::uint64_t band : entry.features.bands) {
    if (band != 0) keys.push_back(band);
  }
  return keys;
}

const Entry& Window::Add(Entry entry) {
  entries_.push_back(std::move(entry));
  const Entry& e = entries_.back();
  commonness_.Add(e.features.sketch, 1);
  for (const std::uint64_t key : KeysOf(e)) {
    auto& bucket = buckets_[key];
    const auto same = [&](const Place& p) { return p.matter == e.matter; };
    if (static_cast<std::size_t>(std::count_if(bucket.begin(), bucket.end(), same)) >= kMaxOfMatter) {
      bucket.erase(std::find_if(bucket.begin(), bucket.end(), same));
      --references_;
    } else if (bucket.size() >= kMaxInBucket) {
      bucket.erase(bucket.begin());
      --references_;
    }
    bucket.push_back({e.seq, e.matter});
    ++references_;
  }
  return e;
}

Entry Window::TakeOldest() {
  Entry oldest = std::move(entries_.front());
  entries_.pop_front();
  commonness_.Add(oldest.features.sketch, -1);
  for (const std::uint64_t key : KeysOf(oldest)) {
    const auto it = buckets_.find(key);
    if (it == buckets_.end()) continue;
    references_ -= std::erase_if(it->second, [&](const Place& p) { return p.seq == oldest.seq; });
    if (it->second.empty()) buckets_.erase(it);
  }
  return oldest;
}

std::vector<const Entry*> Window::Alike(const Entry& entry) const {
  std::vector<const Entry*> found;
  std::unordered_set<std::int64_t> seen;
  for (const std::uint64_t key : KeysOf(entry)) {
    const auto it = buckets_.find(key);
    if (it == buckets_.end()) continue;
    for (auto place = it->second.rbegin(); place != it->second.rend(); ++place) {
      if (found.size() >= kMaxLooked) return found;
      if (!seen.insert(place->seq).second) continue;
      if (const Entry* e = Find(place->seq)) found.push_back(e);
    }
  }
  return found;
}

}  // namespace minsheng::incidents
