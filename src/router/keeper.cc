// SPDX-License-Identifier: Apache-2.0
#include "src/router/keeper.h"

#include "src/base/log.h"
#include "src/store/keeping.h"

namespace minsheng::router {
namespace {

constexpr int kRows = 200;  // a few milliseconds of the one who writes
constexpr int kFiles = 100;

void NoteStep(std::string_view sweep, const Result<store::SweepStep>& step) {
  if (!step) log::Warn("keeping-failed", {{"sweep", sweep}, {"error", step.error().what}});
}

}  // namespace

void KeepInOrder(store::Store& store, const Blobs& blobs) {
  auto& keeping = store.Keep();
  NoteStep("seal", keeping.SealOld(blobs, kRows));
  NoteStep("files", keeping.DeleteFiles(blobs, kFiles));
}

}  // namespace minsheng::router
