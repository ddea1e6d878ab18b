// SPDX-License-Identifier: Apache-2.0
// The newest requests in memory, and the way from one to those that may be about the same. Pure.
//
// Bounded: at most `max_entries` requests (the oldest by commit order leaves first, whatever the
// times say, so a clock that jumps empties nothing), at most kMaxInBucket in a bucket of the index
// and kMaxOfMatter of one matter in it, at most kMaxLooked requests looked at for one.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/incidents/features.h"
#include "src/incidents/similarity.h"

namespace minsheng::incidents {

struct Entry {
  std::int64_t seq = 0;  // place in the order of commits, from 1
  std::string request_id;
  Time at{};
  std::uint64_t caller = 0;
  std::string topic;
  std::vector<std::string> places;  // gazetteer ids, nearest first
  Features features;
  std::uint32_t tagged = 0;   // bit i: carries a tag of family i
  std::uint32_t related = 0;  // bit i: its topic belongs to family i
  std::int64_t matter = 0;    // commit order of the request that began it; below 0: split off by a person
};

class Window {
 public:
  static constexpr std::size_t kMaxInBucket = 48;
  static constexpr std::size_t kMaxOfMatter = 4;
  static constexpr std::size_t kMaxLooked = 256;

  Window(std::size_t max_entries, int wide_places) : max_entries_(max_entries), wide_(wide_places) {}

  bool full() const { return entries_.size() >= max_entries_; }
  std::size_t size() const { return entries_.size(); }
  const std::deque<Entry>& entries() const { return entries_; }
  const Entry* Find(std::int64_t seq) const;  // nullptr when it left
  const Entry& Add(Entry entry);              // seq above all others
  Entry TakeOldest();

  // Those that share a bucket with `entry`, newest first within each bucket, each once.
  std::vector<const Entry*> Alike(const Entry& entry) const;
  const Commonness& commonness() const { return commonness_; }
  std::size_t references() const { return references_; }  // in all buckets

 private:
  struct Place {
    std::int64_t seq;
    std::int64_t matter;
  };
  using Bucket = std::vector<Place>;
  std::vector<std::uint64_t> KeysOf(const Entry& entry) const;

  const std::size_t max_entries_;
  const int wide_;
  std::deque<Entry> entries_;
  std::unordered_map<std::uint64_t, Bucket> buckets_;
  Commonness commonness_;
  std::size_t references_ = 0;
};

}  // namespace minsheng::incidents
