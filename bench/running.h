// SPDX-License-Identifier: Apache-2.0
// A data folder on a real disk and the configuration of a benchmark's system: one WeChat account
// in plain mode on loopback.
#pragma once
#include <string>

namespace minsheng::bench {

// A new folder below `parent` (made if needed), removed at the end.
class Folder {
 public:
  explicit Folder(const std::string& parent);
  ~Folder();
  Folder(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Writes <folder>/minsheng.toml; its path. api_url is where replies go.
std::string WriteConfig(const std::string& folder, int port, bool receipts, const std::string& api_url);
int FreePort();
// What stands in the store after a run. Ends the process when it is not exactly `expected`
// messages, each once.
void CheckCommitted(const std::string& database, std::int64_t expected);

}  // namespace minsheng::bench
