// What the integration tests share: processes of the real binary, and its server.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/client/http_client.h"
#include "json/value.h"
#include "tests/servers/server_process.h"

namespace holdfast::test {

struct ProcessOptions {
  std::map<std::string, std::string> environment;  ///< added to ours
  uid_t user = 0;                                  ///< 0 = as we are
  std::string directory;                           ///< working directory; empty = ours
};

/// A running `holdfast`, without the HOLDFAST_ settings of whoever runs the test. Killed when it goes out of scope.
class Process : public ServerProcess {
 public:
  /// `arguments` without the program's name. Output goes to files.
  explicit Process(std::vector<std::string> arguments, ProcessOptions options = {});
};

struct Finished {
  int exit_code = -1;
  std::string out, err;
};
/// Runs `holdfast` to its end.
Finished run_holdfast(std::vector<std::string> arguments, ProcessOptions options = {});

/// `holdfast serve` on a free port, with channel `web` selling from berlin unless `more` names another
/// --config.
class Server {
 public:
  explicit Server(const std::string& data_dir, std::vector<std::string> more = {},
                  ProcessOptions options = {});

  /// Waits for the ports file. False: the server has ended first; see process().
  bool ready();
  std::string url() const;
  app::HttpClient client() const { return app::HttpClient(url()); }
  Process& process() { return *process_; }
  /// SIGTERM, then waits. The exit code.
  int stop();
  void kill();

 private:
  std::string ports_file_;
  std::unique_ptr<Process> process_;
  int port_ = 0;
};

/// A POST whose answer must be JSON.
struct Answer {
  int status = 0;
  json::Value body;
  std::string text(const std::string& pointer) const;
  int64_t integer(const std::string& pointer) const;  ///< INT64_MIN when there is none
};
Answer post(app::HttpClient& client, const std::string& path, const std::string& body,
            const std::string& key = {});
Answer get(app::HttpClient& client, const std::string& path);

/// Records `units` of the SKU at berlin as counted.
void stock_up(app::HttpClient& client, const std::string& sku, int64_t units);

}  // namespace holdfast::test
