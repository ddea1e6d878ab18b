// SPDX-License-Identifier: Apache-2.0
#include "src/rules/confidence.h"

#include <algorithm>
#include <cmath>

namespace minsheng::rules {
namespace {

double Rounded(double p) { return std::round(1e4 * p) / 1e4; }

double ShareAmongKin(const Settings& s, const Standing& standing) {
  if (s.topic_power <= 0 || standing.kin <= 0) return 1;
  return 1 / (1 + std::pow(std::min(1.0, standing.kin / standing.sum), s.topic_power));
}

}  // namespace

CalibrationFigures FiguresOf(const Settings& s, const Standing& standing) {
  const double rival = std::max(standing.rival, standing.kin * s.within_category);
  return {(standing.sum - rival) / standing.sum, std::log1p(std::min(standing.sum, s.evidence_cap))};
}

Certainty CertaintyOf(const Settings& s, const Standing& standing) {
  if (standing.sum <= 0) return {};
  const CalibrationFigures f = FiguresOf(s, standing);
  const double category = 1 / (1 + std::exp(-(s.bias + s.margin * f.margin + s.evidence * f.evidence)));
  return {Rounded(category), Rounded(category * ShareAmongKin(s, standing))};
}

}  // namespace minsheng::rules
