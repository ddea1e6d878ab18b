// SPDX-License-Identifier: Apache-2.0
// The shipped forms, and messages of invented citizens on Monday 10 August 2015, 20:00 in Shanghai.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/base/embedded.h"
#include "src/forms/answers.h"
#include "src/forms/extract.h"
#include "src/orders/civil.h"

namespace minsheng::forms {

inline std::vector<std::string> ShippedTopics() {
  std::vector<std::string> topics;
  const auto file = nlohmann::json::parse(EmbeddedContent("rules/categories.json"));
  for (const auto& category : file["categories"]) {
    for (const auto& topic : category["topics"]) topics.push_back(topic["id"]);
  }
  return topics;
}

inline std::vector<std::string> ShippedUnits() {
  std::vector<std::string> units;
  for (const auto& unit : nlohmann::json::parse(EmbeddedContent("config/units.json"))) units.push_back(unit["id"]);
  return units;
}

inline std::shared_ptr<const Forms> ShippedForms() {
  static const auto forms = Forms::Load(EmbeddedContent("config/forms.json"), ShippedTopics(), ShippedUnits());
  EXPECT_TRUE(forms) << forms.error().what;
  return forms ? *forms : nullptr;
}

inline std::shared_ptr<const orders::Calendar> ShippedCalendar() {
  static const auto calendar = [] {
    std::vector<orders::CalendarFile> files;
    for (const auto& file : EmbeddedFiles()) {
      if (file.path.starts_with("config/calendar/")) {
        files.push_back({std::string(file.path.substr(16)), std::string(file.content)});
      }
    }
    return orders::Calendar::Load(files).value();
  }();
  return calendar;
}

inline Time Evening() { return orders::ParseTime("2015-08-10 20:00").value(); }

inline Message Words(std::string text) {
  Message m;
  m.channel = "wechat";
  m.sender = "openid-1";
  m.text = std::move(text);
  m.received_at = Evening();
  return m;
}

}  // namespace minsheng::forms
