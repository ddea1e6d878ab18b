// SPDX-License-Identifier: Apache-2.0
#include "src/rules/calibrate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/rules/linear.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kLeastCases = 50;
constexpr double kFreeCost = 1000;  // weights are hardly shrunk
constexpr std::array kBounds = {0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0};

double TwoDigits(double x) { return std::round(x * 100) / 100; }

Calibration Fit(const std::vector<CalibrationCase>& cases, bool margin, bool evidence) {
  std::vector<LinearRow> rows;
  CalibrationFigures mean;
  for (const CalibrationCase& c : cases) {
    mean.margin += c.figures.margin / static_cast<double>(cases.size());
    mean.evidence += c.figures.evidence / static_cast<double>(cases.size());
  }
  const auto add = [&](const CalibrationFigures& f, bool right) {
    rows.push_back({{{0, margin ? f.margin : 0}, {1, evidence ? f.evidence : 0}}, right});
  };
  for (const CalibrationCase& c : cases) add(c.figures, c.right);
  add(mean, true), add(mean, false);
  const LinearModel m = TrainLogistic(rows, 2, kFreeCost, 1);
  return {TwoDigits(m.bias), TwoDigits(m.weights[0]), TwoDigits(m.weights[1])};
}

}  // namespace

double Calibration::Confidence(const CalibrationFigures& f) const {
  return 1 / (1 + std::exp(-(bias + margin * f.margin + evidence * f.evidence)));
}

Result<Calibration> FitCalibration(const std::vector<CalibrationCase>& cases) {
  const auto right = static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [](const CalibrationCase& c) { return c.right; }));
  if (cases.size() < kLeastCases || right == 0 || right == cases.size()) {
    return MakeError(
        ErrorKind::kInvalid,
        "校准要有至少 50 条研判，并且有对有错 / a calibration needs 50 verdicts, some right and some wrong");
  }
  Calibration c = Fit(cases, true, true);
  if (c.margin < 0) c = Fit(cases, false, true);
  if (c.evidence < 0) c = Fit(cases, c.margin != 0, false);
  c.margin = std::max(0.0, c.margin);
  c.evidence = std::max(0.0, c.evidence);
  return c;
}

std::vector<ReliabilityRow> Reliability(const std::vector<double>& sure, const std::vector<bool>& right) {
  std::vector<ReliabilityRow> rows;
  for (std::size_t b = 0; b + 1 < kBounds.size(); ++b) {
    ReliabilityRow row{kBounds[b], kBounds[b + 1], 0, 0, 0};
    for (std::size_t i = 0; i < sure.size(); ++i) {
      const bool last = b + 2 == kBounds.size();
      if (sure[i] < row.from || (sure[i] >= row.to && !last)) continue;
      ++row.cases;
      row.right += right[i] ? 1 : 0;
      row.promised += sure[i];
    }
    if (row.cases == 0) continue;
    row.promised /= static_cast<double>(row.cases);
    rows.push_back(row);
  }
  return rows;
}

double MeanGap(const std::vector<ReliabilityRow>& rows) {
  double gap = 0;
  std::size_t cases = 0;
  for (const ReliabilityRow& r : rows) {
    gap += std::abs(r.promised * static_cast<double>(r.cases) - static_cast<double>(r.right));
    cases += r.cases;
  }
  return cases == 0 ? 0 : gap / static_cast<double>(cases);
}

Result<std::string> WithCalibration(std::string_view settings_json, const Calibration& c) {
  auto settings = nlohmann::ordered_json::parse(settings_json, nullptr, /*allow_exceptions=*/false);
  const bool usable =
      settings.is_object() && (!settings.contains("calibration") || settings["calibration"].is_object());
  if (!usable)
    return MakeError(ErrorKind::kInvalid, "settings.json 不是一个对象 {…} / settings.json is no object {...}");
  settings["calibration"]["bias"] = c.bias;
  settings["calibration"]["margin"] = c.margin;
  settings["calibration"]["evidence"] = c.evidence;
  return settings.dump(2) + "\n";
}

}  // namespace minsheng::rules
