// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {

const std::vector<Target>& Targets() {
  static const std::vector<Target> kTargets = {{"condition", Condition},  {"fold", Fold}, {"engine", Engine},
                                               {"rule_files", RuleFiles}, {"push", Push}, {"mail", Mail},
                                               {"transcript", Transcript}};
  return kTargets;
}

unsigned TakeChoice(std::string_view* input, unsigned n) {
  if (input->empty()) return 0;
  const auto byte = static_cast<unsigned char>(input->front());
  input->remove_prefix(1);
  return byte % n;
}

}  // namespace minsheng::fuzz
