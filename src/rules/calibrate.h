// SPDX-License-Identifier: Apache-2.0
// Fitting the confidence to what turned out right, and showing how well it fits. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/rules/confidence.h"

namespace minsheng::rules {

// One verdict that was checked by a person; decisive ones are not among them (their confidence is 1 by rule).
struct CalibrationCase {
  CalibrationFigures figures;
  bool right = false;
};

struct Calibration {
  double bias = 0;
  double margin = 0;                                     // >= 0: more distance never makes less sure
  double evidence = 0;                                   // >= 0, too
  double Confidence(const CalibrationFigures& f) const;  // 0..1
};

// Maximum likelihood with two imaginary cases, one right and one wrong, so that it never says 0 or 1 for sure;
// rounded to two digits. kInvalid with fewer than 50 cases, or when all are right or all are wrong.
Result<Calibration> FitCalibration(const std::vector<CalibrationCase>& cases);

struct ReliabilityRow {
  double from = 0;  // confidence, [from, to)
  double to = 0;
  std::size_t cases = 0;
  std::size_t right = 0;
  double promised = 0;  // mean confidence
};
// `sure[i]` is the confidence of a verdict and `right[i]` whether it was right. Rows without cases are left out.
std::vector<ReliabilityRow> Reliability(const std::vector<double>& sure, const std::vector<bool>& right);

// The mean distance between promise and truth, weighted by cases (expected calibration error). 0 for no rows.
double MeanGap(const std::vector<ReliabilityRow>& rows);

// settings.json with these three figures, everything else as it was. kInvalid when it is no JSON object.
Result<std::string> WithCalibration(std::string_view settings_json, const Calibration& c);

}  // namespace minsheng::rules
