// SPDX-License-Identifier: Apache-2.0
#include "bench/rules_peers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/report.h"

extern char** environ;

namespace minsheng::bench {
namespace {

constexpr const char* kProgram = "bench/peers/rules.mjs";

}  // namespace

bool HaveRulePeers() {
  return std::filesystem::exists("bench/peers/node_modules/json-rules-engine") &&
         std::system("node --version >/dev/null 2>&1") == 0;
}

RulePeer::RulePeer(const std::string& engine, const std::string& rules_file, const std::string& texts_file,
                   double seconds, int most)
    : engine_(engine) {
  std::array<int, 2> in{}, out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) Die("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::vector<std::string> words{"node",
                                 "--max-old-space-size=4096",
                                 kProgram,
                                 engine,
                                 rules_file,
                                 texts_file,
                                 std::to_string(seconds),
                                 std::to_string(most)};
  std::vector<char*> argv;
  for (auto& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  if (posix_spawnp(&pid_, "node", &actions, nullptr, argv.data(), environ) != 0) Die("cannot start node");
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_ = fdopen(in[1], "w");
  from_ = fdopen(out[0], "r");
  categories_ = nlohmann::json::parse(Line()).at("categories").get<std::vector<std::string>>();
}

RulePeer::~RulePeer() {
  std::fputs("end\n", to_);
  std::fclose(to_);
  std::fclose(from_);
  waitpid(pid_, nullptr, 0);
}

std::string RulePeer::Line() {
  char* line = nullptr;
  std::size_t room = 0;
  const auto read = getline(&line, &room, from_);
  std::string text = read > 0 ? std::string(line, static_cast<std::size_t>(read)) : std::string();
  std::free(line);
  if (text.empty()) Die("the peer " + engine_ + " ended early");
  return text;
}

double RulePeer::Round() {
  std::fputs("round\n", to_);
  std::fflush(to_);
  const double us = nlohmann::json::parse(Line()).at("cpu_us").get<double>();
  return static_cast<double>(categories_.size()) * 1e6 / us;
}

}  // namespace minsheng::bench
