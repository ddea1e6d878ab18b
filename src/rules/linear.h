// SPDX-License-Identifier: Apache-2.0
// Logistic regression with two classes. The only way to liblinear (docs/decisions/0007-liblinear.md).
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

namespace minsheng::rules {

struct LinearRow {
  std::vector<std::pair<std::uint32_t, double>> values;  // feature and value, features rising
  bool positive = false;
};

struct LinearModel {
  std::vector<double> weights;  // by feature
  double bias = 0;
};

// Minimises |w|^2/2 + cost * sum of c * ln(1 + exp(-y (w x + bias))) by a trust region Newton method (Lin,
// Weng and Keerthi 2008), where c is 1, or `positive_cost` for positive rows. The bias is kept small like a
// weight. No chance in it: the same rows in the same order give the same model. Features are < `features`.
// With rows of one class only, or none, all is 0. Not for several threads at once: liblinear prints through
// a global, which this sets.
LinearModel TrainLogistic(const std::vector<LinearRow>& rows, std::uint32_t features, double cost,
                          double positive_cost);

}  // namespace minsheng::rules
