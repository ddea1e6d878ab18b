// SPDX-License-Identifier: Apache-2.0
// A fuzz target: a function that takes any bytes, feeds them to one part of the system and requires what that part
// promises of every input. libFuzzer runs it on inputs it makes up (fuzz_main.cc); a plain GoogleTest runs it on the
// corpus and on everything that was ever found (tests/unit/fuzz).
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::fuzz {

// A promise that did not hold. Nobody below a target catches it.
struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

inline void Require(bool holds, const std::string& promise) {
  if (!holds) throw Broken(promise);
}

struct Target {
  std::string_view name;  // also the name of its folders in corpus/ and regressions/
  void (*run)(std::string_view input);
};

// All targets, in a fixed order.
const std::vector<Target>& Targets();

void Condition(std::string_view input);   // the parser and printer of conditions
void Fold(std::string_view input);        // folding, against ICU and OpenCC
void Engine(std::string_view input);      // conditions and a text, against the slow twin
void RuleFiles(std::string_view input);   // the files of a RuleSet
void Push(std::string_view input);        // XML and JSON of platforms
void Mail(std::string_view input);        // MIME
void Transcript(std::string_view input);  // subtitles, recognisers' JSON, pushed calls

// The first byte of `*input` as a choice below `n`, taken off; 0 when there is none.
unsigned TakeChoice(std::string_view* input, unsigned n);

}  // namespace minsheng::fuzz
