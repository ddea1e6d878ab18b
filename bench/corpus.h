// SPDX-License-Identifier: Apache-2.0
// Texts to measure with: invented hotline messages, or the lines of files outside the repository.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace minsheng::bench {

// `n` messages of about 150 characters, put together from invented phrases; the same for a seed.
std::vector<std::string> InventedTexts(std::size_t n, std::uint32_t seed = 12345);

// title + line break + text of every JSON line of a file, or of all *.jsonl files of a folder.
// Ends the process with a message when nothing can be read.
std::vector<std::string> TextsOf(const std::string& path);

}  // namespace minsheng::bench
