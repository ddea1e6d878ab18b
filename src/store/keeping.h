// SPDX-License-Identifier: Apache-2.0
// Keeping: what happens to personal data once it is stored: sealing of what older versions left readable, and the keys
// (docs/privacy.md). Part of the Store; thread-safe.
#pragma once
#include <cstdint>
#include <string>

#include "src/base/blobs.h"
#include "src/base/result.h"

namespace minsheng::store {

// How far a sweep came in one call.
struct SweepStep {
  std::int64_t done = 0;  // rows changed by this call
  bool more = false;      // there is more of the same: call again
};

struct KeyStatus {
  std::string current;          // id of the master key in use
  std::int64_t under_old = 0;   // data keys and secrets that are still wrapped by another one
  std::int64_t clear_rows = 0;  // rows whose texts are not sealed yet
};

class Keeping {
 public:
  virtual ~Keeping() = default;

  // The secret that Blobs of this installation are made with.
  virtual const std::string& BlobSecret() const = 0;

  // Seals up to `limit` rows that an older version left readable, and the files they name (a readable file is deleted
  // two days later). Safe to be killed anywhere and to run in several processes.
  virtual Result<SweepStep> SealOld(const Blobs& blobs, int limit) = 0;

  // Deletes up to `limit` files of the blobs folder that nothing names any more.
  virtual Result<SweepStep> DeleteFiles(const Blobs& blobs, int limit) = 0;

  // --- the master key ---------------------------------------------------------------------------
  virtual Result<KeyStatus> Keys() = 0;
  // Puts a new master key in front of the others, in its file; its id. From now on new data keys are wrapped by it.
  virtual Result<std::string> AddMasterKey() = 0;
  // Wraps up to `limit` data keys, and the secrets, by the current master key.
  virtual Result<SweepStep> Rewrap(int limit) = 0;
  // Takes old master keys out of the file. kConflict while something is wrapped by one.
  virtual Result<void> DropOldMasterKeys() = 0;
};

}  // namespace minsheng::store
