// SPDX-License-Identifier: Apache-2.0
#include "src/text/source_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace minsheng::text {
namespace {

// "byte: message", or "" when the document is good.
std::string FaultOf(std::string_view file) {
  JsonValue value;
  JsonFault fault;
  return ReadJson(file, &value, &fault) ? "" : std::to_string(fault.at) + ": " + fault.en;
}

nlohmann::json ToNlohmann(const JsonValue& v) {
  switch (v.kind) {
    case JsonValue::Kind::kNull:
      return nullptr;
    case JsonValue::Kind::kBool:
      return v.boolean;
    case JsonValue::Kind::kNumber:
      return v.number;
    case JsonValue::Kind::kString:
      return v.string;
    case JsonValue::Kind::kArray: {
      nlohmann::json out = nlohmann::json::array();
      for (const JsonValue& item : v.items) out.push_back(ToNlohmann(item));
      return out;
    }
    case JsonValue::Kind::kObject: {
      nlohmann::json out = nlohmann::json::object();
      for (const JsonMember& m : v.members) out[m.key] = ToNlohmann(m.value);
      return out;
    }
  }
  return nullptr;
}

TEST(SourceJsonTest, ReadsWhatALibraryReads) {
  const std::string file =
      R"( {"a": [1, -2.5e3, true, false, null, {}], "树": "路\n灯\u6811\ud83d\ude00\/\\", "e": [], "z": 0} )";
  JsonValue value;
  JsonFault fault;
  ASSERT_TRUE(ReadJson(file, &value, &fault)) << fault.en;
  EXPECT_EQ(ToNlohmann(value), nlohmann::json::parse(file));
}

TEST(SourceJsonTest, AFaultIsGivenWithItsPlace) {
  EXPECT_EQ(FaultOf("[1, 2"), "5: a comma or ']' is missing here");
  EXPECT_EQ(FaultOf("[1,]"), "3: there is a comma after the last item");
  EXPECT_EQ(FaultOf("{\"a\" 1}"), "5: a colon is missing after the key");
  EXPECT_EQ(FaultOf("{\"a\": 1, \"a\": 2}"), "9: key 'a' is given twice");
  EXPECT_EQ(FaultOf("[tru]"), "1: a value is expected here (text needs quotation marks)");
  EXPECT_EQ(FaultOf("[-1.e2]"), "1: a digit is missing after the decimal point");
  EXPECT_EQ(FaultOf("[01]"), "1: a value is expected here (text needs quotation marks)");
  EXPECT_EQ(FaultOf("[\"a\nb\"]"), "3: the quotation mark is not closed");
  EXPECT_EQ(FaultOf("[\"\\x\"]"), "2: bad escape after '\\'");
  EXPECT_EQ(FaultOf("[\"\\ud800\"]"), "2: bad escape after '\\'");
  EXPECT_EQ(FaultOf("[] x"), "3: the file should end here");
  EXPECT_EQ(FaultOf(""), "0: the file is not complete");
  EXPECT_EQ(FaultOf("[1e999]"), "1: this number is too large");
  EXPECT_NE(FaultOf("[\"\xff\"]"), "");
  EXPECT_NE(FaultOf(std::string(100'000, '[')), "");
}

TEST(SourceJsonTest, APlaceInsideAStringIsFoundPastItsEscapes) {
  const std::string file = R"(["a\n树\u6811b"])";
  JsonValue value;
  JsonFault fault;
  ASSERT_TRUE(ReadJson(file, &value, &fault));
  const JsonValue& text = value.items[0];
  EXPECT_EQ(file.substr(PlaceInFile(file, text, 0), 1), "a");
  EXPECT_EQ(file.substr(PlaceInFile(file, text, 2), 3), "树");
  EXPECT_EQ(file.substr(PlaceInFile(file, text, 5), 6), "\\u6811");
  EXPECT_EQ(file.substr(PlaceInFile(file, text, 8), 1), "b");
  EXPECT_EQ(file.substr(PlaceInFile(file, text, 9), 1), "\"");
}

TEST(SourceJsonTest, ColumnsCountCharacters) {
  LineColumn place;
  Advance("ab\n树路", &place);
  EXPECT_EQ(place.line, 2);
  EXPECT_EQ(place.column, 3);
}

TEST(SourceJsonTest, DamagedFilesNeverCrashAndAgreeWithALibraryOnWhatIsGood) {
  const std::string good = R"([{"id": "a", "when": "树 | \u6811", "weight": -1.5e2, "tags": [true, null]}])";
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string file = good;
    for (int n = 1 + static_cast<int>(random() % 3); n > 0; --n) {
      const std::size_t at = random() % file.size();
      if (random() % 3 == 0)
        file.erase(at, 1 + random() % 4);
      else
        file[at] = "\"{}[],:\\u1e.-t \x80"[random() % 16];
      if (file.empty()) file = "x";
    }
    const nlohmann::json parsed = nlohmann::json::parse(file, nullptr, false);
    EXPECT_FALSE(FaultOf(file).empty() && parsed.is_discarded()) << file;
  }
}

}  // namespace
}  // namespace minsheng::text
