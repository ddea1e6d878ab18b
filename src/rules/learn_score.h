// SPDX-License-Identifier: Apache-2.0
// How good a RuleSet is on labelled texts, and how good a lexicon would be on texts it has not seen. Pure.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/rules/calibrate.h"
#include "src/rules/learn.h"

namespace minsheng::rules {

// What the rules said of one text with a certain label.
struct Outcome {
  std::string category;      // the label's
  std::string found;         // category, or empty
  bool accepted = false;     // found is the label's, or one that counts as right, too
  bool topic_right = false;  // with a label that is a topic: found just that
  bool topic_known = false;
  bool triage = false;
  bool decisive = false;  // confidence 1 by rule
  double confidence = 0;
  CalibrationFigures figures;
};

struct ClassScore {
  std::size_t hits = 0;
  std::size_t found = 0;  // hits and false ones
  std::size_t gold = 0;   // hits and missed ones
  double F1() const {
    return found + gold == 0 ? 0 : 2.0 * static_cast<double>(hits) / static_cast<double>(found + gold);
  }
};

struct Score {
  std::size_t texts = 0;
  std::size_t strict = 0;
  std::size_t accepted = 0;
  std::size_t triage = 0;
  std::size_t decided_accepted = 0;  // of those not in triage
  std::size_t topics = 0;            // texts whose label is a topic
  std::size_t topics_right = 0;
  std::map<std::string, ClassScore> classes;
  double MacroF1() const;  // mean over classes with a text; 0 without texts
};

Score ScoreOf(const std::vector<Outcome>& outcomes);

// 0..folds-1, from the SHA-256 of the id: adding texts does not move the others.
int FoldOf(const std::string& id, int folds);

// Judges the certain texts with `place` in `which`. The files must compile.
Result<std::vector<Outcome>> Judge(const std::vector<SourceFile>& files, const std::vector<LabelledText>& texts,
                                   const std::vector<std::size_t>& which);

struct Validation {
  std::vector<Outcome> rules;    // without lexicon
  std::vector<Outcome> lexicon;  // every text judged with a lexicon of the other folds; the same order
};
Result<Validation> CrossValidate(const std::vector<SourceFile>& files, const std::vector<LabelledText>& texts,
                                 const Lessons& lessons, const LearnOptions& options, int folds);

// For FitCalibration: without decisive ones and those where nothing was found.
std::vector<CalibrationCase> CasesOf(const std::vector<Outcome>& outcomes);

}  // namespace minsheng::rules
