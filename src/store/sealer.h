// SPDX-License-Identifier: Apache-2.0
// Sealing: citizens' texts lie encrypted under a key of each citizen (data key), and those keys wrapped by a master
// key that is not in the database. Who destroys a data key has destroyed the texts. docs/decisions/0012.
//
// A sealed text is base64 of nonce (12 bytes), AES-256-GCM ciphertext, tag (16). Its place (table, row, column) is
// authenticated with it: a sealed text that was moved to another row does not open. Private to src/store/.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "src/base/master_keys.h"
#include "src/base/result.h"
#include "src/model/message.h"

namespace minsheng::store {

class Connection;

// Values of the columns `sealed`.
constexpr std::int64_t kClear = 0;
constexpr std::int64_t kSealed = 1;
constexpr std::int64_t kErased = 2;  // a stub stands there, readable, without anything of the person

// Where a text stands.
struct Place {
  std::string_view table;
  std::string_view row;
  std::string_view column;
};

// Wraps keys and secrets by the master keys. Thread-safe.
class Sealer {
 public:
  explicit Sealer(std::unique_ptr<MasterKeys> keys) : keys_(std::move(keys)) {}

  // "<id of the master key>.<base64>". A wrapped key belongs to its place like any sealed text.
  std::string Wrap(const Place& place, std::string_view secret) const;
  // kDenied: wrapped by a master key that is not here (its id is named). kInternal: damaged, or of another place.
  Result<std::string> Unwrap(const Place& place, std::string_view wrapped) const;
  std::string CurrentId() const { return keys_->Ring()->Current().id; }
  static std::string_view IdOf(std::string_view wrapped) { return wrapped.substr(0, wrapped.find('.')); }
  MasterKeys& keys() const { return *keys_; }

 private:
  std::unique_ptr<MasterKeys> keys_;
};

// The unwrapped data keys of one transaction; bounded. Not longer, so that a destroyed key is gone at once, in every
// process.
class KeyCache {
 public:
  void Clear() { keys_.clear(); }
  const std::string* Find(const std::string& citizen_id) const;
  const std::string& Keep(const std::string& citizen_id, std::string key);

 private:
  std::unordered_map<std::string, std::string> keys_;
};

// --- the cipher itself -----------------------------------------------------------------------------
std::string SealWith(std::string_view key, const Place& place, std::string_view text);
std::optional<std::string> OpenWith(std::string_view key, const Place& place, std::string_view sealed);

// --- the keyed hashes that stand for a person ---------------------------------------------------------
std::string HashOfSender(const std::string& hash_key, std::string_view channel, std::string_view sender);
std::string HashOfMessage(const std::string& hash_key, std::string_view message_id);  // of one without a sender
// Of a telephone number or address that a person left: without blanks, dashes and +86; letters in lower case.
std::string HashOfContact(const std::string& hash_key, std::string_view contact);
// Message::source_id as the database has it: without the sender's own id, which some platforms put in.
std::string StoredSourceId(const Message& m, std::string_view sender_hash);
// What takes its place after an erasure: a repeat is still known as one, and nothing can be read from it.
std::string ErasedSourceId(const std::string& hash_key, std::string_view channel, std::string_view account,
                           std::string_view stored_source_id);

// --- inside a transaction ---------------------------------------------------------------------------
// A new data key for a citizen's row that is being written: the value of its column data_key.
std::string NewDataKey(Connection& c, const std::string& citizen_id);
// What the column data_key holds, where a query brought it along: saves the look-up.
void KnowKey(Connection& c, const std::string& citizen_id, const std::string& wrapped_key);
// Under the citizen's key, which is made if there is none (again after an erasure: what is written then is
// new). Nothing stays nothing. An error is the connection's.
std::string SealText(Connection& c, const std::string& citizen_id, const Place& place, std::string_view text);
// The text of a column; `sealed` is the row's. Empty, with a line in the log, when it cannot be opened: one damaged
// row must not hide the others.
std::string OpenText(Connection& c, const std::string& citizen_id, const Place& place, const std::string& stored,
                     std::int64_t sealed);

}  // namespace minsheng::store
