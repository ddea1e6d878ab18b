// SPDX-License-Identifier: Apache-2.0
// minsheng rules learn|calibrate: figures from labelled requests. Works on a folder of rules.
#pragma once
#include <string>
#include <vector>

#include "src/cli/cli.h"

namespace minsheng::cli {

struct LearnArgs {
  std::vector<std::string> in;  // JSON lines; "-" = standard input
  std::string label_field = "label";
  std::string accepted_field;
  std::vector<std::string> map;  // LABEL=CATEGORY
  bool from_store = false;
  std::string out;  // default: lexicon.json of the folder
  int folds = 5;
  int terms = 200;
  int min_texts = 0;  // 0: one text in sixty, at least 8
  bool by_topic = false;
  bool dry_run = false;
  bool no_validation = false;
};

int RulesLearn(const Context& context, const std::string& folder, const LearnArgs& args);
int RulesCalibrate(const Context& context, const std::string& folder, const LearnArgs& args);

}  // namespace minsheng::cli
