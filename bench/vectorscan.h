// SPDX-License-Identifier: Apache-2.0
// The yardstick: a bare multi-literal scan by vectorscan. Linked by benchmarks alone.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::bench {

class LiteralScan {
 public:
  virtual ~LiteralScan() = default;
  // How many occurrences, of all literals.
  virtual std::uint64_t Scan(std::string_view text) = 0;
};

// Null when the benchmarks were built without vectorscan.
std::unique_ptr<LiteralScan> MakeVectorscan(const std::vector<std::string>& literals);

}  // namespace minsheng::bench
