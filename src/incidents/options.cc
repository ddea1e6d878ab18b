// SPDX-License-Identifier: Apache-2.0
#include "src/incidents/options.h"

#include "src/text/utf8.h"

namespace minsheng::incidents {

Result<Family> ParseFamily(std::string_view text) {
  Family family;
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) family.name = std::string(text::Trim(text.substr(0, colon)));
  if (family.name.empty()) {
    return MakeError(ErrorKind::kInvalid,
                     "应写作“名称: #标签 事项 …” / write \"name: #tag topic ...\": " + std::string(text));
  }
  std::size_t at = colon + 1;
  while (at < text.size()) {
    const auto end = std::min(text.find_first_of(" \t", at), text.size());
    const auto word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (word.front() == '#') {
      family.tags.emplace_back(word.substr(1));
    } else {
      family.topics.emplace_back(word);
    }
  }
  if (family.tags.empty() && family.topics.empty()) {
    return MakeError(ErrorKind::kInvalid, family.name + "：没有标签也没有事项 / has neither tags nor topics");
  }
  return family;
}

const std::vector<std::string>& DefaultFamilies() {
  static const std::vector<std::string> kFamilies = {
      // Parentheses: one family over three lines.
      ("台风暴雨: #flood #outage #electric #collapse #rescue urban.drainage urban.power urban.water urban.greening "
       "urban.roads urban.traffic urban.street-lights urban.housing-quality urban.public-facilities rural.utilities "
       "rural.water-supply rural.irrigation rural.roads rural.farming rural.livestock rural.poverty other.telecom"),
      "供水: urban.water rural.water-supply",
      "供电: urban.power rural.utilities",
      "道路: urban.roads rural.roads",
      "食品安全: other.food-drugs other.public-health",
      "空气异味: urban.smoke rural.pollution",
  };
  return kFamilies;
}

}  // namespace minsheng::incidents
