// SPDX-License-Identifier: Apache-2.0
#include "bench/ceilings_postgresql.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <memory>

#include "bench/report.h"

namespace minsheng::bench {
namespace {

void Check(PGconn* conn, PGresult* result) {
  const auto status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC) {
    Die(std::string("bare cycle: ") + PQerrorMessage(conn));
  }
  PQclear(result);
}

struct Parameters {
  explicit Parameters(const WrittenRow& row) {
    for (const auto& value : row.values) {
      if (const auto* number = std::get_if<std::int64_t>(&value))
        texts.push_back(std::to_string(*number));
      else
        texts.emplace_back();
    }
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      const auto* text = std::get_if<std::string>(&row.values[i]);
      const bool null = std::holds_alternative<std::monostate>(row.values[i]);
      pointers.push_back(null ? nullptr : text != nullptr ? text->c_str() : texts[i].c_str());
    }
  }
  int size() const { return static_cast<int>(pointers.size()); }
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
};

}  // namespace

double BareCyclePostgresql(stream::Reader& reader, const std::string& url, const Written& written, bool pipelined) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> owner(PQconnectdb(url.c_str()), PQfinish);
  auto* const conn = owner.get();
  std::vector<std::string> names;
  for (const auto& sql : written.inserts) {
    std::string numbered;
    int n = 0;
    for (const char c : sql) numbered += c == '?' ? fmt::format("${}", ++n) : std::string(1, c);
    names.push_back(fmt::format("s{}", names.size()));
    Check(conn, PQprepare(conn, names.back().c_str(), numbered.c_str(), 0, nullptr));
  }
  std::size_t done = 0;
  const auto start = NowNs();
  while (done < written.rows.size()) {
    const auto entries = reader.Read(512, Millis{200});
    if (!entries) Die(entries.error().what);
    if (entries->empty()) continue;
    Check(conn, PQexec(conn, "BEGIN"));
    if (pipelined && PQenterPipelineMode(conn) != 1) Die("no pipeline");
    std::size_t sent = 0;
    for (std::size_t i = 0; i < entries->size() && done < written.rows.size(); ++i, ++done) {
      for (const auto& row : written.rows[done]) {
        const Parameters p(row);
        if (!pipelined) {
          Check(conn, PQexecPrepared(conn, names[row.table].c_str(), p.size(), p.pointers.data(), nullptr, nullptr, 0));
        } else if (PQsendQueryPrepared(conn, names[row.table].c_str(), p.size(), p.pointers.data(), nullptr, nullptr,
                                       0) != 1) {
          Die(PQerrorMessage(conn));
        }
        ++sent;
      }
    }
    if (pipelined) {
      PQpipelineSync(conn);
      for (std::size_t i = 0; i < sent; ++i) {
        Check(conn, PQgetResult(conn));
        if (PQgetResult(conn) != nullptr) Die("more answers than statements");
      }
      Check(conn, PQgetResult(conn));  // of the sync
      if (PQexitPipelineMode(conn) != 1) Die("the pipeline does not end");
    }
    Check(conn, PQexec(conn, "COMMIT"));
    if (const auto acked = reader.Ack(*entries); !acked) Die(acked.error().what);
  }
  return static_cast<double>(done) * 1e9 / static_cast<double>(NowNs() - start);
}

}  // namespace minsheng::bench
