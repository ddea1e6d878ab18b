// SPDX-License-Identifier: Apache-2.0
#include "bench/vectorscan.h"

#include "bench/report.h"

#ifdef MINSHENG_VECTORSCAN
#include <hs.h>

namespace minsheng::bench {
namespace {

class Vectorscan final : public LiteralScan {
 public:
  explicit Vectorscan(const std::vector<std::string>& literals) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    std::vector<unsigned> flags(literals.size(), 0), ids(literals.size());
    for (std::size_t i = 0; i < literals.size(); ++i) {
      texts.push_back(literals[i].data());
      sizes.push_back(literals[i].size());
      ids[i] = static_cast<unsigned>(i);
    }
    hs_compile_error_t* error = nullptr;
    if (hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(),
                             static_cast<unsigned>(literals.size()), HS_MODE_BLOCK, nullptr, &database_,
                             &error) != HS_SUCCESS) {
      Die(std::string("vectorscan: ") + (error != nullptr ? error->message : "cannot compile"));
    }
    if (hs_alloc_scratch(database_, &scratch_) != HS_SUCCESS) Die("vectorscan: no memory");
  }
  ~Vectorscan() override {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }
  std::uint64_t Scan(std::string_view text) override {
    std::uint64_t hits = 0;
    hs_scan(
        database_, text.data(), static_cast<unsigned>(text.size()), 0, scratch_,
        [](unsigned, unsigned long long, unsigned long long, unsigned, void* context) {
          ++*static_cast<std::uint64_t*>(context);
          return 0;
        },
        &hits);
    return hits;
  }

 private:
  hs_database_t* database_ = nullptr;
  hs_scratch_t* scratch_ = nullptr;
};

}  // namespace

std::unique_ptr<LiteralScan> MakeVectorscan(const std::vector<std::string>& literals) {
  return std::make_unique<Vectorscan>(literals);
}

}  // namespace minsheng::bench
#else
namespace minsheng::bench {

std::unique_ptr<LiteralScan> MakeVectorscan(const std::vector<std::string>&) { return nullptr; }

}  // namespace minsheng::bench
#endif
