// SPDX-License-Identifier: Apache-2.0
#include "src/base/result.h"

namespace minsheng {
namespace {

struct KindRow {
  int status;
  std::string_view label;
};

// In the order of ErrorKind.
constexpr KindRow kKinds[] = {
    {400, "invalid"},     {413, "too-large"}, {404, "not-found"}, {403, "denied"},   {409, "conflict"},
    {503, "unavailable"}, {422, "rejected"},  {504, "unknown"},   {500, "internal"},
};

}  // namespace

int HttpStatus(ErrorKind kind) { return kKinds[static_cast<int>(kind)].status; }

std::string_view Label(ErrorKind kind) { return kKinds[static_cast<int>(kind)].label; }

}  // namespace minsheng
