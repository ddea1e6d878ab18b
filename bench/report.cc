// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

namespace minsheng::bench {
namespace {

std::string Number(double v) {
  if (v >= 1000) {
    const auto digits = fmt::format("{:.0f}", v);
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      if (i != 0 && (digits.size() - i) % 3 == 0) out += ' ';
      out += digits[i];
    }
    return out;
  }
  return fmt::format("{:.{}f}", v, v >= 100 ? 0 : v >= 10 ? 1 : v >= 1 ? 2 : 3);
}

std::int64_t Clock(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

std::string FirstLine(const std::string& command) {
  std::array<char, 256> line{};
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  if (fgets(line.data(), line.size(), pipe) == nullptr) line[0] = 0;
  pclose(pipe);
  std::string text(line.data());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string CpuModel() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

void Report::Fact(const std::string& name, const std::string& value) { facts_.emplace_back(name, value); }

void Report::Add(const std::string& name, const std::vector<double>& rounds, const std::string& unit,
                 const std::string& of) {
  rows_.push_back({name, Median(rounds), unit, of});
  spread_.resize(rows_.size());
  const auto [least, greatest] = std::minmax_element(rounds.begin(), rounds.end());
  spread_.back() = fmt::format("{} .. {}", Number(*least), Number(*greatest));
}

void Report::Print() const {
  const auto ratio_of = [this](const Row& row) {
    for (const Row& other : rows_) {
      if (other.name == row.of && other.value > 0) return row.value / other.value;
    }
    return std::nan("");
  };
  if (json_) {
    for (const Row& row : rows_) {
      nlohmann::ordered_json j{{"bench", bench_}, {"case", row.name}, {"value", row.value}, {"unit", row.unit}};
      const double ratio = row.of.empty() ? std::nan("") : ratio_of(row);
      j["ratio"] = std::isnan(ratio) ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(ratio);
      j["of"] = row.of.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(row.of);
      // "minsheng/10000" is also given as name and number (of rules; of Requests in a replay).
      const auto slash = row.name.rfind('/');
      if (slash != std::string::npos && row.name.find_first_not_of("0123456789", slash + 1) == std::string::npos) {
        j["name"] = row.name.substr(0, slash);
        j[bench_ == "replay" ? "requests" : "rules"] = std::atoi(row.name.c_str() + slash + 1);
      }
      std::puts(j.dump().c_str());
    }
    return;
  }
  fmt::print("== {}\n", bench_);
  for (const auto& [name, value] : facts_) fmt::print("{:<12} {}\n", name, value);
  std::size_t width = 4;
  for (const Row& row : rows_) width = std::max(width, row.name.size());
  fmt::print("\n{:<{}}  {:>12} {:<10}  {:<22}  {}\n", "case", width, "median", "unit", "least .. greatest", "ratio");
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    const std::string ratio = row.of.empty() ? "" : fmt::format("{:.3f} x {}", ratio_of(row), row.of);
    fmt::print("{:<{}}  {:>12} {:<10}  {:<22}  {}\n", row.name, width, Number(row.value), row.unit,
               i < spread_.size() ? spread_[i] : "", ratio);
  }
  fmt::print("\n");
}

double Median(std::vector<double> values) { return Percentile(values, 0.5); }

double Percentile(std::vector<double>& values, double p) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

std::int64_t NowNs() { return Clock(CLOCK_MONOTONIC); }
std::int64_t ThreadCpuNs() { return Clock(CLOCK_THREAD_CPUTIME_ID); }

double CpuSecondsOf(int pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto after_name = text.rfind(')');
  if (after_name == std::string::npos) return 0;
  std::istringstream fields(text.substr(after_name + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;  // proc(5): utime and stime are fields 14 and 15
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double StatusMib(int pid, const std::string& field) {
  std::ifstream in(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(field + ":")) return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024;
  }
  return 0;
}

void AddMachineFacts(Report& report) {
  utsname kernel{};
  uname(&kernel);
  report.Fact("date", FirstLine("date -u +%Y-%m-%dT%H:%MZ"));
  report.Fact("commit", FirstLine("git rev-parse --short=12 HEAD 2>/dev/null; true"));
  report.Fact("cpu", fmt::format("{} x {}", std::thread::hardware_concurrency(), CpuModel()));
  report.Fact("kernel", kernel.release);
  report.Fact("compiler", fmt::format("GCC {}, {}", __VERSION__,
#ifdef NDEBUG
                                      "release"
#else
                                      "debug"
#endif
                                      ));
  report.Fact("load", FirstLine("cat /proc/loadavg"));
}

void AddDiskFacts(Report& report, const std::string& folder, int n) {
  const std::string path = folder + "/fdatasync.probe";
  const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) Die(path + ": cannot be written");
  const std::string block(1100, 'x');
  std::vector<double> us;
  for (int i = 0; i < n; ++i) {
    const auto start = NowNs();
    if (write(fd, block.data(), block.size()) < 0 || fdatasync(fd) != 0) Die(path + ": write failed");
    us.push_back(static_cast<double>(NowNs() - start) / 1e3);
  }
  struct statfs fs {};
  fstatfs(fd, &fs);
  close(fd);
  unlink(path.c_str());
  constexpr long kTmpfs = 0x01021994;  // statfs(2)
  report.Fact("disk",
              fmt::format("{}fdatasync of 1.1 kB: p50 {:.0f} us, p99 {:.0f} us",
                          fs.f_type == kTmpfs ? "TMPFS, NOT A DISK; " : "", Percentile(us, 0.5), Percentile(us, 0.99)));
}

std::string Option(int argc, char** argv, std::string_view name, const std::string& otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == name) return argv[i + 1];
  }
  return otherwise;
}

int IntOption(int argc, char** argv, std::string_view name, int otherwise) {
  const auto text = Option(argc, argv, name, "");
  return text.empty() ? otherwise : std::atoi(text.c_str());
}

bool Flag(int argc, char** argv, std::string_view name) {
  return std::any_of(argv + 1, argv + argc, [&](const char* a) { return a == name; });
}

void Die(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

}  // namespace minsheng::bench
