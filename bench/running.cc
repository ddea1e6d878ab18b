// SPDX-License-Identifier: Apache-2.0
#include "bench/running.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bench/load.h"
#include "bench/report.h"

namespace minsheng::bench {

Folder::Folder(const std::string& parent) {
  std::error_code ignored;
  std::filesystem::create_directories(parent, ignored);
  path_ = std::filesystem::absolute(parent).string() + "/bench-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) Die("cannot make a folder below " + parent);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string WriteConfig(const std::string& folder, int port, bool receipts, const std::string& api_url) {
  umask(0077);
  const auto path = folder + "/minsheng.toml";
  std::ofstream(folder + "/token") << kToken;  // a secret must not stand in the configuration itself
  std::ofstream(folder + "/secret") << "benchsecret";
  std::ofstream(path) << fmt::format(
      "data = \"{}/data\"\nlog_level = \"warn\"\n[http]\naddress = \"127.0.0.1\"\nport = {}\n[replies]\n"
      "receipts = {}\n[dispatch]\nallow_private_hosts = [\"127.0.0.1\"]\n[[channel]]\ntype = \"wechat\"\n"
      "account = \"main\"\napp_id = \"wxbench0000000000\"\nmode = \"plain\"\ntoken = \"file:{}/token\"\n"
      "app_secret = \"file:{}/secret\"\napi_url = \"{}\"\nsettle = \"0s\"\n[conversations]\nfollow_ups = \"0s\"\n",
      folder, port, receipts, folder, folder, api_url);
  return path;
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Die("no free port");
  }
  close(fd);
  return ntohs(address.sin_port);
}

void CheckCommitted(const std::string& database, std::int64_t expected) {
  sqlite3* db = nullptr;
  sqlite3_stmt* query = nullptr;
  if (sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(db, "SELECT count(*), count(DISTINCT source_id), count(DISTINCT id) FROM message", -1, &query,
                         nullptr) != SQLITE_OK ||
      sqlite3_step(query) != SQLITE_ROW) {
    Die(database + ": cannot be read");
  }
  const auto rows = sqlite3_column_int64(query, 0);
  const auto sources = sqlite3_column_int64(query, 1);
  sqlite3_finalize(query);
  sqlite3_close(db);
  if (rows != expected || sources != expected) {
    Die(fmt::format("sent {} messages, committed {}, of these different {}: LOST OR DOUBLED", expected, rows, sources));
  }
}

}  // namespace minsheng::bench
