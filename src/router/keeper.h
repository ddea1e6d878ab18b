// SPDX-License-Identifier: Apache-2.0
// What happens to stored personal data by the clock; called by the scheduler about once a second.
#pragma once
#include "src/base/blobs.h"
#include "src/store/store.h"

namespace minsheng::router {

// One bounded step of each sweep of store::Keeping. Errors are logged; the next call tries again.
void KeepInOrder(store::Store& store, const Blobs& blobs);

}  // namespace minsheng::router
