// SPDX-License-Identifier: Apache-2.0
// The JSON of rule files is read with places: text/source_json.h, under the names of this folder.
#pragma once
#include "src/text/source_json.h"

namespace minsheng::rules {

using text::Advance;
using text::JsonFault;
using text::JsonMember;
using text::JsonValue;
using text::LineColumn;
using text::PlaceInFile;
using text::ReadJson;

}  // namespace minsheng::rules
