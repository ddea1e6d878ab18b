// SPDX-License-Identifier: Apache-2.0
#include "src/rules/confidence.h"

#include <algorithm>
#include <cmath>

namespace minsheng::rules {
namespace {

double Rounded(double p) { return std::round(1e4 * p) / 1e4; }

double ShareAmongKin(const Settings& s, const Contest& contest) {
  if (s.topic_power <= 0 || contest.kin <= 0) return 1;
  return 1 / (1 + std::pow(std::min(1.0, contest.kin / contest.sum), s.topic_power));
}

}  // namespace

CalibrationFigures FiguresOf(const Settings& s, const Contest& contest) {
  const double rival = std::max(contest.rival, contest.kin * s.within_category);
  return {(contest.sum - rival) / contest.sum, std::log1p(std::min(contest.sum, s.evidence_cap))};
}

Certainty CertaintyOf(const Settings& s, const Contest& contest) {
  if (contest.sum <= 0) return {};
  const CalibrationFigures f = FiguresOf(s, contest);
  const double category = 1 / (1 + std::exp(-(s.bias + s.margin * f.margin + s.evidence * f.evidence)));
  return {Rounded(category), Rounded(category * ShareAmongKin(s, contest))};
}

}  // namespace minsheng::rules
