// What the integration tests share: temporary directories, processes of the real binary, and its server.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/client/http_client.h"
#include "json/value.h"

namespace holdfast::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

/// Asks again every few milliseconds until it is so, at most 30 s.
template <typename Condition>
bool wait_until(const Condition& condition, std::chrono::seconds at_most = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

struct ProcessOptions {
  std::map<std::string, std::string> environment;  ///< added to ours
  uid_t user = 0;                                  ///< 0 = as we are
  std::string directory;                           ///< working directory; empty = ours
};

/// A running `holdfast`. Killed when it goes out of scope.
class Process {
 public:
  /// `arguments` without the program's name. Output goes to files.
  explicit Process(std::vector<std::string> arguments, ProcessOptions options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number);
  /// Waits for its end. Its exit code, or 128 + the signal that ended it; -1 after 120 s.
  int wait();
  bool running();
  std::string out() const;  ///< standard output so far
  std::string err() const;  ///< standard error so far
  pid_t pid() const { return pid_; }

 private:
  TempDir output_;
  pid_t pid_ = -1;
  int exit_code_ = -1;
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
