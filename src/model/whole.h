// SPDX-License-Identifier: Apache-2.0
// Several Messages of one Request as the one that rules read. Pure, thread-safe.
#pragma once
#include <vector>

#include "src/model/message.h"

namespace minsheng {

// `parts` oldest first. Texts stand one a line, so that what a Verdict says about places in the text is true of
// WholeOf(parts).text. Of several transcripts of one call the last stands alone for it. Identity and times are the
// first one's; facts, which a Reply needs, the last one's, without those of an open call. Without parts: empty.
Message WholeOf(const std::vector<Message>& parts);

}  // namespace minsheng
