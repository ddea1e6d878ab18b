// SPDX-License-Identifier: Apache-2.0
#include "src/store/sealer.h"

#include <fmt/format.h>

#include "src/base/crypto.h"
#include "src/base/log.h"
#include "src/store/database.h"

namespace minsheng::store {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kDataKeyBytes = 32;
constexpr std::size_t kShortestSender = 5;
constexpr std::size_t kShortHash = 32;   // hex digits: 128 bits
constexpr std::size_t kMostKeys = 4096;  // half a megabyte

std::string AadOf(const Place& place) {
  std::string aad;
  aad.reserve(place.table.size() + place.row.size() + place.column.size() + 2);
  aad.append(place.table).append(1, '\0').append(place.row).append(1, '\0').append(place.column);
  return aad;
}

Place DataKeyPlace(const std::string& citizen_id) { return {"citizen", citizen_id, "data_key"}; }

// The unwrapped key, or nullptr (logged).
const std::string* Unwrapped(Connection& c, const std::string& citizen_id, const std::string& wrapped) {
  auto key = c.sealer->Unwrap(DataKeyPlace(citizen_id), wrapped);
  if (key) return &c.keys.Keep(citizen_id, std::move(*key));
  log::Error("data-key-not-opened", {{"citizen", citizen_id}, {"error", key.error().what}});
  return nullptr;
}

std::string WrappedKeyOf(Connection& c, const std::string& citizen_id) {
  Query& q = c.Prepared("SELECT data_key FROM citizen WHERE id = :i", "t");
  return q.First(citizen_id) ? q.Text(0) : std::string();
}

std::string OpenOrLog(const std::string* key, const Place& place, const std::string& stored) {
  if (auto text = key == nullptr ? std::nullopt : OpenWith(*key, place, stored)) return std::move(*text);
  log::Error("text-not-opened", {{"table", place.table}, {"row", place.row}, {"column", place.column}});
  return {};
}

}  // namespace

std::string SealWith(std::string_view key, const Place& place, std::string_view text) {
  const std::string nonce = crypto::RandomBytes(kNonceBytes);
  return crypto::Base64Encode(nonce + crypto::AesGcmSeal(key, nonce, AadOf(place), text));
}

std::optional<std::string> OpenWith(std::string_view key, const Place& place, std::string_view sealed) {
  const auto bytes = crypto::Base64Decode(sealed);
  if (!bytes || bytes->size() < kNonceBytes) return std::nullopt;
  const std::string_view all(*bytes);
  return crypto::AesGcmOpen(key, all.substr(0, kNonceBytes), AadOf(place), all.substr(kNonceBytes));
}

std::string Sealer::Wrap(const Place& place, std::string_view secret) const {
  const auto ring = keys_->Ring();
  return ring->Current().id + "." + SealWith(ring->Current().bytes, place, secret);
}

Result<std::string> Sealer::Unwrap(const Place& place, std::string_view wrapped) const {
  const auto dot = wrapped.find('.');
  const auto id = IdOf(wrapped);
  if (dot == std::string_view::npos) return MakeError(ErrorKind::kInternal, "not a wrapped key");
  const auto ring = keys_->Ring();
  const MasterKey* const key = ring->Find(id);
  if (key == nullptr) {
    return MakeError(ErrorKind::kDenied,
                     fmt::format("需要主密钥 {}，{} 里没有它 / sealed by master key {}, which is not "
                                 "in {}",
                                 id, keys_->source(), id, keys_->source()));
  }
  if (auto secret = OpenWith(key->bytes, place, wrapped.substr(dot + 1))) return std::move(*secret);
  return MakeError(ErrorKind::kInternal, "a wrapped key is damaged");
}

const std::string* KeyCache::Find(const std::string& citizen_id) const {
  const auto it = keys_.find(citizen_id);
  return it == keys_.end() ? nullptr : &it->second;
}

const std::string& KeyCache::Keep(const std::string& citizen_id, std::string key) {
  if (keys_.size() >= kMostKeys) keys_.clear();
  return keys_[citizen_id] = std::move(key);
}

std::string HashOfSender(const std::string& hash_key, std::string_view channel, std::string_view sender) {
  return crypto::Hex(crypto::HmacSha256(hash_key, fmt::format("{}{}{}", channel, '\0', sender)));
}

std::string HashOfMessage(const std::string& hash_key, std::string_view message_id) {
  return HashOfSender(hash_key, "message", message_id);
}

std::string HashOfContact(const std::string& hash_key, std::string_view contact) {
  std::string plain;
  for (const char c : contact) {
    if (c == ' ' || c == '-' || c == '(' || c == ')') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  for (const std::string_view prefix : {"+86", "0086"}) {
    if (plain.starts_with(prefix)) plain.erase(0, prefix.size());
  }
  return HashOfSender(hash_key, "contact", plain);
}

std::string StoredSourceId(const Message& m, std::string_view sender_hash) {
  std::string id = m.source_id;
  // Shorter ones are nobody's address, and could stand in any id by chance.
  const auto at = m.sender.size() < kShortestSender ? std::string::npos : id.find(m.sender);
  if (at != std::string::npos) id.replace(at, m.sender.size(), sender_hash.substr(0, kShortHash));
  return id;
}

std::string ErasedSourceId(const std::string& hash_key, std::string_view channel, std::string_view account,
                           std::string_view stored_source_id) {
  const auto all = fmt::format("source{}{}{}{}{}{}", '\0', channel, '\0', account, '\0', stored_source_id);
  return "erased:" + crypto::Hex(crypto::HmacSha256(hash_key, all));
}

std::string NewDataKey(Connection& c, const std::string& citizen_id) {
  const std::string& key = c.keys.Keep(citizen_id, crypto::RandomBytes(kDataKeyBytes));
  return c.sealer->Wrap(DataKeyPlace(citizen_id), key);
}

void KnowKey(Connection& c, const std::string& citizen_id, const std::string& wrapped_key) {
  if (!wrapped_key.empty() && c.keys.Find(citizen_id) == nullptr) (void)Unwrapped(c, citizen_id, wrapped_key);
}

std::string SealText(Connection& c, const std::string& citizen_id, const Place& place, std::string_view text) {
  if (text.empty() || c.error()) return {};
  const std::string* key = c.keys.Find(citizen_id);
  if (key == nullptr) {
    if (const auto wrapped = WrappedKeyOf(c, citizen_id); !wrapped.empty()) {
      key = Unwrapped(c, citizen_id, wrapped);
    } else {
      const std::string fresh = NewDataKey(c, citizen_id);
      // Another process may have made one at this moment: then that one holds.
      if (c.Prepared("UPDATE citizen SET data_key = :k WHERE id = :i AND data_key = ''").Run(fresh, citizen_id) == 1) {
        key = c.keys.Find(citizen_id);
      } else if (!c.error()) {
        key = Unwrapped(c, citizen_id, WrappedKeyOf(c, citizen_id));
      }
    }
    if (c.error()) return {};
  }
  if (key == nullptr) {
    c.Break({ErrorKind::kInternal, "the key of citizen " + citizen_id + " cannot be opened: nothing is written"});
    return {};
  }
  return SealWith(*key, place, text);
}

std::string OpenText(Connection& c, const std::string& citizen_id, const Place& place, const std::string& stored,
                     std::int64_t sealed) {
  if (sealed != kSealed || stored.empty()) return stored;
  const std::string* key = c.keys.Find(citizen_id);
  if (key == nullptr) key = Unwrapped(c, citizen_id, WrappedKeyOf(c, citizen_id));
  return OpenOrLog(key, place, stored);
}

}  // namespace minsheng::store
