// SPDX-License-Identifier: Apache-2.0
// How sure a Verdict is: from sums of evidence to probabilities. Pure, thread-safe.
//
// Of two questions the category is measured, because there are labels for it: a logistic function of
// two figures (Platt 1999), whose parameters stand in settings.json and are fitted by `rules learn`
// and `rules calibrate`:
//   margin   = (sum - rival) / sum
//   evidence = ln(1 + min(sum, evidence_cap))
//   category = 1 / (1 + exp(-(bias + margin_weight * margin + evidence_weight * evidence)))
// The topic is right only if its category is, and if it is the right one among its kin. Two that tie
// have even chances; the chance grows with the distance (Bradley and Terry 1952, raised to a power):
//   topic = category / (1 + (kin / sum)^topic_power)
#pragma once
#include "src/rules/sources.h"

namespace minsheng::rules {

// Sums around the winner, none negative.
struct Contest {
  double sum = 0;    // the winner's
  double rival = 0;  // best of another category, or of the same category on the other side of out-of-scope
  double kin = 0;    // best other topic of the winner's category
};

struct Certainty {
  double category = 0;  // 0..1, rounded to four digits, so that the stored figure is the shown one
  double topic = 0;     // never more than category
};

// The two figures the calibration weighs. A kin counts as a rival with `within_category` of its sum.
struct CalibrationFigures {
  double margin = 0;    // -inf..1; 1 without a rival
  double evidence = 0;  // 0..ln(1 + evidence_cap)
};
CalibrationFigures FiguresOf(const Settings& s, const Contest& contest);  // contest.sum > 0

// `sum` <= 0 gives 0.
Certainty CertaintyOf(const Settings& s, const Contest& contest);

}  // namespace minsheng::rules
