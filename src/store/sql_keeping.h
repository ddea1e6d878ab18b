// SPDX-License-Identifier: Apache-2.0
// SqlKeeping: Keeping over Database. Private to src/store/; seal_old.cc, erase.cc and master_key.cc.
#pragma once
#include <string>

#include "src/base/clock.h"
#include "src/store/database.h"
#include "src/store/keeping.h"
#include "src/store/secrets.h"

namespace minsheng::store {

class SqlKeeping final : public Keeping {
 public:
  SqlKeeping(Database& database, StoreSecrets secrets, const Clock& clock)
      : database_(database), secrets_(std::move(secrets)), clock_(clock) {}

  const std::string& BlobSecret() const override { return secrets_.blob_key; }
  Result<SweepStep> SealOld(const Blobs& blobs, int limit) override;
  Result<SweepStep> DeleteFiles(const Blobs& blobs, int limit) override;
  Result<PersonFound> FindPerson(const Whose& whose) override;
  Result<std::set<std::string>> PersonsOf(const std::vector<std::string>& citizens) override;
  Result<ErasedPerson> Erase(const std::vector<std::string>& citizens, const std::string& actor,
                             const std::string& reason, bool force) override;
  Result<std::vector<ErasureRow>> Erasures() override;
  Result<std::int64_t> EraseAgain(const std::vector<ErasureRow>& erasures) override;
  std::string PersonOf(const Message& m) const override;
  Result<void> Scrub() override { return database_.Scrub(); }
  Result<void> CopyDatabase(const std::string& path) override { return database_.CopyTo(path); }
  std::string SealForBackup(const std::string& line) const override;
  Result<std::string> OpenFromBackup(const std::string& sealed) const override;
  Result<KeyStatus> Keys() override;
  Result<std::string> AddMasterKey() override;
  Result<SweepStep> Rewrap(int limit) override;
  Result<void> DropOldMasterKeys() override;

 private:
  Database& database_;
  const StoreSecrets secrets_;
  const Clock& clock_;
};

}  // namespace minsheng::store
