// SPDX-License-Identifier: Apache-2.0
// A real Redis in a temporary folder, for tests of what stands on the stream.
#pragma once
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "src/stream/stream.h"

namespace minsheng::testing {

class TempFolder {
 public:
  TempFolder() {
    char name[] = "/tmp/minsheng-test-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class PrivateRedisTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    auto started = stream::PrivateRedis::Start(folder_.path(), SystemClock());
    ASSERT_TRUE(started) << started.error().what;
    server_ = std::move(*started);
  }

  stream::Options DefaultOptions(const std::string& owner = "a") const {
    stream::Options options;
    options.url = server_->url();
    options.owner = owner;
    return options;
  }

  TempFolder folder_;
  std::unique_ptr<stream::PrivateRedis> server_;
};

}  // namespace minsheng::testing
