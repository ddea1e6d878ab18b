// SPDX-License-Identifier: Apache-2.0
// Keys of the configuration about chasing orders: of [orders], and the table [perfunctory].
#pragma once
#include "src/base/config_reader.h"
#include "src/chase/options.h"

namespace minsheng::cli {

void ReadChase(ConfigSection& orders, ConfigSection& root, chase::Options* options);

}  // namespace minsheng::cli
