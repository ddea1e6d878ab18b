// SPDX-License-Identifier: Apache-2.0
// The Lua scripts. Each runs alone in Redis, so what one does cannot be seen half done.
#pragma once
#include <string>

#include "src/base/crypto.h"

namespace minsheng::stream {

struct Script {
  explicit Script(const char* source) : text(source), sha(crypto::Sha1Hex(text)) {}
  std::string text;
  std::string sha;
};

// Appends many items in one step, so that the whole batch costs one fsync.
// KEYS: stream, claim, counts of each item. ARGV: claim_ttl_ms, then of each item:
// id, count_field, number of words, field, value, ...
// Answers two values for each item: 1, id (appended); 0, id (the identity was there, its first id);
// -1, error. XADD before SET: cut between the two, a repeat is doubled at worst, never lost.
inline const Script& AppendScript() {
  static const Script script(R"(
local out, at = {}, 2
for i = 1, #KEYS, 3 do
  local id, count, words = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local first = redis.call('GET', KEYS[i + 1])
  if first then
    out[#out + 1] = 0
    out[#out + 1] = first
  else
    local added = redis.pcall('XADD', KEYS[i], '*', unpack(ARGV, at + 3, at + 2 + words))
    if type(added) == 'table' and added.err then
      out[#out + 1] = -1
      out[#out + 1] = added.err
    else
      if count ~= '' then redis.pcall('HINCRBY', KEYS[i + 2], count, 1) end
      redis.call('SET', KEYS[i + 1], id, 'PX', ARGV[1])
      out[#out + 1] = 1
      out[#out + 1] = id
    end
  end
  at = at + 3 + words
end
return out)");
  return script;
}

// KEYS: the owner keys. ARGV: token, lease ms. Answers 1 for each key that is still ours.
inline const Script& RenewScript() {
  static const Script script(R"(
local out = {}
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then
    redis.call('PEXPIRE', key, ARGV[2])
    out[i] = 1
  else
    out[i] = 0
  end
end
return out)");
  return script;
}

// Takes a partition from a dead owner. KEYS: owner key. ARGV: dead token, new token, lease ms.
inline const Script& ReplaceOwnerScript() {
  static const Script script(R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1)");
  return script;
}

// KEYS: the owner keys. ARGV: token. Deletes those that are ours; answers how many.
inline const Script& ReleaseScript() {
  static const Script script(R"(
local n = 0
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then n = n + redis.call('DEL', key) end
end
return n)");
  return script;
}

// Says that this reader lives, and answers how many do. KEYS: readers. ARGV: token, lease ms.
inline const Script& HeartbeatScript() {
  static const Script script(R"(
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return redis.call('ZCARD', KEYS[1]))");
  return script;
}

// Removes entries that every group has acknowledged and that are older than ARGV[1] ms.
// KEYS: stream. Answers how many were removed. The bound and the trim are one step.
inline const Script& TrimScript() {
  static const Script script(R"(
local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function earlier(a, b)
  local ams, aseq = parts(a)
  local bms, bseq = parts(b)
  if ams ~= bms then return ams < bms end
  return aseq < bseq
end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local t = redis.call('TIME')
local cutoff = t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[1]
if cutoff <= 0 then return 0 end
local bound = string.format('%.0f-0', cutoff)
local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
if #groups == 0 then return 0 end
for _, flat in ipairs(groups) do
  local group = {}
  for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
  local ms, seq = parts(group['last-delivered-id'])
  local keep = string.format('%.0f-%.0f', ms, seq + 1)
  if group['pending'] > 0 then keep = redis.call('XPENDING', KEYS[1], group['name'])[2] end
  if earlier(keep, bound) then bound = keep end
end
return redis.call('XTRIM', KEYS[1], 'MINID', '=', bound))");
  return script;
}

}  // namespace minsheng::stream
