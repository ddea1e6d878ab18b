// SPDX-License-Identifier: Apache-2.0
// Keys of the configuration about conversations: the table [conversations], and two of every account that people chat
// with.
#pragma once
#include "src/base/config_reader.h"
#include "src/router/decide.h"

namespace minsheng::cli {

router::SettleTimes ReadSettle(ConfigSection& account);
router::Talks ReadTalks(ConfigSection& root);

}  // namespace minsheng::cli
