// SPDX-License-Identifier: Apache-2.0
// What Redis and SQLite can do at most with the rows of a run, without our HTTP, classification
// and store: the limits that the durable path is compared with.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "src/stream/stream.h"

namespace minsheng::bench {

// The rows that one message left behind, in an order that foreign keys allow.
struct WrittenRow {
  std::size_t table = 0;
  std::vector<std::variant<std::monostate, std::int64_t, std::string>> values;
};
struct Written {
  std::vector<std::string> inserts;           // one statement per table
  std::vector<std::vector<WrittenRow>> rows;  // by message
  std::vector<stream::Item> items;            // what intake had appended, by message
};

// Reads the newest `n` messages of a store and everything that hangs on them.
Written ReadWritten(const std::string& database, int n);

// Appends all items with the product's script, `depth` one-item calls in one pipeline. Items a second.
double AppendPipelined(const std::string& url, const std::vector<stream::Item>& items, int depth);
// The same with one call of `per_call` items, as the product's appender does.
double AppendTogether(const std::string& url, const std::vector<stream::Item>& items, int per_call);
// Reads what waits on the stream, inserts the rows of one message per entry into `database` (new,
// with the schema; one transaction per batch, synchronous FULL) and acknowledges. Messages a second.
double BareCycle(stream::Reader& reader, const std::string& database, const Written& written);

}  // namespace minsheng::bench
