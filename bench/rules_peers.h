// SPDX-License-Identifier: Apache-2.0
// Rule engines from npm as child processes, for bench_rules-scale.
#pragma once
#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace minsheng::bench {

class RulePeer {
 public:
  // Starts bench/peers/rules.mjs and lets it decide the first texts (see there).
  RulePeer(const std::string& engine, const std::string& rules_file, const std::string& texts_file, double seconds,
           int most);
  ~RulePeer();
  RulePeer(const RulePeer&) = delete;
  // The category of each text it decided.
  const std::vector<std::string>& categories() const { return categories_; }
  // Decides them once more; messages per second of its CPU time.
  double Round();

 private:
  std::string Line();

  std::string engine_;
  pid_t pid_ = 0;
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
  std::vector<std::string> categories_;
};

// Whether Node and the packages of bench/peers are there.
bool HaveRulePeers();

}  // namespace minsheng::bench
