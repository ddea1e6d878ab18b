// SPDX-License-Identifier: Apache-2.0
// What all benchmarks share: figures with their noise, the table or JSON lines that show them, the
// machine's facts, and clocks. Benchmarks read the system's clocks themselves: they measure them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::bench {

// One row of a table. `of` names the row of the same run that `value` is compared with.
struct Row {
  std::string name;
  double value = 0;
  std::string unit;
  std::string of;  // empty: no ratio
};

// Collects rows of one run and prints them.
class Report {
 public:
  // json: one line {"bench","case","value","unit","ratio","of"} per row instead of a table; a case that
  // ends in a number, "minsheng/10000", has "name" and "rules" too.
  Report(std::string bench, bool json) : bench_(std::move(bench)), json_(json) {}
  void Fact(const std::string& name, const std::string& value);  // printed above the table
  void Add(Row row) { rows_.push_back(std::move(row)); }
  // Rounds of one figure: the row gets their median; least and greatest are shown beside it.
  void Add(const std::string& name, const std::vector<double>& rounds, const std::string& unit,
           const std::string& of = "");
  void Print() const;

 private:
  std::string bench_;
  bool json_;
  std::vector<std::pair<std::string, std::string>> facts_;
  std::vector<Row> rows_;
  std::vector<std::string> spread_;  // by row; may be shorter
};

double Median(std::vector<double> values);
// The value that a share `p` (0..1) of all values does not exceed. `values` is sorted by it.
double Percentile(std::vector<double>& values, double p);

std::int64_t NowNs();        // CLOCK_MONOTONIC, comparable between processes
std::int64_t ThreadCpuNs();  // CPU time of this thread
// User and system time of a living process, from /proc; 0 when it is gone.
double CpuSecondsOf(int pid);
// A field of /proc/PID/status in MiB, e.g. "VmRSS"; 0 when it is gone.
double StatusMib(int pid, const std::string& field);

// CPU, kernel, compiler, date and commit.
void AddMachineFacts(Report& report);
// Times `n` small writes with fdatasync in `folder`; adds p50 and p99 and the file system's name.
void AddDiskFacts(Report& report, const std::string& folder, int n);

// "--name VALUE" among the arguments, else `otherwise`.
std::string Option(int argc, char** argv, std::string_view name, const std::string& otherwise);
int IntOption(int argc, char** argv, std::string_view name, int otherwise);
bool Flag(int argc, char** argv, std::string_view name);
// Prints to standard error and ends the process with 1.
[[noreturn]] void Die(const std::string& why);

}  // namespace minsheng::bench
