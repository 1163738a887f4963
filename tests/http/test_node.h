// A server on a free loopback port in front of a real LocalExecutor over a log in memory, and a plain
// blocking client for it. For the tests of this folder.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "engine/local_executor.h"
#include "feed/log_feed_source.h"
#include "http/server.h"
#include "json/value.h"
#include "store/memory/memory_store.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace holdfast::http {

/// One answer, taken apart.
struct Received {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< chunks put together
  json::Value json() const;                    ///< null when the body is not JSON
  std::string code() const;                    ///< of a problem; empty otherwise
  /// A member by JSON pointer, as text or number; empty where there is none.
  std::string text(std::string_view pointer) const;
  std::optional<int64_t> number(std::string_view pointer) const;
  /// Elements of the array at `pointer`; -1 where there is none.
  int count(std::string_view pointer) const;
};

/// A raw TCP connection. Every wait ends after ten seconds with a test failure.
class Client {
 public:
  explicit Client(uint16_t port);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool send(std::string_view bytes);
  /// The next answer, whole. Status 0 when the connection ended first.
  Received receive();
  /// Bytes until `needle` is among them (returns up to and with it), or the connection ends.
  std::string receive_until(std::string_view needle);
  /// Everything until the peer closes.
  std::string receive_all();
  void end_sending();

  Received request(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view headers = {});
  Received get(std::string_view target, std::string_view headers = {}) {
    return request("GET", target, {}, headers);
  }
  Received post(std::string_view target, std::string_view body, std::string_view headers = {}) {
    return request("POST", target, body, headers);
  }

 private:
  bool fill();
  std::string take_line();

  int descriptor_ = -1;
  std::string buffer_;
};

class NodeTest : public testing::Test {
 protected:
  NodeTest();
  ~NodeTest() override;

  /// Starts the server; options may be changed before. start() is called by client() where it was not.
  void start();
  uint16_t port();
  Client& client();

  /// Receives `quantity` of `sku` at `location`.
  void stock(std::string_view sku, int quantity, std::string_view location = "berlin");
  int64_t available(const std::string& sku);

  ServerOptions options_;
  KeyBook* key_book_ = nullptr;  ///< none: the API is open
  SystemClock clock_;
  std::unique_ptr<telemetry::Log> log_ = telemetry::Log::quiet();
  telemetry::Metrics metrics_;
  store::MemoryStore store_{store::LedgerIdentity{"testledger01", 0}};
  std::unique_ptr<engine::LocalExecutor> executor_;
  std::unique_ptr<feed::LogFeedSource> events_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Client> client_;
  int keys_ = 0;
  bool executor_drained_ = false;  ///< the test did it itself
};

}  // namespace holdfast::http
