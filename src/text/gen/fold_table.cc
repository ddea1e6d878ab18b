// SPDX-License-Identifier: Apache-2.0
// Writes the folding table that src/text/fold.cc includes. Runs at build time only, so that the
// running program needs neither ICU's normaliser nor OpenCC.
//
// fold(c) = every white space of NFKC_Casefold(c) dropped, then each character from traditional to
// simplified Chinese (OpenCC's TSCharacters, one to one), repeated until nothing changes.
// White space itself and control characters are marked, not mapped.
#include <opencc/opencc.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace {

// Values of the table that are no characters. Surrogates never stand alone, so they are free to
// number the expansions. Keep equal to src/text/fold.cc.
constexpr std::uint16_t kDrop = 0;
constexpr std::uint16_t kWhite = 1;
constexpr std::uint16_t kExpansion = 0xD800;
constexpr std::size_t kMaxExpansions = 0x800;

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "fold_table: %s\n", what);
  std::exit(1);
}

bool IsWhite(UChar32 c) { return u_isUWhiteSpace(c) || c == 0x180E || c == 0x2800 || c == 0x3164 || c == 0xFFA0; }

class Folder {
 public:
  Folder() {
    UErrorCode status = U_ZERO_ERROR;
    normalizer_ = icu::Normalizer2::getNFKCCasefoldInstance(status);
    if (U_FAILURE(status)) Die("no NFKC_Casefold in ICU");
    converter_ = opencc_open("t2s.json");
    // OpenCC's own mark of failure. NOLINTNEXTLINE(performance-no-int-to-ptr)
    if (converter_ == reinterpret_cast<opencc_t>(-1)) Die("OpenCC cannot open t2s.json");
  }
  ~Folder() { opencc_close(converter_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  icu::UnicodeString Fold(UChar32 c) const {
    icu::UnicodeString now(c);
    for (int round = 0; round < 8; ++round) {
      const icu::UnicodeString next = Once(now);
      if (next == now) return now;
      now = next;
    }
    Die("folding does not come to rest");
  }

 private:
  icu::UnicodeString Once(const icu::UnicodeString& s) const {
    UErrorCode status = U_ZERO_ERROR;
    const icu::UnicodeString normal = normalizer_->normalize(s, status);
    if (U_FAILURE(status)) Die("normalize failed");
    icu::UnicodeString out;
    for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
      const UChar32 c = normal.char32At(i);
      if (!IsWhite(c)) out.append(Simplify(c));
    }
    return out;
  }

  icu::UnicodeString Simplify(UChar32 c) const {
    if (c < 0x2E80 || U_IS_SURROGATE(c)) return icu::UnicodeString(c);
    std::string utf8;
    icu::UnicodeString(c).toUTF8String(utf8);
    char* converted = opencc_convert_utf8(converter_, utf8.data(), utf8.size());
    if (converted == nullptr) Die("OpenCC cannot convert a character");
    const icu::UnicodeString result = icu::UnicodeString::fromUTF8(converted);
    opencc_convert_utf8_free(converted);
    return result.countChar32() == 1 ? result : icu::UnicodeString(c);
  }

  const icu::Normalizer2* normalizer_ = nullptr;
  opencc_t converter_ = nullptr;
};

class Table {
 public:
  void Fill(const Folder& folder) {
    for (UChar32 c = 0; c < 0x10000; ++c) bmp_.push_back(ForBmp(folder, c));
    for (UChar32 c = 0x10000; c < 0x110000; ++c) {
      // Characters that are not assigned yet, but will be invisible if they ever are, are dropped as well.
      if (!u_isdefined(c) && !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) continue;
      const icu::UnicodeString folded = folder.Fold(c);
      if (folded != icu::UnicodeString(c)) beyond_[c] = Pool(folded);
    }
    if (expansions_.size() > kMaxExpansions) Die("too many expansions for the table");
  }

  void Write(std::FILE* f) const {
    std::fprintf(f, "// Made by src/text/gen/fold_table.cc from ICU %s and OpenCC. Do not edit.\n", U_ICU_VERSION);
    WriteUnits(f, "kFoldBmp", bmp_);
    WriteUnits(f, "kFoldPool", pool_);
    std::fprintf(f, "constexpr FoldRun kFoldExpansions[] = {\n");
    for (const Run& r : expansions_) std::fprintf(f, "{%u,%u},\n", r.begin, r.length);
    std::fprintf(f, "};\nconstexpr FoldBeyond kFoldBeyond[] = {\n");
    for (const auto& [c, r] : beyond_)
      std::fprintf(f, "{0x%X,{%u,%u}},\n", static_cast<unsigned>(c), r.begin, r.length);
    std::fprintf(f, "};\n");
  }

 private:
  struct Run {
    unsigned begin;
    unsigned length;
  };

  std::uint16_t ForBmp(const Folder& folder, UChar32 c) {
    if (U_IS_SURROGATE(c)) return 0xFFFD;
    if (IsWhite(c)) return kWhite;
    if (c == 0 || u_charType(c) == U_CONTROL_CHAR) return kDrop;
    const icu::UnicodeString folded = folder.Fold(c);
    if (folded.isEmpty()) return kDrop;
    if (folded.length() == 1) return folded.charAt(0);
    const auto [it, fresh] = numbers_.try_emplace(folded, static_cast<std::uint16_t>(expansions_.size()));
    if (fresh) expansions_.push_back(Pool(folded));
    return static_cast<std::uint16_t>(kExpansion + it->second);
  }

  Run Pool(const icu::UnicodeString& s) {
    const Run run{static_cast<unsigned>(pool_.size()), static_cast<unsigned>(s.length())};
    for (std::int32_t i = 0; i < s.length(); ++i) pool_.push_back(s.charAt(i));
    return run;
  }

  static void WriteUnits(std::FILE* f, const char* name, const std::vector<std::uint16_t>& units) {
    std::fprintf(f, "constexpr char16_t %s[%zu] = {\n", name, units.size());
    for (std::size_t i = 0; i < units.size(); ++i) {
      std::fprintf(f, "%u,%s", static_cast<unsigned>(units[i]), i % 16 == 15 ? "\n" : "");
    }
    std::fprintf(f, "};\n");
  }

  std::vector<std::uint16_t> bmp_;
  std::vector<std::uint16_t> pool_;
  std::vector<Run> expansions_;
  std::map<icu::UnicodeString, std::uint16_t> numbers_;
  std::map<UChar32, Run> beyond_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) Die("usage: fold_table OUTPUT");
  Table table;
  table.Fill(Folder());
  std::FILE* f = std::fopen(argv[1], "w");
  if (f == nullptr) Die("cannot write the output file");
  table.Write(f);
  if (std::fclose(f) != 0) Die("cannot finish the output file");
  return 0;
}
