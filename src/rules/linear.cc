// SPDX-License-Identifier: Apache-2.0
#include "src/rules/linear.h"

#include <linear.h>

#include <algorithm>
#include <memory>

namespace minsheng::rules {
namespace {

struct FreeModel {
  void operator()(model* m) const { free_and_destroy_model(&m); }
};

}  // namespace

LinearModel TrainLogistic(const std::vector<LinearRow>& rows, std::uint32_t features, double cost,
                          double positive_cost) {
  LinearModel out{std::vector<double>(features, 0), 0};
  const auto positive = std::count_if(rows.begin(), rows.end(), [](const LinearRow& r) { return r.positive; });
  if (positive == 0 || positive == static_cast<std::ptrdiff_t>(rows.size())) return out;
  set_print_string_function([](const char*) {});
  std::vector<std::vector<feature_node>> nodes(rows.size());
  std::vector<feature_node*> starts;
  std::vector<double> classes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const auto& [feature, value] : rows[i].values) nodes[i].push_back({static_cast<int>(feature) + 1, value});
    nodes[i].push_back({static_cast<int>(features) + 1, 1});  // liblinear wants the bias as a last feature
    nodes[i].push_back({-1, 0});
    starts.push_back(nodes[i].data());
    classes.push_back(rows[i].positive ? 1 : -1);
  }
  problem p{};
  p.l = static_cast<int>(rows.size());
  p.n = static_cast<int>(features) + 1;
  p.y = classes.data();
  p.x = starts.data();
  p.bias = 1;
  int label = 1;
  double weight = positive_cost;
  parameter how{};
  how.solver_type = L2R_LR;
  how.eps = 1e-4;
  how.C = cost;
  how.nr_weight = 1;
  how.weight_label = &label;
  how.weight = &weight;
  const std::unique_ptr<model, FreeModel> trained(train(&p, &how));
  // The class of the first row counts as the positive one there.
  const double sign = trained->label[0] == 1 ? 1 : -1;
  for (std::uint32_t f = 0; f < features; ++f) out.weights[f] = sign * trained->w[f];
  out.bias = sign * trained->w[features];
  return out;
}

}  // namespace minsheng::rules
